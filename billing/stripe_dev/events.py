"""Events: made with every act, signed, and sent to the site's webhook."""

import hashlib
import hmac
import json
import random
import threading
import time
import urllib.error
import urllib.request
from copy import deepcopy

from billing.stripe_dev.books import Books, Thing

TRIES = (0, 1, 5, 30, 120)  # seconds before each try; Stripe goes on for three days


class Post:
    """The way from the books to the webhook."""

    def __init__(self, books: Books, *, webhook: str, secret: str, api_version: str) -> None:
        self.books = books
        self.webhook = webhook
        self.secret = secret
        self.api_version = api_version

    def tell(self, *events: tuple[str, Thing]) -> None:
        """Send one event for each thing that happened in an act."""
        made = [self._event(kind, thing) for kind, thing in events]
        switches = self.books.switches
        if switches.drop:
            return
        made *= switches.copies
        if switches.shuffle:
            random.shuffle(made)
        if switches.hold:
            self.books.outbox.extend(made)
            return
        threading.Thread(target=self._deliver, args=(made, switches.delay), daemon=True).start()

    def _event(self, kind: str, thing: Thing) -> Thing:
        event = self.books.add(
            "evt", "event", type=kind, api_version=self.api_version, data={"object": deepcopy(thing)}
        )
        event["livemode"] = thing.get("livemode", False)
        return event

    def signed(self, event: Thing) -> tuple[bytes, str]:
        """Body and Stripe-Signature header."""
        body = json.dumps(event).encode()
        return body, signature(body, self.secret, int(time.time()))

    def _deliver(self, events: list[Thing], delay: float) -> None:
        time.sleep(delay)
        for event in events:
            for pause in TRIES:
                time.sleep(pause)
                if self._sent(event):
                    break

    def _sent(self, event: Thing) -> bool:
        body, header = self.signed(event)
        request = urllib.request.Request(  # noqa: S310  (our own address)
            self.webhook,
            data=body,
            headers={"Stripe-Signature": header, "Content-Type": "application/json; charset=utf-8"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                return True
        except (urllib.error.URLError, OSError):
            return False


def signature(body: bytes, secret: str, at: int) -> str:
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"
