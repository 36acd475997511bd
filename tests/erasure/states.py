"""Accounts in every state that an account can be in, made of rows and tiny files.

Whatever a person or a member of staff wrote, and every file, holds a token that names the account and what it
is about, so that a search of the bytes says whose words are left.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from allpairspy import AllPairs
from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.admin.models import CHANGE
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts import consent, vault
from accounts.models import AddressChange, Consent, Letter, User
from accounts.session_store import SessionStore
from billing import ledger
from billing.models import Dispute, Flag, Hold, Lot, Purchase, Refund
from render.jobs.models import Job
from render.models import Case, Copy, Portrait, PortraitFile, Shoot
from studio.models import Identity, Selfie, Style
from tests.cast import Cast
from tests.render.sitting import stock

NONE = "none"
DIMENSIONS: dict[str, list[str]] = {
    "way": ["owner", "staff", "consent", "identity", "moderator", "shoot", "portrait"],
    "purchase": [NONE, *Purchase.State.values],
    "lot": [NONE, *(f"{kind} {state}" for kind in ("goodwill", "promo") for state in Lot.State.values)],
    "refund": [NONE, *Refund.State.values],
    "portrait": [NONE, *Portrait.State.values],
    "case": [NONE, *(f"{kind} {state}" for kind in Case.Kind.values for state in Case.State.values)],
    "portrait job": [NONE, *Job.State.values],
    "selfie job": [NONE, *Job.State.values],
    "selfie": [NONE, *Selfie.Verdict.values, "identity"],
    "age": Selfie.Age.values,
    "verdict": Portrait.Verdict.values,
    "copy": [NONE, *Copy.State.values],
    "dispute": [NONE, "needs_response", "won", "lost"],
    "consent": [NONE, "standing", "withdrawn", "of an old text"],
    "person": ["customer", "blocked", "staff"],
    "address": ["one", "changed", "a second one"],
    "steps": [NONE, "app", "key"],
    "session": [NONE, "signed in", "half way"],
    "letter": [NONE, "waiting", "to another address"],
    "flag": [NONE, "standing", "settled"],
    "trail": [NONE, "audit log", "admin", "support"],
}
State = dict[str, str]
PASSWORD = "!"  # nobody signs in by it


def states() -> list[State]:
    """Every pair of values of two dimensions, in as few accounts as the covering array takes."""
    rows = AllPairs(list(DIMENSIONS.values()), filter_func=_possible)
    return [dict(zip(DIMENSIONS, row, strict=True)) for row in rows]


def _possible(row: list[str]) -> bool:
    """A way out is open to whom it is open, and what is said of a portrait is said where there is one."""
    said = dict(zip(DIMENSIONS, row, strict=False))
    way = said["way"]
    if said.get("person") == "blocked" and way not in ("staff", "moderator"):
        return False
    if said.get("portrait") != NONE:
        return True
    if way in ("shoot", "portrait"):
        return False
    if way in ("identity", "moderator") and said.get("selfie", "identity") != "identity":
        return False
    void = {"verdict": "", "copy": NONE, "portrait job": NONE}
    if said.get("selfie") == NONE:
        void["selfie job"] = NONE
    return all(said.get(name, nothing) == nothing for name, nothing in void.items())


@dataclass
class Furnished:
    """An account with what was made of it."""

    mark: str
    state: State
    user: User
    style: Style
    staff: Cast
    identity: Identity | None = None
    shoot: Shoot | None = None
    portrait: Portrait | None = None

    def token(self, about: str) -> str:
        return f"{self.mark}{about}9"  # the 9 ends it, whatever lies beside it


def furnished(staff: Cast, *, every: Sequence[State]) -> list[Furnished]:
    """An account in each of these states."""
    (style,) = stock("rembrandt")
    with transaction.atomic():
        return [furnish(number, state, staff, style) for number, state in enumerate(every)]


def furnish(number: int, state: State, staff: Cast, style: Style) -> Furnished:
    mark = f"quokka{number:03}"
    user = User.objects.create(email=f"{mark}mail9@example.org", password=PASSWORD, first_name=f"{mark}name9")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    made = Furnished(mark, state, user, style, staff)
    vault.seal(user=user, where="x", plain=b"y")
    for part in (
        _agree,
        _selfie,
        _portrait,
        _copy,
        _case,
        _lot,
        _purchase,
        _refund,
        _dispute,
        _account,
        _trail,
    ):
        part(made)
    return made


def _agree(of: Furnished) -> None:
    said = of.state["consent"]
    if said == NONE:
        return
    given: Consent = Consent.objects.create(
        user=of.user, kind="face", version=consent.VERSION, digest="0" * 64, locale="en"
    )
    if said == "of an old text":
        given.version = "2001-01"
    elif said == "withdrawn":
        given.withdrawn_at = timezone.now()
    given.save()


def _file(of: Furnished, name: str, about: str) -> None:
    default_storage.save(name, ContentFile(of.token(about).encode()))


def _folder(of: Furnished, about: str) -> str:
    name = f"{uuid.uuid4()}-1"
    path = Path(settings.JOB_DIR) / "results" / name
    path.mkdir(parents=True)
    (path / "file.jpg").write_text(of.token(about))
    return name


def photograph(of: Furnished, verdict: str, about: str) -> Selfie:
    refused = verdict == Selfie.Verdict.REFUSED
    selfie: Selfie = Selfie.objects.create(
        owner=of.user, width=10, height=10, verdict=verdict, age=of.state["age"],
        code="dark" if refused else "", sentence=of.token(about), fix=of.token(about),
        seen=of.token(about).encode(), statement=of.token(about), stated_at=timezone.now(),
        answered_at=None if verdict == Selfie.Verdict.WAITING else timezone.now(),
    )  # fmt: skip
    _file(of, selfie.file, about)
    return selfie


def _selfie(of: Furnished) -> None:
    wanted = of.state["selfie"]
    if wanted in Selfie.Verdict.values:
        _job(of, "selfie job", "coach", photograph(of, wanted, "face").id, "face")
    if wanted == "identity" or of.state["portrait"] != NONE:
        selfie = photograph(of, Selfie.Verdict.PASSED, "ident")
        _job(of, "selfie job", "coach", selfie.id, "ident")
        of.identity = Identity.objects.create(
            owner=of.user, selfie=selfie, name=of.token("ident"), engine="1", facts=of.token("ident").encode()
        )
        _file(of, of.identity.file, "ident")


def _job(of: Furnished, dimension: str, kind: str, subject: uuid.UUID, about: str) -> None:
    state = of.state[dimension]
    if state == NONE:
        return
    running, ended = state == Job.State.RUNNING, state in Job.ENDED
    Job.objects.create(
        kind=kind, queue="previews", subject=subject, state=state, attempt=1,
        payload={"said": of.token(about)}, result={"said": of.token(about)},
        error_code="error", error_sentence=of.token(about),
        lease_token=uuid.uuid4() if running else None,
        lease_end=timezone.now() if running else None, ended_at=timezone.now() if ended else None,
    )  # fmt: skip


PAID = (Portrait.State.APPROVED, Portrait.State.DELIVERED, Portrait.State.RETURNED)


def _portrait(of: Furnished) -> None:
    state = of.state["portrait"]
    if state == NONE:
        return
    assert of.identity is not None
    assert of.style.current is not None
    of.shoot = Shoot.objects.create(owner=of.user, identity=of.identity)
    id_ = uuid.uuid4()
    proved = state not in (Portrait.State.PROOFING, Portrait.State.REFUSED)
    rejected = of.state["verdict"] == Portrait.Verdict.REJECTED
    of.portrait = Portrait.objects.create(
        id=id_, shoot=of.shoot, number=1, version=of.style.current, state=state, sentence=of.token("print"),
        measured={"said": of.token("print")},
        proof=_folder(of, "print") if proved else "", proof_digest="0" * 64 if proved else "",
        full=_folder(of, "print") if state in ("delivered", "returned") else "",
        hold=_hold(of, id_, state).pk if state in PAID else None,
        reason="light" if state == Portrait.State.RETURNED else "",
        verdict=of.state["verdict"], verdict_words=of.token("print") if rejected else "",
    )  # fmt: skip
    for kind, folder in (("preview", of.portrait.proof), ("full", of.portrait.full)):
        if folder:
            PortraitFile.objects.create(
                portrait=of.portrait, kind=kind, folder=folder, name=f"{kind}.jpg", size=1, sha256="0" * 64
            )
    kind = "preview" if state in (Portrait.State.PROOFING, Portrait.State.REFUSED) else "full"
    _job(of, "portrait job", kind, id_, "print")


def _hold(of: Furnished, subject: uuid.UUID, state: str) -> Hold:
    account = ledger.account_of(user=of.user)
    ledger.grant(
        account=account, credits=1, kind=Lot.Kind.GOODWILL, key=f"{subject}", reason=of.token("money")
    )
    hold = ledger.hold(account=account, subject=subject)
    if state != Portrait.State.APPROVED:
        ledger.capture(hold_id=hold.id)
    if state == Portrait.State.RETURNED:
        ledger.restore(hold_id=hold.id, reason=of.token("money"))
    return hold


def _copy(of: Furnished) -> None:
    state = of.state["copy"]
    if state == NONE or of.portrait is None:
        return
    made: Copy = Copy.objects.create(
        portrait=of.portrait, name="png", state=state, sentence=of.token("print"),
        folder=_folder(of, "print") if state == Copy.State.MADE else "",
    )  # fmt: skip
    _job(of, "portrait job", "copy", made.id, "print")


def _case(of: Furnished) -> None:
    if of.state["case"] == NONE:
        return
    kind, state = of.state["case"].split()
    subject = of.portrait if kind == Case.Kind.PORTRAIT else (of.identity and of.identity.selfie)
    case = Case.objects.create(
        kind=kind, subject=subject.pk if subject else uuid.uuid4(), owner=of.user, words=of.token("case")
    )
    if state != Case.State.OPEN:
        case.state, case.decided_by, case.decided_at = state, of.staff.dora, timezone.now()
        if state == Case.State.REJECTED:
            case.decision, case.scope = of.token("case"), Case.Scope.PICTURE
        case.save()
    case.reports.create(words=of.token("case"))


def _lot(of: Furnished) -> None:
    if of.state["lot"] == NONE:
        return
    kind, state = of.state["lot"].split()
    lot = ledger.grant(
        account=ledger.account_of(user=of.user), credits=3, kind=Lot.Kind(kind), key=f"{uuid.uuid4()}",
        reason=of.token("money"),
    )  # fmt: skip
    _bring(of, lot, state)


def _bring(of: Furnished, lot: Lot, state: str) -> None:
    if state == Lot.State.FROZEN:
        ledger.freeze(lot=lot, key=f"{uuid.uuid4()}", reason=of.token("money"))
    elif state == Lot.State.CLOSED:
        ledger.revoke(lot=lot, credits=3, key=f"{uuid.uuid4()}", reason=of.token("money"))


def buy(of: Furnished, state: str) -> Purchase:
    """A purchase in this state, with what it left in the ledger."""
    account = ledger.account_of(user=of.user)
    purchase: Purchase = Purchase.objects.create(
        account=account, pack="Studio pack", credits=20, price_cents=2900, currency="usd", waiver="1",
        stripe_session=f"cs_test_{uuid.uuid4().hex}", back_to="/styles/",
    )  # fmt: skip
    if state in Purchase.FULFILLED:
        purchase.payment_intent = f"pi_{uuid.uuid4().hex}"
        purchase.lot = ledger.grant(
            account=account, credits=20, kind=Lot.Kind.PURCHASE, key=f"grant:{purchase.id}",
            payment_ref=purchase.payment_intent, paid_cents=2900,
        )  # fmt: skip
        purchase.paid_cents, purchase.paid_at = 2900, timezone.now()
        if state == Purchase.State.REFUNDED:
            ledger.revoke(lot=purchase.lot, credits=20, key=f"{uuid.uuid4()}", cents=2900)
    purchase.state = state
    purchase.save()
    return purchase


def _purchase(of: Furnished) -> None:
    if of.state["purchase"] != NONE:
        buy(of, of.state["purchase"])


def _refund(of: Furnished) -> None:
    state = of.state["refund"]
    if state == NONE:
        return
    purchase = buy(of, Purchase.State.PAID)
    asked = state in (Refund.State.REQUESTED, Refund.State.DECLINED)
    refund: Refund = Refund.objects.create(
        purchase=purchase, cents=2900, credits=20, ledger_cents=0 if asked else 2900, state=state,
        requested_by=of.user, approved_by=None if asked else of.staff.bob,
        reason=of.token("money"), error="" if state == Refund.State.REQUESTED else of.token("money"),
        sent_at=None if asked else timezone.now(),
    )  # fmt: skip
    if asked:
        return
    assert purchase.lot is not None
    key, reason = f"revoke:{refund.id}", of.token("money")
    ledger.revoke(lot=purchase.lot, credits=20, key=key, cents=2900, reason=reason)
    if state == Refund.State.FAILED:
        ledger.unrevoke(lot=purchase.lot, key=f"un{key}", undone=key, cents=2900, reason=reason)


def _dispute(of: Furnished) -> None:
    if of.state["dispute"] != NONE:
        purchase = buy(of, Purchase.State.PAID)
        id_ = f"du_{uuid.uuid4().hex}"
        Dispute.objects.create(id=id_, purchase=purchase, status=of.state["dispute"], cents=2900)
    if of.state["flag"] != NONE:
        settled = of.state["flag"] == "settled"
        Flag.objects.create(
            key=f"{uuid.uuid4()}", sentence="Look at it.", purchase=buy(of, Purchase.State.PAID),
            settled_at=timezone.now() if settled else None, settled_by=of.staff.bob if settled else None,
        )  # fmt: skip


def _account(of: Furnished) -> None:
    _address(of)
    _way_in(of)
    _letter(of)
    if of.state["person"] == "staff":
        of.user.is_staff = True
        of.user.save()
        of.user.groups.add(Group.objects.get(name="moderators"))
        of.user.user_permissions.add(Permission.objects.get(codename="block_user"))
        Case.objects.create(
            kind="selfie", subject=uuid.uuid4(), owner=of.staff.charlie, words="Of another.",
            state="approved", decided_by=of.user, decided_at=timezone.now(),
        )  # fmt: skip
    elif of.state["person"] == "blocked":
        of.user.is_active = False
        of.user.block_reason = of.token("name")
        of.user.save()


def _address(of: Furnished) -> None:
    if of.state["address"] == "a second one":
        EmailAddress.objects.create(user=of.user, email=f"{of.mark}mailtwo9@example.org", verified=False)
    elif of.state["address"] == "changed":
        AddressChange.objects.create(user=of.user, old=of.user.email)
        EmailAddress.objects.filter(user=of.user).update(email=f"{of.mark}mailnew9@example.org")
        of.user.email = f"{of.mark}mailnew9@example.org"
        of.user.save()


def _way_in(of: Furnished) -> None:
    if of.state["steps"] != NONE:
        kind = Authenticator.Type.TOTP if of.state["steps"] == "app" else Authenticator.Type.WEBAUTHN
        Authenticator.objects.create(user=of.user, type=kind, data={"name": of.token("name")})
    if of.state["session"] == NONE:
        return
    store = SessionStore()
    if of.state["session"] == "signed in":
        store["_auth_user_id"] = str(of.user.pk)
        store["said"] = of.token("name")
    else:
        store["account_login"] = {"email": of.user.email}
    store.save()
    if of.state["session"] == "signed in":
        UserSession.objects.create(
            user=of.user, ip="203.0.113.5", session_key=store.session_key or "", user_agent=of.token("name")
        )


def _letter(of: Furnished) -> None:
    to = {
        NONE: "",
        "waiting": of.user.email,
        "to another address": {
            "one": of.user.email.upper(),
            "changed": f"{of.mark}mail9@example.org",
            "a second one": f"{of.mark}mailtwo9@example.org",
        }[of.state["address"]],
    }[of.state["letter"]]
    if to:
        Letter.objects.create(
            recipient=to, sender="studio@example.org", subject="Hello", text=of.token("name")
        )


def _trail(of: Furnished) -> None:
    trail = of.state["trail"]
    if trail == "audit log":
        of.user.last_name = of.token("nametwo")
        of.user.save()
        LogEntry.objects.log_create(
            of.user, force_log=True, action=LogEntry.Action.UPDATE, actor=of.staff.dora,
            changes={"email": [of.user.email, of.user.email]}, remote_addr="203.0.113.9",
        )  # fmt: skip
        LogEntry.objects.log_create(
            of.staff.charlie, force_log=True, action=LogEntry.Action.ACCESS, actor=of.user,
            actor_email=of.user.email, changes={}, remote_addr="203.0.113.9",
        )  # fmt: skip
    elif trail == "admin":
        AdminEntry.objects.create(
            user=of.staff.dora, content_type=ContentType.objects.get_for_model(User),
            object_id=str(of.user.pk), object_repr=of.user.email, action_flag=CHANGE,
            change_message=of.token("name"),
        )  # fmt: skip
        AdminEntry.objects.create(
            user=of.user, content_type=None, object_id="1", object_repr="x", action_flag=CHANGE
        )
    elif trail == "support":
        LogEntry.objects.log_create(
            ledger.account_of(user=of.user), force_log=True, action=LogEntry.Action.UPDATE,
            actor=of.staff.bob, changes={"act": ["", of.token("money")]},
        )  # fmt: skip


PARTS = (_agree, _selfie, _portrait, _copy, _case, _lot, _purchase, _refund, _dispute, _account, _trail)
