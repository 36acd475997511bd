from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import audit, checks, proof  # noqa: F401  (registers them)

        audit.watch()
