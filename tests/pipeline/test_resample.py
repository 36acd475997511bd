"""Sampling along rows and columns: exact where theory is, and the same in a strip as in the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Canvas, Float, Window
from render.pipeline.placement import Placement, sample
from render.pipeline.resample import blur, enlarge, gather, resample, taps

CANVAS = Canvas("4:5", 64, 80, 6)


def noise(*shape: int) -> Float:
    return np.random.default_rng(3).random(shape, dtype=np.float32)


def test_taps_sum_to_one_and_hold_their_own_pixel() -> None:
    found = taps(np.linspace(-3, 23, 500), 20)
    assert np.allclose(found.weight.sum(axis=1), 1, atol=1e-6)
    at = taps(np.arange(20) + 0.5, 20)
    assert np.array_equal(at.index[:, 1], np.arange(20))
    assert np.array_equal(at.weight, np.tile(np.array([0, 1, 0, 0], np.float32), (20, 1)))


def test_is_the_bicubic_of_opencv_but_for_its_rounding_of_positions() -> None:
    image = cv2.GaussianBlur(noise(40, 50, 3), (0, 0), 2.0)
    x, y = 3.1 + 0.37 * np.arange(90), 2.4 + 0.41 * np.arange(70)
    grid_x, grid_y = (axis.astype(np.float32) for axis in np.meshgrid(x, y))
    assert np.abs(resample(image, taps(y, 40), taps(x, 50)) - sample(image, grid_x, grid_y)).max() < 2e-3


@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_a_strip_is_cut_from_the_whole(channels: tuple[int, ...]) -> None:
    field = noise(80, 64, *channels)
    whole = enlarge(field, Window.whole(CANVAS, 6))
    assert whole.shape == (480, 384, *channels)
    assert np.array_equal(enlarge(field, Window(CANVAS, 6, 131, 290)), whole[131:290])
    assert np.array_equal(enlarge(field, Window.whole(CANVAS)), field)


@pytest.mark.parametrize("shift", [None, 3 * noise(20, 25, 2)])
def test_a_placement_looks_where_its_coordinates_say(shift: Float | None) -> None:
    placement = Placement(CANVAS, 1.3, (4.0, -6.0), shift, shift_scale=0.25)
    image = cv2.GaussianBlur(noise(80, 100), (0, 0), 3.0)
    window = Window(CANVAS, 6, 60, 200)
    seen = placement.look(image, window)
    assert np.abs(seen - sample(image, *placement.coordinates(window))).max() < 1e-3
    assert np.array_equal(seen, placement.look(image, Window.whole(CANVAS, 6))[60:200])


def test_the_perspective_is_undone_where_it_was_done() -> None:
    smooth = cv2.GaussianBlur(noise(20, 25, 2), (0, 0), 4.0)
    placement = Placement(CANVAS, 1.3, (4.0, 6.0), 8 * smooth, shift_scale=0.25)
    x, y = placement.coordinates(Window.whole(CANVAS))
    points = np.array([[x[40, 30], y[40, 30]], [x[12, 50], y[12, 50]]], np.float64)
    assert np.allclose(placement.to_canvas(points), [[30.5, 40.5], [50.5, 12.5]], atol=0.02)


def test_fine_stripes_of_a_large_photograph_become_their_mean() -> None:
    """One look a pixel would pick single stripes: the proof of a 12-megapixel selfie would shimmer."""
    stripes = np.tile(np.array([0, 1], np.float32), (400, 200))
    seen = Placement(CANVAS, 4.9, (10.0, 10.0)).look(stripes, Window.whole(CANVAS))
    assert np.abs(seen - 0.5).max() < 0.5 / 4.9 + 0.01  # half a stripe at each end of the mean


@pytest.mark.parametrize("each", [2, 3])
def test_the_mean_of_many_looks_is_one_sum(each: int) -> None:
    image = noise(60, 70, 3)
    step = 0.9
    x, y = 4.2 + each * step * np.arange(20), -1.3 + each * step * np.arange(24)
    around = (np.arange(each) - (each - 1) / 2) * step
    finer = [(axis[:, None] + around).ravel() for axis in (x, y)]
    many = resample(image, taps(finer[1], 60), taps(finer[0], 70))
    mean = many.reshape(24, each, 20, each, 3).mean(axis=(1, 3))
    once = resample(image, taps(y, 60, each, step), taps(x, 70, each, step))
    assert np.abs(once - mean).max() < 1e-5
    assert (
        np.abs(once - resample(image, taps(y, 60), taps(x, 70))).max() > 0.05
    )  # one look is another picture


def test_a_map_along_rows_and_columns_gathers_the_same() -> None:
    image = noise(60, 70, 3)
    x, y = 4.2 + 2.7 * np.arange(25), -1.3 + 2.7 * np.arange(24)
    grid_x, grid_y = (axis.astype(np.float32) for axis in np.meshgrid(x, y))
    gathered = gather(image, grid_x, grid_y, 3, 0.9)
    assert np.abs(gathered - resample(image, taps(y, 60, 3, 0.9), taps(x, 70, 3, 0.9))).max() < 2e-3
    assert gather(image[..., 0], grid_x, grid_y, 3, 0.9).shape == (24, 25)


@pytest.mark.parametrize("interpolation", [cv2.INTER_CUBIC, cv2.INTER_LINEAR])
@pytest.mark.parametrize("channels", [(), (1,), (2,), (3,), (4,), (5,), (7,), (8,), (9,), (34,)])
def test_a_sample_of_many_channels_is_that_of_each(channels: tuple[int, ...], interpolation: int) -> None:
    """cv2.remap takes four at the most; a plane that stands alone keeps its axis."""
    image = noise(30, 40, *channels)
    x, y = 45 * noise(20, 25) - 2, 35 * noise(20, 25)[::-1] - 2
    seen = sample(image, x, y, interpolation)
    assert seen.shape == (20, 25, *channels)
    for plane, alone in zip(_planes(image), _planes(seen), strict=True):
        assert np.array_equal(alone, sample(plane, x, y, interpolation))


@pytest.mark.parametrize("how", [sample, lambda image, x, y: gather(image, x, y, 1, 0.0)])
@pytest.mark.parametrize("channels", [(), (1,), (3,), (7,)])
def test_a_map_of_any_places_is_the_bicubic_of_rows_and_columns(
    how: Callable[[Float, Float, Float], Float], channels: tuple[int, ...]
) -> None:
    """Beyond the edges too; but for positions rounded to a 32nd of a pixel."""
    image = cv2.GaussianBlur(noise(40, 50, *channels), (0, 0), 2.0).reshape(40, 50, *channels)
    x, y = -3.1 + 0.67 * np.arange(90), -2.4 + 0.71 * np.arange(70)
    grid_x, grid_y = (axis.astype(np.float32) for axis in np.meshgrid(x, y))
    assert np.abs(how(image, grid_x, grid_y) - resample(image, taps(y, 40), taps(x, 50))).max() < 4e-3


def test_a_gather_reads_its_own_table_a_hair_before_a_center() -> None:
    """There float32 rounds the fraction of a pixel to a whole one."""
    image = noise(30, 40, 3)
    before = np.full((4, 4), np.nextafter(np.float32(0.5), np.float32(0)))
    assert before[0, 0] - np.float32(0.5) + np.float32(1) == 1
    assert np.abs(gather(image, before, before, 1, 0.0) - image[0, 0]).max() < 5e-3


def _planes(image: Float) -> Iterator[Float]:
    return (np.ascontiguousarray(plane) for plane in np.moveaxis(image.reshape(*image.shape[:2], -1), -1, 0))


@pytest.mark.parametrize("sigma", [3.0, 50.0, 90.0])
def test_a_wide_blur_on_a_coarser_grid_is_the_same_blur(sigma: float) -> None:
    """An even field stays even; a wide bump keeps its height."""
    y, x = np.mgrid[0:300, 0:400].astype(np.float32)
    bump = np.exp(-((x - 200) ** 2 + (y - 150) ** 2) / (2 * 60**2)).astype(np.float32)
    assert np.abs(blur(bump, sigma) - cv2.GaussianBlur(bump, (0, 0), sigma)).max() < 0.005
    assert np.abs(blur(np.full_like(bump, 0.7), sigma) - 0.7).max() < 1e-6
