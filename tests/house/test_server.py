"""Slow clients cost sockets, not threads; large bodies cost nothing; health is answered whatever goes on."""

import http.client
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from waitress import wasyncore

from portraitos_site import server as rules
from portraitos_site.body_limits import REFUSED
from render.downloads import _Part
from studio import uploads

MB = 1 << 20
SOON = 3.0  # seconds; what is shown to be no wait would be one of ten or more


class Application:
    """Answers with what it heard, or does what a test tells it at a path of its own."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.hold = threading.Event()
        self.file = Path()

    def __call__(self, environment: dict[str, Any], start: Callable[..., Any]) -> Any:
        body = environment["wsgi.input"].read()
        self.asked.append({**environment, "read": len(body), "digest": sha256(body).hexdigest()})
        path = environment["PATH_INFO"]
        if path == "/held" or environment["QUERY_STRING"] == "held":
            self.hold.wait(20)
        if path == "/stream":
            start("200 OK", [("Content-Type", "text/plain")])
            return (bytes(MB) for _ in range(200))
        if path == "/file":  # as render/downloads.py sends one, from its sixth byte on
            part = _Part(self.file.open("rb"), 5, self.file.stat().st_size)
            start("206 Partial Content", [("Content-Length", str(self.file.stat().st_size - 5))])
            return environment["wsgi.file_wrapper"](part)
        said = bytes(20 * MB) if path == "/large" else b"well"
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(said)))])
        return [said]


class Served:
    def __init__(self, application: Application, server: rules.Server, port: int) -> None:
        self.application, self.server, self.port = application, server, port

    def ask(
        self, path: str, method: str = "GET", body: Any = None, timeout: float = 5, **headers: str
    ) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, names)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def is_at(self, held: int, waiting: int) -> bool:
        """Whether so many requests have a thread, and so many wait for one."""
        return (len(self.application.asked), len(self.server.task_dispatcher.queue)) == (held, waiting)

    def holds(self, size: int) -> bool:
        """Whether so much has come of the body of a request."""
        requests = [channel.request for channel in list(self.server.active_channels.values())]
        return any(request is not None and request.body_bytes_received == size for request in requests)

    def open(self, *, room: int = 0) -> socket.socket:
        """A connection; with `room`, one whose reader takes in so many bytes at a time."""
        opened = socket.socket()
        if room:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        opened.connect(("127.0.0.1", self.port))
        opened.settimeout(20)
        return opened


@contextmanager
def serving(threads: int = 2) -> Iterator[Served]:
    application, listening = Application(), socket.create_server(("127.0.0.1", 0))
    made = rules.server(application, listening, threads=threads)
    over = threading.Event()

    def loop() -> None:
        while not over.is_set():
            made.asyncore.loop(timeout=0.05, map=made._map, use_poll=True, count=1)

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield Served(application, made, listening.getsockname()[1])
    finally:
        application.hold.set()
        over.set()
        thread.join()
        made.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(made._map)


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as found:
        yield found


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines of tests."""
    for name, value in {"HEADER_SECONDS": 1.0, "STALL_SECONDS": 1.0, "IDLE_SECONDS": 2.5}.items():
        monkeypatch.setattr(rules, name, value)


def closes(connection: socket.socket, within: float) -> bool:
    """Whether the other side ends it, behind whatever it still says."""
    connection.settimeout(within)
    try:
        while connection.recv(4096):
            pass
        return True
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def is_cut_off(connection: socket.socket, said: bytes, *, pause: float, within: float) -> bool:
    """Whether the other side ends it while this side says the same again and again."""
    limit = time.monotonic() + within
    while time.monotonic() < limit:
        try:
            connection.sendall(said)
        except (BrokenPipeError, ConnectionResetError):
            return True
        time.sleep(pause)
    return False


def until(true: Callable[[], object], seconds: float = 5) -> bool:
    limit = time.monotonic() + seconds
    while not true() and time.monotonic() < limit:
        time.sleep(0.02)
    return bool(true())


SLOW = [b"", b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx"]


def test_two_hundred_slow_clients_stop_nobody(served: Served) -> None:
    with ExitStack() as stack:
        for number in range(201):
            stack.enter_context(served.open()).sendall(SLOW[number % len(SLOW)])
        began = time.monotonic()
        assert served.ask("/") == 200
        assert time.monotonic() - began < SOON


def test_who_says_no_more_is_cut_off(hurry: None, served: Served) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(served.open()) for _ in SLOW]
        for connection, said in zip(connections, SLOW, strict=True):
            connection.sendall(said)
        assert all(closes(connection, within=5) for connection in connections)


def test_a_byte_now_and_then_gains_nothing(hurry: None, served: Served) -> None:
    with served.open() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n")
        assert is_cut_off(connection, b"x", pause=0.1, within=8)


def test_a_connection_that_was_answered_may_rest(hurry: None, served: Served) -> None:
    with served.open() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        assert not closes(connection, within=1.5)
        assert closes(connection, within=5)


def test_nobody_is_closed_in_the_place_of_one_who_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new connection gets the number of the one that was closed, within the same turn of the loop."""
    listening = socket.create_server(("127.0.0.1", 0))
    made = rules.server(Application(), listening, threads=1)
    turn = partial(made.asyncore.loop, timeout=0.1, map=made._map, use_poll=True, count=1)
    with socket.create_connection(listening.getsockname()) as late:
        assert until(lambda: turn() or made.active_channels)
        (number,) = made.active_channels
        with socket.create_connection(listening.getsockname()) as new:
            monkeypatch.setattr(rules.Channel, "is_late", lambda channel: True)
            made.next_channel_cleanup = 0
            turn()
            monkeypatch.setattr(rules.Channel, "is_late", lambda channel: False)
            assert list(made.active_channels) == [number]
            assert closes(late, within=1)
            new.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            new.settimeout(0.2)
            answer = bytearray()
            for _ in range(20):
                turn()
                with suppress(TimeoutError):
                    answer += new.recv(4096)
                    break
            assert answer.startswith(b"HTTP/1.1 200")
    made.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(made._map)


def test_who_does_not_read_frees_the_thread(hurry: None, served: Served) -> None:
    with ExitStack() as stack:
        for _ in range(2):  # as many as there are threads
            stack.enter_context(served.open(room=4096)).sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        assert until(lambda: len(served.application.asked) == 2)
        assert served.ask("/", timeout=8) == 200


def test_a_file_that_is_read_slowly_holds_no_thread(served: Served, tmp_path: Path) -> None:
    data = os.urandom(30 * MB)
    served.application.file = tmp_path / "file"
    served.application.file.write_bytes(data)
    with ExitStack() as stack:
        slow = [stack.enter_context(served.open(room=4096)) for _ in range(6)]
        for connection in slow:
            connection.sendall(b"GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert until(lambda: len(served.application.asked) == len(slow))
        began = time.monotonic()
        assert served.ask("/") == 200
        assert time.monotonic() - began < SOON
        assert served.server.unread() < MB
        answer = http.client.HTTPResponse(slow[0])
        answer.begin()
        assert (answer.status, answer.read() == data[5:]) == (206, True)


def test_many_who_do_not_read_are_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "UNREAD_BYTES", 50 * MB)
    with ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(served.open(room=4096)).sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        assert until(lambda: len(served.application.asked) == 12)
        assert served.ask("/") == 200
        assert served.server.unread() < 120 * MB


def test_a_form_that_is_too_large_is_not_kept(served: Served) -> None:
    assert served.ask("/", "POST", bytes(20 * MB)) == 200
    heard = served.application.asked[-1]
    assert (heard["read"], heard["CONTENT_LENGTH"], heard[REFUSED]) == (0, str(20 * MB), 413)


def test_nor_is_one_in_chunks(served: Served) -> None:
    assert served.ask("/", "POST", iter([bytes(MB)] * 20)) == 200
    heard = served.application.asked[-1]
    assert (heard["read"], int(heard["CONTENT_LENGTH"]) >= 20 * MB, heard[REFUSED]) == (0, True, 413)


@pytest.mark.parametrize("size", [1, 8192, rules.PIECE_BYTES, 3 * rules.PIECE_BYTES + 1, 20 * MB])
def test_a_photograph_is_kept_as_it_came(served: Served, size: int) -> None:
    """The control of the two before."""
    photograph = random.Random(size).randbytes(size)
    for body in (photograph, iter([photograph[:1000], photograph[1000:]])):
        assert served.ask(uploads.address(), "POST", body) == 200
        heard = served.application.asked[-1]
        assert (heard["digest"], heard["CONTENT_LENGTH"]) == (sha256(photograph).hexdigest(), str(size))
        assert heard[REFUSED] == 0


@pytest.mark.parametrize(
    "more", ["Expect: 100-continue\r\nContent-Length: 9999999", "Content-Length: 5000000000"]
)
def test_what_is_far_too_large_is_answered_before_it_comes(served: Served, more: str) -> None:
    with served.open() as connection:
        connection.sendall(f"POST / HTTP/1.1\r\nHost: a\r\n{more}\r\n\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        assert closes(connection, within=3)
    assert served.application.asked[-1][REFUSED] == 413


def test_chunks_without_end_are_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SWALLOWED_BYTES", 3 * MB)
    with served.open() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert is_cut_off(connection, b"100000\r\n" + bytes(MB) + b"\r\n", pause=0, within=8)
    assert served.application.asked[-1][REFUSED] == 413


@pytest.mark.parametrize("line", [b"1" * MB, b"0\r\n" + b"X: y\r\n" * MB], ids=["a length", "a trailer"])
def test_a_line_around_chunks_ends_soon(served: Served, line: bytes) -> None:
    """Waitress alone takes any number of bytes, and reads all of them again with each that comes."""
    with served.open() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert is_cut_off(connection, line, pause=0, within=3)
    assert served.application.asked[-1][REFUSED] == 413


def test_unfinished_uploads_share_a_limit_and_the_oldest_makes_room(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nobody keeps others from sending photographs by never ending theirs."""
    monkeypatch.setattr(rules, "UPLOADS_BYTES", 25 * MB)
    head = f"POST {uploads.address()} HTTP/1.1\r\nHost: a\r\nContent-Length: {20 * MB}\r\n\r\n".encode()
    with served.open() as first, served.open() as second:
        first.sendall(head + bytes(20 * MB - 1))
        assert until(partial(served.holds, 20 * MB - 1))
        second.sendall(head + bytes(20 * MB))
        assert second.recv(4096).startswith(b"HTTP/1.1 200")
        assert served.application.asked[-1][REFUSED] == 0
        first.sendall(b"x")
        assert first.recv(4096).startswith(b"HTTP/1.1 200")
        assert (served.application.asked[-1][REFUSED], served.application.asked[-1]["read"]) == (503, 0)
    assert served.ask(uploads.address(), "POST", bytes(20 * MB)) == 200
    assert served.application.asked[-1][REFUSED] == 0


def test_an_upload_that_is_worked_on_is_not_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "UPLOADS_BYTES", 25 * MB)
    with ThreadPoolExecutor(1) as pool:
        worked_on = pool.submit(served.ask, uploads.address() + "?held", "POST", bytes(20 * MB), 30)
        assert until(lambda: len(served.application.asked) == 1)
        assert served.ask(uploads.address(), "POST", bytes(20 * MB)) == 200
        assert served.application.asked[-1][REFUSED] == 503
        served.application.hold.set()
        assert worked_on.result() == 200


def test_health_is_answered_while_every_thread_is_busy(served: Served) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(served.open()).sendall(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        assert until(lambda: len(served.application.asked) == 2)
        assert served.ask("/healthz", timeout=1) == 200
        with pytest.raises(TimeoutError):
            served.ask("/", timeout=0.3)
        served.application.hold.set()
        assert served.ask("/") == 200


def test_a_process_that_is_stuck_ends(served: Served) -> None:
    dispatcher = served.server.task_dispatcher
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        for _ in range(2):
            assert not _is_stuck_now(dispatcher, patch)
            stack.enter_context(served.open()).sendall(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            assert until(lambda: len(dispatcher.held) == len(served.application.asked))
        assert until(lambda: len(dispatcher.held) == 2)
        assert _is_stuck_now(dispatcher, patch)
        patch.setattr(rules, "STUCK_SECONDS", 0)
        with pytest.raises(SystemExit):
            served.server.maintenance(0)


def _is_stuck_now(dispatcher: rules.Dispatcher, patch: pytest.MonkeyPatch) -> bool:
    """If no request may take any time at all."""
    patch.setattr(rules, "STUCK_SECONDS", 0)
    stuck = dispatcher.is_stuck()
    patch.undo()
    return stuck


def test_a_crowd_is_told_to_come_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WAITING", 3)
    with ExitStack() as stack:
        for held, waiting in ((1, 0), (2, 0), (2, 1), (2, 2), (2, 3)):
            stack.enter_context(served.open()).sendall(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            assert until(partial(served.is_at, held, waiting))
        assert served.ask("/") == 200
        assert served.application.asked[-1][REFUSED] == 503


def test_a_head_has_no_body(served: Served) -> None:
    with served.open() as connection:
        for _ in range(2):  # on one connection, so that a body would be taken for the next answer
            connection.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200")
            assert b"Content-Length: 4" in answer
            assert answer.endswith(b"\r\n\r\n")


def test_what_a_proxy_says_goes_on_to_the_site(served: Served) -> None:
    served.ask("/", X_Forwarded_Proto="https", X_Forwarded_For="198.51.100.1")
    heard = served.application.asked[-1]
    assert (heard["HTTP_X_FORWARDED_PROTO"], heard["HTTP_X_FORWARDED_FOR"]) == ("https", "198.51.100.1")
