"""The web server.

Gunicorn, told what it must know in code, because pyproject.toml is the only configuration file.
"""

from typing import Any

from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication

from render.jobs.processes import die_with_parent


class Web(BaseApplication):  # type: ignore[misc]
    """Serves the site on one address until stopped."""

    def __init__(self, *, host: str, port: int, workers: int, threads: int) -> None:
        self.options: dict[str, Any] = {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "loglevel": "warning",
            "graceful_timeout": 5,
            "control_socket_disable": True,
            "post_fork": _bind_to_master,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return get_wsgi_application()


def _bind_to_master(arbiter: Any, worker: Any) -> None:
    die_with_parent(worker.ppid)
