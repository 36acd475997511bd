"""Who appears in the tests: Alice owns, Charlie is another customer, Bob and Dora are staff."""

from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.test import Client

from accounts import consent
from accounts.models import User

PASSWORD = "correct horse battery staple"


def person(email: str, *, staff: bool = False, group: str = "", agreed: bool = True) -> User:
    """A user whose address is verified."""
    user = User.objects.create_user(email, PASSWORD, is_staff=staff)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if group:
        user.groups.add(Group.objects.get(name=group))
    if agreed:
        consent.give(user=user, locale="en")
    return user


@dataclass(frozen=True)
class Cast:
    alice: User
    charlie: User
    bob: User
    dora: User


@pytest.fixture
def cast(db: None) -> Cast:
    """Alice (owner), Charlie (other customer), Bob (support), Dora (moderator)."""
    return Cast(
        alice=person("alice@example.org"),
        charlie=person("charlie@example.org"),
        bob=person("bob@example.org", staff=True, group="support"),
        dora=person("dora@example.org", staff=True, group="moderators"),
    )


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
