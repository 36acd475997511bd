"""What pyproject.toml asks for, what the locks say and what is installed are the same."""

import re
import tomllib
from importlib.metadata import distribution, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# Locked out on purpose: the headless build stands in for it (docs/decisions/0001).
SUBSTITUTED = {"opencv-contrib-python"}


def lock(name: str) -> dict[str, str]:
    lines = re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), flags=re.MULTILINE)
    return {canonicalize_name(package): pinned for package, pinned in lines}


RUNTIME, DEV = lock("requirements.lock"), lock("requirements-dev.lock")


@pytest.mark.parametrize(
    ("wanted", "locked"),
    [(PROJECT["project"]["dependencies"], RUNTIME), (PROJECT["dependency-groups"]["dev"], DEV)],
    ids=["runtime", "dev"],
)
def test_the_lock_holds_what_the_project_asks_for(wanted: list[str], locked: dict[str, str]) -> None:
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        assert requirement.specifier.contains(locked[name]), f"{requirement}: run `make lock`."


def test_the_locks_agree_with_each_other_and_with_what_is_installed() -> None:
    assert {name: DEV[name] for name in RUNTIME.keys() & DEV.keys()}.items() <= RUNTIME.items()
    installed = {name: version(name) for name in RUNTIME | DEV}
    assert installed == RUNTIME | DEV, "Run `make setup`."


@pytest.mark.parametrize("locked", [RUNTIME, RUNTIME | DEV], ids=["runtime", "dev"])
def test_the_locks_are_complete(locked: dict[str, str]) -> None:
    """Each package's own requirements are in the lock too, since pip installs it with --no-deps."""
    for name in locked:
        for text in requires(name) or []:
            requirement = Requirement(text)
            needed = canonicalize_name(requirement.name)
            if needed in SUBSTITUTED or (
                requirement.marker and not requirement.marker.evaluate({"extra": ""})
            ):
                continue
            assert needed in locked, f"{name} needs {requirement}"
            assert requirement.specifier.contains(locked[needed]), f"{name} needs {requirement}"


def test_every_locked_package_carries_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"^(?=[a-z0-9._-]+==)", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in entry for entry in entries)


def test_the_headless_opencv_stands_in_for_the_one_that_needs_a_screen() -> None:
    assert "opencv-contrib-python" not in RUNTIME
    wanted = next(
        filter(None, (r for r in map(Requirement, requires("mediapipe") or []) if "opencv" in r.name))
    )
    assert wanted.name in SUBSTITUTED
    assert distribution("opencv-contrib-python-headless").version == RUNTIME["opencv-contrib-python-headless"]


def test_the_default_install_carries_no_torch_and_the_extra_pins_it() -> None:
    assert not {"torch", "diffusers", "transformers", "insightface", "pillow-heif"} & RUNTIME.keys()
    extra = PROJECT["project"]["optional-dependencies"]["diffusion"]
    assert "torch==2.13.0" in extra
    assert all("==" in requirement for requirement in extra)


def test_the_notice_names_what_the_site_runs_with() -> None:
    listed = re.search(r"lock\)\n-+\n\n(.+?)\n\n", (ROOT / "NOTICE").read_text(), flags=re.DOTALL)
    assert listed
    assert [line.split()[0] for line in listed[1].splitlines()] == sorted(RUNTIME)
