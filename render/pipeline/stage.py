"""The names of what is done for a selfie and a portrait: engine, workers and pages know the same ones."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """One step of the work, in running order. A job's row keeps its value.

    Notes
    -----
    A new one needs its place in the tables of the workers that tell it and of the pages that show it
    (tests/render/test_stages.py looks).
    """

    DECODE = "decode"
    LOOK = "look"
    MODEL = "model"
    SEAT = "shape and light"
    SET_UP = "place, relight, backdrop"
    PROOF = "proof"
    GATE = "gate"
    FULL_SIZE = "full size"
    DETAIL = "detail"
    DEVELOP = "develop"
    ENCODE = "encode"
    STORE = "store"
    COMPARE = "even"
    LENSES = "lenses"

    @classmethod
    def named(cls, text: str) -> Stage | None:
        """The stage that a row names; None where it names none yet, or one of another version."""
        return next((stage for stage in cls if stage == text), None)
