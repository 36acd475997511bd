"""What puts a selfie into the moderators' queue although nobody reported it.

A photograph that is held for age waits there until a moderator has looked.

Everybody declares that the face is their own. An account that brings one face after another is shown to a
person, who decides; nothing is refused or slowed down for it.
"""

from datetime import timedelta

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from render import moderation
from render.jobs.registry import on_sweep
from render.models import Case
from studio.models import Selfie

FACES, DAYS = 6, 30
WORDS = f"More than {FACES} faces on one account within {DAYS} days."


@on_sweep
def many_faces() -> None:
    """Flag the newest face of such an account, once in that time."""
    since = timezone.now() - timedelta(days=DAYS)
    lately = Case.objects.filter(kind=Case.Kind.SELFIE, owner=OuterRef("pk"), created_at__gte=since)
    faces = Selfie.objects.filter(identity__isnull=False, created_at__gte=since)
    owners = faces.values("owner").annotate(faces=Count("pk")).filter(faces__gt=FACES).values("owner")
    for owner in User.objects.filter(~Exists(lately), pk__in=owners):
        moderation.flag(selfie=faces.filter(owner=owner).latest("created_at"), words=WORDS)


@on_sweep
def held_for_age() -> None:
    """Ask about every photograph that is held, once."""
    asked = Case.objects.filter(kind=Case.Kind.AGE, subject=OuterRef("pk"), state=Case.State.OPEN)
    for selfie in Selfie.objects.filter(~Exists(asked), age=Selfie.Age.HELD):
        moderation.ask_age(selfie=selfie)
