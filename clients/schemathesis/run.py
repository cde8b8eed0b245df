"""Takes the description of the API at its word: Schemathesis calls every operation with what the description allows and
with what it does not, and looks whether the answers are as described.

    python run.py http://127.0.0.1:8080 TOKEN [--max-time SECONDS]

`TOKEN` is an admin key of an organization that is for this alone: things are made and deleted in it. Ends with 1 if an
answer is not as described.
"""

import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
WAIT_SECONDS_MAX = 30


class Api:
    """Makes what the paths name."""

    def __init__(self, url, token):
        self.url, self.token = url, token

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def attempt(self, message):
        """The first attempt, once it was made."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < deadline:
            attempts = self.call("GET", f"/app/{APP}/attempt/msg/{message}")["data"]
            if attempts:
                return attempts[0]["id"]
            time.sleep(0.05)
        raise SystemExit(f"no attempt within {WAIT_SECONDS_MAX} s")


APP, ENDPOINT, EVENT_TYPE = "checked", "receiver", "invoice.paid"


def seed(api):
    """One of each thing that a path can name, by the name of the parameter. Nobody listens at the endpoints' URLs."""
    endpoint = {"url": "http://127.0.0.1:9/", "uid": ENDPOINT, "channels": ["eu"], "metadata": {"team": "billing"}}
    schema = {"type": "object", "properties": {"amount": {"type": "number"}}}
    event_type = {"name": EVENT_TYPE, "description": "Paid", "schemas": {"1": schema}}
    api.call("POST", "/event-type", event_type)
    app = api.call("POST", "/app", {"name": "Checked", "uid": APP, "metadata": {"plan": "free"}})
    made = api.call("POST", f"/app/{APP}/endpoint", endpoint)
    operational = api.call("POST", "/operational-webhook/endpoint", {"url": "http://127.0.0.1:9/"})
    message = {"eventType": EVENT_TYPE, "payload": {"amount": 7}, "channels": ["eu"], "tags": ["a"]}
    sent = api.call("POST", f"/app/{APP}/msg", message)["id"]
    key = api.call("POST", "/key", {"name": "of the check", "scope": "read"})
    span = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    task = api.call("POST", f"/app/{APP}/endpoint/{ENDPOINT}/recover", span)
    return {
        "app_id": [app["id"]],
        "endpoint_id": [made["id"]],
        "operational": [operational["id"]],
        "msg_id": [sent],
        "attempt_id": [api.attempt(sent)],
        "event_type_name": [EVENT_TYPE],
        "key_id": [key["id"]],
        "task_id": [task["id"]],
    }


def main(url, token, *arguments):
    environment = {
        **os.environ,
        "CHECKED_TOKEN": token,
        "CHECKED_NAMES": json.dumps(seed(Api(url, token))),
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    program = pathlib.Path(sys.executable).parent / "schemathesis"
    command = [program, "--config-file", HERE / "schemathesis.toml", "run", f"{url}/api/v1/openapi.json", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
