"""The pages of an order: who may see them, and what they say."""

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from render import copies, rolls, sheet, urls
from render.models import Portrait, Shoot
from studio.models import StyleVersion
from tests.accounts.door import code_in
from tests.cast import PASSWORD, Cast, logged_in
from tests.render.sitting import delivered, develop, fund, proofs, shoot_of, stock
from tests.studio.sitting import identity_of

pytestmark = [pytest.mark.slow, pytest.mark.rows, pytest.mark.django_db]

State = Portrait.State
HTMX = {"HX-Request": "true"}
NOBODYS = {"begin", "shoots", "favorites", "new-shoot", "shared", "shared-picture", "shared-report"}
"""Views without an owner in their address: each has a test of its own."""


def addresses(portrait: Portrait) -> dict[str, str]:
    """Every address that belongs to somebody, by its name."""
    subjects = {
        "shoots": portrait.shoot_id,
        "portraits": portrait.pk,
        "identities": portrait.shoot.identity_id,
    }
    found = {}
    for pattern in urls.urlpatterns:
        route, name = str(pattern.pattern), str(pattern.name)
        if name not in NOBODYS:
            rest = {"left": 0, "top": 0, "kind": "png"}
            wanted = {key: value for key, value in rest.items() if f":{key}>" in route}
            found[name] = reverse(name, kwargs={"pk": subjects[route.partition("/")[0]], **wanted})
    return found


def test_a_strangers_portrait_is_not_there_and_staff_may_not_see_it(client: Client, cast: Cast) -> None:
    portrait = delivered(cast.alice)
    for name, address in addresses(portrait).items():
        for method in (client.get, client.post):
            answer = method(address)
            assert answer.status_code in (302, 405), name
            assert answer.status_code == 405 or answer["Location"].startswith("/accounts/login/"), name
        for visitor, status in ((cast.charlie, 404), (cast.bob, 403), (cast.dora, 403)):
            answers = [logged_in(visitor).get(address), logged_in(visitor).post(address)]
            assert {one.status_code for one in answers} <= {status, 405}, name
            assert status in {one.status_code for one in answers}, name
    assert Portrait.objects.filter(pk=portrait.pk, state=State.DELIVERED, favorite=False).exists()


def test_its_owner_sees_every_page_of_it_and_nobody_keeps_it(cast: Cast) -> None:
    alice = logged_in(cast.alice)
    portrait = delivered(cast.alice)
    copies.order(portrait=portrait, name="png")
    develop()
    for name, address in addresses(portrait).items():
        answer = alice.get(address)
        assert answer.status_code in (200, 302, 405), name
        if answer.status_code == 200:
            assert "private" in answer["Cache-Control"], name
            assert answer["X-Content-Type-Options"] == "nosniff", name


def test_the_picked_styles_outlive_signing_in(client: Client, cast: Cast) -> None:
    stock("rembrandt", "noir")
    answer = client.get("/shoots/new/?style=rembrandt&style=nonsense")
    assert answer["Location"] == "/accounts/signup/?next=%2Fshoots%2Fnew%2F%3Fstyle%3Drembrandt"
    assert not client.cookies  # a stranger's picks are in the address, not in a session
    form = {"email": "eve@example.org", "password1": PASSWORD}
    there = client.post(answer["Location"], form)["Location"]
    back = client.post(there, {"code": code_in(str(mail.outbox[-1].body))})
    assert back["Location"] == "/shoots/new/?style=rembrandt"
    client.force_login(cast.alice)
    client.get(back["Location"])
    assert client.session["basket"] == ["rembrandt"]
    assert client.get("/begin/")["Location"] == "/selfies/new/"
    identity_of(cast.alice)
    assert client.get("/begin/")["Location"] == "/shoots/new/"
    page = client.get("/shoots/new/").content.decode()
    assert page.count("checked") == 1


def test_an_order_is_sent_with_what_is_picked_and_no_more(cast: Cast) -> None:
    alice = logged_in(cast.alice)
    identity = identity_of(cast.alice)
    stock("rembrandt", "noir")
    assert alice.post("/shoots/new/", {"style": []}).status_code == 422
    answer = alice.post("/shoots/new/", {"style": ["noir", "nonsense"], "identity": identity.pk})
    shoot = Shoot.objects.get()
    assert answer["Location"] == f"/shoots/{shoot.pk}/"
    assert [row.version.style_id for row in shoot.portraits.all()] == ["noir"]
    assert "basket" not in alice.session
    stranger = logged_in(cast.charlie)
    identity_of(cast.charlie)
    stranger.post("/shoots/new/", {"style": ["noir"], "identity": identity.pk})
    assert Shoot.objects.get(owner=cast.charlie).identity.owner == cast.charlie


def test_the_sheet_says_only_what_changed(cast: Cast) -> None:
    alice = logged_in(cast.alice)
    shoot = shoot_of(cast.alice)
    shown = sheet.of(shoot)
    address = f"/shoots/{shoot.pk}/"
    assert "hx-get" in alice.get(address).content.decode()
    assert alice.get(address, {"known": shown.key}, headers=HTMX).status_code == 204
    develop()
    changed = alice.get(address, {"known": shown.key}, headers=HTMX).content.decode()
    assert (
        changed.count('hx-swap-oob="true"') == 4
    )  # two frames, the way to the ZIP, and the bar to approve with
    assert "hx-get" not in changed
    page = alice.get(address).content.decode()
    assert page.count('name="portrait"') == 2
    assert "Mark the frames that look like you." in page


def test_the_cost_is_said_before_it_is_paid(cast: Cast) -> None:
    alice = logged_in(cast.alice)
    first, second = proofs(cast.alice)
    address = f"/shoots/{first.shoot_id}/approve/"
    marked = {"portrait": [first.pk, second.pk]}
    page = alice.post(address, marked).content.decode()
    assert "2 portraits for 2 credits" in page
    assert "Buy a pack" in page
    assert alice.get(f"/shoots/{first.shoot_id}/").content.decode().count("checked") == 2
    assert alice.post(address, {**marked, "sure": "yes"}).status_code == 402
    fund(cast.alice, 3)
    page = alice.post(address, marked).content.decode()
    assert "Spend 2 credits" in page
    assert Portrait.objects.filter(state=State.PROVED).count() == 2
    answer = alice.post(address, {**marked, "sure": "yes"})
    assert answer["Location"] == f"/shoots/{first.shoot_id}/"
    assert Portrait.objects.filter(state=State.APPROVED).count() == 2
    assert "Nothing is marked" in alice.post(address, {"portrait": ["rubbish"]}).content.decode()


def test_a_rejected_portrait_shows_the_reason_and_no_picture(cast: Cast) -> None:
    alice = logged_in(cast.alice)
    portrait = delivered(cast.alice)
    portrait.save_fields(verdict="rejected", verdict_words="This is not you.")
    assert "This is not you." in alice.get(portrait.get_absolute_url()).content.decode()
    for file in ("preview.jpg", "full.jpg"):
        assert alice.get(f"{portrait.get_absolute_url()}{file}").status_code == 404


def test_a_sheet_costs_the_same_whatever_it_holds(cast: Cast) -> None:
    shoot = shoot_of(cast.alice, "rembrandt")
    alice = logged_in(cast.alice)
    with CaptureQueriesContext(connection) as few:
        alice.get(f"/shoots/{shoot.pk}/")
    version = StyleVersion.objects.get()
    Portrait.objects.bulk_create(
        Portrait(shoot=shoot, number=number, version=version) for number in range(2, 30)
    )
    with CaptureQueriesContext(connection) as many:
        alice.get(f"/shoots/{shoot.pk}/")
    assert len(many) <= len(few) + 1


def test_not_me_by_its_form(cast: Cast) -> None:
    alice = logged_in(cast.alice)
    portrait = delivered(cast.alice)
    address = f"/portraits/{portrait.pk}/not-me/"
    alice.post(address, {"reason": "nonsense"})
    assert Portrait.objects.get(pk=portrait.pk).state == State.DELIVERED
    answer = alice.post(address, {"reason": "skin"})
    assert answer["Location"] == f"/shoots/{portrait.shoot_id}/"
    assert Portrait.objects.get(mends=portrait).aims == ["skin"]


def test_looking_writes_nothing(cast: Cast) -> None:
    """What is written by a page view waits in the line of the workers' writes."""
    alice = logged_in(cast.alice)
    portrait = delivered(cast.alice)
    for address in ("/shoots/", "/favorites/", "/shoots/new/", *addresses(portrait).values()):
        alice.get(address)
        with CaptureQueriesContext(connection) as asked:
            alice.get(address)
        written = [query["sql"] for query in asked if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        assert written == [], address


def test_the_list_asks_the_same_few_questions_however_long_it_is(cast: Cast) -> None:
    (portrait,) = proofs(cast.alice, "rembrandt")
    portrait.save_fields(favorite=True)
    alice = logged_in(cast.alice)
    with CaptureQueriesContext(connection) as few:
        assert alice.get("/shoots/").status_code == 200
    shoots = Shoot.objects.bulk_create(
        Shoot(owner=cast.alice, identity=portrait.shoot.identity) for _ in range(2 * rolls.A_PAGE)
    )
    Portrait.objects.bulk_create(
        Portrait(
            shoot=shoot, number=number, version=portrait.version, favorite=True,
            state=State.PROVED, proof=portrait.proof, proof_digest=portrait.proof_digest,
        )
        for shoot in shoots for number in (1, 2)
    )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        first = alice.get("/shoots/").content.decode()
    assert len(many) <= len(few), [query["sql"] for query in many]
    assert first.count('class="named"') == rolls.A_PAGE
    assert "Page 1 of 3" in first
    assert f"All {4 * rolls.A_PAGE + 1} favorites" in first
    assert alice.get("/shoots/?page=3").content.decode().count('class="named"') == 1
    assert alice.get("/favorites/").content.decode().count("small.jpg") == rolls.FAVORITES_A_PAGE
    assert "small.jpg" not in logged_in(cast.charlie).get("/favorites/").content.decode()
