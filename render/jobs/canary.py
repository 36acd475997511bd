"""A bird sent through every queue once a minute.

A queue that does not sing is red, and its cluster is restarted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django_q.tasks import async_task

from render.jobs import clock
from render.jobs.models import Canary, Job


@dataclass(frozen=True)
class Pulse:
    """When a queue last did anything, and whether that is recent enough."""

    queue: str
    alive_at: datetime | None
    well: bool

    @property
    def sentence(self) -> str:
        if self.alive_at is None:
            return f"No worker of the queue {self.queue} has been heard yet."
        silent = max((timezone.now() - self.alive_at).total_seconds(), 0)
        return f"The queue {self.queue} was last heard {silent:.0f} s ago."


def send() -> None:
    """Send a canary through each queue whose last one left an interval ago, or at a time that lies ahead.

    Any number of callers send one.
    """
    now = timezone.now()
    due = Q(sent_at__lte=now - timedelta(seconds=settings.JOB_CANARY_SECONDS)) | Q(sent_at__gt=clock.latest())
    for queue in settings.JOB_QUEUES:
        with transaction.atomic():
            _, new = Canary.objects.get_or_create(queue=queue.name, defaults={"sent_at": now})
            if new or Canary.objects.filter(due, queue=queue.name).update(sent_at=now):
                async_task(
                    "render.jobs.canary.sing",
                    queue.name,
                    q_options={"cluster": queue.name, "task_name": f"canary {queue.name}"},
                )


def sing(queue: str) -> None:
    """Run by a worker of the queue: it lives."""
    Canary.objects.filter(queue=queue).update(heard_at=timezone.now())


def pulses() -> list[Pulse]:
    """Return every queue's state.

    A heartbeat counts like a song: behind a long line of portraits the canary waits, and the queue is well.
    What lies ahead counts as silence: a clock was set back, and nobody has been heard since.
    """
    latest = clock.latest()
    heard = dict(Canary.objects.filter(heard_at__lte=latest).values_list("queue", "heard_at"))
    oldest = timezone.now() - timedelta(seconds=settings.JOB_SILENCE_SECONDS)
    found = []
    for queue in settings.JOB_QUEUES:
        beats = Job.objects.filter(queue=queue.name, beat_at__lte=latest)
        beat_at = beats.aggregate(last=Max("beat_at"))["last"]
        alive_at = max((moment for moment in (heard.get(queue.name), beat_at) if moment), default=None)
        found.append(Pulse(queue.name, alive_at, well=alive_at is not None and alive_at >= oldest))
    return found
