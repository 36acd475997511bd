"""An admin edits a style, looks at its preview and publishes it."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from PIL import Image
from playwright.sync_api import Page, expect

from accounts.models import User
from render.jobs.models import Job
from studio import catalogue, demonstration, sitter
from studio.catalogue_models import StyleVersion
from tests.cast import person
from tests.catalogue.texts import filed, show

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", ["desktop"])
def test_edit_look_publish(page: Page, axe: Callable[[Page], None], enter: Callable[[User], None]) -> None:
    sitter.place()
    catalogue.load(recipes=[filed()])
    ann = person("ann@example.org", staff=True)
    User.objects.filter(pk=ann.pk).update(is_superuser=True)
    Authenticator.objects.create(user=ann, type=Authenticator.Type.TOTP, data={})
    enter(ann)
    page.goto("/admin/studio/style/")
    page.get_by_role("link", name="Rembrandt").click()
    recipe = page.get_by_label("Recipe")
    good = recipe.input_value()
    recipe.fill(good.replace("azimuth = -48", "azimuth = 700"))
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("lamp azimuths must lie in -180..180")).to_be_visible()
    axe(page)

    recipe.fill(good.replace("azimuth = -48", "azimuth = -40"))
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    expect(page.get_by_role("button", name="Publish version 2")).to_have_count(0)
    version = StyleVersion.objects.get(number=2)
    assert Job.objects.get(kind=demonstration.KIND).payload == {"version": version.pk}

    row = show(version, files=True)  # what the worker would have done by now
    for size in demonstration.SIZES:
        Image.new("RGB", (1024, 1280), "#543").save(demonstration.path(row.key, size), "WEBP")
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("img", name="The demonstration sitter in version 2")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 is what is ordered from now on.")).to_be_visible()
    page.goto("/styles/rembrandt/")
    expect(page.get_by_role("row", name="Key 40° left")).to_be_visible()
