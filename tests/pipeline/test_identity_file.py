"""A stored identity: nothing lost, nothing left to chance."""

from __future__ import annotations

import io
import json
from dataclasses import fields, replace

import numpy as np
import pytest

from render.pipeline import run
from render.pipeline.contract import Identity, WhiteBalance
from render.pipeline.faces.mediapipe import shared
from render.pipeline.identity_file import FORMAT, dump, load, storable
from render.pipeline.recipe import find

from . import selfies
from .selfies import CLOSE


def assert_same(one: Identity, other: Identity) -> None:
    for field in fields(Identity):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            assert np.array_equal(a, b), field.name
        elif field.name == "landmarks":
            assert np.array_equal(a.first, b.first)
            assert np.array_equal(a.second, b.second)
            assert a.noise == b.noise
        else:
            assert a == b, field.name


def test_nothing_is_lost() -> None:
    identity = selfies.identity(CLOSE)
    assert_same(load(dump(identity)), identity)


def test_every_field_is_stored() -> None:
    """Values unlike the defaults come back, so that a new field cannot be forgotten."""
    identity = replace(
        selfies.identity(CLOSE), mirrored=True, push=2.5, warnings=("One.", "Two."), versions={"a": "b"}
    )
    identity = replace(identity, capture=replace(identity.capture, focal_length_35mm=26.0, camera="Ö 1"))
    identity = replace(identity, white=WhiteBalance(4000.5, 0.01, 0.75, (0.4, -0.6)))
    assert_same(load(dump(identity)), identity)


def test_the_same_identity_gives_the_same_bytes() -> None:
    identity = selfies.identity(CLOSE)
    data = dump(identity)
    assert dump(identity) == data
    assert dump(load(data)) == data


@pytest.mark.slow
def test_a_stored_identity_gives_the_same_portrait() -> None:
    stored = run.sit(load(dump(selfies.identity(CLOSE))))
    again = run.prove(stored, find("corporate"), shared())
    first = selfies.proof(CLOSE, "corporate")
    assert np.array_equal(again.code, first.code)
    assert json.dumps(again.report()) == json.dumps(first.report())


def test_what_is_storable_is_stored_exactly() -> None:
    draw = np.random.Generator(np.random.PCG64(2))
    pixels = draw.uniform(0, 70000, (5, 4, 3)).astype(np.float32)
    matte = draw.uniform(0, 1, (5, 4)).astype(np.float32)
    once = storable(pixels, matte)
    twice = storable(*once)
    assert np.array_equal(once[0], twice[0])
    assert np.array_equal(once[1], twice[1])
    assert np.isfinite(once[0]).all()
    assert np.abs(once[1] - matte).max() < 1e-5


@pytest.mark.parametrize(("other", "lacks"), [(FORMAT + 1, ()), (2, ("location",))])
def test_another_format_is_an_error(other: int, lacks: tuple[str, ...]) -> None:
    with np.load(io.BytesIO(dump(selfies.identity(CLOSE)))) as archive:
        arrays = {name: archive[name] for name in archive if name not in lacks}
    facts = json.loads(arrays["facts"].tobytes()) | {"format": other}
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    with pytest.raises(ValueError, match=f"format {other} is not {FORMAT}"):
        load(buffer.getvalue())


@pytest.mark.parametrize("data", [b"", b"not an identity", b"PK\x03\x04 torn"])
def test_what_is_no_identity_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        load(data)


def test_a_torn_identity_is_an_error() -> None:
    data = dump(selfies.identity(CLOSE))
    with pytest.raises(ValueError, match=r"\w"):
        load(data[: len(data) // 2])
