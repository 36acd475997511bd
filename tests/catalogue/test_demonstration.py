"""Renders of the demonstration sitter, by the real engine."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from pytest_django import Settings

from render.jobs.models import Job
from render.jobs.work import work
from render.pipeline import run
from render.pipeline.errors import NotYourLikeness
from studio import catalogue, demonstration, sitter
from studio.catalogue_models import Demonstration, Style, StyleVersion
from tests.catalogue.texts import filed, show

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


@pytest.fixture
def rembrandt() -> StyleVersion:
    sitter.place()
    catalogue.load(recipes=[filed()])
    version = Style.objects.with_recipes().get().current
    assert version is not None
    return version


def leave(*, version: StyleVersion, tell: demonstration.Tell) -> Demonstration:
    """What `develop` leaves behind."""
    return show(version, files=True)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_job_renders_the_sitter_by_the_real_engine(rembrandt: StyleVersion) -> None:
    job = demonstration.order(version=rembrandt)
    work(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error_sentence) == (Job.State.DONE, "")
    row = demonstration.of(rembrandt)
    assert row is not None
    assert (row.width, row.height, row.refusal) == (1024, 1280, "")
    sizes = {}
    for size in demonstration.SIZES:
        with Image.open(demonstration.path(row.key, size), formats=["WEBP"]) as image:
            sizes[size] = image.size
    assert sizes == {"large": (1024, 1280), "small": (384, 480), "before": (1024, 1280)}
    assert list(demonstration.path(row.key, "large").parent.glob("*.tmp")) == []
    assert demonstration.missing() == []


def test_prepare_makes_the_front_pages_and_orders_the_others_once(
    rembrandt: StyleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstration, "develop", leave)
    catalogue.load(recipes=[filed("corporate"), filed()])
    said = StringIO()
    for _ in range(2):
        call_command("render_demonstration", later=True, stdout=said)
    assert demonstration.of(rembrandt) is not None
    job = Job.objects.get(kind=demonstration.KIND)
    other = StyleVersion.objects.get(style="corporate")
    assert (job.state, job.queue, job.payload) == ("queued", "catalogue", {"version": other.pk})
    assert "1 made, 1 left to the workers" in said.getvalue()
    assert demonstration.of(other) is None


def test_what_is_there_is_not_made_again(rembrandt: StyleVersion) -> None:
    assert demonstration.missing() == [rembrandt]
    row = show(rembrandt, files=True)
    assert demonstration.missing() == []
    demonstration.path(row.key, "before").unlink()
    assert demonstration.missing() == [rembrandt]


def test_another_sitter_or_engine_needs_another_render(
    rembrandt: StyleVersion, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(rembrandt, files=True)
    monkeypatch.setattr(demonstration, "ENGINE_VERSION", "next")
    assert demonstration.missing() == [rembrandt]
    monkeypatch.undo()
    assert demonstration.missing() == []
    own = settings.DATA_DIR / "own.png"
    Image.new("RGB", (600, 700), "gray").save(own)
    settings.DEMO_SITTER = str(own)
    sitter.place()
    assert demonstration.missing() == [rembrandt]
    assert sitter.caption_rendered() == ""


def test_the_renders_of_another_sitter_are_deleted(
    rembrandt: StyleVersion, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstration, "develop", leave)
    row = show(rembrandt, files=True)
    call_command("render_demonstration", later=True)
    assert demonstration.path(row.key, "large").exists()
    own = settings.DATA_DIR / "own.png"
    Image.new("RGB", (600, 700), "gray").save(own)
    settings.DEMO_SITTER = str(own)
    sitter.place()
    said = StringIO()
    call_command("render_demonstration", later=True, stdout=said)
    assert "1 old deleted" in said.getvalue()
    assert not any(demonstration.path(row.key, size).exists() for size in demonstration.SIZES)
    assert Demonstration.objects.get().sitter == sitter.digest() != row.sitter


def test_the_files_name_says_what_they_were_made_from(rembrandt: StyleVersion) -> None:
    key = demonstration.Made(rembrandt, "a").key
    assert key == demonstration.Made(rembrandt, "a").key
    assert key != demonstration.Made(rembrandt, "b").key


def test_a_likeness_that_fails_is_put_down_as_a_refusal(
    rembrandt: StyleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise NotYourLikeness

    monkeypatch.setattr(run, "prove", refuse)
    monkeypatch.setattr(demonstration, "_seated", lambda digest: None)
    row = demonstration.develop(version=rembrandt, tell=lambda stage, share: None)
    assert (row.refusal, row.width) == (NotYourLikeness.sentence, 0)
    assert not demonstration.path(row.key, "large").exists()
    assert demonstration.missing() == []


@pytest.mark.django_db(transaction=True)
def test_a_job_without_a_sitter_says_what_mends_it() -> None:
    catalogue.load(recipes=[filed()])
    job = demonstration.order(version=StyleVersion.objects.get())
    work(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error_code) == (Job.State.FAILED, "no_sitter")
    assert "manage.py place_sitter" in job.error_sentence
    assert not Demonstration.objects.exists()
    with pytest.raises(CommandError, match="place_sitter"):
        call_command("render_demonstration")
