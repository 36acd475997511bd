from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "portraitos_site"
    verbose_name = "PortraitOS"

    def ready(self) -> None:
        from portraitos_site import checks  # noqa: F401  (registers them)
