"""Imports point down only.

render/pipeline, render/jobs < accounts < billing < studio < render < portraitos_site
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {
    "render.pipeline": 0,
    "render.jobs": 0,
    "accounts": 1,
    "billing": 2,
    "studio": 3,
    "render": 4,
    "portraitos_site": 5,
}
SITE_FRAMEWORKS = ("django", "rest_framework", "django_q")
STRIPE = "billing.stripe_api"
STRIPE_SCHEMA = "billing.stripe_dev.schema"  # reads the request types, and speaks to nobody


def room(module: str) -> str | None:
    """The room that a module belongs to; None for what is not ours."""
    return next((name for name in FLOORS if module == name or module.startswith(f"{name}.")), None)


def imported(source: str, package: str) -> Iterator[str]:
    """Every module that the source imports, relative imports resolved against its package."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = ".".join(parents[: len(parents) - node.level + 1]) if node.level else ""
            origin = ".".join(part for part in (base, node.module) if part)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def violations(module: str, source: str) -> list[str]:
    """What a module imports and must not, each as a sentence."""
    here = room(module)
    assert here is not None
    package = module.rpartition(".")[0] or module
    found = []
    for name in imported(source, package):
        there = room(name)
        if there is not None and there != here and FLOORS[there] >= FLOORS[here]:
            found.append(f"{module} imports {name}, which is not below it.")
        if here == "render.pipeline" and name.startswith(SITE_FRAMEWORKS):
            found.append(f"{module} imports {name}; the pipeline is pure.")
        reads = module == STRIPE_SCHEMA and name.startswith("stripe.params.")
        if name.split(".")[0] == "stripe" and module != STRIPE and not reads:
            found.append(f"{module} imports {name}; only {STRIPE} speaks to Stripe.")
    return found


def modules() -> Iterator[tuple[str, Path]]:
    for top in sorted({name.split(".")[0] for name in FLOORS}):
        for path in sorted((ROOT / top).rglob("*.py")):
            # `__init__` stays in the name, so that a package's relative imports resolve like its children's
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts), path


def test_the_house_keeps_its_order() -> None:
    found = [line for module, path in modules() for line in violations(module, path.read_text())]
    assert found == []


def test_jobs_stand_on_django_and_django_q2_alone() -> None:
    allowed = {"django", "django_q", "render"}
    for module, path in modules():
        if room(module) == "render.jobs":
            tops = {name.split(".")[0] for name in imported(path.read_text(), module.rpartition(".")[0])}
            assert tops - allowed <= sys.stdlib_module_names, module


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("render.pipeline.run", "import render.jobs.lease"),
        ("render.pipeline.run", "from render import jobs"),
        ("render.pipeline.run", "from ..jobs import lease"),
        ("render.pipeline.run", "def late():\n    from django.conf import settings"),
        ("render.pipeline.stages.light", "from ...models import Portrait"),
        ("render.jobs.lease", "from render.pipeline import recipe"),
        ("render.jobs.lease", "import accounts.models"),
        ("accounts.models", "from billing import ledger"),
        ("billing.ledger", "import stripe"),
        ("billing.ledger", "from stripe.params import RefundCreateParams"),
        ("billing.stripe_dev.schema", "import stripe"),
        ("billing.ledger", "from studio.models import Style"),
        ("studio.models", "from render.models import Portrait"),
        ("render.views", "from portraitos_site import urls"),
    ],
)
def test_the_guard_catches_what_points_up(module: str, source: str) -> None:
    assert violations(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("render.pipeline.run", "from .contract import Frame\nimport numpy"),
        ("render.pipeline.stages.light", "from ..color import srgb\nfrom render.pipeline.optics import psf"),
        ("studio.catalogue", "from render.pipeline.recipe import Recipe\nfrom accounts.models import User"),
        ("render.orders", "from render.jobs.queue import enqueue\nfrom studio.models import Style"),
        ("billing.stripe_api", "import stripe"),
        ("billing.stripe_dev.schema", "from stripe.params import RefundCreateParams"),
        ("portraitos_site.urls", "from render import views\nimport django"),
    ],
)
def test_the_guard_lets_pass_what_points_down(module: str, source: str) -> None:
    assert violations(module, source) == []
