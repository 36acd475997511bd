"""What was measured of a face, as numbers to seal, and as sentences to read.

The engine is imported inside the functions: pages only need the sentences.
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from render.pipeline.contract import Identity as Model
    from render.pipeline.stages.inspect import Inspection

IPD_MM = 63.0
"""Lengths are told for eyes this far apart, the mean of adults; a photograph has no ruler in it."""

SENTENCES = {
    "eye height": "Your {side} eye sits {mm} mm higher than the other.",
    "eyelid opening": "Your {side} eye is open {mm} mm wider than the other.",
    "brow height": "Your {side} brow sits {mm} mm higher than the other.",
    "mouth-corner height": "Your {side} mouth corner sits {mm} mm higher than the other.",
    "nose tip": "The tip of your nose lies {mm} mm to your {side}.",
    "chin": "Your chin lies {mm} mm to your {side}.",
    "jaw width": "Your jaw reaches {mm} mm farther to your {side}.",
}

TURNED = "Not measurable at this angle: your head is turned, and a part of it is guessed."
LEVEL = "No difference that can be told from the noise of the measurement."


@dataclass(frozen=True)
class Asymmetry:
    """One feature: what a person reads, and the signed number, more to the sitter's left above 0; None
    where the head is turned too far to tell."""

    feature: str
    sentence: str
    millimeters: float | None


def engine() -> str:
    """Whatever would give other numbers or another file has another name here."""
    from render.pipeline.contract import ENGINE, ENGINE_VERSION
    from render.pipeline.faces.mediapipe import MediaPipeDetector
    from render.pipeline.identity_file import FORMAT

    return f"{ENGINE} {ENGINE_VERSION}; {MediaPipeDetector.version}; file {FORMAT}"


def facts(seen: "Inspection", model: "Model") -> dict[str, Any]:
    """Everything that a page says of an identity; lengths in inter-pupil distances, places in shares."""
    from render.pipeline.measure import asymmetry, traits

    landmarks = seen.landmarks
    fields = asymmetry.field(landmarks.first), asymmetry.field(landmarks.second)
    yaw = seen.pose.yaw
    return {
        "points": [[round(float(x), 5), round(float(y), 5)] for x, y in seen.points],
        "noise": landmarks.noise,
        "ipd_px": landmarks.ipd,
        "asymmetries": asymmetry.measurable(asymmetry.features(landmarks.points), yaw),
        "magnitude": asymmetry.magnitude(*fields, landmarks.ipd)
        if abs(yaw) <= asymmetry.FIELD_MEASURABLE_TO
        else None,
        "skin": asdict(model.skin),
        "pose": asdict(seen.pose),
        "capture": asdict(seen.capture),
        "warnings": list(seen.warnings),
        "traits": asdict(traits.read(model)),
        "versions": model.versions,
    }


def asymmetries(facts: dict[str, Any]) -> list[Asymmetry]:
    """The features as sentences, the most uneven first; last those that cannot be measured."""
    noise = facts["noise"] * IPD_MM
    found = [
        Asymmetry(name, TURNED, None) if share is None else _asymmetry(name, share * IPD_MM, noise)
        for name, share in facts["asymmetries"].items()
    ]
    return sorted(found, key=lambda one: 1.0 if one.millimeters is None else -abs(one.millimeters))


def noise_mm(facts: dict[str, Any]) -> float:
    return float(facts["noise"]) * IPD_MM


def _asymmetry(name: str, millimeters: float, noise: float) -> Asymmetry:
    if abs(millimeters) < noise:
        sentence = LEVEL
    else:
        side = "left" if millimeters > 0 else "right"
        sentence = SENTENCES[name].format(side=side, mm=f"{abs(millimeters):.1f}")
    return Asymmetry(name, sentence, millimeters)
