"""With nothing but the cookie of somebody's session: take the account, keep it, carry the photograph away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site, until

OWNER, WITHOUT, THIEF = "owner@example.org", "by-code@example.org", "thief@example.org"
PASSWORD = "a long walk by the sea"  # the owner's, as the site makes its customers
EVIL = "what the thief has chosen"


def attack(site: Site) -> Outcome:
    owner = site.customer(OWNER)
    elsewhere = site.caller("198.51.100.2")
    elsewhere.post("/accounts/login/", {"login": OWNER, "password": PASSWORD})
    got = [*_from_whoever_has_no_password(site), *_from_the_owner(site, _stolen(site, owner), elsewhere)]
    if got:
        return Outcome(False, f"The cookie alone gave {', '.join(got)}.")
    return Outcome(True, "The cookie alone gave nothing: seven doors asked who it is.")


def _from_the_owner(site: Site, thief: Caller, elsewhere: Caller) -> Iterator[str]:
    export = thief.get(f"/identities/{_identity(site)}/export.zip")
    if export.status_code == 200:
        yield f"the raw photograph (a ZIP of {len(export.content)} bytes)"
    thief.post("/accounts/sessions/")
    if elsewhere.get("/account/").status_code != 200:
        yield "the end of the owner's other session"
    if _takes_the_address(site, thief):
        yield "the address"
        if _takes_the_password(site):
            yield "by it a new password"


def _from_whoever_has_no_password(site: Site) -> Iterator[str]:
    site.act(_MAKE, email=WITHOUT)
    owner = site.caller("198.51.100.3")
    owner.post("/accounts/login/code/", {"email": WITHOUT})
    owner.post("/accounts/login/code/confirm/", {"code": site.code(WITHOUT)})
    thief = _stolen(site, owner)
    assert thief.get("/account/").status_code == 200, "The stolen cookie opens the account."
    for path in ("/accounts/2fa/webauthn/add/", "/account/export.zip", "/account/delete/"):
        if thief.get(path).status_code == 200:
            yield path
    thief.post("/accounts/password/set/", {"password1": EVIL, "password2": EVIL})
    if site.act(_CHECK, email=WITHOUT, password=EVIL):
        yield "a password where there was none"


_MAKE = """
from allauth.account.models import EmailAddress
from accounts.models import User
user = User.objects.create_user(email)
EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
"""
_CHECK = """
from accounts.models import User
answer = User.objects.get(email=email).check_password(password)
"""


def _stolen(site: Site, owner: Caller) -> Caller:
    """The thief has the cookies, at an address of their own."""
    cookies = {cookie.name: str(cookie.value) for cookie in owner.jar}
    return Caller(site.address, ip="203.0.113.66", cookies=cookies)


def _takes_the_address(site: Site, thief: Caller) -> bool:
    answer = thief.post("/accounts/email/", {"email": THIEF, "action_add": ""})
    if answer.headers.get("Location") == "/accounts/confirm-email/":
        thief.post("/accounts/confirm-email/", {"code": site.code(THIEF)})
    code = "from accounts.models import User\nanswer = User.objects.filter(email=email).exists()"
    return bool(site.act(code, email=THIEF))


def _takes_the_password(site: Site) -> bool:
    """By a link to the mailbox of the thief."""
    before = len(site.letters(THIEF))
    thief = site.caller("203.0.113.68")
    thief.post("/accounts/password/reset/", {"email": THIEF})
    until(lambda: len(site.letters(THIEF)) > before, "the link comes")
    link = re.search(r"/accounts/password/reset/key/\S+", site.letters(THIEF)[before].get_content())
    assert link
    form = thief.get(link[0]).headers["Location"]
    thief.post(form, {"password1": EVIL, "password2": EVIL})
    return bool(site.act(_CHECK, email=THIEF, password=EVIL))


def _identity(site: Site) -> str:
    """A stored face of the owner's; the pixels do not matter here."""
    return str(
        site.act(
            """
            import uuid
            from accounts.models import User
            from django.utils import timezone
            from studio import rest
            from studio.models import Identity, Selfie
            user = User.objects.get(email=email)
            selfie = Selfie.objects.create(
                owner=user, width=800, height=800, verdict="passed", answered_at=timezone.now()
            )
            rest.write_selfie(selfie=selfie, owner=user, plain=b"\\xff\\xd8" + b"face" * 1000)
            identity = Identity(owner=user, selfie=selfie, version=1, mirrored=False, name="Me", engine="1")
            identity.measured_at = timezone.now()
            identity.facts = rest.seal_facts(row=identity, owner=user, facts={})
            identity.save()
            rest.write_model(identity=identity, owner=user, version=1, plain=b"model" * 100)
            answer = str(identity.pk)
            """,
            email=OWNER,
        )
    )
