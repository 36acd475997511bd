"""The desk in the admin where staff look after one style: edit, preview, publish, withdraw, reset."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from render.jobs.models import Job
from studio import catalogue, demonstration, recipes, sitter
from studio.catalogue_models import Demonstration, Style, StyleVersion

Around = dict[str, Any]

SHOWN = 12  # versions on the desk, the latest first
REFUSALS = (catalogue.NotSeen, catalogue.NameTaken, catalogue.NoFile)


class RecipeForm(forms.Form):
    """A style's text, refused in one sentence where the engine would not take it."""

    recipe = forms.CharField(
        strip=False, widget=forms.Textarea(attrs={"rows": 36, "cols": 96, "spellcheck": "false"})
    )

    def __init__(self, *args: object, slug: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.slug = slug

    def clean_recipe(self) -> str:
        text: str = self.cleaned_data["recipe"].replace("\r\n", "\n")
        try:
            recipes.checked(self.slug, text)
        except recipes.BadRecipe as bad:
            raise ValidationError(bad.sentence) from bad
        return text


class NewStyleForm(RecipeForm):
    """A style that has no file: its address, then its text."""

    slug_field = forms.SlugField(
        label="address", help_text="Small letters and hyphens, as in /styles/rembrandt/."
    )
    field_order = ("slug_field", "recipe")

    def clean_slug_field(self) -> str:
        slug: str = self.cleaned_data["slug_field"]
        if Style.objects.filter(pk=slug).exists():
            raise ValidationError("There is a style at this address already. Open it and edit it there.")
        return slug


@dataclass(frozen=True)
class Sheet:
    """One version on the desk: its picture, its refusal, or how far its preview is."""

    version: StyleVersion
    shown: Demonstration | None
    job: Job | None
    current: bool


@require_http_methods(["GET", "HEAD", "POST"])
def style(request: HttpRequest, slug: str, around: Around) -> HttpResponse:
    """Everything about one style; `around` is what the admin's own frame shows."""
    gate(request, "studio.view_style", "studio.change_style")
    found = get_object_or_404(Style.objects.with_recipes(), pk=slug)
    if request.method != "POST":
        form = RecipeForm(slug=slug, initial={"recipe": _newest(found).recipe})
        return _page(request, found, form, around)
    gate(request, "studio.change_style")
    if request.POST.get("act") == "write":
        return _write(request, found, around)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        return HttpResponseBadRequest("The desk knows no such act.")
    try:
        messages.success(request, act(request, found))
    except REFUSALS as refused:
        messages.error(request, refused.sentence)
    return redirect("admin:studio_style_change", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, around: Around) -> HttpResponse:
    """A style without a file."""
    gate(request, "studio.add_style")
    form = NewStyleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = catalogue.write(
                slug=form.cleaned_data["slug_field"], text=form.cleaned_data["recipe"], by=_staff(request)
            )
        except catalogue.NameTaken as taken:
            form.add_error("recipe", taken.sentence)
        else:
            messages.success(request, _saved(version))
            return redirect("admin:studio_style_change", version.style_id)
    context = {**around, "form": form, "title": "A new style"}
    return render(request, "admin/studio/style/new.html", context, status=400 if form.errors else 200)


def _write(request: HttpRequest, found: Style, around: Around) -> HttpResponse:
    form = RecipeForm(request.POST, slug=found.slug)
    if form.is_valid():
        try:
            version = catalogue.write(slug=found.slug, text=form.cleaned_data["recipe"], by=_staff(request))
        except catalogue.NameTaken as taken:
            form.add_error("recipe", taken.sentence)
        else:
            messages.success(request, _saved(version))
            return redirect("admin:studio_style_change", found.slug)
    return _page(request, found, form, around, status=400)


def _publish(request: HttpRequest, found: Style) -> str:
    version = _chosen(request, found)
    catalogue.publish(version=version)
    return f"Version {version.number} is what is ordered from now on."


def _order(request: HttpRequest, found: Style) -> str:
    demonstration.order(version=_chosen(request, found))
    return "The preview is ordered."


def _offer(request: HttpRequest, found: Style) -> str:
    catalogue.offer(slug=found.slug, offered=True)
    return "The style is offered again."


def _withdraw(request: HttpRequest, found: Style) -> str:
    catalogue.offer(slug=found.slug, offered=False)
    return "The style is withdrawn. Portraits already made in it stay."


def _reset(request: HttpRequest, found: Style) -> str:
    version = catalogue.reset(slug=found.slug)
    return f"The style follows its file again, which is version {version.number}."


ACTS: dict[str, Callable[[HttpRequest, Style], str]] = {
    "publish": _publish,
    "order": _order,
    "offer": _offer,
    "withdraw": _withdraw,
    "reset": _reset,
}


def _page(
    request: HttpRequest, found: Style, form: RecipeForm, around: Around, status: int = 200
) -> HttpResponse:
    context = {
        **around,
        "title": found.name,
        "style": found,
        "form": form,
        "sheets": _sheets(found),
        "may_change": request.user.has_perm("studio.change_style"),
        "default_sitter": sitter.is_default(),
    }
    return render(request, "admin/studio/style/desk.html", context, status=status)


def _sheets(found: Style) -> list[Sheet]:
    versions = list(found.versions.select_related("created_by").order_by("-number")[:SHOWN])
    shown, jobs = demonstration.of_all(versions), demonstration.jobs(versions)
    return [
        Sheet(version, shown.get(version.pk), jobs.get(version.pk), version.pk == found.current_id)
        for version in versions
    ]


def _newest(found: Style) -> StyleVersion:
    """What is edited: the latest text that somebody wrote."""
    return found.versions.order_by("-number")[0]


def _chosen(request: HttpRequest, found: Style) -> StyleVersion:
    number = request.POST.get("number", "")
    if not number.isdecimal():
        raise Http404
    return get_object_or_404(found.versions, number=int(number))


def _saved(version: StyleVersion) -> str:
    return f"Saved as version {version.number}. Look at its preview, then publish it."


def gate(request: HttpRequest, *permissions: str) -> None:
    """Let pass who has one of the permissions."""
    if not any(request.user.has_perm(permission) for permission in permissions):
        raise PermissionDenied


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
