"""A photograph made four times smaller, and brought back as a full portrait is made of a proof.

The reduced photograph stands for the proof and the original for what an 8K camera would have seen
there. Enlargement, texture, lens and reconciliation are the engine's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Canvas, Double, Float, Identity, Landmarks, Window
from render.pipeline.light import relief
from render.pipeline.measure import spectrum
from render.pipeline.measure.spectrum import Mask, Spectrum
from render.pipeline.optics import source
from render.pipeline.placement import Placement
from render.pipeline.recipe import Lens
from render.pipeline.resample import enlarge
from render.pipeline.stages import reconcile
from render.pipeline.stages.detail import Subject, Texture, detail, read
from render.pipeline.stages.lens import Blur, glass, lens

TIMES = 4
SEED = 1
THROUGH = Lens(vignette=0.0)
KEY = np.array([-0.45, 0.5, 0.74])  # of no matter here: every light has the same power


@dataclass(frozen=True)
class Reduced:
    """``identity`` of the original, whose photograph is (TIMES n, TIMES n); all else follows."""

    identity: Identity

    @cached_property
    def original(self) -> Float:
        """The photograph, linear, without the shoulders carried on beside it."""
        return self._photograph(self.identity.pixels)

    @cached_property
    def small(self) -> Identity:
        """What would have been known of the sitter had the photograph been that small."""
        known = self.identity
        rows, columns = self.original.shape[:2]
        size = columns // TIMES, rows // TIMES
        pixels, matte = (
            cv2.resize(self._photograph(plane), size, interpolation=cv2.INTER_AREA)
            for plane in (known.pixels, known.matte)
        )
        quality = replace(
            known.quality,
            noise_sigma=known.quality.noise_sigma / TIMES,
            sharpness_sigma=known.quality.sharpness_sigma / TIMES,
        )
        marks = Landmarks(
            self._points(known.landmarks.first) / TIMES,
            self._points(known.landmarks.second) / TIMES,
            known.landmarks.noise,
        )
        return replace(known, pixels=pixels, matte=matte, landmarks=marks, quality=quality)

    @cached_property
    def canvas(self) -> Canvas:
        rows, columns = self.small.matte.shape
        return Canvas("reduced", columns, rows, TIMES)

    @property
    def window(self) -> Window:
        return Window.whole(self.canvas, TIMES)

    @cached_property
    def texture(self) -> Texture:
        quality = self.small.quality
        placement = Placement(self.canvas, 1.0, (0.0, 0.0))
        subject = Subject(
            relief.build(self.small), placement, KEY, quality.noise_sigma, quality.sharpness_sigma
        )
        return read(subject, self.small.pixels)

    def bicubic(self) -> Float:
        """The control: enlarged, and nothing else; linear."""
        return np.maximum(enlarge(self.small.pixels, self.window), 0)

    def portrait(self, *, rough: bool = True) -> Float:
        """Enlarged, with texture if ``rough``, through the lens, returned to its proof; linear."""
        picture = self.bicubic()
        if rough:
            detail(picture, self.window, self.texture, SEED)
        proof = self.small.pixels
        blur = Blur(self.sharp, TIMES * self.sharp, TIMES)
        fitted = glass(proof, proof, self.small.matte, THROUGH, blur, self.canvas)
        encoded = srgb.encode(lens(picture, self.window, fitted))
        store = np.empty(encoded.shape, np.uint16)
        reconcile.keep(np.clip(encoded, 0, 1), store)
        change = reconcile.correction(srgb.encode(proof), reconcile.average(store, TIMES), TIMES)
        return srgb.decode(reconcile.apply(store, change, self.window).astype(np.float32) / 255)

    @property
    def sharp(self) -> float:
        """Blur of the reduced photograph in its pixels, measured as a sitter's is."""
        return source.sigma(srgb.luminance(self.small.pixels), self.small.matte > 0.9)

    @cached_property
    def kinds(self) -> dict[str, Mask]:
        """Skin, hair and cloth of the original, where there is light enough to tell."""
        lit = srgb.luminance(self.original) > spectrum.BLACK
        points = self._points(self.identity.landmarks.points)
        matte = self._photograph(self.identity.matte)
        return {name: mask & lit for name, mask in spectrum.kinds(points, matte).items()}

    def spectra(self, picture: Float) -> dict[str, Spectrum]:
        """The spectrum of each kind that the sitter shows enough of."""
        plane = spectrum.logarithm(picture)
        found = {name: spectrum.spectrum(plane, mask) for name, mask in self.kinds.items()}
        return {name: one for name, one in found.items() if one is not None}

    def apart(self, picture: Float) -> dict[str, Double]:
        """By kind: how many dB ``picture`` has more than the original in each of ``spectrum.BANDS``."""
        original = self.spectra(self.original)
        return {name: spectrum.apart(one, original[name]) for name, one in self.spectra(picture).items()}

    @property
    def _left(self) -> int:
        """Columns that were carried on beside the photograph."""
        return (self.identity.matte.shape[1] - self.identity.capture.width) // 2

    def _photograph(self, plane: Float) -> Float:
        return np.ascontiguousarray(plane[:, self._left : self._left + self.identity.capture.width])

    def _points(self, points: Double) -> Double:
        return points - np.array([self._left, 0.0, 0.0])
