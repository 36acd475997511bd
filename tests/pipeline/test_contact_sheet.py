"""What is looked at side by side: the contact sheet."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.contact_sheet import CELL, PAPER, contact_sheet


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
