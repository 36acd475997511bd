"""The coach's answer, from the row to the page; the worker is played by the test."""

import re
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from render.jobs.lease import Lease
from render.jobs.models import Job
from render.jobs.queue import cancel
from render.jobs.work import work
from render.pipeline import errors, run
from render.pipeline.contract import Code
from render.pipeline.stage import Stage
from studio import coach as handler
from studio import identities, measured, orphans, rest, selfies
from studio.models import Identity, Selfie
from tests.cast import Cast, logged_in
from tests.pipeline import selfies as pictures
from tests.pipeline.files import save
from tests.studio.sitting import coach, files, identity_of, nobody, photograph, sent

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]


@pytest.mark.dialect
def test_a_face_that_passes_becomes_an_identity(cast: Cast) -> None:
    selfie = sent(cast.alice)
    job = coach(selfie)
    identity = Identity.objects.get(selfie=selfie)
    assert (selfie.verdict, job.state) == (Selfie.Verdict.PASSED, Job.State.DONE)
    assert (identity.name, identity.version, identity.engine) == ("Me", 1, measured.engine())
    assert job.result == {"identity": str(identity.id)}
    assert job.payload == {}
    (outline,) = rest.open_facts(selfie)["outlines"]
    assert 12 < len(outline) <= 36
    assert len(rest.open_facts(identity)["points"]) == 478
    page = logged_in(cast.alice).get(f"/selfies/{selfie.id}/").content.decode()
    assert "This will make good portraits." in page
    assert "<polygon" in page
    assert f"/identities/{identity.id}/" in page
    assert "hx-get" not in page


def test_nobody_in_the_picture_is_one_sentence_and_one_fix(cast: Cast) -> None:
    selfie = sent(cast.alice, nobody())
    assert coach(selfie).result == {"refused": "no_face"}
    assert (selfie.verdict, selfie.code) == (Selfie.Verdict.REFUSED, "no_face")
    page = logged_in(cast.alice).get(f"/selfies/{selfie.id}/").content.decode()
    assert errors.NoFace.sentence in page
    assert errors.NoFace.fix in page
    assert "<polygon" not in page
    assert not Identity.objects.exists()


def dark() -> Code:
    return pictures.exposed(pictures.picture(pictures.CLOSE), 0.02)


def two() -> Code:
    return pictures.beside(pictures.picture(pictures.CLOSE), pictures.picture(pictures.CLOSE))


@pytest.mark.parametrize(
    ("code", "reason", "faces"), [(dark(), errors.TooDark, 1), (two(), errors.SeveralFaces, 2)]
)
def test_a_refusal_outlines_the_faces(
    cast: Cast, code: Code, reason: type[errors.Refused], faces: int
) -> None:
    selfie = sent(cast.alice, save(code, "JPEG"))
    coach(selfie)
    assert selfie.code == reason.code
    page = logged_in(cast.alice).get(f"/selfies/{selfie.id}/").content.decode()
    assert page.count("<polygon") == faces
    assert reason.sentence in page


def test_a_small_face_passes_with_a_warning(cast: Cast) -> None:
    selfie = sent(cast.alice, save(pictures.picture(pictures.ASTRONAUT), "PNG"))
    coach(selfie)
    page = logged_in(cast.alice).get(f"/selfies/{selfie.id}/").content.decode()
    assert "This will make good portraits." in page
    assert "too few for true 8K" in page


def test_the_page_tells_the_place_in_the_line_and_then_the_stage(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sent(cast.alice), sent(cast.alice)
    client = logged_in(cast.alice)
    told: list[str] = []

    def page(selfie: Selfie) -> str:
        return client.get(f"/selfies/{selfie.id}/", headers={"HX-Request": "true"}).content.decode()

    assert "Waiting, 1 before you." in page(second)
    assert "Next in line." in page(first)
    report = handler.report

    def listen(lease: Lease, stage: Stage) -> None:
        report(lease, stage)
        told.append(page(first))

    monkeypatch.setattr(handler, "report", listen)
    coach(first)
    words = ("Reading the photograph.", "Looking for your face.", "Measuring your face", "Sealing")
    for word in words:
        assert any(word in page for page in told), word
    assert all("hx-get" in page for page in told)
    assert all("%" in page for page in told)


def test_a_poll_that_knows_everything_is_answered_in_nothing(cast: Cast) -> None:
    selfie = sent(cast.alice)
    client = logged_in(cast.alice)
    fragment = client.get(f"/selfies/{selfie.id}/", headers={"HX-Request": "true"})
    known = fragment.content.decode().split("known=")[1].split('"')[0]
    again = client.get(f"/selfies/{selfie.id}/?known={known}", headers={"HX-Request": "true"})
    assert (fragment.status_code, again.status_code, again.content) == (200, 204, b"")
    coach(selfie)
    after = client.get(f"/selfies/{selfie.id}/?known={known}", headers={"HX-Request": "true"})
    assert after.status_code == 200
    assert 'hx-swap-oob="true"' in after.content.decode()


def test_without_a_script_the_page_comes_again_by_itself(cast: Cast) -> None:
    selfie = sent(cast.alice)
    client = logged_in(cast.alice)
    assert 'http-equiv="refresh"' in client.get(f"/selfies/{selfie.id}/").content.decode()
    coach(selfie)
    assert 'http-equiv="refresh"' not in client.get(f"/selfies/{selfie.id}/").content.decode()


def test_a_worker_that_breaks_leaves_a_way_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = sent(cast.alice)
    with monkeypatch.context() as patched:
        patched.setattr(run, "look", lambda *a, **k: 1 / 0)
        assert coach(selfie).state == Job.State.FAILED
    client = logged_in(cast.alice)
    assert "Something broke while we worked on this." in client.get(f"/selfies/{selfie.id}/").content.decode()
    client.post(f"/selfies/{selfie.id}/again/")
    assert coach(selfie).state == Job.State.DONE


# The shirt


@pytest.mark.parametrize(("answer", "mirrored"), [("readable", False), ("none", False), ("backward", True)])
def test_the_answer_about_the_shirt_is_kept(cast: Cast, answer: str, mirrored: bool) -> None:
    identity = identity_of(cast.alice)
    client = logged_in(cast.alice)
    before = rest.open_facts(identity)["asymmetries"]["eye height"]
    assert (
        "Is there text in the picture, and can it be read?"
        in client.get(f"/selfies/{identity.selfie_id}/").content.decode()
    )
    client.post(f"/selfies/{identity.selfie_id}/text/", {"text": answer})
    coach(identity.selfie)
    identity = Identity.objects.select_related("owner", "selfie").get(pk=identity.pk)
    assert (identity.selfie.text, identity.mirrored, identity.version) == (answer, mirrored, 1 + mirrored)
    after = rest.open_facts(identity)["asymmetries"]["eye height"]
    assert after == pytest.approx(-before if mirrored else before, abs=0.004)
    assert "Is there text" not in client.get(f"/selfies/{identity.selfie_id}/").content.decode()
    assert len(files()) == 2


def test_an_answer_in_the_middle_of_the_look_is_not_lost(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = sent(cast.alice)
    report = handler.report

    def answer(lease: Lease, stage: Stage) -> None:
        report(lease, stage)
        if stage == Stage.MODEL:
            monkeypatch.setattr(handler, "report", report)
            Selfie.objects.filter(pk=selfie.pk).update(text="backward")

    monkeypatch.setattr(handler, "report", answer)
    coach(selfie)
    identity = Identity.objects.get(selfie=selfie)
    assert (identity.mirrored, identity.version) == (True, 2)


def test_a_lens_on_the_back_is_not_asked_about_mirrors(cast: Cast) -> None:
    selfie = sent(cast.alice)
    assert selfie.possibly_mirrored
    Selfie.objects.filter(pk=selfie.pk).update(rear_camera=True)
    coach(selfie)
    assert "Is there text" not in logged_in(cast.alice).get(f"/selfies/{selfie.id}/").content.decode()


def test_the_answer_is_corrected_on_the_identitys_page_and_turns_the_picture(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    client = logged_in(cast.alice)
    pages = (f"/identities/{identity.id}/", f"/selfies/{identity.selfie_id}/", "/identities/")

    def turned() -> list[bool]:
        found = [client.get(address).content.decode() for address in pages]
        return ["traced turned" in page or 'class="turned"' in page for page in found]

    assert turned() == [False, False, False]
    for answer, mirrored in (("backward", True), ("readable", False)):
        client.post(f"/selfies/{identity.selfie_id}/text/", {"text": answer})
        assert "Your answer turns the photograph." in client.get(pages[0]).content.decode()
        coach(identity.selfie)
        page = client.get(pages[0]).content.decode()
        assert "Your answer turns" not in page
        assert re.search(rf'value="{answer}"\s+required\s+checked', page)
        assert turned() == [mirrored] * 3


def test_a_turned_refusal_is_not_asked_for_ever(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = identity_of(cast.alice)
    monkeypatch.setattr(run, "look", Mock(side_effect=errors.Blurred))
    logged_in(cast.alice).post(f"/selfies/{identity.selfie_id}/text/", {"text": "backward"})
    work(str(Job.objects.live().get().id))
    assert not Job.objects.live().exists()


# Deleted on the way


def test_deletion_stops_the_look_at_its_next_heartbeat(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = sent(cast.alice)
    job = Job.objects.get()
    report = handler.report

    def delete(lease: Lease, stage: Stage) -> None:
        if stage == Stage.STORE:
            monkeypatch.setattr(handler, "report", report)
            logged_in(cast.alice).post(f"/selfies/{selfie.id}/delete/")
        report(lease, stage)

    monkeypatch.setattr(handler, "report", delete)
    work(str(job.id))
    assert not Job.objects.exists()
    assert not Selfie.objects.exists()
    assert not Identity.objects.exists()
    assert files() == []


def test_deletion_between_file_and_row_leaves_no_file(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = sent(cast.alice)
    job = Job.objects.get()
    write = identities.write

    def written(**what: Any) -> str:
        name = write(**what)
        assert default_storage.exists(name)
        logged_in(cast.alice).post(f"/selfies/{selfie.id}/delete/")
        return name

    monkeypatch.setattr(identities, "write", written)
    work(str(job.id))
    assert not Job.objects.exists()
    assert files() == []


def test_a_photograph_that_is_gone_ends_the_job(cast: Cast) -> None:
    sent(cast.alice)
    Selfie.objects.all().delete()
    work(str(Job.objects.get().id))
    assert Job.objects.get().error_code == "gone"
    cancel(job_id=Job.objects.get().id)


# Swept


def test_refused_photographs_are_forgotten_after_a_day(cast: Cast, settings: Settings) -> None:
    refused, passed = sent(cast.alice, nobody()), sent(cast.alice, photograph())
    coach(refused)
    coach(passed)
    long_ago = timezone.now() - timedelta(hours=settings.REFUSED_SELFIE_HOURS + 1)
    assert selfies.discard_refused() == 0
    Selfie.objects.update(answered_at=long_ago)
    assert selfies.discard_refused() == 1
    assert Selfie.objects.get() == passed
    assert len(files()) == 2


def test_files_without_rows_are_deleted_once_they_are_old(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = identity_of(cast.alice)
    for name in ("selfies/00/00000000-0000-0000-0000-000000000001.sealed", identity.file_of(9)):
        default_storage.save(name, ContentFile(b"orphan"))
    assert sum(orphans.discard(drawer) for drawer in range(256)) == 0
    monkeypatch.setattr(orphans, "OLDEST", timedelta(seconds=-1))
    assert sum(orphans.discard(drawer) for drawer in range(256)) == 2
    assert len(files()) == 2
