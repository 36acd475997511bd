"""What comes through the door for Stripe's events (rows 3 and 4 of the table of faults)."""

import json
import time
from typing import Any

import pytest
from django.test import Client

from billing.models import StripeEvent
from billing.stripe_dev.events import signature
from tests.shop import SECRET, Shop, send

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

EVENT: dict[str, Any] = {
    "id": "evt_1", "object": "event", "type": "charge.refunded", "livemode": False, "api_version": "x",
    "data": {"object": {"id": "ch_1"}},
}  # fmt: skip
BODY = json.dumps(EVENT).encode()


def signed(body: bytes, *, at: float = 0, secret: str = SECRET) -> str:
    return signature(body, secret, int(time.time() + at))


def test_a_signed_event_is_stored(shop: Shop) -> None:
    assert send(BODY, signed(BODY)).status_code == 200
    assert StripeEvent.objects.get().object_id == "ch_1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        "t=1,v1=\xfcml\xe4ut",
        f"t={10**30},v1=00",
        "t=,v1=",
        signed(BODY, at=-301),
        signed(BODY, at=365 * 24 * 3600),
        signed(BODY, secret="another"),
        signed(b"another body"),
    ],
    ids=[
        "missing",
        "nonsense",
        "not ascii",
        "huge time",
        "empty",
        "301 s old",
        "a year ahead",
        "secret",
        "body",
    ],
)
def test_3_a_bad_signature_is_refused(shop: Shop, header: str) -> None:
    assert send(BODY, header).status_code == 400
    assert not StripeEvent.objects.exists()


def test_3_a_body_that_is_not_utf8_is_refused(shop: Shop) -> None:
    body = b'{"id": "\xff\xfe"}'
    assert send(body, signed(body)).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"1",
        b"",
        b"[" * 200_000,
        b'{"a":' * 40_000,
        json.dumps({**EVENT, "id": 5}).encode(),
        json.dumps({**EVENT, "id": "evt_\x00"}).encode(),
        json.dumps({**EVENT, "id": "evt_" + "a" * 400}).encode(),
        json.dumps({**EVENT, "data": None}).encode(),
        json.dumps({**EVENT, "object": "v2.core.event"}).encode(),
        json.dumps({"object": "event"}).encode(),
        json.dumps({**EVENT, "data": {"object": {"id": "ch_\x00"}}}).encode(),
        json.dumps({**EVENT, "type": "charge.\ud800"}).encode(),
    ],
    ids=lambda body: body[:24].decode(),
)
def test_4_signed_nonsense_is_refused(shop: Shop, body: bytes) -> None:
    assert send(body, signed(body)).status_code == 400
    assert not StripeEvent.objects.exists()


def test_4_a_body_of_five_megabytes_is_refused(shop: Shop) -> None:
    body = b" " * 5_000_000
    assert send(body, signed(body)).status_code == 413
    assert not StripeEvent.objects.exists()


def test_the_largest_body_that_passes(shop: Shop) -> None:
    body = BODY + b" " * (256 * 1024 - len(BODY))
    assert send(body, signed(body)).status_code == 200


def test_an_event_that_nobody_asked_for_is_stored_and_ignored(shop: Shop) -> None:
    body = json.dumps({**EVENT, "type": "product.created"}).encode()
    assert send(body, signed(body)).status_code == 200
    assert StripeEvent.objects.get().processed_at is not None


def test_events_of_what_we_did_not_sell_end_well(shop: Shop) -> None:
    send(BODY, signed(BODY))
    shop.work()
    assert StripeEvent.objects.get().error == "Stripe has no such object."


def test_the_door_is_for_posting(shop: Shop) -> None:
    assert Client().get("/stripe/webhook/").status_code == 405
