"""podman-compose reads compose.yaml as it is meant: a stand-in for podman writes down what it is told to create."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dev.product import ROOT, SUBGRAPHS
from dev.secrets import write_secrets

#: A NUL ends an argument, and one more the call: no argument has one, or is empty there.
PODMAN = """#!/bin/sh
printf '%s\\0' "$@" '' >>'{calls}'
case "$1" in
    --version | version) echo 'podman version 5.4.0' ;;
    ps) echo '[]' ;;
esac
"""
MOUNTED = ("supergraph.yaml", "docker", "subgraphs", "charts", "Dockerfile")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "compose.yaml", tmp_path)
    for name in MOUNTED:
        (tmp_path / name).symlink_to(ROOT / name)
    write_secrets(tmp_path / ".secrets")
    stand_in = tmp_path / "bin" / "podman"
    stand_in.parent.mkdir()
    stand_in.write_text(PODMAN.format(calls=tmp_path / "calls"))
    stand_in.chmod(0o755)
    return tmp_path


def podman_compose(project: Path, *arguments: str) -> str:
    variables = {**os.environ, "PATH": f"{project / 'bin'}:{os.environ['PATH']}"}
    command = [str(Path(sys.executable).parent / "podman-compose"), *arguments]
    done = subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_reads_every_service(project: Path) -> None:
    read = yaml.safe_load(podman_compose(project, "config"))
    declared = yaml.safe_load((ROOT / "compose.yaml").read_text())
    plain = {name for name, service in declared["services"].items() if "profiles" not in service}
    assert plain <= read["services"].keys()
    assert read["services"]["router"]["environment"]["OTEL_TRACES_EXPORTER"] == "none"


def test_it_would_create_what_is_declared(project: Path) -> None:
    podman_compose(project, "--profile", "observability", "up", "--detach")
    calls = [call.split("\0") for call in (project / "calls").read_text().removesuffix("\0\0").split("\0\0")]
    created: dict[str, list[str]] = {}
    for arguments in calls:
        if arguments[0] == "create":
            (name,) = [each for each in arguments if each.startswith("--name=")]
            created[name.removeprefix("--name=learning-supergraph_").removesuffix("_1")] = arguments
    assert {"postgres", "router", "collector", "jaeger", "prometheus", "grafana"} <= created.keys()
    for name in ("router", *SUBGRAPHS, *(f"{each}-migrate" for each in SUBGRAPHS)):
        assert "--read-only" in created[name], name
        assert created[name][created[name].index("-u") + 1] == "10001:10001", name
        assert created[name][created[name].index("--cap-drop") + 1] == "ALL", name
    for name in SUBGRAPHS:
        (needs,) = [each for each in created[name] if each.startswith("--requires=")]
        assert f"learning-supergraph_{name}-migrate_1" in needs
    built = [arguments[arguments.index("-t") + 1] for arguments in calls if arguments[0] == "build"]
    assert sorted(built) == sorted(f"learning-supergraph/{name}:latest" for name in ("router", *SUBGRAPHS))
