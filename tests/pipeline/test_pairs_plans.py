"""Portraits beside four light plans, and beside themselves unlit: drawn fairly, counted apart from chance."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from render.pipeline.contract import CANVASES, Window
from render.pipeline.evaluation import light_plans, pairs, pairs_pictures, pairs_questions
from render.pipeline.evaluation.pairs_questions import TURNED
from render.pipeline.light.side import mirrored
from render.pipeline.recipe import Recipe, Relight, find, load_catalogue
from render.pipeline.recipe_rules import LOCATION
from render.pipeline.stages.compose import compose, wrapped

from . import selfies
from .blind_pages import (
    NAMES,
    Said,
    answer,
    asking,
    chunks,
    contents,
    make,
    noise,
    refused,
    truth,
    two_folders,
    write,
)

STYLES = [recipe.slug for recipe in load_catalogue()]
MANY = {f"sitter{n}-{style}": f"sitter{n}-{style}.png" for n in range(3) for style in STYLES}


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A/ as of portraits, B/ as of the same unlit, all hung as they are drawn."""
    return hung(two_folders(tmp_path))


def hung(folder: Path, *mirrored: str) -> Path:
    """``folder``, which says of its portraits whose lamps hang ``mirrored``."""
    (folder / pairs_pictures.TURNED_FILE).write_text(json.dumps(mirrored))
    return folder


def plans_page(folder: Path, out: str = "page", *more: object, seed: int = 7) -> Path:
    return make(folder, out, *more, kind="plan", seed=seed)


def side(plan: Relight) -> int:
    """Where its key stands: 1 at the right, -1 at the left, 0 at the camera."""
    return int(np.sign(next(lamp.azimuth for lamp in plan.lamps if lamp.role == "key")))


def name_of(question: pairs_questions.Question) -> str:
    return Path(question.shown[0]).stem


# Drawing


@pytest.mark.parametrize("seed", range(4))
def test_every_letter_is_right_equally_often(seed: int) -> None:
    questions, _ = pairs_questions.draw_plans(MANY, MANY, seed, 40)
    for control in (False, True):
        letters = [q.right for q in questions if q.control is control]
        counts = [letters.count(letter) for letter in light_plans.LETTERS]
        assert max(counts) - min(counts) <= 1
        assert letters != sorted(letters)


@pytest.mark.parametrize("seed", range(4))
def test_one_plan_is_the_styles_own_and_none_is_like_another(seed: int) -> None:
    turned = [name for name in MANY if name.startswith("sitter1")]
    questions, plans = pairs_questions.draw_plans(MANY, MANY, seed, None, turned)
    for question in questions:
        style = pairs_questions.style_of(name_of(question))
        own = question.four[light_plans.LETTERS.index(question.right)]
        other_way = name_of(question) in turned
        assert own == style + TURNED * other_way
        assert plans[own] == (mirrored(find(style).relight) if other_way else find(style).relight)
        sides = {side(plans[name]) for name in question.four} - {0}
        assert len(sides) <= 1 or side(plans[own]) == 0  # the side is that of the unlit picture's own light
        assert len(question.four) == light_plans.CHOICES
        assert [plan for plan in question.four if plan.removesuffix(TURNED) == style] == [own]
        drawn = [plans[name] for name in question.four]
        assert not any(light_plans.alike(a, b) for n, a in enumerate(drawn) for b in drawn[:n])
    assert len({question.four for question in questions}) > len(STYLES)


def test_controls_are_unlit_have_the_same_four_plans_and_come_first() -> None:
    orders = set()
    for seed in range(6):
        questions, _ = pairs_questions.draw_plans(MANY, MANY, seed, 30)
        assert [q.key for q in questions] == [f"P{n:03}" for n in range(1, len(MANY) + 31)]
        place = {name_of(q): n for n, q in enumerate(questions) if not q.control}
        assert place.keys() == MANY.keys()
        for number, control in enumerate(questions):
            assert control.shown[0].startswith("against/") is control.control
            if control.control:
                portrait = questions[place[name_of(control)]]
                assert sorted(control.four) == sorted(portrait.four)
                assert number < place[name_of(control)]
                # On location the selfie's own light tells where the lamps hang.
                assert find(pairs_questions.style_of(name_of(control))).backdrop.kind != LOCATION
        orders.add(tuple(place))
    assert len(orders) == 6


def test_where_all_is_on_location_controls_are_too() -> None:
    names = {f"s{n}-on_location": f"s{n}-on_location.png" for n in range(4)}
    questions, _ = pairs_questions.draw_plans(names, names, 1, None)
    assert sum(q.control for q in questions) == 3


# Pages


def test_a_page_shows_each_portrait_beside_its_board(folders: Path) -> None:
    page = plans_page(folders)
    key, files = truth(page), contents(page)
    assert len(key.questions) == len(NAMES) + 3
    for question in key.questions:
        with (
            Image.open(page / f"{question.key}-portrait.png") as ours,
            Image.open(key.path(question.shown[0])) as given,
        ):
            assert np.array_equal(np.asarray(ours), np.asarray(given))
        with Image.open(page / f"{question.key}-choices.png") as shown:
            drawn = light_plans.board([key.plans[name] for name in question.four])
            assert np.array_equal(np.asarray(shown), drawn)
    sheets = [data for name, data in files.items() if name.startswith("sheet")]
    assert len(sheets) == -(-len(key.questions) // 2)
    for data in sheets:
        with Image.open(io.BytesIO(data)) as sheet:
            assert 1500 <= sheet.width <= 1650
    told = ["zoe", "ada", "noir", "corporate", "pictures/", "against", "right", "unlit", str(folders)]
    for name, data in files.items():
        text = (
            json.dumps(json.loads(re.findall(r"const told = (.*);", data.decode())[0]))
            if name == "index.html"
            else name
        )
        assert not [word for word in told if word in text], name
        assert name == "index.html" or {kind for kind, _ in chunks(data)} == {b"IHDR", b"IDAT", b"IEND"}


def test_a_wide_portrait_is_cut_to_a_square(folders: Path) -> None:
    write(folders / "A" / f"{NAMES[0]}.png", noise(1, (480, 300)))
    page = plans_page(folders)
    key = next(q.key for q in truth(page).questions if q.shown[0] == f"pictures/{NAMES[0]}.png")
    with Image.open(page / f"{key}-portrait.png") as shown:
        assert shown.size == (300, 300)


def test_a_seed_and_a_replay_give_the_same_bytes_whatever_becomes_of_the_styles(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    page, again, other = (
        plans_page(folders),
        plans_page(folders, "again"),
        plans_page(folders, "other", seed=8),
    )
    assert contents(page) == contents(again)
    assert truth(page) == truth(again)
    assert [q.shown for q in truth(page).questions] != [q.shown for q in truth(other).questions]

    def gone(slug: str) -> Recipe:
        raise AssertionError(slug)

    monkeypatch.setattr(pairs_questions, "find", gone)
    monkeypatch.setattr(pairs_questions, "load_catalogue", tuple)
    key = page.with_name("page-key.json")
    assert pairs.main(["--replay", str(key), "--out", str(folders / "replayed")]) == 0
    assert contents(folders / "replayed") == contents(page)
    values = json.loads(key.read_text())
    for plan in values["plans"].values():
        plan["ambient"] += 0.2
    key.write_text(json.dumps(values))
    assert "came out otherwise" in refused(capsys, "--replay", key, "--out", folders / "changed")


def test_what_has_no_plan_is_refused(folders: Path, capsys: Said) -> None:
    two_folders(folders / "place", ["ada-street", "zoe-street", "kim-street"])
    words = asking(folders / "place", kind="plan")
    assert "turned.json does not say how the lamps hang" in refused(capsys, *words, "--out", folders / "new")
    key = truth(plans_page(hung(folders / "place", "ada-street")))
    assert {"street", "street" + TURNED} < key.plans.keys()
    hung(two_folders(folders / "odd", ["ada-beauty", "zoe-beauty", "kim-beauty"]))
    assert "no style called beauty" in refused(
        capsys, *asking(folders / "odd", kind="plan"), "--out", folders / "new"
    )
    assert "No picture is in both" in refused(
        capsys,
        *("--kind", "plan", "--pictures", folders / "A", "--against", folders / "odd" / "B"),
        "--out",
        folders / "new",
    )
    broken: list[object] = [{"noir": {}}, {"noir": 1}, [1]]
    for plans in broken:
        values = json.loads((folders / "place" / "page-key.json").read_text()) | {"plans": plans}
        (folders / "odd.json").write_text(json.dumps(values))
        assert "is not a key" in refused(capsys, "score", "--key", folders / "odd.json", folders / "odd.json")


# Counting


def test_the_unlit_pictures_are_counted_apart(folders: Path, capsys: Said) -> None:
    page = plans_page(folders)
    key, path = truth(page), str(page.with_name("page-key.json"))
    wrong = dict(zip("ABCD", "BCDA", strict=True))
    sees = {q.key: wrong[q.right] if q.control else q.right for q in key.questions}
    first = answer(key, folders / "1.json", "R-SEES", sees)
    same = answer(key, folders / "2.json", "R-SAME", {q.key: "C" for q in key.questions})
    capsys.readouterr()
    assert pairs.main(["score", "--key", path, str(first), str(same)]) == 0
    lines = [re.sub(r"\s+", " ", line) for line in capsys.readouterr().out.splitlines()]
    unlit = sum(q.right == "C" for q in key.questions if q.control)
    assert lines[0].startswith("plan: Which of the four plans")
    assert lines[1].startswith("R-SEES 8 of 8 100% 95 % interval 67.6% to 100.0% controls 0 of 3 0%")
    assert lines[2].startswith("R-SAME 2 of 8 25%")  # who does not look is right by chance
    assert f"controls {unlit} of 3" in lines[2]
    assert lines[3].startswith("all 10 of 16")
    assert lines[3].endswith(", by chance 25%")
    assert len(lines) == 4  # nobody fails by them
    odd = answer(key, folders / "3.json", "R-ODD", sees | {"P001": "left"})
    assert pairs.main(["score", "--key", path, str(odd)]) == 1
    assert "answers P001 with neither A nor B nor C nor D" in capsys.readouterr().err


def test_a_reader_of_light_alone_is_right_and_of_the_unlit_by_chance() -> None:
    """Who sees a ball in the portrait's light finds its plan; who sees some other light does not."""
    questions, plans = pairs_questions.draw_plans(MANY, MANY, 3, len(MANY) * 24 // 33)
    balls = {name: light_plans.ball(plan, 40).astype(float) for name, plan in plans.items()}
    right: dict[bool, list[bool]] = {True: [], False: []}
    chance = np.random.default_rng(1)
    for question in questions:
        seen = balls[question.four["ABCD".index(question.right)]]
        if question.control:
            seen = balls[str(chance.choice(sorted(balls)))]
        gaps = [np.abs(balls[name] - seen).mean() for name in question.four]
        right[question.control].append("ABCD"[int(np.argmin(gaps))] == question.right)
    assert np.mean(right[False]) == 1
    assert 0.1 < np.mean(right[True]) < 0.4


# Doing nothing


def test_doing_nothing_is_asked_like_any_pair(folders: Path, capsys: Said) -> None:
    page = make(folders, kind="nothing")
    key = truth(page)
    assert not any(q.control or q.four or q.right for q in key.questions)
    given = answer(key, folders / "1.json", "R-AAAA", {q.key: q.side for q in key.questions})
    capsys.readouterr()
    assert pairs.main(["score", "--key", str(page.with_name("page-key.json")), str(given)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("nothing: Which is the better portrait?")
    assert re.search(r"R-AAAA +8 of 8", printed)


def test_the_unlit_sitter_is_the_selfie_before_the_same_backdrop() -> None:
    """Where the sitter is, the selfie's own pixels, and the backdrop's light round their edge; where not, the
    backdrop, as it is in the portrait."""
    scene = selfies.proof(selfies.CLOSE, "corporate").scene
    plain = replace(scene, recipe=replace(scene.recipe, lens=replace(scene.recipe.lens, aperture=22.0)))
    still = pairs_pictures.unlit(plain)
    window = Window.whole(scene.placement.canvas)
    lit, nothing = compose(plain, window), compose(still, window)
    own = np.maximum(scene.placement.look(scene.sitter.identity.pixels, window), 0)
    own /= np.maximum(own.max(axis=-1, keepdims=True), 1)  # no whiter than the photograph
    own += wrapped(scene.backdrop, scene.matte, scene.sitter.identity.landmarks.ipd / scene.placement.zoom)
    sitter, wall = scene.matte == 1, scene.matte == 0
    assert np.abs(nothing - own)[sitter].max() < 1e-4
    assert np.array_equal(nothing[wall], lit[wall])
    assert np.abs(lit - own)[sitter].mean() > 0.01  # and the portrait is not
    assert scene.lighting.gain.std() > 0  # the scene itself is left as it was


@pytest.mark.wide
def test_render_writes_the_unlit_beside_the_portrait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canvas = CANVASES["4:5"]
    small = replace(canvas, width=canvas.width // 2, height=canvas.height // 2, enlargement=2)
    monkeypatch.setitem(CANVASES, "4:5", small)
    write(tmp_path / "astronaut.png", selfies.picture(selfies.CLOSE))
    words = [
        "render",
        tmp_path / "astronaut.png",
        "--styles",
        "corporate,on_location",
        "--unlit",
        "--out",
        tmp_path / "made",
    ]
    assert pairs.main(list(map(str, words))) == 0
    made = tmp_path / "made"
    turned = {"astronaut-corporate", "astronaut-on_location"}
    assert set(json.loads((made / pairs_pictures.TURNED_FILE).read_text())) <= turned
    for style in ("corporate", "on_location"):
        shown = []
        for folder in ("portrait", "unlit", "selfie"):
            with Image.open(made / folder / f"astronaut-{style}.png") as picture:
                shown.append(np.asarray(picture, np.float32))
        portrait, still, _ = shown
        assert portrait.shape == still.shape
        assert np.abs(portrait - still).mean() > 1
