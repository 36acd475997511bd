"""The stored models: kept, named, measured anew, exported, erased."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from studio import rest, selfies
from studio.errors import NameTaken, NameTooLong, NoName
from studio.models import Identity, Selfie

if TYPE_CHECKING:
    from render.pipeline.contract import Identity as Model

LONGEST_NAME = 60


def prepared(*, selfie: Selfie) -> Identity:
    """The selfie's identity, as it will be once it is measured (again); not saved."""
    known = Identity.objects.filter(selfie=selfie).select_related("owner", "selfie").first()
    if known is None:
        return Identity(owner=selfie.owner, selfie=selfie, version=1, mirrored=selfie.mirrored)
    known.version += 1
    known.mirrored = selfie.mirrored
    return known


def write(*, identity: Identity, model: "Model") -> str:
    """Seal the model into the storage; returns the file's name."""
    from render.pipeline.identity_file import dump

    plain = dump(model)
    rest.write_model(identity=identity, owner=identity.owner, version=identity.version, plain=plain)
    return identity.file


def keep(*, identity: Identity, engine: str, facts: dict[str, Any]) -> None:
    """Make the row say what the file holds. In a transaction; raises where the selfie is gone."""
    Selfie.objects.select_for_update().get(pk=identity.selfie_id)
    identity.engine, identity.measured_at = engine, timezone.now()
    identity.facts = rest.seal_facts(row=identity, owner=identity.owner, facts=facts)
    if identity.name:
        rest.erase_on_commit([identity.file_of(identity.version - 1)])
        identity.save(update_fields=["version", "mirrored", "engine", "facts", "measured_at"])
    else:
        identity.name = _free_name(identity.owner)
        identity.save(force_insert=True)


def rename(*, identity: Identity, name: str) -> None:
    """Call an identity by another name."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise NoName
    if len(cleaned) > LONGEST_NAME:
        raise NameTooLong(f"This name has {len(cleaned)} letters, and that is too long.")
    identity.name = cleaned
    try:
        with transaction.atomic(durable=True):
            identity.save(update_fields=["name"])
    except IntegrityError:
        raise NameTaken from None


def recompute(*, engine: str) -> int:
    """Queue every identity that another engine has measured; returns how many."""
    stale = Identity.objects.exclude(engine=engine).select_related("selfie")
    jobs = [selfies.look_again(selfie=identity.selfie) for identity in stale.iterator()]
    return len(jobs)


def erase(*, identity: Identity) -> None:
    """Forget an identity and its selfie, and stop whoever works on them. In a transaction."""
    selfie = identity.selfie
    selfies.stop(selfie=selfie)
    rest.erase_on_commit([identity.file])
    identity.delete()
    selfies.erase(selfie=selfie)


def exported(identity: Identity) -> Iterator[tuple[str, bytes]]:
    """Everything that is stored with it: paths and contents."""
    yield "selfie.jpg", rest.read_selfie(identity.selfie)
    yield "model.npz", rest.read_model(identity)
    told = {
        "id": str(identity.id),
        "name": identity.name,
        "version": identity.version,
        "engine": identity.engine,
        "mirrored": identity.mirrored,
        **selfies.told(identity.selfie),
        "created_at": identity.created_at.isoformat(),
        "measured_at": identity.measured_at.isoformat(),
        "measured": rest.open_facts(identity),
    }
    yield "facts.json", json.dumps(told, indent=1, ensure_ascii=False).encode()


def archive(identity: Identity) -> bytes:
    """The export as one ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for path, content in exported(identity):
            file.writestr(path, content)
    return buffer.getvalue()


def _free_name(owner: User) -> str:
    """`Me`, then `Me 2` and so on: a name to begin with. The owner's row keeps two workers apart."""
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    taken = set(Identity.objects.filter(owner=owner).values_list("name", flat=True))
    number = 1
    while (name := f"Me {number}" if number > 1 else "Me") in taken:
        number += 1
    return name
