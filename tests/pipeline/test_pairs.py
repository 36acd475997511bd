"""Blind pairs: nothing gives away which is which, a seed always writes the same bytes, counts are right."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image
from scipy import stats

from render.pipeline import run
from render.pipeline.contract import CANVASES, Code
from render.pipeline.evaluation import pairs, pairs_count, pairs_pictures, pairs_questions
from render.pipeline.evaluation.pairs_page import LONG_AGO, SHORTEST, common_size
from render.pipeline.evaluation.pairs_pictures import in_photograph
from render.pipeline.faces.mediapipe import shared
from render.pipeline.recipe import find, load_catalogue
from render.pipeline.recipe_rules import LOCATION
from render.pipeline.scene import set_up
from render.pipeline.stages.analyze import model
from render.pipeline.stages.gate import placed_selfie

from . import selfies
from .blind_pages import (
    NAMES,
    SIZE,
    Said,
    answer,
    asking,
    chunks,
    contents,
    gradient,
    make,
    noise,
    refused,
    truth,
    two_folders,
    write,
)
from .files import save


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A/ with gradients and B/ with noise."""
    return two_folders(tmp_path)


# Blindness


def test_the_files_of_a_pair_differ_in_nothing_but_pixels(folders: Path) -> None:
    page = make(folders)
    for question in truth(page).questions:
        left, right = (page / f"{question.key}-{side}.png" for side in ("left", "right"))
        assert left.read_bytes() != right.read_bytes()
        assert chunks(left.read_bytes()) == chunks(right.read_bytes())
        assert {kind for kind, _ in chunks(left.read_bytes())} == {b"IHDR", b"IDAT", b"IEND"}
        assert left.stat().st_mode == right.stat().st_mode
    assert {path.stat().st_mtime for path in (page, *page.iterdir())} == {LONG_AGO}


def test_each_side_shows_what_the_key_says(folders: Path) -> None:
    page = make(folders)
    key = truth(page)
    sides = set()
    for question in key.questions:
        for side, shown in zip(("left", "right"), question.shown, strict=True):
            with (
                Image.open(page / f"{question.key}-{side}.png") as ours,
                Image.open(key.path(shown)) as given,
            ):
                assert np.array_equal(np.asarray(ours), np.asarray(given))
            assert shown.startswith("pictures/") == (side == question.side)
        sides.add(question.side)
    assert sides == {"left", "right"}


def test_nothing_that_readers_get_names_an_input(folders: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "zoe the portrait"
    for name in NAMES:
        (folders / "A" / f"{name}.png").unlink()
        write(folders / "A" / f"{name}.jpg", gradient(3), "JPEG", exif=exif, comment=b"made by the engine")
    page = make(folders, "page", "--revision", "3bff6dd")
    files = contents(page)
    told = [
        *["zoe", "ada", "noir", "corporate", "pictures/", "against", "engine", "3bff6dd", "seed"],
        str(folders),
    ]
    for name, data in files.items():
        text = data.decode("latin-1") if name.endswith("html") else "".join(str(c) for c in chunks(data))
        assert not [word for word in told if word in text + name], name
        assert name == "index.html" or {kind for kind, _ in chunks(data)} == {b"IHDR", b"IDAT", b"IEND"}
    assert sorted(files) == sorted(
        ["index.html", "sheet-01.png", "sheet-02.png"]
        + [f"P{n:03}-{side}.png" for n in range(1, 9) for side in ("left", "right")]
    )
    assert "http" not in files["index.html"].decode()


def test_pictures_of_two_sizes_are_brought_to_one(folders: Path) -> None:
    """Another size and shape, EXIF that turns the picture: both come out alike and upright."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    wide = gradient(0, (800, 720))
    wide[:360] //= 2
    turned = np.ascontiguousarray(np.rot90(wide))  # as stored; turning it right gives it back
    (folders / "A" / f"{NAMES[0]}.png").unlink()
    write(folders / "A" / f"{NAMES[0]}.jpg", turned, "JPEG", exif=exif)
    page = make(folders)
    question = next(q for q in truth(page).questions if f"pictures/{NAMES[0]}.jpg" in q.shown)
    pictures = [Image.open(page / f"{question.key}-{side}.png") for side in ("left", "right")]
    assert [picture.size for picture in pictures] == [SIZE, SIZE]
    shown = np.asarray(pictures[question.side == "right"], np.float32)[..., 1]
    assert shown[:150].mean() == pytest.approx(shown[-150:].mean() / 2, abs=2)
    # 600 of the 800 columns are left, in the middle
    assert shown[-1, 0] == pytest.approx(255 * 100 / 800, abs=4)
    assert shown[-1, -1] == pytest.approx(255 * 700 / 800, abs=4)


def test_controls_do_not_stand_out_by_their_size(folders: Path) -> None:
    for number, name in enumerate(NAMES):
        write(folders / "B" / f"{name}.png", noise(number, (320 + 10 * number, 400)))
    for kind in ("person", "cutout"):
        files = contents(make(folders, kind, kind=kind))
        sizes = {Image.open(io.BytesIO(data)).size for name, data in files.items() if name.startswith("P")}
        assert len(sizes) == 1, kind


# Order


def test_the_same_seed_gives_the_same_bytes_and_another_another_order(folders: Path) -> None:
    first, again, other = make(folders, "one"), make(folders, "two"), make(folders, "three", seed=8)
    assert contents(first) == contents(again)
    assert truth(first) == truth(again)
    assert [q.shown for q in truth(first).questions] != [q.shown for q in truth(other).questions]


@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_sides_are_balanced_and_not_by_name(count: int) -> None:
    names = {f"s{number:02}-noir": f"s{number:02}-noir.png" for number in range(count)}
    lefts = np.zeros(count)
    seeds = 60
    orders = set()
    for seed in range(seeds):
        questions = pairs_questions.draw("selfie", names, names, seed, None)
        assert [q.key for q in questions] == [f"P{n:03}" for n in range(1, count + 1)]
        left = sum(q.side == "left" for q in questions)
        assert abs(left - (count - left)) <= count % 2
        by_name = sorted(questions, key=lambda q: q.shown[0].split("/")[1])
        assert [q.shown[0].split("/")[1] for q in by_name] == sorted(names.values())
        lefts += [q.side == "left" for q in by_name]
        orders.add(tuple(q.shown[0].split("/")[1] for q in questions))
    # Each name is left in about half: 60 tosses stray less than 5 sigma (3.9 each) from 30.
    assert np.abs(lefts - seeds / 2).max() < 19
    assert len(orders) >= min(seeds // 2, count)


@pytest.mark.parametrize(("asked", "controls"), [(None, 3), (8, 8)])
def test_persons_are_shown_with_other_sitters_as_controls(asked: int | None, controls: int) -> None:
    names = {name: f"{name}.png" for name in NAMES}
    for seed in range(5):
        questions = pairs_questions.draw("person", names, names, seed, asked)
        assert sum(q.control for q in questions) == controls
        assert len(questions) == len(NAMES) + controls
        for question in questions:
            first, second = (Path(shown).stem for shown in question.shown)
            assert {shown.split("/")[0] for shown in question.shown} == {"pictures", "against"}
            assert (pairs_questions.sitter_of(first) != pairs_questions.sitter_of(second)) is question.control
            assert first.rpartition("-")[2] == second.rpartition("-")[2]


def test_single_pictures_have_photographs_among_them() -> None:
    ours = {name: f"{name}.png" for name in NAMES}
    photographs = {f"photo{n}": f"photo{n}.jpg" for n in range(9)}
    questions = pairs_questions.draw("cutout", ours, photographs, 3, 5)
    assert sum(q.control for q in questions) == 5
    assert all(len(q.shown) == 1 and q.shown[0].startswith("against/") is q.control for q in questions)
    assert [q.control for q in questions] != sorted(q.control for q in questions)
    assert {q.shown[0] for q in questions if not q.control} == {f"pictures/{name}" for name in ours.values()}


# Replay


def test_replay_gives_the_same_bytes(folders: Path) -> None:
    page = make(folders, kind="person")
    key = page.with_name("page-key.json")
    assert pairs.main(["--replay", str(key), "--out", str(folders / "again")]) == 0
    assert contents(folders / "again") == contents(page)


def test_replay_refuses_changed_and_missing_inputs(folders: Path, capsys: Said) -> None:
    key = make(folders).with_name("page-key.json")
    words = ("--replay", key, "--out", folders / "again")
    write(folders / "B" / f"{NAMES[2]}.png", noise(99))
    assert f"{NAMES[2]}.png is not the file" in refused(capsys, *words)
    (folders / "B" / f"{NAMES[2]}.png").unlink()
    assert f"{NAMES[2]}.png cannot be read" in refused(capsys, *words)
    assert not (folders / "again").exists()


def test_replay_refuses_pictures_that_come_out_otherwise(folders: Path, capsys: Said) -> None:
    key = make(folders).with_name("page-key.json")
    values = json.loads(key.read_text())
    key.write_text(json.dumps(values | {"page": "000000000000"}))
    assert "came out otherwise" in refused(capsys, "--replay", key, "--out", folders / "again")
    assert not (folders / "again").exists()


# Counting


def sided(key: pairs_questions.Key, ours: int) -> dict[str, str]:
    """Answers that choose A in the first ``ours`` pairs and B in the others."""
    other = {"left": "right", "right": "left"}
    return {q.key: q.side if n < ours else other[q.side] for n, q in enumerate(key.questions)}


def test_a_known_set_of_answers_is_counted(folders: Path, capsys: Said) -> None:
    page = make(folders)
    key, path = truth(page), page.with_name("page-key.json")
    first = answer(key, folders / "1.json", "R-AAAA", sided(key, 6))
    words = folders / "2.json"  # by hand, from the sheets
    words.write_text(json.dumps({"reader": "R-BBBB", "answers": sided(key, 3)}))
    capsys.readouterr()
    assert pairs.main(["score", "--key", str(path), str(first), str(words)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("selfie: Which would you rather use")
    assert [re.sub(r"\s+", " ", line) for line in lines[1:]] == [
        f"R-AAAA 6 of 8 75% 95 % interval 40.9% to 92.9% left {lefts(key, 6)} of 8",
        f"R-BBBB 3 of 8 38% 95 % interval 13.7% to 69.4% left {lefts(key, 3)} of 8",
        f"all 9 of 16 56% 95 % interval 33.2% to 76.9% left {lefts(key, 6) + lefts(key, 3)} of 16",
    ]


def lefts(key: pairs_questions.Key, ours: int) -> int:
    return list(sided(key, ours).values()).count("left")


@pytest.mark.parametrize(("kind", "good"), [("person", "yes"), ("cutout", "no")])
def test_who_fails_the_controls_is_named(folders: Path, kind: str, good: str, capsys: Said) -> None:
    page = make(folders, kind=kind)
    key = truth(page)
    careful = answer(key, folders / "1.json", "R-CARE", {q.key: good for q in key.questions if not q.control})
    data = json.loads(careful.read_text())
    data["answers"] |= {q.key: "no" for q in key.questions if q.control}
    careful.write_text(json.dumps(data))
    blind = answer(key, folders / "2.json", "R-BLND", {q.key: "yes" for q in key.questions})
    capsys.readouterr()
    path = str(page.with_name("page-key.json"))
    assert pairs.main(["score", "--key", path, str(careful), str(blind)]) == 0
    lines = [re.sub(r"\s+", " ", line) for line in capsys.readouterr().out.splitlines()]
    yes = 8 if kind == "person" else 0
    assert lines[1].startswith("R-CARE 8 of 8 100%")
    assert lines[1].endswith("controls 3 of 3")
    assert lines[2].startswith(f"R-BLND {yes} of 8")
    assert lines[2].endswith("controls 0 of 3")
    assert lines[3].startswith(f"all {8 + yes} of 16")
    assert lines[4].startswith("without failed 8 of 8")
    assert lines[5:] == ["R-BLND fails the controls: 0 of 3 right."]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda given: given | {"P099": "left"}, "answers P099, which the key does not know"),
        (lambda given: {k: v for k, v in given.items() if k != "P003"}, "does not answer P003"),
        (lambda given: given | {"P002": "yes"}, "answers P002 with neither left nor right"),
    ],
)
def test_answers_that_do_not_fit_are_refused(folders: Path, change: Any, told: str, capsys: Said) -> None:
    page = make(folders)
    key, path = truth(page), str(page.with_name("page-key.json"))
    good = answer(key, folders / "1.json", "R-AAAA", sided(key, 4))
    assert pairs.main(["score", "--key", path, str(good)]) == 0
    bad = answer(key, folders / "2.json", "R-BBBB", change(sided(key, 4)))
    capsys.readouterr()
    assert pairs.main(["score", "--key", path, str(good), str(bad)]) == 1
    printed, said = capsys.readouterr()
    assert printed == ""
    assert told in said
    assert said.count("\n") == 1


def test_answers_to_another_page_and_answers_twice_are_refused(folders: Path, capsys: Said) -> None:
    page = make(folders)
    key, path = truth(page), str(page.with_name("page-key.json"))
    good = answer(key, folders / "1.json", "R-AAAA", sided(key, 4))
    other = answer(key, folders / "2.json", "R-BBBB", sided(key, 4), page="0123456789ab")
    for bad, told in ((other, "answers page 0123456789ab"), (good, "second set of answers by R-AAAA")):
        capsys.readouterr()
        assert pairs.main(["score", "--key", path, str(good), str(bad)]) == 1
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(("hits", "of"), [(9, 10), (0, 10), (10, 10), (31, 40)])
def test_the_interval_is_wilsons(hits: int, of: int) -> None:
    interval = stats.binomtest(hits, of).proportion_ci(0.95, method="wilson")
    assert pairs_count.wilson(hits, of) == pytest.approx((interval.low, interval.high), abs=1e-6)
    assert pairs_count.wilson(0, 0) == (0, 1)


# Refusals


@pytest.mark.parametrize("inside", ["pages", "render/pages", "out", "docs/../out", "."])
def test_no_face_gets_into_the_repository(folders: Path, inside: str, capsys: Said) -> None:
    where = pairs_pictures.PROJECT / inside
    key = make(folders).with_name("page-key.json")
    for words in (
        (*asking(folders), "--out", where),
        (*asking(folders), "--out", folders / "new", "--key", where),
        ("--replay", key, "--out", where),
        ("render", folders / "me.png", "--out", where),
    ):
        assert "lies inside the project" in refused(capsys, *words)
    assert not (folders / "new").exists()


def test_a_link_into_the_repository_is_inside_it(folders: Path, capsys: Said) -> None:
    (folders / "link").symlink_to(pairs_pictures.PROJECT)
    assert "lies inside the project" in refused(capsys, *asking(folders), "--out", folders / "link" / "page")


def test_below_out_is_allowed(monkeypatch: pytest.MonkeyPatch, folders: Path) -> None:
    monkeypatch.setattr(pairs_pictures, "PROJECT", folders)
    assert make(folders, "out/page").is_dir()
    assert (folders / "out" / "page-key.json").is_file()


def test_the_key_stays_out_of_the_readers_folder(folders: Path, capsys: Said) -> None:
    words = asking(folders)
    said = refused(capsys, *words, "--out", folders / "new", "--key", folders / "new" / "deep" / "key.json")
    assert "where the readers look" in said
    page = make(folders)
    assert "a page belongs to it" in refused(capsys, *words, "--out", page)
    assert f"{page} exists" in refused(capsys, *words, "--out", page, "--key", folders / "other.json")


def test_what_cannot_be_paired_is_refused(folders: Path, capsys: Said) -> None:
    def asked(b: str, kind: str = "selfie", *more: object) -> str:
        said = refused(capsys, *asking(folders, b, kind), "--out", folders / "new", *more)
        assert not (folders / "new").exists()
        assert not (folders / "new-key.json").exists()
        return said

    assert "There is no picture in" in asked("nowhere")
    write(folders / "C" / "nobody.png", noise(1))
    assert "No picture is in both folders" in asked("C")
    assert "1 controls, and 2 were asked for" in asked("C", "cutout", "--controls", 2)
    write(folders / "D" / f"{NAMES[0]}.png", noise(1, (1200, 360)))
    assert "of quite another shape" in asked("D")
    write(folders / "E" / f"{NAMES[0]}.png", noise(1, (SHORTEST - 1, 300)))
    assert "smaller than 256 pixels" in asked("E")
    (folders / "F").mkdir()
    (folders / "F" / f"{NAMES[0]}.png").write_bytes(b"no picture")
    assert "cannot be read as a picture" in asked("F")
    write(folders / "G" / f"{NAMES[0]}.png", noise(1))
    write(folders / "G" / f"{NAMES[0]}.jpg", noise(1), "JPEG")
    assert "holds one name twice" in asked("G")
    write(folders / "H" / "zoe-noir.png", noise(1))
    write(folders / "H" / "zoe-corporate.png", noise(1))
    assert "pictures for 0 controls" in asked("H", "person")  # one sitter alone


def test_what_is_no_key_and_no_answers_is_refused(folders: Path, capsys: Said) -> None:
    key = make(folders).with_name("page-key.json")
    (folders / "no.json").write_text("[1]")
    values = json.loads(key.read_text())
    (folders / "odd.json").write_text(json.dumps(values | {"kind": "beauty"}))
    for wrong in ("no.json", "odd.json", "missing.json"):
        assert "is not a key" in refused(capsys, "score", "--key", folders / wrong, folders / "no.json")
    assert "holds no answers" in refused(capsys, "score", "--key", key, folders / "no.json")


def test_names_in_one_folder_only_are_told_and_left_out(folders: Path, capsys: Said) -> None:
    (folders / "B" / f"{NAMES[0]}.png").unlink()
    page = make(folders)
    assert f"Note: in one folder only, so left out: {NAMES[0]}\n" == capsys.readouterr().err
    assert len(truth(page).questions) == len(NAMES) - 1


def test_sizes_never_grow() -> None:
    assert common_size({"a": (600, 800), "b": (450, 600)}) == (450, 600)
    assert common_size({"a": (3000, 4000), "b": (1500, 2000)}) == (720, 960)


# Rendering


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    canvas = CANVASES["4:5"]
    small = replace(canvas, width=canvas.width // 2, height=canvas.height // 2, enlargement=2)
    monkeypatch.setitem(CANVASES, "4:5", small)


@pytest.mark.wide
@pytest.mark.usefixtures("_small")
def test_the_astronaut_is_rendered_and_cropped_alike(tmp_path: Path, capsys: Said) -> None:
    """The selfie is the photograph itself, lies on the portrait, and both end where it does."""
    photograph = selfies.picture(selfies.ASTRONAUT)
    write(tmp_path / "astronaut.png", photograph)
    write(tmp_path / "wall.png", noise(1, (600, 600)))
    out = tmp_path / "made"
    words = [tmp_path / "astronaut.png", tmp_path / "wall.png", "--styles", "corporate,noir", "--best", "1"]
    words += ["--out", out]
    assert pairs.main(["render", *map(str, words)]) == 0
    told = json.loads((out / "refused.json").read_text())
    assert [(one["selfie"], one["style"], one["code"]) for one in told] == [("wall", None, "no_face")]
    name = "astronaut-corporate.png"
    with Image.open(out / "portrait" / name) as one, Image.open(out / "selfie" / name) as two:
        portrait, selfie = np.asarray(one), np.asarray(two)
    assert portrait.shape == selfie.shape
    check_crop(save(photograph, "PNG"), selfie)
    assert "1 portraits, 1 refused" in capsys.readouterr().out


@pytest.mark.parametrize(("sitters", "count"), [(62, 1), (31, 2), (24, 3)])
def test_styles_are_dealt_equally_often(sitters: int, count: int) -> None:
    recipes = [recipe for recipe in load_catalogue() if recipe.backdrop.kind != LOCATION]
    hands = [pairs_pictures.dealt(recipes, count, number) for number in range(sitters)]
    often = Counter(recipe.slug for hand in hands for recipe in hand)
    assert set(often) == {recipe.slug for recipe in recipes}
    assert max(often.values()) - min(often.values()) <= 1
    assert all(len({recipe.slug for recipe in hand}) == count for hand in hands)


def test_no_more_styles_are_dealt_than_there_are() -> None:
    assert len(pairs_pictures.dealt([find("corporate"), find("noir")], 3, 1)) == 2


def check_crop(data: bytes, selfie: Code) -> None:
    """Against the engine's own placed selfie on the sitter, and against the photograph's edges."""
    seen = run.look(data, shared())
    scene = set_up(run.sit(model(seen, shared())), find("corporate"), run.SEED)
    frame = in_photograph(seen, scene.sitter.identity, scene.placement)
    sides = []
    # The crop lies on the photograph, and ends only where that or the canvas ends.
    for axis, room in ((0, frame.canvas.height), (1, frame.canvas.width)):
        photograph, origin = seen.pixels.shape[axis], frame.origin[1 - axis]
        first = max(0, int(np.ceil(-origin / frame.zoom - 1e-6)))
        last = first + selfie.shape[axis]
        assert origin + frame.zoom * last <= photograph + 1e-3
        assert last == room or origin + frame.zoom * (last + 1) > photograph
        sides.append(slice(first, last))
    here = tuple(sides)
    matte, gap = scene.matte[here], np.abs(placed_selfie(scene)[here] - selfie / np.float32(255))
    assert gap[matte > 0.99].mean() < 0.02  # what the engine took as noise
    assert gap[matte < 0.01].mean() > 0.02  # where it took the background away
