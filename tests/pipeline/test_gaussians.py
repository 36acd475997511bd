"""The sum of Gaussians against OpenCV's, at every border; and the light that it keeps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.optics.gaussians import spread
from render.pipeline.optics.transfer import taps

TERMS = [(0.7, -2.5), (1.2, 1.7), (2.2, 0.3)]


def peer(luma: Float, terms: list[tuple[float, float]]) -> Float:
    total = np.zeros_like(luma)
    for sigma, b in terms:
        kernel = taps(sigma)
        seen = cv2.sepFilter2D(luma, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
        total += np.float32(b) * seen
    return total


def noise(shape: tuple[int, int]) -> Float:
    return np.random.default_rng(1).random(shape, dtype=np.float32)


@pytest.mark.parametrize("shape", [(60, 80), (31, 7), (5, 90), (1, 40)])
@pytest.mark.parametrize("terms", [TERMS, [(6.0, 1.0)], [(25.0, 0.5), (0.4, 1.0)]])
def test_it_is_what_separable_filters_give(shape: tuple[int, int], terms: list[tuple[float, float]]) -> None:
    luma = noise(shape)
    assert spread(luma, slice(None), terms) == pytest.approx(peer(luma, terms), abs=2e-6)


def test_some_rows_are_cut_from_all() -> None:
    luma = noise((60, 80))
    assert np.array_equal(spread(luma, slice(20, 33), TERMS), spread(luma, slice(None), TERMS)[20:33])


def test_an_even_plane_stays_even_and_no_terms_are_nothing() -> None:
    flat = np.full((40, 50), 0.3, np.float32)
    assert spread(flat, slice(None), [(3.0, 0.7)]) == pytest.approx(0.21, abs=1e-6)
    assert not spread(flat, slice(None), []).any()
