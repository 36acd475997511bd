"""Color: transfer, XYZ, Lab and lamps against published values and laws."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import rgb2lab

from render.pipeline.color import gamut, lab, srgb, temperature, xyz
from render.pipeline.contract import Double, Float

# L1 a1 b1, L2 a2 b2, dE00: table 1 of Sharma, Wu and Dalal 2005.
SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


# The transfer function


def encode_exactly(linear: Double) -> Double:
    power = 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, power)


def floats(*values: float) -> Float:
    return np.array(values, np.float32)


def test_srgb_follows_the_standard() -> None:
    codes = np.linspace(0, 1, 300_001)
    assert np.abs(srgb.decode(codes.astype(np.float32)) - srgb.decode_exactly(codes)).max() < 1e-6
    assert np.abs(srgb.encode(codes.astype(np.float32)) - encode_exactly(codes)).max() < 1e-6


def test_srgb_published_points() -> None:
    assert srgb.decode(floats(0.5))[0] == pytest.approx(0.21404, abs=1e-5)
    assert srgb.encode(floats(0.18))[0] == pytest.approx(0.46135, abs=1e-5)
    assert srgb.encode(floats(0, 1)).tolist() == [0, 1]


def test_srgb_every_code_survives_a_round_trip() -> None:
    for maximum in (255, 65535):
        codes = np.arange(maximum + 1)
        back = srgb.encode(srgb.decode((codes / maximum).astype(np.float32)))
        assert np.array_equal(np.rint(back.astype(np.float64) * maximum), codes)


def test_srgb_clips_light_that_a_file_cannot_hold() -> None:
    assert srgb.encode(floats(-0.5, 1.5)).tolist() == [0, 1]


@pytest.mark.parametrize("shape", [(), (1,), (3, 5, 3), (257, 300, 3)])
def test_codes_are_the_rounded_values(shape: tuple[int, ...]) -> None:
    values = np.random.Generator(np.random.PCG64(3)).uniform(-0.2, 1.2, shape).astype(np.float32)
    assert np.array_equal(srgb.codes(values), np.rint(srgb.encode(values) * 255).astype(np.uint8))
    assert srgb.codes(values.T).flags.c_contiguous


@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (7, 11, 3)])
def test_srgb_keeps_the_shape(shape: tuple[int, ...]) -> None:
    values = np.full(shape, 0.25, np.float32)
    assert srgb.encode(values).shape == srgb.decode(values).shape == shape
    assert srgb.decode(values).dtype == np.float32


def test_srgb_is_the_same_in_strips_and_whole() -> None:
    picture = np.random.default_rng(1).random((401, 333, 3)).astype(np.float32)
    for function in (srgb.encode, srgb.decode):
        strips = np.concatenate([function(picture[:97]), function(picture[97:])])
        assert np.array_equal(function(picture), strips)


def test_luminance_of_white_is_one() -> None:
    assert srgb.luminance(np.ones((2, 3), np.float32)) == pytest.approx([1, 1])
    assert xyz.SRGB_TO_XYZ[1] == pytest.approx(srgb.LUMINANCE, abs=1e-4)


# XYZ and Lab


def test_srgb_matrix_is_the_published_one() -> None:
    published = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    assert pytest.approx(np.array(published), abs=1e-4) == xyz.SRGB_TO_XYZ


def test_adaptation_carries_white_to_white_and_back() -> None:
    d65 = xyz.white_xyz(xyz.D65)
    there, back = xyz.adaptation(d65, xyz.PCS_WHITE), xyz.adaptation(xyz.PCS_WHITE, d65)
    assert there @ d65 == pytest.approx(xyz.PCS_WHITE)
    assert back @ there == pytest.approx(np.eye(3))


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 1, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
    ],
)
def test_lab_of_the_primaries(rgb: tuple[int, ...], expected: tuple[float, ...]) -> None:
    assert lab.from_linear(rgb) == pytest.approx(np.array(expected), abs=0.03)


def test_lab_agrees_with_another_implementation_and_inverts() -> None:
    linear = np.random.default_rng(7).random((500, 3))
    values = lab.from_linear(linear)
    assert values == pytest.approx(rgb2lab(encode_exactly(linear)), abs=0.03)
    assert lab.to_linear(values) == pytest.approx(linear, abs=1e-12)


def test_lab_of_gray_has_no_color() -> None:
    gray = lab.from_linear(np.repeat(np.linspace(0, 1, 50)[:, None], 3, axis=1))
    assert np.abs(gray[:, 1:]).max() < 1e-9
    assert lab.from_linear([0.18418651851] * 3)[0] == pytest.approx(50)


def test_ciede2000_gives_the_published_differences() -> None:
    table = np.array([line.split() for line in SHARMA.split("\n") if line], np.float64)
    assert table.shape == (34, 7)
    first, second, published = table[:, :3], table[:, 3:6], table[:, 6]
    assert np.abs(lab.difference(first, second) - published).max() < 1e-4
    assert np.abs(lab.difference(second, first) - published).max() < 1e-4
    assert np.abs(lab.difference(first[0], second)).shape == (34,)


def test_typology_angle_and_its_groups() -> None:
    assert lab.ita([[70, 10, 20], [50, 0, 10], [30, 5, 20]]) == pytest.approx([45, 0, -45])
    edges = {
        55.1: "very light",
        55: "light",
        41: "intermediate",
        28: "tan",
        10: "brown",
        -30: "dark",
        -90: "dark",
    }
    assert {angle: lab.skin_group(angle) for angle in edges} == edges


# Lamps


def test_a_lamp_at_the_balance_is_white() -> None:
    assert temperature.white(5600) == pytest.approx([1, 1, 1])


def test_lamps_have_luminance_one_and_go_from_red_to_blue() -> None:
    kelvins = np.geomspace(1667, 25000, 200)
    tints = np.array([temperature.white(float(k)) for k in kelvins])
    assert tints @ srgb.LUMINANCE == pytest.approx(np.ones(200), abs=1e-6)
    assert (tints >= 0).all()
    assert (np.diff(tints[:, 0]) < 0).all()
    assert (np.diff(tints[:, 2]) >= 0).all()


def test_lamps_change_without_a_step() -> None:
    for edge in (2222, 4000, 5000, 7000):
        below, above = temperature.white(edge - 0.1), temperature.white(edge + 0.1)
        assert np.abs(above - below).max() < 1e-3


@pytest.mark.parametrize(
    ("kelvin", "chromaticity"),
    [(2856, (0.4476, 0.4074)), (2000, (0.5267, 0.4133)), (5003, (0.3457, 0.3585)), (6504, (0.3127, 0.3290))],
)
def test_illuminants_are_the_published_ones(kelvin: float, chromaticity: tuple[float, float]) -> None:
    color = temperature.illuminant(kelvin)
    assert color[:2] / color.sum() == pytest.approx(chromaticity, abs=6e-4)


@pytest.mark.parametrize("kelvin", [1000, 30000, float("nan")])
def test_lamps_that_no_formula_covers_are_errors(kelvin: float) -> None:
    with pytest.raises(ValueError, match="color temperature"):
        temperature.white(kelvin)


# Gamut


def test_gamut_moves_only_what_is_outside() -> None:
    picture = np.array(
        [[0.2, 0.4, 0.6], [1.2249, -0.0420, -0.0197], [0, 0, 0], [-0.1, -0.1, -0.1]], np.float32
    )
    before = picture.copy()
    result = gamut.into_srgb(picture)
    assert np.array_equal(result[[0, 2]], before[[0, 2]])
    assert result.min() == 0
    assert srgb.luminance(result[1]) == pytest.approx(srgb.luminance(before[1]), rel=1e-4)
    assert result[1, 0] > result[1, 2] > result[1, 1] - 1e-7
    assert result[3].tolist() == [0, 0, 0]
