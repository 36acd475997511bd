"""What is looked at before anything is paid: the preview and the contact sheet."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline.contact_sheet import CELL, PAPER, contact_sheet
from render.pipeline.contract import CANVASES, Canvas, Code
from render.pipeline.stages.preview import LONG_SIDE, OPACITY, preview


def plain(canvas: Canvas, value: int) -> Code:
    return np.full((canvas.height, canvas.width, 3), value, np.uint8)


@pytest.mark.parametrize("canvas", [pytest.param(c, id=c.aspect) for c in CANVASES.values()])
def test_a_preview_is_small_and_keeps_its_shape(canvas: Canvas) -> None:
    found = preview(plain(canvas, 100))
    assert max(found.shape[:2]) == LONG_SIDE
    assert found.shape[1] / found.shape[0] == pytest.approx(canvas.width / canvas.height, rel=0.005)
    assert found.dtype == np.uint8


@pytest.mark.parametrize("value", [0, 60, 127, 128, 200, 255])
def test_the_mark_shows_on_every_tone(value: int) -> None:
    found = preview(plain(CANVASES["4:5"], value)).astype(int)
    change = np.abs(found - value).max()
    assert change >= 0.9 * OPACITY * 127
    assert change <= OPACITY * 255 + 1


@pytest.mark.parametrize("value", [30, 220])
def test_no_part_is_free_of_the_mark_and_none_is_hidden(value: int) -> None:
    """Every window of a fifth of the picture carries some of it; most pixels carry none."""
    found = preview(plain(CANVASES["4:5"], value)).astype(int)
    changed = np.abs(found - value).max(axis=-1) > 8
    assert changed.mean() < 0.25
    height, width = changed.shape
    side = height // 4
    for top in range(0, height - side + 1, side // 2):
        for left in range(0, width - side + 1, side // 2):
            assert changed[top : top + side, left : left + side].any()


def test_the_proof_is_left_alone_and_the_preview_always_the_same() -> None:
    proof = plain(CANVASES["1:1"], 90)
    kept = proof.copy()
    assert np.array_equal(preview(proof), preview(proof))
    assert np.array_equal(proof, kept)


def test_the_mark_cannot_be_taken_off_by_its_average() -> None:
    """Detail under the mark is dimmed, not erased: light stays in order."""
    ramp = np.repeat(np.repeat(np.linspace(0, 120, 1280)[:, None, None], 1024, axis=1), 3, axis=2)
    found = preview(ramp.astype(np.uint8)).astype(np.float32)
    assert np.corrcoef(found.mean(axis=(1, 2)), np.arange(len(found)))[0, 1] > 0.95


def test_a_contact_sheet_shows_every_picture_in_order() -> None:
    colors = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (30, 200, 200), (200, 30, 200)]
    pictures = [
        (f"Picture {n}", np.full((300 + 50 * n, 400, 3), color, np.uint8)) for n, color in enumerate(colors)
    ]
    sheet = contact_sheet(pictures, columns=4)
    found = []
    for color in colors:
        mask = (np.abs(sheet.astype(int) - color).max(axis=-1) < 3).astype(np.uint8)
        _, _, stats, centers = cv2.connectedComponentsWithStats(mask)
        largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        assert max(stats[largest, cv2.CC_STAT_WIDTH], stats[largest, cv2.CC_STAT_HEIGHT]) <= CELL
        found.append(centers[largest])
    assert [round(y / sheet.shape[0]) for _, y in found] == [0, 0, 0, 0, 1, 1]
    assert found[0][0] < found[1][0] < found[2][0] < found[3][0]
    assert tuple(sheet[2, 2]) == PAPER


def test_every_picture_has_its_caption() -> None:
    blank = np.full((400, 400, 3), PAPER, np.uint8)
    first, second = contact_sheet([("A", blank)]), contact_sheet([("A longer one", blank)])
    ink = [(np.abs(sheet.astype(int) - PAPER).max(axis=-1) > 60).sum() for sheet in (first, second)]
    assert 0 < ink[0] < ink[1]
