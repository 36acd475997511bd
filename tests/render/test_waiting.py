"""What a frame says of its wait follows from the line before it and from what the last ones took."""

import pytest
from django.core.cache import caches

from render import previews, waiting
from render.jobs.models import Job
from render.pipeline.stage import Stage


@pytest.mark.parametrize(("ahead", "seconds"), [(0, 3), (4, 9), (5, 10)])
def test_two_workers_halve_the_line_but_not_the_work(ahead: int, seconds: int) -> None:
    caches["computed"].set(f"typical/{previews.KIND}", 3.0)
    assert waiting.workers("previews") == 2
    wait = waiting.of(Job(kind=previews.KIND, queue="previews"), ahead)
    assert wait.seconds == seconds


def test_one_being_made_has_only_its_own_rest() -> None:
    caches["computed"].set(f"typical/{previews.KIND}", 4.0)
    job = Job(kind=previews.KIND, queue="previews", state=Job.State.RUNNING, stage=Stage.GATE, progress=0.75)
    assert waiting.of(job, 0) == waiting.Wait("Measuring the likeness.", 75, 1)
