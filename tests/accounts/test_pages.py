"""Every page that allauth can show with our settings is ours: look, words, policy, templates."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import allauth
import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.template.loader import get_template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from tests.accounts.door import confirmed, confirmed_by_code, own_app, own_key, signed_in
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

OURS = Path(django_settings.BASE_DIR) / "templates"
THEIRS = Path(allauth.__file__).parent / "templates"
Way = Callable[[Cast], Any]
NO_PAGE = {"mfa_login_webauthn", "mfa_download_recovery_codes"}
"""JSON for the passkey's script, and a text file."""
NOT_ENABLED = (
    "account/confirm_phone",
    "account/phone",
    "account/base_manage",
    "account/base_entrance",
    "account/confirm_password_reset_code",
    "account/email/password_reset_code",
    "account/email.html",
    "account/email_confirm.html",
    "account/messages/phone",
    "account/signup_by_passkey",
    "account/snippets/",
    "allauth/elements/",
    "idp/",
    "mfa/base_",
    "mfa/recovery_codes/base",
    "mfa/totp/base",
    "mfa/trust",
    "mfa/webauthn/base",
    "mfa/webauthn/signup_form",
    "openid/",
    "socialaccount/",
    "usersessions/base_",
)
"""Several addresses, phones, codes for resets, trusted browsers, other houses' logins: off in our settings.

Bases and elements are used by none of our pages.
"""


def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def anonymous(path: str) -> Way:
    return lambda cast: Client().get(path)


def member(path: str) -> Way:
    return lambda cast: confirmed(cast.alice).get(path)


def with_steps(path: str) -> Way:
    def way(cast: Cast) -> Any:
        own_app(cast.alice)
        key = own_key(cast.alice)
        return confirmed(cast.alice).get(path.format(key=key.pk))

    return way


def verifying(cast: Cast) -> Any:
    client = Client()
    answer = client.post("/accounts/signup/", {"email": "new@example.org", "password1": PASSWORD})
    return client.get(answer["Location"])


def coding(cast: Cast) -> Any:
    client = Client()
    answer = client.post("/accounts/login/code/", {"email": cast.alice.email})
    return client.get(answer["Location"])


def second_step(cast: Cast) -> Any:
    own_app(cast.alice)
    client = Client()
    answer = client.post("/accounts/login/", {"login": cast.alice.email, "password": PASSWORD})
    return client.get(answer["Location"])


def resetting(cast: Cast) -> Any:
    client = Client()
    client.post("/accounts/password/reset/", {"email": cast.alice.email})
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[-1].body))
    assert link
    return client.get(link[0], follow=True)


def without_password(cast: Cast) -> Any:
    return confirmed_by_code(cast.alice).get("/accounts/password/set/")


def changing_address(cast: Cast) -> Any:
    client = confirmed(cast.alice)
    client.post("/accounts/email/", {"email": "alice@example.com", "action_add": ""})
    return client.get("/accounts/email/")


WAYS: dict[str, Way] = {
    "account_login": anonymous("/accounts/login/"),
    "account_signup": anonymous("/accounts/signup/"),
    "account_inactive": anonymous("/accounts/inactive/"),
    "account_request_login_code": anonymous("/accounts/login/code/"),
    "account_reset_password": anonymous("/accounts/password/reset/"),
    "account_reset_password_done": anonymous("/accounts/password/reset/done/"),
    "account_reset_password_from_key": resetting,
    "account_reset_password_from_key_done": anonymous("/accounts/password/reset/key/done/"),
    "account_confirm_login_code": coding,
    "account_email_verification_sent": verifying,
    "account_logout": member("/accounts/logout/"),
    "account_reauthenticate": member("/accounts/reauthenticate/"),
    "account_email": changing_address,
    "account_change_password": member("/accounts/password/change/"),
    "account_set_password": without_password,
    "mfa_index": member("/accounts/2fa/"),
    "mfa_authenticate": second_step,
    "mfa_reauthenticate": with_steps("/accounts/2fa/reauthenticate/"),
    "mfa_activate_totp": member("/accounts/2fa/totp/activate/"),
    "mfa_deactivate_totp": with_steps("/accounts/2fa/totp/deactivate/"),
    "mfa_view_recovery_codes": with_steps("/accounts/2fa/recovery-codes/"),
    "mfa_generate_recovery_codes": with_steps("/accounts/2fa/recovery-codes/generate/"),
    "mfa_list_webauthn": with_steps("/accounts/2fa/webauthn/"),
    "mfa_add_webauthn": with_steps("/accounts/2fa/webauthn/add/"),
    "mfa_reauthenticate_webauthn": with_steps("/accounts/2fa/webauthn/reauthenticate/"),
    "mfa_remove_webauthn": with_steps("/accounts/2fa/webauthn/keys/{key}/remove/"),
    "mfa_edit_webauthn": with_steps("/accounts/2fa/webauthn/keys/{key}/edit/"),
    "usersessions_list": member("/accounts/sessions/"),
}


def enabled() -> set[str]:
    included = get_resolver("allauth.urls")
    return set(names(included.url_patterns)) - NO_PAGE


def test_every_named_address_has_a_way_to_it() -> None:
    assert enabled() == set(WAYS)


@pytest.mark.parametrize("name", sorted(WAYS))
def test_the_page_is_ours(cast: Cast, name: str) -> None:
    answer = WAYS[name](cast)
    page = answer.content.decode()
    assert answer.status_code == 200, page
    assert answer.resolver_match.url_name == name
    assert '<a class="wordmark"' in page
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert {str(path) for path in origins(answer) if not path.is_relative_to(OURS)} == set()
    assert not re.search(r" style=| on[a-z]+=|<script(?![^>]*(nonce|application/json))", page)


def origins(answer: Any) -> set[Path]:
    """The files that the page was made of, Django's widgets aside."""
    used = answer.templates
    return {Path(one.origin.name) for one in used if not str(one.name).startswith("django/")}


def test_the_guard_sees_the_librarys_own_page(cast: Cast, settings: Settings) -> None:
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
    with pytest.raises(AssertionError):
        test_the_page_is_ours(cast, "account_inactive")


def templates() -> list[str]:
    found = sorted(str(path.relative_to(THEIRS)) for path in THEIRS.rglob("*.*"))
    return [name for name in found if not name.startswith(NOT_ENABLED)]


def origin(name: str) -> str:
    template: Any = get_template(name)
    return str(template.origin.name)


@pytest.mark.parametrize("name", templates())
def test_the_template_is_ours(name: str) -> None:
    assert Path(origin(name)).is_relative_to(OURS)


def test_none_of_their_words(cast: Cast) -> None:
    """What the library would say, line by line, stands on none of our pages and in none of our mails."""
    ours = "\n".join(path.read_text() for path in sorted(OURS.rglob("*.*")))
    pattern = r"blocktrans(?:late)?[^%]*%\}(.+?)\{% endblocktrans|trans(?:late)? ['\"](.+?)['\"] %\}"
    for path in THEIRS.rglob("*.*"):
        for groups in re.findall(pattern, path.read_text(), re.DOTALL):
            words = (groups[0] or groups[1]).strip()
            assert len(words) < 25 or words not in ours, words


def test_too_many_tries_have_a_page_of_their_own(cast: Cast) -> None:
    client = Client()
    for _ in range(25):
        answer = client.post("/accounts/password/reset/", {"email": cast.alice.email})
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    page = answer.content.decode()
    assert "Wait some minutes" in page
    assert '<a class="wordmark"' in page


def test_pages_of_refusal_are_ours(cast: Cast, client: Client) -> None:
    client.raise_request_exception = False
    page = client.get("/nothing/here/")
    assert page.status_code == 404
    assert "There is nothing here" in page.content.decode()
    refused = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a", "password": "b"})
    assert refused.status_code == 403
    assert "The form has grown too old" in refused.content.decode()
    for name in ("403.html", "500.html"):
        assert "wordmark" in get_template(name).render()


def test_a_wrong_password_and_a_wrong_code_say_what_to_do(cast: Cast) -> None:
    answer = Client().post("/accounts/login/", {"login": cast.alice.email, "password": "wrong"})
    assert "Address and password do not fit together" in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()
    client = Client()
    there = client.post("/accounts/login/code/", {"email": cast.alice.email})
    wrong = client.post(there["Location"], {"code": "WRONGX"})
    assert "That is not the code" in wrong.content.decode()


def test_the_sign_in_form_can_ask_for_a_code(cast: Cast) -> None:
    path = "/accounts/login/code/"
    asked = Client().post(path, {"login": "", "password": ""})
    assert 'role="alert"' not in asked.content.decode()
    assert mail.outbox == []
    typed = Client().post(path, {"login": cast.alice.email, "password": ""})
    assert typed["Location"] == "/accounts/login/code/confirm/"
    assert mail.outbox[-1].to == [cast.alice.email]


def test_nobody_learns_who_has_an_account(cast: Cast) -> None:
    """A known and an unknown address get the same answer; only the mail differs."""
    known = Client().post("/accounts/signup/", {"email": cast.alice.email, "password1": PASSWORD})
    unknown = Client().post("/accounts/signup/", {"email": "eve@example.org", "password1": PASSWORD})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    subjects = [one.subject for one in mail.outbox]
    assert subjects == ["You have an account at PortraitOS already", "Your code for PortraitOS"]


def test_the_second_step_opens_with_the_code_of_the_app_only(cast: Cast) -> None:
    own_app(cast.alice)
    client = Client()
    there = client.post("/accounts/login/", {"login": cast.alice.email, "password": PASSWORD})
    client.post(there["Location"], {"code": "000000"})
    assert "_auth_user_id" not in client.session
    assert signed_in(cast.alice).get("/account/").status_code == 200


@pytest.mark.parametrize("act", ["edit", "remove"])
def test_a_strangers_key_is_not_there(cast: Cast, act: str) -> None:
    own_app(cast.alice)
    key = own_key(cast.alice)
    path = f"/accounts/2fa/webauthn/keys/{key.pk}/{act}/"
    assert confirmed(cast.charlie).get(path).status_code == 404
    assert confirmed(cast.charlie).post(path, {"name": "mine"}).status_code == 404
    assert Client().get(path)["Location"].startswith("/accounts/login/")
    assert confirmed(cast.alice).get(path).status_code == 200
    key.refresh_from_db()
    assert key.data["name"] == "my phone"
