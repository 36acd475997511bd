"""Blocking: the customer learns why, and whatever let somebody in before is over for good."""

import re

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client

from accounts import blocking
from accounts.models import User
from tests.accounts.door import code_in, confirmed, own_app, signed_in
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.rows, pytest.mark.django_db]
WHY = "Photographs of <somebody else>."


def block(cast: Cast) -> None:
    blocking.block(by=cast.dora, user=cast.alice, reason=WHY)


def unblock(cast: Cast) -> None:
    blocking.unblock(by=cast.dora, user=cast.alice, reason="A mistake of ours.")


def letters(cast: Cast) -> list[str]:
    return [str(letter.body) for letter in sent(cast)]


def sent(cast: Cast) -> list[mail.EmailMessage]:
    """What has been written, sent or in the box."""
    from accounts.models import Letter

    box = [
        mail.EmailMultiAlternatives(
            one.subject, one.text, to=[one.recipient], alternatives=[(one.html, "text/html")]
        )
        for one in Letter.objects.order_by("written_at")
    ]
    return [letter for letter in [*mail.outbox, *box] if letter.to == [cast.alice.email]]


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def enter(cast: Cast, password: str = PASSWORD, email: str = "") -> str:
    form = {"login": email or cast.alice.email, "password": password}
    return Client().post("/accounts/login/", form, follow=True).content.decode()


def test_blocking_needs_a_reason(cast: Cast) -> None:
    with pytest.raises(blocking.NoReason):
        blocking.block(by=cast.dora, user=cast.alice, reason=" \n")
    cast.alice.refresh_from_db()
    assert cast.alice.is_active


def test_the_customer_gets_the_reason_by_mail_and_what_can_be_done(cast: Cast, settings: object) -> None:
    settings.SUPPORT_EMAIL = "support@example.org"  # type: ignore[attr-defined]
    block(cast)
    block(cast)  # nothing new: no second letter
    (letter,) = sent(cast)
    html = str(letter.alternatives[0][0])  # type: ignore[attr-defined]
    assert letter.subject == "Your account at PortraitOS is blocked"
    assert WHY in str(letter.body)
    assert "Photographs of &lt;somebody else&gt;." in html
    for words in ("support@example.org", "your data", "money for unspent credits"):
        assert words in str(letter.body)
        assert words in html
    unblock(cast)
    assert sent(cast)[-1].subject == "Your account is open again"
    assert "A mistake of ours." in letters(cast)[-1]


def test_the_log_says_who_and_why(cast: Cast) -> None:
    block(cast)
    unblock(cast)
    rows = LogEntry.objects.filter(object_id=cast.alice.pk, actor=cast.dora).order_by("pk")
    assert [row.changes for row in rows] == [
        {"is_active": ["True", "False"], "block_reason": ["", WHY]},
        {"is_active": ["False", "True"], "block_reason": [WHY, ""]},
        {"unblock_reason": ["", "A mistake of ours."]},
    ]


def test_only_who_proves_to_be_the_owner_reads_the_reason(cast: Cast) -> None:
    block(cast)
    page = enter(cast)
    assert "This account is blocked" in page
    assert "Photographs of &lt;somebody else&gt;." in page
    wrong, nobody = enter(cast, "not the password"), enter(cast, email="nobody@example.org")
    for refused in (wrong, nobody):
        assert "blocked" not in refused
        assert "do not fit together" in refused
    assert "Photographs" not in Client().get("/accounts/inactive/").content.decode()


def test_a_password_alone_proves_too_little_where_there_is_a_second_step(cast: Cast) -> None:
    own_app(cast.alice)
    block(cast)
    page = enter(cast)
    assert "This account is blocked" in page
    assert "Photographs" not in page


@pytest.mark.parametrize("address", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_who_asks_for_a_code_or_a_link_is_told_by_mail_only(cast: Cast, address: str) -> None:
    block(cast)
    pages = []
    for email in (cast.alice.email, "nobody@example.org"):
        answer = Client().post(address, {"email": email}, follow=True).content.decode()
        pages.append(re.sub(r"nonce-\w+|nonce=\"[^\"]*\"|value=\"\w{64}\"", "", answer).replace(email, ""))
    assert "blocked" not in pages[0]
    assert pages[0] == pages[1]
    assert "This account is blocked" in letters(cast)[-1]
    assert "There is no account" not in letters(cast)[-1]


def test_no_session_of_before_lives_again(cast: Cast) -> None:
    remembered = Client()
    remembered.post("/accounts/login/", {"login": cast.alice.email, "password": PASSWORD, "remember": "on"})
    clients = [signed_in(cast.alice), confirmed(cast.alice), remembered]
    assert all(is_in(client) for client in clients)
    other = signed_in(cast.charlie)
    block(cast)
    assert not any(is_in(client) for client in clients)
    unblock(cast)
    assert not any(is_in(client) for client in clients)
    assert is_in(other)
    assert is_in(signed_in(User.objects.get(pk=cast.alice.pk)))


def test_a_session_that_a_running_request_saves_is_dead_all_the_same(cast: Cast) -> None:
    """The row of a session may come back, from a request that began before: its fingerprint is of before."""
    from django.contrib.sessions.models import Session

    client = signed_in(cast.alice)
    row = Session.objects.get(session_key=client.session.session_key)
    block(cast)
    unblock(cast)
    row.save(force_insert=True)
    assert not is_in(client)


def test_a_sign_in_that_ends_during_the_blocking_is_dead_afterwards(cast: Cast) -> None:
    block(cast)
    client = Client()
    client.force_login(User.objects.get(pk=cast.alice.pk))
    assert not is_in(client)
    unblock(cast)
    assert not is_in(client)


def test_a_pending_code_is_dead(cast: Cast) -> None:
    client = Client()
    client.post("/accounts/login/code/", {"email": cast.alice.email})
    code = code_in(letters(cast)[-1])
    block(cast)
    unblock(cast)
    client.post("/accounts/login/code/confirm/", {"code": code}, follow=True)
    assert not is_in(client)


def test_a_sign_in_before_its_second_step_is_dead(cast: Cast) -> None:
    from tests.accounts.door import totp_code

    own_app(cast.alice)
    client = Client()
    client.post("/accounts/login/", {"login": cast.alice.email, "password": PASSWORD})
    block(cast)
    unblock(cast)
    client.post("/accounts/2fa/authenticate/", {"code": totp_code()}, follow=True)
    assert not is_in(client)


def test_a_link_to_a_new_password_is_dead(cast: Cast) -> None:
    Client().post("/accounts/password/reset/", {"email": cast.alice.email})
    (link,) = re.findall(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", letters(cast)[-1])
    assert "no longer works" not in Client().get(link, follow=True).content.decode()
    block(cast)
    unblock(cast)
    assert "no longer works" in Client().get(link, follow=True).content.decode()


def test_a_password_that_changes_elsewhere_ends_the_other_sessions(cast: Cast) -> None:
    here, there = confirmed(cast.alice), signed_in(cast.alice)
    new = "an entirely other phrase"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert is_in(here)
    assert not is_in(there)


def test_staff_that_is_no_longer_staff_is_out_of_the_admin_at_once(cast: Cast) -> None:
    own_app(cast.bob)
    client = signed_in(cast.bob)
    assert client.get("/admin/").status_code == 200
    User.objects.filter(pk=cast.bob.pk).update(is_staff=False)
    assert client.get("/admin/").status_code == 302
    assert is_in(client)
