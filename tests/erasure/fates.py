"""What becomes of every model's rows when an account is erased: the one table, with the reasons.

A new model fails tests/erasure/test_fates.py until it stands here, and so does a new text on rows that stay.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models

USER = "accounts.User"


@dataclass(frozen=True)
class Kept:
    """Rows that stay, why, and what of their texts goes. `ours` are texts that no person writes."""

    why: str
    words: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


ERASED = {
    "account.EmailAddress",
    "account.EmailConfirmation",
    "accounts.AddressChange",
    "accounts.Consent",
    "accounts.Letter",
    "accounts.SessionMark",
    "accounts.User_groups",
    "accounts.User_user_permissions",
    "accounts.UserKey",
    "jobs.Job",
    "mfa.Authenticator",
    "render.Copy",
    "render.Portrait",
    "render.PortraitFile",
    "render.Report",
    "render.Shoot",
    "sessions.Session",
    "studio.Identity",
    "studio.Selfie",
    "usersessions.UserSession",
}
STAFF = "Says which member of staff did it; the row that it points to stands for nobody."
KEPT = {
    USER: Kept(
        "Accounting points to it; it stands for nobody.",
        ("block_reason", "email", "first_name", "last_name", "password"),
    ),
    "admin.LogEntry": Kept(
        "That staff did something stays.", ("change_message", "object_repr"), ("object_id",)
    ),
    "auditlog.LogEntry": Kept(
        "That something was done stays.",
        ("actor_email", "changes", "changes_text", "object_repr"),
        ("additional_data", "cid", "object_pk", "serialized_data"),
    ),
    "billing.Account": Kept("Accounting."),
    "billing.Dispute": Kept("Accounting; the reason is a code of the bank.", (), ("id", "reason", "status")),
    "billing.Entry": Kept("Accounting.", ("reason",), ("actor", "key")),
    "billing.Flag": Kept("Staff settle it; the sentence is written by the site.", (), ("key", "sentence")),
    "billing.Hold": Kept("Accounting."),
    "billing.Lot": Kept("Accounting.", (), ("currency", "payment_ref")),
    "billing.Purchase": Kept(
        "Accounting; `back_to` is an address of this site; `payer` knows a card again, so that nobody has "
        "portraits back from one account after another by erasing each.",
        (),
        ("back_to", "currency", "pack", "payer", "payment_intent", "stripe_session", "waiver"),
    ),
    "billing.Refund": Kept("Accounting.", ("error", "reason"), ("stripe_refund",)),
    "render.Case": Kept(
        "How moderators decided stays, without what was said; its digests lead to nobody.",
        ("decision", "words"),
        ("aims", "photograph", "proof_digest", "style"),
    ),
    "studio.Demonstration": Kept(
        "Shows the demonstration sitter, never a customer.", (), ("engine", "key", "refusal", "sitter")
    ),
    "studio.Style": Kept("The catalogue.", (), ("slug", "name")),
    "studio.StyleVersion": Kept(STAFF, (), ("digest", "recipe")),
}
NOBODYS = {
    "accounts.Receipt": "Counts, and names nobody.",
    "auth.Group": "Roles of staff.",
    "auth.Group_permissions": "Roles of staff.",
    "auth.Permission": "Roles of staff.",
    "billing.Pack": "What is for sale.",
    "billing.StripeEvent": "Numbers of Stripe's; the payload is not stored.",
    "contenttypes.ContentType": "The names of the models.",
    "django_q.Failure": "A proxy of Task.",
    "django_q.OrmQ": "Doorbells: they hold names of queues.",
    "django_q.Schedule": "Nothing is scheduled there.",
    "django_q.Success": "A proxy of Task.",
    "django_q.Task": "Results of doorbells: they hold names of queues.",
    "portraitos_site.Count": "Counts against limits, under keyed hashes, swept after their end.",
    "jobs.Canary": "One row a queue.",
    "jobs.Failure": "Causes of our own errors; they hold no words of a person (decision 39).",
    "jobs.FailureEvent": "When a cause struck, with the number of the job.",
    "studio.Category": "The catalogue.",
}


def reaches(model: type[models.Model], seen: frozenset[type[models.Model]] = frozenset()) -> bool:
    """Whether the model points at a user, itself or through what it points at."""
    if model in seen:
        return False
    for field in model._meta.get_fields():
        there = field.related_model if field.is_relation and not field.auto_created else None
        if not isinstance(there, type) or not issubclass(there, models.Model):
            continue
        if there._meta.label == USER or reaches(there, seen | {model}):
            return True
    return False


def texts(model: type[models.Model]) -> set[str]:
    """The fields that can hold what somebody wrote."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return {field.name for field in model._meta.fields if isinstance(field, kinds) and not field.choices}


def undecided(found: Iterable[type[models.Model]]) -> list[str]:
    """What nobody has decided about, each as a sentence."""
    wrong = []
    for model in found:
        label = model._meta.label
        if label in KEPT:
            kept = KEPT[label]
            if texts(model) != {*kept.words, *kept.ours}:
                wrong.append(f"{label}: {sorted(texts(model) ^ {*kept.words, *kept.ours})} is not decided.")
        elif label in NOBODYS:
            if reaches(model):
                wrong.append(f"{label} points at a user, and is said to be nobody's.")
        elif label not in ERASED:
            wrong.append(f"{label}: nobody has decided what becomes of its rows.")
    return wrong
