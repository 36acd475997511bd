"""``python -m render.pipeline.optics``: anyone's chart through the stage that portraits get."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from render.pipeline.contract import Double, Float
from render.pipeline.measure import charts
from render.pipeline.measure.edge import edge
from render.pipeline.optics.__main__ import main
from render.pipeline.optics.filter import see
from render.pipeline.optics.transfer import design


def test_a_chart_comes_back_as_the_stage_gives_it(tmp_path: Path) -> None:
    chart = charts.slanted_edge((120, 300), 5.0, 0.9).astype(np.float32)
    np.save(tmp_path / "in.npy", chart)
    line = [str(tmp_path / "in.npy"), str(tmp_path / "out.npy"), "--lens", "apo", "--source-sigma", "0.9"]
    assert main(line) == 0
    seen = np.load(tmp_path / "out.npy")
    assert np.array_equal(seen, see(chart, design("apo", 0.9, 1.0, 6144)))
    assert edge(seen).at(0.156) > edge(chart).at(0.156) + 0.15


def test_describe_says_what_is_wanted_and_reached(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--describe", "--lens", "apo", "--source-sigma", "1.6"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["lp_per_mm"] == [5, 10, 20, 30, 40]
    assert told["target"][-1] > told["reached"][-1] + 0.2
    assert told["overshoot"] <= 0.0101


@pytest.mark.parametrize("array", [np.zeros((4, 4), np.float64), np.zeros((4, 4, 2), np.float32)])
def test_what_is_no_linear_picture_is_refused_in_one_sentence(
    array: Float | Double, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "in.npy", array)
    assert main([str(tmp_path / "in.npy"), str(tmp_path / "out.npy")]) == 2
    assert "Save float32" in capsys.readouterr().err
    assert not (tmp_path / "out.npy").exists()


@pytest.mark.parametrize("line", [[], ["missing.npy", "out.npy"], ["--describe", "--source-sigma", "40"]])
def test_a_call_that_cannot_be_taken_says_why(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
