"""Free previews are fetched by their owner, and the mark is taken off by everything that code can do."""

from __future__ import annotations

import itertools
from typing import Any

import cv2
import numpy as np

from render.pipeline.contract import Code
from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site, until
from tests.pipeline import selfies, unmarking
from tests.pipeline.files import save
from tests.pipeline.unmarking import Mask, old_mark, psnr
from tests.stated import STATED

MOST = 28.0  # dB under the mark
PATIENCE = 200.0  # seconds that a worker may take beside the catalogue's pictures

WITHOUT_PAYING = ("full.jpg", "screen.jpg", "phone.jpg", "tiles/0-0.jpg", "copies/png/", "proof.png")


def attack(site: Site) -> Outcome:
    caller = site.customer("mallory@example.org")
    portraits = previews(site, caller)
    taken = [decoded(caller.get(f"/portraits/{one['id']}/preview.jpg").content) for one in portraits]
    picture = reduced(portraits[0], taken[0])
    under = marked(taken[0], picture)
    found = {
        "subtracted": unmarking.subtracted(taken[0], old_mark(picture.shape), dark_above=127),
        "averaged": unmarking.averaged(taken),
        "median": unmarking.median(taken),
        "small": enlarged(caller, portraits[0], picture),
        **{how: unmarking.inpainted(taken[0], under, code) for how, code in unmarking.INPAINTERS.items()},
        **{
            f"merged with {number}": unmarking.merged((taken[0], other), (under, marked(other, picture)))
            for number, other in enumerate(taken[1:], 2)
        },
    }
    reached = {how: psnr(guess, picture, under) for how, guess in found.items()}
    open_doors = unpaid(caller, portraits)
    told = ", ".join(f"{how} {value:.1f}" for how, value in reached.items())
    mark = f"the mark ({under.mean():.0%} of the picture)"
    seen = f"PSNR under {mark}, dB: {told}. Open without paying: {open_doors or 'nothing'}."
    return Outcome(held=max(reached.values()) <= MOST and not open_doors, seen=seen)


def previews(site: Site, caller: Caller) -> list[dict[str, Any]]:
    """One style of one person four times, twice with the same seed: ids, and where the proofs lie."""
    face = save(selfies.picture(selfies.CLOSE), "PNG")
    caller.get("/selfies/new/")  # its form brings the token
    sent = caller.post("/selfies/new/", STATED, files={"photograph": ("me.png", face, "image/png")})
    assert sent.status_code == 302, sent.text
    until(lambda: caller.get("/shoots/new/").status_code == 200, "the selfie becomes an identity", PATIENCE)
    shoot = caller.post("/shoots/new/", {"style": "corporate"})
    assert shoot.status_code == 302, shoot.text

    def made(count: int) -> bool:
        return caller.get(shoot.headers["Location"]).text.count("/small.jpg") == count

    until(lambda: made(1), "the preview is made", PATIENCE)
    first = proved(site)[0]["id"]
    caller.post(f"/portraits/{first}/again/")
    for _ in range(2):
        caller.post(f"/portraits/{first}/not-me/", {"reason": "eyes"})
    until(lambda: made(4), "the preview is made three times more", PATIENCE)
    return proved(site)


def proved(site: Site) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = site.act(
        """
        from render import prints
        from render.models import Portrait
        rows = Portrait.objects.filter(state="proved").order_by("number")
        answer = [{"id": str(row.pk), "proof": str(prints.proof(row))} for row in rows]
        """
    )
    return rows


def reduced(portrait: dict[str, Any], like: Code) -> Code:
    """What the preview would be without a mark: the judge reads it from the site's disk."""
    proof = cv2.cvtColor(cv2.imread(portrait["proof"]), cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.resize(proof, like.shape[1::-1], interpolation=cv2.INTER_AREA), np.uint8)


def marked(shown: Code, picture: Code) -> Mask:
    """Where a preview differs from its portrait, as the judge sees it."""
    apart = cv2.GaussianBlur(shown.astype(np.float32) - picture, (0, 0), 1)
    far = np.asarray(np.abs(apart).max(axis=-1) > 8, np.uint8)
    return np.asarray(cv2.morphologyEx(far, cv2.MORPH_CLOSE, np.ones((9, 9))) > 0, np.bool_)


def enlarged(caller: Caller, portrait: dict[str, Any], picture: Code) -> Code:
    small = decoded(caller.get(f"/portraits/{portrait['id']}/small.jpg").content)
    return np.asarray(cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def unpaid(caller: Caller, portraits: list[dict[str, Any]]) -> list[str]:
    """Addresses that show more than a preview."""
    asked = itertools.product(portraits, WITHOUT_PAYING)
    return [name for one, name in asked if caller.get(f"/portraits/{one['id']}/{name}").status_code == 200]


def decoded(file: bytes) -> Code:
    return np.asarray(cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)
