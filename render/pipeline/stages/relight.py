"""The selfie's light out, the studio's light in: one gain and one sheen over the sitter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.compiled import compiled
from render.pipeline.contract import Float, Identity
from render.pipeline.light import ambient, lamps, shade, shine
from render.pipeline.light.meter import Meter
from render.pipeline.light.relief import Relief
from render.pipeline.light.soften import BROADEST, blur, breadth, soften, within
from render.pipeline.recipe import HARD, Lamp, Relight, Tone

LEAST_RANGE, RANGE_PER_STOP, SOFTEST = 0.75, 0.35, 1.5
"""How far the light bends from the face's middle, natural log: in a plan whose key gives that many stops or
fewer, and the more for each further stop."""

QUOTIENT = 2.0
"""How far new light over old may depart from the face's middle, natural log; beyond it a phone's picture
holds only noise or clipping."""

FACE_RANGE = (0.70, 1.35)
"""The face's level stays within these factors of the selfie's: skin tone is part of likeness."""


@dataclass(frozen=True)
class Lighting:
    """What the lamps do to the sitter, on the relief's grid.

    Attributes
    ----------
    gain : (h, w, 3)
        Factor on the photograph's linear color.
    sheen : (h, w, 3)
        Added linear light, reflected by the surface.
    lamps : tuple of Lamp
        As placed, for the catchlights.
    """

    gain: Float
    sheen: Float
    lamps: tuple[Lamp, ...]


FOLLOW = 0.9
"""Degrees that the key comes down for each degree that the face looks down."""

BRIGHTEST_SKIN = 0.85
"""Linear luminance that the brightest 3 % of the head may reach, or what the selfie has there: the curve's
shoulder holds it. A lower bound makes the whole face pay for a shining forehead."""

BRIGHTEST_CHANNEL = 1.05
"""The same for its strongest channel."""

Pair = tuple[float, float]

PLANS, PERCENTILES = (2.5, 3.5), (50.0, 62.0)
"""Stops of the key in a lamp plan, and the part of the face that each is exposed for: its middle in a soft
plan, so that nobody is made lighter; a low-key plan's lit side."""

KEPT, PALE_KEPT = (0.9, 0.5), (0.98, 0.3)
"""Share of its light that a shade leaves at least of what the selfie burnt out, in plans of these stops, and
of pale highlights, in a soft and in a hard plan: there is nothing to be seen in it but gray."""

GUESSED = 0.5
"""Share of the modelling that what is not the face gets."""

OCCLUSION = 0.55
"""How much of the ambient light a fully closed place loses; skin itself scatters some back."""

EXPOSED = 2
"""Times that the face is exposed again, for what is not lit twice takes from its level."""

METERED, STEP = 3, 1.6
"""Times that the ratio is read before the shutter opens; stops that the fill moves for one that is short."""

FILL_RANGE = (0.25, 4.0)
"""The fill stays within these factors of the lamp plan's: beyond them the style would be another."""

SPILL = 0.30
"""Share of the backdrop's light that grazes the sitter's edges, over a white wall's."""


SOFT_TO_HARD = HARD - 0.3, HARD
"""Stops of the key in a lamp plan between which a style comes to draw its own shadows."""

LEFT = (0.5, 0.1)
"""Natural log of the old light that is left where it is, in a soft and in a hard plan: the lamps hang on its
side, and what is not divided out leaves no patches."""

LIT = (2.0, 0.1)
"""The same of what had more light than the face's middle: a soft plan fills shade, and shades nothing."""

OLD_BREADTH = (0.25, 0.09)
"""IPD that the old light is averaged over, in a soft and in a hard plan: what it drew on a nose may stay
there."""

FILLED = (0.8, 0.0)
"""Share of the shade in small hollows that the fill of a soft and of a hard plan takes out."""

LEAST = np.float32(0.02)
"""Weight of the sitter's inside from which a place beyond it takes its light from there."""


@dataclass(frozen=True)
class Metering:
    """The ratio in stops that the print shall show, and what it is read with."""

    meter: Meter
    ratio: float
    curve: Tone


def relight(
    identity: Identity,
    relief: Relief,
    spec: Relight,
    old: Float,
    surround: Float,
    metering: Metering | None = None,
    *,
    lift: float = 1.0,
) -> Lighting:
    """Light the sitter as the style says.

    Parameters
    ----------
    identity, relief
        The sitter.
    spec : Relight
        Lamps and exposure.
    old : (h, w, 3)
        The selfie's own illumination (``ambient.estimate``).
    surround : (3,)
        The backdrop's mean radiance, which spills onto the sitter's edges.
    metering : Metering, optional
        Moves the fill until the face shows the style's ratio.
    lift : float
        From the face's level in the selfie to its level in even light (`light.evened`).
    """
    picture = relief.color
    light, fill, sheen = (np.zeros_like(picture) for _ in range(3))
    distant = np.full(picture.shape[:2], spec.ambient, np.float32)
    hung = tuple(_aimed(lamp, identity.pose.pitch) for lamp in spec.lamps)
    for lamp in hung:
        if lamp.role == "backdrop":
            continue
        seen = lamps.visibility(relief, lamp)
        reaching, direct = _reaching(relief, lamp.size), np.zeros_like(seen)
        if lamp.role != "fill":
            direct = (seen - lamps.DEEPEST_SHADE) / (1 - lamps.DEEPEST_SHADE)
        arriving = lamps.diffuse(relief, lamp) * reaching[..., None]
        hue = lamps.color(lamp)
        if lamps.direction(lamp)[2] > 0:
            distant += np.float32(lamp.power) * lamps.falloff(relief, lamp)
        light += soften(arriving * direct[..., None], relief, breadth(lamp.size)) * hue
        lamps.add(fill, arriving, seen - direct, hue)
        glint = spec.gloss * lamps.sheen(relief, lamp) * seen
        if lamps.direction(lamp)[2] < 0:
            glint *= _scattering(picture)
        lamps.tint(sheen, glint, lamps.color(lamp))
    lamps.tint(fill, _reaching(relief, 180), np.full(3, spec.ambient, np.float32))
    grazing = np.clip(1 - relief.normals[..., 2], 0, 1) ** 2
    lamps.tint(fill, np.float32(SPILL) * grazing, surround)
    fill = soften(fill, relief, breadth(BROADEST))
    old = soften(old, relief, _by_plan(spec, OLD_BREADTH, SOFT_TO_HARD))
    trust = _trust(relief)
    sheen = within(sheen, relief, breadth(BROADEST)) * trust[..., None]
    part = relief.around_face
    zones = _zones(relief.close_up)

    most, whole = _bounds(spec), np.zeros(relief.face.shape, np.bool_)
    whole[part] = zones.skin
    distant /= np.median(distant[part][zones.skin]) if zones.skin.any() else np.float32(1)
    there = cv2.log(old)
    left = np.float32(_by_plan(spec, LEFT, SOFT_TO_HARD))
    lit = np.float32(_by_plan(spec, LIT, SOFT_TO_HARD))
    there -= np.where(there > 0, lit * np.tanh(there / lit), left * np.tanh(there / left))
    taken = cv2.exp(there * cv2.merge([trust] * 3))

    def gained(share: float, where: tuple[slice, slice]) -> Float:
        """Gain with the fill at ``share``, before it is exposed."""
        arriving = light[where] + np.float32(share) * fill[where]
        far = distant[where][..., None]
        bent = _bent(arriving, whole[where], most) - far
        return _bent((far + trust[where][..., None] * bent) / taken[where], whole[where], QUOTIENT)

    def exposure(gain: Float) -> float:
        return _exposure(zones, picture[part], gain, spec, lift)

    shone = shine.shone(relief, zones.skin)

    def printed(share: float) -> Float:
        """The face under the lamps, on the whole grid."""
        gain = gained(share, part)
        gain *= shine.unshone(shone[part], relief.close_up, gain * np.float32(exposure(gain) / lift))
        level = exposure(gain)
        scene = np.zeros_like(picture)
        scene[part] = picture[part] * gain * level + sheen[part] * level
        return scene

    share = 1.0 if metering is None else _metered(printed, metering)
    gain = gained(share, np.s_[:, :])
    level = exposure(gain[part])
    for _ in range(EXPOSED):
        gain *= shine.unshone(shone, relief, gain * np.float32(level / lift))
        level = exposure(gain[part])
    powder = shine.powder(relief, zones.skin, gain * level, sheen * level, _read(spec))
    pale = shine.pale(relief, zones.skin)
    powder = powder * (1 - (1 - pale) * (1 - shine.blot(relief, zones.skin)))
    gain, sheen = gain * level * powder, sheen * level * powder
    held = shine.held(relief, gain, sheen, identity.push)
    gain, sheen = gain * held, sheen * held
    least = _by_plan(spec, KEPT), _by_plan(spec, PALE_KEPT, SOFT_TO_HARD)
    gain = _no_less(gain, least[0], shine.burnt(relief, identity.push))
    gain = _no_less(gain, least[1], pale)
    filled = np.float32(_by_plan(spec, FILLED, SOFT_TO_HARD))
    gain[part] *= cv2.exp(filled * shade.hollows(relief, zones.skin))[..., None]
    gain *= shine.colored(relief, zones.skin, gain)
    gain, sheen = _extend((gain, sheen), relief.matte)
    return Lighting(gain, sheen, hung)


def _metered(printed: Callable[[float], Float], metering: Metering) -> float:
    """Share of the planned fill at which ``printed`` comes nearest to the ratio that was asked for."""
    share = 1.0
    for _ in range(METERED):
        short = metering.ratio - metering.meter.ratio(printed(share), metering.curve)
        share = float(np.clip(share * 2 ** (-STEP * short), *FILL_RANGE))
    return share


def _scattering(picture: Float) -> Float:
    """How much of a back light a surface passes on, (h, w): dark hair glints, but is not painted gray."""
    luma = cv2.GaussianBlur(srgb.luminance(picture), (0, 0), 1.5)
    return np.asarray(0.3 + 0.7 * np.clip(luma / 0.2, 0, 1), np.float32)


def _aimed(lamp: Lamp, pitch: float) -> Lamp:
    """The lamp lowered for a face that looks down, as a photographer would, so that light reaches it."""
    if lamp.role != "key" or lamp.elevation <= 0 or pitch >= 0:
        return lamp
    return replace(lamp, elevation=max(lamp.elevation + FOLLOW * pitch, 0.5 * lamp.elevation))


def _reaching(relief: Relief, size: float) -> Float:
    """Share of a lamp ``size`` degrees wide that folds and sockets still see, (h, w).

    Light from everywhere is lost in them as the openness says; a small lamp's own shadow is
    marched already.
    """
    share = np.float32(OCCLUSION * min(size, 120.0) / 120.0)
    return np.asarray(1 - share * (1 - relief.openness), np.float32)


@dataclass(frozen=True)
class _Zones:
    """Where the exposure is read, both (h, w): the face's skin, and the head with all that is bare."""

    skin: NDArray[np.bool_]
    head: NDArray[np.bool_]


def _zones(relief: Relief) -> _Zones:
    skin = ambient.skin_mask(relief, np.maximum(relief.color, 1e-4)) > 0.5
    # A bald forehead turned to the lamp is brighter than the face below it.
    reach = 2 * round(0.6 * relief.ipd) + 1
    head = (cv2.blur(relief.face, (reach, reach)) > 0.02) & (relief.matte > 0.9)
    if skin.any():
        # White hair and the brim of a white hat are lighter than any skin, and set no face's exposure.
        luma = srgb.luminance(relief.color)
        head &= luma <= _bright(luma[skin])
    return _Zones(skin, head)


def _exposure(zones: _Zones, picture: Float, gain: Float, spec: Relight, lift: float) -> float:
    """Factor that gives the face the selfie's level, lifted, plus the style's stops: the lit part of it that
    the style is exposed for."""
    stops = spec.exposure
    if not zones.skin.any():
        return float(2.0**stops)
    before = float(np.median(srgb.luminance(picture[zones.skin]))) * lift * np.clip(2.0**stops, *FACE_RANGE)
    after = srgb.luminance((picture * gain)[zones.skin])
    level = before / max(float(np.percentile(after, _read(spec))), 1e-4)
    skin, after = picture[zones.skin], (picture * gain)[zones.head]
    # Under a warm or colored lamp one channel burns out long before the luminance does.
    most = [
        max(limit, _bright(of(skin))) / max(_bright(of(after)), 1e-4)
        for limit, of in ((BRIGHTEST_SKIN, srgb.luminance), (BRIGHTEST_CHANNEL, _strongest))
    ]
    return float(min(level, *most))


def _read(spec: Relight) -> float:
    """The percentile of the skin's light that the style is exposed for."""
    return _by_plan(spec, PERCENTILES)


def _bright(values: Float) -> float:
    return float(np.percentile(values, 97))


def _strongest(colors: Float) -> Float:
    return np.asarray(colors.max(axis=1))


def _bounds(spec: Relight) -> float:
    """How far a place's light may depart from the face's middle, natural log: the wider, the harder the
    plan."""
    return LEAST_RANGE + RANGE_PER_STOP * max(spec.stops - SOFTEST, 0)


def _by_plan(spec: Relight, values: Pair, plans: Pair = PLANS) -> float:
    """Between the two ``values``, as this plan's stops lie between the two of ``plans``."""
    return float(np.interp(spec.stops, plans, values))


def _no_less(gain: Float, least: float, where: Float) -> Float:
    """``gain`` raised to ``least``, to the share ``where`` (h, w, 1)."""
    return gain + where * np.maximum(np.float32(least) - gain, 0)


def _trust(relief: Relief) -> Float:
    """How much of the modelling each place gets, (h, w): all within the face's outline, which is measured;
    hair and body are guessed from theirs."""
    face = np.clip(2 * cv2.GaussianBlur(relief.face, (0, 0), 0.15 * relief.ipd), 0, 1)
    return np.asarray(GUESSED + (1 - GUESSED) * face, np.float32)


def _bent(light: Float, skin: NDArray[np.bool_], most: float) -> Float:
    """``light`` (h, w, 3) with 1 as its middle on the ``skin``, its luminance bent softly to within
    ``most`` of it, natural log."""
    logs = cv2.log(np.maximum(srgb.luminance(light), np.float32(1e-4)))
    away = logs - (np.float32(np.median(logs[skin])) if skin.any() else np.float32(0))
    bent = np.float32(most) * np.tanh(away / np.float32(most))
    return np.asarray(light * cv2.exp(bent - logs)[..., None], np.float32)


def _extend(fields: Sequence[Float], matte: Float) -> list[Float]:
    """Carry the fields from inside the sitter outward, so that edges do not mix with emptiness."""
    inside = (matte > 0.6).astype(np.float32)
    totals = [field * cv2.merge([inside] * 3) for field in fields]
    results = [field.copy() for field in fields]
    missing = inside == 0
    for sigma in (1.0, 2.5, 6.0, 15.0, 60.0):
        amount = blur(inside, sigma)
        for total, result in zip(totals, results, strict=True):
            _fill(result, missing, blur(total, sigma), amount)
        missing &= ~(amount > LEAST)
    for field, result in zip(fields, results, strict=True):
        result[missing] = cv2.mean(field, (inside > 0).astype(np.uint8))[:3] if inside.any() else 1.0
    return results


@compiled
def _fill(field: Float, missing: NDArray[np.bool_], near: Float, amount: Float) -> None:
    """Give (h, w, 3) what is ``near`` where it is missing and there is any, in place."""
    for y in range(field.shape[0]):
        for x in range(field.shape[1]):
            if missing[y, x] and amount[y, x] > LEAST:
                for c in range(3):
                    field[y, x, c] = near[y, x, c] / amount[y, x]
