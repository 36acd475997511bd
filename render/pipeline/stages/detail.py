"""Texture finer than the photograph, for the full portrait only.

An enlargement has nothing in its top octaves. The selfie's own finest octave says how rough each
place is, how fast its power falls with fineness, and which way its strands run; skin, strands and
weave go on from there, above the finest that photograph and proof hold. They scale luminance, so
color does not change; they have no mean over a proof pixel, so the proof does not change; and they
are even over each surface, so no feature is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import cv2
import numpy as np

from render.pipeline.contract import Double, Float, Window
from render.pipeline.light import lamps
from render.pipeline.light.relief import Relief
from render.pipeline.placement import Placement
from render.pipeline.scene import Scene
from render.pipeline.texture import roughness, skin, strands, weave
from render.pipeline.texture.law import Law
from render.pipeline.texture.places import places
from render.pipeline.texture.roughen import roughen

IPD_MM = 63.0
PERIOD = 128
"""Side of the tiles, proof pixels."""

STRENGTH = 1.0
"""Of all that is added. Calibration: with it the spectra of reduced photographs come back through the
lens as it is (`tests/pipeline/test_spectra.py`); a lens that lifts contrast needs less."""

SHARP = 0.7
"""Blur, pixels, up to which a photograph's finest octave can be read; a softer one is read where it still
holds something, that many times coarser. Calibration: the detail energy of real full portraits."""

CEILING = 0.15
"""Largest amplitude at the reference frequency, in log luminance."""

HAIR = 0.05
"""Amplitude from which strands are let in outside hair: hair has twice that, skin half."""

COMBED, LOCK = 0.2, 0.2
"""Mean coherence of a lock from which hair is all strands, and the lock's sigma, IPD. Where nothing runs one
way, on a shaven head, strands would curl at random, like an engraving."""

WHITE = 1.05
"""Linear level of the strongest channel at which nothing is added; below it, no larger an amplitude than
the room that is left (its rms is about a third of it)."""

LEAST = 6e-3
"""An amplitude below this is not seen, and left out."""

SURFACE = 4
"""Surface tiles: the skin's ridges, right flanks and lower flanks, and the weave."""


@dataclass(frozen=True)
class Subject:
    """All that texture is read from beside the picture: shape, where it is placed, the way to the
    key (a unit vector), and the photograph's noise, encoded units, and blur, pixels of its own."""

    relief: Relief
    placement: Placement
    key: Double
    noise: float
    blur: float


@dataclass(frozen=True)
class Make:
    """What the tiles are made for; tiles of the same make are the same."""

    side: int
    full_px_per_mm: float
    skin: Law
    hair: Law
    cloth: Law


@dataclass(frozen=True)
class Texture:
    """Where and how to roughen, at proof size, in log luminance at the laws' reference.

    Attributes
    ----------
    surface : (h, w, SURFACE)
        Amplitudes of the surface tiles; those of flanks carry the light's sign.
    strands : (DIRECTIONS, h, w)
        Amplitudes of strands along each direction.
    unrolled : (h, w, 2)
        Where on the surface tiles each place lies, full pixels right and down.
    """

    surface: Float
    strands: Float
    unrolled: Float
    make: Make


def texture(scene: Scene, picture: Float) -> Texture:
    """Read texture for ``scene`` from ``picture``, the composed frame at proof size, linear."""
    sitter = scene.sitter
    key = next((lamp for lamp in scene.lighting.lamps if lamp.role == "key"), scene.lighting.lamps[0])
    found = sitter.identity.quality
    subject = Subject(
        sitter.relief, scene.placement, lamps.direction(key), found.noise_sigma, found.sharpness_sigma
    )
    return read(subject, picture)


def read(subject: Subject, picture: Float) -> Texture:
    """Read texture for ``subject`` from ``picture`` (h, w, 3), its proof, linear."""
    placement, relief = subject.placement, subject.relief
    grid = Window.whole(placement.canvas)
    pixel = max(1.0, max(1.0, subject.blur / SHARP) / placement.zoom)
    rough = roughness.roughness(picture, pixel, subject.noise)
    at = places(relief, subject.key)

    def seen(field: Float) -> Float:
        return placement.look(field, grid, relief.scale)

    # A share for each kind; eyes and mouth stay as they are.
    masks = seen(
        np.stack([at.skin, at.hair, at.cloth, at.brows, at.still, at.hairlike, at.skinlike], axis=-1)
    )
    bare, hair, cloth, brows, still, hairlike, skinlike = np.moveaxis(np.clip(masks, 0, 1), -1, 0)
    # A full pixel is a smaller area: the same density of power is more power in one of its pixels.
    enlargement = placement.canvas.enlargement
    amplitude = np.minimum(rough.amplitude, np.float32(CEILING)) * np.float32(STRENGTH * pixel * enlargement)
    # Toward white there is little room: what would be cut off would be missing in the average.
    room = np.maximum(np.float32(WHITE) - picture.max(axis=2), 0)
    amplitude = np.minimum(amplitude, room) * (1 - still)
    # A bald head is skin: hair is rougher.
    sure = np.clip(rough.amplitude / HAIR - 1, 0, 1) * np.maximum(1 - skinlike, rough.coherence)
    bare, hair = bare + hair * (1 - sure), hair * sure
    # On skin only what has the hair's color is a strand, and the brows; a lid's folds are not.
    stray = rough.coherence * np.maximum(sure * hairlike, brows)
    # Where hair runs no way for a lock around it is stubble: as rough as hair, and without a direction.
    proof_px = 1 / (placement.zoom * relief.scale)  # of one grid pixel
    combed = _combed(rough.coherence, hair, LOCK * relief.ipd * proof_px)
    bare, hair = bare + hair * (1 - combed), hair * combed
    along = hair + (bare + cloth) * stray
    flat, woven = bare * (1 - stray), np.float32(weave.SMOOTH) * cloth * (1 - stray)
    light = seen(at.light)
    surface = np.empty((*amplitude.shape, SURFACE), np.float32)
    surface[..., :3] = (amplitude * flat)[..., None] * light
    surface[..., 3] = amplitude * woven
    surface[np.abs(surface) < LEAST] = 0
    fan = np.zeros((strands.DIRECTIONS, *amplitude.shape), np.float32)
    strands.spread(np.float32(strands.SPARSE) * amplitude * along, rough.angle, np.float32(LEAST), fan)
    full_px = enlargement * proof_px
    make = Make(
        PERIOD * enlargement,
        _rounded(full_px * relief.ipd / IPD_MM, 1.0),
        *(_law(placement, pixel, rough.slope(mask)) for mask in (flat, along, woven)),
    )
    return Texture(surface, fan, seen(at.unrolled) * np.float32(full_px), make)


def _combed(coherence: Float, hair: Float, sigma: float) -> Float:
    """How far the hair around each place runs one way, 0..1, (h, w)."""
    runs, mass = (cv2.GaussianBlur(plane, (0, 0), sigma) for plane in (coherence * hair, hair))
    return np.asarray(np.clip(runs / (COMBED * np.maximum(mass, np.float32(1e-3))), 0, 1), np.float32)


def _law(placement: Placement, pixel: float, slope: float) -> Law:
    """The law of what goes on where photograph and proof both end; slopes in quarters, to share tiles."""
    enlargement = placement.canvas.enlargement
    begins = 0.5 * max(1.0, placement.zoom) / enlargement
    return Law(_rounded(slope, 0.25), roughness.REFERENCE / (pixel * enlargement), _rounded(begins, 1 / 96))


def _rounded(value: float, step: float) -> float:
    return max(round(value / step), 1) * step


def detail(picture: Float, window: Window, found: Texture, seed: int) -> Float:
    """Roughen ``picture`` (rows, width, 3), linear, of ``window``, in place; the proof gets nothing."""
    if window.scale == 1:
        return picture
    y = (np.arange(window.top, window.bottom) + 0.5) / window.scale - 0.5
    above = np.floor(y)
    ground, fan = _tiles(found.make, seed)
    roughen(
        picture, found.surface, found.strands, found.unrolled, ground, fan,
        above.astype(np.int64), (y - above).astype(np.float32), window.top,
    )  # fmt: skip
    return picture


_making = Lock()


def _tiles(make: Make, seed: int) -> tuple[Float, Float]:
    """The surface's tiles (side, side, SURFACE) and the strands' (DIRECTIONS, side, side); made once,
    whichever core asks first."""
    with _making:
        return _make_tiles(make, seed)


@lru_cache(maxsize=2)
def _make_tiles(make: Make, seed: int) -> tuple[Float, Float]:
    mm = make.full_px_per_mm
    surface = [
        *skin.tiles(make.side, skin.CELL_MM * mm, make.skin, seed),
        weave.weave(make.side, weave.THREAD_MM * mm, make.cloth, seed),
    ]
    return np.stack(surface, axis=-1), strands.tiles(make.side, make.hair, seed)
