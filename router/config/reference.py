"""The models -> JSON Schemas for editors, and the settings page of the documentation.

Enters: the models. Leaves: a JSON Schema (draft 2020-12), Markdown. Invariant: both come from the models alone, so what
they list is what works.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from router.config.load import variable_name
from router.config.opentelemetry import standard_names
from router.config.settings import Settings
from router.config.supergraph_file import SupergraphSection

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_INTRODUCTION: Final = """\
# Configuration

Written from the settings themselves by `router config schema --format markdown`; a test fails where it is stale.

Values may hold `${env.NAME:-default}` and `${file.PATH:-default}`. Relative files are relative to the YAML file. A key
that isn't known is an error, which names the line and the nearest known key. `router config schema` prints JSON
Schemas, by which editors complete both files.

A setting comes from the command line, else from its environment variable, else from `router.yaml`, else from its
default. The value of an environment variable is YAML; `ROUTER__` and the name of a section in upper case give a whole
section at once, such as `ROUTER__CORS='{"origins": ["https://app.example.com"]}'`. A time is written as `500ms`,
`30s` or `1m` (a bare number is seconds), a size in bytes or as `2MB`.

`NAME` stands for the name of a subgraph, `[]` for each item of a list.
"""

_STANDARD_VARIABLES: Final = """
## OpenTelemetry's own variables

Where traces are on (by `telemetry.exporters.tracing.otlp.enabled`, or by `OTEL_TRACES_EXPORTER=otlp`) the variables of
OpenTelemetry's specification count too, after `ROUTER__...` and before the file. `OTEL_TRACES_EXPORTER=none` and
`OTEL_SDK_DISABLED=true` turn traces off. An endpoint alone turns nothing on. Certificates have no setting:
`OTEL_EXPORTER_OTLP_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_KEY` and
`OTEL_EXPORTER_OTLP_COMPRESSION` are read as they are.
"""


def supergraph_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``supergraph.yaml``."""
    return {"$schema": DIALECT, **SupergraphSection.model_json_schema(by_alias=True)}


def settings_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``router.yaml``."""
    return {"$schema": DIALECT, **Settings.model_json_schema(by_alias=True)}


def settings_page() -> str:
    """Return the documentation of both files as Markdown."""
    parts = [_INTRODUCTION, "## supergraph.yaml\n", *_table(supergraph_schema(), variables=False)]
    parts += ["\n## router.yaml\n", *_table(settings_schema(), variables=True)]
    parts += [_STANDARD_VARIABLES, *_standard_table()]
    return "\n".join(parts) + "\n"


def setting_keys(schema: Mapping[str, Any]) -> list[str]:
    """Return the dotted keys of all settings, sections left out."""
    return [key for key, _, _ in _leaves(schema, schema, "")]


def _table(schema: Mapping[str, Any], *, variables: bool) -> Iterator[str]:
    head = ("key", "default", "meaning", "environment variable") if variables else ("key", "default", "meaning")
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for key, node, required in _leaves(schema, schema, ""):
        default = "required" if required else f"`{json.dumps(node['default'])}`" if _has_default(node) else ""
        cells = [f"`{key}`", default, " ".join(str(node.get("description", "")).split()).replace("|", "\\|")]
        if variables:
            plain = "[]" not in key and "NAME" not in key
            cells.append(f"`{variable_name(tuple(key.split('.')))}`" if plain else "")
        yield "| " + " | ".join(cells) + " |"


def _standard_table() -> Iterator[str]:
    yield "| environment variable | key |"
    yield "|---|---|"
    for name, keys in standard_names().items():
        yield f"| `{name}` | {', '.join(f'`{key}`' for key in keys)} |"


def _has_default(node: Mapping[str, Any]) -> bool:
    return node.get("default", None) is not None


def _leaves(
    node: Mapping[str, Any], schema: Mapping[str, Any], path: str, *, required: bool = False
) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    resolved = _resolve(node, schema)
    description = {"description": node["description"]} if "description" in node else {}
    if "properties" in resolved:
        for key, child in resolved["properties"].items():
            needed = key in resolved.get("required", ())
            yield from _leaves(child, schema, f"{path}.{key}" if path else key, required=needed)
        return
    for child, suffix in ((_any_key(resolved), ".NAME"), (resolved.get("items"), "[]")):
        if isinstance(child, Mapping) and _is_section(_resolve(child, schema)):
            yield from _leaves(child, schema, path + suffix)
            return
    yield path, {**resolved, **description, **({"default": node["default"]} if "default" in node else {})}, required


def _any_key(node: Mapping[str, Any]) -> Any:
    patterns = list(node.get("patternProperties", {}).values())
    return patterns[0] if patterns else node.get("additionalProperties")


def _is_section(node: Mapping[str, Any]) -> bool:
    return "properties" in node


def _resolve(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in node:
        found: Mapping[str, Any] = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        return found
    for option in node.get("anyOf", ()):
        if "$ref" in option:
            return _resolve(option, schema)
    return node
