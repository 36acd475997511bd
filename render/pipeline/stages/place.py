"""Composition: where the sitter stands in the frame, and from how far the lens looks."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.contract import CANVASES, Double, Float, Identity
from render.pipeline.faces import topology
from render.pipeline.faces.matte import cut_above
from render.pipeline.light.relief import Relief
from render.pipeline.placement import Placement
from render.pipeline.recipe import Place
from render.pipeline.resample import blur

CROWN_ABOVE_CHIN = 3.55
"""Chin to crown in IPD (224 mm over 63 mm), for a head that the selfie cut off."""

EYE_LINE_GIVE = 0.10
"""How far the eyes may sink below the style's eye line to keep its headroom."""

CUT_MARGIN = 0.05
"""How far below a cut crown the frame begins, over the photograph's height: a crop that is meant."""

CLOSEST = 0.75
"""A frame is not drawn in beyond this height of the head, chin to crown, over the frame's, or the style's
own."""

TIGHTEST = 0.85
"""The same for a frame that was asked to be drawn in (``Place.closer``)."""

IPD_M = 0.063


def place(identity: Identity, relief: Relief, spec: Place) -> Placement:
    """Compose the sitter on the style's canvas.

    The style asks for a head size and an eye line. The frame then gives way to the picture: a
    body that the selfie cut off at its lower edge or sides must not end inside the frame, so
    the crop tightens first, then moves up or sideways; the chin is never cut. A wide frame that
    would have to come too close reaches beyond the photograph, where the body falls off into shadow.
    """
    canvas = CANVASES[spec.aspect]
    points = identity.landmarks.points
    chin = points[topology.CHIN]
    eyes = points[[468, 473], :2].mean(axis=0)
    head = chin[1] - _crown(identity.matte, points)
    shift, distance = _perspective(identity, relief, spec)
    left, right, bottom = _reach(identity, chin[1], shift)
    above, below = eyes[1] - (chin[1] - head), bottom - eyes[1]
    eye_line = spec.eye_line
    if above * (1 - eye_line) > below * (eye_line - spec.headroom):
        # The picture below is too short for this head: rather lower the eyes a little than crop the crown.
        eye_line = min((above + spec.headroom * below) / (above + below), eye_line + EYE_LINE_GIVE)
    loosest = below / ((1 - eye_line) * canvas.height)
    tightest = min(above / ((eye_line - spec.headroom) * canvas.height), loosest)
    zoom = float(np.clip(head / (spec.head * canvas.height), tightest, loosest))
    zoom = min(zoom, max((right - left) / canvas.width, head / (max(CLOSEST, spec.head) * canvas.height)))
    cropped = cut_above(identity.matte, identity.landmarks.ipd)
    if cropped:  # a crown that is not in the selfie stays outside the frame
        zoom = min(zoom, (1 - CUT_MARGIN) * bottom / canvas.height)
    zoom = min(zoom, max(zoom / spec.closer, head / (TIGHTEST * canvas.height)))
    # Tight frames: keep the chin and some neck inside, let the crown go first.
    eye_line = min(eye_line, 0.86 - (chin[1] - eyes[1]) / (zoom * canvas.height))
    center = 0.5 * eyes[0] + 0.5 * points[topology.FACE_OVAL, 0].mean()
    x = center - (0.5 + spec.offset) * zoom * canvas.width
    x = _between(x, left, right - zoom * canvas.width)
    y = eyes[1] - eye_line * zoom * canvas.height
    y = min(y, bottom - zoom * canvas.height)
    if cropped:
        y = max(y, CUT_MARGIN * bottom)
    return Placement(canvas, float(zoom), (float(x), float(y)), shift, relief.scale, distance)


def _crown(matte: Float, points: Double) -> float:
    """Height of the top of the head, in photograph pixels; from anthropometry when cut off."""
    ipd = float(np.linalg.norm(points[468] - points[473]))
    center = points[topology.FACE_OVAL, 0].mean()
    columns = np.clip(np.arange(int(center - 0.6 * ipd), int(center + 0.6 * ipd)), 0, matte.shape[1] - 1)
    covered = (matte[:, columns] > 0.5).mean(axis=1) > 0.3
    top = int(np.argmax(covered)) if covered.any() else 0
    if top <= 2:
        return float(points[topology.CHIN, 1] - CROWN_ABOVE_CHIN * ipd)
    return float(top)


def _reach(identity: Identity, below: float, shift: Float | None) -> tuple[float, float, float]:
    """How far left, right and down the frame may reach: where the body is cut, to where the photograph's edge
    is drawn; beyond it where not."""
    matte = identity.matte
    height, width = matte.shape
    rows = slice(int(min(below, height - 2)), height)
    first, last = identity.beside, width - identity.beside
    bottom, inward, outward = float(height), 0.0, 0.0
    if shift is not None:  # a chin that is drawn farther away brings the edge below it into the picture
        part = shift[int(below / height * shift.shape[0]) :]
        columns = [int(x / width * shift.shape[1]) for x in (first, last)]
        bottom -= max(0.0, float(shift[-1, columns[0] : columns[1], 1].max()))
        inward = max(0.0, -float(part[:, columns[0], 0].min()))
        outward = max(0.0, float(part[:, columns[1] - 1, 0].max()))
    left = first + inward if (matte[rows, first : first + 2] > 0.5).mean() > 0.05 else -0.75 * width
    right = last - outward if (matte[rows, last - 2 : last] > 0.5).mean() > 0.05 else 1.75 * width
    return float(left), float(right), bottom


def _between(at: float, one: float, other: float) -> float:
    """``at``, or the bound that is nearest: a frame wider than the photograph holds all of it."""
    return min(max(at, min(one, other)), max(one, other))


def _perspective(identity: Identity, relief: Relief, spec: Place) -> tuple[Float | None, float | None]:
    """Displacement that redraws the selfie as seen from the style's distance, on the relief's grid.

    x' = c + (x - c) (d + z)/d D/(D + z) with z behind the eye plane, c the picture's center
    (Fried et al. 2016, for a depth map). The distance d = f_px 63 mm / IPD_px needs the EXIF
    focal length; without it nothing is moved, because a guess does more harm.
    """
    focal_px, portrait_m = identity.capture.focal_px, spec.distance_m
    if focal_px is None:
        return None, None
    taken = focal_px * identity.reduction * IPD_M / identity.landmarks.ipd
    if taken >= portrait_m or not spec.perspective:
        return None, taken
    z = _behind_the_eyes(relief)
    grow = (taken + z) / taken * portrait_m / (portrait_m + z) - 1  # of the portrait over the selfie
    rows, columns = np.mgrid[0 : relief.depth.shape[0], 0 : relief.depth.shape[1]].astype(np.float32)
    height, width = identity.matte.shape
    axis = identity.axis or (width / 2, height / 2)
    x = (columns + 0.5) / relief.scale - axis[0]
    y = (rows + 0.5) / relief.scale - axis[1]
    inverse = -grow / (1 + grow)
    return np.stack([x * inverse, y * inverse], axis=-1).astype(np.float32), taken


def _behind_the_eyes(relief: Relief) -> Float:
    """Distance behind the pupils, metres, (h, w): measured on the face, carried outward from it.

    Hair, neck and backdrop move as the nearest part of the face does: their own depth is not
    measured, and a step in it would tear the jaw line.
    """
    face = (cv2.erode(relief.face, np.ones((3, 3), np.uint8)) > 0.9).astype(np.float32)
    meters = np.clip(-relief.depth / relief.ipd * IPD_M, -0.05, 0.12) * face
    filled, known = meters.copy(), face > 0
    for sigma in (0.05, 0.15, 0.4, 1.2, 4.0):
        weight = blur(face, sigma * relief.ipd)
        near = known | (weight < 1e-3)
        carried = blur(meters, sigma * relief.ipd) / np.maximum(weight, 1e-6)
        filled = np.where(near, filled, carried)
        known |= ~near
    soft = cv2.GaussianBlur(filled.astype(np.float32), (0, 0), 0.15 * relief.ipd)
    return np.where(
        face > 0, 0.5 * filled + 0.5 * cv2.GaussianBlur(filled, (0, 0), 0.03 * relief.ipd), soft
    ).astype(np.float32)
