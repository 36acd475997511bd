from django.urls import path, re_path

from studio import views

urlpatterns = [
    path("styles/", views.styles, name="styles"),
    path("styles/<slug:slug>/", views.style, name="style"),
    re_path(
        r"^styles/(?P<slug>[-\w]+)/(?P<key>[0-9a-f]{24})-(?P<size>large|small)\.webp$",
        views.style_picture,
        name="style-picture",
    ),
    path("identities/", views.identities, name="identities"),
]
