"""An identity as bytes and back, without loss: what is stored so that no new upload is needed."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .contract import Capture, Code, Float, Identity, Landmarks, Pose, Quality, SkinTone, WhiteBalance

FORMAT = 3
ARRAYS = ("pixels", "matte", "location", "first", "second")

FINENESS = np.float32(32)
"""Steps of a stop in which the residual is stored."""


def storable(pixels: Float, matte: Float) -> tuple[Float, Float]:
    """Round to what is stored (half floats; 16-bit coverage), so that a portrait from a stored
    identity has the same bytes as one from the selfie."""
    rounded = np.minimum(pixels, 60000).astype(np.float16).astype(np.float32)
    return rounded, np.round(matte * 65535).astype(np.uint16).astype(np.float32) / np.float32(65535)


def storable_residual(residual: Float) -> Float:
    """The same for what the outline's layers miss, stops."""
    return _coded(residual).astype(np.float32) / FINENESS


def dump(identity: Identity) -> bytes:
    """The identity as one NumPy archive; the same bytes for the same identity."""
    facts = {
        "format": FORMAT,
        "capture": asdict(identity.capture),
        "landmark_noise": identity.landmarks.noise,
        "pose": asdict(identity.pose),
        "quality": asdict(identity.quality),
        "skin": asdict(identity.skin),
        "mirrored": identity.mirrored,
        "versions": identity.versions,
        "push": identity.push,
        "white": None if identity.white is None else asdict(identity.white),
        "reduction": identity.reduction,
        "axis": identity.axis,
        "beside": identity.beside,
        "warnings": list(identity.warnings),
    }
    buffer = io.BytesIO()
    np.savez(
        buffer,
        facts=np.frombuffer(json.dumps(facts, sort_keys=True).encode(), np.uint8),
        pixels=identity.pixels.astype(np.float16),
        matte=np.round(identity.matte * 65535).astype(np.uint16),
        location=identity.location.astype(np.float16),
        **({} if identity.residual is None else {"residual": _packed(identity.residual)}),
        first=identity.landmarks.first,
        second=identity.landmarks.second,
    )
    return buffer.getvalue()


def load(data: bytes) -> Identity:
    """The identity that ``dump`` wrote.

    Raises
    ------
    ValueError
        When the bytes are of another format version, or not an identity.
    """
    try:
        archive = np.load(io.BytesIO(data), allow_pickle=False)
        facts: dict[str, Any] = json.loads(archive["facts"].tobytes())
        if facts["format"] == FORMAT:
            read = {name: archive[name] for name in ARRAYS}
            return _identity(facts, read, archive.get("residual"))
    except (EOFError, KeyError, OSError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError("these bytes are not a stored identity") from error
    raise ValueError(f"identity format {facts['format']} is not {FORMAT}: analyze the selfie again")


def _identity(facts: dict[str, Any], archive: dict[str, Any], residual: Code | None) -> Identity:
    skin = facts["skin"]
    return Identity(
        pixels=archive["pixels"].astype(np.float32),
        matte=archive["matte"].astype(np.float32) / np.float32(65535),
        location=archive["location"].astype(np.float32),
        capture=Capture(**facts["capture"]),
        landmarks=Landmarks(archive["first"], archive["second"], facts["landmark_noise"]),
        pose=Pose(**facts["pose"]),
        quality=Quality(**facts["quality"]),
        skin=SkinTone(tuple(skin["lab"]), skin["ita"], skin["group"]),
        mirrored=facts["mirrored"],
        versions=facts["versions"],
        push=facts["push"],
        white=_white(facts.get("white")),
        reduction=facts["reduction"],
        axis=(facts["axis"][0], facts["axis"][1]) if facts["axis"] else None,
        beside=facts["beside"],
        warnings=tuple(facts["warnings"]),
        residual=None if residual is None else _unpacked(residual, archive["pixels"].shape),
    )


def _coded(residual: Float) -> NDArray[np.int8]:
    return np.clip(np.round(residual * FINENESS), -127, 127).astype(np.int8)


def _packed(residual: Float) -> Code:
    """Almost all of it is nothing."""
    return np.frombuffer(zlib.compress(_coded(residual).tobytes()), np.uint8)


def _unpacked(packed: Code, shape: tuple[int, ...]) -> Float:
    codes = np.frombuffer(zlib.decompress(packed.tobytes()), np.int8)
    return codes.reshape(shape).astype(np.float32) / FINENESS


def _white(facts: dict[str, Any] | None) -> WhiteBalance | None:
    """None for identities from before white was balanced, too."""
    return WhiteBalance(**facts | {"ratios": tuple(facts["ratios"])}) if facts else None
