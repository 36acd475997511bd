"""Texture that is added: its law, its light, its direction, and that it leaves the proof alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import fft

from render.pipeline.color import srgb
from render.pipeline.contract import Canvas, Float, Window
from render.pipeline.light import lamps
from render.pipeline.light.relief import Relief
from render.pipeline.stages import detail, reconcile
from render.pipeline.texture import roughness, skin, strands, weave
from render.pipeline.texture.law import Law, obeying, tile
from render.pipeline.texture.places import places

from . import selfies
from .selfies import ASTRONAUT, sitter

SIDE = 384
LAW = Law(slope=2.0, reference=0.06, begins=1 / 12)


def power(plane: Float) -> tuple[Float, Float]:
    """Frequency and mean power of every ring of a torus."""
    f = np.hypot(np.fft.fftfreq(len(plane))[:, None], np.fft.fftfreq(len(plane))[None])
    ring = np.rint(f * len(plane)).astype(int)
    found = np.bincount(ring.ravel(), (np.abs(np.fft.fft2(plane)) ** 2).ravel() / plane.size)
    rings = np.arange(1, len(plane) // 2)
    return rings / len(plane), (found / np.bincount(ring.ravel()))[rings]


def all_tiles() -> dict[str, Float]:
    ridges, right, lower = skin.tiles(SIDE, 9.0, LAW, 1)
    fan = strands.tiles(SIDE, LAW, 1)
    return {
        "ridges": ridges,
        "flanks": (right + lower) / np.sqrt(2),
        "weave": weave.weave(SIDE, 9.0, LAW, 1),
    } | {f"strands {number}": fan[number] for number in (0, 3, 11)}


@pytest.mark.parametrize("name", list(all_tiles()))
def test_a_tile_has_the_power_of_its_law(name: str) -> None:
    f, found = power(all_tiles()[name])
    seen = (f > LAW.begins) & (f < 0.45)
    wanted = LAW.power(f.astype(np.float32))
    away = 10 * np.log10(found[seen] / wanted[seen])
    assert np.abs(away).mean() < 1.0
    assert np.abs(away.mean()) < 0.3


@pytest.mark.parametrize("name", list(all_tiles()))
def test_a_proof_pixel_sees_little_of_a_tile(name: str) -> None:
    found = all_tiles()[name]
    small = found.reshape(SIDE // 6, 6, SIDE // 6, 6).mean(axis=(1, 3))
    assert small.std() < 0.35 * found.std()
    plain = np.random.default_rng(1).standard_normal((SIDE, SIDE))  # the control: a law from nothing on
    open_ = tile(obeying(fft.rfft2(plain.astype(np.float32)), Law(LAW.slope, LAW.reference, 1e-3)))
    assert open_.reshape(SIDE // 6, 6, SIDE // 6, 6).mean(axis=(1, 3)).std() > 0.6 * open_.std()


def test_a_steeper_law_is_smoother() -> None:
    gentle, steep = (power(skin.tiles(SIDE, 9.0, Law(n, 0.06, 1 / 12), 1)[0])[1] for n in (1.0, 4.0))
    fine = slice(SIDE // 3, SIDE // 2 - 1)
    assert steep[fine].mean() < 0.05 * gentle[fine].mean()


@pytest.mark.parametrize(("toward", "axis", "sign"), [("right", 1, 1), ("left", 1, -1), ("lower", 0, 1)])
def test_the_flank_that_faces_the_lamp_is_bright(toward: str, axis: int, sign: int) -> None:
    """Where the ridges rise to the right, a lamp at the left lights them: it is the slope that counts."""
    ridges, right, lower = skin.tiles(SIDE, 9.0, LAW, 1)
    shown = sign * (right if axis == 1 else lower)
    slope = sign * np.gradient(ridges, axis=axis)  # toward the lamp
    assert np.corrcoef(shown.ravel(), -slope.ravel())[0, 1] > 0.5
    across = np.gradient(ridges, axis=1 - axis)  # the control: flanks that the lamp only grazes
    assert abs(np.corrcoef(shown.ravel(), across.ravel())[0, 1]) < 0.1


def test_pores_belong_to_the_light() -> None:
    shape: Relief = sitter(ASTRONAUT).relief
    left, right = (places(shape, np.array([x, 0.3, 0.6])).light for x in (-0.74, 0.74))
    face = shape.face > 0.9
    assert np.allclose(np.linalg.norm(left, axis=2), 1, atol=1e-5)
    assert np.median(left[face][:, 1]) < -0.3 < 0.3 < np.median(right[face][:, 1])
    front = places(shape, np.array([0.0, 0.0, 1.0])).light
    assert np.median(front[face][:, 0]) > np.median(left[face][:, 0])  # no flanks under a lamp at the lens


def test_skin_is_narrower_where_it_turns_away() -> None:
    shape = sitter(ASTRONAUT).relief
    step = np.gradient(places(shape, np.array([0.0, 0.0, 1.0])).unrolled[..., 0], axis=1)
    nose = shape.vertices[1, :2].astype(int)
    ear = shape.vertices[234, :2].astype(int)
    assert step[nose[1], nose[0]] == pytest.approx(1, abs=0.25)
    assert step[ear[1], ear[0] + 2] > 1.08 * step[nose[1], nose[0]]
    assert step[shape.face > 0.5].min() > 0


@pytest.mark.parametrize("degrees", [0, 30, 78.75, 140])
def test_strands_run_along_their_direction(degrees: float) -> None:
    angle = np.full((2, 2), np.radians(degrees), np.float32)
    fan = np.zeros((strands.DIRECTIONS, 2, 2), np.float32)
    strands.spread(np.ones((2, 2), np.float32), angle, np.float32(1e-3), fan)
    assert (fan**2).sum(axis=0) == pytest.approx(np.ones((2, 2)), rel=1e-5)
    shown = np.tensordot(fan[:, 0, 0], strands.tiles(SIDE, LAW, 1), axes=1)
    dy, dx = np.gradient(shown)
    a = np.radians(degrees)
    along, across = (dx * np.cos(a) + dy * np.sin(a)).std(), (dy * np.cos(a) - dx * np.sin(a)).std()
    assert across > 3 * along


def test_roughness_is_read_back_at_any_exposure() -> None:
    generator = np.random.default_rng(1)
    texture = np.exp(0.05 * generator.standard_normal((300, 300))).astype(np.float32)[..., None]
    found = [
        float(np.median(roughness.roughness(level * texture * np.ones(3, np.float32), 1.0, 0.0).amplitude))
        for level in (0.5, 0.1)
    ]
    assert found[0] == pytest.approx(found[1], rel=0.1)
    louder = roughness.roughness(0.5 * texture**2 * np.ones(3, np.float32), 1.0, 0.0).amplitude
    assert np.median(louder) == pytest.approx(2 * found[0], rel=0.05)
    noisy = roughness.roughness(0.5 * texture * np.ones(3, np.float32), 1.0, 0.05).amplitude
    assert np.median(noisy) < 0.5 * found[0]  # what the sensor made is no texture


def test_an_edge_makes_its_surroundings_no_rougher() -> None:
    picture = np.full((200, 200, 3), 0.3, np.float32)
    picture *= np.exp(0.02 * np.random.default_rng(1).standard_normal((200, 200, 1))).astype(np.float32)
    edged = picture.copy()
    edged[:, 100:] *= 0.1
    plain, found = (roughness.roughness(p, 1.0, 0.0) for p in (picture, edged))
    assert found.amplitude[:, 106].mean() < 3 * plain.amplitude[:, 106].mean()


def test_what_is_added_goes_through_reconciliation() -> None:
    """The tile lies where the correction cannot take it away: nearly all of it is left."""
    rough = 0.5 + 0.02 * np.repeat(skin.tiles(SIDE, 9.0, LAW, 1)[0][..., None], 3, axis=2)
    window = Window.whole(Canvas("tile", SIDE // 6, SIDE // 6, 6), 6)
    store = np.empty(rough.shape, np.uint16)
    reconcile.keep(rough.astype(np.float32), store)
    flat = np.full((SIDE // 6, SIDE // 6, 3), 0.5, np.float32)
    code = reconcile.apply(store, reconcile.correction(flat, reconcile.average(store, 6), 6), window)
    assert code.std() > 0.8 * 255 * rough.std()


@pytest.mark.faces
@pytest.mark.slow
def test_a_shaven_head_gets_no_strands_and_hair_keeps_them() -> None:
    """Strands that follow nothing curl at random: a head like an engraving."""

    def strands_share(name: str) -> float:
        """Of what is added to the hair, what has a direction."""
        proof = selfies.proof(name, "corporate")
        found = detail.texture(proof.scene, srgb.decode(proof.code.astype(np.float32) / 255))
        placement, relief = proof.scene.placement, proof.scene.sitter.relief
        at = places(relief, lamps.direction(proof.scene.lighting.lamps[0]))
        hair = placement.look(at.hair, Window.whole(placement.canvas), relief.scale) > 0.5
        directed = (found.strands[:, hair] ** 2).sum()
        return float(directed / (directed + (found.surface[hair] ** 2).sum()))

    assert strands_share("sitter-04") < 0.25
    assert strands_share("sitter-06") > 0.8
