"""The transport of letters."""

import smtplib
from typing import Any

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend


class Transport(EmailBackend):
    """Django's SMTP, which greets mail servers by the site's name; Django's own tells them the machine's."""

    @property
    def connection_class(self) -> Any:
        kind = super().connection_class

        def connect(host: str, port: int, **options: Any) -> smtplib.SMTP:
            return kind(host, port, **{**options, "local_hostname": settings.EMAIL_DOMAIN})

        return connect
