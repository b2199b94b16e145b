"""Who is told of alerts: a real HTTP server on this machine, as a webhook would be."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: parts of the URL that nobody may ever see
USER, PASSWORD, TOKEN = "someone", "p4ssw0rd-of-receiver", "t0ken-of-receiver"


class AlertReceiver:
    """Keeps each message as (title, text); answers with ``status``, and keeps none of the bad."""

    def __init__(self, port: int) -> None:
        self.url = f"json://{USER}:{PASSWORD}@127.0.0.1:{port}/{TOKEN}"
        self.messages: list[tuple[str, str]] = []
        self.requests: list[dict[str, str]] = []
        self.status = 200
        self.location = ""

    @property
    def titles(self) -> list[str]:
        return [title for title, _ in self.messages]

    def forget(self) -> None:
        self.messages.clear()
        self.requests.clear()

    def take(self, path: str, body: dict[str, str]) -> None:
        self.requests.append(body | {"path": path})
        if self.status == 200:
            self.messages.append((body["title"], body["message"]))


@contextmanager
def alert_receiver() -> Iterator[AlertReceiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            receiver.take(urlsplit(self.path).path, json.loads(self.rfile.read(length)))
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """A test prints nothing of its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = AlertReceiver(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
