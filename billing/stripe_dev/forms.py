"""The form encoding of Stripe's API: `a[b][0]=c`."""

import re
from typing import Any
from urllib.parse import parse_qsl

PART = re.compile(r"\[([^\[\]]*)\]")


def read(encoded: str) -> dict[str, Any]:
    """Nested dicts and lists of strings."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        path = [name.split("[", 1)[0], *PART.findall(name)]
        _put(tree, path, value)
    return {name: _lists(value) for name, value in tree.items()}


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1] or str(len(tree))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(item) for name, item in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
