"""A message on its way: sent, received, verified, looked at."""

from svix.api import (
    EndpointSecretRotateIn,
    MessageAttemptListAttemptedMessagesOptions,
    MessageAttemptListByEndpointOptions,
    MessageAttemptListByMsgOptions,
    MessageCreateOptions,
    MessageGetOptions,
    MessageIn,
    MessageListOptions,
)
from svix.exceptions import HttpError
from svix.models import MessageAttemptTriggerType, MessageStatus, MessageStatusText

from checks import check, equal, refused, until
from receiver import ANSWER
from signatures import new_key, not_verified, verified, verified_asymmetric

PAYLOAD = {"invoice": "4711", "amount": 12.5, "name": "Łukasz 🐦"}


def receiving(tour):
    event_id, paid = f"{tour.run}-event", tour.event_type("paid")
    message = MessageIn(event_id=event_id, event_type=paid, payload=PAYLOAD, channels=["eu"])
    made = tour.svix.message.create(tour.app, message, MessageCreateOptions(with_content=True))
    check(made.id.startswith("msg_"), "an id that begins with msg_", made.id)
    equal("what was made", (made.event_id, made.event_type, made.channels), (event_id, paid, ["eu"]))
    equal("the payload in the answer", made.payload, PAYLOAD)

    call = tour.receiver.message("/paid", made.id)
    equal("the payload that arrived", call.json, PAYLOAD)
    equal("content type", call.headers["content-type"], "application/json")
    equal("the headers of the endpoint", (call.headers["x-tour"], call.headers["x-api-key"]), ("2", "hidden"))
    check("x-old" not in call.headers, "a deleted header to be gone")
    verified(call, tour.left["secret"])
    not_verified(call, tour.svix.endpoint.get_secret(tour.app, tour.left["other"]).key)
    tour.left.update(message=made.id, event_id=event_id)


def listing_messages(tour):
    api, message, paid = tour.svix.message, tour.left["message"], tour.event_type("paid")
    equal("the message by its eventId", api.get(tour.app, tour.left["event_id"]).id, message)
    equal("the payload unless asked for", api.get(tour.app, message).payload, {})
    equal("the payload", api.get(tour.app, message, MessageGetOptions(with_content=True)).payload, PAYLOAD)

    def ids(**options):
        return [one.id for one in api.list(tour.app, MessageListOptions(after=tour.began, **options)).data]

    equal("messages of the event type", ids(event_types=[paid, tour.event_type("late")]), [message])
    equal("messages of another event type", ids(event_types=[tour.event_type("late")]), [])
    equal("messages of the channel", ids(channel="eu"), [message])
    equal("messages of another channel", ids(channel="asia"), [])


def attempts(tour):
    api, message, endpoint = tour.svix.message_attempt, tour.left["message"], tour.left["endpoint"]
    with_content = MessageAttemptListByMsgOptions(with_content=True)
    # The receiver knows of the call before the attempt is written down.
    attempt = until("an attempt", lambda: api.list_by_msg(tour.app, message, with_content).data)[0]
    check(attempt.id.startswith("atmpt_"), "an id that begins with atmpt_", attempt.id)
    equal("whose attempt it is", (attempt.msg_id, attempt.endpoint_id), (message, endpoint))
    equal("the response", (attempt.response_status_code, attempt.response), (200, ANSWER.decode()))
    equal("the status", (attempt.status, attempt.status_text), (MessageStatus.SUCCESS, MessageStatusText.SUCCESS))
    equal("the trigger", attempt.trigger_type, MessageAttemptTriggerType.SCHEDULED)
    equal("the attempt by its id", api.get(tour.app, message, attempt.id).url, attempt.url)

    succeeded = MessageAttemptListByEndpointOptions(status=MessageStatus.SUCCESS, with_msg=True)
    found = api.list_by_endpoint(tour.app, endpoint, succeeded).data
    equal("attempts of the endpoint", [(one.id, one.msg.id) for one in found], [(attempt.id, message)])
    failed = MessageAttemptListByEndpointOptions(status=MessageStatus.FAIL)
    equal("failed attempts of the endpoint", api.list_by_endpoint(tour.app, endpoint, failed).data, [])


def deliveries(tour):
    """The same delivery, seen from the endpoint and from the message."""
    api, message, endpoint = tour.svix.message_attempt, tour.left["message"], tour.left["endpoint"]
    options = MessageAttemptListAttemptedMessagesOptions(with_content=True)
    messages = api.list_attempted_messages(tour.app, endpoint, options).data
    found = [(one.id, one.status, one.payload) for one in messages]
    equal("the endpoint's messages", found, [(message, MessageStatus.SUCCESS, PAYLOAD)])
    destinations = api.list_attempted_destinations(tour.app, message).data
    found = [(one.id, one.status, one.next_attempt) for one in destinations]
    equal("the message's endpoints, without the other channel's", found, [(endpoint, MessageStatus.SUCCESS, None)])


def statistics(tour):
    def counted():
        found = tour.svix.endpoint.get_stats(tour.app, tour.left["endpoint"])
        return found if found.success else None

    stats = until("a success in the statistics", counted)
    equal("failures and what is under way", (stats.fail, stats.sending, stats.pending, stats.canceled), (0, 0, 0, 0))


def rotation(tour):
    """While a secret is being replaced, receivers with the old one and with the new one both accept."""
    api, endpoint, old = tour.svix.endpoint, tour.left["endpoint"], tour.left["secret"]
    api.rotate_secret(tour.app, endpoint, EndpointSecretRotateIn())
    new = api.get_secret(tour.app, endpoint).key
    check(new != old, "another secret after the rotation")
    message = tour.send("paid", {"rotated": True}, channels=["eu"])
    call = tour.receiver.message("/paid", message.id)
    verified(call, old)
    verified(call, new)


def asymmetric(tour):
    secret, public_key = new_key()
    endpoint = tour.endpoint("signed", secret=secret)
    equal("the secret that may be seen", tour.svix.endpoint.get_secret(tour.app, endpoint.id).key, public_key)
    message = tour.send("signed", PAYLOAD)
    verified_asymmetric(tour.receiver.message("/signed", message.id), public_key)


def idempotency(tour):
    """The same key twice is one message and one delivery; another body under the same key is refused."""
    tour.endpoint("key")
    api, options = tour.svix.message, MessageCreateOptions(idempotency_key=f"{tour.run}-key")

    def send(payload):
        return api.create(tour.app, MessageIn(event_type=tour.event_type("key"), payload=payload), options)

    first, second = send({"n": 1}), send({"n": 1})
    equal("the message of the repeated request", second.id, first.id)
    refused(HttpError, 409, lambda: send({"n": 2}))
    tour.receiver.message("/key", first.id)
    until("the attempt", lambda: tour.svix.message_attempt.list_by_msg(tour.app, first.id).data)
    equal("calls", [call.id for call in tour.receiver.calls("/key")], [first.id])
    listed = api.list(tour.app, MessageListOptions(event_types=[tour.event_type("key")])).data
    equal("messages", [one.id for one in listed], [first.id])


def expunging(tour):
    tour.endpoint("expunged")
    message = tour.send("expunged", {"name": "secret"})
    api, options = tour.svix.message_attempt, MessageAttemptListByMsgOptions(with_content=True)
    attempt = until("an attempt", lambda: api.list_by_msg(tour.app, message.id, options).data)[0]
    api.expunge_content(tour.app, message.id, attempt.id)
    equal("the expunged response", api.get(tour.app, message.id, attempt.id).response, "EXPUNGED")
    tour.svix.message.expunge_content(tour.app, message.id)
    found = tour.svix.message.get(tour.app, message.id, MessageGetOptions(with_content=True))
    equal("the expunged payload", found.payload, {"expired": True})
