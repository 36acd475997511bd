from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from studio import demonstration, lens_plot, light_plan, light_words, sheet, sitter
from studio.catalogue_models import Demonstration

FOREVER = "public, max-age=31536000, immutable"


@require_safe
def styles(request: HttpRequest) -> HttpResponse:
    """The catalogue."""
    context = {"shelves": sheet.shelves(), "caption": sitter.caption_rendered()}
    return render(request, "styles/catalogue.html", context)


@require_safe
def style(request: HttpRequest, slug: str) -> HttpResponse:
    """One style: its render, its light, its lens."""
    spread = sheet.spread(slug)
    if spread is None:
        raise Http404
    recipe = spread.frame.recipe
    context = {
        "spread": spread,
        "caption": sitter.caption_rendered(),
        "facts": light_words.facts(recipe),
        "plan": light_plan.plan(recipe),
        "lamps": light_words.rows(recipe),
        "ambient": light_words.ambient(recipe),
        "lens": lens_plot.plot(recipe),
    }
    return render(request, "styles/style.html", context)


@require_safe
def style_picture(request: HttpRequest, slug: str, key: str, size: str) -> HttpResponseBase:
    """A render of the demonstration sitter. Its address says what it was made from: keep it for ever.

    Drafts are for staff who look after the catalogue; to everybody else they do not exist.
    """
    rows = Demonstration.objects.select_related("version__style").filter(version__style=slug)
    row = get_object_or_404(rows, key=key)
    public = row.version.style.offered and row.version.style.current_id == row.version_id
    if not public and not request.user.has_perm("studio.view_style"):
        raise Http404
    tag = f'"{key}-{size}"'
    headers = {"Cache-Control": FOREVER if public else "private, no-store", "ETag": tag}
    if unchanged := get_conditional_response(request, etag=tag):
        return unchanged
    try:
        opened = demonstration.path(key, size).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(opened, headers=headers, content_type="image/webp")
