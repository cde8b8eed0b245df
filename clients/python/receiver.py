"""The receivers of the tour: one HTTP server on loopback, in which each path stands for one endpoint."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from checks import SECONDS_MAX, check

ANSWER = b"thanks"


@dataclass
class Call:
    """One request that arrived."""

    path: str
    headers: dict
    body: bytes

    @property
    def id(self):
        return self.headers.get("webhook-id")

    @property
    def json(self):
        return json.loads(self.body)


class Receiver:
    def __init__(self):
        self._calls = []
        self._failing = set()
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def break_down(self, path):
        """Answers 500 at this path from now on."""
        with self._arrived:
            self._failing.add(path)

    def heal(self, path):
        with self._arrived:
            self._failing.discard(path)

    def calls(self, path):
        with self._arrived:
            return [call for call in self._calls if call.path == path]

    def wait(self, path, what, wanted):
        """The first call at the path that is wanted, as soon as it is there."""

        def found():
            return next((call for call in self._calls if call.path == path and wanted(call)), None)

        with self._arrived:
            self._arrived.wait_for(lambda: found() is not None, SECONDS_MAX)
            call = found()
            check(call, f"{what} at {path} within {SECONDS_MAX} s", [seen.id for seen in self._calls])
            return call

    def message(self, path, message_id):
        """The call that brings this message."""
        return self.wait(path, f"message {message_id}", lambda call: call.id == message_id)

    def _take(self, call):
        with self._arrived:
            self._calls.append(call)
            self._arrived.notify_all()
            return 500 if call.path in self._failing else 200

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = receiver._take(Call(self.path, headers, body))
                self.send_response(status)
                self.send_header("content-length", str(len(ANSWER)))
                self.end_headers()
                self.wfile.write(ANSWER)

            def log_message(self, *_):
                """The tour prints its steps and nothing else."""

        return Handler
