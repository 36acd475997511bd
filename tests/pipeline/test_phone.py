"""Good portraits as a phone takes them: drawn by seed and name, of ordinary strength."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from render.pipeline.color import srgb
from render.pipeline.contract import Code
from render.pipeline.evaluation import phone
from render.pipeline.evaluation.phone import LIGHTS, Taking, taken, taking

from . import selfies
from .selfies import ASTRONAUT, CLOSE
from .test_phone_conditions import matte

NAMES = [f"sitter-{number}" for number in range(2000)]
PLAIN = Taking("daylight", 0.0, 1e9)


def made(how: Taking) -> Code:
    return taken(selfies.picture(CLOSE), selfies.landmarks(CLOSE), matte(), how).code


def middle(code: Code) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Mean linear color of the face's middle third."""
    points = selfies.landmarks(CLOSE).points[:, :2]
    (x0, y0), (x1, y1) = np.percentile(points, 33, axis=0), np.percentile(points, 67, axis=0)
    part = code[int(y0) : int(y1), int(x0) : int(x1)].astype(np.float32) / 255
    return np.asarray(srgb.decode(part).mean(axis=(0, 1)))


def test_each_light_is_met_as_often_as_it_says() -> None:
    lights = [taking(name, 1).light for name in NAMES]
    for light, share in LIGHTS.items():
        assert lights.count(light) / len(lights) == pytest.approx(share, abs=0.03)
    assert sum(LIGHTS.values()) == pytest.approx(1)


def test_the_seed_and_the_name_decide() -> None:
    assert taking("a", 1) == taking("a", 1)
    assert taking("a", 1) != taking("a", 2)
    assert taking("a", 1) != taking("b", 1)


def test_strengths_are_ordinary() -> None:
    for one in (taking(name, 3) for name in NAMES[:300]):
        low, high = {
            "daylight": (0.0, 0.0),
            "warm room": phone.KELVIN,
            "window behind": phone.BEHIND,
        }.get(one.light, phone.BESIDE)
        assert low <= one.strength <= high


def test_daylight_and_a_good_sensor_leave_the_face_as_it_was() -> None:
    before, after = middle(selfies.picture(CLOSE)), middle(made(PLAIN))
    assert after == pytest.approx(before, rel=0.02)


def test_each_light_does_what_its_name_says() -> None:
    plain = middle(made(PLAIN))
    warm = middle(made(Taking("warm room", 3000, 1e9)))
    assert warm[0] / warm[2] > 1.5 * plain[0] / plain[2]
    behind = middle(made(Taking("window behind", 1.0, 1e9)))
    assert behind.sum() == pytest.approx(plain.sum() / 2, rel=0.1)
    left, right = (
        cv2.resize(made(Taking(f"window on the {side}", 2.0, 1e9)), (2, 1), interpolation=cv2.INTER_AREA)
        for side in ("left", "right")
    )
    assert left[0, 1].mean() > left[0, 0].mean()  # the sitter's left is at the picture's right
    assert right[0, 0].mean() > right[0, 1].mean()


def test_a_small_sensor_is_noisy() -> None:
    plain = made(PLAIN).astype(np.float32)

    def noise(electrons: float) -> float:
        return float(np.abs(made(Taking("daylight", 0.0, electrons)) - plain).mean())

    assert noise(1500) > 1.0 > noise(1e6)
    assert noise(1500) > 1.5 * noise(6000)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, picture in (("one", selfies.picture(ASTRONAUT)), ("cat", np.asarray(data.chelsea()))):
        cv2.imwrite(str(tmp_path / f"{name}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    files = [str(tmp_path / f"{name}.png") for name in ("one", "cat")]
    assert phone.main([*files, "--seed", "5", "--out", str(tmp_path / "out")]) == 0
    told = json.loads((tmp_path / "out" / "taken.json").read_text())
    assert told["seed"] == 5
    assert told["taken"]["cat"] == {"refused": "too_small"}
    assert told["taken"]["one"]["light"] in LIGHTS
    assert [path.name for path in sorted((tmp_path / "out").glob("*.jpg"))] == ["one.jpg"]
    assert phone.main([*files, "--seed", "5", "--out", str(tmp_path / "out")]) == 2
    assert "exists" in capsys.readouterr().err
