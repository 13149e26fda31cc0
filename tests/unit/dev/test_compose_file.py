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


#: OpenTelemetry's own variables, which the router and the services have alike.
TRACES = {"OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT"}


@pytest.mark.parametrize("name", SETTINGS)
def test_each_variable_is_a_setting_of_its_service(name: str) -> None:
    known = {f"{name.upper()}_{field.upper()}" for field in SETTINGS[name].model_fields}
    assert set(SERVICES[name]["environment"]) <= known | TRACES
    assert SERVICES[name]["environment"] == SERVICES[f"{name}-migrate"]["environment"]


def test_the_routers_settings_reach_each_service() -> None:
    text = (ROOT / "docker" / "router.yaml").read_text()
    settings = load_settings(SettingsSources(text, environment={"SIGNATURE_SECRETS": "s" * 32}))
    urls = dict(settings.override_subgraph_url)
    assert urls == {name: f"http://{name}:{DEFAULT_PORTS[name]}/graphql" for name in SETTINGS}
    assert settings.authentication.router.jwt is not None
    assert settings.homepage.enabled is False
    router = SERVICES["router"]
    mounted = next(volume for volume in router["volumes"] if volume.startswith("./docker/router.yaml:"))
    assert mounted.split(":")[1] in router["command"]


def test_it_says_what_the_chart_says() -> None:
    """But for the places: where in the file system it stands, and where the process writes."""
    own = yaml.safe_load((ROOT / "docker" / "router.yaml").read_text())
    (text,) = [
        each["data"]["router.yaml"]
        for each in yaml.safe_load_all((ROOT / "k8s" / "router.yaml").read_text())
        if "router.yaml" in each.get("data", {})
    ]
    # In a cluster the addresses stand in what the services publish.
    assert own.pop("override_subgraph_url").keys() == SETTINGS.keys()
    assert own == yaml.safe_load(text)
    for name in SETTINGS:
        (declared,) = [
            each["data"]
            for each in yaml.safe_load_all((ROOT / "k8s" / f"{name}.yaml").read_text())
            if (each["kind"], each["metadata"]["name"]) == ("ConfigMap", name)
        ]
        # The image says where to listen; metrics and traces stay inside the containers' network.
        own_network = {f"{name.upper()}_METRICS_PORT", *TRACES}
        assert set(SERVICES[name]["environment"]) - own_network == set(declared) - {f"{name.upper()}_HOST"}


def test_every_call_is_signed_with_the_same_secret() -> None:
    for name in ("router", *SETTINGS):
        assert ".secrets/signature.env" in SERVICES[name]["env_file"]
    for name in SETTINGS:
        assert ".secrets/signature.env" not in SERVICES[f"{name}-migrate"]["env_file"]


def test_only_the_router_is_reachable_from_outside() -> None:
    own = {name: service for name, service in SERVICES.items() if "profiles" not in service}
    assert [name for name, service in own.items() if "ports" in service] == ["router"]


def test_every_service_runs_with_as_little_as_it_can() -> None:
    for name in ("router", *SETTINGS, *(f"{each}-migrate" for each in SETTINGS)):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
