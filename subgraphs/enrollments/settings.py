"""The settings of the enrollments service: `ENROLLMENTS_` and the name in capitals, such as `ENROLLMENTS_USERS_URL`."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from subgraphs.shared.settings import HttpUrl, ServiceSettings


class EnrollmentsSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ENROLLMENTS_", frozen=True, extra="ignore", hide_input_in_errors=True)

    port: int = Field(default=4003, ge=0, le=65535, description="Port to listen on.")
    database_url: str = Field(
        default="sqlite:///.data/enrollments.sqlite3", description="SQLite or PostgreSQL, by URL alone."
    )
    users_url: HttpUrl = Field(
        default="http://127.0.0.1:4001/graphql", description="GraphQL endpoint of the users service."
    )
    courses_url: HttpUrl = Field(
        default="http://127.0.0.1:4002/graphql", description="GraphQL endpoint of the courses service."
    )
    sibling_timeout: float = Field(default=2.0, gt=0, le=30, description="Longest wait for a sibling's answer.")
