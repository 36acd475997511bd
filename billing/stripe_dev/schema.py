"""Requests are held against the TypedDicts of stripe-python: the request schema of the pinned API version.

They leave enumerations open (`Literal["a", "b"] | str`) so that old clients meet new values; here they are
closed.
"""

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from stripe.params import (
    ChargeRetrieveParams,
    DisputeListParams,
    DisputeRetrieveParams,
    PaymentIntentRetrieveParams,
    RefundCreateParams,
    RefundListParams,
    RefundRetrieveParams,
)
from stripe.params.checkout import (
    SessionCreateParams,
    SessionExpireParams,
    SessionListParams,
    SessionRetrieveParams,
)
from stripe.params.radar import EarlyFraudWarningRetrieveParams
from typing_extensions import get_type_hints, is_typeddict

from billing.stripe_dev.errors import Wrong

OF = {
    "session.create": SessionCreateParams,
    "session.list": SessionListParams,
    "session.retrieve": SessionRetrieveParams,
    "session.expire": SessionExpireParams,
    "refund.create": RefundCreateParams,
    "refund.list": RefundListParams,
    "refund.retrieve": RefundRetrieveParams,
    "dispute.list": DisputeListParams,
    "dispute.retrieve": DisputeRetrieveParams,
    "charge.retrieve": ChargeRetrieveParams,
    "payment_intent.retrieve": PaymentIntentRetrieveParams,
    "early_fraud_warning.retrieve": EarlyFraudWarningRetrieveParams,
}
# What travels in headers, and stands in the same TypedDicts.
OPTIONS = {
    "api_key", "stripe_version", "stripe_account", "stripe_context", "max_network_retries", "idempotency_key",
    "content_type", "headers",
}  # fmt: skip


def check(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with their types; Wrong, as Stripe would say it, for what the schema does not know."""
    found: dict[str, Any] = _typed_dict(OF[name], params, "")
    return found


@cache
def _fields(schema: Any) -> dict[str, Any]:
    # The options name these, which the modules of the parameters do not import.
    hints = get_type_hints(schema, localns={"StripeContext": object, "Mapping": Mapping})
    return {name: kind for name, kind in hints.items() if name not in OPTIONS}


def _typed_dict(schema: Any, value: Any, at: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Wrong(f"Invalid object: {at}", param=at)
    fields = _fields(schema)
    for name in value:
        if name not in fields:
            where = _join(at, name)
            raise Wrong(f"Received unknown parameter: {where}", param=where, code="parameter_unknown")
    for name in fields:
        if name in schema.__required_keys__ and name not in value:
            where = _join(at, name)
            raise Wrong(f"Missing required param: {where}.", param=where, code="parameter_missing")
    return {name: _value(fields[name], item, _join(at, name)) for name, item in value.items()}


def _join(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name


def _value(kind: Any, value: Any, at: str) -> Any:
    if is_typeddict(kind):
        return _typed_dict(kind, value, at)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), value, at)
    if origin is Literal:
        return _literal(get_args(kind), value, at)
    if origin is list:
        return _list(get_args(kind)[0], value, at)
    if origin is not None:  # Dict[str, str], UntypedStripeObject[str]
        return _texts(value, at)
    return _plain(kind, value, at)


def _one_of(kinds: tuple[Any, ...], value: Any, at: str) -> Any:
    closed = [kind for kind in kinds if get_origin(kind) is Literal and get_args(kind) != ("",)]
    if closed and str in kinds:
        kinds = tuple(kind for kind in kinds if kind is not str)
    wrong: Wrong | None = None
    for kind in kinds:
        try:
            return _value(kind, value, at)
        except Wrong as error:
            wrong = error
    assert wrong is not None
    raise wrong


def _literal(known: tuple[Any, ...], value: Any, at: str) -> Any:
    if value not in known:
        raise Wrong(f"Invalid {at}: must be one of {', '.join(map(str, known))}", param=at)
    return value


def _list(kind: Any, value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise Wrong(f"Invalid array: {at}", param=at)
    return [_value(kind, item, f"{at}[{number}]") for number, item in enumerate(value)]


def _texts(value: Any, at: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise Wrong(f"Invalid object: {at}", param=at)
    return {name: _plain(str, item, f"{at}[{name}]") for name, item in value.items()}


def _plain(kind: Any, value: Any, at: str) -> Any:
    if not isinstance(value, str):
        raise Wrong(f"Invalid string: {at}", param=at)
    if kind is bool:
        if value not in ("true", "false"):
            raise Wrong(f"Invalid boolean: {value}", param=at)
        return value == "true"
    if kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            raise Wrong(f"Invalid integer: {value}", param=at, code="parameter_invalid_integer") from None
    return value
