"""Downloads: gone on with after an interruption, refused to strangers first, and never a bare error."""

import hashlib
import http.client
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from render import archive, bundle, copies, prints
from render.jobs.slots import StillRunning
from render.models import Copy, Portrait, PortraitFile
from render.privacy import export
from tests.cast import Cast, logged_in
from tests.render import written
from tests.render.written import copied, delivered

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]


@pytest.fixture
def portrait(cast: Cast) -> Portrait:
    """Alice's, with a copy, beside a second one."""
    first, _ = delivered(cast.alice, "rembrandt", "noir")
    copied(first)
    return first


def addresses(portrait: Portrait) -> dict[str, str]:
    """Everything that is downloaded, by what it is."""
    page = portrait.get_absolute_url()
    return {
        "full": f"{page}full.jpg",
        "copy": f"{page}copies/png/",
        "ZIP": f"/shoots/{portrait.shoot_id}/portraits.zip",
    }


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


KINDS = ("full", "copy", "ZIP")


@pytest.mark.parametrize("kind", KINDS)
def test_a_range_is_answered_as_the_rfc_says(cast: Cast, portrait: Portrait, kind: str) -> None:
    alice, address = logged_in(cast.alice), addresses(portrait)[kind]
    whole = alice.get(address)
    data = body(whole)
    size, etag = len(data), whole["ETag"]
    assert (whole.status_code, whole["Accept-Ranges"], whole["Content-Length"]) == (200, "bytes", str(size))
    assert etag.startswith('"')  # strong
    parts: dict[str, tuple[int, int]] = {
        "bytes=100-": (100, size),
        "bytes=0-0": (0, 1),
        "bytes=100-199": (100, 200),
        "Bytes=100-199": (100, 200),
        f"bytes=100-{size + 5}": (100, size),
        "bytes=-10": (size - 10, size),
        f"bytes=-{size + 5}": (0, size),
        f"bytes={size - 1}-": (size - 1, size),
    }
    for asked, (start, stop) in parts.items():
        answer = alice.get(address, headers={"Range": asked})
        assert (answer.status_code, body(answer)) == (206, data[start:stop]), asked
        assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{size}", asked
        assert answer["Content-Length"] == str(stop - start), asked
        assert answer["ETag"] == etag
        assert answer["Content-Disposition"] == whole["Content-Disposition"]
        assert "no-store" in answer["Cache-Control"]
    for asked in (f"bytes={size}-", "bytes=-0", f"bytes={size + 7}-{size + 9}"):
        answer = alice.get(address, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (416, b""), asked
        assert answer["Content-Range"] == f"bytes */{size}"
    for asked in ("bytes=0-1,5-9", "bytes=9-5", "bytes=-", "bytes", "lines=0-1", f"bytes={'9' * 5000}-", ""):
        answer = alice.get(address, headers={"Range": asked})
        assert (answer.status_code, body(answer)) == (200, data), asked


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_only_sent_of_the_file_that_the_client_knows(
    cast: Cast, portrait: Portrait, kind: str
) -> None:
    alice, address = logged_in(cast.alice), addresses(portrait)[kind]
    etag = alice.head(address)["ETag"]

    def status(**headers: str) -> int:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = alice.get(address, headers=names)
        body(answer)  # read to its end, as browsers do: a ZIP holds a slot until then
        return int(answer.status_code)

    assert status(Range="bytes=5-", If_Range=etag) == 206
    for other in ('"other"', f"W/{etag}", "Sun, 29 Nov 2026 12:00:00 GMT"):
        assert status(Range="bytes=5-", If_Range=other) == 200, other
        assert status(Range="bytes=99999999-", If_Range=other) == 200, other
    assert status(If_None_Match=etag) == 304
    assert status(If_Match='"other"', Range="bytes=5-") == 412


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_says_what_a_get_would_and_sends_nothing(cast: Cast, portrait: Portrait, kind: str) -> None:
    alice, address = logged_in(cast.alice), addresses(portrait)[kind]
    get = alice.get(address)
    for headers in ({}, {"Range": "bytes=5-"}):  # a range of a HEAD is to be ignored
        head = alice.head(address, headers=headers)
        assert (head.status_code, head.streaming, head.content) == (200, False, b"")
        for name in ("Content-Length", "Content-Type", "Content-Disposition", "ETag", "Accept-Ranges"):
            assert head[name] == get[name], name


def test_the_validator_is_the_digest_of_the_bytes(cast: Cast, portrait: Portrait) -> None:
    answer = logged_in(cast.alice).get(addresses(portrait)["full"])
    assert answer["ETag"] == f'"{hashlib.sha256(body(answer)).hexdigest()}"'


def test_the_validator_of_a_zip_changes_with_its_files(cast: Cast, portrait: Portrait) -> None:
    alice, address = logged_in(cast.alice), addresses(portrait)["ZIP"]
    before = alice.head(address)["ETag"]
    assert alice.head(address)["ETag"] == before
    Portrait.objects.exclude(pk=portrait.pk).update(verdict="rejected", verdict_words="No.")
    assert alice.head(address)["ETag"] != before


def test_who_it_is_comes_before_what_is_asked(client: Client, cast: Cast, portrait: Portrait) -> None:
    for address in addresses(portrait).values():
        for headers in ({"Range": "bytes=5-"}, {"Range": "bytes=99999999-"}, {"If-None-Match": "*"}):
            for method in ("get", "head"):
                for user, status in ((cast.charlie, 404), (cast.bob, 403), (cast.dora, 403)):
                    answer = getattr(logged_in(user), method)(address, headers=headers)
                    assert (answer.status_code, "ETag" in answer) == (status, False)
                assert getattr(client, method)(address, headers=headers).status_code == 302


def test_what_was_taken_down_has_no_part_either(cast: Cast, portrait: Portrait) -> None:
    Portrait.objects.update(verdict="rejected", verdict_words="No.")
    for address in addresses(portrait).values():
        assert logged_in(cast.alice).get(address, headers={"Range": "bytes=5-"}).status_code == 404


def test_zips_that_are_read_slowly_hold_slots(cast: Cast, portrait: Portrait) -> None:
    """Threads write them, so an account has one at a time; files are sent by the server, and never wait."""
    alice, (full, *_, archive) = logged_in(cast.alice), addresses(portrait).values()
    opened = alice.get(archive)
    again = alice.get(archive)
    assert (again.status_code, again["Retry-After"]) == (503, "10")
    assert StillRunning.sentence in again.content.decode()
    assert [alice.get(full).status_code for _ in range(3)] == [200] * 3
    assert body(opened)[:2] == b"PK"
    assert body(alice.get(archive))[:2] == b"PK"


def test_before_its_digest_is_known_a_file_is_sent_in_parts_without_a_validator(
    cast: Cast, portrait: Portrait
) -> None:
    PortraitFile.objects.all().delete()
    alice = logged_in(cast.alice)
    for address in addresses(portrait).values():
        answer = alice.get(address, headers={"Range": "bytes=5-"})
        assert (answer.status_code, "ETag" in answer) == (206, False)
        body(answer)
        assert alice.get(address, headers={"Range": "bytes=5-", "If-Range": '""'}).status_code == 200


def test_the_front_server_answers_ranges_itself(cast: Cast, portrait: Portrait, settings: Settings) -> None:
    settings.X_ACCEL = "/internal"
    answer = logged_in(cast.alice).get(addresses(portrait)["full"], headers={"Range": "bytes=5-"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["X-Accel-Redirect"] == f"/internal/jobs/results/{portrait.full}/full.jpg"
    assert f"{prints.saved_name(portrait)}.jpg" in answer["Content-Disposition"]


def fetch(server: LiveServer, user: User, address: str, stop_after: int = -1, **headers: str) -> Any:
    """A GET over a connection of its own, which is cut after so many bytes; status, headers, bytes."""
    cookie = f"{django_settings.SESSION_COOKIE_NAME}={logged_in(user).cookies['sessionid'].value}"
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", address, headers={"Cookie": cookie, **names})
        answer = connection.getresponse()
        data = answer.read() if stop_after < 0 else answer.read(stop_after)
        return answer.status, answer.headers, data
    finally:
        connection.close()


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupted_download_goes_on_over_http(
    cast: Cast, portrait: Portrait, kind: str, live_server: LiveServer
) -> None:
    for row in PortraitFile.objects.filter(kind__in=["full", "copy"]):
        data = os.urandom(3_000_000 + row.pk)
        (prints.full(portrait).parent.with_name(row.folder) / row.name).write_bytes(data)
        row.size, row.sha256 = len(data), hashlib.sha256(data).hexdigest()
        row.save()
    address = addresses(portrait)[kind]
    status, headers, begun = fetch(live_server, cast.alice, address, stop_after=1_000_000)
    assert (status, len(begun)) == (200, 1_000_000)
    status, headers, rest = fetch(
        live_server, cast.alice, address, Range=f"bytes={len(begun)}-", If_Range=headers["ETag"]
    )
    assert (status, int(headers["Content-Length"])) == (206, len(rest))
    whole = fetch(live_server, cast.alice, address)[2]
    assert begun + rest == whole
    if kind == "ZIP":
        with zipfile.ZipFile(io.BytesIO(begun + rest)) as found:
            assert found.testzip() is None
            assert found.read(found.namelist()[0]) == prints.full(portrait).read_bytes()


def test_a_zip_has_the_size_that_is_told_and_a_part_of_it_is_a_part(
    tmp_path: Path, portrait: Portrait
) -> None:
    entries = bundle.entries(portrait.shoot)
    whole = b"".join(archive.stream(entries))
    assert archive.size(entries) == len(whole)
    for start in range(0, len(whole), 97):
        for stop in (start + 1, start + 1500, len(whole)):
            assert b"".join(archive.stream(entries, start, stop)) == whole[start:stop]


def test_a_zip_too_large_for_its_size_to_be_reckoned_is_sent_whole(
    cast: Cast, portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zipfile.ZIP64_LIMIT", 1000)
    answer = logged_in(cast.alice).get(addresses(portrait)["ZIP"], headers={"Range": "bytes=5-"})
    assert (answer.status_code, answer["Accept-Ranges"]) == (200, "none")
    with zipfile.ZipFile(io.BytesIO(body(answer))) as found:
        assert len(found.namelist()) == 2


def test_a_shoot_says_what_its_zip_holds_and_leads_to_it(cast: Cast, portrait: Portrait) -> None:
    alice, shoot = logged_in(cast.alice), portrait.shoot
    size = sum(entry.size for entry in bundle.entries(shoot))
    page = alice.get(shoot.get_absolute_url()).content.decode()
    assert f'<a href="{addresses(portrait)["ZIP"]}">Download 2 portraits as one ZIP</a>' in page
    assert f"{size / 1024:.1f}" in page
    Portrait.objects.filter(pk=portrait.pk).update(verdict="rejected", verdict_words="No.")
    page = alice.get(shoot.get_absolute_url()).content.decode()
    assert "Download 1 portrait as one ZIP" in page
    Portrait.objects.update(verdict="rejected", verdict_words="No.")
    assert "ZIP" not in alice.get(shoot.get_absolute_url()).content.decode()


def _remove(path: Path) -> None:
    path.unlink()


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("spoil", [_remove, _truncate])
@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_file_is_said_by_name_and_staff_is_told(
    cast: Cast,
    portrait: Portrait,
    kind: str,
    spoil: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
    settings: Settings,
) -> None:
    settings.SUPPORT_EMAIL = "help@example.org"
    path = prints.copy(Copy.objects.get()) if kind == "copy" else prints.full(portrait)
    spoil(path)
    for front_server in ("", "/internal"):
        settings.X_ACCEL = front_server
        caplog.clear()
        answer = logged_in(cast.alice).get(addresses(portrait)[kind])
        page = answer.content.decode()
        assert answer.status_code == 500
        assert "This file is missing on our side, or damaged." in page
        assert "You do not pay for it again" in page
        assert "help@example.org" in page
        assert "no-store" in answer["Cache-Control"]
        errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        where = path.parent if kind == "copy" and spoil is _remove else path
        assert any(str(where) in error and "verify_files" in error for error in errors)


def test_every_picture_that_is_lost_is_said_by_name(cast: Cast, portrait: Portrait) -> None:
    page, alice = portrait.get_absolute_url(), logged_in(cast.alice)
    for path in written.paths(portrait):
        path.unlink()
    for name in ("preview", "small", "selfie", "screen", "phone", "full"):
        answer = alice.get(f"{page}{name}.jpg")
        assert (answer.status_code, b"missing on our side" in answer.content) == (500, True), name
    assert b"missing on our side" in alice.get(f"{page}tiles/0-0.jpg").content


def test_a_page_and_an_export_go_on_without_what_is_lost(
    cast: Cast, portrait: Portrait, caplog: pytest.LogCaptureFixture
) -> None:
    for path in written.paths(portrait):
        path.unlink()
    answer = logged_in(cast.alice).get(portrait.get_absolute_url())
    assert (answer.status_code, b"Download 8K JPEG" in answer.content) == (200, True)
    assert "report.sealed" in caplog.text
    exported = dict(export(cast.alice))
    (lost,) = (name for name in exported if name.endswith(".missing.txt"))
    assert b"missing on our side" in exported[lost]
    assert len([name for name in exported if name.endswith("full.jpg")]) == 1


def test_every_kind_of_copy_can_be_gone_on_with(cast: Cast, portrait: Portrait) -> None:
    for kind in copies.KINDS:
        copied(portrait, kind)
        answer = logged_in(cast.alice).get(
            f"{portrait.get_absolute_url()}copies/{kind}/", headers={"Range": "bytes=5-"}
        )
        assert answer.status_code == 206, kind
