"""Slots are counted across processes, and freed with them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from render.jobs.slots import Full, Slots, StillRunning

WORK = Slots("work", 2)


def test_so_many_and_no_more() -> None:
    with WORK.taken(), WORK.taken():
        with pytest.raises(Full), WORK.taken():
            pass
        with Slots("other", 1).taken():
            pass
    with WORK.taken():
        pass


def test_an_owner_has_one() -> None:
    with WORK.taken(owner=7):
        with pytest.raises(StillRunning), WORK.taken(owner=7):
            pass
        with WORK.taken(owner=8):
            pass
    with WORK.taken(owner=7):
        pass


def test_who_fails_within_gives_the_slot_back() -> None:
    with pytest.raises(ZeroDivisionError), WORK.taken(owner=7):
        _ = 1 // 0
    with WORK.taken(owner=7), WORK.taken():
        pass


def test_waiting_for_a_slot() -> None:
    one = Slots("one", 1)
    with one.taken():
        began = time.monotonic()
        with pytest.raises(Full), one.taken(wait=0.2):
            pass
        assert time.monotonic() - began >= 0.2


HOLDER = """
import pathlib, sys, time
from django.conf import settings
settings.configure(DATA_DIR=pathlib.Path(sys.argv[1]))
from render.jobs.slots import Slots
with Slots("work", 2).taken(owner=7):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_holds_nothing(settings: Settings) -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", HOLDER, str(settings.DATA_DIR)]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StillRunning), WORK.taken(owner=7):
            pass
        with WORK.taken(), pytest.raises(Full), WORK.taken():
            pass
        os.kill(holder.pid, signal.SIGKILL)
    with WORK.taken(owner=7), WORK.taken():
        pass
