from django.apps import AppConfig


class RenderConfig(AppConfig):
    name = "render"

    def ready(self) -> None:
        from auditlog.registry import auditlog
        from django.conf import settings

        from render import checks, verdicts  # noqa: F401  (verdicts are asked about every photograph sent)
        from render.models import Case
        from render.pipeline.networks import weights

        weights.switch_off(checks.known(settings.NETWORKS_OFF))
        auditlog.register(Case, exclude_fields=["photograph", "proof_digest"])
