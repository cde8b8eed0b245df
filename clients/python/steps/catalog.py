"""What a platform sets up: applications, event types, endpoints."""

from svix.api import (
    ApplicationIn,
    ApplicationListOptions,
    ApplicationPatch,
    EndpointHeadersIn,
    EndpointHeadersPatchIn,
    EndpointIn,
    EndpointListOptions,
    EndpointPatch,
    EndpointUpsertIn,
    EventTypeIn,
    EventTypeListOptions,
    EventTypePatch,
    EventTypeUpsertIn,
)

from checks import check, equal, items, pages

EVENT_TYPES = ["paid", "signed", "key", "expunged", "failing", "recovered", "late"]


def health(tour):
    tour.svix.health.get()


def applications(tour):
    uid, api = f"{tour.run}-app", tour.svix.application
    made = api.create(ApplicationIn(name="Tour", uid=uid, metadata={"plan": "free"}))
    check(made.id.startswith("app_"), "an id that begins with app_", made.id)
    equal("uid", made.uid, uid)
    equal("metadata", made.metadata, {"plan": "free"})
    equal("the app of get_or_create", api.get_or_create(ApplicationIn(name="Other", uid=uid)).id, made.id)
    equal("the app by its uid", api.get(uid).name, "Tour")

    replaced = api.upsert(made.id, ApplicationIn(name="Tour 2", uid=uid, throttle_rate=50))
    equal("what PUT left", (replaced.name, replaced.throttle_rate, replaced.metadata), ("Tour 2", 50, {}))
    patched = api.patch(made.id, ApplicationPatch(throttle_rate=None, metadata={"plan": "paid"}))
    equal("what PATCH left", (patched.name, patched.throttle_rate), ("Tour 2", None))
    equal("metadata after PATCH", patched.metadata, {"plan": "paid"})
    tour.app = made.id


def application_pages(tour):
    """Forwards to the end, then back by the previous iterators: the same apps in the same order."""
    api = tour.svix.application
    made = [api.create(ApplicationIn(name=f"Page {n}", uid=f"{tour.run}-page-{n}")).id for n in range(5)]

    def page(iterator):
        return api.list(ApplicationListOptions(limit=3, iterator=iterator))

    forwards = pages(page)
    ids = [app.id for one in forwards for app in one.data]
    equal("our apps, in the order of their making", [id for id in ids if id in made], made)
    equal("apps that are listed twice", len(ids) - len(set(ids)), 0)
    equal("the apps on the way back", walk_back(page, forwards[-1]), ids)
    for app in made:
        api.delete(app)


def walk_back(list_page, last):
    ids = [app.id for app in last.data]
    page = last
    while page.data:
        page = list_page(page.prev_iterator)
        ids = [app.id for app in page.data] + ids
        if page.done:
            break
    return ids


def event_types(tour):
    api = tour.svix.event_type
    for name in EVENT_TYPES:
        made = api.create(EventTypeIn(name=tour.event_type(name), description=name))
        equal("name and state", (made.name, made.archived, made.deprecated), (tour.event_type(name), False, False))

    paid = tour.event_type("paid")
    schemas = {"1": {"type": "object", "properties": {"amount": {"type": "number"}}}}
    replaced = api.upsert(paid, EventTypeUpsertIn(description="An invoice was paid", schemas=schemas))
    equal("description after PUT", replaced.description, "An invoice was paid")
    patched = api.patch(paid, EventTypePatch(deprecated=True))
    equal("what PATCH left", (patched.description, patched.deprecated), ("An invoice was paid", True))
    equal("the schemas", api.get(paid).schemas, schemas)


def listed(tour, **options):
    def page(iterator):
        return tour.svix.event_type.list(EventTypeListOptions(limit=100, iterator=iterator, **options))

    return {one.name: one for one in items(page)}


def archiving(tour):
    api, name = tour.svix.event_type, tour.event_type("archived")
    api.create(EventTypeIn(name=name, description="Comes and goes"))
    api.delete(name)
    check(name not in listed(tour), "an archived event type to be left out of the list")
    equal("archived, in the list that includes it", listed(tour, include_archived=True)[name].archived, True)
    api.create(EventTypeIn(name=name, description="Came back"))
    equal("description of the unarchived type", listed(tour, with_content=True)[name].description, "Came back")
    api.patch(name, EventTypePatch(archived=True))
    equal("archived by PATCH", api.get(name).archived, True)
    equal("unarchived by PATCH", api.patch(name, EventTypePatch(archived=False)).archived, False)


def endpoints(tour):
    api, url, paid = tour.svix.endpoint, tour.receiver.url("/paid"), tour.event_type("paid")
    wanted = EndpointIn(url=url, uid=f"{tour.run}-ep", description="First", event_types=[paid], channels=["eu"])
    made = api.create(tour.app, wanted)
    check(made.id.startswith("ep_"), "an id that begins with ep_", made.id)
    equal("filters", (made.event_types, made.channels, made.disabled), ([paid], ["eu"], False))
    equal("the endpoint by its uid", api.get(tour.app, made.uid).url, url)

    replaced = api.upsert(
        tour.app, made.id, EndpointUpsertIn(url=url, uid=made.uid, description="Second", event_types=[paid])
    )
    equal("what PUT left", (replaced.id, replaced.description, replaced.channels), (made.id, "Second", None))
    patched = api.patch(tour.app, made.id, EndpointPatch(channels=["eu", "us"], metadata={"team": "billing"}))
    equal("what PATCH set", (sorted(patched.channels), patched.metadata), (["eu", "us"], {"team": "billing"}))
    equal("what PATCH kept", (patched.description, patched.event_types), ("Second", [paid]))

    other = tour.endpoint("paid", url=tour.receiver.url("/other"), channels=["asia"])
    listed_ids = [one.id for one in api.list(tour.app, EndpointListOptions(limit=10)).data]
    equal("the endpoints, newest first", listed_ids, [other.id, made.id])
    secret = api.get_secret(tour.app, made.id).key
    check(secret.startswith("whsec_"), "a secret that begins with whsec_")
    tour.left.update(endpoint=made.id, secret=secret, other=other.id)


def endpoint_headers(tour):
    api, endpoint = tour.svix.endpoint, tour.left["endpoint"]
    api.set_headers(tour.app, endpoint, EndpointHeadersIn(headers={"x-tour": "1", "x-api-key": "hidden", "x-old": "1"}))
    api.patch_headers(tour.app, endpoint, EndpointHeadersPatchIn(headers={"x-tour": "2"}, delete_headers=["x-old"]))
    found = api.get_headers(tour.app, endpoint)
    equal("the headers that may be seen", found.headers, {"x-tour": "2"})
    equal("the headers that may not", found.sensitive, ["x-api-key"])
