"""The site listens off this machine only behind a proxy, and leaves threads for pages."""

import socket

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from portraitos_site import address_checks


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "203.0.113.7", "portraits.example", ""])
@pytest.mark.parametrize("proxy", [False, True])
def test_an_address_that_others_reach(settings: Settings, host: str, proxy: bool) -> None:
    settings.HOST, settings.BEHIND_PROXY = host, proxy
    found = [message.id for message in address_checks.listens_behind_a_proxy(None)]
    assert found == ([] if proxy else ["web.E001"])


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine(settings: Settings, host: str) -> None:
    settings.HOST, settings.BEHIND_PROXY = host, False
    assert address_checks.listens_behind_a_proxy(None) == []


@pytest.mark.parametrize("command", ["serve", "web"])
def test_an_argument_counts_like_the_setting(settings: Settings, command: str) -> None:
    settings.BEHIND_PROXY = False
    with pytest.raises(CommandError, match="or put a TLS proxy before the site"):
        call_command(command, "--host", "0.0.0.0", skip_checks=True)


def test_a_port_that_is_taken_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            CommandError, match=f"Nothing can listen on 127.0.0.1:{port}: .* Set PORT to a free one"
        ):
            call_command("serve", "--host", "127.0.0.1", "--port", port, skip_checks=True)


@pytest.mark.parametrize(("processes", "threads"), [(0, 16), (1, 11), (2, 0)])
def test_threads_for_pages(settings: Settings, processes: int, threads: int) -> None:
    settings.WEB_PROCESSES, settings.WEB_THREADS = processes, threads
    assert [message.id for message in address_checks.has_threads_for_pages(None)] == ["web.E002"]
    settings.WEB_PROCESSES, settings.WEB_THREADS = 1, 12
    assert address_checks.has_threads_for_pages(None) == []
