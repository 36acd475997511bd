"""The work that queues bring: one render of the demonstration sitter, or the studies of the feature pages."""

from typing import Any

from render.jobs.errors import Refused
from render.jobs.lease import Lease
from render.jobs.models import Job
from render.jobs.registry import handler
from studio import demonstration, sitter, studies
from studio.catalogue_models import StyleVersion


def go_on(job: Job) -> None:
    """The next render of the demonstration; after the last, the studies."""
    if demonstration.order_next(after=job) is None:
        studies.order()


@handler(demonstration.KIND, queue="previews", timeout=90, on_end=go_on)
def render_demonstration(lease: Lease) -> dict[str, Any]:
    version = StyleVersion.objects.filter(pk=lease.payload["version"]).first()
    if version is None:
        raise Refused("gone", "The version that was to be shown is gone.")
    if not sitter.digest():
        raise Refused("no_sitter", "The demonstration sitter is not in place: run manage.py place_sitter.")
    shown = demonstration.develop(version=version, tell=lease.report)
    return {"width": shown.width, "height": shown.height, "refusal": shown.refusal}


@handler(studies.KIND, queue="previews", timeout=90)
def make_studies(lease: Lease) -> dict[str, Any]:
    if not studies.key():
        raise Refused("no_sitter", "The demonstration sitter or its styles are not in place.")
    studies.develop(lease.report)
    return {}
