"""The clocks and names that django-q2 needs to be right, read back from django-q2 itself."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.core.checks import Error
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from render.jobs import checks
from render.jobs.conf import Queue, cluster_settings
from render.jobs.deadline import deadline
from render.jobs.errors import TimedOut
from tests.jobs.house import ROOT

READ_CONF = """
import django, json
django.setup()
from django_q.conf import Conf
print(json.dumps({name: getattr(Conf, name) for name in
    ["CLUSTER_NAME", "PREFIX", "WORKERS", "QUEUE_LIMIT", "TIMEOUT", "RETRY", "ORM", "POLL", "ACK_FAILURES",
     "MAX_ATTEMPTS", "SAVE_LIMIT", "CATCH_UP", "SCHEDULER", "GUARD_CYCLE", "DAEMONIZE_WORKERS"]}))
"""


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings_module = {"DJANGO_SETTINGS_MODULE": "portraitos_site.settings"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **settings_module, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@given(workers=st.integers(1, 64), timeout=st.integers(1, 10_000))
def test_a_doorbell_is_not_delivered_again_while_it_may_still_be_answered(workers: int, timeout: int) -> None:
    queue = Queue("fulls", workers, timeout)
    assert queue.retry > timeout * (2 + queue.prefetch / workers)
    alternative = cluster_settings((queue,), poll=0.2)["ALT_CLUSTERS"]["fulls"]
    assert alternative["queue_limit"] >= 1  # 0 would mean: no limit


@pytest.mark.slow
def test_django_q2_reads_what_we_mean() -> None:
    read = json.loads(python("-c", READ_CONF, Q_CLUSTER_NAME="fulls", FULLS_WORKERS="3").stdout)
    assert read == {
        "CLUSTER_NAME": "fulls",
        "PREFIX": "portraitos",
        "WORKERS": 3,
        "QUEUE_LIMIT": 3,
        "TIMEOUT": 300,
        "RETRY": 901,
        "ORM": "default",
        "POLL": 0.2,
        "ACK_FAILURES": True,
        "MAX_ATTEMPTS": 1,
        "SAVE_LIMIT": -1,
        "CATCH_UP": False,
        "SCHEDULER": False,
        "GUARD_CYCLE": 0.5,
        "DAEMONIZE_WORKERS": False,
    }


@pytest.mark.slow
def test_a_misspelt_queue_does_not_start() -> None:
    ended = python("manage.py", "qcluster", Q_CLUSTER_NAME="full")
    assert ended.returncode == 1
    assert "jobs.E001" in ended.stderr
    queues = ", ".join(queue.name for queue in django_settings.JOB_QUEUES)
    assert f"HINT: Use one of: {queues}." in ended.stderr


def test_the_checks_pass_as_shipped_and_name_what_is_wrong(settings: Settings) -> None:
    assert checks.clocks(None) == []
    settings.JOB_SILENCE_SECONDS = 60
    settings.JOB_QUEUES = (Queue("fulls", workers=0, timeout=300),)
    found = checks.clocks(None)
    assert [message.id for message in found] == ["jobs.E002", "jobs.E003", "jobs.W001"]
    assert all(message.hint for message in found)
    assert isinstance(found[0], Error)


def test_a_deadline_interrupts_and_gives_the_clock_back() -> None:
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append("outer"))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(TimedOut), deadline(0.05):
            time.sleep(5)
        limit = time.monotonic() + 10
        while not heard and time.monotonic() < limit:
            time.sleep(0.02)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert heard == ["outer"]
