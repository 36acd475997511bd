"""The desk in the admin: editing, previewing, publishing, withdrawing, resetting; and who may."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from render.jobs.models import Job
from studio import catalogue, demonstration, sitter
from studio.catalogue_models import Style, StyleVersion
from tests.cast import Cast, logged_in, person
from tests.catalogue.texts import filed, show, text

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

DESK = "/admin/studio/style/rembrandt/change/"
NEW = "/admin/studio/style/add/"


def second_step(user: User) -> User:
    """Staff enter the admin with one."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    return user


@pytest.fixture
def ann() -> Client:
    """An admin of the site."""
    sitter.place()
    catalogue.load(recipes=[filed()])
    user = person("ann@example.org", staff=True)
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    return logged_in(second_step(user))


def current() -> StyleVersion:
    version = Style.objects.with_recipes().get(pk="rembrandt").current
    assert version is not None
    return version


def test_saving_makes_a_version_and_orders_its_preview(ann: Client) -> None:
    answer = ann.post(DESK, {"act": "write", "recipe": text(azimuth=-40).replace("\n", "\r\n")})
    assert answer.status_code == 302
    version = StyleVersion.objects.get(number=2)
    assert (version.recipe, version.created_by and version.created_by.email) == (
        text(azimuth=-40),
        "ann@example.org",
    )
    job = Job.objects.get(kind=demonstration.KIND)
    assert (job.queue, job.payload) == ("catalogue", {"version": version.pk})
    assert current().number == 1
    page = ann.get(DESK).content.decode()
    assert "Waiting for a worker" in page
    assert "Publish version 2" not in page


def test_saving_what_is_there_makes_nothing(ann: Client) -> None:
    show(current())
    page = ann.get(DESK)
    ann.post(DESK, {"act": "write", "recipe": page.context["form"].initial["recipe"]})
    assert StyleVersion.objects.count() == 1
    assert not Job.objects.exists()


def test_the_preview_is_shown_and_then_it_can_be_published(ann: Client) -> None:
    ann.post(DESK, {"act": "write", "recipe": text(azimuth=-40)})
    version = StyleVersion.objects.get(number=2)
    ann.post(DESK, {"act": "publish", "number": "2"})
    assert current().number == 1
    drawn = show(version, files=True)
    page = ann.get(DESK).content.decode()
    assert f"/styles/rembrandt/{drawn.key}-small.webp" in page
    assert "Publish version 2" in page
    answer = ann.post(DESK, {"act": "publish", "number": "2"}, follow=True)
    assert "Version 2 is what is ordered from now on." in answer.content.decode()
    assert current() == version
    entry = LogEntry.objects.get_for_object(version.style).first()
    assert entry is not None
    assert entry.actor is not None
    assert entry.actor.email == "ann@example.org"
    assert "current" in entry.changes_dict


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("name = ", "This is not TOML"),
        (text(azimuth=700), "lamp azimuths must lie in -180..180"),
        ("", "This field is required."),
    ],
)
def test_a_bad_recipe_is_refused_at_its_field(ann: Client, bad: str, says: str) -> None:
    answer = ann.post(DESK, {"act": "write", "recipe": bad})
    assert answer.status_code == 400
    errors = answer.context["form"].errors
    assert list(errors) == ["recipe"]
    assert len(errors["recipe"]) == 1
    assert says in errors["recipe"][0]
    assert StyleVersion.objects.count() == 1
    assert not Job.objects.exists()


def test_withdraw_offer_and_reset(ann: Client) -> None:
    ann.post(DESK, {"act": "withdraw"})
    assert not Style.objects.get().offered
    ann.post(DESK, {"act": "offer"})
    assert Style.objects.get().offered
    ann.post(DESK, {"act": "write", "recipe": text(azimuth=-40)})
    show(StyleVersion.objects.get(number=2))
    ann.post(DESK, {"act": "publish", "number": "2"})
    assert (current().number, Style.objects.get().follows_file) == (2, False)
    ann.post(DESK, {"act": "reset"})
    assert (current().number, Style.objects.get().follows_file) == (1, True)


def test_a_preview_that_failed_says_so_and_can_be_ordered_again(ann: Client) -> None:
    ann.post(DESK, {"act": "write", "recipe": text(azimuth=-40)})
    Job.objects.update(
        state="failed", error_code="lost", error_sentence="The worker stopped.", ended_at="2026-11-26T00:00Z"
    )
    page = ann.get(DESK).content.decode()
    assert "The worker stopped." in page
    ann.post(DESK, {"act": "order", "number": "2"})
    ann.post(DESK, {"act": "order", "number": "2"})
    assert Job.objects.live().count() == 1


def test_a_new_style_is_a_draft(ann: Client) -> None:
    answer = ann.post(NEW, {"slug_field": "own", "recipe": text("Own")})
    assert answer["Location"] == "/admin/studio/style/own/change/"
    assert not Style.objects.get(pk="own").offered
    assert ann.get("/styles/own/").status_code == 404
    again = ann.post(NEW, {"slug_field": "own", "recipe": text("Own")})
    assert (again.status_code, list(again.context["form"].errors)) == (400, ["slug_field"])
    taken = ann.post(NEW, {"slug_field": "other", "recipe": text("Own")})
    assert (taken.status_code, list(taken.context["form"].errors)) == (400, ["recipe"])


def test_bad_acts_and_addresses(ann: Client) -> None:
    assert ann.post(DESK, {"act": "explode"}).status_code == 400
    assert ann.post(DESK, {"act": "publish", "number": "99"}).status_code == 404
    assert ann.post(DESK, {"act": "publish", "number": "-1"}).status_code == 404
    assert ann.put(DESK).status_code == 405
    assert ann.get("/admin/studio/style/no-such/change/").status_code == 404
    assert ann.post("/admin/studio/style/rembrandt/delete/").status_code == 403
    assert ann.get("/admin/studio/category/add/").status_code == 403


def test_a_category_can_be_renamed_and_no_more(ann: Client) -> None:
    answer = ann.post(
        "/admin/studio/category/classic-painting/change/", {"name": "Old masters", "order": 1, "slug": "x"}
    )
    assert answer.status_code == 302
    assert "Old masters" in ann.get("/styles/").content.decode()
    assert "/styles/#classic-painting" in ann.get("/styles/rembrandt/").content.decode()


ACTS: list[Callable[[Client], int]] = [
    lambda visitor: visitor.get("/admin/studio/style/").status_code,
    lambda visitor: visitor.get(DESK).status_code,
    lambda visitor: visitor.post(DESK, {"act": "withdraw"}).status_code,
    lambda visitor: visitor.post(DESK, {"act": "write", "recipe": text(azimuth=-40)}).status_code,
    lambda visitor: visitor.post(NEW, {"slug_field": "own", "recipe": text("Own")}).status_code,
    lambda visitor: visitor.get("/admin/studio/category/").status_code,
]


@pytest.mark.parametrize("act", ACTS)
def test_neither_support_nor_moderators_nor_customers_change_the_catalogue(
    ann: Client, cast: Cast, act: Callable[[Client], int]
) -> None:
    for staff in (cast.bob, cast.dora):
        assert act(logged_in(second_step(staff))) == 403
    for visitor in (Client(), logged_in(cast.alice)):
        assert act(visitor) == 302
    assert (Style.objects.count(), StyleVersion.objects.count()) == (1, 1)
    assert Style.objects.get().offered


def test_who_may_only_look_gets_no_button(ann: Client, cast: Cast) -> None:
    cast.bob.user_permissions.add(Permission.objects.get(codename="view_style"))
    bob = logged_in(second_step(cast.bob))
    page = bob.get(DESK)
    assert page.status_code == 200
    assert 'name="act"' not in page.content.decode()
    assert 'name="act"' in ann.get(DESK).content.decode()
    assert bob.post(DESK, {"act": "withdraw"}).status_code == 403


def test_the_desk_costs_the_same_however_many_versions_there_are(ann: Client, cast: Cast) -> None:
    counts = []
    for many in (1, 20):
        for step in range(many):
            show(catalogue.write(slug="rembrandt", text=text(azimuth=-10 - step - many), by=cast.alice))
        ann.get(DESK)
        with CaptureQueriesContext(connection) as asked:
            ann.get(DESK)
        counts.append(len(asked))
    assert counts[0] == counts[1]
