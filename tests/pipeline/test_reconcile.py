"""The correction: what it promises to solve, and what storing the print costs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Canvas, Window
from render.pipeline.resample import enlarge
from render.pipeline.stages import reconcile


@pytest.mark.parametrize("enlargement", [5, 6])
def test_the_average_of_the_enlarged_correction_is_what_was_missing(enlargement: int) -> None:
    canvas = Canvas("x", 64, 80, enlargement)
    rng = np.random.default_rng(enlargement)
    missing = 0.02 * cv2.GaussianBlur(rng.standard_normal((80, 64, 3)).astype(np.float32), (0, 0), 0.8)
    gray = np.full((80, 64, 3), 0.5, np.float32)
    change = reconcile.correction(gray + missing, gray, enlargement)
    window = Window.whole(canvas, enlargement)
    printed = np.full((*window.shape, 3), round(0.5 * reconcile.WHITE), np.uint16)
    lifted = np.empty_like(printed)
    reconcile.keep(reconcile.average(printed, 1) + enlarge(change, window), lifted)
    left = reconcile.average(lifted, enlargement) - gray - missing
    assert np.abs(left).max() < 0.02 * np.abs(missing).max() + 2e-5


def test_keeping_costs_less_than_a_hundredth_of_a_code_value() -> None:
    encoded = np.random.default_rng(1).random((12, 18, 3), dtype=np.float32)
    store = np.empty(encoded.shape, np.uint16)
    reconcile.keep(encoded, store)
    assert np.abs(store / 65535 - encoded).max() * 255 < 0.01


def test_without_a_correction_every_code_value_comes_back() -> None:
    canvas = Canvas("x", 64, 2, 2)
    codes = np.resize(np.arange(256, dtype=np.uint8), (4, 128, 3))
    nothing = np.zeros((2, 64, 3), np.float32)
    finished = reconcile.apply(codes.astype(np.uint16) * np.uint16(257), nothing, Window.whole(canvas, 2))
    assert np.array_equal(finished, codes)


def test_a_correction_never_wraps_around() -> None:
    canvas = Canvas("x", 8, 2, 2)
    printed = np.zeros((4, 16, 3), np.uint16)
    printed[:2] = 65535
    for sign, expected in ((1, 255), (-1, 0)):
        change = np.full((2, 8, 3), sign * 0.9, np.float32)
        assert expected in reconcile.apply(printed, change, Window.whole(canvas, 2))[:, :, 0]
    assert reconcile.apply(printed, np.full((2, 8, 3), 2, np.float32), Window.whole(canvas, 2)).min() == 255
