"""Input 28: every view, asked by everybody."""

import uuid

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from studio import rest
from studio.age import STATEMENTS, VERSION
from studio.models import Identity, Selfie
from tests.accounts.door import confirmed, own_app, signed_in
from tests.cast import Cast, logged_in
from tests.studio.sitting import BAD_ID, identity_of, sent

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

SELFIE = {
    "/selfies/{}/": "get",
    "/selfies/{}/picture.jpg": "get",
    "/selfies/{}/text/": "post",
    "/selfies/{}/again/": "post",
    "/selfies/{}/delete/": "post",
}
IDENTITY = {
    "/identities/{}/": "get",
    "/identities/{}/name/": "post",
    "/identities/{}/export.zip": "get",
    "/identities/{}/delete/": "get",
}
LISTS = {"/selfies/new/": "get", "/identities/": "get"}
EVERYTHING = {**SELFIE, **IDENTITY}


def ask(client: Client, address: str, method: str, pk: uuid.UUID) -> int:
    return int(getattr(client, method)(address.format(pk)).status_code)


def of(identity: Identity, address: str) -> uuid.UUID:
    return identity.selfie_id if address in SELFIE else identity.id


def test_everybody_is_answered_as_they_should_be(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    alice, charlie, bob, dora = map(confirmed, (cast.alice, cast.charlie, cast.bob, cast.dora))
    for address, method in EVERYTHING.items():
        pk = of(identity, address)
        assert ask(charlie, address, method, pk) == 404, address
        assert ask(bob, address, method, pk) == 403, address
        assert ask(dora, address, method, pk) == (200 if "picture" in address else 403), address
        assert ask(alice, address, method, BAD_ID) == 404, address
        assert ask(bob, address, method, BAD_ID) == 404, address
        assert alice.get(address.format("not-an-id")).status_code == 404, address
        wrong = "delete" if method == "get" or "name" in address else "get"
        assert ask(alice, address, wrong, pk) == 405, address
        anonymous = getattr(Client(), method)(address.format(pk))
        assert anonymous.status_code == 302
        assert anonymous["Location"].startswith("/accounts/login/?next="), address
    for address, method in IDENTITY.items():
        expected = {"/identities/{}/name/": 422}.get(address, 200)
        assert ask(alice, address, method, identity.id) == expected, address
    for address, method in SELFIE.items():
        assert ask(alice, address, method, identity.selfie_id) == (200 if method == "get" else 302), address


@pytest.mark.parametrize("address", LISTS)
def test_pages_without_an_id(cast: Cast, address: str) -> None:
    assert logged_in(cast.alice).get(address).status_code == 200
    assert logged_in(cast.alice).delete(address).status_code == 405
    anonymous = Client().get(address)
    assert (anonymous.status_code, anonymous["Location"]) == (302, f"/accounts/login/?next={address}")


def test_a_list_shows_nobody_else(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    assert str(identity.id) in logged_in(cast.alice).get("/identities/").content.decode()
    assert str(identity.id) not in logged_in(cast.charlie).get("/identities/").content.decode()


@pytest.mark.parametrize("address", ["/selfies/{}/", "/selfies/{}/picture.jpg", "/identities/{}/export.zip"])
def test_faces_are_not_kept_on_the_way(cast: Cast, address: str) -> None:
    identity = identity_of(cast.alice)
    answer = confirmed(cast.alice).get(address.format(of(identity, address)))
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Content-Type-Options"] == "nosniff"
    refused = logged_in(cast.charlie).get(address.format(of(identity, address)))
    assert b"\xff\xd8" not in refused.content


def test_a_moderators_look_is_a_row_of_the_audit_log(cast: Cast) -> None:
    selfie = sent(cast.alice)
    answer = logged_in(cast.dora).get(f"/selfies/{selfie.id}/picture.jpg")
    assert answer.content == rest.read_selfie(selfie)
    entry = LogEntry.objects.get(action=LogEntry.Action.ACCESS)
    assert (entry.actor, entry.object_pk) == (cast.dora, str(selfie.id))
    logged_in(cast.alice).get(f"/selfies/{selfie.id}/picture.jpg")
    logged_in(cast.bob).get(f"/selfies/{selfie.id}/picture.jpg")
    assert LogEntry.objects.filter(action=LogEntry.Action.ACCESS).count() == 1


def test_moderators_may_see_faces_and_support_may_not(cast: Cast) -> None:
    def of_studio(name: str) -> set[str]:
        found = Group.objects.get(name=name).permissions.filter(content_type__app_label="studio")
        return set(found.values_list("codename", flat=True))

    assert {"see_face", "view_selfie", "view_identity"} <= of_studio("moderators")
    assert of_studio("support") & {"see_face", "view_selfie", "view_identity"} == set()


def admin_client(user: User) -> Client:
    own_app(user)
    return signed_in(user)


def test_the_admin_shows_that_they_are_there_and_not_what_they_hold(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    dora, bob = admin_client(cast.dora), admin_client(cast.bob)
    for kind, row in (("selfie", identity.selfie), ("identity", identity)):
        address = f"/admin/studio/{kind}/"
        assert str(row.pk) in dora.get(address).content.decode()
        page = dora.get(f"{address}{row.pk}/change/")
        assert page.status_code == 200
        assert "seen" not in page.content.decode()
        assert "facts" not in page.content.decode()
        assert dora.post(f"{address}{row.pk}/change/", {}).status_code == 403
        assert dora.get(f"{address}{row.pk}/delete/").status_code == 403
        assert dora.get(f"{address}add/").status_code == 403
        assert bob.get(address).status_code == 403
        assert bob.get(f"{address}{row.pk}/change/").status_code == 403
    shown = dora.get(f"/admin/studio/selfie/{identity.selfie_id}/change/").content.decode()
    assert f"“{STATEMENTS[VERSION]}” (text of version {VERSION})" in shown
    assert f"/selfies/{identity.selfie_id}/picture.jpg" in shown


def test_the_admin_says_of_old_photographs_that_nothing_was_stated(cast: Cast) -> None:
    old = Selfie.objects.create(owner=cast.alice, width=600, height=600)
    page = admin_client(cast.dora).get(f"/admin/studio/selfie/{old.pk}/change/").content.decode()
    assert "Sent before this was asked." in page


def test_the_admins_list_asks_as_often_for_many_as_for_one(cast: Cast) -> None:
    dora = admin_client(cast.dora)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert dora.get("/admin/studio/selfie/").status_code == 200
        return len(captured)

    Selfie.objects.create(owner=cast.alice, width=600, height=600)
    dora.get("/admin/studio/selfie/")
    one = queries()
    for number in range(20):
        owner = cast.charlie if number % 2 else cast.alice
        Selfie.objects.create(owner=owner, width=600, height=600)
    assert queries() == one


def test_the_answer_must_be_one_of_three(cast: Cast) -> None:
    selfie = sent(cast.alice)
    logged_in(cast.alice).post(f"/selfies/{selfie.id}/text/", {"text": "perhaps"})
    assert Selfie.objects.get().text == ""
