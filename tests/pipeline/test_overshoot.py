"""Overshoot on a picture's own edges: none from a lens, much from sharpening; contrast at features."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Double, Float
from render.pipeline.faces import topology as mesh
from render.pipeline.measure import charts
from render.pipeline.measure.edge import edge
from render.pipeline.measure.overshoot import FEATURES, GROWN, features, overshoot
from render.pipeline.optics.presets import PRESETS, pixels

MOST = 0.01  # gate 16: of the strong edges
SIDE = 160


def slanted(sigma: float, dark: float = 0.2, light: float = 0.8) -> Float:
    return charts.slanted_edge((SIDE, SIDE), 5.0, sigma, dark, light).astype(np.float32)


def leaves() -> Float:
    return cv2.GaussianBlur(charts.dead_leaves((SIDE, SIDE), (3, 40)).astype(np.float32), (0, 0), 0.7)


def unsharp(picture: Float, amount: float, radius: float) -> Float:
    sharpened = picture + amount * (picture - cv2.GaussianBlur(picture, (0, 0), radius))
    return np.asarray(np.maximum(sharpened, 0), np.float32)


def through(picture: Float, slug: str, short_side: int) -> Float:
    seen = np.zeros_like(picture)
    for sigma, weight in PRESETS[slug].spread:
        size = pixels(sigma, short_side)
        seen += np.float32(weight) * (cv2.GaussianBlur(picture, (0, 0), size) if size > 0.12 else picture)
    return seen


@pytest.mark.parametrize("slug", PRESETS)
def test_no_lens_overshoots(slug: str) -> None:
    for picture in (slanted(0.8), leaves()):
        found = overshoot(picture, through(picture, slug, 3000))
        assert found.places > 100
        assert found.percentile(100) < 1e-4
        assert found.grown == 0


@pytest.mark.parametrize(("amount", "radius"), [(0.6, 3), (0.3, 20)])
def test_sharpening_overshoots_nearly_everywhere(amount: float, radius: float) -> None:
    for picture in (slanted(0.8), leaves()):
        assert overshoot(picture, unsharp(picture, amount, radius)).grown > 0.5 > MOST


def test_reads_what_the_slanted_edge_tool_reads() -> None:
    picture = slanted(0.8)
    masked = unsharp(picture, 0.6, 3)
    found = overshoot(picture, masked)
    assert found.percentile(50) == pytest.approx(edge(masked).overshoot, rel=0.05)
    assert found.percentile(0) <= found.percentile(50) <= found.percentile(100)


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_the_share_is_of_the_local_range(share: float) -> None:
    """A ridge on the light side, 2 px from the edge, as high as a share of the step."""
    before = np.full((60, 60), 0.2, np.float32)
    before[:, 30:] = 0.6
    after = before.copy()
    after[:, 32] += np.float32(share * 0.4)
    found = overshoot(before, after)
    assert found.places >= 60
    assert found.shares == pytest.approx(share, abs=1e-4)
    assert found.grown == float(share > GROWN)


def test_an_edge_that_only_became_steeper_has_not_overshot() -> None:
    assert overshoot(slanted(2.0), slanted(1.1)).percentile(99) < 0.01


def test_weak_edges_and_the_noise_of_black_are_not_looked_at() -> None:
    weak = slanted(0.8, 0.4, 0.46)
    assert overshoot(weak, unsharp(weak, 0.6, 3)).places == 0
    black = np.abs(np.random.default_rng(1).normal(0, 5e-4, (SIDE, SIDE))).astype(np.float32)
    found = overshoot(black, unsharp(black, 0.6, 3))
    assert (found.places, found.grown, found.percentile(99)) == (0, 0, 0)


def test_pictures_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="same size"):
        overshoot(slanted(1)[:-1], slanted(1))


# Features


def face(light: float = 0.5, dark: float = 0.2, sigma: float = 1.5) -> tuple[Float, Double]:
    """A drawn face whose features are patches of ``dark``, and its points; the pupils are 200 px apart."""
    points = np.full((mesh.POINTS, 2), 300.0)
    turn = np.linspace(0, 2 * np.pi, 41)[:-1]

    def place(line: object, x: float, y: float, wide: float, high: float, part: float = 1.0) -> None:
        ring = np.asarray(line)
        at = part * 2 * np.pi * np.arange(ring.size) / (ring.size if part == 1 else ring.size - 1)
        points[ring] = np.stack([x + wide * np.cos(at), y + high * np.sin(at)], axis=1)

    picture = np.full((600, 600), light, np.float64)
    spots = (
        ("lip border", 300, 450, 80, 35, 1.0),
        ("right brow line", 200, 140, 60, 22, 1.0),
        ("left brow line", 400, 140, 60, 22, 1.0),
        ("right nose edge", 265, 330, 25, 30, 0.5),
        ("left nose edge", 335, 330, 25, 30, 0.5),
    )
    for name, x, y, wide, high, part in spots:
        place(FEATURES[name][0], x, y, wide, high, part)
        outline = np.stack([x + wide * np.cos(turn), y + high * np.sin(turn)], axis=1)
        cv2.fillPoly(picture, [np.round((outline - 0.5) * 16).astype(np.int32)], dark, cv2.LINE_8, 4)
    points[mesh.RIGHT_PUPIL], points[mesh.LEFT_PUPIL] = (200, 200), (400, 200)
    return cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.float32), points


def test_reads_the_contrast_that_was_drawn_and_none_that_was_not() -> None:
    picture, points = face()
    found = features(picture, picture, points)
    assert found.keys() == FEATURES.keys()
    for feature in found.values():
        assert feature.contrast[0] == pytest.approx(0.3 / 0.7, abs=0.02)
        assert feature.contrast_gain == feature.acutance_gain == 1
    flat = np.full_like(picture, 0.4)
    assert max(f.contrast[0] for f in features(flat, flat, points).values()) < 1e-5


def test_a_steeper_edge_has_more_acutance_and_no_more_contrast() -> None:
    """The rms slope of a Gaussian edge goes with the root of its sharpness."""
    (soft, points), (crisp, _) = face(sigma=2.0), face(sigma=1.0)
    for feature in features(soft, crisp, points).values():
        assert feature.acutance_gain == pytest.approx(np.sqrt(2), rel=0.08)
        assert feature.contrast_gain == pytest.approx(1, abs=0.02)


def test_a_soft_lens_lowers_what_an_unsharp_mask_raises() -> None:
    picture, points = face()
    soft = features(picture, through(picture, "glamour", 1500), points)
    masked = features(picture, unsharp(picture, 0.6, 3), points)
    for name in FEATURES:
        assert soft[name].acutance_gain < 0.8 < 1.2 < masked[name].acutance_gain


def test_acutance_is_the_same_at_every_size() -> None:
    picture, points = face(sigma=3.0)
    half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    large, small = features(picture, picture, points), features(half, half, points / 2)
    for name in FEATURES:
        assert small[name].acutance[0] == pytest.approx(large[name].acutance[0], rel=0.05)


def test_a_feature_outside_the_picture_is_left_out() -> None:
    picture, points = face()
    found = features(picture[:400], picture[:400], points)
    assert FEATURES.keys() - found.keys() == {"lip border"}
