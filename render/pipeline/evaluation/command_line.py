"""What the commands of this package share: which pictures they look at, and how they go through them."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

NO_PICTURE = "There is no such picture. Name folders of photographs with --pictures."


def parser(
    name: str, description: str | None, out: str, *, processes: bool = True
) -> argparse.ArgumentParser:
    """The command ``name`` of this package, with the options that all of them have.

    Parameters
    ----------
    name, description : str
        The module's, and what it says of itself.
    out : str
        What ``--out`` is a folder for.
    processes : bool
        Whether pictures are looked at side by side.
    """
    found = argparse.ArgumentParser(
        prog=f"python -m render.pipeline.evaluation.{name}", description=description
    )
    found.add_argument("--pictures", type=Path, nargs="+", required=True, help="folders of photographs")
    found.add_argument("--out", type=Path, required=True, help=f"folder for {out}")
    found.add_argument("--only", type=names, help="names of pictures, with commas and no suffix")
    if processes:
        found.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return found


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(text.split(","))


def wanted(options: argparse.Namespace) -> list[Path]:
    """The JPEG files in ``--pictures`` that ``--only`` leaves, by name in each folder."""
    paths = [path for folder in options.pictures for path in sorted(folder.glob("*.jpg"))]
    return [path for path in paths if options.only is None or path.stem in options.only]


def each(work: Callable[[Path], Result], paths: Sequence[Path], processes: int) -> Iterator[Result]:
    """``work`` on every path, as each is done, in processes of their own; says on standard error which is."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        waiting = {pool.submit(work, path): path for path in paths}
        for future in as_completed(waiting):
            result = future.result()
            print(f"{waiting[future].stem} done", file=sys.stderr, flush=True)
            yield result
