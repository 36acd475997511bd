"""Real workers for the tests of faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django_q.models import OrmQ
from pytest_django import DjangoDbBlocker

from render.jobs.models import Canary, Failure, Job
from tests.jobs import handlers  # noqa: F401  (registers the kinds in this process too)
from tests.jobs.house import House


@pytest.fixture(scope="module")
def house(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Clusters that outlive single tests, for faults that leave the cluster itself well.

    They stop with their module, because they would answer the doorbells of tests that play the worker. Until
    then nothing empties the tables: a TRUNCATE beside living workers can end in a deadlock.
    """
    with django_db_blocker.unblock():
        house = House(
            tmp_path_factory.mktemp("house"), "--no-web", "--queues", "fulls", "mail", FULLS_WORKERS="2"
        )
        yield house
        house.stop()
        Job.objects.all().delete()
        Failure.objects.all().delete()
        Canary.objects.all().delete()
        OrmQ.objects.all().delete()


@pytest.fixture
def own_house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    """Clusters of one test, which may kill what it likes."""
    house = House(tmp_path / "house", "--no-web", "--queues", "fulls")
    yield house
    house.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show what the workers said when a test about them fails."""
    report = yield
    if report.when == "call" and report.failed:  # type: ignore[attr-defined]
        for value in item.funcargs.values():  # type: ignore[attr-defined]
            if isinstance(value, House) and value.log.exists():
                report.sections.append(("workers", value.log.read_text()[-6000:]))  # type: ignore[attr-defined]
    return report
