"""What `make charts` writes is what stands in the checkout."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import promql_parser
import pytest
import yaml

from dev.charts import ROOT, generated, generated_manifests, read_values
from dev.helm import NoHelm, find_kubectl
from router.publication.published import read_published
from router.server.metrics import Metrics, SubgraphFigures
from router.server.tracing.export import SpanFigures
from subgraphs.shared.metrics import Metrics as SubgraphMetrics
from subgraphs.users.app import create_app
from subgraphs.users.settings import UsersSettings


@pytest.mark.parametrize("path", sorted(generated()), ids=lambda path: str(path.relative_to(ROOT)))
def test_it_is_current(path: Path) -> None:
    assert path.read_text() == generated()[path], "run `make charts`"


def test_the_plain_manifests_are_current(helm: Path) -> None:
    expected = generated_manifests(helm)
    assert {path: path.read_text() for path in (ROOT / "k8s").glob("*.yaml")} == expected, "run `make charts`"


def test_the_plain_manifests_need_no_helm() -> None:
    for path in (ROOT / "k8s").glob("*.yaml"):
        assert "helm" not in path.read_text().lower()


def test_kustomize_takes_the_plain_manifests() -> None:
    try:
        kubectl = find_kubectl()
    except NoHelm as problem:
        pytest.skip(str(problem))
    done = subprocess.run([kubectl, "kustomize", str(ROOT / "k8s")], capture_output=True, text=True, check=True)
    found = {(each["kind"], each["metadata"]["name"]) for each in yaml.safe_load_all(done.stdout)}
    assert {("Deployment", name) for name in ("router", "users", "courses", "enrollments")} <= found
    assert ("ConfigMap", "supergraph") in found


@pytest.mark.parametrize("chart", ["router", "subgraph"])
def test_every_value_has_a_meaning(chart: str) -> None:
    def check(values: list[object], path: str = "") -> None:
        for value in values:
            children = getattr(value, "children", [])
            name = f"{path}{getattr(value, 'key', '')}"
            assert children or getattr(value, "meaning", ""), f"{chart}: {name} has no comment"
            check(children, f"{name}.")

    check(list(read_values((ROOT / "charts" / chart / "values.yaml").read_text())))


def test_the_seed_is_what_publishing_would_make() -> None:
    documents = list(yaml.safe_load_all((ROOT / "k8s" / "supergraph.yaml").read_text()))
    (seed,) = [each for each in documents if each["metadata"]["name"] == "supergraph"]
    graph = read_published(seed["data"])
    assert [each.name for each in graph.subgraphs] == ["courses", "enrollments", "users"]
    assert graph.supergraph_sdl is not None
    assert all(f'url: "{each.url}"' in graph.supergraph_sdl for each in graph.subgraphs)


def asked_for(chart: str, dashboard: str) -> set[str]:
    """The metrics that a dashboard and a chart's alerts ask for."""
    panels = json.loads((ROOT / "charts" / "router" / "files" / dashboard).read_text())["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    for expression in expressions:
        promql_parser.parse(expression.replace("$__rate_interval", "5m"))
    text = " ".join(expressions)
    text += (ROOT / "charts" / chart / "templates" / "alerts.yaml").read_text()
    return set(re.findall(rf"\b{chart}_\w+", text))


def shown(metrics: Metrics | SubgraphMetrics) -> set[str]:
    return set(re.findall(r"^(\w+)", metrics.render()[0].decode(), re.MULTILINE))


def test_the_dashboard_and_the_alerts_ask_for_metrics_that_there_are() -> None:
    counters = {"document_cache_hits": 1, "document_cache_misses": 1}
    metrics = Metrics(lambda: counters)
    metrics.supergraph_id = "one"
    metrics.subgraphs = {"users": SubgraphFigures(outcomes={"ok": 1})}
    metrics.spans = SpanFigures()
    metrics.count_request(200, 0.1)
    asked = asked_for("router", "dashboard.json")
    assert len(asked) > 8
    assert asked <= shown(metrics)


def test_those_of_subgraphs_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.chdir(tmp_path)
    metrics = create_app(UsersSettings()).state.service.metrics
    metrics.count_request("query", 200, 0.1)
    metrics.count_error("TIMEOUT")
    asked = asked_for("subgraph", "subgraphs.json")
    assert len(asked) > 10
    assert asked <= shown(metrics)
