"""Power over fineness: laws of the measure, and whether an enlarged face has what a photograph has."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from render.pipeline import run
from render.pipeline.contract import Double
from render.pipeline.faces.mediapipe import shared
from render.pipeline.measure import spectrum
from render.pipeline.measure.spectrum import BANDS, Spectrum
from render.pipeline.stages import inspect

from . import selfies
from .files import save
from .reduced import Reduced
from .selfies import ASTRONAUT, FIT, TURNED, identity

CLOSE_DB = 3.0
FACES_WITHIN = 8
HELD_OUT_DB = 4.0
SUIT_DB = 6.0


def noise(side: int = 480, seed: int = 1) -> Double:
    return np.random.default_rng(seed).standard_normal((side, side))


def measured(plane: Double, side: int = spectrum.SIDE) -> Spectrum:
    found = spectrum.spectrum(plane, np.ones(plane.shape, bool), side)
    assert found is not None
    return found


# Laws of the measure


def test_white_noise_is_flat_at_its_variance() -> None:
    plain, louder = measured(noise()), measured(3 * noise())
    flat = plain.power_db[1:]  # the first ring loses what the mean takes
    assert flat == pytest.approx(np.full(len(flat), flat.mean()), abs=0.7)
    assert flat.mean() == pytest.approx(0, abs=0.5)
    assert louder.power_db - plain.power_db == pytest.approx(np.full(24, 20 * np.log10(3)), abs=1e-9)


@pytest.mark.parametrize("sigma", [0.7, 1.0, 1.4])
def test_blurred_noise_falls_as_its_gaussian(sigma: float) -> None:
    plane = noise()
    blurred = np.fft.ifft2(ndimage.fourier_gaussian(np.fft.fft2(plane), sigma)).real
    before, after = measured(plane), measured(blurred)
    expected = 10 * np.log10(np.exp(-4 * np.pi**2 * sigma**2 * before.frequency**2))
    seen = expected > -35  # below, a window's own leakage is stronger
    assert (after.power_db - before.power_db)[seen] == pytest.approx(expected[seen], abs=1.0)


@pytest.mark.parametrize("ring", [4, 10, 20])
def test_a_sine_stands_at_its_frequency(ring: int) -> None:
    x = np.arange(480)
    found = measured(np.tile(np.sin(2 * np.pi * ring / spectrum.SIDE * x), (480, 1)))
    assert found.frequency[found.power_db.argmax()] == pytest.approx(ring / spectrum.SIDE)
    assert found.of_nyquist[found.power_db.argmax()] == pytest.approx(2 * ring / spectrum.SIDE)
    away = np.abs(np.arange(1, 25) - ring) > 3
    assert found.power_db[away].max() < found.power_db.max() - 40


def test_exposure_and_the_light_do_not_count() -> None:
    texture = np.exp(0.1 * noise(240)).astype(np.float32)[..., None] * np.full(3, 0.2, np.float32)
    slope = np.linspace(0.4, 0.6, 240, dtype=np.float32)[None, :, None]
    plain, lit = (measured(spectrum.logarithm(picture)) for picture in (texture, texture * slope))
    assert spectrum.apart(lit, plain) == pytest.approx(np.zeros(len(BANDS) - 1), abs=0.3)
    linear = (
        measured(texture[..., 0].astype(np.float64)),
        measured((texture * slope)[..., 0].astype(np.float64)),
    )
    assert spectrum.apart(linear[1], linear[0]).max() < -4  # in linear light the lamp is what is measured


def test_one_edge_does_not_speak_for_a_place() -> None:
    plane = 0.05 * noise()
    edged = plane.copy()
    edged[:, 237:] += 3
    assert np.abs(spectrum.apart(measured(edged), measured(plane))).max() < 4
    everywhere = plane + 3 * (np.arange(480) // 24 % 2)  # the negative control: edges all over
    assert np.abs(spectrum.apart(measured(everywhere), measured(plane))).max() > 10


def test_too_few_patches_are_no_spectrum() -> None:
    mask = np.zeros((480, 480), bool)
    mask[:50, :50] = True
    assert spectrum.spectrum(noise(), mask) is None


# Faces: reduced four times, brought back, compared with the original at equal pixels


@pytest.mark.slow
@pytest.mark.faces
@pytest.mark.wide
def test_an_enlarged_face_has_the_spectrum_of_a_photograph() -> None:
    """Skin, hair and cloth within 3 dB up to half of Nyquist; bicubic, alone or reconciled, is not."""
    within = {"detail": 0, "reconciled": 0, "bicubic": 0}
    told = []
    for name in FIT:
        face = Reduced(identity(name))
        pictures = {
            "detail": face.portrait(),
            "reconciled": face.portrait(rough=False),
            "bicubic": face.bicubic(),
        }
        for kind, picture in pictures.items():
            apart = face.apart(picture)
            assert "skin" in apart
            within[kind] += all(np.abs(found).max() <= CLOSE_DB for found in apart.values())
            told += [f"{name} {kind} {place}: {np.round(found, 1)}" for place, found in apart.items()]
    report = "\n".join([*told, str(within)])
    print(report)
    assert within["detail"] >= FACES_WITHIN, report
    assert within["reconciled"] == within["bicubic"] == 0, report


# Photographs that no constant was fitted on


@pytest.mark.slow
@pytest.mark.faces
@pytest.mark.parametrize("name", TURNED)
def test_a_face_that_nothing_was_fitted_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They look aside, one too far for a selfie; as surfaces they are as good as any."""
    monkeypatch.setattr(inspect, "YAW", 90.0)
    face = Reduced(run.identify(save(selfies.picture(name), "PNG"), shared()))
    apart, control = face.apart(face.portrait()), face.apart(face.bicubic())
    print(name, {kind: np.round(found, 1).tolist() for kind, found in apart.items()})
    assert set(apart) == {"skin", "hair", "cloth"}
    for kind in apart:
        assert np.abs(apart[kind]).max() <= HELD_OUT_DB, (kind, apart[kind])
        assert control[kind].min() < -HELD_OUT_DB - 3, (kind, control[kind])


@pytest.mark.slow
def test_a_space_suit_that_nothing_was_fitted_on() -> None:
    """A photograph of half the size: its face is too small for patches, its cloth is not."""
    face = Reduced(identity(ASTRONAUT))
    apart, control = face.apart(face.portrait()), face.apart(face.bicubic())
    print(apart)
    assert set(apart) == {"cloth"}
    assert np.abs(apart["cloth"]).max() <= SUIT_DB, apart
    assert control["cloth"].min() < -SUIT_DB - 4, control
