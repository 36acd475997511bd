"""The selfie's own light: known light is put on a known face and must be found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Float, Identity
from render.pipeline.light import ambient, relief
from render.pipeline.light.relief import Relief
from render.pipeline.recipe import Lamp, Relight
from render.pipeline.stages.relight import relight

from . import rig

SIDE, TOP, FRONT = 1, 2, 3  # of the harmonics: x, y, z


def lit(side: float = 0.0, top: float = 0.0) -> tuple[Identity, Relief, Float]:
    """The rig's sitter under a light of first order in the normal; the light's log on the grid."""
    person, shape = rig.standard()
    basis = ambient.harmonics(shape.normals)
    logs = np.asarray(side * basis[..., SIDE] + top * basis[..., TOP], np.float32)
    return replace(person, pixels=rig.painted(shape, logs, person)), shape, logs


def on_skin(shape: Relief, person: Identity, field: Float) -> Float:
    """Values of ``field`` over the face's skin, well inside the mesh."""
    small = np.ones((*shape.face.shape, 3), np.float32)
    mask = ambient.skin_mask(shape, small) > 0.5
    return np.asarray(field[mask])


def log_of(light: Float) -> Float:
    return np.asarray(np.log(srgb.luminance(light)), np.float32)


def test_the_harmonics_are_the_published_nine() -> None:
    """Orthogonal over the sphere (Ramamoorthi & Hanrahan 2001), normals to (..., 9)."""
    draw = np.random.Generator(np.random.PCG64(4)).standard_normal((200_000, 3))
    normals = (draw / np.linalg.norm(draw, axis=1, keepdims=True)).astype(np.float32)
    basis = ambient.harmonics(normals).astype(np.float64)
    assert basis.shape == (200_000, 9)
    gram = basis.T @ basis / len(basis)
    size = np.sqrt(np.diag(gram))
    assert np.abs(gram / np.outer(size, size) - np.eye(9)).max() < 0.01


def test_even_light_is_no_light() -> None:
    person, shape, _ = lit()
    light = ambient.estimate(person, shape)
    assert light.shape == (*shape.depth.shape, 3)
    assert np.abs(np.log(on_skin(shape, person, light))).max() < 0.05


@pytest.mark.parametrize("side", [-0.8, -0.4, 0.4, 0.8])
def test_light_from_a_side_is_found(side: float) -> None:
    """No face is brighter on one side: all of it is light, and nearly all of it is found."""
    person, shape, truth = lit(side=side)
    found = on_skin(shape, person, log_of(ambient.estimate(person, shape)))
    known = on_skin(shape, person, truth)
    assert np.corrcoef(found, known)[0, 1] > 0.97
    slope = float(np.polyfit(known, found, 1)[0])
    assert slope == pytest.approx(1, abs=0.15)
    assert np.std(found - known) < 0.25 * np.std(known)


@pytest.mark.parametrize("top", [0.4, 0.8])
def test_of_light_from_above_a_fifth_is_found(top: float) -> None:
    """Shade under brow and nose makes a face round, and could be the sitter's own color."""
    person, shape, truth = lit(top=top)
    found = on_skin(shape, person, log_of(ambient.estimate(person, shape)))
    known = on_skin(shape, person, truth)
    assert np.corrcoef(found, known)[0, 1] > 0.9
    assert 0.1 < float(np.polyfit(known, found, 1)[0]) < 0.3


def test_skin_keeps_its_color() -> None:
    """A darker and redder sitter in even light has the same light: none."""
    person, shape, _ = lit()
    dark = replace(person, pixels=person.pixels * np.array([0.3, 0.15, 0.1], np.float32))
    light = ambient.estimate(dark, shape)
    assert np.abs(np.log(on_skin(shape, dark, light))).max() < 0.05


def test_a_darker_photograph_has_the_same_light() -> None:
    person, shape, _ = lit(side=0.6)
    light = ambient.estimate(person, shape)
    dark = ambient.estimate(replace(person, pixels=person.pixels * np.float32(0.25)), shape)
    assert np.abs(np.log(dark / light)).max() < 0.01


def test_of_light_of_two_colors_a_third_is_found() -> None:
    """A blue window on one side, a warm lamp on the other."""
    person, shape, _ = lit()
    x = ambient.harmonics(shape.normals)[..., SIDE]
    tint = np.stack([0.25 * x, 0 * x, -0.35 * x], axis=-1)
    channels = [rig.painted(shape, tint[..., c], person)[..., c] for c in range(3)]
    mixed = replace(person, pixels=np.stack(channels, axis=-1))
    light = np.log(ambient.estimate(mixed, shape))
    warmth = on_skin(shape, person, light[..., 0] - light[..., 2])
    known = on_skin(shape, person, tint[..., 0] - tint[..., 2])
    assert np.corrcoef(warmth, known)[0, 1] > 0.95
    assert 0.2 < float(np.polyfit(known, warmth, 1)[0]) < 0.4


def test_light_that_was_taken_away_is_gone() -> None:
    person, shape, _ = lit(side=0.7, top=0.3)
    logs = log_of(ambient.estimate(person, shape))
    white = replace(person, pixels=np.ones_like(person.pixels))
    flat = replace(person, pixels=person.pixels / rig.painted(shape, logs, white))
    before = np.std(on_skin(shape, person, logs))
    after = np.std(on_skin(shape, person, log_of(ambient.estimate(flat, shape))))
    assert after < 0.2 * before


def test_the_light_does_not_stop_at_the_jaw() -> None:
    """Neck and chest get what the face got, no more, with no step."""
    person, shape, _ = lit(side=0.7)
    light = log_of(ambient.estimate(person, shape))
    face = on_skin(shape, person, light)
    body = light[shape.matte > 0.9]
    assert body.min() > face.min() - 0.5
    assert body.max() < face.max() + 0.5
    step = np.abs(np.diff(light, axis=0))[(shape.matte[1:] > 0.9) & (shape.matte[:-1] > 0.9)]
    assert step.max() < 0.15


def test_the_same_light_put_back_changes_nothing() -> None:
    """What was lit so, less the light that was found, under the light that is known: itself."""
    person, shape, truth = lit(side=0.5)
    gain = np.exp(truth)[..., None] / ambient.estimate(person, shape)
    gain = gain / np.median(on_skin(shape, person, gain))
    assert np.abs(np.log(on_skin(shape, person, gain))).mean() < 0.06


def test_a_frontal_light_leaves_a_frontal_face_level() -> None:
    """One large lamp at the lens on an evenly lit face: the face's level is the selfie's."""
    person, shape, _ = lit()
    spec = Relight((Lamp("key", 0, 0, size=90),), ambient=0.5, gloss=0.0)
    lighting = relight(person, shape, spec, ambient.estimate(person, shape), np.zeros(3, np.float32))
    gain = on_skin(shape, person, srgb.luminance(lighting.gain))
    assert np.median(gain) == pytest.approx(1, abs=0.2)
    assert (lighting.gain > 0).all()
    assert np.isfinite(lighting.gain).all()


@pytest.mark.parametrize("azimuth", [-60, 60])
def test_the_key_brightens_the_side_it_stands_on(azimuth: float) -> None:
    person, shape, _ = lit()
    spec = Relight((Lamp("key", azimuth, 20, size=30),), ambient=0.1, gloss=0.0)
    lighting = relight(person, shape, spec, ambient.estimate(person, shape), np.zeros(3, np.float32))
    gain = srgb.luminance(lighting.gain)
    right, left = (float(gain[round(shape.vertices[p, 1]), round(shape.vertices[p, 0])]) for p in (50, 280))
    lit_side, shade = (left, right) if azimuth > 0 else (right, left)
    assert lit_side > 2 * shade


def test_exposure_is_in_stops_and_held() -> None:
    """A stop more is a stop more within the range that likeness allows, and never beyond it."""
    person, shape, _ = lit()
    old = ambient.estimate(person, shape)
    levels = []
    for stops in (-3.0, -0.3, 0.0, 0.3, 3.0):
        spec = Relight((Lamp("key", 0, 0, size=90),), ambient=0.5, gloss=0.0, exposure=stops)
        lighting = relight(person, shape, spec, old, np.zeros(3, np.float32))
        levels.append(float(np.median(on_skin(shape, person, srgb.luminance(lighting.gain)))))
    down, less, even, more, up = levels
    assert less / even == pytest.approx(2**-0.3, rel=0.05)
    assert more / even == pytest.approx(2**0.3, rel=0.05)
    assert down / even > 0.6
    assert up / even < 1.5


@pytest.mark.parametrize(("shine", "kept"), [(1.0, 1.0), (2.0, 0.75)])
def test_shining_skin_is_powdered_and_dull_skin_is_not(shine: float, kept: float) -> None:
    """A forehead that shone under the old lamp does not shine twice; the skin around keeps its level."""
    person, shape, _ = lit()
    x, y = person.landmarks.points[151, :2]
    rows, columns = np.mgrid[0 : person.matte.shape[0], 0 : person.matte.shape[1]]
    spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (0.25 * person.landmarks.ipd) ** 2)
    level = np.float32(0.4 / srgb.luminance(person.pixels[round(y), round(x)]))
    spec = Relight((Lamp("key", 0, 0, size=90),), ambient=0.5, gloss=0.0)

    def gain(strength: float) -> Float:
        pixels = person.pixels * level * (1 + (strength - 1) * spot[..., None].astype(np.float32))
        shiny = replace(person, pixels=np.minimum(pixels, 1).astype(np.float32))
        built = relief.build(shiny)
        lighting = relight(shiny, built, spec, np.ones_like(built.color), np.zeros(3, np.float32))
        return np.asarray(srgb.luminance(lighting.gain))

    forehead, cheek = (
        (round(float(shape.vertices[point, 1])), round(float(shape.vertices[point, 0])))
        for point in (151, 50)
    )
    shining, dull = gain(shine), gain(1.0)
    assert shining[forehead] / shining[cheek] == pytest.approx(kept * dull[forehead] / dull[cheek], rel=0.12)
