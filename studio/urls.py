from django.urls import path, re_path

from studio import identity_views, selfie_views, views

urlpatterns = [
    path("styles/", views.styles, name="styles"),
    path("styles/<slug:slug>/", views.style, name="style"),
    re_path(
        r"^styles/(?P<slug>[-\w]+)/(?P<key>[0-9a-f]{24})-(?P<size>large|small|before)\.webp$",
        views.style_picture,
        name="style-picture",
    ),
    path("selfies/new/", selfie_views.new, name="new-selfie"),
    path("selfies/<uuid:pk>/", selfie_views.selfie, name="selfie"),
    path("selfies/<uuid:pk>/picture.jpg", selfie_views.picture, name="selfie-picture"),
    path("selfies/<uuid:pk>/text/", selfie_views.text, name="selfie-text"),
    path("selfies/<uuid:pk>/again/", selfie_views.again, name="selfie-again"),
    path("selfies/<uuid:pk>/delete/", selfie_views.delete, name="selfie-delete"),
    path("identities/", identity_views.identities, name="identities"),
    path("identities/<uuid:pk>/", identity_views.identity, name="identity"),
    path("identities/<uuid:pk>/name/", identity_views.name, name="identity-name"),
    path("identities/<uuid:pk>/export.zip", identity_views.export, name="identity-export"),
]
