"""The account's export holds the full files of portraits whose credit came back."""

import io
import zipfile

from tests.attacks import sitter
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

PASSWORD = "a long walk by the sea"
FURNISH = """
    import uuid
    from pathlib import Path
    from django.conf import settings
    from django.db import transaction
    from django.utils import timezone
    from accounts.models import User
    from billing import ledger
    from billing.models import Lot
    from render import prints
    from render.models import Portrait, Shoot
    from studio import rest
    from studio.models import Identity, Selfie, StyleVersion
    user, now = User.objects.get(email=email), timezone.now()
    selfie = Selfie.objects.create(owner=user, width=1, height=1, verdict="passed", answered_at=now)
    rest.write_selfie(selfie=selfie, owner=user, plain=b"selfie")
    identity = Identity(owner=user, selfie=selfie, name="Me", engine="none", facts=b"")
    identity.facts = rest.seal_facts(row=identity, owner=user, facts={})
    identity.save()
    rest.write_model(identity=identity, owner=user, version=1, plain=b"model")
    shoot = Shoot.objects.create(owner=user, identity=identity)
    account = ledger.account_of(user=user)
    ends = {"kept": {}, "returned": {"state": "returned", "reason": "eyes"},
            "rejected": {"verdict": "rejected", "verdict_words": "Somebody else."}}
    with transaction.atomic():
        ledger.grant(account=account, credits=3, kind=Lot.Kind.GOODWILL, key="attack")
        for number, (end, fields) in enumerate(ends.items(), 1):
            pk, folders = uuid.uuid4(), {}
            hold = ledger.hold(account=account, subject=pk)
            ledger.capture(hold_id=hold.id)
            if end != "kept":
                ledger.restore(hold_id=hold.id)
            for part in ("proof", "full"):
                folders[part] = f"{uuid.uuid4()}-1"
                (Path(settings.JOB_DIR) / "results" / folders[part]).mkdir(parents=True)
            portrait = Portrait.objects.create(
                id=pk, shoot=shoot, number=number, version=StyleVersion.objects.first(),
                proof_digest="0" * 64, hold=hold.id, approved_at=now, delivered_at=now,
                **{"state": "delivered", **folders, **fields},
            )
            prints.preview(portrait).write_bytes(f"preview of {end}".encode())
            prints.full(portrait).write_bytes(f"full of {end}".encode())
            for folder in (prints.preview(portrait).parent, prints.full(portrait).parent):
                prints.write_report(folder=folder, portrait=portrait, owner=user, report={})
"""


def attack(site: Site) -> Outcome:
    alice = sitter.arrive(site, "alice@example.org")
    site.act(FURNISH, email="alice@example.org")
    asked = alice.get("/account/export.zip")
    if asked.is_redirect:
        alice.post(asked.headers["Location"], {"password": PASSWORD})
        asked = alice.get("/account/export.zip")
    with zipfile.ZipFile(io.BytesIO(asked.content)) as archive:
        inside = b"\n".join(archive.read(name) for name in archive.namelist())
    assert b"full of kept" in inside, "What is paid for is missing."
    out = [end for end in ("returned", "rejected") if f"full of {end}".encode() in inside]
    told = [end for end in ("returned", "rejected") if f"preview of {end}".encode() in inside]
    return Outcome(
        not out,
        f"Of 2 portraits that cost nothing, the export holds {len(out)} full files and {len(told)} previews.",
    )
