from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class SiteConfig(AppConfig):
    name = "portraitos_site"
    verbose_name = "PortraitOS"

    def ready(self) -> None:
        from django.conf import settings

        from portraitos_site import address_checks, checks, data_dir, failures, sentry  # noqa: F401  (registers the checks)

        data_dir.settle()
        failures.listen()
        sentry.start(settings.SENTRY_DSN)


class AdminConfig(admin_apps.AdminConfig):
    """The admin, behind our own sign-in and a second step."""

    default = False
    default_site = "accounts.staff.StaffSite"
