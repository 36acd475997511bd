"""Twelve portraits through the served site: upload, previews, approval, full size, every kind of copy, ZIP.

Site and workers are real processes with the real engine at its real size.
"""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from billing.audit import audit
from render.copies import KINDS
from render.jobs.models import Job
from render.models import Copy, Portrait, Shoot
from studio.models import Identity, Selfie
from tests.cast import Cast
from tests.jobs.house import ROOT, with_the_site
from tests.phone import HEIC, JPEG, MPO, Original
from tests.pipeline.selfies import CLOSE
from tests.ports import free_port
from tests.render.sitting import balance, fund, stock

from . import checks
from .count import ENDED
from .visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.delivered, pytest.mark.xdist_group("site")]

SHOOTS = {
    Original(CLOSE, 26, 6, 12, JPEG, "3:4"): ("rembrandt", "studio_white", "noir"),
    Original(CLOSE, 21, 8, 8, HEIC, "1:1"): ("corporate", "neon", "fashion"),
    Original(CLOSE, 35, 5, 3, MPO, "9:16"): ("window_light", "hollywood", "clamshell"),
    Original(CLOSE, None, 1, 24, JPEG, "4:3"): ("mono_classic", "boardroom", "vermeer"),
}
SERVED = {"DEBUG": "0", "HTTPS_ONLY": "0", "ALLOWED_HOSTS": "127.0.0.1", "EMAIL_HOST": "127.0.0.1"}
PATIENCE = 900.0  # seconds for all of one kind of work; only a failure waits that long

Told = Callable[[str, object], None]


@pytest.fixture
def site(transactional_db: None, cast: Cast, tmp_path: Path) -> Iterator[Visitor]:
    """The served site with its workers; Alice is logged in."""
    keys = {
        "MASTER_KEYS": f"a:{base64.b64encode(bytes(range(32))).decode()}",
        "SECRET_KEY": settings.SECRET_KEY,
    }
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | SERVED | keys | {"DATA_DIR": str(settings.DATA_DIR)},
        check=True,
    )
    port = free_port()
    house = with_the_site(
        tmp_path / "house",
        port,
        "previews",
        "fulls",
        JOB_HANDLERS="",
        JOB_LEASE_SECONDS="60",
        JOB_SILENCE_SECONDS="60",
        FULLS_TIMEOUT="300",
        **SERVED,
    )
    yield Visitor(f"http://127.0.0.1:{port}", cast.alice)
    house.stop()
    assert audit() == []


def until(true: Callable[[], object], what: str) -> None:
    limit = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < limit, f"Waited {PATIENCE:.0f} s in vain until {what}. {stuck()}"
        time.sleep(0.2)


def stuck() -> list[tuple[str, str, str]]:
    return [(job.kind, job.state, job.error_sentence) for job in Job.objects.exclude(state=Job.State.DONE)]


def worked() -> bool:
    return not Job.objects.live().exclude(queue__in=("mail", "money")).exists()


def test_phones_originals_become_files(site: Visitor, cast: Cast, record_property: Told) -> None:
    until(lambda: answers(site), "the site answers")
    styles = [style for chosen in SHOOTS.values() for style in chosen]
    stock(*styles)
    fund(cast.alice, len(styles))
    for original in SHOOTS:
        site.upload("/selfies/new/", "photograph", f"IMG_0001.{original.container.lower()}", original.file())
    until(worked, "the coach has looked")
    assert not Selfie.objects.filter(identity=None).exists(), list(Selfie.objects.values())
    order(site)
    until(worked, "the previews are made")
    assert_all(Portrait.State.PROVED, len(styles))
    for shoot in Shoot.objects.all():
        ids = [str(row.pk) for row in shoot.portraits.all()]
        site.post(f"{shoot.get_absolute_url()}approve/", {"portrait": ids, "sure": "yes"})
    until(worked, "the full portraits are made")
    assert_all(Portrait.State.DELIVERED, len(styles))
    assert balance(cast.alice) == (0, 0)
    have_copied(site)
    for portrait in Portrait.objects.shown():
        record_property(ENDED, "+".join(fetched(site, portrait)))
    for shoot in Shoot.objects.all():
        archived(site, shoot)


def answers(site: Visitor) -> bool:
    try:
        return bool(site.get("/pricing/"))
    except OSError:
        return False


def assert_all(state: Portrait.State, count: int) -> None:
    found = Portrait.objects.shown()
    assert {(row.state, row.sentence) for row in found} == {(state, "")}
    assert len(found) == count


def order(site: Visitor) -> None:
    """A shoot of every original, in the order in which they were sent."""
    identities = Identity.objects.order_by("selfie__created_at")
    for identity, styles in zip(identities, SHOOTS.values(), strict=True):
        landed = site.post("/shoots/new/", {"identity": str(identity.pk), "style": list(styles)})
        assert landed.startswith("/shoots/"), landed


def have_copied(site: Visitor) -> None:
    """Every kind once, dealt to the portraits."""
    for portrait, kind in zip(Portrait.objects.order_by("shoot", "number"), KINDS, strict=False):
        site.post(f"/portraits/{portrait.pk}/copies/", {"kind": kind})
    until(worked, "the copies are made")
    assert set(Copy.objects.values_list("name", flat=True)) == set(KINDS)
    assert set(Copy.objects.values_list("state", "sentence")) == {(Copy.State.MADE, "")}


def fetched(site: Visitor, portrait: Portrait) -> list[str]:
    """Everything that its owner can download of it, checked."""
    aspect = portrait.recipe.place.aspect
    jpeg = checks.read(site.get(f"/portraits/{portrait.pk}/full.jpg"))
    full = checks.whole(jpeg, aspect)
    assert round(checks.density(jpeg)) == 300
    for small in ("small", "screen", "phone", "preview"):
        assert checks.read(site.get(f"/portraits/{portrait.pk}/{small}.jpg")).width > 200
    names = [str(portrait.version.style_id)]
    for copy in portrait.copies.all():
        checks.copied(copy.name, site.get(f"/portraits/{portrait.pk}/copies/{copy.name}/"), full, exact=False)
        names.append(copy.name)
    return names


def archived(site: Visitor, shoot: Shoot) -> None:
    """The ZIP holds each full portrait as it is downloaded alone."""
    with zipfile.ZipFile(io.BytesIO(site.get(f"{shoot.get_absolute_url()}portraits.zip"))) as archive:
        assert archive.testzip() is None
        kept = [archive.read(name) for name in archive.namelist()]
    portraits = shoot.portraits.order_by("number")
    assert kept == [site.get(f"/portraits/{row.pk}/full.jpg") for row in portraits]
