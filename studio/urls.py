from django.urls import path

from studio import views

urlpatterns = [
    path("styles/", views.styles, name="styles"),
    path("identities/", views.identities, name="identities"),
]
