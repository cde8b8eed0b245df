"""What concerns the organization: access for its customers, operational webhooks, refusals, and the end."""

from svix.api import (
    ApplicationIn,
    AppPortalAccessIn,
    EndpointIn,
    EventTypeDeleteOptions,
    EventTypeIn,
    MessageIn,
    OperationalWebhookEndpointIn,
    OperationalWebhookEndpointListOptions,
)
from svix.exceptions import HttpError, HTTPValidationError

from checks import check, equal, items, refused
from signatures import verified
from steps.catalog import EVENT_TYPES


def portal(tour):
    """The link's token opens one app and nothing else."""
    access = tour.svix.authentication.app_portal_access(tour.app, AppPortalAccessIn())
    check(access.url.startswith("http") and access.token, "a link and a token", access)
    customer = tour.client(access.token)
    check(customer.endpoint.list(tour.app).data, "the customer to see the app's endpoints")
    refused(HttpError, 403, lambda: customer.application.list())
    stranger = tour.svix.application.create(ApplicationIn(name="Stranger"))
    refused(HttpError, 404, lambda: customer.endpoint.list(stranger.id))
    tour.svix.application.delete(stranger.id)


def operational_webhooks(tour):
    api = tour.svix.operational_webhook.endpoint
    wanted = OperationalWebhookEndpointIn(url=tour.receiver.url("/operational"), event_types=["endpoint.created"])
    watcher = api.create(wanted)

    def page(iterator):
        return api.list(OperationalWebhookEndpointListOptions(limit=100, iterator=iterator))

    def ids():
        return [one.id for one in items(page)]

    check(watcher.id in ids(), "the operational endpoint in the list")
    endpoint = tour.endpoint("paid", url=tour.receiver.url("/watched"), channels=["asia"])
    call = tour.receiver.wait(
        "/operational", "endpoint.created", lambda call: call.json["data"].get("endpointId") == endpoint.id
    )
    equal("type and app", (call.json["type"], call.json["data"]["appId"]), ("endpoint.created", tour.app))
    equal("the app's uid", call.json["data"]["appUid"], f"{tour.run}-app")
    verified(call, api.get_secret(watcher.id).key)
    api.delete(watcher.id)
    check(watcher.id not in ids(), "the deleted operational endpoint to be gone")


def refusals(tour):
    """Each refusal is decoded into the client's own error types."""
    svix = tour.svix
    error = refused(HttpError, 404, lambda: svix.application.get("app_000000000000000000000000000"))
    check(error.code and error.detail, "a code and a reason", error)
    refused(HttpError, 401, lambda: tour.client("whk_wrong").application.list())
    refused(HttpError, 409, lambda: svix.application.create(ApplicationIn(name="Again", uid=f"{tour.run}-app")))
    again = EventTypeIn(name=tour.event_type("paid"), description="Again")
    refused(HttpError, 409, lambda: svix.event_type.create(again))
    repeated = MessageIn(event_id=tour.left["event_id"], event_type=tour.event_type("paid"), payload={})
    refused(HttpError, 409, lambda: svix.message.create(tour.app, repeated))

    error = refused(HTTPValidationError, 422, lambda: svix.endpoint.create(tour.app, EndpointIn(url="not a url")))
    problem = error.detail[0]
    equal("where the problem is", problem.loc[:2], ["body", "url"])
    check(problem.msg and problem.type, "a reason and a type", problem)


def deletion(tour):
    svix, endpoint = tour.svix, tour.left["endpoint"]
    svix.endpoint.delete(tour.app, endpoint)
    refused(HttpError, 404, lambda: svix.endpoint.get(tour.app, endpoint))
    svix.application.delete(tour.app)
    refused(HttpError, 404, lambda: svix.application.get(tour.app))
    for name in [*EVENT_TYPES, "archived"]:
        svix.event_type.delete(tour.event_type(name), EventTypeDeleteOptions(expunge=True))
    refused(HttpError, 404, lambda: svix.event_type.get(tour.event_type("paid")))
