"""The development Stripe as an HTTP server on this machine."""

import json
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from billing.stripe_dev import forms, pages
from billing.stripe_dev.acts import World
from billing.stripe_dev.api import Api
from billing.stripe_dev.books import Books
from billing.stripe_dev.errors import Wrong
from billing.stripe_dev.events import Post

log = logging.getLogger(__name__)
HOST = "127.0.0.1"


class StripeDev:
    """Books, routes and pages on one address. `start` serves in a thread, `serve` in this one."""

    def __init__(
        self, *, port: int, webhook: str, secret: str, api_version: str, file: Path | None = None
    ) -> None:
        self.books = Books(file=file)
        self.post = Post(self.books, webhook=webhook, secret=secret, api_version=api_version)
        self.world = World(self.books, self.post)
        handler = type("Bound", (Handler,), {"stripe": self})
        self.http = ThreadingHTTPServer((HOST, port), handler)
        self.address = f"http://{HOST}:{self.http.server_port}"
        self.api = Api(self.books, self.post, address=self.address)

    def serve(self) -> None:
        self.http.serve_forever(poll_interval=0.2)

    def start(self) -> None:
        threading.Thread(target=self.serve, daemon=True).start()

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()


class Handler(BaseHTTPRequestHandler):
    stripe: ClassVar[StripeDev]
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024  # head and body in one packet: two would wait 40 ms for each other
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/v1/"):
            self._api("GET", parts.path, forms.read(parts.query))
        else:
            self._page(pages.get, parts.path, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        path = urlsplit(self.path).path
        if path.startswith("/v1/"):
            self._api("POST", path, forms.read(body))
        else:
            self._page(pages.post, path, forms.read(body))

    def _api(self, method: str, path: str, params: dict[str, Any]) -> None:
        switches = self.stripe.books.switches
        if fault := _fault(self.stripe.books):
            self._send(fault[0], {"error": {"type": "api_error", "message": fault[1]}})
            return
        key = self.headers.get("Idempotency-Key", "")
        status, body = self.stripe.api.answer(
            method, path, params, key, self.headers.get("Authorization", "")
        )
        if method == "POST" and switches.late > 0:
            switches.late -= 1
            time.sleep(switches.late_seconds)
        self._send(status, body)

    def _page(self, act: pages.Act, path: str, fields: dict[str, Any]) -> None:
        try:
            shown = act(self.stripe.books, self.stripe.world, path, fields)
        except Wrong as wrong:
            shown = pages.Page(pages.sorry(str(wrong)), status=wrong.status)
        self._answer(shown.status, "text/html; charset=utf-8", shown.html.encode(), shown.location)

    def _send(self, status: int, body: dict[str, Any]) -> None:
        self._answer(status, "application/json", json.dumps(body).encode())

    def _answer(self, status: int, kind: str, body: bytes, location: str = "") -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", f"req_dev_{time.monotonic_ns()}")
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            log.debug("The caller did not wait for the answer.")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        log.debug(format, *args)


def _fault(books: Books) -> tuple[int, str] | None:
    switches = books.switches
    if switches.deaf:
        return 503, "Stripe is away."
    if switches.busy > 0:
        switches.busy -= 1
        return 429, "Too many requests."
    if switches.broken > 0:
        switches.broken -= 1
        return 500, "Something went wrong at Stripe."
    return None
