"""What test_outage.py needs done in the site's own database: `furnish` and `verdict`, each printing JSON."""

import json
import sys
from typing import Any

import django

COUNT = 4


def furnish() -> dict[str, Any]:
    """A customer with developed previews and a credit for each, and the cookies to come in with."""
    from django.conf import settings
    from django.utils.crypto import get_random_string

    from tests.cast import logged_in, person
    from tests.render import small
    from tests.render.sitting import fund, proofs

    small.shrink()
    alice = person("alice@example.org")
    fund(alice, COUNT)
    portraits = proofs(alice, "rembrandt", "corporate", "noir", "neon")
    assert len(portraits) == COUNT
    name = settings.SESSION_COOKIE_NAME
    return {
        "session": f"{name}={logged_in(alice).cookies[name].value}",
        "csrf": get_random_string(32),
        "shoot": portraits[0].shoot.get_absolute_url(),
        "portraits": [str(row.pk) for row in portraits],
    }


def verdict() -> dict[str, Any]:
    """How everything stands."""
    from billing.audit import audit
    from billing.models import Entry, Hold
    from render.models import Portrait
    from tests.render.sitting import assert_settled

    states = list(Portrait.objects.values_list("state", flat=True))
    if Portrait.State.APPROVED not in states:
        assert_settled()
    return {
        "states": states,
        "captures": Entry.objects.filter(kind=Entry.Kind.CAPTURE).count(),
        "open": Hold.objects.filter(state=Hold.State.OPEN).count(),
        "audit": [str(finding) for finding in audit()],
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"furnish": furnish, "verdict": verdict}[sys.argv[1]]()))
