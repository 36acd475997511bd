"""Crops: true to their aspect, inside the frame, with the head where it belongs."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from render.pipeline.contract import CANVASES
from render.pipeline.crops import (
    CROPS,
    MARK_SHARE,
    Crop,
    CropTooTight,
    Face,
    cut,
    dots_per_inch,
    face,
    window,
)
from render.pipeline.faces.topology import CHIN, LEFT_PUPIL, RIGHT_PUPIL
from render.pipeline.stages.encode import encode

HEAD = Face(x=3000, eyes=3000, chin=4300, crown=1000)
FRAMES = [(canvas.height * 6, canvas.width * 6) for canvas in CANVASES.values()]


@pytest.mark.parametrize("crop", CROPS.values(), ids=str)
def test_a_roomy_frame_gives_exactly_what_is_asked(crop: Crop) -> None:
    left, top, wide, tall = window(crop, HEAD.times(0.5), 7680, 6144)
    assert wide / tall == pytest.approx(crop.aspect, abs=0.001)
    if crop.slug != "16x9":  # wider than this frame has room for
        assert (HEAD.chin - HEAD.crown) / 2 / tall == pytest.approx(crop.head, abs=0.001)
        assert left + wide / 2 == pytest.approx(HEAD.x / 2, abs=1) or left == 0
    assert (HEAD.eyes / 2 - top) / tall == pytest.approx(crop.eye_line, abs=0.001) or top == 0


@given(
    crop=st.sampled_from(list(CROPS.values())),
    frame=st.sampled_from(FRAMES),
    x=st.floats(0.2, 0.8),
    eyes=st.floats(0.2, 0.7),
    size=st.floats(0.05, 0.9),
)
def test_a_crop_lies_in_the_frame_and_holds_the_face_or_is_refused(
    crop: Crop, frame: tuple[int, int], x: float, eyes: float, size: float
) -> None:
    height, width = frame
    head = Face(x * width, eyes * height, (eyes + size * 0.45) * height, (eyes - size * 0.55) * height)
    try:
        left, top, wide, tall = window(crop, head, height, width)
    except CropTooTight:
        return
    assert left >= 0
    assert top >= 0
    assert left + wide <= width + 1
    assert top + tall <= height + 1
    assert top <= head.eyes
    assert head.chin <= top + tall + 1


def test_a_face_that_does_not_fit_is_refused() -> None:
    with pytest.raises(CropTooTight):
        window(CROPS["16x9"], Face(3000, 3000, 6500, -1000), 7680, 6144)


def test_the_head_is_found_from_landmarks() -> None:
    points = np.zeros((478, 3))
    points[RIGHT_PUPIL, :2], points[LEFT_PUPIL, :2], points[CHIN, :2] = (400, 500), (600, 500), (500, 740)
    assert face(points) == Face(500, 500, 740, 740 - 3.55 * 200)


@pytest.mark.parametrize("crop", CROPS.values(), ids=str)
def test_what_is_cut_is_reduced_and_never_enlarged(crop: Crop) -> None:
    picture = np.zeros((1920, 1536, 3), np.uint8)
    picture[:, :, 0] = np.linspace(0, 255, 1536).astype(np.uint8)
    head = HEAD.times(0.25)
    _, _, _, tall = window(crop, head, 1920, 1536)
    found = cut(picture, crop, head)
    expected = min(tall, crop.tallest)
    if crop.marked:
        strip = found[expected:]
        assert strip.shape[0] == round(expected * MARK_SHARE)
        assert strip.min() < 64 < 192 < strip.max()
        found = found[:expected]
    assert found.shape[0] == expected
    assert found.shape[1] / found.shape[0] == pytest.approx(crop.aspect, abs=0.005)
    assert (np.diff(found[0, :, 0].astype(int)) >= 0).all()


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
@pytest.mark.parametrize("scale", [0.2, 1.0])  # below and above the 600 dpi that it is reduced to
def test_case_print_crop_says_300_dpi(format: str, scale: float) -> None:  # noqa: A002
    crop = CROPS["print35x45"]
    picture = np.zeros((round(3840 * scale), round(3072 * scale), 3), np.uint8)
    found = cut(picture, crop, HEAD.times(0.5 * scale))
    data = encode(found, format=format, dots_per_inch=dots_per_inch(crop, found))
    with Image.open(io.BytesIO(data)) as image:
        across, down = image.info["dpi"]
        strip = 1 + MARK_SHARE
        assert image.width / across * 25.4 == pytest.approx(35, abs=0.1)
        assert image.height / strip / down * 25.4 == pytest.approx(45, abs=0.1)
        assert (round(across) == 600) == (scale == 1)


@pytest.mark.parametrize("crop", [crop for crop in CROPS.values() if not crop.width_mm], ids=str)
def test_other_crops_are_for_no_print_of_a_certain_size(crop: Crop) -> None:
    assert dots_per_inch(crop, np.zeros((10, 10, 3), np.uint8)) == 300
