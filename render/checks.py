"""Wrong set-ups of the engine, said at start-up with the line that mends them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from render.pipeline.networks.register import NETWORKS
from render.pipeline.networks.weights import INSTALL, State, state


@register
def networks(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A network that is not there costs quality in silence; one that was exchanged stops the work."""
    found: list[CheckMessage] = [
        Error(
            f"NETWORKS_OFF names {name}, and there is no such network.",
            hint=f"It may name: {', '.join(network.name for network in NETWORKS if network.site)}.",
            id="render.E001",
        )
        for name in settings.NETWORKS_OFF
        if name not in known([name])
    ]
    for network in NETWORKS:
        if network.site and state(network) is State.MISSING:
            found.append(
                Warning(
                    f"The network {network.name} is not installed. {network.without}",
                    hint=f"{INSTALL} Or do without it on purpose: NETWORKS_OFF={network.name}",
                    id="render.W001",
                )
            )
        if network.site and state(network) is State.ALTERED:
            found.append(
                Error(
                    f"The file of the network {network.name} is not the one that the register names.",
                    hint=INSTALL,
                    id="render.E002",
                )
            )
    return found


def known(names: Iterable[str]) -> list[str]:
    """Those of the ``names`` that the register has; `networks` tells of the others."""
    return [name for name in names if name in {network.name for network in NETWORKS}]
