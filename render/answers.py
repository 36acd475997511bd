"""What a new preview does about the reason that its owner gave, in the words of its page."""

from collections.abc import Iterable

from render.models import Portrait

Reason = Portrait.Reason

ANSWERS = {
    Reason.LIGHT: "half of the contrast on the face, from a wider lamp",
    Reason.SHAPE: "your selfie's own perspective, and a weaker key, nearer to the camera",
    Reason.SKIN: "white light on the skin and a neutral print",
    Reason.EYES: "your eyes as photographed, with their own reflections",
    Reason.CUTOUT: "a closer frame, less light from behind, edges out of focus",
    Reason.OTHER: "light, shape and skin nearer to your selfie",
}
"""What ``render.pipeline.aims`` does, said to a sitter."""


CHOICES = tuple((reason.value, reason.label, ANSWERS[reason]) for reason in Reason)
"""Every reason with what would be done about it."""


def words(aims: Iterable[str]) -> str:
    """What was changed for all that was said, once each; empty for a first preview."""
    return "; ".join(ANSWERS[Reason(aim)] for aim in dict.fromkeys(aims))
