"""The tour of the official Svix client for Python, unchanged, against Whimbrel.

    python tour.py http://127.0.0.1:8080 TOKEN

Prints a line for each step and ends with 1 at the first that is not as expected.
"""

import os
import sys
import traceback
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from svix.api import EndpointIn, MessageIn, Svix, SvixOptions

from receiver import Receiver
from steps import catalog, delivery, organization, replay

# In this order: later steps use what earlier ones made.
STEPS = [
    catalog.health,
    catalog.applications,
    catalog.application_pages,
    catalog.event_types,
    catalog.archiving,
    catalog.endpoints,
    catalog.endpoint_headers,
    delivery.receiving,
    delivery.listing_messages,
    delivery.attempts,
    delivery.deliveries,
    delivery.statistics,
    delivery.rotation,
    delivery.asymmetric,
    delivery.idempotency,
    delivery.expunging,
    replay.resending,
    replay.recovering,
    replay.replaying_missing,
    replay.example,
    organization.portal,
    organization.operational_webhooks,
    organization.refusals,
    organization.deletion,
]


@dataclass
class Tour:
    """What the steps share."""

    url: str
    token: str
    receiver: Receiver = field(default_factory=Receiver)
    # In the names of everything this run makes, so that runs do not meet.
    run: str = field(default_factory=lambda: f"py-{uuid.uuid4().hex[:8]}")
    app: str = ""
    # What steps leave for later ones, by name.
    left: dict = field(default_factory=dict)

    def __post_init__(self):
        self.svix = self.client(self.token)
        self.began = datetime.now(timezone.utc) - timedelta(minutes=1)

    def client(self, token):
        return Svix(token, SvixOptions(server_url=self.url))

    def event_type(self, name):
        return f"{self.run}.{name}"

    def endpoint(self, name, **fields):
        """An endpoint for one event type of its own, received at a path of its own."""
        wanted = {"url": self.receiver.url(f"/{name}"), "event_types": [self.event_type(name)], **fields}
        return self.svix.endpoint.create(self.app, EndpointIn(**wanted))

    def send(self, name, payload, **fields):
        message = MessageIn(event_type=self.event_type(name), payload=payload, **fields)
        return self.svix.message.create(self.app, message)


def ok(step):
    print(f"ok: {step}", flush=True)


def main(url, token):
    # httpx would send even calls to loopback through a proxy that the environment names.
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"
    tour = Tour(url, token)
    for step in STEPS:
        name = f"{step.__module__.removeprefix('steps.')}: {step.__name__.replace('_', ' ')}"
        try:
            step(tour)
        except Exception as error:  # Whatever it is, the tour has failed at this step.
            traceback.print_exc()
            print(f"failed: {name}: {type(error).__name__}: {error}", flush=True)
            return 1
        ok(name)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: tour.py URL TOKEN")
    sys.exit(main(*sys.argv[1:]))
