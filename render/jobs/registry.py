"""Which function does which kind of work. Handler modules are named in the setting JOB_HANDLERS.

They are imported in the worker's own process, after the fork, at its first job. Heavy libraries (torch,
mediapipe) are imported inside the handler, because the sweeper imports these modules too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings

from render.jobs.errors import UnknownKind

if TYPE_CHECKING:
    from render.jobs.lease import Lease
    from render.jobs.models import Job

Result = dict[str, Any]
Run = Callable[["Lease"], Result | None]
OnEnd = Callable[["Job"], None]
OnSweep = Callable[[], None]
Claim = Callable[[Sequence[str]], Iterable[str]]


@dataclass(frozen=True)
class Handler:
    """How one kind of job is done: its queue, its time, and what else changes when it ends."""

    kind: str
    queue: str
    timeout: float
    run: Run
    on_end: OnEnd | None


_handlers: dict[str, Handler] = {}
_sweepers: list[OnSweep] = []
_owners: list[Claim] = []


def handler(kind: str, *, queue: str, timeout: float, on_end: OnEnd | None = None) -> Callable[[Run], Run]:
    """Register the decorated function for a kind of job.

    `on_end` runs once, inside the transaction that makes the job done, failed or canceled: capture or release
    there.
    """
    queues = {known.name: known for known in settings.JOB_QUEUES}
    if queue not in queues:
        raise LookupError(f"{kind!r} wants the queue {queue!r}; there are: {', '.join(queues)}.")
    if timeout >= queues[queue].timeout:
        raise ValueError(f"{kind!r} may take {timeout} s, and its queue kills at {queues[queue].timeout} s.")

    def register(run: Run) -> Run:
        if kind in _handlers:
            raise ValueError(f"{kind!r} has a handler already: {_handlers[kind].run.__qualname__}.")
        _handlers[kind] = Handler(kind, queue, timeout, run, on_end)
        return run

    return register


def within(queue: str, share: float) -> float:
    """Return that share of the seconds after which the queue kills: a handler ends itself before."""
    return share * next(known.timeout for known in settings.JOB_QUEUES if known.name == queue)


def on_sweep(act: OnSweep) -> OnSweep:
    """Register what another app puts right at every sweep: billing releases holds that have no live job."""
    _sweepers.append(act)
    return act


def owner(claim: Claim) -> Claim:
    """Register which of these folders of results an app keeps; what no app claims is deleted."""
    _owners.append(claim)
    return claim


@cache
def load() -> None:
    """Import the handler modules, once a process."""
    for module in settings.JOB_HANDLERS:
        import_module(module)


def find(kind: str) -> Handler:
    """Return the handler of a kind; UnknownKind where there is none."""
    load()
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownKind(f"No handler is registered for {kind!r}.") from None


def sweepers() -> tuple[OnSweep, ...]:
    load()
    return tuple(_sweepers)


def owners() -> tuple[Claim, ...]:
    load()
    return tuple(_owners)


def settle(job: "Job") -> None:
    """Run the kind's `on_end`. The caller has just ended the job, in the same transaction."""
    try:
        act = find(job.kind).on_end
    except UnknownKind:
        return
    if act is not None:
        act(job)
