"""The web server: waitress, which reads a request whole before a thread takes it on, with limits of ours.

One thread reads and writes every connection, so a slow client costs a socket and no more. Waitress lacks:

- deadlines for headers, bodies and readers, with a least pace, so that a byte now and then gains nothing;
- a limit on the body by path, counted while it comes, and one on all that wait together, where the oldest
  unfinished one makes room; nothing of a body that is too large is kept, and the site answers it
  (body_limits.py);
- a thread for the health page and one for refusals, so that both are answered while all others are busy;
- a limit on the requests that wait for a thread, and an end where all threads hang.

It builds on classes that waitress does not document, so the version is pinned exactly.
"""

import faulthandler
import logging
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BufferedReader, BytesIO, RawIOBase
from socket import socket
from typing import Any, ClassVar
from weakref import WeakSet

from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer, ReadOnlyFileBasedBuffer
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from portraitos_site.body_limits import REFUSED
from studio import uploads

log = logging.getLogger(__name__)
WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

CONNECTIONS = 1000
HEADER_BYTES = 32 * 1024
UPLOADS_BYTES = 128 * 1024 * 1024
"""Of all bodies beyond the size of a form, together."""

PIECE_BYTES = 64 * 1024
LINE_BYTES = 1024
"""Of the line before a chunk, which names its length, or of what follows the last one."""

UNREAD_BYTES = 256 * 1024 * 1024
"""Of all answers that nobody reads, together; files are read from the disk as they are sent."""

ANSWER_BYTES = 64 * 1024
"""An answer up to this is always sent."""

SWALLOWED_BYTES = 100_000_000
"""A body that is too large is read to its end and dropped, so that the sender hears why; up to here."""

HEADER_SECONDS = 10.0
IDLE_SECONDS = 75.0
"""Between two requests; longer than nginx keeps an idle connection, so that it is nginx that closes."""

STALL_SECONDS = 30.0
"""Without a byte, while a body comes or an answer goes."""

LEAST_PACE = 20_000
"""Bytes a second of a body or an answer, from STALL_SECONDS on."""

STUCK_SECONDS = 120.0
"""No request takes that long in a thread but a ZIP, and those have slots."""

WAITING = 64
"""Requests that wait for a thread; the next one is told to come again."""

HEALTH = "/healthz"
NEVER = 1 << 62


class Pieces:
    """A body as it comes, never moved and never on a disk; a BytesIO that grows takes half as much again."""

    def __init__(self) -> None:
        self.length, self.whole, self.last = 0, list[bytes](), bytearray()

    def __len__(self) -> int:
        return self.length

    def append(self, data: bytes) -> None:
        self.length += len(data)
        self.last += data
        if len(self.last) >= PIECE_BYTES:
            self.whole.append(bytes(self.last))
            self.last = bytearray()

    def getfile(self) -> BufferedReader:
        return BufferedReader(Reading([*self.whole, bytes(self.last)]), PIECE_BYTES)

    def close(self) -> None:
        self.length = 0
        self.whole.clear()
        self.last.clear()


class Reading(RawIOBase):
    """Reads one piece after the other."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.rest = iter(pieces)
        self.piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, to: Any) -> int:
        while not self.piece:
            found = next(self.rest, None)
            if found is None:
                return 0
            self.piece = memoryview(found)
        count = min(len(to), len(self.piece))
        to[:count], self.piece = self.piece[:count], self.piece[count:]
        return count


class Nowhere:
    """A body that is not kept, only counted."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def append(self, data: bytes) -> None:
        self.length += len(data)

    def getfile(self) -> BytesIO:
        return BytesIO()

    def close(self) -> None:
        """There is nothing to close."""


class Request(HTTPRequestParser):
    """A request as it comes, with a limit on its body."""

    body_rcv: Any
    refused = 0
    largest = 0
    began = 0.0
    _large: ClassVar["WeakSet[Request]"] = WeakSet()
    """Those with more than a form in memory."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        self.began = time.monotonic()
        if self.body_rcv is not None:
            self.body_rcv.buf = Pieces()
        self.largest = uploads.largest_body(self.path)
        if self.content_length > self.largest:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if self.expect_continue or self.content_length > SWALLOWED_BYTES:
                self._cut_off()

    def received(self, data: bytes) -> int:
        taken = int(super().received(data))
        if self._line() > LINE_BYTES:  # waitress would read it again and again until its end
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            self._cut_off()
        elif self.body_bytes_received > SWALLOWED_BYTES:
            self._cut_off()
        elif self.body_bytes_received > uploads.largest_body("") and not self.refused:
            self._look()
        return taken

    def _look(self) -> None:
        """At the body so far, which is more than a form."""
        self._large.add(self)
        if self.body_bytes_received > self.largest:  # only now where it came in chunks
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif sum(len(one.body_rcv) for one in self._large) > UPLOADS_BYTES:
            unfinished = [one for one in self._large if not one.completed]
            oldest = min([self, *unfinished], key=lambda one: one.began)
            oldest.refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def _line(self) -> int:
        """Bytes of an unfinished line around chunks."""
        lines = (getattr(self.body_rcv, name, b"") for name in ("control_line", "trailer"))
        return max(map(len, lines))

    def refuse(self, status: HTTPStatus) -> None:
        """Keep nothing of the body, and read it to its end."""
        self.refused = status
        self._large.discard(self)
        self.body_rcv.getbuf().close()
        self.body_rcv.buf = Nowhere(self.body_bytes_received)

    def _cut_off(self) -> None:
        """Answer now, and close: whatever else comes is not read."""
        self.headers.setdefault("CONTENT_LENGTH", str(self.body_bytes_received))
        self.headers["CONNECTION"] = "close"
        self.expect_continue, self.content_length, self.body_rcv = False, 0, None
        self.completed = True


class Task(WSGITask):
    """Tells the site what the server has given up on."""

    def get_environment(self) -> dict[str, Any]:
        environment: dict[str, Any] = super().get_environment()
        environment[REFUSED] = int(self.request.refused)
        return environment


class Channel(HTTPChannel):
    """A connection that knows for how long it has been at what it is at."""

    task_class = Task
    parser_class = Request

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.at: tuple[str, int] = ("", 0)
        self.since = self.moved = time.monotonic()
        self.sent = self.sent_before = 0
        self.answered = False
        super().__init__(*arguments, **options)

    def readable(self) -> bool:
        """No channel that was closed since its loop began: its number may be another's by then, who would be
        closed in its place.
        """
        return bool(self.connected and super().readable())

    def writable(self) -> bool:
        return bool(self.connected and super().writable())

    def received(self, data: bytes) -> bool:
        self.moved = time.monotonic()
        return bool(super().received(data))

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent = int(super().send(data, do_close=do_close))
        if sent:
            self.sent += sent
            self.moved = time.monotonic()
        return sent

    def service(self) -> None:
        held = self.server.task_dispatcher.held
        held[threading.get_ident()] = time.monotonic()
        try:
            super().service()
        finally:
            del held[threading.get_ident()]
            self.answered = True

    def write_soon(self, data: Any) -> int:
        """Where slow readers keep too much of the memory waiting, the next large answer is given up."""
        large = len(data) > ANSWER_BYTES and not isinstance(data, ReadOnlyFileBasedBuffer)
        if large and self.server.unread() > UNREAD_BYTES:
            self.will_close = True
            raise ClientDisconnected
        return int(super().write_soon(data))

    def unread(self) -> int:
        """Bytes in memory that the client has not read yet; files are not in memory."""
        return sum(len(part) for part in list(self.outbufs) if isinstance(part, OverflowableBuffer))

    def is_late(self) -> bool:
        """Whether its client has had all the time that it may take. Asked about once a second."""
        now, at = time.monotonic(), self._at()
        if at != self.at:
            self.at, self.since, self.sent_before = at, now, self.sent
        spent, still = now - self.since, now - self.moved
        match at[0]:
            case "header":
                return spent > HEADER_SECONDS
            case "idle":
                return spent > IDLE_SECONDS
            case "body":
                return still > STALL_SECONDS or self.request.body_bytes_received < _least(spent)
            case "reading":
                return still > STALL_SECONDS or self.sent - self.sent_before < _least(spent)
        return False

    def _at(self) -> tuple[str, int]:
        """What is awaited, and in which request."""
        if self.total_outbufs_len:
            return "reading", 0
        if self.requests:
            return "answer", 0
        if self.request is None:
            return ("idle" if self.answered else "header"), 0
        return ("body", id(self.request)) if self.request.headers_finished else ("header", 0)


def _least(seconds: float) -> float:
    """Bytes that must have gone by after so many seconds."""
    return max(seconds - STALL_SECONDS, 0) * LEAST_PACE


class Dispatcher(ThreadedTaskDispatcher):
    """Threads for pages, one for the health page, one for what is refused."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.held: dict[int, float] = {}
        """Since when each thread is at its request."""
        self.health, self.refusals = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        self.set_thread_count(threads)
        self.health.set_thread_count(1)
        self.refusals.set_thread_count(1)

    def add_task(self, task: Channel) -> None:
        request = task.requests[0]
        if getattr(request, "path", "") == HEALTH:
            self._add(self.health, task)
        elif request.refused or request.error:
            self._add(self.refusals, task)
        elif len(self.queue) < WAITING:
            super().add_task(task)
        else:
            request.refused = HTTPStatus.SERVICE_UNAVAILABLE
            self._add(self.refusals, task)

    def _add(self, to: ThreadedTaskDispatcher, task: Channel) -> None:
        if len(to.queue) < WAITING:
            to.add_task(task)
        else:
            task.cancel()

    def is_stuck(self) -> bool:
        """Whether every thread for pages has been at the same request for so long that it will not end."""
        before = time.monotonic() - STUCK_SECONDS
        return sum(since < before for since in list(self.held.values())) >= len(self.threads)

    def shutdown(self, cancel_pending: bool = True, timeout: int = 5) -> bool:
        for one in (self.health, self.refusals):
            one.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))


class Server(TcpWSGIServer):
    """Closes the connections that are late, and ends where nothing goes on any more."""

    channel_class = Channel

    def unread(self) -> int:
        return sum(channel.unread() for channel in list(self.active_channels.values()))

    def maintenance(self, now: float) -> None:
        for channel in list(self.active_channels.values()):
            if channel.is_late():
                channel.handle_close()  # `will_close` would wait until the client reads again
        if self.task_dispatcher.is_stuck():
            log.critical(
                "Every thread has been busy for %.0f s. The supervisor starts another.", STUCK_SECONDS
            )
            faulthandler.dump_traceback()
            raise SystemExit(1)


def server(application: WSGI, listening: socket, *, threads: int) -> Server:
    """Serve the site on a socket that is bound already."""
    settings = Adjustments(
        sockets=[listening],
        threads=threads,
        ident=None,
        connection_limit=CONNECTIONS,
        cleanup_interval=1,
        max_request_header_size=HEADER_BYTES,
        max_request_body_size=NEVER,  # see Request
        outbuf_overflow=NEVER,  # a face touches no disk unsealed, neither on its way out nor in: see Pieces
        outbuf_high_watermark=4 * 1024 * 1024,
        recv_bytes=64 * 1024,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,  # whose word counts is said by BEHIND_PROXY
        log_socket_errors=False,
    )
    return Server(
        without_bodies_of_heads(application),
        _sock=listening,
        dispatcher=Dispatcher(threads),
        adj=settings,
        bind_socket=False,
        sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
        map={},
    )


def without_bodies_of_heads(application: WSGI) -> WSGI:
    """A HEAD is answered without a body; Django leaves that to the server, and waitress to Django."""

    def answer(environment: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = application(environment, start_response)
        if environment["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return []

    return answer
