"""The work that queues bring: one render of the demonstration sitter, or the studies of the feature pages."""

from typing import Any

from render.jobs.errors import Refused
from render.jobs.lease import Lease
from render.jobs.registry import handler
from studio import demonstration, sitter, studies
from studio.catalogue_models import StyleVersion


@handler(demonstration.KIND, queue="catalogue", timeout=90)
def render_demonstration(lease: Lease) -> dict[str, Any]:
    version = StyleVersion.objects.filter(pk=lease.payload["version"]).first()
    if version is None:
        raise Refused("gone", "The version that was to be shown is gone.")
    if not sitter.digest():
        raise Refused("no_sitter", "The demonstration sitter is not in place: run manage.py place_sitter.")
    shown = demonstration.develop(version=version, tell=lease.report)
    return {"width": shown.width, "height": shown.height, "refusal": shown.refusal}


@handler(studies.KIND, queue="catalogue", timeout=90)
def make_studies(lease: Lease) -> dict[str, Any]:
    if not studies.key():
        raise Refused("no_sitter", "The demonstration sitter or its styles are not in place.")
    studies.develop(lease.report)
    return {}
