"""Which function does which kind of work about money (the setting JOB_HANDLERS names this module)."""

from billing import inbox, letters, reconcile, refund_settling, refunds
from billing.converge import converge
from render.jobs.lease import Lease
from render.jobs.registry import Result, handler, on_sweep, within

QUEUE = "money"
SECONDS = within(QUEUE, 0.8)


@handler("money-letter", queue=QUEUE, timeout=SECONDS)
def letter(lease: Lease) -> Result | None:
    """Queued before letters had one outbox; nothing queues it now."""
    letters.post(name=lease.payload["name"], about=lease.payload["about"])
    return None


@handler(inbox.KIND, queue=QUEUE, timeout=SECONDS)
def stripe_event(lease: Lease) -> Result | None:
    inbox.process(lease.payload["event"])
    return None


@handler(reconcile.PURCHASE, queue=QUEUE, timeout=SECONDS)
def purchase(lease: Lease) -> Result | None:
    converge(lease.subject, session_id=lease.payload.get("session", ""))
    return None


@handler(refunds.KIND, queue=QUEUE, timeout=SECONDS)
def refund(lease: Lease) -> Result | None:
    refund_settling.send(lease.subject)
    return None


@handler(reconcile.KIND, queue=QUEUE, timeout=SECONDS)
def daily(lease: Lease) -> Result | None:
    reconcile.check_ledger()
    return {"differed": reconcile.reconcile()}


on_sweep(reconcile.sweep)
