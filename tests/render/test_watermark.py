"""Of a portrait that is not paid for, nothing leaves the site without its mark."""

import io
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from django.core.management import call_command
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from render import darkroom, marking, orders, prints, urls
from render.models import Portrait, PortraitFile
from render.pipeline.contract import Code
from render.pipeline.stages.preview import reduced, scaled
from render.pipeline.stages.watermark import erased
from tests.cast import Cast, logged_in
from tests.pipeline.unmarking import Mask, psnr
from tests.render.sitting import develop, proofs

pytestmark = [pytest.mark.slow, pytest.mark.rows, pytest.mark.django_db(transaction=True)]

MARKED = {"portrait-preview", "portrait-small"}
NOT_OF_IT = {"portrait-selfie"}
"""Pictures that an owner may ask for before a portrait is paid for: those with its mark, and their own
photograph. A new address has to be put into one of them, or answer 404."""


def decoded(data: bytes) -> Code:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def truth(portrait: Portrait) -> tuple[Code, Mask]:
    """What the preview would show without a mark, and where it is erased."""
    proof = decoded(prints.proof(portrait).read_bytes())
    picture = reduced(proof)
    return picture, erased(picture.shape, scaled(marking._points(prints.report(portrait)), proof))


def addresses(portrait: Portrait) -> dict[str, str]:
    """Every address below a portrait."""
    found = {}
    for pattern in urls.urlpatterns:
        for args in ([portrait.pk], [portrait.pk, 0, 0], [portrait.pk, "png"]):
            try:
                address = reverse(str(pattern.name), args=args)
            except NoReverseMatch:
                continue
            if address.startswith(portrait.get_absolute_url()):
                found[str(pattern.name)] = address
    return found


def test_no_address_shows_an_unpaid_portrait_without_its_mark(cast: Cast) -> None:
    (portrait,) = proofs(cast.alice, "rembrandt")
    alice, (picture, under) = logged_in(cast.alice), truth(portrait)
    pictures = set()
    for name, address in addresses(portrait).items():
        answer = alice.get(address)
        if not answer.headers.get("Content-Type", "").startswith("image/"):
            assert answer.status_code in (200, 404, 405), name
            continue
        pictures.add(name)
        if name in MARKED:
            seen = cv2.resize(decoded(body(answer)), picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
            assert psnr(np.asarray(seen, np.uint8), picture, under) < 20
    assert pictures == MARKED | NOT_OF_IT
    assert {"portrait-full", "portrait-tile", "copy"} <= set(addresses(portrait))
    assert alice.get(f"{portrait.shoot.get_absolute_url()}portraits.zip").status_code == 404


def test_an_export_of_it_is_marked_as_well(cast: Cast) -> None:
    from render import privacy

    (portrait,) = proofs(cast.alice, "rembrandt")
    files = dict(privacy.export(cast.alice))
    pictures = [data for name, data in files.items() if name.endswith(".jpg")]
    assert pictures == [prints.preview(portrait).read_bytes()]
    assert not [name for name in files if name.endswith(".png")]
    assert not zipfile.is_zipfile(io.BytesIO(pictures[0]))


def test_every_size_hides_the_same_places_at_every_request(cast: Cast) -> None:
    (portrait,) = proofs(cast.alice, "rembrandt")
    alice, (picture, under) = logged_in(cast.alice), truth(portrait)
    large, small = (
        [body(alice.get(f"{portrait.get_absolute_url()}{name}.jpg")) for _ in range(2)]
        for name in ("preview", "small")
    )
    assert large[0] == large[1]
    assert small[0] == small[1]
    seen, less = decoded(large[0]), decoded(small[0])
    side = max(less.shape)
    hidden = darkroom.reduced(np.dstack([255 * under.astype(np.uint8)] * 3), side)[..., 0] > 250
    assert psnr(less, darkroom.reduced(seen, side), hidden) > 30
    assert psnr(less, darkroom.reduced(picture, side), hidden) < 20


def test_a_portrait_taken_again_hides_the_same_places_in_ink_of_its_own(cast: Cast) -> None:
    (first,) = proofs(cast.alice, "rembrandt")
    second = orders.again(portrait=first)
    develop()
    second = Portrait.objects.shown().get(pk=second.pk)
    assert second.proof_digest == first.proof_digest
    (_, under), (_, again) = truth(first), truth(second)
    assert np.array_equal(under, again)
    one, two = (decoded(prints.preview(row).read_bytes()).astype(int) for row in (first, second))
    apart = np.abs(one - two).max(axis=-1)
    assert (apart[under] > 12).mean() > 0.1
    assert np.median(apart[~under]) <= 2


def test_the_ink_is_the_sites_secret(cast: Cast, settings: Settings) -> None:
    (portrait,) = proofs(cast.alice, "rembrandt")
    before = marking._secret(portrait)
    assert marking._secret(portrait) == before
    settings.SECRET_KEY = "another one, as long as a key of a site should be, and never told to anybody"
    assert marking._secret(portrait) != before


def test_previews_of_before_are_marked_again(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    marked, other = proofs(cast.alice)
    kept = prints.preview(marked).read_bytes()
    path = prints.preview(marked)
    path.write_bytes(b"a preview with the mark of before")
    PortraitFile.objects.filter(folder=marked.proof, name=prints.PREVIEW).update(size=33, sha256="0" * 64)
    for count in (1, 0):
        call_command("mark_previews")
        assert f"Previews marked again: {count}." in capsys.readouterr().out
    assert path.read_bytes() == kept
    call_command("verify_files")  # ends with 1 where a file is not that of its row
    assert _drafts(path) == []
    assert prints.preview(other).exists()


def test_a_lost_preview_keeps_no_other_from_its_mark(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    lost, other = proofs(cast.alice)
    prints.proof(lost).unlink()
    prints.preview(other).write_bytes(b"a preview with the mark of before")
    call_command("mark_previews")
    assert "Previews marked again: 1." in capsys.readouterr().out


def _drafts(path: Path) -> list[Path]:
    folder = path.parent.parent.with_name("drafts")
    return list(folder.iterdir()) if folder.is_dir() else []
