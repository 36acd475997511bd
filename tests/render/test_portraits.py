"""What leaves a portrait's page: tiles, copies, archives, links; and that nothing of it stays behind."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from render import archive, copies, orders, prints, returns
from render.jobs.models import Job
from render.models import Copy, Portrait
from render.pipeline.contract import Code
from tests.cast import Cast, logged_in
from tests.render.sitting import approve, assert_settled, delivered, develop, folders, fund, proofs

pytestmark = [pytest.mark.slow, pytest.mark.rows, pytest.mark.django_db(transaction=True)]
pytestmark.append(pytest.mark.usefixtures("committed"))


def decoded(data: bytes) -> Code:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)


def streamed(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_tiles_are_the_full_portrait_and_unchanged_ones_are_not_sent_again(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    alice = logged_in(cast.alice)
    address = f"{portrait.get_absolute_url()}tiles/"
    whole = decoded(prints.full(portrait).read_bytes())
    answer = alice.get(f"{address}1-2.jpg")
    tile = decoded(answer.content)
    assert tile.shape == (512, 512, 3)
    assert np.abs(tile.astype(int) - whole[1024:1536, 512:1024]).mean() < 2
    again = alice.get(f"{address}1-2.jpg", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for outside in ("99-0.jpg", "0-99.jpg"):
        assert alice.get(f"{address}{outside}").status_code == 404


def test_a_sheet_shows_the_watermark_until_it_is_paid_for_and_again_when_it_is_given_back(cast: Cast) -> None:
    (portrait,) = proofs(cast.alice, "rembrandt")
    fund(cast.alice)
    alice = logged_in(cast.alice)

    def seen() -> Code:
        return decoded(streamed(alice.get(f"{portrait.get_absolute_url()}small.jpg")))

    marked = seen()
    assert max(marked.shape) <= 512
    approve(portrait)
    develop()
    portrait.refresh_from_db()
    paid = seen()
    screen = decoded(prints.screen(portrait).read_bytes())
    same = cv2.resize(screen, paid.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(paid.astype(int) - same).mean() < 2 < np.abs(paid.astype(int) - marked).mean() * 4
    returns.give_back(portrait=portrait, reason=Portrait.Reason.LIGHT)
    assert np.array_equal(seen(), marked)


def test_every_copy_is_made_once_by_a_worker_and_goes_with_its_portrait(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    alice = logged_in(cast.alice)
    address = f"{portrait.get_absolute_url()}copies/"
    assert alice.get(f"{address}png/").status_code == 404
    assert alice.post(address, {"kind": "exe"}).status_code == 404
    for wanted in copies.KINDS:
        for _ in range(2):
            assert alice.post(address, {"kind": wanted})["Location"].startswith(portrait.get_absolute_url())
    assert Job.objects.filter(kind=copies.KIND).count() == len(copies.KINDS)
    page = alice.get(portrait.get_absolute_url()).content.decode()
    assert "part=copies" in page
    develop()
    sizes = {}
    for kind in copies.KINDS.values():
        answer = alice.get(f"{address}{kind.name}/")
        name = f"portraitos-rembrandt-01-{kind.name}.{kind.ending}"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        data = streamed(answer)
        if kind.format not in ("avif", "webp"):
            sizes[kind.name] = decoded(data).shape
        if kind.name == "print35x45":
            with Image.open(io.BytesIO(data)) as image:
                assert image.width / image.info["dpi"][0] * 25.4 == pytest.approx(35, abs=0.1)
    whole = decoded(prints.full(portrait).read_bytes()).shape
    assert sizes["png"] == sizes["tiff"] == whole
    assert sizes["square"][0] == sizes["square"][1] < whole[0]
    assert sizes["print35x45"][0] > sizes["print35x45"][1] * 45 / 35
    orders.discard(portrait=portrait)
    assert (folders(), Copy.objects.count(), Job.objects.filter(kind=copies.KIND).count()) == (set(), 0, 0)


def test_a_lossless_copy_is_lossless(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    copies.order(portrait=portrait, name="png")
    develop()
    png = decoded(prints.copy(Copy.objects.get()).read_bytes())
    jpeg = decoded(prints.full(portrait).read_bytes())
    away = np.abs(png.astype(int) - jpeg)
    assert 0 < away.mean() < 1.5  # the same picture, without what the JPEG lost
    portrait.save_fields(engine="0")
    Copy.objects.all().delete()
    copies.order(portrait=portrait, name="png")
    develop()
    assert np.array_equal(decoded(prints.copy(Copy.objects.get()).read_bytes()), jpeg)


def test_a_shoot_is_streamed_as_a_zip(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    alice = logged_in(cast.alice)
    answer = alice.get(f"/shoots/{portrait.shoot_id}/portraits.zip")
    with zipfile.ZipFile(io.BytesIO(streamed(answer))) as found:
        assert found.namelist() == ["portraitos-rembrandt-01.jpg"]
        assert found.testzip() is None
        assert found.read("portraitos-rembrandt-01.jpg") == prints.full(portrait).read_bytes()
    portrait.save_fields(verdict="rejected", verdict_words="No.")
    assert alice.get(f"/shoots/{portrait.shoot_id}/portraits.zip").status_code == 404


def test_an_archive_never_holds_a_file(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(64 * archive.PIECE)
    entries = [archive.Entry(name, large, 64 * archive.PIECE, "", timezone.now()) for name in ("one", "two")]
    pieces: Iterator[bytes] = archive.stream(entries)
    longest = total = 0
    for piece in pieces:
        longest, total = max(longest, len(piece)), total + len(piece)
    assert total > 128 * archive.PIECE
    assert longest < 2 * archive.PIECE


def test_a_link_shows_the_picture_until_it_is_taken_back(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    alice, anybody = logged_in(cast.alice), logged_in(cast.charlie)
    alice.post(f"{portrait.get_absolute_url()}share/")
    portrait.refresh_from_db()
    address = f"/s/{portrait.share}/"
    page = anybody.get(address)
    assert (page.status_code, page["X-Robots-Tag"]) == (200, "noindex")
    assert cast.alice.email not in page.content.decode()
    picture = decoded(streamed(anybody.get(f"{address}picture.jpg")))
    assert max(picture.shape) == 1600
    assert anybody.get("/s/guess/").status_code == 404
    cast.alice.is_active = False
    cast.alice.save(update_fields=["is_active"])
    assert anybody.get(address).status_code == 404
    cast.alice.is_active = True
    cast.alice.save(update_fields=["is_active"])
    portrait.save_fields(verdict="rejected", verdict_words="No.")
    assert anybody.get(address).status_code == 404
    portrait.save_fields(verdict="")
    alice.post(f"{portrait.get_absolute_url()}share/")
    for dead in (address, f"{address}picture.jpg"):
        assert anybody.get(dead).status_code == 404


def test_only_what_is_delivered_is_shared(cast: Cast) -> None:
    (portrait,) = proofs(cast.alice, "rembrandt")
    logged_in(cast.alice).post(f"{portrait.get_absolute_url()}share/")
    assert Portrait.objects.get().share is None


def test_the_selfie_lies_where_the_portrait_lies_and_is_sealed(cast: Cast) -> None:
    (portrait,) = proofs(cast.alice, "rembrandt")
    answer = logged_in(cast.alice).get(f"{portrait.get_absolute_url()}selfie.jpg")
    assert decoded(answer.content).shape == decoded(prints.proof(portrait).read_bytes()).shape
    assert not (prints.proof(portrait).parent / prints.SELFIE).read_bytes().startswith(b"\xff\xd8")


def test_a_front_server_sends_the_file_where_there_is_one(cast: Cast, settings: Settings) -> None:
    portrait = delivered(cast.alice)
    settings.X_ACCEL = "/internal"
    answer = logged_in(cast.alice).get(f"{portrait.get_absolute_url()}full.jpg")
    assert answer["X-Accel-Redirect"] == f"/internal/jobs/results/{portrait.full}/full.jpg"
    assert answer.content == b""
    assert_settled()


def test_its_page_says_what_was_measured(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    alice = logged_in(cast.alice)
    page = alice.get(portrait.get_absolute_url()).content.decode()
    for name in ("phone.jpg", "screen.jpg"):
        seen = decoded(streamed(alice.get(f"{portrait.get_absolute_url()}{name}")))
        assert f"{name} {seen.shape[1]}w" in page
    assert "of the distance between your pupils" in page
    assert "at most 0.15 %" in page
    width, height = decoded(prints.full(portrait).read_bytes()).shape[1::-1]
    assert f"{width:,} × {height:,} pixels" in page
    assert f"{round(width / 300 * 2.54)} × {round(height / 300 * 2.54)} cm at 300 dots an inch" in page
