"""What is missing on a machine is said with the line that mends it."""

import pytest

from portraitos_site import native


def test_this_machine_has_everything() -> None:
    assert native.main() == 0


def test_a_missing_system_library_names_its_package() -> None:
    said = native.remedy("libGL.so.1: cannot open shared object file: No such file or directory")
    assert "sudo apt-get install -y libgl1" in said


def test_an_unknown_library_says_how_to_find_it() -> None:
    said = native.remedy("libodd.so.3: cannot open shared object file: No such file or directory")
    assert said.endswith("apt-file search libodd.so.3")


def test_a_broken_install_is_made_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(native, "NATIVE_PACKAGES", ("no_such_package",))
    assert native.main() == 1
    assert "rm -rf .venv && make setup" in capsys.readouterr().err
