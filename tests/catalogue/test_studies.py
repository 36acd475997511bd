"""The feature pages and their studies: real pictures, and numbers that were measured on them."""

import pytest
from django.core.management import call_command
from django.template.defaultfilters import floatformat
from django.test import Client

from portraitos_site import feature_views
from render.jobs.models import Job
from render.jobs.work import work
from render.pipeline.measure.registration import LIMIT
from studio import catalogue, demonstration, sitter, studies
from tests.catalogue.texts import filed, show

PAGES = ("/features/natural-asymmetry/", "/features/micro-contrast/")


@pytest.fixture
def _stocked(db: None) -> None:
    sitter.place()
    catalogue.load(recipes=[filed(studies.STYLE), filed(studies.SOFT)])


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_an_empty_house_has_the_pages_without_the_pictures(client: Client, address: str) -> None:
    assert studies.key() == ""
    assert studies.order() is None
    assert "are being made" in client.get(address).content.decode()
    assert client.get(f"/studies/{'0' * 24}-true.webp").status_code == 404


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_stocked")
def test_a_worker_makes_them_once_and_the_pages_show_what_it_measured(client: Client) -> None:
    for version in demonstration.missing():
        show(version, files=True)
    call_command("render_demonstration", later=True)
    job = Job.objects.get(kind=studies.KIND)
    work(str(job.id))
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error_sentence
    assert studies.order() is None
    key = studies.key()
    found = studies.facts(key)
    assert found is not None
    asymmetry, edges = found["asymmetry"], found["edges"]
    assert asymmetry["true"]["skin"] == pytest.approx(1, abs=0.02)
    assert asymmetry["even"]["skin"] is None
    assert asymmetry["true"]["passed"]
    assert not asymmetry["even"]["passed"]
    assert asymmetry["true"]["moved"] < LIMIT < 3 * LIMIT < asymmetry["even"]["moved"]
    assert asymmetry["even"]["matched"] < 0.5 < 0.9 < asymmetry["true"]["matched"]
    assert asymmetry["true"]["detector"] > 0.5 > abs(asymmetry["even"]["detector"])
    assert edges["bare"]["rim"] == 0
    assert edges["sharpened"]["rim"] > 0.1 > 0.05 > edges["lens"]["rim"]
    for name in studies.NAMES:
        answer = client.get(f"/studies/{key}-{name}.webp")
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert client.get(f"/studies/{key}-other.webp").status_code == 404
    page = client.get(PAGES[0]).content.decode()
    assert f"{asymmetry['true']['skin']:.2f}" in page
    assert f"{100 * asymmetry['even']['matched']:.0f} %" in page
    assert f"{100 * asymmetry['even']['moved']:.1f} %" in page
    page = client.get(PAGES[1]).content.decode()
    assert page.count("<polyline") == 4
    assert f"{floatformat(100 * edges['sharpened']['rim'], 1)} %" in page
    catalogue.offer(slug=studies.SOFT, offered=False)
    studies.forget_others()
    assert not studies.picture(key, "true").exists()


def test_profiles_share_one_scale() -> None:
    flat, steep = [0.2] * 33, [0.0] * 16 + [1.0] * 17
    edges = {name: {"profile": flat, "rim": 0.0} for name in feature_views.TITLES}
    edges["sharpened"] = {"profile": steep, "rim": 0.36}
    drawn = {one.name: one for one in feature_views.profiles(edges)}
    assert drawn["bare"].line.startswith("0.0,144.0 ")
    assert drawn["sharpened"].line.startswith("0.0,180.0 ")
    assert drawn["sharpened"].line.endswith("320.0,0.0")
    assert drawn["sharpened"].rim == pytest.approx(36)
