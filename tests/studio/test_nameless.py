"""A photograph is taken whatever its file is called, and what cannot be read ends in a page of ours."""

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from studio.models import Selfie
from tests.cast import Cast, logged_in
from tests.stated import STATED
from tests.studio.sitting import photograph

pytestmark = pytest.mark.django_db
LINE = b"----------a-line-between-parts"

TAKEN = {
    "empty": b'filename=""',
    "two dots": b'filename=".."',
    "one dot": b'filename="."',
    "three dots": b'filename="..."',
    "ends in a slash": b'filename="photographs/"',
    "ends in a backslash": b'filename="C:\\photographs\\"',
    "dots above": b'filename="../../.."',
    "dots in HTML": b'filename="&#46;&#46;"',
    "NUL": b'filename="\0"',
    "NUL within": b'filename="me\0.jpg"',
    "500 letters": b'filename="' + b"m" * 500 + b'.jpg"',
    "a long ending": b'filename="m.' + b"j" * 500 + b'"',
    "RFC 2231": b"filename*=UTF-8''%F0%9F%98%80.jpg",
    "RFC 2231, two dots": b"filename*=UTF-8''%2e%2e",
    "RFC 2231, empty": b"filename*=UTF-8''",
}


def part(name: bytes, data: bytes, field: bytes = b"photograph", kind: bytes = b"image/jpeg") -> bytes:
    said = b'Content-Disposition: form-data; name="' + field + b'"' + (b"; " + name if name else b"")
    typed = b"\r\nContent-Type: " + kind if kind else b""
    return b"--" + LINE + b"\r\n" + said + typed + b"\r\n\r\n" + data + b"\r\n"


def posted(client: Client, *parts: bytes, line: bytes = LINE) -> HttpResponse:
    stated = part(b"", STATED["statement"].encode(), b"statement", kind=b"")
    body = b"".join((stated, *parts)) + b"--" + LINE + b"--\r\n"
    kind = f"multipart/form-data; boundary={line.decode()}"
    return client.post("/selfies/new/", data=body, content_type=kind)  # type: ignore[return-value]


def is_ours(answer: HttpResponse) -> bool:
    """A page of the site, and not Django's line."""
    return "</main>" in answer.content.decode() and len(answer.content) > 1000


@pytest.mark.parametrize("name", TAKEN)
def test_a_photograph_is_taken_under_any_name(cast: Cast, settings: Settings, name: str) -> None:
    nothing = part(b'filename=""', b"", b"camera", b"application/octet-stream")  # as a browser sends it
    answer = posted(logged_in(cast.alice), part(TAKEN[name], photograph()), nothing)
    assert answer.status_code == 302, answer.content[:400]
    assert Selfie.objects.count() == 1


def test_the_camera_and_a_missing_type_are_the_same(cast: Cast) -> None:
    alice = logged_in(cast.alice)
    assert posted(alice, part(b'filename=".."', photograph(), b"camera")).status_code == 302
    assert posted(alice, part(b'filename=""', photograph(), kind=b"")).status_code == 302


def test_a_field_in_which_nothing_was_chosen_is_no_photograph(cast: Cast) -> None:
    answer = posted(logged_in(cast.alice), part(b'filename=""', b"", kind=b"application/octet-stream"))
    assert answer.status_code == 400
    assert "No photograph came with this. Choose one, or take one now." in answer.content.decode()


def test_two_photographs_are_one_too_many(cast: Cast) -> None:
    both = part(b'filename="a.jpg"', photograph()), part(b'filename="b.jpg"', photograph())
    answer = posted(logged_in(cast.alice), *both)
    assert answer.status_code == 400
    assert "More than one photograph came with this. Send one." in answer.content.decode()
    assert not Selfie.objects.exists()


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ((part(b"", photograph()),), LINE),  # a text field
        ((part(b"", bytes(3_000_000)),), LINE),  # a text field beyond what Django keeps
        ((part(b'filename="a.jpg"', photograph()),), b"another-line"),
        ((part(b'filename="a.jpg"', photograph()),), b""),
        ((part(b"filename*=nonsense''a.jpg", photograph()),), LINE),
        ((part(b'filename="\xff\xfe.jpg"', photograph()),), LINE),
        ((part(b'filename="' + b"m" * 5000 + b'.jpg"', photograph()),), LINE),  # beyond the head of a part
        (tuple(part(b'filename="a.jpg"', b"x", b"f%d" % number) for number in range(101)), LINE),
        (tuple(part(b"", b"x", b"f%d" % number) for number in range(1100)), LINE),
    ],
    ids=[
        "text",
        "large text",
        "another line",
        "no line",
        "no encoding",
        "not UTF-8",
        "long head",
        "101 files",
        "1,100 fields",
    ],
)
def test_what_cannot_be_read_ends_in_a_page_of_ours(
    cast: Cast, parts: tuple[bytes, ...], line: bytes
) -> None:
    alice = logged_in(cast.alice)
    alice.raise_request_exception = False
    answer = posted(alice, *parts, line=line)
    assert answer.status_code == 400
    assert is_ours(answer)
    assert not Selfie.objects.exists()


@pytest.mark.parametrize("line", [b"another-line", b""])
def test_with_the_check_of_the_form_too(cast: Cast, line: bytes) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.force_login(cast.alice)
    answer = posted(strict, part(b'filename="a.jpg"', photograph()), line=line)
    assert answer.status_code in (400, 403)
    assert is_ours(answer)


def test_a_host_that_is_not_ours_gets_a_page_too() -> None:
    answer = Client(raise_request_exception=False).get("/", headers={"host": "not.ours.example"})
    assert answer.status_code == 400
    assert is_ours(answer)  # type: ignore[arg-type]
