"""What can be wrong with a selfie or a request: one sentence, one fix."""

from __future__ import annotations

from typing import TypeAlias

Outline: TypeAlias = tuple[tuple[float, float], ...]
"""A closed line over a photograph: x and y as shares of its width and height."""


class Refused(Exception):
    """Something a person can put right.

    Every refusal is a named subclass; it carries a stable ``code``, one
    ``sentence`` that says what is wrong and one ``fix`` that says what to do.
    """

    code = "refused"
    sentence = "This cannot be done."
    fix = "Try another picture."
    outlines: tuple[Outline, ...] = ()
    """Where the faces are that this is about, on the upright photograph as it was sent."""

    def __init__(self, sentence: str | None = None, fix: str | None = None) -> None:
        self.sentence = sentence or self.sentence
        self.fix = fix or self.fix
        super().__init__(f"{self.sentence} {self.fix}")

    def __reduce__(self) -> tuple[type[Refused], tuple[str, str]]:
        """So that it comes back from another process as it was."""
        return type(self), (self.sentence, self.fix)


class UnreadableFile(Refused):
    code = "unreadable"
    sentence = "This file is not a photograph that we can read."
    fix = "Send a JPEG, PNG, WebP, HEIC or AVIF photograph."


class IncompleteFile(Refused):
    code = "incomplete"
    sentence = "The end of this file is missing, and a part of the photograph with it."
    fix = "Send it again, whole."


class FileTooLarge(Refused):
    code = "too_large"
    sentence = "This photograph is too large."
    fix = "Send one under 25 MB and 60 megapixels."


class PhotographTooSmall(Refused):
    code = "too_small"
    sentence = "This photograph has too few pixels."
    fix = "Send the original from the camera, at least 512 pixels on each side."


class TooHeavy(Refused):
    code = "too_heavy"
    sentence = "Reading this file took more memory or time than we give one photograph."
    fix = "Save it again as a JPEG and send that."


class TooManyParts(Refused):
    code = "too_many_parts"
    sentence = "This file is made of more parts than any camera or editor writes."
    fix = "Save it again as a JPEG and send that."


class NoFace(Refused):
    code = "no_face"
    sentence = "There is no face in this photograph that we can see clearly."
    fix = "Face the camera in even light, with nothing over the face."


class SeveralFaces(Refused):
    code = "several_faces"
    sentence = "There is more than one face in this photograph."
    fix = "Send a photograph of yourself alone."


class FaceTooSmall(Refused):
    code = "face_too_small"
    sentence = "The face is too small in this photograph."
    fix = "Come closer, so that the face fills about a third of the picture's height."


class CutOff(Refused):
    code = "cut_off"
    sentence = "The edge of the photograph cuts the face."
    fix = "Send one that shows the whole face, with a little room around it."


class NotUpright(Refused):
    code = "not_upright"
    sentence = "The photograph is not upright."
    fix = "Turn the picture upright and send it again."


class TurnedAway(Refused):
    code = "turned_away"
    sentence = "The face is turned too far to one side."
    fix = "Turn it toward the camera until both eyes are well seen."


class Tilted(Refused):
    code = "tilted"
    sentence = "The head is tilted too far."
    fix = "Hold the head and the camera level."


class Blurred(Refused):
    code = "blurred"
    sentence = "The face is not sharp."
    fix = "Hold the camera still, wipe its lens, and let it focus on the eyes."


class TooDark(Refused):
    code = "too_dark"
    sentence = "The face is too dark."
    fix = "Turn toward a window."


class Backlit(Refused):
    code = "backlit"
    sentence = "The light is behind you, and the face is too dark."
    fix = "Turn toward the light."


class SunPatch(Refused):
    code = "sun_patch"
    sentence = "Sun falls on part of your face."
    fix = "Step into the shade."


class BlownOut(Refused):
    code = "blown_out"
    sentence = "Parts of the face are so bright that they hold no detail."
    fix = "Step out of direct sun, or turn the flash off."


class Covered(Refused):
    code = "covered"
    sentence = "The eyes are covered."
    fix = "Take off dark glasses, or move what covers an eye."


class MouthCovered(Refused):
    code = "mouth_covered"
    sentence = "The mouth is covered."
    fix = "Take off the mask or scarf, or move what covers the mouth."


class MouthOpen(Refused):
    code = "mouth_open"
    sentence = "The mouth is wide open."
    fix = "Smile, laugh or close it: any of them makes a portrait."


class Filtered(Refused):
    code = "filtered"
    sentence = "A filter has smoothed the skin in this photograph."
    fix = "Send it as the camera took it, without a filter."


class Screenshot(Refused):
    code = "screenshot"
    sentence = "This is a screenshot, with bars beside the photograph."
    fix = "Send the photograph itself."


class Framed(Refused):
    code = "framed"
    sentence = "There is a border around this photograph."
    fix = "Cut the border off, and send what is inside it."


class Unsteady(Refused):
    code = "unsteady"
    sentence = "The features of this face cannot be measured reliably in this photograph."
    fix = "Use softer, more even light and come a little closer."


class NotYourLikeness(Refused):
    code = "likeness"
    sentence = "The portrait did not pass our own likeness check, so it is not shown."
    fix = "Try another style, or a selfie in more even light."


class UnknownStyle(Refused):
    code = "unknown_style"
    sentence = "There is no style of that name."
    fix = "Use --list to see the styles."


def refusal(code: str, fix: str = "") -> Refused:
    """The refusal of that code, from another process or a row; UnreadableFile where it is unknown."""
    kinds = {kind.code: kind for kind in Refused.__subclasses__()}
    return kinds.get(code, UnreadableFile)(fix=fix or None)
