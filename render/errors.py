"""What can be wrong with an order or its files: one sentence, one fix."""

from collections.abc import Sequence
from pathlib import Path

from render.pipeline.errors import Refused


class NoStyles(Refused):
    code = "no_styles"
    sentence = "No style is chosen."
    fix = "Choose at least one, then make the previews."


class TooManyStyles(Refused):
    code = "too_many_styles"
    sentence = "A shoot has room for 20 styles."
    fix = "Take some away; the others can be the next shoot."


class TooManyPreviews(Refused):
    code = "too_many_previews"
    sentence = "You have asked for as many previews as one account may in an hour."
    fix = "Come back in an hour."


class NoIdentity(Refused):
    code = "no_identity"
    sentence = "There is no identity to make portraits of."
    fix = "Upload a selfie first."


class NothingToApprove(Refused):
    code = "nothing_to_approve"
    sentence = "None of these previews can be approved."
    fix = "Mark one that is ready."


class NotEnoughCredits(Refused):
    code = "no_credits"
    sentence = "You do not have enough credits for this."
    fix = "Buy a pack, or approve fewer."

    @classmethod
    def of(cls, *, need: int, have: int) -> "NotEnoughCredits":
        """With the two numbers in its words."""
        credits = f"{need} credit{'s' if need > 1 else ''}"  # noqa: A001  (the word for it)
        return cls(sentence=f"This takes {credits}, and you have {have}.")


class NotYetDelivered(Refused):
    code = "not_delivered"
    sentence = "Only a portrait that was delivered can be given back."
    fix = "Wait until it is ready."


class TakenDown(Refused):
    code = "taken_down"
    sentence = "A moderator took this portrait down."
    fix = "Choose another style."

    @classmethod
    def of(cls, styles: Sequence[str]) -> "TakenDown":
        """With the styles in its words: the portrait of this person in them would be the same again."""
        return cls(sentence=f"{cls.sentence[:-1]}: {', '.join(styles)}.", fix="Leave it out.")


class PhotographTakenDown(Refused):
    code = "photograph_taken_down"
    sentence = "A moderator took this photograph down."
    fix = "Send another one, of yourself."


class TooManyReports(Refused):
    code = "too_many_reports"
    sentence = "You have reported as much as one person may by a tap."
    fix = "Write to us, and a person will read it."


class ReturnsUsedUp(Refused):
    code = "returns_used_up"
    sentence = "Half of the credits that you paid for have come back already; there is no more by a tap."
    fix = "Write to us, and a person will look at it."


class NoReason(Refused):
    code = "no_reason"
    sentence = "There is no reason yet."
    fix = "Write one that the customer can read."


class AnotherEngine(Refused):
    code = "another_engine"
    sentence = "An earlier version of our engine made this preview, and the present one draws it differently."
    fix = "Make its preview again; it is free."


class FileLost(Refused):
    """A file that was delivered is not there, or is not what was delivered. Ours to put right."""

    code = "file_lost"
    sentence = "This file is missing on our side, or damaged."
    fix = "You do not pay for it again: we have been told, and bring it back from our backup."
    path = Path()
    why = ""

    @classmethod
    def of(cls, path: Path, why: str) -> "FileLost":
        """With what staff needs to know."""
        error = cls()
        error.path, error.why = path, why
        return error
