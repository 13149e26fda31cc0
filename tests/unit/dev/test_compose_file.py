"""compose.yaml says what the services and the router understand."""

from typing import Any

import pytest
import yaml

from dev.product import DEFAULT_PORTS, ROOT
from router.config.load import SettingsSources, load_settings
from subgraphs.courses.settings import CoursesSettings
from subgraphs.enrollments.settings import EnrollmentsSettings
from subgraphs.shared.settings import ServiceSettings
from subgraphs.users.settings import UsersSettings

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
SETTINGS: dict[str, type[ServiceSettings]] = {
    "users": UsersSettings,
    "courses": CoursesSettings,
    "enrollments": EnrollmentsSettings,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_each_variable_is_a_setting_of_its_service(name: str) -> None:
    known = {f"{name.upper()}_{field.upper()}" for field in SETTINGS[name].model_fields}
    assert set(SERVICES[name]["environment"]) <= known
    assert SERVICES[name]["environment"] == SERVICES[f"{name}-migrate"]["environment"]


def test_the_routers_variables_are_settings_that_reach_each_service() -> None:
    settings = load_settings(SettingsSources(environment=SERVICES["router"]["environment"]))
    urls = dict(settings.override_subgraph_url)
    assert urls == {name: f"http://{name}:{DEFAULT_PORTS[name]}/graphql" for name in SETTINGS}
    assert settings.authentication.router.jwt is not None
    assert settings.homepage.enabled is False


def test_only_the_router_is_reachable_from_outside() -> None:
    own = {name: service for name, service in SERVICES.items() if "profiles" not in service}
    assert [name for name, service in own.items() if "ports" in service] == ["router"]


def test_every_service_runs_with_as_little_as_it_can() -> None:
    for name in ("router", *SETTINGS, *(f"{each}-migrate" for each in SETTINGS)):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
