"""The export holds in full what is paid for; what was returned or taken down is there with its mark on it."""

from collections.abc import Callable

import pytest

from render import moderation, prints, privacy
from render.models import Portrait
from tests.cast import Cast
from tests.render.written import delivered

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]

End = Callable[[Cast, Portrait], None]


def kept(cast: Cast, portrait: Portrait) -> None:
    """Nothing happens: the negative control."""


def returned(cast: Cast, portrait: Portrait) -> None:
    portrait.save_fields(state=Portrait.State.RETURNED, reason=Portrait.Reason.EYES)


def rejected(cast: Cast, portrait: Portrait) -> None:
    case = moderation.report(portrait=portrait, words="Seen.")
    moderation.reject(case=case, by=cast.dora, words="Somebody else.")


@pytest.mark.parametrize(
    ("end", "expected"), [(kept, {"full"}), (returned, {"preview"}), (rejected, {"preview"})]
)
def test_the_full_file_is_there_while_it_is_paid_for(cast: Cast, end: End, expected: set[str]) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    files = {
        "full": prints.full(portrait),
        "preview": prints.preview(portrait),
        "screen": prints.screen(portrait),
        "phone": prints.phone(portrait),
        "proof": prints.proof(portrait),
    }
    contents = {name: path.read_bytes() for name, path in files.items()}
    end(cast, portrait)
    exported = dict(privacy.export(cast.alice))
    assert any(path.endswith("/portrait.json") for path in exported)
    inside = {name for name, data in contents.items() if any(data in one for one in exported.values())}
    assert inside == expected
