"""The door for Stripe's events."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import inbox, stripe_api


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is stored; Stripe sends it again after anything else."""
    if request.content_type != "application/json":  # of a form, the body may have been read already
        return _refused()
    try:
        notice = stripe_api.verified(request.body, request.headers.get("Stripe-Signature", ""))
    except stripe_api.BadEvent:
        return _refused()
    inbox.receive(notice)
    return HttpResponse("Stored.", content_type="text/plain")


def _refused() -> HttpResponse:
    return HttpResponse("Not an event of Stripe's.", status=400, content_type="text/plain")
