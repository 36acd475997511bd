"""Rows and squares cut out of a large JPEG are those of the whole."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from render.pipeline.color.srgb_profile import srgb_profile
from render.pipeline.contract import Code
from render.pipeline.stages import jpeg
from render.pipeline.stages.encode import encode
from render.pipeline.tiles import NotCuttable, OutsideThePicture, cut, tile

from .test_encode import picture, read


@pytest.fixture(params=[jpeg.BAND, 64])
def data(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(jpeg, "BAND", request.param)
    return encode(picture()[:500, :627], format="jpeg")


@pytest.mark.parametrize(
    ("top", "bottom"), [(0, 64), (64, 192), (128, 512), (448, 512), (0, 512), (448, 640)]
)
def test_a_cut_decodes_to_the_same_pixels(data: bytes, top: int, bottom: int) -> None:
    assert np.array_equal(read(cut(data, top, bottom)), read(data)[top:bottom])


@pytest.mark.parametrize(("top", "bottom"), [(8, 64), (0, 60), (64, 64), (-64, 64), (512, 576)])
def test_bounds_are_places_where_the_ring_begins(data: bytes, top: int, bottom: int) -> None:
    with pytest.raises(OutsideThePicture, match="cannot be cut"):
        cut(data, top, bottom)


def test_other_jpegs_are_told_apart(data: bytes) -> None:
    file = io.BytesIO()
    Image.fromarray(picture()).save(file, "JPEG")
    with pytest.raises(NotCuttable):
        cut(file.getvalue(), 0, 64)
    with pytest.raises(NotCuttable):
        cut(data[:20], 0, 64)


@pytest.mark.parametrize(
    ("left", "top", "shape"), [(0, 0, (128, 128)), (512, 384, (116, 115)), (64, 448, (52, 128))]
)
def test_a_tile_is_that_square(data: bytes, left: int, top: int, shape: tuple[int, int]) -> None:
    found = tile(data, left, top, 128)
    whole: Code = read(data)
    assert read(found).shape[:2] == shape
    away = np.abs(read(found).astype(int) - whole[top : top + 128, left : left + 128])
    assert away.mean() < 2
    assert Image.open(io.BytesIO(found)).info["icc_profile"] == srgb_profile()


def test_a_tile_begins_inside(data: bytes) -> None:
    with pytest.raises(OutsideThePicture, match="outside"):
        tile(data, 640, 0, 128)
