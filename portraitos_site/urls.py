"""The site map."""

from django.contrib import admin
from django.urls import include, path

from portraitos_site import views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("sitter.png", views.demonstration_sitter, name="demonstration-sitter"),
    path("healthz", views.healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
    path("account/", include("accounts.urls")),
    path("", include("billing.urls")),
    path("", include("studio.urls")),
    path("admin/", admin.site.urls),
]
