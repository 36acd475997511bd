"""The site map."""

from allauth.account.views import confirm_login_code
from django.contrib import admin
from django.db import transaction
from django.urls import include, path, re_path

from accounts.reauthentication import ReauthenticateByCode
from accounts.sessions import SessionList
from accounts.sign_up import SignUpView
from portraitos_site import address_views, feature_views, privacy_views, views

handler400 = "portraitos_site.views.unreadable"
handler500 = "portraitos_site.views.broken"

urlpatterns = [
    path("", views.landing, name="landing"),
    path("sitter.png", views.demonstration_sitter, name="demonstration-sitter"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.healthz, name="healthz"),
    path("accounts/signup/", SignUpView.as_view(), name="account_signup"),
    # A code may prove the address, which ends what was before it: both or neither (accounts/proof.py).
    path(
        "accounts/login/code/confirm/",
        transaction.atomic(confirm_login_code),
        name="account_confirm_login_code",
    ),
    path(
        "accounts/reauthenticate/code/", ReauthenticateByCode.as_view(), name="account_reauthenticate_by_code"
    ),
    path("accounts/sessions/", SessionList.as_view(), name="usersessions_list"),
    path("accounts/", include("allauth.urls")),
    path("account/export.zip", privacy_views.export, name="export"),
    path("account/delete/", privacy_views.delete, name="delete-account"),
    path("account/consent/withdraw/", privacy_views.withdraw, name="withdraw-consent"),
    path("account/address/undo/<str:token>/", address_views.undo, name="undo-address"),
    path("account/", include("accounts.urls")),
    path("features/natural-asymmetry/", feature_views.natural_asymmetry, name="natural-asymmetry"),
    path("features/micro-contrast/", feature_views.micro_contrast, name="micro-contrast"),
    re_path(r"^studies/(?P<key>[0-9a-f]{24})-(?P<name>[a-z]+)\.webp$", feature_views.study, name="study"),
    path("terms/", views.terms, name="terms"),
    path("refunds/", views.refunds, name="refunds"),
    path("privacy/", privacy_views.privacy, name="privacy"),
    path("privacy/retention/", privacy_views.retention, name="retention"),
    path("receipts/<uuid:id>/", privacy_views.receipt, name="receipt"),
    path("", include("billing.urls")),
    path("", include("studio.urls")),
    path("", include("render.urls")),
    path("admin/", admin.site.urls),
]
