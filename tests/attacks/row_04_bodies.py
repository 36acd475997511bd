"""Forty files of 24 MB to the sign-in page, declared and in chunks; uploads that never end, beside which a
customer sends a photograph; and the length of a chunk that never ends.
"""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site
from tests.pipeline import selfies
from tests.pipeline.files import save
from tests.stated import STATED

FILES, FILE_BYTES = 40, 24_000_000
PIECE = bytes(1 << 20)
UNFINISHED = 40
BOUNDARY = "a-boundary"
MOST_MB = 350
"""What two processes keep of unfinished uploads, and what the parsing of one photograph takes."""

SOON = 10.0  # seconds that a photograph may take beside them


def attack(site: Site) -> Outcome:
    before = _web_mb(site)
    grown, statuses = {}, {}
    acts = {
        "declared": declared,
        "chunked": chunked,
        "unfinished": unfinished,
        "a length": _endless_length,
    }
    for name, act in acts.items():
        with _watched(site) as seen:
            statuses[name] = act(site)
        grown[name] = max(seen) - before
    held = (
        max(grown.values()) <= MOST_MB and site.answers("/pricing/") and "kept out" not in statuses.values()
    )
    words = ", ".join(f"{name} +{mb:.0f} MB (answered {statuses[name]})" for name, mb in grown.items())
    return Outcome(held, f"The web processes had {before:.0f} MB and grew by: {words}.")


def declared(site: Site) -> str:
    length = sum(len(part) for part in _parts(bytes(0))) + FILES * FILE_BYTES
    return _post(site, {"Content-Length": str(length)}, chunked=False)


def chunked(site: Site) -> str:
    return _post(site, {"Transfer-Encoding": "chunked"}, chunked=True)


def _post(site: Site, headers: dict[str, str], *, chunked: bool) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers |= _as_a_browser(site)
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", "/accounts/login/", _parts(PIECE), headers, encode_chunked=chunked)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def _as_a_browser(site: Site) -> dict[str, str]:
    """Headers of a form, with the token that anybody gets: without it nothing of the body is looked at."""
    caller = site.caller()
    caller.get("/accounts/login/")
    token = str(caller.jar["csrftoken"])
    return {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "X-Forwarded-Proto": "https",
        "Referer": f"https://127.0.0.1:{site.port}/",
        "Cookie": f"csrftoken={token}",
        "X-CSRFToken": token,
    }


def _parts(piece: bytes) -> Iterator[bytes]:
    for number in range(FILES):
        yield (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f{number}"; filename="{number}.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode()
        left = FILE_BYTES if piece else 0
        while left:
            yield piece[:left]
            left -= len(piece[:left])
        yield b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


def unfinished(site: Site) -> str:
    customer = site.customer("alice@example.org")
    with nearly_sent(site):
        return "nothing" if _sends_a_photograph(customer) else "kept out"


@contextlib.contextmanager
def nearly_sent(site: Site) -> Iterator[None]:
    """All but the last byte of a photograph, from many at once, to where photographs are taken."""
    headers = {"Host": f"127.0.0.1:{site.port}", "Content-Length": str(FILE_BYTES), **_as_a_browser(site)}
    lines = ["POST /selfies/new/ HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, "", ""]).encode()
    part = next(_parts(PIECE))
    with contextlib.ExitStack() as stack:
        senders = [
            threading.Thread(target=_almost, args=(stack.enter_context(_connected(site)), head + part))
            for _ in range(UNFINISHED)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        yield


def _sends_a_photograph(customer: Caller) -> bool:
    began = time.monotonic()
    photograph = save(selfies.picture(selfies.CLOSE), "PNG")
    try:
        sent = customer.post(
            "/selfies/new/", STATED, files={"photograph": ("me.png", photograph, "image/png")}
        )
    except requests.RequestException:
        return False
    return sent.status_code == 302 and time.monotonic() - began < SOON


def _endless_length(site: Site) -> str:
    head = (
        f"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with _connected(site) as connection, contextlib.suppress(OSError):
        connection.sendall(head.encode())
        for _ in range(60):
            connection.sendall(b"1" * len(PIECE))
    return "ok" if site.answers("/pricing/") else "kept out"


def _connected(site: Site) -> socket.socket:
    return socket.create_connection(("127.0.0.1", site.port), timeout=20)


def _almost(connection: socket.socket, head: bytes) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(head)
        left = FILE_BYTES - len(head)
        while left:
            connection.sendall(PIECE[:left])
            left -= len(PIECE[:left])


@contextlib.contextmanager
def _watched(site: Site) -> Iterator[list[float]]:
    seen, over = [_web_mb(site)], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            seen.append(_web_mb(site))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _web_mb(site: Site) -> float:
    """Resident memory of all processes of the web server, in MB."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            command = (folder / "cmdline").read_bytes().split(b"\0")
            if (
                b"web" in command
                and f"DATA_DIR={site.folder}/data".encode() in (folder / "environ").read_bytes()
            ):
                found += int((folder / "statm").read_text().split()[1])
    return found * 4096 / 1e6
