"""The settings that every subgraph has, read from environment variables with the service's prefix.

Enters: the environment. Leaves: a frozen, validated object. Invariant: secrets are `SecretStr`, so neither a
log line nor a repr can show one.
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

JwtAlgorithm = Literal["EdDSA", "RS256"]


def check_http_url(text: str) -> str:
    """A mistake here would show hours later, as a sign-in that can't be checked or a sibling that is never reached."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and text.isascii()
    except ValueError:
        good = False
    if not good or any(character.isspace() for character in text):
        raise ValueError("that is no address; write one such as http://users:4001/graphql")
    return text


HttpUrl = Annotated[str, AfterValidator(check_http_url)]


class ServiceSettings(BaseSettings):
    """Times are in seconds, sizes in bytes. A tuple is written as a comma-separated list."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=4000, ge=0, le=65535, description="Port to listen on.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="One line of text, or one JSON object a line; with the trace, where traces are on."
    )

    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Port of its own for `/metrics`, on the same address; 0: none."
    )

    database_url: str = Field(description="SQLite or PostgreSQL, by URL alone.")
    database_pool_size: int = Field(default=5, ge=1, le=200, description="Connections kept open.")
    database_pool_overflow: int = Field(
        default=10, ge=0, le=200, description="Connections opened beyond the pool under load."
    )
    database_pool_timeout: float = Field(default=5.0, gt=0, le=60, description="Longest wait for a connection.")
    database_connect_timeout: float = Field(
        default=5.0, gt=0, le=60, description="Longest wait for PostgreSQL to accept."
    )
    database_statement_timeout: float = Field(default=5.0, gt=0, le=300, description="Longest run of one statement.")

    jwt_issuer: str = Field(default="https://learn.test/users", description="`iss` of an access token.")
    jwt_audience: str = Field(default="https://learn.test/graph", description="`aud` of an access token.")
    jwt_algorithms: Annotated[tuple[JwtAlgorithm, ...], NoDecode] = Field(
        default=("EdDSA", "RS256"), min_length=1, description="Signature algorithms that are accepted."
    )
    jwt_leeway: int = Field(
        default=5, ge=0, le=60, description="Clock difference that `exp`, `nbf` and `iat` are forgiven."
    )
    jwks_url: HttpUrl = Field(
        default="http://127.0.0.1:4001/.well-known/jwks.json", description="Where the users service publishes its keys."
    )
    jwks_refresh: float = Field(default=300.0, gt=0, description="Age after which the key set is fetched again.")
    jwks_cooldown: float = Field(
        default=10.0, ge=0, description="Least time between two fetches that unknown keys cause."
    )
    jwks_timeout: float = Field(default=2.0, gt=0, le=30, description="Longest wait for the key set.")

    signature_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Shared secrets of signed calls; the first one signs, each of them is accepted. None: off.",
    )
    signature_max_age: int = Field(default=60, ge=1, le=600, description="How old a signed call may be, either way.")

    introspection: bool = Field(
        default=False, description="Answer __schema and __type. `_service { sdl }` always answers."
    )
    max_body_bytes: int = Field(default=1_000_000, ge=1_000, le=50_000_000, description="Largest request body.")
    max_tokens: int = Field(default=10_000, ge=100, le=100_000, description="Most tokens in a document.")
    max_depth: int = Field(default=15, ge=3, le=100, description="Deepest nesting, fragments expanded.")
    max_fields: int = Field(default=2_000, ge=10, le=100_000, description="Most fields, fragments expanded.")
    max_root_fields: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="Most fields of one operation's root, each of which is work of its own.",
    )
    max_answer_fields: int = Field(
        default=100_000,
        ge=100,
        le=10_000_000,
        description="Most fields in one answer, those of each list item counted; one that waits for something counts "
        "as 20.",
    )
    max_answer_bytes: int = Field(default=20_000_000, ge=10_000, le=500_000_000, description="Most text in one answer.")
    max_representations: int = Field(
        default=2_000,
        ge=1,
        le=100_000,
        description="Most representations in one _entities; five times as many in one request.",
    )
    drain_delay: float = Field(
        default=0.0,
        ge=0,
        le=300,
        description="After SIGTERM: how long to go on serving while callers are asked to connect elsewhere.",
    )
    request_timeout: float = Field(default=10.0, gt=0, le=120, description="Longest execution of one operation.")
    ready_timeout: float = Field(default=3.0, gt=0, le=60, description="Longest wait for the database by /health.")
    document_cache_size: int = Field(default=512, ge=1, le=100_000, description="Parsed and validated documents kept.")
    document_cache_bytes: int = Field(
        default=64_000_000, ge=1_000_000, le=4_000_000_000, description="Memory that they may take, by estimate."
    )

    @field_validator("jwt_algorithms", "signature_secrets", mode="before")
    @classmethod
    def split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("signature_secrets")
    @classmethod
    def secrets_are_long(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(secret.get_secret_value()) < 32 for secret in value):
            raise ValueError("a signature secret needs at least 32 characters")
        return value
