"""The watchman's round: sweep, send canaries, and name the clusters that have fallen silent."""

import logging
import time
from collections.abc import Mapping
from dataclasses import astuple

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

from render.jobs import canary, failures
from render.jobs.supervise import Child
from render.jobs.sweep import sweep

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0


class Watch:
    """Runs inside the supervisor.

    Any number of hosts may watch one database: every act is a counted UPDATE.
    """

    def __init__(self, clusters: Mapping[str, Child]) -> None:
        self.clusters = clusters
        self.next_look = 0.0
        self.next_sweep = 0.0

    def round(self) -> set[str]:
        """Return the names of the children to start again."""
        if time.monotonic() < self.next_look:
            return set()
        self.next_look = time.monotonic() + min(LOOK_SECONDS, settings.JOB_CANARY_SECONDS / 2)
        close_old_connections()
        try:
            canary.send()
            if time.monotonic() >= self.next_sweep:
                self.next_sweep = time.monotonic() + settings.JOB_SWEEP_SECONDS
                swept = sweep()
                if any(astuple(swept)):
                    log.info("Swept: %s", swept)
            silent = {pulse.queue for pulse in canary.pulses() if not pulse.well}
        except (OperationalError, InterfaceError):
            log.exception("The database does not answer; nothing is swept or judged until it does.")
            return set()
        except Exception as error:
            log.exception("The watch could not look; it tries again.")
            failures.record(error, kind="watch")
            return set()
        # A cluster that has just been started gets its whole time to sing.
        return {
            child.name
            for queue, child in self.clusters.items()
            if queue in silent and child.age > settings.JOB_SILENCE_SECONDS
        }
