"""What a customer, a bank or the owner in the dashboard does. Tests call these, and so do the pages."""

from typing import Any

from billing.stripe_dev import money_back, payments
from billing.stripe_dev.books import Books, Thing
from billing.stripe_dev.errors import Wrong, missing
from billing.stripe_dev.events import Post

CARDS = {
    "4242424242424242": "",
    "5555555555554444": "",
    "4000000000000002": "Your card was declined.",
    "4000000000009995": "Your card has insufficient funds.",
}


class World:
    """Everything that happens at Stripe without the site's asking. Each act sends its events."""

    def __init__(self, books: Books, post: Post) -> None:
        self.books = books
        self.post = post

    def pay(
        self, session: str, *, card: str = "4242424242424242", code: str = "", method: str = "card"
    ) -> Thing:
        with self.books.lock:
            found = payments.find(self.books, session)
            if code:
                payments.promote(found, code)
            if method == "card" and found["amount_total"] > 0:
                _take(card)
            self._told(payments.pay(self.books, found, method=method, card=_digits(card)))
            return found

    def bank(self, session: str, *, pays: bool) -> None:
        with self.books.lock:
            self._told(payments.bank(self.books, payments.find(self.books, session), pays=pays))

    def expire(self, session: str) -> None:
        with self.books.lock:
            self._told(payments.expire(self.books, payments.find(self.books, session)))

    def refund(self, intent: str, cents: int | None = None) -> Thing:
        """In the dashboard, past the site."""
        with self.books.lock:
            asked: dict[str, Any] = {"payment_intent": intent, **({"amount": cents} if cents else {})}
            made, told = money_back.refund(self.books, asked, dashboard=True)
            self._told(told)
            return made

    def end_refund(self, refund: str, status: str) -> None:
        with self.books.lock:
            self._told(money_back.move_refund(self.books, self._find(refund), status))

    def dispute(self, intent: str) -> Thing:
        with self.books.lock:
            made, told = money_back.dispute(self.books, intent)
            self._told(told)
            return made

    def inquire(self, intent: str) -> Thing:
        with self.books.lock:
            made, told = money_back.inquire(self.books, intent)
            self._told(told)
            return made

    def move_inquiry(self, dispute: str, status: str) -> None:
        with self.books.lock:
            self._told(money_back.move_inquiry(self.books, self._find(dispute), status))

    def close_dispute(self, dispute: str, status: str) -> None:
        with self.books.lock:
            self._told(money_back.close_dispute(self.books, self._find(dispute), status))

    def warn(self, intent: str) -> Thing:
        with self.books.lock:
            made, told = money_back.warn(self.books, intent)
            self._told(told)
            return made

    def _find(self, id: str) -> Thing:  # noqa: A002
        if id not in self.books.things:
            raise missing("object", id)
        return self.books.things[id]

    def _told(self, events: list[tuple[str, Thing]]) -> None:
        self.post.tell(*events)
        self.books.save()


def _take(card: str) -> None:
    refusal = CARDS.get(_digits(card), "Your card number is not one of the test cards.")
    if refusal:
        raise Wrong(refusal, status=402, kind="card_error", code="card_declined")


def _digits(card: str) -> str:
    return card.replace(" ", "")
