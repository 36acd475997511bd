"""Everything that is measured on one portrait, as one row of a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

import numpy as np

from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.develop import proof
from render.pipeline.errors import Refused
from render.pipeline.faces.detector import FaceDetector
from render.pipeline.measure import asymmetry, catchlights, light, plaster, style_features, texture
from render.pipeline.measure.carried import Carried, carried
from render.pipeline.measure.light import KeyLight
from render.pipeline.measure.likeness import compare
from render.pipeline.measure.overshoot import overshoot
from render.pipeline.measure.registration import register
from render.pipeline.measure.symmetrize import symmetrize
from render.pipeline.recipe import Lamp, Recipe
from render.pipeline.scene import Scene
from render.pipeline.stages.gate import placed_landmarks, placed_selfie
from render.pipeline.stages.lens import Glass

CROPS = 64
SYMMETRIZED = 0.25  # share of the asymmetry that the control takes out


@dataclass(frozen=True)
class Control:
    """The same portrait made more symmetric on purpose: what the measures say of it."""

    registration_p95: float
    matched: float
    carried: Carried | None
    error_mean: float
    gain: float
    direction: float
    refused_by: tuple[str, ...]


@dataclass
class Row:
    """One portrait. Lengths are fractions of the IPD, angles degrees, ratios stops."""

    face: str
    style: str
    registration_p95: float
    matched: float
    carried: Carried | None
    error_mean: float
    gain: float
    gain_noise: float
    direction: float
    noise: float
    odd_selfie: float  # common part of both measurements' asymmetry, squared: for the shrink factor
    odd_portrait: float
    azimuth: float
    azimuth_style: float
    ratio: float
    ratio_style: float
    elevation: float
    misfit: float
    catchlight_errors: tuple[float, ...]
    catchlight_disagreement: float | None
    catchlight_why: tuple[str, str]
    shadow_patches: int
    shadow_flat: int
    shadow_least: float | None
    strong_edges: int
    edges_grown: float  # share of them that the lens made leave their range
    features: list[float]
    control: Control | None = None
    spots: dict[str, int] = field(default_factory=dict)
    skin: list[tuple[str, float | None]] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def key_of(recipe: Recipe) -> Lamp:
    """The style's key lamp."""
    return next(lamp for lamp in recipe.relight.lamps if lamp.role == "key")


def style_light(recipe: Recipe) -> KeyLight:
    """What the style's light is on a plaster head: rendered, and read as a portrait is."""
    return light.read(*plaster.portrait(recipe))


def _eyes(code: Code, found: Landmarks, scene: Scene, expected: Landmarks) -> catchlights.Catchlights:
    """What the eyes show of the key. Where they kept the selfie's own reflections, the portrait is rendered
    once more without them, as of a selfie that had none."""
    recipe = scene.recipe
    if not recipe.relight.catchlights:
        drawn = replace(recipe, relight=replace(recipe.relight, catchlights=True))
        code = proof(replace(scene, recipe=drawn))
    return catchlights.read(code, found, key_of(recipe), expected)


def measure(
    face: str, scene: Scene, code: Code, glass: Glass, detector: FaceDetector, own: KeyLight, *, control: bool
) -> Row:
    """Measure one proof (h, w, 3) uint8, taken through ``glass``; ``own`` is its style's light, ``control``
    symmetrizes it too."""
    selfie, expected, matte = placed_selfie(scene), placed_landmarks(scene), scene.matte
    found = detector.landmarks(code, crops=CROPS)
    encoded = code.astype(np.float32) / 255
    moved = register(selfie, encoded, expected.points, matte=matte)
    like = compare(expected, found)
    key = light.read(code, found)
    eyes = _eyes(code, found, scene, expected)
    shadow = texture.read(code, found.points)
    edges = overshoot(glass.light, glass.light + glass.change)
    return Row(
        face=face,
        style=scene.recipe.slug,
        registration_p95=moved.p95,
        matched=moved.matched,
        carried=carried(expected, moved),
        error_mean=like.error_mean,
        gain=like.gain,
        gain_noise=like.gain_noise,
        direction=like.direction,
        noise=like.noise_portrait,
        odd_selfie=_common(expected),
        odd_portrait=_common(found),
        azimuth=key.azimuth,
        azimuth_style=key_of(scene.recipe).azimuth,
        ratio=key.ratio,
        ratio_style=own.ratio,
        elevation=key.elevation,
        misfit=key.misfit,
        catchlight_errors=eyes.errors,
        catchlight_disagreement=eyes.disagreement,
        catchlight_why=eyes.why,
        shadow_patches=shadow.patches,
        shadow_flat=shadow.flat,
        shadow_least=shadow.least,
        strong_edges=edges.places,
        edges_grown=edges.grown,
        features=style_features.read(code, found.points, matte).tolist(),
        control=_control(selfie, encoded, expected, matte, detector) if control else None,
    )


def _common(landmarks: Landmarks) -> float:
    """Mean square asymmetry in IPD squared, noise left out: the product of two measurements."""
    fields: list[Double] = [asymmetry.field(points) for points in (landmarks.first, landmarks.second)]
    return float((fields[0] * fields[1]).sum(axis=1).mean() / landmarks.ipd**2)


def _control(
    selfie: Float, encoded: Float, expected: Landmarks, matte: Float, detector: FaceDetector
) -> Control:
    """Take a quarter of the asymmetry out of the portrait and ask the same gates."""
    bent = np.clip(symmetrize(encoded, expected, SYMMETRIZED), 0, 1)
    moved = register(selfie, bent, expected.points, matte=matte)
    kept = carried(expected, moved)
    refused = [] if moved.passed() else ["registration"]
    try:
        like = compare(expected, detector.landmarks(np.round(255 * bent).astype(np.uint8), crops=CROPS))
    except Refused:
        return Control(moved.p95, moved.matched, kept, np.inf, np.nan, np.nan, (*refused, "no face"))
    refused += ["likeness"] if not like.verdict.passed else []
    return Control(moved.p95, moved.matched, kept, like.error_mean, like.gain, like.direction, tuple(refused))
