"""The correction: what it promises to solve, and what storing the print costs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Canvas, Double, Float, Window
from render.pipeline.resample import enlarge
from render.pipeline.stages import reconcile


@pytest.mark.parametrize("enlargement", [5, 6])
def test_the_average_of_the_enlarged_correction_is_what_was_missing(enlargement: int) -> None:
    canvas = Canvas("x", 64, 80, enlargement)
    rng = np.random.default_rng(enlargement)
    missing = 0.02 * cv2.GaussianBlur(rng.standard_normal((80, 64, 3)).astype(np.float32), (0, 0), 0.8)
    gray = np.full((80, 64, 3), 0.5, np.float32)
    change = reconcile.correction(gray + missing, gray, enlargement).change
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
    finished = reconcile.apply(
        codes.astype(np.uint16) * np.uint16(257), unbounded(np.zeros((2, 64, 3))), Window.whole(canvas, 2)
    )
    assert np.array_equal(finished, codes)


def test_a_correction_never_wraps_around() -> None:
    canvas = Canvas("x", 8, 2, 2)
    printed = np.zeros((4, 16, 3), np.uint16)
    printed[:2] = 65535
    for sign, expected in ((1, 255), (-1, 0)):
        change = unbounded(np.full((2, 8, 3), sign * 0.9))
        assert expected in reconcile.apply(printed, change, Window.whole(canvas, 2))[:, :, 0]
    assert reconcile.apply(printed, unbounded(np.full((2, 8, 3), 2.0)), Window.whole(canvas, 2)).min() == 255


def test_beside_a_hard_edge_the_correction_makes_no_halo() -> None:
    """A proof whose edge pixel averages otherwise than the print's; unbounded it swings out of both tones."""
    canvas, enlargement = Canvas("x", 32, 8, 6), 6
    window = Window.whole(canvas, enlargement)
    dark, light, edge = 60, 190, 97  # an edge through the middle of a pixel
    printed = np.full((*window.shape, 3), dark * 257, np.uint16)
    printed[:, enlargement * 16 - 3 :] = light * 257
    proof = np.full((8, 32, 3), dark / 255, np.float32)
    proof[:, 16:], proof[:, 15] = light / 255, edge / 255
    found = reconcile.correction(proof, reconcile.average(printed, enlargement), enlargement)
    held = reconcile.apply(printed, found, window)
    swung = reconcile.apply(printed, unbounded(found.change), window)
    assert (held.min(), held.max()) == (dark, light)
    assert swung.min() < dark - 1
    assert swung.max() > light + 1


def test_a_glint_and_a_strand_of_one_pixel_keep_their_height() -> None:
    canvas, enlargement = Canvas("x", 32, 32, 6), 6
    window = Window.whole(canvas, enlargement)
    proof = np.full((32, 32, 3), 0.02, np.float32)
    proof[8, 8] = 0.9
    proof[20] = 0.5
    printed = np.full((*window.shape, 3), round(0.02 * reconcile.WHITE), np.uint16)
    found = reconcile.correction(proof, reconcile.average(printed, enlargement), enlargement)
    code = reconcile.apply(printed, found, window)
    back = reconcile.average(code.astype(np.uint16) * np.uint16(257), enlargement)
    assert back[8, 8] == pytest.approx(proof[8, 8], abs=0.15 * 0.9)
    assert back[20, 16] == pytest.approx(proof[20, 16], abs=0.05 * 0.5)
    assert code.min() == 5  # 0.02, and nothing wrapped around below it


def test_detail_outside_the_proofs_range_stays() -> None:
    canvas = Canvas("x", 16, 4, 6)
    window = Window.whole(canvas, 6)
    grain = np.random.default_rng(2).integers(90, 160, (*window.shape, 3)).astype(np.uint16) * np.uint16(257)
    found = reconcile.correction(reconcile.average(grain, 6), reconcile.average(grain, 6), 6)
    assert np.array_equal(reconcile.apply(grain, found, window), grain // 257)


def unbounded(change: Double | Float) -> reconcile.Correction:
    added = change.astype(np.float32)
    return reconcile.Correction(added, np.zeros_like(added), np.ones_like(added))
