"""An identity as bytes and back, without loss: what is stored so that no new upload is needed."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import asdict
from typing import Any

import numpy as np

from .contract import Capture, Float, Identity, Landmarks, Pose, Quality, SkinTone, WhiteBalance

FORMAT = 3
ARRAYS = ("pixels", "matte", "location", "first", "second")


def storable(pixels: Float, matte: Float) -> tuple[Float, Float]:
    """Round to what is stored (half floats; 16-bit coverage), so that a portrait from a stored
    identity has the same bytes as one from the selfie."""
    rounded = np.minimum(pixels, 60000).astype(np.float16).astype(np.float32)
    return rounded, np.round(matte * 65535).astype(np.uint16).astype(np.float32) / np.float32(65535)


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
            return _identity(facts, {name: archive[name] for name in ARRAYS})
    except (EOFError, KeyError, OSError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError("these bytes are not a stored identity") from error
    raise ValueError(f"identity format {facts['format']} is not {FORMAT}: analyze the selfie again")


def _identity(facts: dict[str, Any], archive: dict[str, Any]) -> Identity:
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
    )


def _white(facts: dict[str, Any] | None) -> WhiteBalance | None:
    """None for identities from before white was balanced, too."""
    return WhiteBalance(**facts | {"ratios": tuple(facts["ratios"])}) if facts else None
