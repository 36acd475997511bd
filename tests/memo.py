"""The engine's answers, computed once a run: the first test that asks computes, the others are told.

Tests of what is built around the engine (orders, money, privacy, faults) ask for the same few portraits
hundreds of times. That the same input gives the same bytes is proved in tests/pipeline/test_determinism.py,
which runs without this, as all of tests/pipeline does.

An answer is kept under the hash of everything that it depends on, in a folder that belongs to one run and
goes with it: no answer outlives the code that gave it. Workers in other processes share the folder.
"""

import fcntl
import hashlib
import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import wraps
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from render.pipeline.faces.mediapipe import MediaPipeDetector

FOLDER = "PORTRAITOS_TEST_MEMO"
"""Environment variable: where this run keeps the answers."""

RUN = "render.pipeline.run"
ASKED = (
    (RUN, "look"),
    (RUN, "model"),
    (RUN, "sit"),
    (RUN, "prove"),
    (RUN, "enlarge"),
    ("render.pipeline.stages.analyze", "model"),
)
"""What is kept: module and function. `run.identify` is the first and the last of them."""

Act = Callable[..., Any]


def install(put: Callable[[Any, str, Act], None] = setattr) -> None:
    """Put what remembers in the place of the engine's own functions, with `setattr` or monkeypatch's."""
    for place, name in ASKED:
        module = import_module(place)
        put(module, name, kept(name, getattr(module, name)))


def kept(name: str, act: Act) -> Act:
    from render.pipeline import contract

    @wraps(act)
    def ask(*given: Any, **named: Any) -> Any:
        tells = [one for one in (*given, *named.values()) if callable(one)]
        tell = tells[0] if tells else None
        asked = [one for one in given if not callable(one)]
        settings = {key: one for key, one in named.items() if not callable(one)}
        circumstances = (contract.CANVASES, contract.ENGINE_VERSION)
        found = Path(os.environ[FOLDER]) / f"{name}-{digest((asked, settings, circumstances))}"
        with found.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two who ask for the same at once: one computes
            if not found.exists():
                return _computed(found, act, asked, settings, tell)
        told, answer = pickle.loads(found.read_bytes())
        if tell is not None:
            for stage, share in told:
                tell(stage, share)
        return answer

    return ask


def _computed(found: Path, act: Act, asked: list[Any], settings: dict[str, Any], tell: Act | None) -> Any:
    """Compute and keep the answer, with the stages that were told on the way; a refusal is not kept."""
    told: list[tuple[str, float]] = []

    def listen(stage: str, share: float) -> None:
        told.append((stage, share))
        if tell:
            tell(stage, share)

    takes = "tell" in signature(act).parameters
    answer = act(*asked, **settings, **({"tell": listen} if takes else {}))
    draft = found.with_suffix(f".{os.getpid()}")
    draft.write_bytes(pickle.dumps((told, answer), protocol=pickle.HIGHEST_PROTOCOL))
    draft.rename(found)
    return answer


def digest(value: Any) -> str:
    mark = hashlib.sha256()
    for part in _parts(value):
        mark.update(part)
    return mark.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    """The bytes of a value, the same in every process."""
    yield type(value).__name__.encode()
    if isinstance(value, np.ndarray):
        yield f"{value.dtype}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, bytes):
        yield value
    elif value is None or isinstance(value, str | int | float | bool | slice | np.generic):
        yield repr(value).encode()
    else:
        for one in _inside(value):
            yield from _parts(one)


def _inside(value: Any) -> Iterable[Any]:
    if is_dataclass(value):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, dict):
        return sorted(value.items())
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, MediaPipeDetector):
        return [value.version]
    raise TypeError(f"{type(value)} has no known hash: teach tests/memo.py about it.")
