"""Identities: shown, named, measured again, exported, erased."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import vault
from accounts.models import Receipt
from render.jobs.models import Job
from render.jobs.work import work
from render.pipeline import errors, run
from render.pipeline.faces.mediapipe import MediaPipeDetector
from render.pipeline.identity_file import load
from studio import identities, measured, rest
from studio.models import Identity, Selfie
from tests.accounts.door import confirmed
from tests.cast import Cast, logged_in
from tests.studio.sitting import coach, files, identity_of, photograph, sent

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]


def test_the_page_shows_points_words_and_versions(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    page = logged_in(cast.alice).get(f"/identities/{identity.id}/").content.decode()
    facts = rest.open_facts(identity)
    assert page.count("h0M") == 477
    for asymmetry in measured.asymmetries(facts):
        assert asymmetry.sentence in page
    assert "Millimeters for pupils 63 mm apart" in page
    assert facts["skin"]["group"].capitalize() in page
    assert MediaPipeDetector.version in page
    assert "Version" in page
    assert "its light and its exposure move these numbers" in page
    assert page.index("Choose styles") < page.index("Delete …")


@pytest.mark.parametrize(
    ("feature", "share", "sentence"),
    [
        ("eye height", 0.02, "Your left eye sits 1.3 mm higher than the other."),
        ("eye height", -0.02, "Your right eye sits 1.3 mm higher than the other."),
        ("chin", -0.05, "Your chin lies 3.2 mm to your right."),
        ("jaw width", 0.03, "Your jaw reaches 1.9 mm farther to your left."),
        ("brow height", 0.001, measured.LEVEL),
    ],
)
def test_asymmetries_are_told_in_words_and_millimeters(feature: str, share: float, sentence: str) -> None:
    (told,) = measured.asymmetries({"noise": 0.002, "asymmetries": {feature: share}})
    assert told.sentence.startswith(sentence)
    assert told.millimeters == pytest.approx(63 * share)


def test_what_a_turned_head_hides_is_not_told_in_millimeters() -> None:
    told = measured.asymmetries({"noise": 0.002, "asymmetries": {"chin": None, "eye height": 0.02}})
    assert [one.feature for one in told] == ["eye height", "chin"]
    assert told[1].sentence == measured.TURNED
    assert told[1].millimeters is None


def test_the_points_lie_on_the_photograph_as_it_was_sent(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    facts = rest.open_facts(identity)
    model = load(rest.read_model(identity))
    assert model.axis is not None
    across = (model.landmarks.points[:, 0] - model.axis[0]) / model.reduction + identity.selfie.width / 2
    down = (model.landmarks.points[:, 1] - model.axis[1]) / model.reduction + identity.selfie.height / 2
    shares = np.column_stack([across / identity.selfie.width, down / identity.selfie.height])
    assert np.abs(shares - np.array(facts["points"])).max() < 1e-4


def test_several_are_kept_under_names_of_their_own(cast: Cast) -> None:
    first, second = identity_of(cast.alice), identity_of(cast.alice)
    assert (first.name, second.name) == ("Me", "Me 2")
    assert identity_of(cast.charlie).name == "Me"
    client = logged_in(cast.alice)
    page = client.get("/identities/").content.decode()
    assert f"/identities/{first.id}/" in page
    assert f"/identities/{second.id}/" in page
    assert client.post(f"/identities/{second.id}/name/", {"name": "  At  work "}).status_code == 302
    second.refresh_from_db()
    assert second.name == "At work"
    taken = client.post(f"/identities/{second.id}/name/", {"name": "Me"})
    assert taken.status_code == 422
    assert "You have an identity of that name already. Choose another name." in taken.content.decode()
    for nothing in ("", "   "):
        assert client.post(f"/identities/{second.id}/name/", {"name": nothing}).status_code == 422
    second.refresh_from_db()
    assert second.name == "At work"


def test_a_name_that_is_too_long_is_refused_and_not_cut(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    client = logged_in(cast.alice)
    address = f"/identities/{identity.id}/name/"
    assert "autofocus" not in client.get(f"/identities/{identity.id}/").content.decode()
    refused = client.post(address, {"name": "x" * 61})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "This name has 61 letters, and that is too long. Choose one of up to 60 letters." in page
    assert 'autofocus aria-invalid="true" aria-describedby="name-fault"' in page
    assert f'value="{"x" * 61}"' in page
    assert "maxlength" not in page
    again = client.get(address)
    assert (again.status_code, again["Location"]) == (302, f"/identities/{identity.id}/")
    assert client.post(address, {"name": "x" * 60}).status_code == 302
    identity.refresh_from_db()
    assert identity.name == "x" * 60


@pytest.mark.dialect
def test_the_database_keeps_the_facts_straight(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    for wrong in ({"name": ""}, {"version": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Identity.objects.filter(pk=identity.pk).update(**wrong)
    for wrong in ({"code": "dark"}, {"verdict": "refused"}, {"verdict": "waiting"}, {"width": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Selfie.objects.filter(pk=identity.selfie_id).update(**wrong)


def test_what_is_stored_opens_only_in_its_place(cast: Cast) -> None:
    first, second = identity_of(cast.alice), identity_of(cast.alice)
    Identity.objects.filter(pk=second.pk).update(facts=first.facts)
    with pytest.raises(vault.DoesNotOpen):
        rest.open_facts(Identity.objects.get(pk=second.pk))
    folder = next(path for path in files()[0].parents if path.name == "files")
    (folder / second.file).write_bytes((folder / first.file).read_bytes())
    with pytest.raises(vault.DoesNotOpen):
        rest.read_model(second)
    assert load(rest.read_model(first)).skin.group


def test_pages_ask_as_often_for_many_as_for_one(cast: Cast) -> None:
    client = logged_in(cast.alice)
    identity = identity_of(cast.alice)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    addresses = (
        "/identities/",
        "/selfies/new/",
        f"/identities/{identity.id}/",
        f"/selfies/{identity.selfie_id}/",
    )
    Selfie.objects.create(owner=cast.alice, width=600, height=600)
    client.get("/identities/")  # the first request of a session writes it down
    one = [queries(address) for address in addresses]
    for number in range(20):
        selfie = Selfie.objects.create(owner=cast.alice, width=600, height=600)
        if number % 2:
            Identity.objects.create(
                owner=cast.alice, selfie=selfie, name=f"No. {number}", engine="old", facts=b""
            )
    refusal = {"verdict": "refused", "code": "no_face", "answered_at": timezone.now()}
    Selfie.objects.filter(pk__in=Selfie.objects.filter(identity=None)[:5]).update(**refusal)
    assert [queries(address) for address in addresses] == one
    assert max(one) < 12


# Measured again


def test_a_new_engine_measures_everything_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = identity_of(cast.alice)
    call_command("recompute_identities")
    assert not Job.objects.live().exists()
    monkeypatch.setattr(measured, "engine", lambda: "a newer one")
    call_command("recompute_identities")
    call_command("recompute_identities")
    assert Job.objects.live().count() == 1
    old = identity.file
    coach(identity.selfie)
    identity.refresh_from_db()
    assert (identity.version, identity.engine, identity.name) == (2, "a newer one", "Me")
    assert load(rest.read_model(identity)).skin.group
    assert not [path for path in files() if str(path).endswith(old)]
    call_command("recompute_identities")
    assert not Job.objects.live().exists()


def test_a_stricter_coach_takes_nothing_away(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = identity_of(cast.alice)
    before = (identity.version, rest.open_facts(identity))

    def refuse(*photograph: object, **rest: object) -> None:
        raise errors.Blurred

    monkeypatch.setattr(measured, "engine", lambda: "a newer one")
    monkeypatch.setattr(run, "look", refuse)
    call_command("recompute_identities")
    assert coach(identity.selfie).result == {"refused": "blurred"}
    identity.refresh_from_db()
    assert (identity.version, rest.open_facts(identity)) == before
    assert identity.selfie.verdict == Selfie.Verdict.PASSED


def test_deletion_while_it_is_measured_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = identity_of(cast.alice)
    monkeypatch.setattr(measured, "engine", lambda: "a newer one")
    call_command("recompute_identities")
    write = identities.write

    def written(**what: Any) -> str:
        name = write(**what)
        logged_in(cast.alice).post(f"/identities/{identity.id}/delete/", {"sure": "yes"})
        return name

    monkeypatch.setattr(identities, "write", written)
    selfie = identity.selfie
    job = Job.objects.live().get()
    work(str(job.id))
    assert files() == []
    assert not Job.objects.filter(pk=job.pk).exists()
    assert not Selfie.objects.filter(pk=selfie.pk).exists()


# Taken away


def test_the_export_holds_everything(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    path = f"/identities/{identity.id}/export.zip"
    asked = logged_in(cast.alice).get(path)  # the photograph itself is in it: a session alone does not get it
    assert asked["Location"].startswith("/accounts/reauthenticate/?next=%2Fidentities%2F")
    answer = confirmed(cast.alice).get(path)
    assert answer["Content-Disposition"] == 'attachment; filename="portraitos-me.zip"'
    assert answer["Cache-Control"] == "no-store, private"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["facts.json", "model.npz", "selfie.jpg"]
        assert archive.read("selfie.jpg") == rest.read_selfie(identity.selfie)
        assert load(archive.read("model.npz")).versions
        facts = json.loads(archive.read("facts.json"))
    assert facts["name"] == "Me"
    assert len(facts["measured"]["points"]) == 478
    assert set(facts["measured"]["asymmetries"]) == set(measured.SENTENCES)


def test_deletion_asks_first(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    client = logged_in(cast.alice)
    address = f"/identities/{identity.id}/delete/"
    assert "Delete “Me”" in client.get(address).content.decode()
    unsure = client.post(address)
    assert (unsure.status_code, len(files())) == (400, 2)
    assert "Nothing is deleted yet. Tick the box if you are sure." in unsure.content.decode()
    gone = client.post(address, {"sure": "yes"}, follow=True)
    assert "one identity and the photograph that it was measured from." in gone.content.decode()
    assert '<a href="/identities/">Back to your identities</a>' in gone.content.decode()
    assert Receipt.objects.get().counts == {"identities": 1, "selfies": 1}
    assert files() == []
    assert not Selfie.objects.exists()
    assert client.get(f"/identities/{identity.id}/").status_code == 404


def test_a_photograph_with_an_identity_is_deleted_as_an_identity(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    answer = logged_in(cast.alice).post(f"/selfies/{identity.selfie_id}/delete/")
    assert answer["Location"] == f"/identities/{identity.id}/delete/"
    assert Identity.objects.exists()


def test_a_photograph_without_one_is_deleted_at_once(cast: Cast) -> None:
    selfie = sent(cast.alice, photograph())
    assert logged_in(cast.alice).post(f"/selfies/{selfie.id}/delete/")["Location"] == "/selfies/new/"
    assert files() == []
    assert not Job.objects.exists()
