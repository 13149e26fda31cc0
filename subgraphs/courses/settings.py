"""The settings of the courses service: `COURSES_` and the name in capitals, such as `COURSES_DATABASE_URL`."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from subgraphs.shared.settings import ServiceSettings


class CoursesSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="COURSES_", frozen=True, extra="ignore", hide_input_in_errors=True)

    port: int = Field(default=4002, ge=0, le=65535, description="Port to listen on.")
    database_url: str = Field(
        default="sqlite:///.data/courses.sqlite3", description="SQLite or PostgreSQL, by URL alone."
    )
