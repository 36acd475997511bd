"""Pages of blind tests, made of drawn pictures, and answers to them."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from render.pipeline.contract import Code
from render.pipeline.evaluation import pairs, pairs_questions

from .files import save

ONE_SENTENCE = re.compile(r"[^\n]+\. [A-Z][^\n]+\.\n")
SIZE = (300, 360)  # width, height
Said: TypeAlias = pytest.CaptureFixture[str]
NAMES = tuple(
    f"{sitter}-{style}" for sitter in ("zoe", "ada", "kim", "lee") for style in ("noir", "corporate")
)


def noise(seed: int, size: tuple[int, int] = SIZE) -> Code:
    """What a selfie compresses like."""
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)


def gradient(seed: int, size: tuple[int, int] = SIZE) -> Code:
    """What a studio's backdrop compresses like; red tells the pictures apart."""
    code = np.zeros((size[1], size[0], 3), np.uint8)
    code[..., 1] = np.linspace(0, 255, size[0]).astype(np.uint8)
    code[..., 0] = 20 * seed
    return code


def write(path: Path, code: Code, kind: str = "PNG", **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(save(code, kind, **options))


def two_folders(folder: Path, names: Sequence[str] = NAMES) -> Path:
    """``folder`` with A/ of gradients and B/ of noise."""
    for number, name in enumerate(names):
        write(folder / "A" / f"{name}.png", gradient(number))
        write(folder / "B" / f"{name}.png", noise(number))
    return folder


def asking(folder: Path, b: str = "B", kind: str = "selfie") -> tuple[object, ...]:
    return "--kind", kind, "--pictures", folder / "A", "--against", folder / b


def make(folder: Path, out: str = "page", *more: object, kind: str = "selfie", seed: int = 7) -> Path:
    words = (*asking(folder, kind=kind), "--out", folder / out, "--seed", seed, *more)
    assert pairs.main(list(map(str, words))) == 0
    return folder / out


def truth(page: Path) -> pairs_questions.Key:
    return pairs_questions.read_key(page.with_name(f"{page.name}-key.json"))


def contents(page: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in page.iterdir()}


def chunks(data: bytes) -> list[tuple[bytes, int]]:
    """Types and lengths of a PNG's chunks."""
    found, at = [], 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        found.append((kind, length))
        at += 12 + length
    return found


def refused(capsys: Said, *words: object) -> str:
    """What a refused command says; fails where it is not one sentence with its fix."""
    capsys.readouterr()
    assert pairs.main(list(map(str, words))) == 2
    printed, told = capsys.readouterr()
    assert printed == ""
    assert ONE_SENTENCE.fullmatch(told), told
    return told


def answer(key: pairs_questions.Key, path: Path, reader: str, given: dict[str, str], **more: Any) -> Path:
    answers = {name: {"answer": word, "why": "so"} for name, word in given.items()}
    path.write_text(json.dumps({"page": key.page, "reader": reader, "answers": answers} | more))
    return path
