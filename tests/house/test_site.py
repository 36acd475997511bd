"""The landing page, the sitter and the health page."""

import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from PIL import Image
from pytest_django import Settings

from portraitos_site import checks, health
from portraitos_site.management.commands import serve
from render.jobs import canary
from studio import sitter
from studio.models import Style
from tests.cast import Cast, logged_in
from tests.catalogue.texts import show

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


def test_the_landing_page_shows_sitter_caption_and_styles(client: Client) -> None:
    sitter.place()
    call_command("load_catalogue")
    page = client.get("/").content.decode()
    assert "One selfie in; twenty studio portraits out." in page
    assert 'src="/sitter.png"' in page
    assert "Neither NASA nor the sitter endorses this site." in page
    assert "All 40 styles" in page
    assert 'href="/styles/boardroom/"' in page


def test_the_one_action_of_the_opening(client: Client, cast: Cast) -> None:
    """It leads on; the machine's health is no customer's matter."""
    page = client.get("/").content.decode()
    assert re.findall(r'class="act" href="([^"]+)"', page) == ["/shoots/new/"]
    assert "healthz" not in page
    assert "What works today" not in page
    page = logged_in(cast.alice).get("/").content.decode()
    assert re.findall(r'class="act" href="([^"]+)"', page) == ["/shoots/new/"]


def test_the_opening_shows_before_and_after_once_they_are_made(client: Client) -> None:
    sitter.place()
    call_command("load_catalogue")
    assert "data-compare" not in client.get("/").content.decode()
    version = Style.objects.with_recipes().get(pk="rembrandt").current
    assert version is not None
    row = show(version, files=True)
    page = client.get("/").content.decode()
    for size in ("before", "large"):
        address = f"/styles/rembrandt/{row.key}-{size}.webp"
        assert f'src="{address}"' in page
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/terms/", "/refunds/"])
def test_the_rules_are_there_for_anybody(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200
    assert f'href="{address}"' in client.get("/").content.decode()


def test_who_wants_to_sit_is_led_through_sign_up(client: Client, cast: Cast) -> None:
    call_command("load_catalogue")
    page = client.get("/styles/boardroom/").content.decode()
    (address,) = re.findall(r'class="act"\s+href="([^"]+)"', page)
    assert address == "/shoots/new/?style=boardroom"
    assert client.get(address)["Location"] == "/accounts/signup/?next=%2Fshoots%2Fnew%2F%3Fstyle%3Dboardroom"
    assert logged_in(cast.alice).get(address)["Location"] == "/selfies/new/"


def test_the_landing_page_of_an_empty_house_says_what_fills_it(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "manage.py load_catalogue" in page
    assert "manage.py place_sitter" in page
    assert client.get("/sitter.png").status_code == 404


def test_the_page_asks_nobody_else_for_anything(client: Client) -> None:
    page = client.get("/").content.decode()
    css = (Path(django_settings.BASE_DIR) / "portraitos_site/static/site/site.css").read_text()
    assert "http://" not in page + css
    assert "https://" not in page + css
    assert re.findall(r"<script[^>]*>", page) == ['<script type="module" src="/static/site/compare.js">']
    assert len(css) < 30_000


def test_the_default_sitter_is_written_as_a_png(client: Client) -> None:
    sitter.place()
    answer = client.get("/sitter.png")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert sitter.size() == (512, 512)


def test_an_own_sitter_replaces_the_astronaut(settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own.jpg"
    Image.new("RGB", (2400, 3000), "gray").save(own)
    settings.DEMO_SITTER, settings.DEMO_SITTER_CAPTION = str(own), "Ann, with a release."
    call_command("place_sitter")
    assert sitter.size() == (1280, 1600)
    assert sitter.caption() == "Ann, with a release."
    settings.DEMO_SITTER = str(tmp_path / "gone.jpg")
    assert [message.id for message in checks.own_sitter(None)] == ["site.E003"]


def test_health_is_red_until_every_queue_has_sung(client: Client) -> None:
    first = client.get("/healthz")
    assert first.status_code == 503
    assert first.json()["red"] == ["previews", "fulls", "money", "mail", "catalogue"]
    canary.send()
    for queue in ("previews", "fulls", "money", "mail", "catalogue"):
        canary.sing(queue)
    second = client.get("/healthz")
    assert (second.status_code, second.json()["well"]) == (200, True)
    assert "no-store" in second["Cache-Control"]


def test_health_names_a_silent_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", silent)
    monkeypatch.setattr(health, "_migrated", True)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["red"]) == (503, ["database"])


def test_health_names_unapplied_migrations(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'jobs'")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["red"]) == (503, ["database"])
    assert "run manage.py migrate" in answer.json()["parts"]["database"]["says"]


def test_production_without_its_settings_is_refused(settings: Settings) -> None:
    settings.DEBUG, settings.SECRET_KEY, settings.ALLOWED_HOSTS = False, "", []
    found = checks.production(None)
    assert [message.id for message in found] == ["site.E001", "site.E002", "site.W001"]
    assert all(message.hint for message in found)


def test_who_asks_for_the_icon_gets_the_mark(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/site/mark.svg"
    assert client.post("/favicon.ico").status_code == 405


def test_this_machine_is_called_by_its_name() -> None:
    """Browsers know no passkeys at a bare number."""
    assert serve.address("127.0.0.1", 8000) == "http://localhost:8000/"
    assert serve.address("10.0.0.5", 80) == "http://10.0.0.5:80/"
