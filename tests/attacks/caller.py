"""Somebody at an address of their own who talks HTTP to the site, as it is behind its proxy."""

from __future__ import annotations

from typing import Any

import requests
from requests.cookies import RequestsCookieJar

TIMEOUT = 60.0  # seconds that an answer may take; an attack measures, it does not wait for ever


class Caller:
    """Keeps cookies, sends the token of forms, follows no redirect. A refused connection raises."""

    def __init__(
        self, address: str, *, ip: str = "198.51.100.1", cookies: dict[str, str] | None = None
    ) -> None:
        self.address, self.ip = address, ip
        self.jar = RequestsCookieJar()
        for name, value in (cookies or {}).items():
            self.jar.set(name, value)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self._ask("GET", path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> requests.Response:
        """Send a form with its token, which is fetched with the page where there is none yet."""
        for page in ("/accounts/login/", "/pricing/"):  # whoever is signed in sees no page to sign in
            if "csrftoken" not in self.jar:
                self.get(page)
        return self._ask("POST", path, data=data, **options)

    def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> requests.Response:
        # A session would send no secure cookie to a plain address; the proxy in front speaks TLS.
        sent = {
            "Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar),
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.ip,
            "Referer": self.address.replace("http:", "https:"),
            "X-CSRFToken": str(self.jar.get("csrftoken", "")),
        }
        answer = requests.request(
            method,
            f"{self.address}{path}",
            headers=sent | (headers or {}),
            allow_redirects=False,
            timeout=options.pop("timeout", TIMEOUT),
            **options,
        )
        for cookie in answer.cookies:  # each once, whether it was given or set
            self.jar.set(cookie.name, cookie.value)
        return answer
