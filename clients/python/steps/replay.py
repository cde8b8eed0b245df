"""What is sent again: one delivery, what failed, what is missing, and an example."""

from svix.api import BackgroundTaskListOptions, EndpointPatch, EventExampleIn, RecoverIn, ReplayIn
from svix.models import BackgroundTaskStatus, BackgroundTaskType, MessageAttemptTriggerType, MessageStatus

from checks import check, equal, until
from signatures import verified


def finished(tour, task, kind):
    """The task, once it has come to its end."""
    equal("the task's kind", task.task, kind)

    def look():
        found = tour.svix.background_task.get(task.id)
        return found if found.status != BackgroundTaskStatus.RUNNING else None

    found = until("the end of the background task", look)
    equal("the task's end", (found.status, found.task), (BackgroundTaskStatus.FINISHED, kind))
    listed = tour.svix.background_task.list(BackgroundTaskListOptions(task=kind, limit=50)).data
    check(task.id in [one.id for one in listed], "the task in the list of its kind", listed)
    return found.data


def destination(tour, message, endpoint):
    found = tour.svix.message_attempt.list_attempted_destinations(tour.app, message).data
    return next(one for one in found if one.id == endpoint)


def resending(tour):
    """A receiver fails, is healed, and is called again because somebody asked for it."""
    tour.receiver.break_down("/failing")
    endpoint, attempts = tour.endpoint("failing"), tour.svix.message_attempt
    message = tour.send("failing", {"n": 1})
    failed = until("a failed attempt", lambda: attempts.list_by_msg(tour.app, message.id).data)[0]
    equal("the failure", (failed.status, failed.response_status_code), (MessageStatus.FAIL, 500))
    check(destination(tour, message.id, endpoint.id).next_attempt, "a time of the next attempt")

    tour.receiver.heal("/failing")
    attempts.resend(tour.app, message.id, endpoint.id)

    def succeeded():
        found = destination(tour, message.id, endpoint.id)
        return found if found.status == MessageStatus.SUCCESS else None

    until("a success after the resend", succeeded)
    triggers = [one.trigger_type for one in attempts.list_by_msg(tour.app, message.id).data]
    check(MessageAttemptTriggerType.MANUAL in triggers, "a manual attempt", triggers)
    verified(tour.receiver.message("/failing", message.id), tour.svix.endpoint.get_secret(tour.app, endpoint.id).key)


def recovering(tour):
    """An endpoint that was disabled while messages came gets them afterwards."""
    endpoint = tour.endpoint("recovered")
    tour.svix.endpoint.patch(tour.app, endpoint.id, EndpointPatch(disabled=True))
    messages = [tour.send("recovered", {"n": n}).id for n in range(3)]
    tour.svix.endpoint.patch(tour.app, endpoint.id, EndpointPatch(disabled=False))
    equal("calls while it was disabled", tour.receiver.calls("/recovered"), [])

    task = tour.svix.endpoint.recover(tour.app, endpoint.id, RecoverIn(since=tour.began))
    data = finished(tour, task, BackgroundTaskType.ENDPOINT_RECOVER)
    equal("messages sent by the recovery", data["messagesSent"], len(messages))
    for message in messages:
        tour.receiver.message("/recovered", message)


def replaying_missing(tour):
    """An endpoint that was added later gets what came before it, once."""
    message = tour.send("late", {"n": 1})
    endpoint = tour.endpoint("late")
    for sent in [1, 0]:
        task = tour.svix.endpoint.replay_missing(tour.app, endpoint.id, ReplayIn(since=tour.began))
        data = finished(tour, task, BackgroundTaskType.ENDPOINT_REPLAY)
        equal("messages sent by the replay", data["messagesSent"], sent)
        tour.receiver.message("/late", message.id)
    equal("calls", len(tour.receiver.calls("/late")), 1)


def example(tour):
    endpoint = tour.endpoint("example", event_types=None)
    message = tour.svix.endpoint.send_example(tour.app, endpoint.id, EventExampleIn(event_type="svix.ping"))
    equal("the event type", message.event_type, "svix.ping")
    call = tour.receiver.message("/example", message.id)
    equal("the example", call.json, {"success": True})
    verified(call, tour.svix.endpoint.get_secret(tour.app, endpoint.id).key)
