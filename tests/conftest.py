"""What every test gets: its own data folder, its own database, and no quiet skips in CI."""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker, Settings

from tests import emptying, memo

pytest_plugins = ["tests.cast", "tests.shop", "tests.delivered.count"]

FACES = "PORTRAITOS_TEST_FACES"
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


if "PYTEST_XDIST_WORKER" in os.environ:
    cv2.setNumThreads(1)  # a worker on every core: more threads only wait for each other


LONGEST = (
    "delivered/test_site.py",
    "billing/test_ledger_stateful.py",
    "pipeline/test_styles.py",
    "e2e/test_shoots.py",
    "e2e/test_selfies.py",
    "pipeline/test_likeness_pictures.py",
    "render/test_faults.py",
    "jobs/test_faults.py",
    "erasure/test_states.py",
    "erasure/test_fates.py",
    "billing/test_event_order.py",
    "render/test_downloads.py",
    "render/test_portrait_files.py",
    "render/test_outage.py",
    "pipeline/test_conditions.py",
    "jobs/test_clusters.py",
    "e2e/test_accounts.py",
    "pipeline/test_inspect.py",
    "pipeline/test_honesty.py",
    "render/test_dead_clusters.py",
    "e2e/test_every_page.py",
    "e2e/test_come_back.py",
    "e2e/test_catalogue.py",
    "pipeline/test_registration.py",
    "pipeline/test_spectra.py",
    "pipeline/test_determinism.py",
    "pipeline/test_command_line.py",
    "pipeline/test_carried.py",
    "pipeline/test_place.py",
)
"""Files that take more than twenty seconds, here or in the soak.

They begin first, so that none is left alone at the end.
"""


def pytest_configure(config: pytest.Config) -> None:
    """One folder a run for what the engine answered (tests/memo.py), shared by its workers."""
    if memo.FOLDER not in os.environ:
        os.environ[memo.FOLDER] = tempfile.mkdtemp(prefix="portraitos-memo-")
        config.add_cleanup(_forget)


def _forget() -> None:
    shutil.rmtree(os.environ.pop(memo.FOLDER), ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and skip what needs the test photographs where there are none."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
    if os.environ.get(FACES):
        return
    reason = f"{FACES} does not say where the test photographs are."
    for item in items:
        if item.get_closest_marker("faces"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: a machine that lacks something must not look well."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which CI does not accept. {call.excinfo.value if call.excinfo else ''}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped as a whole, which CI does not accept."
    return report


@pytest.fixture(scope="session")
def faces() -> Path:
    """The folder of test photographs. For tests marked `faces`."""
    folder = Path(os.environ[FACES])
    assert folder.is_dir(), f"{FACES}={folder} is no folder."
    return folder


@pytest.fixture(scope="session")
def cases(faces: Path) -> Path:
    """The folder of small inputs that failed once. For tests marked `faces`."""
    return faces.parent / "cases"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give each run (and each xdist worker) its own database, in a file that other processes can open."""
    default: dict[str, Any] = django_settings.DATABASES["default"]
    name = f"portraitos_test_{os.getpid()}"
    if default["ENGINE"].endswith("sqlite3"):
        name = str(tmp_path_factory.mktemp("database") / f"{name}.sqlite3")
    default.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """Make the database for every run that asks for it.

    pytest-django's own fixture makes none for tests without its mark, and then those that drive other
    processes would meet the real one.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
        if connection.vendor == "postgresql":  # a crash may lose a test's rows
            with connection.cursor() as cursor:
                name = connection.ops.quote_name(connection.settings_dict["NAME"])
                cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
            connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptying.empty)
        yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """A fingerprint that takes no time: the cast has four passwords, and most tests have the cast."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _nothing_computed() -> None:
    """Limits are rows, and go with the test's own; what was computed would outlive it."""
    caches["computed"].clear()


@pytest.fixture(autouse=True)
def _own_outbox(settings: Settings) -> None:
    """What a worker sends comes to mail.outbox, like what Django's tests send at once."""
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def _remembering(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Around the engine its answers are remembered; the engine's own tests compute everything."""
    if not {"pipeline", "delivered"} & set(request.path.parts):
        memo.install(monkeypatch.setattr)


@pytest.fixture(autouse=True)
def _own_data_dir(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.JOB_DIR = tmp_path / "data" / "jobs"
    settings.STATIC_ROOT = tmp_path / "data" / "static"
    settings.STATIC_ROOT.mkdir(parents=True)
    files = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "data" / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": files}
