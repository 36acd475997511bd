"""After deletion no store holds the face: not its bytes, not its numbers, not even sealed."""

import hashlib
import json
import struct
import zipfile
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import connection, transaction

from accounts import wal
from portraitos_site import privacy as whole
from render.jobs.models import Job
from render.jobs.work import work
from render.pipeline.identity_file import load
from studio import identities, privacy, rest
from studio.age import STATEMENTS, VERSION
from studio.models import Identity, Selfie
from tests.cast import Cast, logged_in
from tests.pipeline import selfies as pictures
from tests.pipeline.files import save
from tests.stores import stores
from tests.studio.sitting import bytes_of, coach, identity_of, nobody, photograph, sent

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]


def traces(identity: Identity) -> dict[str, bytes]:
    """What would give the face away, as it might lie anywhere."""
    selfie, model = rest.read_selfie(identity.selfie), rest.read_model(identity)
    landmarks = load(model).landmarks
    facts = rest.open_facts(identity)
    folder = Path(django_settings.DATA_DIR) / "files"
    middle = slice(2000, 2064)
    return {
        "upload's hash": hashlib.sha256(photograph()).hexdigest().encode(),
        "selfie's hash": hashlib.sha256(selfie).hexdigest().encode(),
        "selfie": selfie[middle],
        "model": model[len(model) // 2 :][:64],  # in the picture's middle: its beginning may be empty
        "landmarks": landmarks.first[100:104].tobytes(),
        "points as text": json.dumps(facts["points"][100:103])[1:-1].encode(),
        "asymmetry": struct.pack("<d", facts["asymmetries"]["chin"]),
        "asymmetry as text": repr(facts["asymmetries"]["chin"]).encode(),
        "sealed facts": bytes(identity.facts)[13:77],
        "sealed outline": bytes(identity.selfie.seen or b"")[13:77],
        "sealed selfie": (folder / identity.selfie.file).read_bytes()[middle],
        "sealed model": (folder / identity.file).read_bytes()[middle],
    }


def found(traces: dict[str, bytes]) -> set[str]:
    """Which of them lie anywhere; a dump of PostgreSQL writes bytes in hex."""
    wal.truncate()
    kept = [content for _, content in stores()]
    return {
        name
        for name, trace in traces.items()
        if any(trace in store or trace.hex().encode() in store for store in kept)
    }


SEALED = {"sealed facts", "sealed outline", "sealed selfie", "sealed model"}


@pytest.mark.dialect
def test_a_deleted_identity_leaves_nothing(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    wanted = traces(identity)
    assert all(len(trace) >= 8 for trace in wanted.values())
    assert found(wanted) == SEALED  # the search finds what is there, and nothing lies there in the open
    logged_in(cast.alice).post(f"/identities/{identity.id}/delete/", {"sure": "yes"})
    assert found(wanted) == set()


@pytest.mark.dialect
def test_the_search_finds_what_was_left_in_the_open(cast: Cast) -> None:
    """The negative control of the plain traces."""
    identity = identity_of(cast.alice)
    wanted = traces(identity)
    Job.objects.update(payload={"points": rest.open_facts(identity)["points"]})
    caches["computed"].set("selfie", rest.read_selfie(identity.selfie))
    assert found(wanted) >= {*SEALED, "selfie", "points as text"} - (
        {"points as text"} if connection.vendor == "postgresql" else set()
    )


def test_leaving_erases_all_of_ones_own_and_nothing_else(cast: Cast) -> None:
    identity, other = identity_of(cast.alice), identity_of(cast.charlie)
    _, refused = sent(cast.alice), sent(cast.alice, nobody())
    coach(refused)
    wanted, theirs = traces(identity), traces(other)
    with transaction.atomic():
        counted = privacy.erase(cast.alice)
        assert found_outside(wanted) >= SEALED  # files go when the transaction has committed
    assert counted == {"selfies": 3, "identities": 1}
    assert found(wanted) == set()
    assert found(theirs) == SEALED
    assert set(Selfie.objects.values_list("pk", flat=True)) == {other.selfie_id}
    assert set(Job.objects.values_list("subject", flat=True)) == {other.selfie_id}
    assert privacy.erase(cast.alice) == {"selfies": 0, "identities": 0}


def found_outside(traces: dict[str, bytes]) -> set[str]:
    files = list(bytes_of(Path(django_settings.DATA_DIR)))
    kept = {name for name, trace in traces.items() if any(trace in store for store in files)}
    return kept | {"sealed facts", "sealed outline"}


def test_a_transaction_that_fails_erases_nothing(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    wanted = traces(identity)

    def half() -> None:
        with transaction.atomic():
            privacy.erase(cast.alice)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert found(wanted) == SEALED
    assert load(rest.read_model(Identity.objects.get())).skin.group


def test_leaving_while_the_coach_looks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Input 29, studio's part."""
    sent(cast.alice)
    job = Job.objects.get()
    keep = identities.prepared

    def leave(**what: Selfie) -> Identity:
        with transaction.atomic():
            privacy.erase(cast.alice)
        return keep(**what)

    monkeypatch.setattr(identities, "prepared", leave)
    work(str(job.id))
    assert not Job.objects.exists()
    assert not Selfie.objects.exists()
    assert list(bytes_of(Path(django_settings.DATA_DIR) / "files")) == []


def test_the_export_holds_identities_and_photographs_alone(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    alone = sent(cast.alice, save(pictures.picture(pictures.CLOSE), "PNG"))
    identity_of(cast.charlie)
    exported = dict(privacy.export(cast.alice))
    assert sorted(exported) == [
        "identities/1/facts.json",
        "identities/1/model.npz",
        "identities/1/selfie.jpg",
        "selfies/1.jpg",
        "selfies/1.json",
    ]
    assert exported["identities/1/selfie.jpg"] == rest.read_selfie(identity.selfie)
    assert exported["selfies/1.jpg"] == rest.read_selfie(alone)
    for selfie, told in (
        (identity.selfie, json.loads(exported["identities/1/facts.json"])),
        (alone, json.loads(exported["selfies/1.json"])),
    ):
        assert selfie.stated_at is not None
        assert (told["statement"], told["statement_version"], told["stated_at"]) == (
            STATEMENTS[VERSION],
            VERSION,
            selfie.stated_at.isoformat(),
        )


def test_jobs_hold_ids_only(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    job = Job.objects.get()
    assert (job.payload, job.result) == ({}, {"identity": str(identity.id)})


def test_an_erased_account_takes_its_faces_with_it(cast: Cast) -> None:
    """The whole way: export, then erase, through every app."""
    identity = identity_of(cast.alice)
    wanted = traces(identity)
    with zipfile.ZipFile(whole.export(user=cast.alice)) as archive:
        assert archive.read("identities/1/selfie.jpg") == rest.read_selfie(identity.selfie)
        assert "account.json" in archive.namelist()
    receipt = whole.erase_account(user=cast.alice, address="")
    assert (receipt.counts["identities"], receipt.counts["selfies"]) == (1, 1)
    assert found(wanted) == set()


def test_consent_withdrawn_erases_faces_and_keeps_the_account(cast: Cast) -> None:
    wanted = traces(identity_of(cast.alice))
    whole.withdraw_consent(user=cast.alice, address="")
    assert found(wanted) == set()
    cast.alice.refresh_from_db()
    assert cast.alice.is_active
    assert logged_in(cast.alice).get("/selfies/new/").status_code == 302
