"""Python in the attacked site's own code: one process that goes on, because each start takes two seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

LOOP = """
import json as _json, sys as _sys, traceback as _traceback
from django.db import connection as _connection
_answers, _sys.stdout = _sys.stdout, _sys.stderr
for _line in _sys.stdin:
    _asked = _json.loads(_line)
    _names = {"json": _json, **_asked["given"], "answer": None}
    try:
        exec(_asked["code"], _names)
        _said = {"answer": _names["answer"]}
    except BaseException:
        _said = {"failed": _traceback.format_exc()}
    _connection.close()
    print(_json.dumps(_said), file=_answers, flush=True)
"""


class Inside:
    """``manage.py shell`` in an environment. What goes wrong in there fails here, with its traceback."""

    def __init__(self, tree: Path, environment: dict[str, str], log: Path) -> None:
        self.environment = dict(environment)
        with log.open("ab") as told:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "-c", LOOP],
                cwd=tree,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
            )

    def act(self, code: str, given: dict[str, Any]) -> Any:
        """Run it; returns what it assigns to `answer`, through JSON."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"code": dedent(code), "given": given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        while line and not line.startswith("{"):  # what older revisions print at the start
            line = self.process.stdout.readline()
        assert line, f"The shell of the site has ended: {self.process.wait(10)}."
        said = json.loads(line)
        assert "failed" not in said, said["failed"]
        return said["answer"]

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
