"""What a queue is, and the django-q2 settings that follow from it.

Imported by the settings: no Django here.
"""

import math
from dataclasses import dataclass
from typing import Any

# Signs the doorbells of every queue. It is also the queue of a `qcluster` without a name, which nobody rings.
NAME = "portraitos"


@dataclass(frozen=True)
class Queue:
    """One cluster name, with its worker processes and the hard limit in whole seconds on each task.

    `nice` is of its workers: whoever waits for a page goes first, and a render takes what is left.
    """

    name: str
    workers: int
    timeout: int
    nice: int = 10

    @property
    def prefetch(self) -> int:
        """Doorbells that wait in the cluster's memory.

        One a worker, so that a dead cluster takes few with it.
        """
        return self.workers

    @property
    def retry(self) -> int:
        """Seconds until the broker delivers a doorbell again.

        Its clock starts when the pusher takes the doorbell, not when the work begins. So it must outlast the
        wait in the cluster's memory, one timeout a place, then the work itself, with one more timeout to
        spare.
        """
        return math.ceil(self.timeout * (2 + self.prefetch / self.workers)) + 1


def cluster_settings(queues: tuple[Queue, ...], *, poll: float) -> dict[str, Any]:
    """Return Q_CLUSTER: what all clusters share, and what each one changes when Q_CLUSTER_NAME names it."""
    return {
        "name": NAME,
        "cache": "computed",  # how its processes are, twice a second; nobody reads it
        "orm": "default",
        "poll": poll,
        "bulk": 1,
        "timeout": max(queue.timeout for queue in queues),
        "retry": max(queue.retry for queue in queues),
        "ack_failures": True,
        "max_attempts": 1,
        "save_limit": -1,
        "catch_up": False,
        "scheduler": False,
        "guard_cycle": 0.5,
        "daemonize_workers": False,
        "recycle": 200,
        "label": "Doorbells",
        "ALT_CLUSTERS": {
            queue.name: {
                "workers": queue.workers,
                "queue_limit": queue.prefetch,
                "timeout": queue.timeout,
                "retry": queue.retry,
            }
            for queue in queues
        },
    }
