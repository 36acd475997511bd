from django.apps import AppConfig


class RenderConfig(AppConfig):
    name = "render"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from render.models import Case

        auditlog.register(Case)
