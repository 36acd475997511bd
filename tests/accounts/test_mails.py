"""Mails say in our words what happened and the one thing to do."""

import re
from pathlib import Path

import pytest
from allauth.account.adapter import get_adapter
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.accounts.door import SECRET, code_in, confirmed, totp_code
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

TEMPLATES = Path(django_settings.BASE_DIR) / "templates"
PREFIXES = sorted(
    str(path.relative_to(TEMPLATES)).removesuffix("_subject.txt") for path in TEMPLATES.rglob("*_subject.txt")
)
CONTEXT = {
    "code": "ABC-DEF",
    "email": "alice@example.org",
    "from_email": "alice@example.org",
    "to_email": "alice@example.com",
    "deleted_email": "alice@example.org",
    "password_reset_url": "http://testserver/reset/",
    "signup_url": "http://testserver/signup/",
    "timestamp": timezone.now(),
    "ip": "192.0.2.1",
    "user_agent": 'Browser "quoted" & more',
}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_mail_has_one_subject_and_a_plain_text(prefix: str) -> None:
    request = RequestFactory().get("/")
    message = get_adapter().render_mail(
        prefix, "a@example.org", {**CONTEXT, "current_site": FakeSite, "request": request}
    )
    assert "PortraitOS" in message.subject
    assert len(message.subject) < 70
    assert message.body.rstrip().endswith("PortraitOS\ntestserver")
    assert not re.search(r"\{[{%]|&(amp|quot|#)|\n\n\n", message.body), message.body
    if "notification" in (TEMPLATES / f"{prefix}_message.txt").read_text():
        assert "192.0.2.1" in message.body
        assert "If that was not you" in message.body


class FakeSite:
    name = domain = "testserver"


def test_signing_up_with_the_code_of_the_mail() -> None:
    client = Client()
    there = client.post("/accounts/signup/", {"email": "Eve@example.org", "password1": PASSWORD})
    assert [one.to for one in mail.outbox] == [["eve@example.org"]]
    code = code_in(str(mail.outbox[0].body))
    assert "_auth_user_id" not in client.session
    wrong = client.post(there["Location"], {"code": "WRONG1"})
    assert "That is not the code" in wrong.content.decode()
    answer = client.post(there["Location"], {"code": code})
    assert (answer.status_code, answer["Location"]) == (302, "/begin/")
    assert "_auth_user_id" in client.session


def test_signing_in_with_a_code_alone(cast: Cast) -> None:
    client = Client()
    there = client.post("/accounts/login/code/", {"email": cast.alice.email})
    client.post(there["Location"], {"code": code_in(str(mail.outbox[0].body))})
    assert client.session["_auth_user_id"] == str(cast.alice.pk)


def test_an_unknown_address_is_told_by_mail_only() -> None:
    Client().post("/accounts/login/code/", {"email": "nobody@example.org"})
    assert mail.outbox[0].subject == "No account with this address at PortraitOS"


def test_changes_are_told(cast: Cast) -> None:
    client = confirmed(cast.alice)
    passwords = {"oldpassword": PASSWORD, "password1": "another battery", "password2": "another battery"}
    client.post("/accounts/password/change/", passwords)
    assert mail.outbox[-1].subject == "Your password at PortraitOS was changed"


@pytest.mark.django_db(transaction=True)
def test_setting_up_the_app_is_told_and_gives_codes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.generate_totp_secret", lambda: SECRET)
    client = confirmed(cast.alice)
    client.get("/accounts/2fa/totp/activate/")
    answer = client.post("/accounts/2fa/totp/activate/", {"code": totp_code()})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    subjects = [one.subject for one in mail.outbox]
    assert "An authenticator app was added to your account at PortraitOS" in subjects
    page = client.get(answer["Location"]).content.decode()
    assert "10 of 10 are left" in page
    saved = client.get("/accounts/2fa/recovery-codes/download/").content.decode()
    assert len(saved.split()) == 10
    assert saved.split()[0] in page


def test_changing_the_address_with_the_code_sent_to_the_new_one(cast: Cast) -> None:
    client = confirmed(cast.alice)
    there = client.post("/accounts/email/", {"email": "alice@example.com", "action_add": ""})
    assert mail.outbox[-1].to == ["alice@example.com"]
    client.post(there["Location"], {"code": code_in(str(mail.outbox[-1].body))})
    cast.alice.refresh_from_db()
    assert cast.alice.email == "alice@example.com"
    told = next(one for one in mail.outbox if one.subject == "Your address at PortraitOS was changed")
    assert told.to == ["alice@example.org"]
    assert "from alice@example.org to alice@example.com" in str(told.body)


def test_a_new_password_through_the_link(cast: Cast) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": cast.alice.email})
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
    assert link
    form = client.get(link[1])["Location"]
    words = {"password1": "another battery", "password2": "another battery"}
    done = client.post(form, words, follow=True)
    assert "Your password is changed" in done.content.decode()
    assert mail.outbox[-1].subject == "Your password at PortraitOS was replaced"
    used = Client().get(link[1])
    assert "This link no longer works" in used.content.decode()
    cast.alice.refresh_from_db()
    assert cast.alice.check_password("another battery")
