"""Master keys: refused where they are missing, rotated by a command while the site goes on."""

import io
import os

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts import checks, vault
from accounts.models import UserKey
from portraitos_site import privacy
from tests.cast import Cast

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


def test_a_set_up_without_master_keys_is_refused(settings: Settings) -> None:
    assert checks.master_keys(None) == []
    settings.MASTER_KEYS = {}
    found = checks.master_keys(None)
    assert [message.id for message in found] == ["accounts.E001"]
    assert "MASTER_KEYS" in str(found[0].hint)


def test_a_key_that_is_no_chance_is_refused(settings: Settings) -> None:
    settings.MASTER_KEYS = {"2026": os.urandom(32), "2025": bytes(32)}
    (found,) = checks.master_keys(None)
    assert (found.id, "2025" in found.msg) == ("accounts.E004", True)


def test_the_command_says_what_it_did_and_what_to_do_next(cast: Cast, settings: Settings) -> None:
    old = {"2025": os.urandom(32)}
    settings.MASTER_KEYS = old
    sealed = vault.seal(user=cast.alice, where="x", plain=b"y")
    settings.MASTER_KEYS = {"2026": os.urandom(32), **old}
    said = io.StringIO()
    call_command("rotate_keys", stdout=said)
    assert said.getvalue().startswith("1 key wrapped by '2026'.\nNo key needs '2025' any more.")
    del settings.MASTER_KEYS["2025"]
    assert vault.open_sealed(user=cast.alice, where="x", sealed=sealed) == b"y"


def test_no_key_is_made_for_an_erased_account(cast: Cast) -> None:
    """Work that began before the erasure and ends after it finds nothing to seal with."""
    privacy.erase_account(user=cast.alice, address="")
    with pytest.raises(vault.DoesNotOpen):
        vault.seal(user=cast.alice, where="x", plain=b"y")
    assert not UserKey.objects.filter(user=cast.alice).exists()
