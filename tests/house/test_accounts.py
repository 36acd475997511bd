"""Users log in by e-mail, written in any case."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts.models import User

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db]


def test_a_user_is_found_by_e_mail_in_any_case() -> None:
    alice = User.objects.create_user("Alice@Example.com", "a long pass phrase")
    assert User.objects.get_by_natural_key("alice@EXAMPLE.com") == alice
    assert alice.check_password("a long pass phrase")
    assert not alice.is_staff


def test_one_address_is_one_user() -> None:
    User.objects.create_user("alice@example.com")
    with pytest.raises(ValidationError):
        User.objects.create_user("ALICE@example.com")
    with pytest.raises(IntegrityError):
        User.objects.create(email="Alice@example.com")


def test_staff_by_name() -> None:
    bob = User.objects.create_superuser("bob@example.com", "a long pass phrase")
    assert (bob.is_staff, bob.is_superuser) == (True, True)
