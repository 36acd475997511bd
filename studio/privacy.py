"""Studio's part in leaving: everything of a person's face, exported and erased."""

from collections.abc import Iterator

from accounts.models import User
from accounts.privacy import written
from studio import identities, rest, selfies
from studio.models import Identity, Selfie


def export(user: User) -> Iterator[tuple[str, bytes]]:
    """Paths inside the ZIP and their contents."""
    for number, identity in enumerate(Identity.objects.filter(owner=user).listed(), 1):
        for path, content in identities.exported(identity):
            yield f"identities/{number}/{path}", content
    for number, selfie in enumerate(_alone(user), 1):
        yield f"selfies/{number}.jpg", rest.read_selfie(selfie)
        yield f"selfies/{number}.json", written(selfies.told(selfie))


def erase(user: User) -> dict[str, int]:
    """Erase it all, in the caller's transaction; what was erased, counted."""
    found = list(Identity.objects.filter(owner=user).listed())
    alone = list(_alone(user))
    for identity in found:
        identities.erase(identity=identity)
    for selfie in alone:
        selfies.erase(selfie=selfie)
    return {"selfies": len(found) + len(alone), "identities": len(found)}


def _alone(user: User) -> list[Selfie]:
    return list(
        Selfie.objects.filter(owner=user, identity=None).select_related("owner").order_by("created_at")
    )
