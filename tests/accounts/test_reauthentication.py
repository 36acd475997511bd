"""A session alone changes no credential and takes no face away: it is asked who it is, and lately."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, get_resolver, reverse
from django_htmx.middleware import HtmxDetails

from accounts import reauthentication
from accounts.models import User
from accounts.reauthentication import ASKING, ASKING_WHEN_SENT
from tests.accounts.door import code_in, confirmed, own_app, own_key, signed_in
from tests.accounts.test_pages import names
from tests.cast import PASSWORD, Cast, logged_in

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

BY_PASSWORD, BY_CODE = "/accounts/reauthenticate/", "/accounts/reauthenticate/code/"
NOT_ASKING = {
    "account_change_password": "It wants the password of before.",
    "account_confirm_login_code": "A sign-in.",
    "account_email_verification_sent": "Wants the code that was asked for behind the question.",
    "account_inactive": "Says a sentence.",
    "account_login": "A sign-in.",
    "account_logout": "Ends this session.",
    "account_reauthenticate": "The question.",
    "account_request_login_code": "A sign-in.",
    "account_reset_password": "Sends a link to the address.",
    "account_reset_password_done": "Says a sentence.",
    "account_reset_password_from_key": "Wants the link that was sent to the address.",
    "account_reset_password_from_key_done": "Says a sentence.",
    "account_signup": "A sign-up.",
    "mfa_authenticate": "A sign-in.",
    "mfa_index": "Says which second steps there are.",
    "mfa_list_webauthn": "Says what the keys are called.",
    "mfa_login_webauthn": "A sign-in.",
    "mfa_reauthenticate": "The question.",
    "mfa_reauthenticate_webauthn": "The question.",
}


def without_password(user: User) -> Client:
    user.set_unusable_password()
    user.save()
    return logged_in(user)


def address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse(name, args=[1])


def test_somebody_has_decided_about_every_page_of_the_library() -> None:
    found = set(names(get_resolver("allauth.urls").url_patterns))
    assert found - set(NOT_ASKING) == ASKING | ASKING_WHEN_SENT


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(ASKING))
def test_a_session_alone_is_asked(cast: Cast, name: str, method: str) -> None:
    own_app(cast.alice)
    answer = getattr(signed_in(cast.alice), method)(address(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{BY_PASSWORD}?next=%2Faccounts%2F")


@pytest.mark.parametrize("name", sorted({"account_set_password", "account_email", "mfa_add_webauthn"}))
def test_who_has_no_password_is_asked_too(cast: Cast, name: str) -> None:
    client = without_password(cast.alice)
    assert client.get(address(name))["Location"].startswith(f"{BY_CODE}?next=")


@pytest.mark.parametrize("path", ["/account/export.zip", "/account/delete/", "/account/consent/withdraw/"])
def test_leaving_is_asked_of_who_has_no_password_too(cast: Cast, path: str) -> None:
    assert without_password(cast.alice).get(path)["Location"].startswith(f"{BY_CODE}?next=")


def test_others_sessions_end_after_the_question_only(cast: Cast) -> None:
    other, client = logged_in(cast.alice), signed_in(cast.alice)
    assert client.get("/accounts/sessions/").status_code == 200
    assert client.post("/accounts/sessions/")["Location"].startswith(BY_PASSWORD)
    assert other.get("/account/").status_code == 200
    client.post(BY_PASSWORD, {"password": PASSWORD})
    client.post("/accounts/sessions/")
    other.get("/account/")
    assert client.get("/account/").status_code == 200


def test_a_stranger_is_sent_to_the_sign_in(cast: Cast) -> None:
    for name in ASKING:
        assert Client().get(address(name))["Location"].startswith("/accounts/"), name


def test_the_answer_leads_back_and_counts_for_some_minutes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(cast.alice)
    asked = client.get("/accounts/email/")["Location"]
    answer = client.post(asked, {"password": PASSWORD})
    assert answer["Location"] == "/accounts/email/"
    assert client.get("/accounts/email/").status_code == 200
    now = time.time
    monkeypatch.setattr("time.time", lambda: now() + 301)
    assert client.get("/accounts/email/").status_code == 302
    monkeypatch.setattr("time.time", lambda: now() - 3600)  # a clock set back makes no answer last for longer
    assert client.get("/accounts/email/").status_code == 302


def test_what_was_sent_to_the_question_is_not_kept(cast: Cast) -> None:
    client = signed_in(cast.alice)
    client.post("/accounts/email/", {"email": "thief@example.org", "action_add": ""})
    assert "thief" not in str(dict(client.session.items()))
    assert mail.outbox == []


def test_a_code_by_mail_answers(cast: Cast) -> None:
    client = without_password(cast.alice)
    asked = client.get("/accounts/password/set/")["Location"]
    page = client.get(asked).content.decode()
    assert "A code to <strong>alice@example.org</strong>" in page
    sent = client.post(asked, {"action": "send"})
    assert mail.outbox[-1].to == ["alice@example.org"]
    code = code_in(str(mail.outbox[-1].body))
    assert code not in client.get(sent["Location"]).content.decode()
    wrong = client.post(sent["Location"], {"code": "WRONG1"})
    assert "That is not the code" in wrong.content.decode()
    assert client.post(sent["Location"], {"code": code})["Location"] == "/accounts/password/set/"
    new = {"password1": "another battery", "password2": "another battery"}
    client.post("/accounts/password/set/", new)
    cast.alice.refresh_from_db()
    assert cast.alice.check_password("another battery")
    again = logged_in(cast.alice)
    again.post(BY_CODE, {"code": code})
    assert again.get("/accounts/email/").status_code == 302  # in this session only, and once


def test_three_wrong_codes_end_it(cast: Cast) -> None:
    client = without_password(cast.alice)
    client.post(BY_CODE, {"action": "send"})
    code = code_in(str(mail.outbox[-1].body))
    for _ in range(3):
        client.post(BY_CODE, {"code": "WRONG1"})
    client.post(BY_CODE, {"code": code})
    assert client.get("/accounts/email/").status_code == 302


def test_a_code_goes_out_three_times_a_minute(cast: Cast) -> None:
    client = without_password(cast.alice)
    answers = [client.post(BY_CODE, {"action": "send"}).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]
    assert len(mail.outbox) == 3


def test_where_there_is_a_second_step_the_mailbox_alone_is_not_enough(cast: Cast) -> None:
    own_key(cast.alice)
    client = logged_in(cast.alice)
    assert client.get(BY_CODE)["Location"].startswith(BY_PASSWORD)
    client.post(BY_CODE, {"action": "send"})
    assert mail.outbox == []
    assert "by mail" not in client.get(BY_PASSWORD).content.decode()
    Authenticator.objects.all().delete()
    assert "by mail" in client.get(BY_PASSWORD).content.decode()


def test_a_part_of_a_page_sends_the_whole_page_to_the_question(cast: Cast) -> None:
    """htmx would follow a redirection and put the question into the part: it is told to leave the page."""
    client = signed_in(cast.alice)
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/identities/?x=1"}
    answer = client.get("/account/delete/", headers=here)
    assert (answer.status_code, answer["HX-Redirect"]) == (
        200,
        f"{BY_PASSWORD}?next=%2Fidentities%2F%3Fx%3D1",
    )


def test_the_question_is_not_asked_where_it_is_answered(cast: Cast) -> None:
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse("in")

    def ask(client: Client) -> Any:
        request = RequestFactory().get("/x/")
        request.user, request.session = cast.alice, client.session
        request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
        return reauthentication.asks_again(view)(request)

    assert ask(signed_in(cast.alice)).status_code == 302
    assert seen == []
    assert ask(confirmed(cast.alice)).content == b"in"
