"""Shoulders carried on beyond the frame: cloth stays cloth, and the outline goes on."""

import numpy as np

from render.pipeline.contract import Double, Float, Landmarks
from render.pipeline.faces.shoulders import REACH, extend

HEIGHT, WIDTH, PERIOD = 300, 400, 16
SIDE = round(REACH * WIDTH)


def body(*, striped: bool = True, cut: bool = True) -> tuple[Float, Float, Landmarks]:
    """Pixels, matte and points of a torso whose shoulders fall toward the sides of the frame."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    stripes = 0.3 + 0.2 * np.sin(2 * np.pi * x / PERIOD) * striped
    top = 120 + 0.3 * np.abs(x - WIDTH / 2) + (0 if cut else 300 * (np.abs(x - WIDTH / 2) > 120))
    points: Double = np.zeros((478, 3))
    return (
        np.repeat(stripes[..., None], 3, axis=2).astype(np.float32),
        np.clip(y - top + 0.5, 0, 1).astype(np.float32),
        Landmarks(points, points, 0.0),
    )


def contrast(pixels: Float, columns: slice) -> float:
    return float(pixels[HEIGHT - 40 :, columns, 0].std())


def test_a_pattern_is_not_repeated_but_goes_out_of_focus() -> None:
    """A print, a button or a glove that came a second time would be an invented one."""
    pixels, matte, points = body()
    wide, _, _ = extend(pixels, matte, points)
    inside = contrast(pixels, slice(0, 4 * PERIOD))
    for columns in (slice(0, SIDE - 3 * PERIOD), slice(SIDE + WIDTH + 3 * PERIOD, None)):
        assert contrast(wide, columns) < 0.1 * inside
    assert contrast(wide, slice(SIDE, SIDE + 4 * PERIOD)) == inside  # what was photographed stays


def test_the_frame_itself_does_not_change_and_meets_its_continuation() -> None:
    pixels, matte, points = body()
    wide, cover, moved = extend(pixels, matte, points)
    assert np.array_equal(wide[:, SIDE : SIDE + WIDTH], pixels)
    assert np.array_equal(cover[:, SIDE : SIDE + WIDTH], matte)
    assert (moved.points[:, 0] == SIDE).all()
    seam = np.abs(np.diff(wide[HEIGHT - 40 :, SIDE - 2 : SIDE + 2], axis=1)).max()
    assert seam <= np.abs(np.diff(pixels[HEIGHT - 40 :], axis=1)).max() * 1.05


def test_the_outline_falls_ever_further() -> None:
    pixels, matte, points = body()
    _, cover, _ = extend(pixels, matte, points)
    height = cover.sum(axis=0)
    assert (np.diff(height[:SIDE]) > -0.5).all()
    assert (np.diff(height[SIDE + WIDTH :]) < 0.5).all()
    assert abs(height[SIDE - 1] - height[SIDE]) < 3


def test_the_body_is_gone_before_the_picture_ends() -> None:
    pixels, matte, points = body()
    _, cover, _ = extend(pixels, matte, points)
    assert cover[:, :4].max() == 0
    assert cover[:, -4:].max() == 0
    assert cover[-1, SIDE - 4] > 0.95  # and not at once
    assert cover[:, SIDE + WIDTH + SIDE // 2].max() < 0.6


def test_a_body_within_the_frame_is_not_continued() -> None:
    """Negative control: nothing was cut, so nothing is added."""
    pixels, matte, points = body(cut=False)
    _, cover, _ = extend(pixels, matte, points)
    assert cover[:, :SIDE].max() == 0
    assert cover[:, SIDE + WIDTH :].max() == 0
