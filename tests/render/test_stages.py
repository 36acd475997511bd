"""Whatever a worker tells is known to its table and to its page; every name comes from one list."""

from collections.abc import Mapping

import pytest

from render import copies, fulls, previews, waiting
from render.jobs.models import Job
from render.pipeline import run
from render.pipeline.faces.mediapipe import shared
from render.pipeline.recipe import find
from render.pipeline.stage import Stage
from studio import coach, progress
from tests.studio.sitting import photograph

OF_A_PORTRAIT = (previews.STAGES, fulls.STAGES, copies.STAGES)
OF_STUDIES = {Stage.COMPARE, Stage.LENSES}
"""Told to staff alone, on whose page they stand as they are."""


def told() -> tuple[list[Stage], list[Stage], list[Stage]]:
    """What the engine tells while it looks, proves and enlarges."""
    heard: list[Stage] = []

    def tell(stage: Stage, share: float) -> None:
        heard.append(stage)

    identity = run.identify(photograph(), shared(), tell=tell)
    looking = len(heard)
    proof = run.prove(run.sit(identity, tell), find("rembrandt"), shared(), tell=tell)
    proving = len(heard)
    run.enlarge(proof, tell)
    return heard[:looking], heard[looking:proving], heard[proving:]


@pytest.mark.slow
def test_workers_know_what_the_engine_tells() -> None:
    looks, proves, enlarges = (list(dict.fromkeys(heard)) for heard in told())
    assert looks == list(coach.STAGES)[: len(looks)]
    assert proves == list(previews.STAGES)[: len(proves)] == list(fulls.STAGES)[: len(proves)]
    assert enlarges == list(fulls.STAGES)[len(proves) :][: len(enlarges)]


@pytest.mark.parametrize("stages", [*OF_A_PORTRAIT, coach.STAGES])
def test_a_worker_comes_to_its_stages_in_order(stages: Mapping[Stage, float]) -> None:
    assert list(stages) == [stage for stage in Stage if stage in stages]
    assert list(stages.values()) == sorted(stages.values())


def test_pages_know_what_workers_tell() -> None:
    portrait = {stage for stages in OF_A_PORTRAIT for stage in stages}
    assert set(waiting.WORDS) == {None, *portrait}
    assert set(progress.WORDS) == {None, *coach.STAGES}
    assert portrait | set(coach.STAGES) | OF_STUDIES == set(Stage)


@pytest.mark.parametrize("stage", ["", "of another version"])
def test_a_page_shows_no_name_that_it_does_not_know(stage: str) -> None:
    job = Job(kind=previews.KIND, queue="previews", state=Job.State.RUNNING, stage=stage)
    assert waiting.of(job, 0).words == waiting.WORDS[None]
    assert Stage.named(stage) is None


def test_a_row_fits_every_name() -> None:
    assert max(map(len, Stage)) <= (Job._meta.get_field("stage").max_length or 0)
