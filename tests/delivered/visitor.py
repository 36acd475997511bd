"""A customer of the served site: requests over HTTP, with the cookies of somebody who is logged in."""

from __future__ import annotations

import time
from http.client import HTTPResponse
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.crypto import get_random_string
from django.utils.html import strip_tags

from accounts.models import User
from tests.cast import logged_in
from tests.stated import STATED

PATIENCE = 120.0  # seconds that one answer may take
BUSY, COMES_BACK_S = 503, 600.0


class Visitor:
    """What they send and what comes back. A refusal raises; they come back to a busy site when it says."""

    def __init__(self, address: str, user: User) -> None:
        self.address, self.token = address, get_random_string(32)
        name = settings.SESSION_COOKIE_NAME
        self.cookies = f"{name}={logged_in(user).cookies[name].value}; csrftoken={self.token}"

    def get(self, path: str) -> bytes:
        return self._ask(path).read()

    def post(self, path: str, form: dict[str, str | list[str]]) -> str:
        """Send a form; returns the path of the page that it leads to."""
        return self._landed(self._ask(path, urlencode(form, doseq=True).encode()))

    def upload(self, path: str, field: str, name: str, data: bytes) -> str:
        body = encode_multipart(BOUNDARY, {field: SimpleUploadedFile(name, data, "image/jpeg"), **STATED})
        return self._landed(self._ask(path, body, MULTIPART_CONTENT))

    def _ask(self, path: str, body: bytes | None = None, kind: str = "") -> HTTPResponse:
        headers = {"Cookie": self.cookies, "X-CSRFToken": self.token, "Referer": self.address}
        if kind:
            headers["Content-Type"] = kind
        request = Request(f"{self.address}{path}", data=body, headers=headers)
        until = time.monotonic() + COMES_BACK_S
        while True:
            try:
                answer = urlopen(request, timeout=PATIENCE)
                break
            except HTTPError as error:
                if error.code != BUSY or time.monotonic() > until:
                    said = " ".join(strip_tags(error.read().decode()).split())
                    error.add_note(f"{path} answers: {said[:500]}")
                    raise
                time.sleep(float(error.headers["Retry-After"]))
        assert isinstance(answer, HTTPResponse)
        return answer

    def _landed(self, answer: HTTPResponse) -> str:
        with answer:
            return urlsplit(str(answer.url)).path
