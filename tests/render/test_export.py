"""The export holds in full what is paid for; what was returned or taken down has its mark on it."""

import zipfile
from collections.abc import Callable

import pytest

from portraitos_site import privacy as leaving
from render import moderation, prints, returns
from render.models import Portrait
from tests.cast import Cast
from tests.render.sitting import fund
from tests.render.written import delivered

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]


def kept(cast: Cast, portrait: Portrait) -> None:
    """Nothing happens: the negative control."""


def returned(cast: Cast, portrait: Portrait) -> None:
    fund(cast.alice, 2)  # of two, one may come back
    returns.give_back(portrait=portrait, reason=Portrait.Reason.EYES)


def rejected(cast: Cast, portrait: Portrait) -> None:
    case = moderation.report(portrait=portrait, words="Seen.")
    moderation.reject(case=case, by=cast.dora, words="Somebody else.")


@pytest.mark.parametrize("end", [kept, returned, rejected])
def test_the_full_file_is_there_while_it_is_paid_for(cast: Cast, end: Callable[[Cast, Portrait], None]) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    files = {part: read(portrait).read_bytes() for part, read in (("full", prints.full), ("preview", prints.preview))}
    others = [prints.read(read(portrait)) for read in (prints.screen, prints.phone, prints.proof)]
    end(cast, portrait)
    with zipfile.ZipFile(leaving.export(user=cast.alice)) as archive:
        contents = [archive.read(name) for name in archive.namelist()]
        names = {name.rpartition("/")[2] for name in archive.namelist() if name.startswith("portraits/")}
    inside = {part for part, data in files.items() if any(data in content for content in contents)}
    assert inside == ({"full"} if end is kept else {"preview"})
    assert not [data for data in others if any(data in content for content in contents)]
    assert "portrait.json" in names
