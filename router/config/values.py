"""The kinds of values that settings have: times, sizes, addresses, origins, patterns.

Enters: what YAML gives. Leaves: seconds, bytes, checked text. Invariant: a refusal says what is expected
and how to write it.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema

_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(ms|s|m|h)?")
_SIZE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(B|kB|KB|MB|GB|KiB|MiB|GiB)?")
_UNITS: Final = {
    None: 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip
#: What HMAC-SHA256 takes in without losing strength (RFC 2104, section 3).
SHORTEST_SECRET: Final = 32
_SECONDS: Final = {None: 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration(value: Any) -> Any:
    """Read a time, as seconds; raises ``ValueError``."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("a time is expected; write it as 500ms, 30s or 1m")
    match = _DURATION.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f'"{value}" is not a time; write it as 500ms, 30s or 1m')
    return float(match[1]) * _SECONDS[match[2]]


def _size(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("a size is expected; write it in bytes, or as 2MB")
    match = _SIZE.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f'"{value}" is not a size; write it in bytes, or as 2MB')
    return int(float(match[1]) * _UNITS[match[2]])


def split_address(address: str) -> tuple[str, int]:
    """Split ``HOST:PORT`` (``[::1]:4000`` for IPv6); raises ``ValueError``."""
    host, _, port = address.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535 or (":" in host and not bracketed):
        raise ValueError(f'"{address}" is not an address; write HOST:PORT, such as 127.0.0.1:4000')
    return host.strip("[]"), int(port)


def _address(value: Any) -> Any:
    split_address(str(value))
    return value


def _url_path(value: str) -> str:
    if re.fullmatch(r"/[A-Za-z0-9._~/-]*", value) is None or "//" in value:
        raise ValueError(f'"{value}" is not a path; write it as /graphql')
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f'"{value}" is not a regular expression ({error})') from None
    return value


def _origin(value: str) -> str:
    if re.fullmatch(r"https?://[^/?#\s*]+", value) is None:
        raise ValueError(f'"{value}" is not an origin; write it as https://app.example.com, without a path')
    return value


def _secret(value: Any) -> Any:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    # A message never holds the value, nor its length.
    if not isinstance(text, str):
        raise ValueError("text is expected; write the secret in quotes, or as ${env.NAME}")
    if len(text) < SHORTEST_SECRET:
        raise ValueError(f"the secret is too short; it needs at least {SHORTEST_SECRET} characters")
    return SecretStr(text)


def _secrets(value: Any) -> Any:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple):
        raise ValueError("a list of secrets is expected; write one as ${env.NAME}")
    return value


def _network(value: Any) -> Any:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(value)
    except (ValueError, TypeError):
        raise ValueError(f'"{value}" is not a network; write it as 10.0.0.0/8, a single address without /') from None


def _schema(*types: str) -> dict[str, Any]:
    return {"type": list(types)}


Duration = Annotated[float, BeforeValidator(duration), Field(ge=0, json_schema_extra=_schema("string", "number"))]
LongerThanNone = Annotated[float, BeforeValidator(duration), Field(gt=0, json_schema_extra=_schema("string", "number"))]
Size = Annotated[int, BeforeValidator(_size), Field(ge=0, json_schema_extra=_schema("string", "integer"))]
Address = Annotated[str, BeforeValidator(_address)]
UrlPath = Annotated[str, AfterValidator(_url_path)]
Pattern = Annotated[str, AfterValidator(_pattern), Field(json_schema_extra={"format": "regex"})]
Origin = Annotated[str, AfterValidator(_origin)]
Secret = Annotated[SecretStr, BeforeValidator(_secret)]
#: A list, or text with commas, so that one environment variable can hold them all.
Secrets = Annotated[
    tuple[Secret, ...],
    BeforeValidator(_secrets),
    Field(min_length=1, json_schema_extra={"type": ["array", "string"], "writeOnly": True}),
]
#: Python's own types; in the file and in the JSON Schema it is text.
Network = Annotated[
    IPv4Network | IPv6Network, BeforeValidator(_network), WithJsonSchema({"type": "string", "format": "cidr"})
]
Count = Annotated[int, Field(ge=1)]
Algorithm = Literal[
    "EdDSA", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512", "HS256", "HS384", "HS512"
]
