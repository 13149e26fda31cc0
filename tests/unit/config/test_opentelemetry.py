"""OpenTelemetry's own environment variables: their meaning, and what wins over what."""

from __future__ import annotations

import pytest

from router.config.opentelemetry import standard_names
from router.config.problem import InvalidConfiguration
from router.config.reference import setting_keys, settings_schema
from router.config.telemetry import Tracing
from tests.unit.config.test_settings import load, problems

ON = {"OTEL_TRACES_EXPORTER": "otlp"}
FILE = """
telemetry:
  exporters:
    tracing:
      common: {service_name: file, sampler: 0.25, resource: {a: file}}
      otlp: {enabled: true, endpoint: "http://file:4318", http: {headers: {x-file: f}}}
"""


def tracing(text: str = "", **environment: str) -> Tracing:
    return load(text, environment).telemetry.exporters.tracing


def test_off_by_default_and_an_endpoint_alone_turns_nothing_on() -> None:
    assert not tracing().otlp.enabled
    assert not tracing(
        OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318", OTEL_EXPORTER_OTLP_PROTOCOL="grpc"
    ).otlp.enabled


@pytest.mark.parametrize(
    ("environment", "enabled"),
    [
        (ON, True),
        ({"OTEL_TRACES_EXPORTER": "none"}, False),
        ({**ON, "OTEL_SDK_DISABLED": "true"}, False),
        ({**ON, "OTEL_SDK_DISABLED": "false"}, True),
        ({**ON, "ROUTER__TELEMETRY__EXPORTERS__TRACING__OTLP__ENABLED": "false"}, False),
        ({"OTEL_TRACES_EXPORTER": "none", "ROUTER__TELEMETRY__EXPORTERS__TRACING__OTLP": "{enabled: true}"}, True),
    ],
)
def test_the_switch(environment: dict[str, str], enabled: bool) -> None:
    assert tracing(**environment).otlp.enabled is enabled


def test_the_file_gives_way_to_them_and_they_to_the_routers_own() -> None:
    standard = {
        "OTEL_SERVICE_NAME": "standard",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://standard:4318",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=prod%20eu, team = graph",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%3Db,x-other=c",
    }
    found = tracing(FILE, **standard)
    assert (found.common.service_name, found.otlp.endpoint) == ("standard", "http://standard:4318")
    assert found.common.resource == {"deployment.environment.name": "prod eu", "team": "graph"}
    headers = {name: value.get_secret_value() for name, value in found.otlp.http.headers.items()}
    assert headers == {"x-key": "a=b", "x-other": "c"}
    assert found.common.sampler == 0.25
    own = {"ROUTER__TELEMETRY__EXPORTERS__TRACING__COMMON__SERVICE_NAME": "own"}
    assert tracing(FILE, **standard, **own).common.service_name == "own"


def test_those_for_traces_win_over_those_for_everything() -> None:
    found = tracing(
        **ON,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://traces:4318/v1/traces",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://all:4318",
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
    )
    assert (found.otlp.endpoint, found.otlp.protocol) == ("http://traces:4318/v1/traces", "http")


@pytest.mark.parametrize(
    ("sampler", "argument", "share", "obeys"),
    [
        ("always_on", "", 1.0, False),
        ("always_off", "0.5", 0.0, False),
        ("traceidratio", "0.5", 0.5, False),
        ("parentbased_traceidratio", "0.1", 0.1, True),
        ("parentbased_always_on", "", 1.0, True),
        ("traceidratio", "", 1.0, False),
    ],
)
def test_samplers(sampler: str, argument: str, share: float, obeys: bool) -> None:
    found = tracing(**ON, OTEL_TRACES_SAMPLER=sampler, OTEL_TRACES_SAMPLER_ARG=argument).common
    assert (found.sampler, found.parent_based_sampler) == (share, obeys)


def test_batches_are_given_in_milliseconds() -> None:
    batches = tracing(
        **ON, OTEL_BSP_SCHEDULE_DELAY="250", OTEL_BSP_MAX_QUEUE_SIZE="4096", OTEL_BSP_EXPORT_TIMEOUT="30000"
    ).otlp.batch_processor
    assert (batches.scheduled_delay, batches.max_queue_size, batches.max_export_timeout) == (0.25, 4096, 30.0)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"OTEL_TRACES_EXPORTER": "jaeger"}, 'environment variable OTEL_TRACES_EXPORTER: "jaeger" is not supported'),
        ({**ON, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "the collector's port for it, which is often 4318"),
        ({**ON, "OTEL_TRACES_SAMPLER": "xray"}, '"xray" is not a share'),
        ({**ON, "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2"}, "OTEL_TRACES_SAMPLER_ARG"),
        ({**ON, "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({**ON, "OTEL_BSP_MAX_QUEUE_SIZE": "8"}, "max_export_batch_size is more than max_queue_size"),
        ({**ON, "OTEL_BSP_SCHEDULE_DELAY": "soon"}, "OTEL_BSP_SCHEDULE_DELAY"),
    ],
)
def test_a_mistake_names_the_variable(environment: dict[str, str], says: str) -> None:
    (problem,) = problems(environment=environment)
    assert says in problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{otlp: {protocol: grpc}}", "write http, and the collector's port for it, which is often 4318"),
        ("{common: {sampler: 1.5}}", "write a number from 0 to 1, always_on or always_off"),
        ("{common: {sampler: true}}", "is not a share"),
        ("{common: {service_name: ''}}", "service_name"),
        ("{otlp: {batch_processor: {scheduled_delay: 0}}}", "scheduled_delay"),
        ("{otlp: {grpc: {}}}", "not supported yet; write http"),
        ("{zipkin: {enabled: true}}", "a collector hands traces on in that form"),
        ("{common: {samplr: 1}}", 'did you mean "sampler"?'),
    ],
)
def test_a_mistake_in_the_file(text: str, says: str) -> None:
    (problem,) = problems(f"telemetry: {{exporters: {{tracing: {text}}}}}")
    assert says in problem


@pytest.mark.parametrize("value", ["s3cret\\nwith a break", "[s3cret]"])
def test_a_header_with_a_key_is_never_told(value: str) -> None:
    quoted = f'"{value}"' if "\\n" in value else value
    text = f"telemetry: {{exporters: {{tracing: {{otlp: {{http: {{headers: {{x-key: {quoted}}}}}}}}}}}}}"
    with pytest.raises(InvalidConfiguration) as caught:
        load(text)
    assert "headers.x-key" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    good = load(text.replace(quoted, "s3cret"))
    assert "s3cret" not in repr(good) + good.model_dump_json()


def test_each_variable_makes_a_setting_that_there_is() -> None:
    known = setting_keys(settings_schema())
    for keys in standard_names().values():
        assert all(key in known for key in keys), keys
