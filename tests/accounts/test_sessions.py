"""Where somebody is signed in, in words."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import sessions
from accounts.last_seen import FRESH
from tests.accounts.door import confirmed, signed_in
from tests.cast import Cast

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

WRITES = ("INSERT", "UPDATE", "DELETE", "SAVEPOINT")


def test_the_list_of_sessions_asks_the_same_whatever_its_length(
    cast: Cast, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = confirmed(cast.alice)
    counts = []
    for more in (0, 12):
        for _ in range(more):
            signed_in(cast.alice).get("/account/")
        with django_assert_max_num_queries(20) as seen:
            page = client.get("/accounts/sessions/").content.decode()
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert page.count("Since ") == 13
    client.post("/accounts/sessions/")
    assert client.get("/accounts/sessions/").content.decode().count("Since ") == 1


def test_a_page_view_is_no_write_but_a_move_and_a_while_are(cast: Cast) -> None:
    client = signed_in(cast.alice)
    client.get("/account/")
    seen = UserSession.objects.get(user=cast.alice)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/account/").status_code == 200
    assert [query["sql"] for query in asked if query["sql"].startswith(WRITES)] == []
    client.get("/account/", REMOTE_ADDR="192.0.2.7")
    moved = UserSession.objects.get(user=cast.alice)
    assert (moved.ip, moved.last_seen_at > seen.last_seen_at) == ("192.0.2.7", True)
    client.get("/account/", REMOTE_ADDR="192.0.2.7", headers={"user-agent": "curl/8.0"})
    assert UserSession.objects.get(user=cast.alice).user_agent == "curl/8.0"
    UserSession.objects.update(last_seen_at=timezone.now() - FRESH)
    client.get("/account/", REMOTE_ADDR="192.0.2.7", headers={"user-agent": "curl/8.0"})
    assert UserSession.objects.get(user=cast.alice).last_seen_at > moved.last_seen_at


AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36": (
        "Chrome on Linux"
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0": (
        "Edge on Windows"
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1": (
        "Safari on iPhone"
    ),
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0": "Firefox on Android",
    "curl/8.0": "An unknown browser",
    "": "An unknown browser",
}


@pytest.mark.parametrize("agent", AGENTS)
def test_a_session_is_called_what_people_call_the_device(cast: Cast, agent: str) -> None:
    client = signed_in(cast.alice)
    page = client.get("/accounts/sessions/", headers={"user-agent": agent}).content.decode()
    assert sessions.device(agent) == AGENTS[agent]
    assert f"<dt>{AGENTS[agent]}</dt>" in page
    assert f"{agent}\n          </details>" in page
