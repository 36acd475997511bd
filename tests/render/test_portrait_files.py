"""A portrait owns its files: recorded when delivered, kept without its job, erased with it, verified."""

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import IntegrityError, transaction
from pytest_django import Settings

from render import copies, orders, portrait_files, prints, verification
from render.jobs import files, lease
from render.jobs.models import Job
from render.jobs.sweep import sweep
from render.models import Copy, Portrait, PortraitFile
from render.pipeline.recipe import load_catalogue
from tests.cast import Cast
from tests.render import written
from tests.render.sitting import approve, folders, fund
from tests.render.written import copied, delivered, identity_of, proved

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]
"""Committed for real: what is recorded is asked of transactions that end."""

PREVIEW = {"preview.jpg", "proof.png", "small.jpg", "selfie.sealed", "report.sealed"}
FULL = {"full.jpg", "screen.jpg", "phone.jpg", "small.jpg", "report.sealed"}


def aged() -> None:
    """Make every folder older than a lease, so that a sweep judges it."""
    for folder in files.results():
        os.utime(folder, (time.time() - 3600,) * 2)


def verify(*arguments: str) -> tuple[list[str], int]:
    """What the command prints, line by line, and the status that it ends with."""
    out, status = io.StringIO(), 0
    try:
        call_command("verify_files", *arguments, stdout=out)
    except SystemExit as end:
        status = int(end.code or 0)
    return out.getvalue().splitlines(), status


def found(*arguments: str) -> list[dict[str, Any]]:
    lines, _ = verify("--json", *arguments)
    return [json.loads(line) for line in lines[:-1]]


def test_what_is_delivered_is_recorded_with_size_and_digest(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    copy = copied(portrait)
    rows = list(PortraitFile.objects.all())
    assert {(row.folder, row.name) for row in rows} == {
        *((portrait.proof, name) for name in PREVIEW),
        *((portrait.full, name) for name in FULL),
        (copy.folder, "png.png"),
    }
    for row in rows:
        folder = files.named(row.folder)
        assert files.measure(folder, folder / row.name) == {
            "name": row.name, "size": row.size, "sha256": row.sha256,
        }  # fmt: skip
        assert (row.portrait_id, row.copy_id is None) == (portrait.pk, row.kind != "copy")


def test_no_row_is_left_of_a_delivery_that_does_not_commit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    (portrait,) = proved(cast.alice, "rembrandt")
    fund(cast.alice, 1)
    approve(portrait)
    before = PortraitFile.objects.count()

    record = portrait_files.record

    def broken(**given: Any) -> None:
        record(**given)
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(portrait_files, "record", broken)
    with pytest.raises(RuntimeError):
        written.work()
    assert PortraitFile.objects.count() == before
    assert Portrait.objects.get().state == Portrait.State.APPROVED


@pytest.mark.dialect
def test_a_path_has_one_owner(cast: Cast) -> None:
    first, second = proved(cast.alice, "rembrandt", "noir")
    row = first.files.first()
    assert row is not None
    row.pk, row.portrait = None, second
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_paid_files_outlive_every_job_and_go_with_their_portrait(cast: Cast) -> None:
    portrait, other = delivered(cast.alice, "rembrandt", "noir")
    copied(portrait)
    Job.objects.all().delete()
    aged()
    assert (sweep().folders, len(folders())) == (0, 5)
    assert prints.full(portrait).read_bytes() == written.content(portrait, "full.jpg")
    orders.discard(portrait=portrait)
    assert folders() == {other.proof, other.full}
    assert set(PortraitFile.objects.values_list("portrait", flat=True)) == {other.pk}


def test_what_erasure_could_not_delete_goes_at_the_next_sweep(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    with monkeypatch.context() as patch:
        patch.setattr(files, "erase", lambda names: None)  # as if the process died after its commit
        orders.discard(portrait=portrait)
    assert len(folders()) == 2
    aged()
    assert (sweep().folders, folders()) == (2, set())


def test_what_was_delivered_before_files_had_rows_is_kept_and_recorded(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    portrait, other = delivered(cast.alice, "rembrandt", "noir")
    copied(portrait)
    rows = set(
        PortraitFile.objects.values_list("portrait", "copy", "kind", "folder", "name", "size", "sha256")
    )
    PortraitFile.objects.all().delete()
    Job.objects.all().delete()
    prints.full(other).unlink()
    aged()
    monkeypatch.setattr(portrait_files, "AT_ONCE", 0)
    assert (sweep().folders, PortraitFile.objects.count()) == (0, 0)
    assert sorted(one["what"] for one in found()) == ["missing"] + ["unrecorded"] * 4
    monkeypatch.setattr(portrait_files, "AT_ONCE", 3)
    sweep()
    assert len(set(PortraitFile.objects.values_list("folder", flat=True))) == 3
    call_command("record_files", stdout=io.StringIO())
    lost = {row for row in rows if row[3] == other.full}
    again = set(
        PortraitFile.objects.values_list("portrait", "copy", "kind", "folder", "name", "size", "sha256")
    )
    assert again == rows - lost
    assert [(one["what"], one["path"]) for one in found()] == [("missing", f"{other.full}/full.jpg")]


def test_a_sweep_that_recorded_all_rests(cast: Cast, django_assert_num_queries: Any) -> None:
    delivered(cast.alice, "rembrandt")
    caches["computed"].clear()
    portrait_files.record_some()
    with django_assert_num_queries(0):
        portrait_files.record_some()


def test_a_site_as_it_was_delivered_verifies(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    copied(portrait)
    lines, status = verify()
    size = sum(path.stat().st_size for path in written.paths(portrait))
    assert (lines, status) == ([f"11 files, {size:,} bytes read. All are as they were delivered."], 0)


def test_of_200_portraits_exactly_the_three_damaged_are_found(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PREVIEWS_PER_HOUR = 1000
    slugs = [recipe.slug for recipe in load_catalogue()][:20]
    sitter = identity_of(cast.alice)
    monkeypatch.setattr(files, "_sync", lambda path: None)  # no machine loses its power in this test
    monkeypatch.setattr(verification, "PAGE", 97)
    for _ in range(10):
        proved(cast.alice, *slugs, identity=sitter)
    fund(cast.alice, 200)
    approve(*Portrait.objects.shown())
    written.work()
    portraits = list(Portrait.objects.shown().order_by("pk"))
    assert len(portraits) == Portrait.objects.filter(state=Portrait.State.DELIVERED).count() == 200
    truncated, flipped, missing = (prints.full(portraits[number]) for number in (3, 99, 180))
    truncated.write_bytes(truncated.read_bytes()[:-1])
    written.damaged(flipped)
    missing.unlink()
    lines, status = verify()
    assert status == 1
    assert len(lines) == 4
    assert lines[-1].startswith("2,000 files, ")
    assert lines[-1].endswith("Found: 3.")
    expected = {
        ("damaged", f"{portraits[3].full}/full.jpg", str(portraits[3].pk)),
        ("damaged", f"{portraits[99].full}/full.jpg", str(portraits[99].pk)),
        ("missing", f"{portraits[180].full}/full.jpg", str(portraits[180].pk)),
    }
    assert {(one["what"], one["path"], one["portrait"]) for one in found()} == expected


def test_what_no_row_names_is_strange_unless_a_job_is_writing_it(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    results = prints.full(portrait).parents[1]
    (prints.full(portrait).parent / "extra.jpg").write_bytes(b"?")
    (results / "nobodys").mkdir()
    (results / "nobodys" / "full.jpg").write_bytes(b"?")
    (results / "loose.txt").write_bytes(b"?")
    copies.order(portrait=portrait, name="png")
    taken = lease.claim(job_id=Job.objects.get(subject=Copy.objects.get().pk).pk)
    assert taken is not None
    (taken.draft / "png.png").write_bytes(b"?")
    files.publish(job_id=taken.job_id, attempt=taken.attempt)
    assert {(one["what"], one["path"]) for one in found()} == {
        ("strange", f"{portrait.full}/extra.jpg"),
        ("strange", "nobodys"),
        ("strange", "loose.txt"),
    }


def test_every_kind_of_file_is_read(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    copied(portrait)
    for path in written.paths(portrait):
        before = written.damaged(path)
        assert [one["path"] for one in found()] == [f"{path.parent.name}/{path.name}"]
        path.write_bytes(before)


def test_what_cannot_be_read_is_damaged(cast: Cast, tmp_path: Path) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    prints.full(portrait).unlink()
    prints.full(portrait).mkdir()
    assert [(one["what"], one["words"]) for one in found()] == [
        ("damaged", "It cannot be read: Is a directory.")
    ]


def test_what_is_erased_meanwhile_is_not_found(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    prints.full(portrait).unlink()
    compare = verification.Verification._compare

    def erasing(self: verification.Verification, row: PortraitFile) -> verification.Finding | None:
        seen = compare(self, row)
        for left in Portrait.objects.all():
            orders.discard(portrait=left)
        return seen

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification.Verification, "_compare", erasing)
        assert list(verification.Verification().findings()) == []
