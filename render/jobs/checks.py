"""Set-ups in which jobs would be lost or done twice, refused at start-up with the line that mends them."""

import os
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register
def queue_names(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    names = [queue.name for queue in settings.JOB_QUEUES]
    wanted = os.environ.get("Q_CLUSTER_NAME", names[0])
    if wanted in names:
        return []
    return [
        Error(
            f"Q_CLUSTER_NAME={wanted!r} is no queue of this site, so its workers would wait for ever.",
            hint=f"Use one of: {', '.join(names)}.",
            id="jobs.E001",
        )
    ]


@register
def clocks(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(
            f"The queue {queue.name} has {queue.workers} workers and a timeout of {queue.timeout} s.",
            hint=f"Set {queue.name.upper()}_WORKERS and {queue.name.upper()}_TIMEOUT to 1 or more.",
            id="jobs.E002",
        )
        for queue in settings.JOB_QUEUES
        if queue.workers < 1 or queue.timeout < 1
    ]
    if settings.JOB_SILENCE_SECONDS <= settings.JOB_CANARY_SECONDS:
        found.append(
            Error(
                "Every queue would turn red between two canaries.",
                hint="Set JOB_SILENCE_SECONDS to more than twice JOB_CANARY_SECONDS.",
                id="jobs.E003",
            )
        )
    if settings.JOB_SILENCE_SECONDS < settings.JOB_LEASE_SECONDS:
        found.append(
            Warning(
                "A worker in a long stage could be taken for a silent one and killed.",
                hint="Set JOB_SILENCE_SECONDS to JOB_LEASE_SECONDS or more.",
                id="jobs.W001",
            )
        )
    return found
