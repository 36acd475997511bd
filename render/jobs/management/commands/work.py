import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from render.jobs.processes import bind_children, limit_memory


class Command(BaseCommand):
    help = "Work on one queue, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=[queue.name for queue in settings.JOB_QUEUES])

    def handle(self, *args: Any, **options: Any) -> None:
        queue = options["queue"]
        if os.environ.get("Q_CLUSTER_NAME") != queue:
            # django-q2 has read the variable by now, and would serve a queue that nobody rings: begin again
            # with it.
            os.environ["Q_CLUSTER_NAME"] = queue
            os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606
        from django_q.cluster import Cluster
        from django_q.signals import post_spawn

        os.nice(next(known.nice for known in settings.JOB_QUEUES if known.name == queue))
        bind_children()
        post_spawn.connect(_limit_worker)
        try:
            Cluster().start()
        except RuntimeError as error:
            raise CommandError(str(error)) from error


def _limit_worker(**kwargs: Any) -> None:
    """Runs in each worker process, before its first job."""
    limit_memory(settings.JOB_MEMORY_MB)
