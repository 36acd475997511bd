"""How Stripe says no."""

from typing import Any


class Wrong(Exception):
    """An answer other than 200."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        param: str = "",
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code

    def body(self) -> dict[str, Any]:
        told = {"type": self.kind, "message": str(self), "param": self.param, "code": self.code}
        return {"error": {name: value for name, value in told.items() if value}}


def missing(kind: str, id: str) -> Wrong:  # noqa: A002  (Stripe's word)
    return Wrong(f"No such {kind}: '{id}'", status=404, param="id", code="resource_missing")
