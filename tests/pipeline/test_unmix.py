"""Half-covered pixels: where both sides are plain the colors tell the coverage, elsewhere the network's
word stands."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.faces import unmix
from render.pipeline.faces.foreign import Foreign
from render.pipeline.faces.unmix import unmixed

SIDE, IPD = 200, 60.0
NOWHERE = Foreign(*(np.zeros((SIDE, SIDE), np.bool_) for _ in range(3)))
HAIR, WALL = (0.03, 0.02, 0.015), (0.6, 0.65, 0.7)
SKIN, GREEN, SHINE, BETWEEN = (0.5, 0.3, 0.2), (0.1, 0.3, 0.08), (0.12, 0.06, 0.03), (0.05, 0.12, 0.2)


def ramp(width: float) -> Float:
    """Coverage: 1 on the left, 0 on the right, ``width`` pixels between."""
    across = np.clip((SIDE / 2 - (np.arange(SIDE) + 0.5)) / width + 0.5, 0, 1)
    return np.repeat(across[None], SIDE, axis=0).astype(np.float32)


def strands() -> Float:
    """The same with hairs that reach out."""
    true = ramp(4)
    true[20:SIDE:12, 100:125] = 0.7
    return true


def picture(true: Float, behind: Float) -> Float:
    front = np.array(HAIR, np.float32)
    return np.asarray(true[..., None] * (front - behind) + behind, np.float32)


def plain() -> Float:
    return np.broadcast_to(np.array(WALL, np.float32), (SIDE, SIDE, 3)).copy()


def test_hairs_before_a_plain_wall_are_told_from_the_haze_that_a_network_sees() -> None:
    true, believed = strands(), ramp(60)
    matte = unmixed(picture(true, plain()), believed, IPD, NOWHERE).matte
    band = (slice(None), slice(80, 125))
    assert np.abs(matte - true)[band].mean() < 0.3 * np.abs(believed - true)[band].mean()
    assert matte[20, 110] > 3 * matte[26, 110]


def alike() -> Float:
    return np.broadcast_to(np.array(HAIR, np.float32) * 1.05, (SIDE, SIDE, 3)).copy()


def test_where_both_sides_are_alike_the_network_s_word_stands() -> None:
    believed = ramp(5)
    matte = unmixed(picture(ramp(5), alike()), believed, IPD, NOWHERE).matte
    assert np.abs(matte - believed).max() < 0.08


def test_but_where_it_does_not_know_where_hair_ends_it_makes_no_smoke() -> None:
    """Half an IPD of haze: the outline stays where it is, and what is faint goes."""
    matte = unmixed(picture(ramp(30), alike()), ramp(30), IPD, NOWHERE).matte[100]
    assert np.abs((matte > 0.5).sum() - 100) <= 1
    assert np.diff(matte).max() < 0.03
    smoke = (matte > 0.02) & (matte < 0.98)
    assert 8 < smoke.sum() < 20


def test_a_restless_background_tells_little() -> None:
    """Negative control of the first: the same hairs, before confetti."""
    true, believed = strands(), ramp(60)
    confetti = np.random.default_rng(1).uniform(0, 1, (SIDE, SIDE, 3)).astype(np.float32)
    calm = unmixed(picture(true, plain()), believed, IPD, NOWHERE).matte
    wild = unmixed(picture(true, confetti), believed, IPD, NOWHERE).matte
    gaps, hairs = (slice(26, SIDE - 8, 12), slice(103, 112)), (slice(20, SIDE - 8, 12), slice(103, 112))
    assert calm[hairs].mean() - calm[gaps].mean() > 0.4
    assert wild[hairs].mean() - wild[gaps].mean() < 0.5 * (calm[hairs].mean() - calm[gaps].mean())


def test_an_edge_is_hair_or_skin_and_not_their_mean() -> None:
    """Above the middle the person is of dark hair, below of skin; a loop of hair lies outside the skin."""
    true = ramp(4)
    own = np.broadcast_to(np.array(HAIR, np.float32), (SIDE, SIDE, 3)).copy()
    own[SIDE // 2 :, :99] = SKIN
    true[SIDE // 2 + 4 : SIDE // 2 + 16, 95:106] = 1
    behind = np.broadcast_to(np.array(GREEN, np.float32), (SIDE, SIDE, 3))
    loop = np.s_[SIDE // 2 + 6 : SIDE // 2 + 14, 101:105]
    believed = np.minimum(true, ramp(30))
    found = unmixed(true[..., None] * (own - behind) + behind, believed, IPD, NOWHERE)
    assert found.person[loop].max() < 0.08
    assert found.matte[loop].min() > believed[loop].mean() + 0.1


def test_a_curl_before_white_has_no_rim_of_skin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a black hair before white is gray, as skin is; but the cheek is 0.25 IPD away."""
    true = ramp(6)
    own = np.broadcast_to(np.array(HAIR, np.float32), (SIDE, SIDE, 3)).copy()
    own[:, :85] = SKIN
    seen = (true[..., None] * (own - np.float32(0.9)) + np.float32(0.9)).astype(np.float32)
    rim = np.s_[60:140, 97:103]

    def lightest() -> float:
        return float(unmixed(seen, true, IPD, NOWHERE).person[rim].max())

    assert lightest() < 0.08
    monkeypatch.setattr(unmix, "RAREST", 1.0)
    assert lightest() > 0.12  # negative control: both colors are as near


def test_hair_that_shines_before_a_wall_of_that_color_gets_no_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lights are like the wall; the outline is the network's, and smooth."""
    strokes = np.random.default_rng(2).uniform(size=(SIDE, SIDE, 1)) > 0.6
    own = np.where(strokes, np.array(SHINE, np.float32), np.array(HAIR, np.float32)).astype(np.float32)
    true = ramp(4)
    noise = np.random.default_rng(3).normal(0, 0.001, own.shape).astype(np.float32)

    seen = (true[..., None] * (own - np.array(SHINE)) + np.array(SHINE) + noise).astype(np.float32)

    def roughness() -> float:
        return float(unmixed(seen, ramp(24), IPD, NOWHERE).matte[40:160, 94:98].std())

    smooth = roughness()
    monkeypatch.setattr(
        unmix, "_two", lambda root, sure, person, ipd: [(*person, person[0][..., 0] * 0 + 0.5)] * 2
    )
    assert smooth < 0.6 * roughness()  # negative control: with one color of the person


def test_what_is_of_neither_color_is_no_mixture() -> None:
    """A red earring at an edge of skin before a gray wall; the edge itself is a mixture."""
    true = ramp(4)
    behind = np.full((SIDE, SIDE, 3), 0.3, np.float32)
    seen = true[..., None] * (np.array(SKIN, np.float32) - behind) + behind
    seen[90:100, 98:108] = (0.4, 0.01, 0.02)
    believed = ramp(4)
    believed[90:100, 98:108] = 0.8
    found = unmixed(seen.astype(np.float32), believed, IPD, NOWHERE)
    assert found.apart[92:98, 100:106].min() > 0.9
    assert found.apart[:80].max() < 0.1
    assert found.matte[92:98, 100:106].min() > 0.6


def test_what_is_sure_stays_so() -> None:
    believed = ramp(10)
    spotted = picture(believed, plain())
    spotted[:, 20:24] = WALL  # a white pattern on dark cloth is no hole
    matte = unmixed(spotted, believed, IPD, NOWHERE).matte
    assert matte[:, 10:60].min() > 0.9
    assert matte[:, 150:].max() == 0


def test_the_color_beside_the_edge_is_the_person_s() -> None:
    found = unmixed(picture(ramp(30), plain()), ramp(30), IPD, NOWHERE)
    assert found.person[100, 100] == pytest.approx(np.array(HAIR), rel=0.25)
    assert found.behind[100, 100] == pytest.approx(0.64, abs=0.05)


def test_what_floats_is_dropped() -> None:
    believed = ramp(10)
    believed[50:60, 150:160] = 0.5
    matte = unmixed(picture(believed, plain()), believed, IPD, NOWHERE).matte
    assert matte[50:60, 150:160].max() == 0
