"""Detail energy: laws on noise whose power is known, and photographs that stand for full portraits."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Canvas, Code, Double, Float, Window
from render.pipeline.measure import detail_energy
from render.pipeline.measure.detail_energy import SCENE, DetailEnergy, Film, end
from render.pipeline.recipe import Grain
from render.pipeline.resample import enlarge
from render.pipeline.stages.grain import grain, without

from .reduced import TIMES, Reduced
from .selfies import identity

WIDE = 720
FOUR = ("sitter-01", "sitter-04", "sitter-06", "sitter-10")


def noise(slope: float = 2.0, *, cut: float | None = None, seed: int = 1) -> Double:
    """(WIDE, WIDE) of power f^-slope, rms 0.3, with nothing above ``cut`` cycles a pixel."""
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((WIDE, WIDE)))
    axis = np.fft.fftfreq(WIDE)
    frequency = np.hypot(axis[:, None], axis)
    frequency[0, 0] = np.inf
    kept = frequency <= (1.0 if cut is None else cut)
    plane = np.fft.ifft2(white * kept * frequency ** (-slope / 2)).real
    return 0.3 * plane / plane.std()


def shown(log: Double, light: Float | float = 0.25) -> Code:
    """A gray picture of that log luminance under ``light``, linear."""
    linear = (np.exp(log) * light).astype(np.float32)
    return coded(np.repeat(linear[..., None], 3, axis=2))


def coded(linear: Float) -> Code:
    return np.asarray(np.rint(srgb.encode(linear) * 255), np.uint8)


def measured(code: Code, ends: float, film: Film | None = None, cell: int = 1) -> DetailEnergy:
    everywhere = np.ones((WIDE // cell, WIDE // cell), bool)
    return detail_energy.read(code, {"all": everywhere}, ends, film)


def over(code: Code, ends: float, film: Film | None = None, cell: int = 1) -> Double:
    return np.array(measured(code, ends, film, cell).kinds["all"].over, np.float64)


# Laws of the measure


@pytest.mark.parametrize("ends", [0.03, 0.06, 0.11])
@pytest.mark.parametrize("light", [0.08, 0.3])
def test_what_goes_on_like_a_scene_reads_nothing(ends: float, light: float) -> None:
    found = over(shown(noise(), light), ends)
    assert len(found) == {0.03: 3, 0.06: 2, 0.11: 1}[ends]
    assert found == pytest.approx(np.zeros(len(found)), abs=1.0)


def test_the_light_across_a_place_does_not_count() -> None:
    slope = np.linspace(0.05, 0.4, WIDE, dtype=np.float32)
    lit, plain = over(shown(noise(), slope), 0.06), over(shown(noise()), 0.06)
    assert lit == pytest.approx(plain, abs=0.7)
    assert lit == pytest.approx(np.zeros(2), abs=1.0)


@pytest.mark.parametrize("slope", [1.0, 1.5, 2.5, 3.0])
def test_another_slope_reads_by_how_far_it_leaves_a_scenes(slope: float) -> None:
    """From where the photograph ends on: half as steep is not held against it before."""
    found = np.mean([over(shown(noise(slope, seed=seed)), 0.0625) for seed in (1, 2, 3)], axis=0)
    bent = (1 - slope / 2) * -SCENE * np.array([0.58, 1.58])  # octaves to the bands' middles
    assert found == pytest.approx(bent, abs=1.0)


@pytest.mark.parametrize("slope", [1.5, 2.0, 2.5])
@pytest.mark.parametrize("times", [4, 6])
def test_what_was_enlarged_reads_far_below(slope: float, times: int) -> None:
    scene = np.repeat(np.exp(noise(slope)).astype(np.float32)[..., None] / 4, 3, axis=2)
    side = WIDE // times
    small = cv2.resize(scene, (side, side), interpolation=cv2.INTER_AREA)
    large = enlarge(small, Window.whole(Canvas("noise", side, side, times), times))
    found = over(coded(np.maximum(large, 0)), end(times, 0))
    assert found[-1] < -10
    assert found.max() < -5  # the photograph's last quarter lies in the lowest
    assert (over(coded(scene), end(times, 0)) > -4).all()  # the control: as it was


def test_what_was_cut_off_reads_far_below() -> None:
    assert (over(shown(noise(cut=0.06)), 0.055) < -10).all()


def test_grain_is_no_detail() -> None:
    canvas, spec = Canvas("noise", WIDE // 6, WIDE // 6, 6), Grain(amount=0.02)
    cut = shown(0.3 * noise(cut=0.06)).astype(np.float32) / 255
    grained = np.asarray(np.rint(255 * grain(cut, Window.whole(canvas, 6), spec, 1)), np.uint8)

    def film(encoded: Float, top: int, left: int) -> Float:
        return without(encoded, top, left, canvas, spec, 1)

    assert over(grained, 0.055, film, cell=6).max() < -10
    assert over(grained, 0.055, cell=6).max() > -3  # left in, it would pass for detail


def test_a_mask_on_the_proofs_grid_says_the_same() -> None:
    code = shown(noise())
    assert over(code, 0.06, cell=6) == pytest.approx(over(code, 0.06), abs=0.7)


def test_a_photograph_ends_at_its_pixels_or_its_blur() -> None:
    assert end(6, 0) == pytest.approx(0.0625)
    assert end(6, 0.3) == end(6, 0)
    blur = 1.2
    left = np.exp(-4 * np.pi**2 * (blur * end(1, blur)) ** 2)  # of the power
    assert left == pytest.approx(0.5)
    assert end(6, blur) == pytest.approx(end(1, blur) / 6)


def test_nothing_is_told_where_nothing_can_be() -> None:
    reaches = measured(shown(noise()), end(1.5, 0))  # a photograph of many pixels
    assert (reaches.bands, reaches.kinds) == ((), {})
    corner = np.zeros((WIDE, WIDE), bool)
    corner[:120, :120] = True
    assert detail_energy.read(shown(noise()), {"some": corner}, 0.06).kinds == {}
    smooth = measured(shown(noise(3.0) * 0.005), 0.06).kinds["all"]  # a tenth of a code value there
    assert smooth.over == (None, None)


def test_the_report_is_json_and_rounded() -> None:
    told = measured(shown(noise()), 0.06).as_dict()
    assert json.loads(json.dumps(told)) == told
    found = told["db_over_a_photograph"]
    assert isinstance(found, dict)
    assert list(found["all"]) == ["1/16-1/8", "1/8-1/4"]
    assert all(db == round(db, 1) for db in found["all"].values())


# Photographs: reduced four times, the octave above is known


@pytest.mark.slow
@pytest.mark.faces
@pytest.mark.parametrize("name", FOUR)
def test_a_photograph_reads_near_nothing_and_an_enlarged_one_far_below(name: str) -> None:
    """Of all eleven faces: docs/optics.md."""
    face = Reduced(identity(name))
    ends = end(TIMES, face.sharp)
    pictures = {"photograph": face.original, "portrait": face.portrait(), "bicubic": face.bicubic()}
    found = {what: detail_energy.read(coded(one), face.kinds, ends) for what, one in pictures.items()}
    assert "skin" in found["photograph"].kinds
    for kind in found["photograph"].kinds:
        told = {what: np.array(one.kinds[kind].over, np.float64) for what, one in found.items()}
        print(name, kind, {what: db.round(1).tolist() for what, db in told.items()})
        assert np.abs(told["photograph"]).max() < 6, told
        assert np.abs(told["portrait"] - told["photograph"]).max() < 4, told
        assert told["bicubic"].max() < -8, told


@pytest.mark.slow
@pytest.mark.faces
def test_a_line_carried_on_is_the_worse_reference() -> None:
    """Why power is not expected to go on falling as it does where the photograph still holds it."""
    ends, wrong = 1 / 16, []
    for name in FOUR:
        face = Reduced(identity(name))
        patches = list(detail_energy._patches(coded(face.original), face.kinds["skin"], ends, None))
        measured = detail_energy._mean(patches)
        octave = np.log2(measured.frequency / ends)
        held = (np.arange(len(octave)) >= detail_energy.FIRST - 1) & (octave <= 0.01)
        line = np.polyfit(octave[held], measured.power_db[held], 1, w=measured.frequency[held] ** -0.5)
        usual = detail_energy.expected(measured, ends)
        assert usual.power_db - SCENE * octave == pytest.approx(np.full(len(octave), line[1]))
        top = (measured.frequency >= 1 / 8) & (measured.frequency < 1 / 4)
        wrong.append(
            [(measured.power_db - one)[top].mean() for one in (usual.power_db, np.polyval(line, octave))]
        )
    told = np.array(wrong)
    print(told.round(1))
    assert np.sqrt((told[:, 0] ** 2).mean()) < 4
    assert np.sqrt((told[:, 1] ** 2).mean()) > 6
