from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "render.jobs"
    label = "jobs"
    verbose_name = "Jobs"

    def ready(self) -> None:
        from render.jobs import checks  # noqa: F401  (registers them)
