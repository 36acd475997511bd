from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from billing import checks  # noqa: F401  (registers them)
        from billing.payment_models import Dispute, Flag, Pack, Purchase, Refund

        for model in (Dispute, Flag, Pack, Purchase, Refund):
            auditlog.register(model)
