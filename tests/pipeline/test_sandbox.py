"""A child that was taken over gets no file, no network, no program, no secret. Photographs still come.

Each act is tried twice: where it must be refused, and in this process or one like it, where it succeeds.
"""

from __future__ import annotations

import errno
import json
import os
import pwd
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from render.pipeline import confined
from render.pipeline.errors import TooHeavy
from render.pipeline.plain_copy import plain_copy
from render.pipeline.sandbox import confine, seccomp
from render.pipeline.sandbox.zygote import KEPT, ONE_THREAD, ReaderGoneError, Zygote
from tests.pipeline import hostile
from tests.pipeline.files import FORMATS, save

ROOT = Path(__file__).resolve().parents[2]
SECRET = "SECRET_KEY"
PATIENCE = 20.0


@pytest.fixture(scope="module")
def filtered() -> Iterator[Zygote]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SECRET, "of the site")
        zygote = Zygote("tests.pipeline.hostile")
        zygote.warm()
        yield zygote
        zygote.stop()


@pytest.fixture(scope="module")
def unfiltered() -> Iterator[Zygote]:
    zygote = Zygote("tests.pipeline.hostile_without_filter")
    yield zygote
    zygote.stop()


def tried(zygote: Zygote, act: str, *given: object) -> dict[str, Any]:
    """What the child says that has tried it."""
    with zygote.child(PATIENCE) as pipe:
        pipe.send_bytes(json.dumps([act, *given]).encode())
        said: dict[str, Any] = json.loads(pipe.recv_bytes())
        pipe.recv_bytes()
    return said


def here(act: str, *given: object) -> dict[str, Any]:
    return hostile.answer(json.dumps([act, *given]).encode())[0]


@pytest.fixture
def database() -> Iterator[Path]:
    """A file of the site's, as open as a careless operator may have left it."""
    with tempfile.TemporaryDirectory(prefix="portraitos-open-") as folder:
        Path(folder).chmod(0o777)
        file = Path(folder) / "portraitos.sqlite3"
        file.write_text("faces and money")
        file.chmod(0o666)
        yield file


def test_it_opens_no_file(filtered: Zygote, unfiltered: Zygote, database: Path) -> None:
    for act, path in (
        ("read", "/etc/passwd"),
        ("read", str(database)),
        ("read", "/proc/self/environ"),
        ("read", f"/proc/{os.getpid()}/environ"),
        ("write", str(database)),
        ("write", str(database.with_name("new"))),
    ):
        assert "got" in here(act, path)
        assert "refused" in tried(filtered, act, path), path
        assert tried(unfiltered, act, path)["errno"] == errno.EMFILE, path
    assert database.read_text() == "taken over", "by this process, and by nobody else"


def test_it_has_no_secret(filtered: Zygote) -> None:
    assert SECRET in here("environment")["got"]
    assert SECRET not in tried(filtered, "environment")["got"]
    given = Path(f"/proc/{filtered.pid}/environ").read_bytes().decode().rstrip("\0").split("\0")
    assert {line.partition("=")[0] for line in given} <= {*KEPT, *ONE_THREAD}


def test_it_has_its_pipe_and_no_other_descriptor(filtered: Zygote, unfiltered: Zygote) -> None:
    assert len(here("descriptors")["got"]) > 1
    assert len(tried(filtered, "descriptors")["got"]) == 1
    assert len(tried(unfiltered, "descriptors")["got"]) == 1


def test_it_calls_nobody(filtered: Zygote, unfiltered: Zygote, database: Path) -> None:
    local = database.with_name("socket")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        port = server.getsockname()[1]
        listener.bind(str(local))
        local.chmod(0o777)
        listener.listen()
        for act, to in (("call_tcp", port), ("call_udp", port), ("call_unix", str(local))):
            assert here(act, to)["got"]
            assert "refused" in tried(filtered, act, to), act
            assert tried(unfiltered, act, to)["errno"] == errno.EMFILE, act


BY_NAME = ("empty", "open_up", "rename", "delete")


def test_it_touches_no_file_by_its_name(filtered: Zygote, database: Path) -> None:
    for act in BY_NAME:
        file = database.with_name(act)
        file.write_text("kept")
        assert_refused(filtered, act, str(file))
        assert file.read_text() == "kept"
        assert here(act, str(file))["got"]
    folder = database.with_name("folder")
    assert_refused(filtered, "make_folder", str(folder))
    assert here("make_folder", str(folder))["got"]


def test_it_starts_and_reaches_no_process(filtered: Zygote) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        for act, given in (("fork", ()), ("signal", (other.pid,)), ("trace", (other.pid,))):
            assert_refused(filtered, act, *given)
            if act != "trace":
                assert here(act, *given)["got"]
        other.kill()
    assert_refused(filtered, "execute", "/bin/true")
    program = "from tests.pipeline import hostile; hostile.execute('/bin/true')"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_it_makes_no_program_in_its_memory(filtered: Zygote) -> None:
    for act in ("run_memory", "in_memory_file"):
        assert_refused(filtered, act)
        assert here(act)["got"]


def assert_refused(zygote: Zygote, act: str, *given: object) -> None:
    """What only the filter refuses. On a kernel without it `manage.py check` says so (test_checks)."""
    if not seccomp.missing():
        assert tried(zygote, act, *given).get("refused") == "PermissionError", act


def test_it_gets_no_limit_back(filtered: Zygote, unfiltered: Zygote) -> None:
    """Not even where the server of pages is root: the child is not."""
    for zygote in (filtered, unfiltered):
        assert "refused" in tried(zygote, "raise_limit")
        assert tried(zygote, "take_memory", confine.MEMORY_MB + 100)["got"] == "MemoryError"
        assert tried(zygote, "take_memory", 100)["got"] == "taken"


def test_root_becomes_nobody(unfiltered: Zygote) -> None:
    """As for others: they stay who they are, and gain nothing."""
    uids = set(tried(unfiltered, "user")["got"])
    if os.geteuid() == 0:
        assert 0 in here("user")["got"]
        nobody = pwd.getpwnam(confine.USER)
        assert uids == {nobody.pw_uid, nobody.pw_gid}
    else:
        assert uids == {*os.getresuid(), *os.getresgid(), *os.getgroups()}


def test_seen_from_outside_it_is_confined(filtered: Zygote) -> None:
    with filtered.child(PATIENCE):
        (child,) = _children(filtered)
        lines = _status(child)
    assert lines["NoNewPrivs"] == "1"
    filters = 0 if seccomp.missing() else 1
    assert int(lines["Seccomp_filters"]) == int(_status(os.getpid())["Seccomp_filters"]) + filters


def _children(zygote: Zygote) -> list[int]:
    """The living children of the server, once they are confined."""
    time.sleep(0.5)
    return [int(pid) for pid in Path(f"/proc/{zygote.pid}/task/{zygote.pid}/children").read_text().split()]


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_a_child_that_says_nothing_is_ended(filtered: Zygote) -> None:
    began = time.monotonic()
    with filtered.child(2.0) as pipe:
        assert _children(filtered)  # looks after half a second
        with pytest.raises((EOFError, ConnectionError)):
            pipe.recv_bytes()
        assert pipe.late
    assert time.monotonic() - began < PATIENCE / 2
    assert _children(filtered) == []


@pytest.fixture
def asked(filtered: Zygote, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The site asks a child that was taken over."""
    monkeypatch.setattr(confined, "_zygote", filtered)
    monkeypatch.setattr(confined, "LONGEST_S", 1.0)
    began = time.monotonic()
    yield
    assert time.monotonic() - began < PATIENCE


@pytest.mark.usefixtures("asked")
def test_another_form_of_answer_is_a_refusal() -> None:
    assert type(confined.ask(json.dumps(["descriptors"]).encode()).refused) is TooHeavy


@pytest.mark.usefixtures("asked")
def test_half_an_answer_is_a_late_one() -> None:
    with pytest.raises(confined.LateError):
        confined.ask(json.dumps(["stall"]).encode())


def test_what_computes_for_too_long_is_a_refusal(filtered: Zygote, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the processor's seconds, so that a busy machine alone never refuses a photograph."""
    monkeypatch.setattr(confined, "_zygote", filtered)
    monkeypatch.setattr(confined, "LONGEST_S", 10 * PATIENCE)
    assert type(confined.ask(json.dumps(["compute"]).encode()).refused) is TooHeavy


@pytest.mark.usefixtures("asked")
def test_what_fails_of_ours_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    assert type(confined.ask(b"no JSON").refused) is TooHeavy
    assert "JSONDecodeError" in caplog.text
    assert "\nTraceback" not in caplog.text, "a child writes no lines of its own into the log"


def test_a_server_that_was_killed_is_started_again() -> None:
    zygote = Zygote("tests.pipeline.hostile")
    assert "got" in tried(zygote, "descriptors")
    first = zygote.pid
    assert first
    os.kill(first, 9)
    assert "got" in tried(zygote, "descriptors")
    assert zygote.pid != first
    zygote.stop()


def test_a_server_without_its_reader_is_an_error_of_ours() -> None:
    zygote = Zygote("tests.pipeline.no_such_reader")
    with pytest.raises(ReaderGoneError), zygote.child(PATIENCE):
        pytest.fail("There is no such reader.")


def test_it_ends_with_whoever_started_it() -> None:
    program = (
        "from render.pipeline.sandbox.zygote import Zygote\n"
        "zygote = Zygote('tests.pipeline.hostile')\n"
        "with zygote.child(60): print(zygote.pid, flush=True); import os; os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False, text=True
    )
    limit = time.monotonic() + PATIENCE
    while _lives(int(done.stdout)):
        assert time.monotonic() < limit, "The server of children outlives its parent."
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        return not _status(pid)["State"].startswith("Z")
    except FileNotFoundError:
        return False


def test_many_threads_share_one_server(filtered: Zygote) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: tried(filtered, "descriptors")["got"], range(24)))
    assert {len(found) for found in said} == {1}
    assert _children(filtered) == []


def test_the_server_has_one_thread() -> None:
    """The others would be missing in a child, and with them the locks that they held."""
    assert confined.ask(b"").refused
    assert len([*Path(f"/proc/{confined._zygote.pid}/task").iterdir()]) == 1


@pytest.mark.faces
@pytest.mark.parametrize("kind", FORMATS)
def test_photographs_come_out_as_they_do_without_it(kind: str, faces: Path) -> None:
    with Image.open(faces / "sitter-04.jpg") as photograph:
        photograph.thumbnail((900, 900))
        data = save(photograph.convert("RGB"), kind)
    assert confined.copy(data).data == plain_copy(data).data
