"""Burnt-out skin gets its hue back; what is white by itself stays white."""

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float, Landmarks
from render.pipeline.faces import topology
from render.pipeline.faces.highlights import restore

SIDE, IPD = 300, 60.0
SKIN = np.array((0.42, 0.22, 0.14), np.float32)
SCALP, COLLAR = np.s_[40:62, 120:180], np.s_[170:290, 215:260]


def landmarks() -> Landmarks:
    points: Double = np.full((478, 3), 150.0)
    around = np.linspace(0, 2 * np.pi, len(topology.FACE_OVAL), endpoint=False)
    points[topology.FACE_OVAL, 0] = 150 + 55 * np.cos(around)
    points[topology.FACE_OVAL, 1] = 155 + 70 * np.sin(around)
    points[topology.RIGHT_PUPIL, :2], points[topology.LEFT_PUPIL, :2] = (120, 140), (180, 140)
    points[topology.CHIN, :2] = 150, 225
    return Landmarks(points, points, 0.0)


def picture(around: Float) -> Float:
    """A face on ``around`` (3,), burnt out on the scalp; beside the cheek a standing white collar."""
    grain = 1 + 0.03 * np.random.default_rng(1).standard_normal((SIDE, SIDE, 1))
    pixels = np.broadcast_to(around, (SIDE, SIDE, 3)) * grain
    pixels[75:230, 95:205] = SKIN * grain[75:230, 95:205]
    pixels[SCALP] = 1
    pixels[COLLAR] = 1
    return np.asarray(pixels, np.float32)


def restored(around: Float) -> Float:
    return restore(picture(around), np.ones((SIDE, SIDE), np.float32), landmarks())


def test_a_burnt_scalp_becomes_a_pale_tone_of_the_skin_s_own_hue() -> None:
    color = restored(SKIN)[SCALP].reshape(-1, 3).mean(axis=0)
    ratios, skin = (np.log(c) - np.log(c).mean() for c in (color, SKIN))
    along = float(ratios @ skin / (skin @ skin))
    assert 0.1 < along < 0.5
    assert np.linalg.norm(ratios - along * skin) < 0.02
    assert 0.75 < float(srgb.luminance(color[None])[0]) < 0.95


def test_it_has_the_grain_of_skin_and_the_same_one_every_time() -> None:
    once, again = restored(SKIN)[SCALP], restored(SKIN)[SCALP]
    level = srgb.luminance(once)
    assert 0.003 < float((level / cv2.GaussianBlur(level, (0, 0), 3))[6:-6, 6:-6].std()) < 0.1
    assert np.array_equal(once, again)


def test_pale_skin_around_is_no_lighter_than_what_burnt_out() -> None:
    """A head that shines, up to white: without powder around, a light ring stood about the mended place."""
    lit = picture(SKIN)
    rows = np.linspace(0.5, 1.0, 22, dtype=np.float32)
    ramp = rows[:, None, None] * np.array((1.0, 0.93, 0.9), np.float32)
    lit[62:84, 120:180] = ramp[::-1]
    lit[SCALP] = 1
    level = srgb.luminance(restore(lit, np.ones((SIDE, SIDE), np.float32), landmarks()))
    mended, around = float(level[44:58, 130:170].mean()), level[62:84, 130:170].mean(axis=1)
    assert around.max() < 1.06 * mended
    assert srgb.luminance(lit)[62:84, 130:170].mean(axis=1).max() > 1.1 * mended  # the negative control


def test_nothing_else_changes() -> None:
    before, after = picture(SKIN), restored(SKIN)
    same = np.ones((SIDE, SIDE), bool)
    same[SCALP] = same[COLLAR] = False
    assert np.array_equal(after[same], before[same])
    collar = after[COLLAR]
    assert np.ptp(collar, axis=-1).max() < 1e-6  # as white as it was, and lighter the farther within
    assert collar[60, 22, 0] > 1.2
    assert max(collar[0, 0, 0], collar[60, 0, 0]) < 1.1
    dim = np.asarray(picture(SKIN) * 0.5, np.float32)
    assert restore(dim, np.ones((SIDE, SIDE), np.float32), landmarks()) is dim


def test_white_among_what_is_not_skin_stays_white() -> None:
    """Negative control: the same white patch in gray hair keeps its color."""
    color = restored(np.full(3, 0.3, np.float32))[SCALP].reshape(-1, 3).mean(axis=0)
    assert np.ptp(color) < 0.1 * np.ptp(restored(SKIN)[SCALP].reshape(-1, 3).mean(axis=0))


SIDE_OF_THE_CROWN = np.s_[60:75, 205:225]  # beside the scalp that goes straight up from the face


def test_fair_hair_beside_the_face_stays_white() -> None:
    """Its color is the skin's; its strands tell, and its place."""
    before = picture(SKIN)
    strands = 1 + 0.4 * np.sin(np.arange(SIDE) * 2.1)[None, :, None]
    face = before[75:230, 95:205].copy()
    before = np.asarray(before * strands, np.float32)
    before[75:230, 95:205], before[SCALP], before[SIDE_OF_THE_CROWN] = face, 1, 1
    after = restore(before, np.ones((SIDE, SIDE), np.float32), landmarks())
    assert np.ptp(after[SIDE_OF_THE_CROWN], axis=-1).max() < 1e-6
    assert not np.array_equal(after[SCALP], before[SCALP])


def test_the_whole_crown_of_a_bald_head_is_scalp() -> None:
    before = picture(SKIN)
    before[:84] = SKIN  # smoother than a face with its eyes
    before[SCALP] = before[SIDE_OF_THE_CROWN] = 1
    after = restore(before, np.ones((SIDE, SIDE), np.float32), landmarks())
    color = after[SIDE_OF_THE_CROWN].reshape(-1, 3).mean(axis=0)
    assert color[0] > 1.05 * color[2]


def crown(shade: Float) -> Float:
    """Color beside the scalp of a head that shines more the higher up, over ``shade`` (3,)."""
    before = picture(SKIN)
    shine = np.clip((84 - np.arange(84)) / 60, 0, 0.7)[:, None, None].astype(np.float32)
    before[:84] = shade + shine * (np.float32(0.9) - shade)
    before[SCALP] = before[SIDE_OF_THE_CROWN] = 1
    after = restore(before, np.ones((SIDE, SIDE), np.float32), landmarks())
    return np.asarray(after[SIDE_OF_THE_CROWN].reshape(-1, 3).mean(axis=0))


def test_a_bald_crown_that_shines_is_skin_and_darker_than_paper() -> None:
    """What is nearly burnt out has no color that could speak against skin; below it, gray hair has."""
    color = crown(np.asarray(SKIN, np.float32))
    assert color[0] > 1.05 * color[2]
    assert color.max() < 0.95
    assert np.ptp(crown(np.full(3, 0.3, np.float32))) < 1e-6  # negative control


def test_a_rim_that_the_sun_burnt_out_is_white_up_to_the_background() -> None:
    """Within the sitter, the same strip is lighter only where it is broad."""
    before = np.full((SIDE, SIDE, 3), 0.3, np.float32)
    before[:, 20:32] = 1
    whole, cut = np.ones((SIDE, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)
    cut[:, :20] = 0
    at = np.s_[280, 20, 0]
    assert restore(before, cut, landmarks())[at] > 1.15
    assert restore(before, whole, landmarks())[at] < 1.05


def test_it_ends_without_a_line() -> None:
    """A lamp that burnt out temple and hair alike: what is given back fades toward the face's outline."""
    before = picture(SKIN)
    before[100:140, 170:230] = 1
    after = restore(before, np.ones((SIDE, SIDE), np.float32), landmarks())
    saturation = np.ptp(after[120, 172:228], axis=-1)
    assert saturation[:10].min() > 0.05
    assert saturation[-10:].max() < 1e-6
    assert np.abs(np.diff(saturation)).max() < 0.06
