"""The admin: staff with a second step, each group with its rights and no more."""

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import blocking
from accounts.looks import record_look
from accounts.models import User
from tests.accounts.door import own_app, signed_in
from tests.cast import Cast, logged_in, person

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

USERS = "/admin/accounts/user/"


def staff(user: User) -> Client:
    own_app(user)
    return signed_in(user)


def test_groups_hold_exactly_their_rights() -> None:
    rights = {
        group.name: set(
            group.permissions.filter(content_type__app_label="accounts").values_list("codename", flat=True)
        )
        for group in Group.objects.all()
    }
    assert rights == {"support": {"view_user"}, "moderators": {"view_user", "block_user"}}


def test_the_admin_is_behind_our_own_sign_in(client: Client, cast: Cast) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    assert "wordmark" in answer.content.decode()
    assert logged_in(cast.alice).get("/admin/", follow=True).status_code == 403
    assert logged_in(cast.alice).get(USERS, follow=True).status_code == 403


def test_staff_without_a_second_step_are_led_to_it(cast: Cast) -> None:
    answer = signed_in(cast.bob).get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/2fa/"
    assert "The admin opens once your account has a second step" in answer.content.decode()


def test_with_it_they_get_in(cast: Cast) -> None:
    client = staff(cast.bob)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/login/")["Location"] == "/admin/"


def test_support_finds_a_customer_and_changes_nothing(cast: Cast) -> None:
    client = staff(cast.bob)
    found = client.get(USERS, {"q": "ALICE@"}).content.decode()
    assert cast.alice.email in found
    assert cast.charlie.email not in found
    one = client.get(f"{USERS}{cast.alice.pk}/change/").content.decode()
    assert cast.alice.password not in one
    assert 'name="_save"' not in one
    assert "Block the chosen" not in found
    assert client.post(f"{USERS}{cast.alice.pk}/change/", {"is_staff": "on"}).status_code == 403
    client.post(USERS, {"action": "block", "_selected_action": [cast.alice.pk]})
    cast.alice.refresh_from_db()
    assert cast.alice.is_active
    for path in ("/admin/accounts/consent/", "/admin/auditlog/logentry/", f"{USERS}add/"):
        assert client.get(path).status_code == 403


def test_a_moderator_blocks_and_unblocks(cast: Cast) -> None:
    client, alice = staff(cast.dora), logged_in(cast.alice)
    assert alice.get("/account/").status_code == 200
    chosen = {"_selected_action": [cast.alice.pk]}
    form = client.post(USERS, {"action": "block", **chosen})
    assert "The customer gets it by mail" in form.content.decode()
    assert client.post(USERS, {"action": "block", "reason": " ", **chosen}).status_code == 400
    assert User.objects.get(pk=cast.alice.pk).is_active
    client.post(USERS, {"action": "block", "reason": "Stolen cards.", **chosen})
    cast.alice.refresh_from_db()
    assert not cast.alice.is_active
    assert alice.get("/account/").status_code == 302  # at once, in the session that was open
    row = LogEntry.objects.filter(object_id=cast.alice.pk, actor=cast.dora).latest("timestamp")
    assert row.changes == {"is_active": ["True", "False"], "block_reason": ["", "Stolen cards."]}
    client.post(USERS, {"action": "unblock", "reason": "A mistake of ours.", **chosen})
    rows = LogEntry.objects.filter(object_id=cast.alice.pk, actor=cast.dora)
    assert {"unblock_reason": ["", "A mistake of ours."]} in [row.changes for row in rows]
    cast.alice.refresh_from_db()
    assert cast.alice.is_active


def test_a_moderator_blocks_no_staff_and_not_herself(cast: Cast) -> None:
    client = staff(cast.dora)
    answer = client.post(
        USERS,
        {"action": "block", "reason": "No.", "_selected_action": [cast.bob.pk, cast.dora.pk]},
        follow=True,
    )
    assert answer.content.decode().count("is not blocked") == 2
    assert User.objects.filter(is_active=True).count() == 4
    root = person("root@example.org", staff=True)
    root.is_superuser = True
    root.save()
    blocking.block(by=root, user=cast.bob, reason="Stolen cards.")
    assert not User.objects.get(pk=cast.bob.pk).is_active
    with pytest.raises(blocking.NotYours):
        blocking.block(by=root, user=root, reason="Stolen cards.")


@pytest.mark.dialect
def test_an_erased_account_stays_closed(cast: Cast) -> None:
    User.objects.filter(pk=cast.alice.pk).update(is_active=False, erased_at=timezone.now())
    with pytest.raises(blocking.Erased):
        blocking.unblock(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    with pytest.raises(IntegrityError, match="user_erased_is_inactive"), transaction.atomic():
        User.objects.filter(pk=cast.alice.pk).update(is_active=True)


def test_a_superuser_sees_consents_and_changes_none(cast: Cast) -> None:
    cast.bob.is_superuser = True
    cast.bob.save()
    client = staff(cast.bob)
    consent = cast.alice.consents.get()
    assert client.get("/admin/accounts/consent/", {"q": "alice"}).status_code == 200
    page = client.get(f"/admin/accounts/consent/{consent.pk}/change/").content.decode()
    assert 'name="_save"' not in page
    assert client.post(f"/admin/accounts/consent/{consent.pk}/change/", {}).status_code == 403
    assert client.get(f"/admin/accounts/consent/{consent.pk}/delete/").status_code == 403
    assert client.get(f"{USERS}{cast.alice.pk}/delete/").status_code == 403


def test_the_log_keeps_no_password_and_a_look_is_a_row_without_a_name(cast: Cast) -> None:
    cast.alice.set_password("another one")
    cast.alice.is_staff = True
    cast.alice.save()
    row = LogEntry.objects.filter(object_id=cast.alice.pk).latest("timestamp")
    assert set(row.changes) == {"is_staff"}
    seen = cast.alice.consents.get()
    look = record_look(cast.dora, seen)
    assert (look.actor, look.action, look.object_pk) == (cast.dora, LogEntry.Action.ACCESS, str(seen.pk))
    assert cast.alice.email not in f"{look.object_repr} {look.changes} {look.additional_data}"


def test_the_list_of_users_asks_the_same_whatever_its_length(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = staff(cast.bob)
    counts = []
    for more in (0, 20):
        for number in range(more):
            User.objects.create_user(f"customer{number}@example.org")
        with CaptureQueriesContext(connection) as seen:
            client.get(USERS)
        counts.append(len(seen))
    assert counts[0] == counts[1]
