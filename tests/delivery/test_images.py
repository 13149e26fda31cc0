"""The image and compose.yaml, as far as they can be checked without a container daemon."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import compose_spec
import pytest
import yaml

from dev.product import SUBGRAPHS
from dev.secrets import write_secrets
from router.config.load import SettingsSources, load_settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES = ["router", *SUBGRAPHS]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(interpolated())
    return found


def interpolated() -> str:
    """compose.yaml with the defaults of its variables."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (ROOT / "compose.yaml").read_text())


class TestImage:
    """What the Dockerfile promises."""

    def test_hadolint_finds_nothing(self) -> None:
        done = subprocess.run(
            ["hadolint", "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, env=_path()
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_the_result_has_no_compiler_and_runs_as_a_number(self) -> None:
        last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
        assert "python:${PYTHON}-slim" in last
        assert "RUN" not in last
        assert "\nUSER 10001:10001\n" in last
        assert '\nCMD ["start"]\n' in last
        assert re.search(r'^HEALTHCHECK .* CMD \["healthy"\]$', last, re.MULTILINE)
        for label in ("version", "revision", "licenses", "title"):
            assert f"org.opencontainers.image.{label}=" in last

    def test_everything_installed_is_checked_against_a_hash(self) -> None:
        for line in DOCKERFILE.replace("\\\n", " ").splitlines():
            for command in line.split("&&"):
                if "pip install" in command:
                    assert "--require-hashes" in command or "--no-index" in command

    @pytest.mark.parametrize("name", [*SERVICES, "build"])
    def test_locks_agree_with_that_of_the_tests(self, name: str) -> None:
        tested = _pins(ROOT / "requirements" / "dev.txt")
        pins = _pins(ROOT / "requirements" / f"{name}.txt")
        assert pins
        assert {package: tested.get(package) for package in pins} == pins, "run `make lock`"
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        assert text.count("==") <= text.count("--hash=sha256:")

    def test_no_service_carries_what_only_another_needs(self) -> None:
        pins = {name: _pins(ROOT / "requirements" / f"{name}.txt") for name in SERVICES}
        assert "strawberry-graphql" not in pins["router"]
        assert "kubernetes" in pins["router"]
        assert all("kubernetes" not in pins[name] and "asyncpg" in pins[name] for name in SUBGRAPHS)
        assert [name for name in SERVICES if "argon2-cffi" in pins[name]] == ["users"]

    def test_what_is_copied_is_let_in(self) -> None:
        let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
        copied: set[str] = set()
        for words in (line.split() for line in DOCKERFILE.splitlines() if line.startswith("COPY ")):
            if not words[1].startswith("--from"):
                copied.update(words[1:-1])
        assert copied
        for path in copied:
            assert any(path == each or path.startswith(f"{each}/") or each.startswith(f"{path}/") for each in let_in), (
                path
            )

    def test_scripts_can_be_run(self) -> None:
        for name in ("start", "healthy", "postgres/databases.sh"):
            assert os.access(ROOT / "docker" / name, os.X_OK)


class TestCompose:
    """What `docker compose up` and podman-compose read."""

    def test_it_follows_the_specification(self) -> None:
        read = compose_spec.PyCompose.from_yaml(yaml.safe_dump(compose(), sort_keys=False))
        read.validate()
        assert set(SERVICES) <= set(read.service_names())

    def test_everything_that_it_mounts_is_there(self, tmp_path: Path) -> None:
        write_secrets(tmp_path / ".secrets")
        found = compose()
        for name, service in found["services"].items():
            for volume in service.get("volumes", []):
                source = volume.partition(":")[0]
                assert source in found["volumes"] or (ROOT / source).exists(), f"{name}: {source}"
            for file in service.get("env_file", []):
                assert (tmp_path / file).exists(), f"{name}: {file}"
        for secret in found["secrets"].values():
            assert (tmp_path / secret["file"]).exists()

    def test_secrets_are_made_once_and_behind_a_lock(self, tmp_path: Path) -> None:
        folder = tmp_path / ".secrets"
        made = write_secrets(folder)
        before = {path: path.read_bytes() for path in made}
        assert folder.stat().st_mode & 0o777 == 0o700
        assert write_secrets(folder) == []
        assert {path: path.read_bytes() for path in made} == before
        passwords = dict(line.split("=", 1) for line in (folder / "databases.env").read_text().splitlines())
        assert len(set(passwords.values())) == len(SUBGRAPHS)
        for name in SUBGRAPHS:
            assert passwords[f"{name.upper()}_PASSWORD"] in (folder / f"{name}.env").read_text()
        shared = dict(line.split("=", 1) for line in (folder / "signature.env").read_text().splitlines())
        assert shared.keys() == {"SIGNATURE_SECRETS", *(f"{name.upper()}_SIGNATURE_SECRETS" for name in SUBGRAPHS)}
        (secret,) = set(shared.values())
        assert len(secret) >= 32

    def test_no_secret_stands_in_it(self) -> None:
        for name, service in compose()["services"].items():
            for variable, value in (service.get("environment") or {}).items():
                secret = re.search("PASSWORD|SECRET|KEYS|DATABASE_URL", variable)
                assert not secret or variable.endswith(("_FILE", "__FILE")), f"{name}: {variable}={value}"

    def test_only_the_router_can_be_reached_and_only_from_this_machine(self) -> None:
        ports = {name: service["ports"] for name, service in compose()["services"].items() if "ports" in service}
        assert ports == {"router": ["127.0.0.1:4000:4000"], "grafana": ["127.0.0.1:3000:3000"]}

    @pytest.mark.parametrize("name", SERVICES)
    def test_services_are_as_confined_as_in_a_cluster(self, name: str) -> None:
        service = compose()["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["user"] == "10001:10001"
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["restart"] == "unless-stopped"
        assert service["build"]["args"] == {"SERVICE": name}

    def test_migrations_try_again_until_they_have_a_database(self) -> None:
        services = compose()["services"]
        for name in SUBGRAPHS:
            migration = services[f"{name}-migrate"]
            assert migration["command"] == [name, "migrate"]
            assert migration["restart"] == "on-failure"
            assert migration["image"] == services[name]["image"]

    def test_the_profile_of_observability(self) -> None:
        services = compose()["services"]
        profiled = {name for name, service in services.items() if service.get("profiles") == ["observability"]}
        assert profiled == {"collector", "jaeger", "prometheus", "grafana"}
        collector = yaml.safe_load((ROOT / "docker/collector/config.yaml").read_text())
        pipelines = collector["service"]["pipelines"]
        for kind in ("receivers", "processors", "exporters"):
            assert {each for pipeline in pipelines.values() for each in pipeline[kind]} == set(collector[kind])
        scraped = {
            target
            for each in collector["receivers"]["prometheus"]["config"]["scrape_configs"]
            for part in each["static_configs"]
            for target in part["targets"]
        }
        shown = {f"{name}:{services[name]['environment'][f'{name.upper()}_METRICS_PORT']}" for name in SUBGRAPHS}
        assert scraped == {"router:4000", *shown}
        prometheus = yaml.safe_load((ROOT / "docker/prometheus/prometheus.yaml").read_text())
        port = collector["exporters"]["prometheus"]["endpoint"].rpartition(":")[2]
        assert prometheus["scrape_configs"][0]["static_configs"][0]["targets"] == [f"collector:{port}"]

    def test_traces_go_from_the_router_through_the_collector_to_where_they_are_seen(self) -> None:
        services = compose()["services"]
        variables = services["router"]["environment"]
        assert variables["OTEL_TRACES_EXPORTER"] == "none"
        for name in SUBGRAPHS:
            own = {key: value for key, value in services[name]["environment"].items() if key.startswith("OTEL_")}
            assert own == variables, name
        tracing = load_settings(SettingsSources(environment={**variables, "OTEL_TRACES_EXPORTER": "otlp"}))
        endpoint = urlsplit(tracing.telemetry.exporters.tracing.otlp.endpoint)
        collector = yaml.safe_load((ROOT / "docker/collector/config.yaml").read_text())
        port = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]
        assert (endpoint.hostname, str(endpoint.port)) == ("collector", port)
        kept = collector["exporters"][collector["service"]["pipelines"]["traces"]["exporters"][0]]["endpoint"]
        sources = yaml.safe_load((ROOT / "docker/grafana/provisioning/datasources/sources.yaml").read_text())
        (shown,) = [each["url"] for each in sources["datasources"] if each["type"] == "jaeger"]
        assert kept.partition(":")[0] == urlsplit(shown).hostname == "jaeger"


def _path() -> dict[str, str]:
    return {**os.environ, "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"}


def _pins(path: Path) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", path.read_text(), re.MULTILINE)
    return dict(found)
