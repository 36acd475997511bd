"""What is sealed opens for its owner in its place and for nobody else; keys rotate while the site goes on."""

import os
import uuid

import pytest
from pytest_django import Settings

from accounts import vault
from accounts.models import UserKey
from tests.cast import Cast

pytestmark = [pytest.mark.rows, pytest.mark.dialect]
HERE = vault.place("studio.selfie", uuid.UUID(int=1), "pixels")
PLAIN = b"a face" * 1000


def sealed(cast: Cast) -> bytes:
    return vault.seal(user=cast.alice, where=HERE, plain=PLAIN)


def test_it_opens_for_its_owner_and_is_not_readable(cast: Cast) -> None:
    found = sealed(cast)
    assert b"a face" not in found
    assert vault.open_sealed(user=cast.alice, where=HERE, sealed=found) == PLAIN
    assert sealed(cast) != found  # a nonce of its own each time


def test_moved_foreign_or_changed_it_does_not_open(cast: Cast) -> None:
    found = sealed(cast)
    elsewhere = vault.place("studio.selfie", uuid.UUID(int=2), "pixels")
    vault.seal(user=cast.charlie, where=HERE, plain=PLAIN)
    flipped = bytearray(found)
    flipped[-1] ^= 1
    for user, where, data in (
        (cast.alice, elsewhere, found),
        (cast.charlie, HERE, found),
        (cast.alice, HERE, bytes(flipped)),
        (cast.alice, HERE, found[:20]),
        (cast.alice, HERE, b""),
    ):
        with pytest.raises(vault.DoesNotOpen):
            vault.open_sealed(user=user, where=where, sealed=data)


def test_a_users_key_does_not_open_in_another_row(cast: Cast) -> None:
    found = sealed(cast)
    vault.seal(user=cast.charlie, where=HERE, plain=PLAIN)
    stolen = UserKey.objects.get(user=cast.alice).wrapped
    UserKey.objects.filter(user=cast.charlie).update(wrapped=stolen)
    with pytest.raises(vault.DoesNotOpen):
        vault.open_sealed(user=cast.charlie, where=HERE, sealed=found)


def test_rotation_wraps_every_key_again_and_nothing_stops_opening(cast: Cast, settings: Settings) -> None:
    settings.MASTER_KEYS = {"old": os.urandom(32)}
    found = sealed(cast)
    settings.MASTER_KEYS = {"new": os.urandom(32), **settings.MASTER_KEYS}
    assert vault.open_sealed(user=cast.alice, where=HERE, sealed=found) == PLAIN  # before
    assert vault.rotate() == 1
    assert vault.rotate() == 0
    settings.MASTER_KEYS = {"new": settings.MASTER_KEYS["new"]}
    assert vault.open_sealed(user=cast.alice, where=HERE, sealed=found) == PLAIN  # without the old key
    settings.MASTER_KEYS = {"third": os.urandom(32)}
    with pytest.raises(vault.DoesNotOpen):
        vault.open_sealed(user=cast.alice, where=HERE, sealed=found)


def test_without_its_key_nothing_opens_again(cast: Cast) -> None:
    found = sealed(cast)
    UserKey.objects.filter(user=cast.alice).delete()
    with pytest.raises(vault.DoesNotOpen):
        vault.open_sealed(user=cast.alice, where=HERE, sealed=found)
