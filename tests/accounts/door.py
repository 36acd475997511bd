"""Come in through the real door, and own the things that open it."""

import base64
import json
import os
import re
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.core.cache import cache
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from accounts.models import User
from tests.cast import PASSWORD

SECRET = base64.b32encode(b"twenty bytes of seed").decode()
TIME_TO_TYPE = 3.0  # seconds


def signed_in(user: User) -> Client:
    """Sign in with the password, and the app's code where one is wanted."""
    client = Client()
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    if answer["Location"] == "/accounts/2fa/authenticate/":
        answer = client.post(answer["Location"], {"code": totp_code()})
    assert answer.status_code == 302, answer.content.decode()
    assert client.session["_auth_user_id"] == str(user.pk)
    return client


def confirmed(user: User) -> Client:
    """Signed in, and asked again for the password a moment ago."""
    client = signed_in(user)
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def confirmed_by_code(user: User) -> Client:
    """Somebody without a password, who has just entered the code that was sent to their address."""
    user.set_unusable_password()
    user.save()
    client = Client()
    client.force_login(user)
    client.post("/accounts/reauthenticate/code/", {"action": "send"})
    answer = client.post("/accounts/reauthenticate/code/", {"code": code_in(str(mail.outbox[-1].body))})
    assert answer.status_code == 302, answer.content.decode()
    return client


def totp_code() -> str:
    """The app's code, with time left to type it: a code ends with its half minute, to the second."""
    left = totp.app_settings.TOTP_PERIOD - time.time() % totp.app_settings.TOTP_PERIOD
    if left < TIME_TO_TYPE:
        time.sleep(left)
    cache.clear()  # where a code is remembered that was used a moment ago
    return str(totp.format_hotp_value(totp.hotp_value(SECRET, int(time.time()) // 30)))


def own_app(user: User) -> None:
    """An authenticator app, and the recovery codes that come with it."""
    totp.TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)


def own_key(user: User) -> Authenticator:
    """A passkey, as a browser would have registered it."""
    id_ = os.urandom(16)
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    key = ES256.from_cryptography_key(public)  # type: ignore[no-untyped-call]
    data = AttestedCredentialData.create(Aaguid(bytes(16)), id_, key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    authenticator = AuthenticatorData.create(bytes(32), flags, 0, data)
    client = {"type": "webauthn.create", "challenge": "AAAA", "origin": "http://localhost"}
    credential = {
        "id": _web(id_),
        "rawId": _web(id_),
        "type": "public-key",
        "response": {
            "clientDataJSON": _web(json.dumps(client).encode()),
            "attestationObject": _web(bytes(AttestationObject.create("none", authenticator, {}))),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
    return Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": "my phone", "credential": credential},
    )


def _web(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def code_in(mail: str) -> str:
    """The code of a mail, which stands alone on its line."""
    found = re.search(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*)$", mail, re.MULTILINE)
    assert found, mail
    return found[1]
