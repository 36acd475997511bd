"""The real engine at a quarter of its sizes.

Named in JOB_HANDLERS, it makes real workers small as well, and in the middle of a full portrait they do what
a test's file says.
"""

import errno
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from render import darkroom
from render.pipeline import contract, run
from render.pipeline.stage import Stage
from tests import memo

LARGE = dict(contract.CANVASES)
ACTS = "PORTRAITOS_TEST_ACTS"
"""Environment variable of a worker: the file whose first line is what its next full portrait does."""
MAILBOX = "PORTRAITOS_TEST_MAILBOX"
"""Environment variable of a worker: the folder that it puts its mail into."""

BREAK_AT_ONCE = "break at once"
"""The act of a worker whose full portraits fail before the engine is loaded: for tests of what follows."""

_enlarge = run.enlarge
_prove = darkroom.prove


def shrink() -> None:
    for aspect, canvas in LARGE.items():
        contract.CANVASES[aspect] = replace(canvas, width=canvas.width // 4, height=canvas.height // 4)


def grow() -> None:
    contract.CANVASES.update(LARGE)


def enlarge(*given: Any, **named: Any) -> Any:
    """What a worker of the tests does instead of `run.enlarge`."""
    act = _next(Path(os.environ[ACTS]))
    if act == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if act == "break":
        raise ValueError("The enlarger is broken.")
    if act == "hog":
        raise MemoryError
    if act == "full":
        raise OSError(errno.ENOSPC, "No space left on device")
    if act == "wait":
        tell = given[1]
        while True:
            time.sleep(0.1)
            tell(Stage.FULL_SIZE, 0.1)
    return _enlarge(*given, **named)


def prove(*given: Any, **named: Any) -> Any:
    """What a worker of the tests does instead of `darkroom.prove`."""
    if Path(os.environ[ACTS]).read_text() == BREAK_AT_ONCE:
        raise ValueError("The darkroom is broken.")
    return _prove(*given, **named)


def _next(script: Path) -> str:
    """The first line, taken away; the last one stays."""
    acts = script.read_text().splitlines()
    if len(acts) > 1:
        script.write_text("\n".join(acts[1:]))
    return acts[0]


if ACTS in os.environ:
    shrink()
    if memo.FOLDER in os.environ:
        memo.install()
        _enlarge = run.enlarge
    run.enlarge = enlarge
    darkroom.prove = prove

if MAILBOX in os.environ:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = os.environ[MAILBOX]
    settings.SUPPORT_EMAIL = "support@example.org"
