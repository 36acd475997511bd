from django.urls import path

from render import file_views, identity_views, portrait_views, share_views, shoot_views

urlpatterns = [
    path("begin/", shoot_views.begin, name="begin"),
    path("shoots/", shoot_views.shoots, name="shoots"),
    path("favorites/", shoot_views.favorites, name="favorites"),
    path("shoots/new/", shoot_views.new, name="new-shoot"),
    path("shoots/<uuid:pk>/", shoot_views.shoot, name="shoot"),
    path("shoots/<uuid:pk>/approve/", shoot_views.approve, name="approve"),
    path("shoots/<uuid:pk>/portraits.zip", file_views.shoot_archive, name="shoot-archive"),
    path("shoots/<uuid:pk>/delete/", shoot_views.delete, name="shoot-delete"),
    path("portraits/<uuid:pk>/", portrait_views.portrait, name="portrait"),
    path("portraits/<uuid:pk>/small.jpg", file_views.small, name="portrait-small"),
    path("portraits/<uuid:pk>/preview.jpg", file_views.preview, name="portrait-preview"),
    path("portraits/<uuid:pk>/selfie.jpg", file_views.selfie, name="portrait-selfie"),
    path("portraits/<uuid:pk>/screen.jpg", file_views.screen, name="portrait-screen"),
    path("portraits/<uuid:pk>/phone.jpg", file_views.phone, name="portrait-phone"),
    path("portraits/<uuid:pk>/full.jpg", file_views.full, name="portrait-full"),
    path("portraits/<uuid:pk>/tiles/<int:left>-<int:top>.jpg", file_views.tile, name="portrait-tile"),
    path("portraits/<uuid:pk>/copies/", file_views.ask, name="copies"),
    path("portraits/<uuid:pk>/copies/<slug:kind>/", file_views.copy, name="copy"),
    path("portraits/<uuid:pk>/share/", share_views.share, name="portrait-share"),
    path("portraits/<uuid:pk>/favorite/", portrait_views.favorite, name="portrait-favorite"),
    path("portraits/<uuid:pk>/not-me/", portrait_views.not_me, name="portrait-not-me"),
    path("portraits/<uuid:pk>/again/", portrait_views.again, name="portrait-again"),
    path("portraits/<uuid:pk>/report/", portrait_views.report, name="portrait-report"),
    path("portraits/<uuid:pk>/delete/", portrait_views.delete, name="portrait-delete"),
    path("s/<str:token>/", share_views.shared, name="shared"),
    path("s/<str:token>/report/", share_views.report, name="shared-report"),
    path("s/<str:token>/picture.jpg", share_views.shared_picture, name="shared-picture"),
    path("identities/<uuid:pk>/delete/", identity_views.delete, name="identity-delete"),
]
