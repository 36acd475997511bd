"""``python -m render.pipeline.evaluation.pairs``: blind tests for people, and what people answered.

    ... pairs render SELFIES... --styles corporate,executive --out DIR     DIR/portrait and DIR/selfie
    ... pairs render SELFIES... --styles corporate,executive --best 1 ...  in the style that suits each best
    ... pairs render SELFIES... --styles studio --deal 2 ...               in two, every style equally often
    ... pairs render SELFIES... --unlit ...                                and DIR/unlit: cut out, and no more
    ... pairs old SELFIES... --styles corporate --revision 3bff6dd ...     DIR/new and DIR/old: two engines
    ... pairs --kind KIND --pictures A --against B --out DIR [--seed N]    a page, and its key beside DIR
    ... pairs --replay KEY --out DIR                                       the same page again
    ... pairs score --key KEY ANSWERS...                                   how often A was chosen

Kinds: selfie, engine, peer, person and cutout; nothing (A is DIR/portrait, B is DIR/unlit); and plan, which
shows each of A beside four light plans and some of DIR/unlit, its negative control, too; and style, the same
beside the names of four styles, with DIR/selfie.

Pictures are matched by their names. Of a name, all before the last hyphen is the sitter, the rest the style.
DIR is for the readers; the key says which picture is which and stays with whoever asks.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from render.pipeline.contract import Code
from render.pipeline.errors import Refused
from render.pipeline.recipe import Relight

from . import light_plans, pairs_old, style_cards
from .pairs_count import Count, WrongAnswers, confusions, count, read_answers, table
from .pairs_page import Asked, NotAlike, common_size, digest, pictures_in, upright, write_page
from .pairs_pictures import STUDIO, TURNED_FILE, outside, render
from .pairs_questions import (
    KINDS,
    PLANS,
    STYLES,
    A,
    B,
    Key,
    Question,
    draw,
    draw_plans,
    draw_styles,
    read_key,
)

REFUSED, WRONG, INTERRUPTED = 2, 1, 130


def _make(options: argparse.Namespace) -> int:
    """A new page and its key."""
    out = outside(options.out)
    path = outside(options.key or out.with_name(f"{out.name}-key.json"))
    if out in path.parents:
        raise Refused("The key would lie where the readers look.", "Name a file elsewhere with --key.")
    if path.exists():
        raise Refused(f"{path} exists, and a page belongs to it.", "Name another file with --key.")
    folders = {A: options.pictures.resolve(), B: options.against.resolve()}
    pictures, against = (pictures_in(folder) for folder in folders.values())
    drawn = pictures, against, options.seed, options.controls
    plans: dict[str, Relight] = {}
    styles: dict[str, style_cards.Words] = {}
    if KINDS[options.kind].among == PLANS:
        questions, plans = draw_plans(*drawn, _turned(folders[A], pictures.keys() & against.keys()))
    elif KINDS[options.kind].among == STYLES:
        questions, styles = draw_styles(*drawn)
    else:
        questions = draw(options.kind, *drawn)
    where = {name: str(folder) for name, folder in folders.items()}
    key = Key("", options.kind, options.seed, options.revision, where, {}, questions, plans, styles)
    shown = sorted({picture for question in questions for picture in question.pictures})
    key = replace(key, inputs={picture: digest(key.path(picture)) for picture in shown})
    key = replace(key, page=_write(key, out))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(key), indent=1) + "\n", "utf-8")
    if (odd := sorted(pictures.keys() ^ against.keys())) and not KINDS[options.kind].single:
        print(f"Note: in one folder only, so left out: {', '.join(odd)}", file=sys.stderr)
    print(f"{out / 'index.html'}: {len(questions)} questions\n{path}: the truth, not for readers")
    return 0


def _turned(folder: Path, names: Collection[str]) -> list[str]:
    """Of the portraits in ``folder``, those whose lamps hang mirrored, as `render` wrote them down."""
    path = folder.parent / TURNED_FILE
    try:
        return [str(name) for name in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError) as error:
        raise Refused(
            f"{path} does not say how the lamps hang.", "Make the portraits with pairs render."
        ) from error


def _replay(options: argparse.Namespace) -> int:
    """The page of a key once more, from the same files."""
    out, key = outside(options.out), read_key(options.replay)
    for shown, known in key.inputs.items():
        if digest(key.path(shown)) != known:
            raise Refused(
                f"{key.path(shown)} is not the file that this key was made from.",
                "Put the same file back, or make a new page.",
            )
    if _write(key, out) != key.page:
        shutil.rmtree(out)
        raise Refused("The pictures came out otherwise.", "Use the Pillow that the page was made with.")
    print(out / "index.html")
    return 0


def _write(key: Key, out: Path) -> str:
    """What readers get of ``key``; nothing is left of it where it cannot be finished."""
    if out.exists():
        raise Refused(f"{out} exists.", "Name a new folder with --out.")
    kind = KINDS[key.kind]
    questions = [
        Asked(one.key, tuple(map(key.path, one.pictures)), _board(key, one)) for one in key.questions
    ]
    try:
        # Only among pictures of one size does none stand out as the control.
        paths = {path for one in questions for path in one.paths} if kind.wanted else set()
        size = common_size({str(path): upright(path).size for path in sorted(paths)}) if paths else None
        return write_page(out, questions, kind.question, kind.answers, size)
    except BaseException as error:
        shutil.rmtree(out, ignore_errors=True)
        if isinstance(error, NotAlike):
            raise Refused(f"{error}.", "Crop it like the others, or take it out.") from error
        raise


def _board(key: Key, question: Question) -> Code | None:
    """What a question is chosen from, drawn; None where that is its own pictures."""
    if not question.four:
        return None
    if KINDS[key.kind].among == PLANS:
        return light_plans.board([key.plans[name] for name in question.four])
    return style_cards.board([key.styles[name] for name in question.four])


def _score(options: argparse.Namespace) -> int:
    key = read_key(options.key)
    counts: dict[str, Count] = {}
    all_given = []
    for path in options.answers:
        reader, given = read_answers(path, key)
        if reader in counts:
            raise WrongAnswers(f"{path} is a second set of answers by {reader}.")
        counts[reader] = count(key, given)
        all_given.append(given)
    kind = KINDS[key.kind]
    chosen = "its own" if kind.among else kind.wanted or f"A, {key.folders[A]}"
    print(f"{key.kind}: {kind.question} ({chosen})")
    for line in table(counts, kind) + (confusions(key, all_given) if kind.among == STYLES else []):
        print(line)
    return 0


# The command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0, or 1 for answers that do not fit, or 2 for what a person can put right."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    tasks = {
        "render": (_render_parser, render),
        "old": (_old_parser, pairs_old.render),
        "score": (_score_parser, _score),
    }
    try:
        if words and words[0] in tasks:
            parser, task = tasks[words[0]]
            return task(parser().parse_args(words[1:]))
        options = _page_options(words)
        return _replay(options) if options.replay else _make(options)
    except Refused as refusal:
        print(f"{refusal.sentence} {refusal.fix}", file=sys.stderr)
        return REFUSED
    except WrongAnswers as wrong:
        print(wrong, file=sys.stderr)
        return WRONG
    except OSError as error:
        print(f"{error.filename} cannot be written: {error.strerror}. Name another place.", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


PROGRAM = "python -m render.pipeline.evaluation.pairs"


def _page_options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kind", choices=KINDS, help="what is asked")
    parser.add_argument("--pictures", type=Path, metavar="A", help="folder of the pictures that are judged")
    parser.add_argument("--against", type=Path, metavar="B", help="folder of what they are held against")
    parser.add_argument("--out", type=Path, required=True, help="new folder for the readers")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="drawn where not given")
    parser.add_argument("--key", type=Path, help="file for the truth; beside DIR where not given")
    parser.add_argument("--revision", help="of the engine, for the key")
    parser.add_argument("--controls", type=int, help="how many; of person, cutout, plan and style only")
    parser.add_argument("--replay", type=Path, metavar="KEY", help="write the page of this key again")
    options = parser.parse_args(words)
    if not options.replay and not (options.kind and options.pictures and options.against):
        parser.error("name --kind, --pictures and --against, or --replay")
    if options.controls is not None and options.kind and not KINDS[options.kind].has_controls:
        parser.error(f"{options.kind} has no controls")
    if options.seed < 0:
        parser.error("a seed is 0 or more")
    return options


def _render_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} render")
    parser.add_argument("selfies", type=Path, nargs="+")
    every = f"slugs, or {STUDIO!r} for all that are not on location"
    parser.add_argument("--styles", default="studio_white,corporate,executive,boardroom", help=every)
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--best", type=int, help="only so many of them, those that suit the selfie best")
    some.add_argument("--deal", type=int, help="so many of them, dealt out so that each is equally often")
    parser.add_argument("--out", type=Path, required=True, help="new folder for portrait/ and selfie/")
    parser.add_argument("--unlit", action="store_true", help="unlit/ too: the selfie cut out, not relit")
    return parser


def _old_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} old")
    parser.add_argument("selfies", type=Path, nargs="+")
    parser.add_argument("--styles", default="studio_white,corporate,executive,boardroom", help="slugs")
    parser.add_argument("--revision", default=pairs_old.REVISION, help="of the engine before")
    parser.add_argument("--out", type=Path, required=True, help="new folder for new/ and old/")
    return parser


def _score_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} score")
    parser.add_argument("answers", type=Path, nargs="+", help="what the readers saved")
    parser.add_argument("--key", type=Path, required=True, help="the truth about their page")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
