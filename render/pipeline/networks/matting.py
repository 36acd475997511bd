"""What each matting network makes of a photograph: the coverage of the person, nothing of it judged yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import cv2
import numpy as np

from render.pipeline.contract import Code, Float
from render.pipeline.cores import cores

from . import weights
from .register import MODNET, ROBUST_VIDEO, find

SEEN_SIDE = 512
"""Pixels: what both networks were taught on. Robust Video Matting refines on the picture's own afterwards."""

LARGEST_SIDE = 1600
"""Pixels of the long side that Robust Video Matting is given: memory grows with its square, and its edges do
not gain."""

PASSES = 2
"""Times that Robust Video Matting looks at a still: its memory of the frame before begins empty."""

EDGES = {ROBUST_VIDEO: 0.6, MODNET: 1.4}
"""What the edges that they draw are worth: one draws single hairs, the other lumps."""

MULTIPLE = 32
"""Both sides of what MODNet is given are a multiple of this many pixels."""


def mattes(code: Code) -> dict[str, Float]:
    """The coverage that each installed network finds.

    Parameters
    ----------
    code : (H, W, 3) uint8
        sRGB code values.

    Returns
    -------
    dict
        The network's name and (H, W) float32 of 0..1; empty where none is installed and switched on.

    References
    ----------
    Lin, Yang, Saleemi & Sengupta, Robust high-resolution video matting with temporal guidance, WACV 2022.
    Ke, Sun, Li, Yan & Lau, MODNet: real-time trimap-free portrait matting via objective decomposition, AAAI
    2022.
    """
    return {name: look(code) for name, look in LOOKS.items() if weights.usable(find(name))}


def finer(names: Iterable[str]) -> list[float]:
    """How much the edge that each of these networks draws counts."""
    return [EDGES.get(name, 1.0) for name in names]


def _robust_video(code: Code) -> Float:
    height, width = code.shape[:2]
    scale = min(1.0, LARGEST_SIDE / max(height, width))
    small = code if scale == 1 else _resized(code, (round(width * scale), round(height * scale)))
    frame = np.ascontiguousarray((small.astype(np.float32) / 255).transpose(2, 0, 1)[None])
    ratio = np.array([min(1.0, SEEN_SIDE / max(small.shape[:2]))], np.float32)
    state = [np.zeros((1, 1, 1, 1), np.float32)] * 4
    for _ in range(PASSES):
        given = dict(zip(("r1i", "r2i", "r3i", "r4i"), state, strict=True))
        _, matte, *state = _session(ROBUST_VIDEO).run(
            None, {"src": frame, "downsample_ratio": ratio, **given}
        )
    return _to(matte[0, 0], width, height)


def _modnet(code: Code) -> Float:
    height, width = code.shape[:2]
    scale = SEEN_SIDE / min(height, width)
    size = (_multiple(width * scale), _multiple(height * scale))
    frame = (_resized(code, size).astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    session = _session(MODNET)
    (matte,) = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(frame)})
    return _to(matte[0, 0], width, height)


LOOKS: dict[str, Callable[[Code], Float]] = {ROBUST_VIDEO: _robust_video, MODNET: _modnet}


def _multiple(side: float) -> int:
    return max(1, round(side / MULTIPLE)) * MULTIPLE


def _resized(code: Code, size: tuple[int, int]) -> Code:
    return np.asarray(cv2.resize(code, size, interpolation=cv2.INTER_AREA), np.uint8)


def _to(matte: Float, width: int, height: int) -> Float:
    large = cv2.resize(matte, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(large, 0, 1), np.float32)


@cache
def _session(name: str) -> Any:
    """The network, ready to run; its file is checked when it is read.

    Raises
    ------
    NoWeights
        Where it cannot be used.
    """
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)  # it warns about machines without a GPU
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    options.enable_cpu_mem_arena = False  # one photograph in a while: what it took is given back
    path = weights.path(find(name))
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
