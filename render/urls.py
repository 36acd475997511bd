from django.urls import path

from render import identity_views, portrait_views, shoot_views

urlpatterns = [
    path("begin/", shoot_views.begin, name="begin"),
    path("shoots/", shoot_views.shoots, name="shoots"),
    path("shoots/new/", shoot_views.new, name="new-shoot"),
    path("shoots/<uuid:pk>/", shoot_views.shoot, name="shoot"),
    path("shoots/<uuid:pk>/approve/", shoot_views.approve, name="approve"),
    path("shoots/<uuid:pk>/delete/", shoot_views.delete, name="shoot-delete"),
    path("portraits/<uuid:pk>/", portrait_views.portrait, name="portrait"),
    path("portraits/<uuid:pk>/preview.jpg", portrait_views.preview, name="portrait-preview"),
    path("portraits/<uuid:pk>/full.jpg", portrait_views.full, name="portrait-full"),
    path("portraits/<uuid:pk>/favorite/", portrait_views.favorite, name="portrait-favorite"),
    path("portraits/<uuid:pk>/not-me/", portrait_views.not_me, name="portrait-not-me"),
    path("portraits/<uuid:pk>/again/", portrait_views.again, name="portrait-again"),
    path("portraits/<uuid:pk>/delete/", portrait_views.delete, name="portrait-delete"),
    path("identities/<uuid:pk>/delete/", identity_views.delete, name="identity-delete"),
]
