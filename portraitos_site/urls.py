"""The site map."""

from django.contrib import admin
from django.urls import path

from portraitos_site import views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("sitter.png", views.demonstration_sitter, name="demonstration-sitter"),
    path("healthz", views.healthz, name="healthz"),
    path("admin/", admin.site.urls),
]
