"""The settings of the users service: `USERS_` and the name in capitals, such as `USERS_DATABASE_URL`."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from subgraphs.shared.settings import ServiceSettings

Network = IPv4Network | IPv6Network


class UsersSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="USERS_", frozen=True, extra="ignore", hide_input_in_errors=True)

    port: int = Field(default=4001, ge=0, le=65535, description="Port to listen on.")
    database_url: str = Field(
        default="sqlite:///.data/users.sqlite3", description="SQLite or PostgreSQL, by URL alone."
    )

    signing_keys: SecretStr | None = Field(default=None, description="The key ring's JSON itself; wins over the file.")
    signing_keys_file: Path = Field(
        default=Path(".data/users.keys.json"),
        description="The key ring. The default file is made where it's missing; another path must exist.",
    )
    access_token_life: int = Field(default=600, ge=30, le=3_600, description="Life of an access token.")
    refresh_token_life: int = Field(
        default=14 * 86_400, ge=60, description="How long a refresh token may wait for its use."
    )
    session_life: int = Field(default=90 * 86_400, ge=60, description="How long refreshing goes on after one sign-in.")
    refresh_grace: float = Field(
        default=10.0, ge=0, le=120, description="A second use this soon doesn't revoke the session."
    )

    password_min_length: int = Field(default=10, ge=8, le=100, description="Least characters of a new password.")
    argon2_time_cost: int = Field(default=3, ge=1, le=20, description="Passes of argon2id.")
    argon2_memory_cost: int = Field(default=65_536, ge=8_192, le=4_194_304, description="Memory of argon2id, in KiB.")
    argon2_parallelism: int = Field(default=4, ge=1, le=64, description="Lanes of argon2id.")
    hashing_concurrency: int = Field(default=2, ge=1, le=64, description="Passwords hashed at the same time.")
    hashing_queue: int = Field(default=50, ge=0, le=10_000, description="Passwords that may wait; then: SERVICE_BUSY.")

    lockout_threshold: int = Field(default=5, ge=1, description="Failed sign-ins of an account before it waits.")
    lockout_address_threshold: int = Field(
        default=100, ge=1, description="Failed sign-ins from an address before it waits."
    )
    sign_up_address_threshold: int = Field(
        default=50, ge=1, description="New accounts tried from an address before it waits; admins may make more."
    )
    lockout_window: float = Field(
        default=900.0, gt=0, description="Failures and new accounts older than this are forgotten."
    )
    lockout_first_wait: float = Field(default=2.0, ge=0, description="The first wait; each further failure doubles it.")
    lockout_longest_wait: float = Field(default=900.0, gt=0, description="The longest wait.")
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
        description="Networks whose X-Forwarded-For is believed.",
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def split_networks(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
