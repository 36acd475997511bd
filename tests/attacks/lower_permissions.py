"""Read the data folder as another user of the machine: previews, sealed faces, the database."""

import stat
from collections.abc import Iterator
from pathlib import Path

from tests.attacks.outcome import Outcome
from tests.attacks.site import Site


def attack(site: Site) -> Outcome:
    """On the files of the running site, and on a SQLite beside it whose folder an older release left open."""
    lite = site.folder / "lite"
    lite.mkdir()
    lite.chmod(0o755)
    before = dict(site.environment)
    site.environment |= {"DATA_DIR": str(lite), "DATABASE_URL": f"sqlite:///{lite / 'portraitos.sqlite3'}"}
    site.manage("migrate", "--verbosity", "0")
    _keep_a_face(site)
    site.environment |= {name: before[name] for name in ("DATA_DIR", "DATABASE_URL")}
    _keep_a_face(site)
    folders = [Path(site.environment["DATA_DIR"]), lite]
    found = [path for folder in folders for path in _readable(folder)]
    database = lite / "portraitos.sqlite3"
    seen = (
        f"Another user reads {len(found)} files"
        + (f", such as {found[0].relative_to(site.folder)}" if found else "")
        + f"; the folder is {_mode(lite)}, the database {_mode(database)}."
    )
    return Outcome(not found and _mode(database) == "0600", seen)


def _keep_a_face(site: Site) -> None:
    site.act(
        """
        from django.core.files.base import ContentFile
        from django.core.files.storage import default_storage
        default_storage.save("selfies/ab/face.sealed", ContentFile(b"sealed"))
        """
    )


def _readable(folder: Path) -> Iterator[Path]:
    """The files that somebody reaches and reads who is neither owner nor of the group."""
    if not folder.stat().st_mode & stat.S_IXOTH:
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _readable(path)
        elif path.stat().st_mode & stat.S_IROTH:
            yield path


def _mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"
