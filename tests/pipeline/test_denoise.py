"""Noise of color goes, pores and the color of an iris stay, and a clean picture is not touched."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color import lab, srgb
from render.pipeline.contract import Double, Float
from render.pipeline.faces.denoise import denoise

SKIN, IRIS = (0.30, 0.17, 0.11), (0.05, 0.09, 0.14)
IPD, CENTER, RADIUS = 200.0, (80, 80), 18


def eye() -> Float:
    """A blue disc on skin."""
    picture = np.full((160, 160, 3), SKIN, np.float32)
    cv2.circle(picture, CENTER, RADIUS, IRIS, -1)
    return picture


def noisy(picture: Float) -> Float:
    draw = np.random.Generator(np.random.PCG64(4))
    return np.asarray(picture + draw.normal(0, 0.02, picture.shape) * np.sqrt(picture), np.float32)


def spread(picture: Float) -> Double:
    """Of L*, a*, b* over skin alone."""
    return lab.from_linear(np.maximum(picture[:40], 0)).reshape(-1, 3).std(axis=0)


def sigma(picture: Float) -> float:
    return float(srgb.luminance(srgb.encode(picture[:40])).std())


def test_a_clean_picture_is_returned_as_it_is() -> None:
    picture = eye()
    assert denoise(picture, 0.003, IPD) is picture


def test_noise_of_color_goes_and_a_part_of_the_fine_contrast_stays() -> None:
    picture = noisy(eye())
    before, after = spread(picture), spread(denoise(picture, sigma(picture), IPD))
    assert (after[1:] < 0.25 * before[1:]).all()
    assert 0.3 * before[0] < after[0] < 0.7 * before[0]


def test_an_iris_keeps_its_color() -> None:
    picture = noisy(eye())
    cleaned = denoise(picture, sigma(picture), IPD)
    x, y = CENTER
    inner = cleaned[y - 8 : y + 9, x - 8 : x + 9].reshape(-1, 3).mean(axis=0)
    assert lab.difference(lab.from_linear(inner), lab.from_linear(IRIS)) < 1.5
