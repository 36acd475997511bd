"""The two things that set the studio apart, shown on real pictures with what was measured on them."""

from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from render.pipeline.measure.registration import LIMIT
from studio import sitter, studies

WIDTH, HEIGHT = 320.0, 180.0
"""Of a drawn profile, in its own units."""

FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Profile:
    """One picture of the micro-contrast page: what it is, its edge as a line, its rims."""

    name: str
    title: str
    words: str
    line: str
    rim: float


TITLES = {
    "bare": ("No lens", "The picture as it was composed, before any glass."),
    "lens": (
        "The lens",
        "The transfer of a real design: fine contrast rises, and edges keep their range.",
    ),
    "sharpened": (
        "A sharpening filter",
        "An unsharp mask, 100 % at 1.5 pixels, instead of a lens.",
    ),
    "soft": ("A soft lens", "Fine contrast lowered on purpose, as glamour and soft focus want it."),
}


@require_safe
def natural_asymmetry(request: HttpRequest) -> HttpResponse:
    page = _page() | {"limit": f"{100 * LIMIT:.2f}"}
    if facts := page["facts"]:
        page["left"] = {
            name: left | {"moved": left["moved"] and 100 * left["moved"]}
            for name, left in facts["asymmetry"].items()
        }
    return render(request, "features/natural_asymmetry.html", page)


@require_safe
def micro_contrast(request: HttpRequest) -> HttpResponse:
    page = _page()
    if facts := page["facts"]:
        page["profiles"] = profiles(facts["edges"])
    return render(request, "features/micro_contrast.html", page)


@require_safe
def study(request: HttpRequest, key: str, name: str) -> HttpResponseBase:
    """One of the pictures. Its address says what it was made from: keep it for ever."""
    if key != studies.key() or name not in studies.NAMES:
        raise Http404
    try:
        opened = studies.picture(key, name).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(opened, content_type="image/webp", headers={"Cache-Control": FOREVER})


def profiles(edges: dict[str, dict[str, Any]]) -> list[Profile]:
    """Every edge on one scale, so that they can be compared."""
    lines = {name: [float(value) for value in edges[name]["profile"]] for name in TITLES}
    low = min(min(line) for line in lines.values())
    high = max(max(line) for line in lines.values())
    found = []
    for name, (title, words) in TITLES.items():
        line = lines[name]
        points = " ".join(
            f"{WIDTH * n / (len(line) - 1):.1f},{HEIGHT - HEIGHT * (value - low) / (high - low):.1f}"
            for n, value in enumerate(line)
        )
        found.append(Profile(name, title, words, points, 100 * float(edges[name]["rim"])))
    return found


def _page() -> dict[str, Any]:
    key = studies.key()
    return {
        "key": key,
        "facts": studies.facts(key) if key else None,
        "caption": sitter.caption_rendered(),
        "alternative": sitter.alternative(),
    }
