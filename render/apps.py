from django.apps import AppConfig


class RenderConfig(AppConfig):
    name = "render"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from render import verdicts  # noqa: F401  (is asked about every photograph that is sent)
        from render.models import Case

        auditlog.register(Case, exclude_fields=["photograph", "proof_digest"])
