"""Names in paths are mostly those of things that are there, so that most requests get behind the first look."""

import json
import os
import random

import schemathesis

NAMES = json.loads(os.environ["CHECKED_NAMES"])
# So that a run can be repeated.
CHANCE = random.Random(1)
KNOWN_SHARE = 0.8
# What the others need; the generated names are deleted in its place.
KEPT = {
    "/api/v1/app/{app_id}",
    "/api/v1/app/{app_id}/endpoint/{endpoint_id}",
    "/api/v1/event-type/{event_type_name}",
    "/api/v1/operational-webhook/endpoint/{endpoint_id}",
}


def known(operation, name):
    is_operational = operation.path.startswith("/api/v1/operational-webhook")
    return NAMES.get("operational" if is_operational else name)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    operation = context.operation
    if operation.method.upper() == "DELETE" and operation.path in KEPT:
        return path_parameters
    for name in path_parameters or {}:
        names = known(operation, name)
        if names and CHANCE.random() < KNOWN_SHARE:
            path_parameters[name] = CHANCE.choice(names)
    return path_parameters
