"""Where somebody is signed in, in words."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts import sessions
from tests.accounts.door import signed_in
from tests.cast import Cast

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


def test_the_list_of_sessions_asks_the_same_whatever_its_length(
    cast: Cast, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in(cast.alice)
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
