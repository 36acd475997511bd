"""E-mails about portraits, put into the box with the transaction that they tell of."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.models import User
from billing.models import Hold, Lot
from render.models import Portrait, Shoot
from studio.models import Selfie


def previews_ready(shoot: Shoot) -> None:
    """The last preview of the shoot has ended."""
    frames = shoot.portraits.all()
    made = sum(portrait.approvable for portrait in frames)
    _send("previews_ready", "Your previews are ready", shoot, made=made, refused=len(frames) - made)


def portraits_ready(shoot: Shoot) -> None:
    """The last portrait that was approved has been delivered."""
    delivered = shoot.portraits.filter(state=Portrait.State.DELIVERED)
    made = delivered.exclude(verdict=Portrait.Verdict.REJECTED).count()
    _send("portraits_ready", "Your portraits are ready", shoot, made=made)


def portraits_failed(shoot: Shoot, failed: Sequence[Portrait]) -> None:
    """The last portrait that was approved has ended, and these were not made."""
    made = shoot.portraits.filter(state=Portrait.State.DELIVERED).count()
    paid = Hold.objects.filter(subject__in=[portrait.pk for portrait in failed])
    disputed = paid.filter(state=Hold.State.RELEASED, lot__state=Lot.State.FROZEN).exists()
    subject = "A portrait could not be made; your credit is back"
    if len(failed) > 1:
        subject = f"{len(failed)} portraits could not be made; your credits are back"
    _send("portraits_failed", subject, shoot, failed=failed, made=made, disputed=disputed)


def rejected(portrait: Portrait) -> None:
    """A moderator does not let the portrait stay."""
    _send("rejected", "About one of your portraits", portrait.shoot, portrait=portrait)


def selfie_cleared(owner: User, selfie: Selfie) -> None:
    """A moderator has looked at a photograph that was held, and it goes on."""
    address = f"{settings.SITE_URL}{selfie.get_absolute_url()}"
    _post("selfie_cleared", "Your photograph is ready for portraits", owner, {"address": address})


def selfie_rejected(owner: User, words: str) -> None:
    """A moderator does not let a photograph stay."""
    _post("selfie_rejected", "About a photograph that you sent", owner, {"words": words})


def _send(name: str, subject: str, shoot: Shoot, **facts: object) -> None:
    address = f"{settings.SITE_URL}{shoot.get_absolute_url()}"
    context: dict[str, object] = {
        "shoot": shoot,
        "address": address,
        "support": settings.SUPPORT_EMAIL,
        **facts,
    }
    _post(name, subject, shoot.owner, context)


def _post(name: str, subject: str, owner: User, facts: Mapping[str, object]) -> None:
    context = {"support": settings.SUPPORT_EMAIL, **facts}
    text = render_to_string(f"shoots/mail/{name}.txt", context)
    html = render_to_string(f"shoots/mail/{name}.html", context)
    send_mail(subject, text, None, [owner.email], html_message=html)
