"""Which function does which kind of work about money (the setting JOB_HANDLERS names this module)."""

from django.conf import settings

from billing import checkout, inbox, letters, reconcile, refund_settling, refunds
from billing.converge import converge
from render.jobs.lease import Lease
from render.jobs.registry import Result, handler, on_sweep

QUEUE = "mail"
SECONDS = 0.8 * next(queue.timeout for queue in settings.JOB_QUEUES if queue.name == QUEUE)


@handler(letters.KIND, queue=QUEUE, timeout=SECONDS)
def letter(lease: Lease) -> Result | None:
    letters.send(name=lease.payload["name"], about=lease.payload["about"])
    return None


@handler(inbox.KIND, queue=QUEUE, timeout=SECONDS)
def stripe_event(lease: Lease) -> Result | None:
    inbox.process(lease.payload["event"])
    return None


@handler(reconcile.PURCHASE, queue=QUEUE, timeout=SECONDS)
def purchase(lease: Lease) -> Result | None:
    converge(lease.subject, session_id=lease.payload.get("session", ""))
    return None


@handler(checkout.EXPIRE, queue=QUEUE, timeout=SECONDS)
def expire_checkout(lease: Lease) -> Result | None:
    checkout.expire(lease.subject)
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
