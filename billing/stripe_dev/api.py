"""The routes of Stripe's API that the site uses."""

import hashlib
import json
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from billing.stripe_dev import money_back, payments, schema
from billing.stripe_dev.books import Books, Thing
from billing.stripe_dev.errors import Wrong, missing
from billing.stripe_dev.events import Post

DAY = 24 * 3600
CHARGE = "payment_intent.latest_charge"
"""Asks for a session with its payment, and the payment with its charge."""
NAMES = {
    "checkout/sessions": ("checkout.session", "session"),
    "refunds": ("refund", "refund"),
    "disputes": ("dispute", "dispute"),
    "charges": ("charge", "charge"),
    "payment_intents": ("payment_intent", "payment_intent"),
    "radar/early_fraud_warnings": ("radar.early_fraud_warning", "early_fraud_warning"),
}
PATH = re.compile(
    r"/v1/(?P<name>[a-z_]+(?:/[a-z_]*s)?)(?:/(?P<id>[a-z]+_[A-Za-z0-9_]+))?(?:/(?P<act>expire))?"
)
Answer = tuple[int, dict[str, Any]]


class Api:
    """Answers requests from the books, as Stripe documents it."""

    def __init__(self, books: Books, post: Post, *, address: str) -> None:
        self.books = books
        self.post = post
        self.address = address

    def answer(self, method: str, path: str, params: dict[str, Any], key: str, authorization: str) -> Answer:
        """Status and body."""
        if not authorization.startswith("Bearer sk_test_"):
            return 401, Wrong("Invalid API Key provided.", status=401).body()
        try:
            with self.books.lock:
                return self._idempotent(method, path, params, key)
        except Wrong as wrong:
            return wrong.status, wrong.body()

    def _idempotent(self, method: str, path: str, params: dict[str, Any], key: str) -> Answer:
        """The same key again is the same answer, errors of the server included; refusals of what was asked
        are not kept, because nothing began."""
        if method != "POST" or not key:
            return self._act(method, path, params)
        print_of = hashlib.sha256(f"{path}{json.dumps(params, sort_keys=True)}".encode()).hexdigest()
        kept = self.books.answers.get(key)
        if kept is not None and kept["at"] > self.books.now() - DAY:
            if kept["print"] != print_of:
                raise Wrong(
                    "Keys for idempotent requests can only be used with the same parameters.",
                    kind="idempotency_error",
                )
            return kept["status"], deepcopy(kept["body"])
        status, body = self._act(method, path, params)
        self.books.answers[key] = {
            "print": print_of, "at": self.books.now(), "status": status, "body": deepcopy(body),
        }  # fmt: skip
        self.books.save()
        return status, body

    def _act(self, method: str, path: str, params: dict[str, Any]) -> Answer:
        found = PATH.fullmatch(path)
        if found is None or found["name"] not in NAMES:
            raise Wrong(f"Unrecognized request URL ({method}: {path}).", status=404)
        kind, name = NAMES[found["name"]]
        does, act = self._which(method, name, found["id"], found["act"])
        if does not in schema.OF:
            raise Wrong(f"Unrecognized request URL ({method}: {path}).", status=404)
        typed = schema.check(does, params)
        return 200, act(kind, found["id"] or "", typed)

    def _which(
        self,
        method: str,
        name: str,
        id: str | None,  # noqa: A002
        act: str | None,
    ) -> tuple[str, Callable[[str, str, dict[str, Any]], Thing]]:
        if method == "GET":
            return (f"{name}.retrieve", self._retrieve) if id else (f"{name}.list", self._list)
        if act == "expire":
            return f"{name}.expire", self._expire
        return f"{name}.create", self._create

    def _create(self, kind: str, id: str, params: dict[str, Any]) -> Thing:  # noqa: A002
        if kind == "refund":
            made, told = money_back.refund(self.books, params)
            self.post.tell(*told)
        else:
            made = payments.create(self.books, params, address=self.address)
        return self._shown(made, params.get("expand", []))

    def _expire(self, kind: str, id: str, params: dict[str, Any]) -> Thing:  # noqa: A002
        session = payments.find(self.books, id)
        self.post.tell(*payments.expire(self.books, session))
        return self._shown(session, params.get("expand", []))

    def _retrieve(self, kind: str, id: str, params: dict[str, Any]) -> Thing:  # noqa: A002
        self._grow_old()
        found = self.books.things.get(id)
        if found is None or found["object"] != kind:
            raise missing(kind, id)
        return self._shown(found, params.get("expand", []))

    def _list(self, kind: str, id: str, params: dict[str, Any]) -> Thing:  # noqa: A002
        self._grow_old()
        found = [thing for thing in self.books.all(kind) if _wanted(thing, params)]
        if after := params.get("starting_after"):
            ids = [thing["id"] for thing in found]
            found = found[ids.index(after) + 1 :] if after in ids else []
        limit = params.get("limit", 10)
        return {
            "object": "list",
            "url": f"/v1/{next(path for path, (one, _) in NAMES.items() if one == kind)}",
            "has_more": len(found) > limit,
            "data": [self._shown(thing, []) for thing in found[:limit]],
        }

    def _grow_old(self) -> None:
        for session in self.books.all("checkout.session"):
            if session["status"] == "open" and session["expires_at"] <= self.books.now():
                self.post.tell(*payments.expire(self.books, session))

    def _shown(self, thing: Thing, expand: list[str]) -> Thing:
        shown = deepcopy(thing)
        if thing["object"] != "checkout.session":
            return shown
        shown.pop("intent_metadata")
        if "line_items" not in expand:
            shown.pop("line_items")
        if thing["payment_intent"] and {"payment_intent", CHARGE} & set(expand):
            shown["payment_intent"] = self._intent(thing["payment_intent"], charge=CHARGE in expand)
        return shown

    def _intent(self, id: str, *, charge: bool) -> Thing:  # noqa: A002
        shown = deepcopy(self.books.things[id])
        if charge and shown["latest_charge"]:
            shown["latest_charge"] = deepcopy(self.books.things[shown["latest_charge"]])
        return shown


def _wanted(thing: Thing, params: dict[str, Any]) -> bool:
    intent = params.get("payment_intent")
    since = params.get("created", {})
    since = since.get("gte", 0) if isinstance(since, dict) else since
    return intent in (None, thing.get("payment_intent")) and bool(thing["created"] >= since)
