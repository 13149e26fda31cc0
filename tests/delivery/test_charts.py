"""Each chart with each values file: helm takes it, Kubernetes takes it, and what it makes is what operators rely on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import kubernetes_validate
import promql_parser
import pytest

from dev.rendering import run
from router.config.load import SettingsSources, load_settings
from router.config.settings import Settings
from subgraphs.courses.settings import CoursesSettings
from subgraphs.enrollments.settings import EnrollmentsSettings
from subgraphs.shared.settings import ServiceSettings
from subgraphs.shared.tracing import is_switched_on
from subgraphs.users.settings import UsersSettings
from tests.delivery.conftest import Charts
from tests.delivery.releases import RELEASES, Release

OLDEST, NEWEST = "1.31.0", "1.37.0"
#: Of operators, so Kubernetes' own schemas don't know them.
FOREIGN = {"ExternalSecret", "HTTPRoute", "PodMonitor", "PrometheusRule", "ServiceMonitor"}
SHARED = "supergraph-signature"
#: Secrets and ConfigMaps that the documentation tells to make before installing.
EXTERNAL = {
    "subgraph-users": {"users-database", "users-signing-keys", "supergraph", SHARED},
    "subgraph-courses": {"courses-database", "supergraph", SHARED},
    "subgraph-enrollments": {"enrollments-database", "supergraph", SHARED},
    "subgraph-subgraph-all": {
        "reviews-mail",
        "reviews-signature",
        "reviews-certificate",
        "recorded-operations",
        "registry",
        "supergraph",
    },
    "subgraph-subgraph-least": set[str](),
    "router-router": {SHARED},
    "router-default": {SHARED},
    "router-router-all": {"registry", "api-certificate", "redis"},
    "supergraph-default": {"users-database", "users-signing-keys", "courses-database", "enrollments-database", SHARED},
}

every_release = pytest.mark.parametrize("release", RELEASES, ids=str)


def kinds(documents: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [document for document in documents if document["kind"] == kind]


def pods(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each pod's specification, with a name for messages."""
    for document in documents:
        name = f"{document['kind']} {document['metadata']['name']}"
        if document["kind"] == "Pod":
            yield name, document["spec"]
        elif document["kind"] in ("Deployment", "Job"):
            yield name, document["spec"]["template"]["spec"]


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", ()), *pod["containers"]]


@pytest.fixture(scope="session")
def rendered(charts: Charts) -> dict[str, list[dict[str, Any]]]:
    return {str(release): charts.render(release) for release in RELEASES}


@every_release
def test_helm_finds_nothing_to_complain_about(charts: Charts, release: Release) -> None:
    run(
        charts.helm,
        "lint",
        "--strict",
        "--quiet",
        str(charts.folder / release.chart),
        *release.arguments(charts.folder),
    )


@pytest.fixture(scope="module", autouse=True)
def schemas_are_read_once() -> Iterator[None]:
    """The checker reads megabytes of schemas anew for each object."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kubernetes_validate.utils, "schema_contents", cache(kubernetes_validate.utils.schema_contents))
        yield


@every_release
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_takes_it(rendered: dict[str, list[dict[str, Any]]], release: Release, version: str) -> None:
    checked = 0
    for document in rendered[str(release)]:
        if document["kind"] not in FOREIGN:
            kubernetes_validate.validate(document, version, strict=True)
            checked += 1
    assert checked >= 5


@every_release
def test_the_same_values_give_the_same_objects(charts: Charts, release: Release, rendered: dict[str, Any]) -> None:
    assert charts.render(release) == rendered[str(release)]


@pytest.mark.parametrize("chart", ["router", "subgraph", "supergraph"])
def test_it_can_be_packed(charts: Charts, chart: str, tmp_path: Path) -> None:
    run(charts.helm, "package", str(charts.folder / chart), "--destination", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [f"{chart}-0.1.0.tgz"]


@every_release
def test_names_are_unique(rendered: dict[str, list[dict[str, Any]]], release: Release) -> None:
    names = [(document["kind"], document["metadata"]["name"]) for document in rendered[str(release)]]
    assert len(names) == len(set(names))


@every_release
def test_no_container_may_do_more_than_it_needs(rendered: dict[str, Any], release: Release) -> None:
    for name, pod in pods(rendered[str(release)]):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        gate = name.startswith("Job ") and "-schema-" in name
        assert pod["automountServiceAccountToken"] is gate, name
        assert pod["enableServiceLinks"] is False, name
        for container in containers(pod):
            context = container["securityContext"]
            assert context["runAsUser"] >= 10_000, name
            assert context["readOnlyRootFilesystem"] is True, name
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}, name
            assert "memory" in container["resources"]["limits"], name
            mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
            assert "/tmp" in mounts, name
            assert all("subPath" not in mount for mount in container["volumeMounts"]), name
            volumes = {volume["name"] for volume in pod["volumes"]}
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes, name


@every_release
def test_probes_ask_ports_that_exist_and_three_questions(rendered: dict[str, Any], release: Release) -> None:
    deployments = kinds(rendered[str(release)], "Deployment")
    assert deployments
    for deployment in deployments:
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        ports = {port["name"] for port in container["ports"]}
        probes = [container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")]
        assert all(probe["port"] in ports for probe in probes)
        assert probes[1]["path"] != probes[2]["path"]


@every_release
def test_a_pod_stops_slowly_enough(rendered: dict[str, Any], release: Release) -> None:
    for deployment in kinds(rendered[str(release)], "Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        sleep = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert sleep >= 5
        assert pod["terminationGracePeriodSeconds"] > sleep + 5 + 20
        rolling = deployment["spec"]["strategy"]["rollingUpdate"]
        assert rolling == {"maxSurge": 1, "maxUnavailable": 0}


@every_release
def test_services_and_budgets_select_the_servers_alone(rendered: dict[str, Any], release: Release) -> None:
    documents = rendered[str(release)]
    templates = {
        (document["kind"], document["metadata"]["name"]): document["spec"]["template"]["metadata"]["labels"]
        for document in documents
        if document["kind"] in ("Deployment", "Job")
    }
    selectors = [service["spec"]["selector"] for service in kinds(documents, "Service")]
    selectors += [budget["spec"]["selector"]["matchLabels"] for budget in kinds(documents, "PodDisruptionBudget")]
    assert selectors
    for selector in selectors:
        chosen = [key for key, labels in templates.items() if selector.items() <= labels.items()]
        assert [kind for kind, _ in chosen] == ["Deployment"]


@every_release
def test_replicas_are_counted_by_one_only(rendered: dict[str, Any], release: Release) -> None:
    documents = rendered[str(release)]
    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in kinds(documents, "HorizontalPodAutoscaler")}
    for deployment in kinds(documents, "Deployment"):
        assert ("replicas" in deployment["spec"]) is (deployment["metadata"]["name"] not in scaled)


@every_release
def test_every_secret_and_config_map_exists_or_is_declared(rendered: dict[str, Any], release: Release) -> None:
    documents = rendered[str(release)]
    made = {
        document["metadata"]["name"]
        for document in documents
        if document["kind"] in ("Secret", "ConfigMap", "ExternalSecret")
    }
    named = set(_references(documents))
    assert named - made <= EXTERNAL[str(release)]
    assert EXTERNAL[str(release)] <= named | {"supergraph"}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _references(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            match key, value:
                case (
                    ("secretKeyRef" | "configMapRef" | "secretRef" | "configMapKeyRef" | "configMap"),
                    {"name": name},
                ):
                    yield name
                case "secretName", str(name):
                    yield name
                case "imagePullSecrets", list(secrets):
                    yield from (secret["name"] for secret in secrets)
            yield from _references(value)


@every_release
def test_hooks_come_in_an_order_that_works(rendered: dict[str, Any], release: Release) -> None:
    hooks: dict[str, list[tuple[int, str]]] = {}
    for document in rendered[str(release)]:
        annotations = document["metadata"].get("annotations", {})
        if "helm.sh/hook" in annotations:
            assert annotations.get("helm.sh/hook-delete-policy") == "before-hook-creation"
            weight = int(annotations.get("helm.sh/hook-weight", "0"))
            for event in annotations["helm.sh/hook"].split(","):
                hooks.setdefault(event, []).append((weight, document["kind"]))
    for event, found in hooks.items():
        if event in ("pre-install", "pre-upgrade", "pre-rollback"):
            prepared = max((weight for weight, kind in found if kind != "Job"), default=-100)
            jobs = [weight for weight, kind in found if kind == "Job"]
            gates = [weight for weight in jobs if weight < 0]
            assert all(weight > -10 for weight in jobs)
            assert all(weight > prepared for weight in jobs if weight >= 0)
            assert not gates or min(gates) > max(weight for weight, kind in found if kind in ("Role", "RoleBinding"))


@pytest.mark.parametrize("name", ["users", "courses", "enrollments"])
def test_the_gate_may_touch_two_objects_by_name(rendered: dict[str, Any], name: str) -> None:
    (role,) = kinds(rendered[f"subgraph-{name}"], "Role")
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["supergraph"], "verbs": ["get", "update"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": [name], "verbs": ["get"]},
    ]


def test_the_gate_checks_before_and_publishes_after(rendered: dict[str, Any]) -> None:
    jobs = {job["metadata"]["name"]: job for job in kinds(rendered["subgraph-users"], "Job")}
    events = {name: job["metadata"]["annotations"]["helm.sh/hook"] for name, job in jobs.items()}
    assert events == {
        "users-schema-check": "pre-install,pre-upgrade",
        "users-schema-check-rollback": "pre-rollback",
        "users-migrations": "pre-install,pre-upgrade",
        "users-schema-publish": "post-install,post-upgrade,post-rollback",
    }
    check, publish = (
        jobs[f"users-schema-{name}"]["spec"]["template"]["spec"]["containers"][0]["command"]
        for name in ("check", "publish")
    )
    assert check[:3] == publish[:3] == ["router", "publish", "users"]
    assert "--phase=before-rollout" in check
    assert "--allow-breaking" not in check
    assert {"--phase=after-rollout", "--deployment=users", "--settle=16"} <= set(publish)
    weights = {name: int(job["metadata"]["annotations"]["helm.sh/hook-weight"]) for name, job in jobs.items()}
    assert weights["users-schema-check"] < weights["users-migrations"]


def test_selectors_never_change(charts: Charts, rendered: dict[str, Any]) -> None:
    release = RELEASES[0]
    changed = charts.render(
        release, "--set=image.tag=9.9.9", "--set=podLabels.team=x", "--set=env.USERS_LOG_LEVEL=debug", "--set=partOf=y"
    )
    before, after = kinds(rendered[str(release)], "Deployment")[0], kinds(changed, "Deployment")[0]
    assert before["spec"]["selector"] == after["spec"]["selector"]
    assert before != after


@pytest.mark.parametrize(
    ("release", "argument", "rolls"),
    [
        (RELEASES[0], "--set=env.USERS_LOG_LEVEL=debug", True),
        (RELEASES[0], "--set=schema.allowBreaking=true", False),
        (RELEASES[0], "--set=schema.sdl=type Query { a: Int }", False),
        (RELEASES[0], "--set=networkPolicy.enabled=true", False),
        (RELEASES[5], "--set=config.limits.max_depth=20", True),
        (RELEASES[5], "--set=alerts.enabled=true,serviceMonitor.enabled=true", False),
        (RELEASES[5], "--set=supergraph.create=false", False),
    ],
    ids=lambda value: value.split(".")[0] + "." + value.split(".")[1] if isinstance(value, str) else None,
)
def test_pods_roll_for_a_setting_and_for_nothing_else(
    charts: Charts, rendered: dict[str, Any], release: Release, argument: str, rolls: bool
) -> None:
    templates = [
        kinds(documents, "Deployment")[0]["spec"]["template"]
        for documents in (rendered[str(release)], charts.render(release, argument))
    ]
    assert (templates[0] != templates[1]) is rolls


#: What the chart of a subgraph can't do without.
BARE = ["image.repository=x", "schema.enabled=false", "signedCalls.enabled=false"]


@pytest.mark.parametrize(
    ("chart", "arguments", "message"),
    [
        ("subgraph", ["schema.enabled=false"], "image.repository is empty: name the subgraph's image"),
        ("subgraph", ["image.repository=x"], "schema.enabled needs schema.image.repository"),
        ("subgraph", ["image.repository=x", "schema.image.repository=y"], "--set-file schema.sdl=schema.graphql"),
        ("subgraph", ["image.repository=x", "schema.enabled=false", "migrations.enabled=true"], "migrations.command"),
        ("subgraph", ["image.repository=x", "schema.enabled=false", "database.existingSecret=s"], "database.env"),
        ("subgraph", ["image.repository=x", "schema.enabled=false"], "signedCalls.enabled needs signedCalls.env"),
        ("subgraph", [*BARE, "metrics.enabled=true"], "metrics.enabled needs metrics.env"),
        ("subgraph", [*BARE, "podMonitor.enabled=true"], "podMonitor.enabled needs metrics.enabled"),
        ("subgraph", [*BARE, "alerts.enabled=true"], "alerts.enabled needs podMonitor.enabled"),
        ("subgraph", [*BARE, "tracing.enabled=true"], "tracing.enabled needs tracing.endpoint"),
        ("subgraph", ["alerts.faults={no code}"], "does not match pattern"),
        ("subgraph", ["signedCalls.existingSecret="], "minLength: got 0, want 1"),
        ("subgraph", ["replicas=3"], "additional properties 'replicas' not allowed"),
        ("subgraph", ["image.pullPolicy=Sometimes"], "value must be one of 'Always', 'IfNotPresent', 'Never'"),
        ("subgraph", ["replicaCount=two"], "got string, want integer"),
        ("router", ["replicaCount=0"], "minimum: got 0, want 1"),
        ("router", ["ingress.enabled=true"], "ingress.enabled needs ingress.host"),
        ("router", ["httpRoute.enabled=true"], "httpRoute.enabled needs httpRoute.parentRefs"),
        ("router", ["shutdown.gracePeriodSeconds=20"], "it must be more than preStopSeconds + drainSeconds"),
        ("router", ["autoscaling.enabled=true", "autoscaling.minReplicas=20"], "is more than autoscaling.maxReplicas"),
        ("router", ["config.supergraph.drain_delay=1s"], "set shutdown.drainSeconds and shutdown.requestSeconds"),
        ("router", ["config.supergraph.listen=0.0.0.0:1"], "config.supergraph.listen follows from `port`"),
        ("router", ["config.health_check.path=/status"], "the probes, and the schema gate of each subgraph, ask"),
        (
            "router",
            ["serviceMonitor.enabled=true", "config.telemetry.exporters.metrics.prometheus.enabled=false"],
            "serviceMonitor.enabled needs the metrics",
        ),
        ("router", ["alerts.enabled=true"], "alerts.enabled needs serviceMonitor.enabled"),
        ("router", ["tracing.enabled=true"], "tracing.enabled needs tracing.endpoint"),
        ("router", ["tracing.samplingRatio=2"], "maximum: got 2, want 1"),
        (
            "router",
            ["tracing.enabled=true", "tracing.endpoint=http://c:4318", "shutdown.gracePeriodSeconds=50"],
            "+ 5 for the last traces = 50",
        ),
        ("supergraph", ["router.replicas=3"], "additional properties 'replicas' not allowed"),
        ("supergraph", ["reviews.enabled=true"], "additional properties 'reviews' not allowed"),
    ],
)
def test_bad_values_are_refused_in_plain_words(charts: Charts, chart: str, arguments: list[str], message: str) -> None:
    settings = [f"--set={argument}" for argument in arguments]
    with pytest.raises(subprocess.CalledProcessError) as refused:
        run(charts.helm, "template", "x", str(charts.folder / chart), *settings)
    assert message in refused.value.stderr


@pytest.mark.parametrize(
    ("name", "settings"), [("users", UsersSettings), ("courses", CoursesSettings), ("enrollments", EnrollmentsSettings)]
)
def test_each_variable_is_a_setting_of_its_service(
    rendered: dict[str, Any], name: str, settings: type[ServiceSettings]
) -> None:
    known = {f"{name.upper()}_{field.upper()}" for field in settings.model_fields}
    config_maps = [each["data"] for each in kinds(rendered[f"subgraph-{name}"], "ConfigMap")]
    (deployment,) = kinds(rendered[f"subgraph-{name}"], "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert all(set(data) <= known for data in config_maps)
    assert {variable["name"] for variable in container["env"]} <= known
    drain = rendered_values(rendered, name)["DRAIN_DELAY"]
    grace = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert float(drain) + container["lifecycle"]["preStop"]["sleep"]["seconds"] + 20 < grace


def rendered_values(rendered: dict[str, Any], name: str) -> dict[str, str]:
    found = kinds(rendered[f"subgraph-{name}"], "ConfigMap")[0]["data"]
    return {key.removeprefix(f"{name.upper()}_"): value for key, value in found.items()}


def router_settings(rendered: dict[str, Any], release: str) -> Settings:
    (text,) = [
        each["data"]["router.yaml"]
        for each in kinds(rendered[release], "ConfigMap")
        if "router.yaml" in each.get("data", {})
    ]
    return load_settings(SettingsSources(text, "router.yaml", environment={"SIGNATURE_SECRETS": "s" * 32}))


@pytest.mark.parametrize("release", ["router-router", "router-default", "router-router-all"])
def test_the_router_understands_its_settings(rendered: dict[str, Any], release: str) -> None:
    settings = router_settings(rendered, release)
    assert (settings.supergraph.drain_delay, settings.supergraph.connection_shutdown_timeout) == (5.0, 30.0)
    assert settings.homepage.enabled is False


def test_traces_are_off_until_they_are_switched_on(rendered: dict[str, Any]) -> None:
    assert not router_settings(rendered, "router-router").telemetry.exporters.tracing.otlp.enabled
    tracing = router_settings(rendered, "router-router-all").telemetry.exporters.tracing
    assert (tracing.otlp.enabled, tracing.otlp.endpoint) == (True, "http://collector.observability:4318")
    assert (tracing.common.service_name, tracing.common.sampler, tracing.common.parent_based_sampler) == (
        "router",
        0.05,
        True,
    )
    assert tracing.common.resource["k8s.namespace.name"] == "default"


def variables(container: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The variables that come from Secrets: the Secret and the key by name."""
    found = [(each["name"], each.get("valueFrom", {}).get("secretKeyRef")) for each in container.get("env", ())]
    return {name: (reference["name"], reference["key"]) for name, reference in found if reference}


def test_every_call_is_signed_with_the_same_secret(rendered: dict[str, Any]) -> None:
    signed = {
        name: variable
        for name, pod in pods(rendered["supergraph-default"])
        for container in containers(pod)
        for variable, place in variables(container).items()
        if place == (SHARED, "secrets")
    }
    assert signed == {
        "Deployment router": "SIGNATURE_SECRETS",
        **{f"Deployment {name}": f"{name.upper()}_SIGNATURE_SECRETS" for name in ("users", "courses", "enrollments")},
        **{f"Pod {name}-test": "SIGNATURE_SECRETS" for name in ("users", "courses", "enrollments")},
    }


@pytest.mark.parametrize("release", ["router-router", "router-default", "router-router-all"])
def test_the_router_signs_with_it(rendered: dict[str, Any], release: str) -> None:
    secrets = router_settings(rendered, release).authentication.subgraph.all.hmac
    assert secrets is not None
    assert [secret.get_secret_value() for secret in secrets.secrets] == ["s" * 32]


def test_signed_calls_can_be_done_without(charts: Charts) -> None:
    arguments = [f"--set={name}.signedCalls.enabled=false" for name in ("router", "users", "courses", "enrollments")]
    documents = charts.render(RELEASES[-1], *arguments)
    assert not {each for _, pod in pods(documents) for one in containers(pod) for each in variables(one)} & {
        "SIGNATURE_SECRETS",
        "USERS_SIGNATURE_SECRETS",
        "COURSES_SIGNATURE_SECRETS",
        "ENROLLMENTS_SIGNATURE_SECRETS",
    }
    assert SHARED not in str(documents)
    assert "hmac" not in str(documents)


def test_a_secret_of_its_own_for_one_subgraph_wins(charts: Charts) -> None:
    own = {"subgraphs": {"legacy": {}}, "all": {"hmac": {"secrets": "${env.OTHER}"}}}
    documents = charts.render(RELEASES[5], f"--set-json=config.authentication.subgraph={json.dumps(own)}")
    assert "${env.OTHER}" in str(documents)
    assert "${env.SIGNATURE_SECRETS}" not in str(documents)


def test_metrics_are_on_a_port_of_their_own(rendered: dict[str, Any]) -> None:
    documents = rendered["subgraph-subgraph-all"]
    (deployment,) = kinds(documents, "Deployment")
    template = deployment["spec"]["template"]
    (container,) = template["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"http": 8080, "metrics": 9464}
    assert {"name": "REVIEWS_METRICS_PORT", "value": "9464"} in container["env"]
    assert template["metadata"]["annotations"]["prometheus.io/port"] == "9464"
    (service,) = kinds(documents, "Service")
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["http"]
    (monitor,) = kinds(documents, "PodMonitor")
    assert [endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]] == ["metrics"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


@pytest.mark.parametrize("name", ["users", "courses", "enrollments"])
def test_subgraphs_send_traces_by_the_standard_variables(rendered: dict[str, Any], name: str) -> None:
    """Whatever the language of a subgraph, its OpenTelemetry reads these; ours does."""
    assert "OTEL_" not in str(rendered[f"subgraph-{name}"])
    (deployment,) = kinds(rendered["subgraph-subgraph-all"], "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    found = {each["name"]: each["value"] for each in container["env"] if each["name"].startswith("OTEL_")}
    assert found == {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.observability:4318",
        "OTEL_SERVICE_NAME": "reviews",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.05",
        "OTEL_RESOURCE_ATTRIBUTES": "k8s.namespace.name=default,k8s.deployment.name=reviews",
    }
    assert is_switched_on(found)
    jobs = [pod for kind, pod in pods(rendered["subgraph-subgraph-all"]) if kind.startswith("Job ")]
    assert jobs
    assert "OTEL_" not in str(jobs)


def test_each_rule_of_an_alert_asks_for_series_of_its_own_release(rendered: dict[str, Any]) -> None:
    """By labels that whoever collects puts on each series; one team's alert is no other's, and no other namespace's."""
    (monitor,) = kinds(rendered["subgraph-subgraph-all"], "PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert endpoint["relabelings"] == [{"targetLabel": "subgraph", "replacement": "reviews"}]
    chosen = {
        "subgraph-subgraph-all": 'namespace="default",subgraph="reviews"',
        "router-router-all": 'namespace="default",service="router"',
    }
    for release, labels in chosen.items():
        (rules,) = kinds(rendered[release], "PrometheusRule")
        assert rules["metadata"]["labels"]["release"] == "prometheus"
        (group,) = rules["spec"]["groups"]
        names = [rule["alert"] for rule in group["rules"]]
        assert len(names) == len(set(names)) >= 7
        for rule in group["rules"]:
            promql_parser.parse(rule["expr"])
            selectors = re.findall(r"\b(\w+)\{([^}]*)\}", rule["expr"])
            assert selectors, rule
            assert all(labels in selector for _, selector in selectors), rule
            assert rule["labels"]["severity"] in ("warning", "critical")
            assert rule["annotations"]["summary"].endswith(".")


@pytest.mark.parametrize("name", ["users", "courses", "enrollments"])
def test_metrics_are_off_until_they_are_asked_for(charts: Charts, rendered: dict[str, Any], name: str) -> None:
    assert "METRICS_PORT" not in str(rendered[f"subgraph-{name}"])
    documents = charts.render(Release("subgraph", name, name), "--set=metrics.enabled=true")
    (deployment,) = kinds(documents, "Deployment")
    found = {each["name"]: each.get("value") for each in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert found[f"{name.upper()}_METRICS_PORT"] == "9464"
    job = next(pod for kind, pod in pods(documents) if kind == f"Job {name}-migrations")
    assert "METRICS_PORT" not in str(job)


def test_addresses_of_clients_reach_the_service_that_counts_sign_ins(rendered: dict[str, Any]) -> None:
    headers = router_settings(rendered, "router-router").headers
    assert {name for name, rules in headers.subgraphs.items() if rules.client_address} == {"users"}
    assert not headers.all.client_address
    # What stands before the router is the operator's to say: believing it unasked would let clients choose.
    assert headers.trusted_proxies == ()
    trusted = UsersSettings(trusted_proxies=rendered_values(rendered, "users")["TRUSTED_PROXIES"]).trusted_proxies  # type: ignore[arg-type]
    for of_a_pod in ("10.244.1.7", "172.17.0.3", "192.168.3.4", "100.64.9.9", "fd00:10:244::7"):
        assert any(ip_address(of_a_pod) in network for network in trusted), of_a_pod
    for of_a_client in ("198.51.100.7", "172.32.0.1", "2001:db8::1"):
        assert not any(ip_address(of_a_client) in network for network in trusted), of_a_client


def test_every_choice_makes_its_object(rendered: dict[str, Any]) -> None:
    subgraph = {document["kind"] for document in rendered["subgraph-subgraph-all"]}
    expected = {"HorizontalPodAutoscaler", "NetworkPolicy", "PodDisruptionBudget", "ExternalSecret", "PodMonitor"}
    assert expected | {"PrometheusRule"} <= subgraph
    router = {document["kind"] for document in rendered["router-router-all"]}
    assert {"Ingress", "HTTPRoute", "ServiceMonitor", "PrometheusRule", "ExternalSecret", "NetworkPolicy"} <= router
    least = {document["kind"] for document in rendered["subgraph-subgraph-least"]}
    assert least == {"ConfigMap", "Deployment", "Pod", "Service", "ServiceAccount"}


def test_subgraphs_admit_the_router_and_siblings(rendered: dict[str, Any]) -> None:
    (policy,) = kinds(rendered["subgraph-subgraph-all"], "NetworkPolicy")
    rule, measured = policy["spec"]["ingress"]
    assert measured["ports"] == [{"port": "metrics", "protocol": "TCP"}]
    assert measured["from"] == [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]
    admitted = rule["from"][0]["podSelector"]["matchLabels"]
    for release in ("router-router", "subgraph-users", "subgraph-courses"):
        (deployment,) = kinds(rendered[release], "Deployment")
        assert admitted.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_the_supergraph_config_map_of_the_router_holds_nothing_of_its_own(rendered: dict[str, Any]) -> None:
    (found,) = [
        each for each in kinds(rendered["router-router"], "ConfigMap") if each["metadata"]["name"] == "supergraph"
    ]
    assert "data" not in found
    assert found["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
