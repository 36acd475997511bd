"""What a portrait's page says of it: the facts that a photographer would give, and the measurement."""

from dataclasses import dataclass
from typing import Any

from render import lost_files, prints, waiting
from render.copies import KIND, KINDS, Kind
from render.darkroom import size
from render.errors import FileLost
from render.fulls import PHONE_SIDE, SCREEN_SIDE
from render.jobs.models import Job
from render.models import Copy, Portrait
from render.pipeline.measure.asymmetry import FIELD_MEASURABLE_TO
from render.pipeline.recipe import Recipe
from render.pipeline.stages.encode import PIXELS_PER_INCH
from render.sheet import Frame
from render.waiting import Wait
from studio import light_words

CM_PER_INCH = 2.54
DRAWN = 50
SIDES = {"phone": PHONE_SIDE, "screen": SCREEN_SIDE}


@dataclass(frozen=True)
class Row:
    """A number of the report: what was measured, its value, its limit, and how."""

    what: str
    value: str
    limit: str
    how: str


@dataclass(frozen=True)
class Offer:
    """One more format or crop: to be asked for, being made, or made."""

    kind: Kind
    copy: Copy | None
    wait: Wait | None


def of(frame: Frame) -> dict[str, Any]:
    """All that the page needs."""
    portrait, canvas = frame.portrait, frame.portrait.canvas
    report = _report(portrait)
    delivered = portrait.state == Portrait.State.DELIVERED and not portrait.rejected
    offered = offers(portrait) if delivered else []
    return {
        "frame": frame,
        "portrait": portrait,
        "facts": [*_camera(portrait.recipe, report), *_print(frame)],
        "likeness": likeness(report) if report else [],
        "widths": {name: size(canvas.width, canvas.height, side)[0] for name, side in SIDES.items()},
        "lines": lines(report["overlay"]) if report else None,
        "warnings": report["selfie"]["warnings"] if report else [],
        "did": report["engine"]["did"] if report else "",
        "offers": offered,
        "copying": any(offer.wait for offer in offered),
        "columns": -(-canvas.width * canvas.enlargement // 512),
    }


def _report(portrait: Portrait) -> dict[str, Any] | None:
    """What was measured of it. The page goes on without: the picture is not lost with its numbers."""
    if not portrait.proof or portrait.rejected:
        return None
    try:
        return prints.report(portrait)
    except FileLost as lost:
        lost_files.tell(lost)
        return None


BEFORE_THE_LENS = "; registered before the soft lens, which hides the texture and moves nothing"


def likeness(report: dict[str, Any]) -> list[Row]:
    """The measurement, line by line."""
    registration, found = report["registration"], report["likeness"]
    rows = [
        Row(
            "Your features lie where they lay",
            f"within {_percent(registration['p95'])} of the distance between your pupils",
            f"at most {_percent(registration['limit_p95'])}",
            "the skin's own texture, registered at hundreds of places; 95 of 100 are closer"
            + (BEFORE_THE_LENS if registration.get("before_the_lens") else ""),
        ),
        *(_turned(turn) if (turn := _turn(report)) else [*_asymmetry(report.get("asymmetry")), _read(found)]),
    ]
    if detail := report.get("detail"):
        rows += _detail(detail)
    return rows


def _turn(report: dict[str, Any]) -> float:
    """Degrees by which the head is turned too far to tell its two sides apart; 0 where it is not."""
    yaw = abs(float(report.get("selfie", {}).get("pose", {}).get("yaw", 0.0)))
    return yaw if yaw > FIELD_MEASURABLE_TO else 0.0


def _turned(degrees: float) -> list[Row]:
    return [
        Row(
            "Your asymmetry, against the selfie",
            "not measurable at this angle",
            f"up to {FIELD_MEASURABLE_TO:.0f}°",
            f"your head is turned by {degrees:.0f}°, and what it hides would be guessed",
        )
    ]


def _read(found: dict[str, Any]) -> Row:
    return Row(
        "Your asymmetry, as a landmark detector reads it",
        f"{found['gain']:.2f} times",
        "1 is unchanged",
        "it reads other landmarks in other light, though nothing has moved",
    )


def _asymmetry(kept: dict[str, float] | None) -> list[Row]:
    """Not in the report of a portrait from before it was measured, nor where too little skin is seen."""
    if kept is None:
        return []
    return [
        Row(
            "Your asymmetry, against the selfie",
            f"{kept['gain']:.2f} times",
            "1 is unchanged",
            f"{100 * kept['landmarks']:.0f} % of your landmarks, carried along by the skin that they lie in",
        ),
        Row(
            "Its direction",
            f"{kept['direction']:.2f}",
            "1 is the same, −1 the mirror image",
            "the same landmarks",
        ),
    ]


def lines(overlay: dict[str, Any]) -> dict[str, Any]:
    """The lock as an SVG draws it; a shift is drawn `DRAWN` times as long as it is."""
    return {
        "outlines": [" ".join(f"{x},{y}" for x, y in line) for line in overlay["outlines"]],
        "shifts": "".join(
            f"M{x} {y}l{DRAWN * dx:.1f} {DRAWN * dy:.1f}" for x, y, dx, dy in overlay["places"]
        ),
        "limits": "".join(_circle(x, y, DRAWN * overlay["limit"]) for x, y, _, _ in overlay["places"]),
        "times": DRAWN,
    }


def _circle(x: float, y: float, radius: float) -> str:
    """As a piece of a path: one element draws them all."""
    r = round(radius, 1)
    return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0"


def offers(portrait: Portrait) -> list[Offer]:
    made = {copy.name: copy for copy in portrait.copies.all()}
    pending = [copy.pk for copy in made.values() if copy.state == Copy.State.MAKING]
    jobs = {job.subject: job for job in Job.objects.live().filter(kind=KIND, subject__in=pending)}
    found = []
    for kind in KINDS.values():
        copy = made.get(kind.name)
        making = copy is not None and copy.state == Copy.State.MAKING
        job = jobs.get(copy.pk) if copy else None
        found.append(Offer(kind, copy, waiting.of(job, job.ahead if job else 0) if making else None))
    return found


def _camera(recipe: Recipe, report: dict[str, Any] | None) -> list[tuple[str, str]]:
    """The style's facts, the perspective as this selfie allowed it."""
    rows = dict(light_words.facts(recipe))
    if report:
        seen, taken = report["frame"]["seen_from_m"], report["frame"]["taken_from_m"]
        if seen == taken:
            rows["Perspective"] = "Your selfie's own" + (f", from about {taken:.1f} m" if taken else "")
        else:
            rows["Perspective"] = f"As from {seen:.1f} m; your selfie was taken from about {taken:.1f} m"
    return list(rows.items())


def _print(frame: Frame) -> list[tuple[str, str]]:
    portrait = frame.portrait
    canvas = portrait.canvas
    width, height = canvas.width * canvas.enlargement, canvas.height * canvas.enlargement
    cm = [round(side / PIXELS_PER_INCH * CM_PER_INCH) for side in (width, height)]
    found = [("Print", f"{cm[0]} × {cm[1]} cm at {PIXELS_PER_INCH} dots an inch")]
    if portrait.engine:
        found.append(("Engine", f"{portrait.engine}, seed {portrait.seed}"))
    if frame.answer:
        found.append(("Taken again", f"{frame.answer[0].upper()}{frame.answer[1:]}"))
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _detail(detail: dict[str, Any]) -> list[Row]:
    """Of the full portrait: detail finer than the selfie had, where it can be compared with photographs."""
    bands = detail["db_over_a_photograph"].get("skin", {})
    known = [db for db in bands.values() if db is not None]
    if not known:
        return []
    return [
        Row(
            "Detail of the skin, finer than your selfie had",
            f"{known[0]:+.1f} dB".replace("-", "−"),
            "0 is a photograph's",
            "energy just above the end of your selfie, against the spectrum of photographs",
        )
    ]
