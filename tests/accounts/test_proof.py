"""A first proof of an address ends what a stranger may have set up before it; who never proves is swept."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import proof
from accounts.models import AddressChange, Receipt, SessionMark, User
from accounts.session_store import SessionStore
from portraitos_site import privacy, unconfirmed
from tests.accounts.door import code_in, confirmed, own_app, own_key, signed_in
from tests.cast import PASSWORD, Cast, logged_in

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

VICTIM = "victim@example.org"
EVIL = "a password of the thief"


def newest() -> str:
    return str(mail.outbox[-1].body)


def sign_up(password: str, email: str = VICTIM) -> Client:
    """The page then waits for the code."""
    client = Client()
    answer = client.post("/accounts/signup/", {"email": email, "password1": password})
    assert answer.status_code == 302, answer.content.decode()
    return client


def confirm(client: Client) -> None:
    client.post("/accounts/confirm-email/", {"code": code_in(newest())})


def by_code() -> Client:
    client = Client()
    there = client.post("/accounts/login/code/", {"email": VICTIM})
    client.post(there["Location"], {"code": code_in(newest())})
    return client


def by_link() -> Client:
    client = Client()
    client.post("/accounts/password/reset/", {"email": VICTIM})
    link = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", newest())
    assert link
    form = client.get(link[1])["Location"]
    client.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    client.post("/accounts/login/", {"login": VICTIM, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.mark.parametrize("prove", [by_code, by_link])
def test_who_signed_up_with_a_strangers_address_is_out_once_it_is_proven(prove: Callable[[], Client]) -> None:
    thief = sign_up(EVIL)
    code = code_in(newest())
    user = User.objects.get(email=VICTIM)
    own_app(user)
    own_key(user)
    smuggled = logged_in(user)
    victim = prove()
    assert is_in(victim)
    assert not is_in(smuggled)
    user.refresh_from_db()
    assert not user.check_password(EVIL)
    assert not Authenticator.objects.filter(user=user).exists()
    assert EmailAddress.objects.get(user=user).verified
    thief.post("/accounts/confirm-email/", {"code": code})  # though they had read it
    assert not is_in(thief)
    thief.post("/accounts/login/", {"login": VICTIM, "password": EVIL})
    assert not is_in(thief)
    assert SessionMark.objects.filter(whose=str(user.pk)).values("session").distinct().count() == 1


def test_who_confirms_where_they_signed_up_keeps_their_password() -> None:
    client = sign_up(PASSWORD)
    confirm(client)
    assert is_in(client)
    assert is_in(signed_in(User.objects.get(email=VICTIM)))


def test_who_gives_the_password_and_the_code_elsewhere_keeps_it(cast: Cast) -> None:
    """As whoever was made on the command line does at the first sign-in."""
    root = User.objects.create_superuser("root@example.org", PASSWORD)
    client = Client()
    client.post("/accounts/login/", {"login": root.email, "password": PASSWORD})
    confirm(client)
    assert is_in(client)
    root.refresh_from_db()
    assert root.check_password(PASSWORD)


def test_whose_password_ended_is_told_and_can_choose_one() -> None:
    sign_up(PASSWORD)
    client = by_code()
    page = client.get("/account/").content.decode()
    assert "works no longer. Choose one under Account." in page
    assert "None; you sign in with a code." in page


def test_a_proof_of_a_proven_address_ends_nothing(cast: Cast) -> None:
    own_key(cast.alice)
    other = logged_in(cast.alice)
    client = Client()
    client.post("/accounts/login/code/", {"email": cast.alice.email})
    client.post("/accounts/login/code/confirm/", {"code": code_in(newest())})
    assert is_in(other)
    cast.alice.refresh_from_db()
    assert cast.alice.check_password(PASSWORD)
    assert Authenticator.objects.filter(user=cast.alice).exists()


def test_a_changed_address_ends_other_sessions_and_links_and_no_credential(cast: Cast) -> None:
    """The owner was asked who they are: their password and second steps stay theirs."""
    client, other = confirmed(cast.alice), logged_in(cast.alice)
    own_key(cast.alice)
    Client().post("/accounts/password/reset/", {"email": cast.alice.email})
    link = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", newest())
    assert link
    there = client.post("/accounts/email/", {"email": "alice@example.com", "action_add": ""})
    client.post(there["Location"], {"code": code_in(newest())})
    assert is_in(client)
    assert not is_in(other)
    assert "no longer works" in Client().get(link[1], follow=True).content.decode()
    cast.alice.refresh_from_db()
    assert (cast.alice.email, cast.alice.check_password(PASSWORD)) == ("alice@example.com", True)
    assert Authenticator.objects.filter(user=cast.alice).exists()
    assert AddressChange.objects.get(user=cast.alice).old == "alice@example.org"


def test_a_password_that_is_set_writes_nothing_else(cast: Cast) -> None:
    """A copy of the account from before a blocking does not open it again."""
    from allauth.account.adapter import get_adapter

    before = User.objects.get(pk=cast.alice.pk)
    User.objects.filter(pk=cast.alice.pk).update(is_active=False, access_ended=5)
    get_adapter().set_password(before, "another battery")
    cast.alice.refresh_from_db()
    assert (cast.alice.is_active, cast.alice.access_ended) == (False, 5)


def aged(email: str, days: float) -> User:
    sign_up(PASSWORD, email)
    User.objects.filter(email=email).update(date_joined=timezone.now() - timedelta(days=days))
    return User.objects.get(email=email)


def test_an_unconfirmed_account_is_swept_as_if_its_owner_had_erased_it(
    cast: Cast, settings: Settings
) -> None:
    settings.UNCONFIRMED_ACCOUNT_DAYS = 7
    old, young = aged("old@example.org", 7.1), aged("young@example.org", 6.9)
    mail.outbox.clear()
    unconfirmed.erase_old()
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.erased_at is not None, young.erased_at) == (True, None)
    assert not EmailAddress.objects.filter(email="old@example.org").exists()
    assert not SessionMark.objects.filter(whose__in=["old@example.org", str(old.pk)]).exists()
    assert Receipt.objects.count() == 1
    assert mail.outbox == []  # it may be a stranger's address
    cache.clear()
    sign_up(PASSWORD, "old@example.org")
    assert User.objects.filter(email="old@example.org").exists()


def test_only_whoever_was_never_let_in_is_swept(cast: Cast) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    root = User.objects.create_superuser("root@example.org", PASSWORD)
    left = User.objects.create_user("left@example.org", PASSWORD)
    User.objects.update(date_joined=long_ago)
    User.objects.filter(pk=left.pk).update(last_login=long_ago)
    unconfirmed.erase_old()
    assert not User.objects.filter(erased_at__isnull=False).exists()
    assert not proof.unproven().filter(pk__in=[root.pk, cast.alice.pk]).exists()


def test_an_account_that_is_proven_while_it_is_swept_stays() -> None:
    user = aged(VICTIM, 30)
    by_code()
    with pytest.raises(privacy.NotUnconfirmed):
        privacy.erase_unconfirmed(user=user)
    user.refresh_from_db()
    assert user.erased_at is None


def test_an_account_that_is_swept_while_it_is_proven_stays_erased(settings: Settings) -> None:
    user = aged(VICTIM, 30)
    client = Client()
    client.post("/accounts/login/code/", {"email": VICTIM})
    kept = dict(client.session.items())
    code = code_in(newest())
    address = EmailAddress.objects.get(user=user)
    privacy.erase_unconfirmed(user=user)
    address.save(force_insert=True)  # as a request would that had read it before
    session = SessionStore()
    session.update(kept)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    client.post("/accounts/login/code/confirm/", {"code": code})
    user.refresh_from_db()
    assert not user.is_active
    assert not EmailAddress.objects.filter(user=user, verified=True).exists()
