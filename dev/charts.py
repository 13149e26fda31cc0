"""Writes what follows from the charts' values: schemas, README tables, the umbrella's values and seed, and k8s/.

Enters: each chart's values.yaml with its comments, charts/values/, the subgraphs' schemas. Leaves: generated files by
path. Invariant: what is written follows from those alone, so a test finds every file that is stale.

A comment above a key is its meaning; a line `# @schema {...}` below the meaning refines its JSON Schema.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dev.dashboard import DASHBOARDS, dashboard
from dev.helm import NoHelm, find_helm
from dev.manifests import plain_manifests
from dev.rendering import copy_charts, render
from router import compose

ROOT = Path(__file__).resolve().parents[1]
CHARTS = ROOT / "charts"
SUBGRAPHS = {"users": 4001, "courses": 4002, "enrollments": 4003}
RELEASES = ("router", *SUBGRAPHS)
REFINED = "@schema "
START, END = "<!-- values: written by `make charts` -->", "<!-- end of values -->"


@dataclass
class Value:
    """One key of a values.yaml; ``children`` where it is a section."""

    key: str
    meaning: str
    schema: dict[str, Any]
    default: Any
    children: "list[Value]" = field(default_factory=list)


def read_values(text: str) -> list[Value]:
    """Read the keys of a values.yaml with the comments above them."""
    lines = text.splitlines()
    node = yaml.compose(text)
    return list(_read_section(node, lines)) if isinstance(node, yaml.MappingNode) else []


def _read_section(node: yaml.MappingNode, lines: list[str]) -> Iterator[Value]:
    for key, value in node.value:
        comments: list[str] = []
        line = key.start_mark.line - 1
        while line >= 0 and lines[line].strip().startswith("#"):
            comments.insert(0, lines[line].strip().lstrip("#").strip())
            line -= 1
        meaning = " ".join(each for each in comments if not each.startswith(REFINED))
        refinements = [json.loads(each.removeprefix(REFINED)) for each in comments if each.startswith(REFINED)]
        default = yaml.safe_load(yaml.serialize(value))
        schema = {**_schema_of(default), **(refinements[0] if refinements else {})}
        children: list[Value] = []
        if isinstance(value, yaml.MappingNode) and value.value and not refinements:
            children = list(_read_section(value, lines))
        yield Value(str(key.value), meaning, schema, default, children)


def _schema_of(default: Any) -> dict[str, Any]:
    match default:
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case list():
            return {"type": "array"}
        case _:
            return {"type": "object"}


def values_schema(values: list[Value], extra: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON Schema of a chart's values; helm itself adds ``global`` and one section a dependency."""
    section = _section_schema(values)
    section["properties"].update({name: {"type": "object"} for name in ("global", *extra)})
    return {"$schema": "http://json-schema.org/draft-07/schema#", **section}


def _section_schema(values: list[Value]) -> dict[str, Any]:
    properties = {}
    for value in values:
        inner = _section_schema(value.children) if value.children else dict(value.schema)
        properties[value.key] = {**({"description": value.meaning} if value.meaning else {}), **inner}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def values_table(values: list[Value]) -> str:
    """Return the table of the README."""
    rows = [f"| `{path}` | `{json.dumps(value.default)}` | {value.meaning} |" for path, value in _leaves(values, "")]
    return "\n".join(["| value | default | meaning |", "|---|---|---|", *rows])


def _leaves(values: list[Value], prefix: str) -> Iterator[tuple[str, Value]]:
    for value in values:
        if value.children:
            yield from _leaves(value.children, f"{prefix}{value.key}.")
        else:
            yield f"{prefix}{value.key}", value


def umbrella_values() -> str:
    """Return the umbrella's values.yaml: one section a release, the same as the file that a team installs with."""
    head = "# Written by `make charts` from charts/values/, by which each team installs its own release.\n"
    sections = []
    for name in RELEASES:
        text = (CHARTS / "values" / f"{name}.yaml").read_text()
        comment, body = text.split("\n", 1)
        assert comment.startswith("#")
        if name == "router":
            body += "# Made as a seed by this chart, with the schemas of its version.\nsupergraph:\n  create: false\n"
        indented = "\n".join(f"  {line}" if line else line for line in body.rstrip("\n").split("\n"))
        sections.append(
            f"\n# The values of charts/{'router' if name == 'router' else 'subgraph'}.\n{name}:\n{indented}\n"
        )
    return head + "".join(sections)


def seed_files() -> dict[Path, str]:
    """Return the entries of the first supergraph ConfigMap, as files of the umbrella."""
    folder = CHARTS / "supergraph" / "files"
    subgraphs = {}
    for name, port in SUBGRAPHS.items():
        sdl = (ROOT / "subgraphs" / name / "schema.graphql").read_text()
        subgraphs[name] = (f"http://{name}:{port}/graphql", sdl)
    composition = compose(dict(sorted(subgraphs.items())))
    assert composition.supergraph_sdl is not None, composition.errors
    files = {folder / "supergraph.graphql": composition.supergraph_sdl}
    for name, (url, sdl) in subgraphs.items():
        files[folder / f"subgraph.{name}.graphql"] = sdl
        files[folder / f"subgraph.{name}.url"] = f"{url}\n"
    return files


def readme(chart: str, values: list[Value]) -> str:
    """Return a chart's README with its table renewed."""
    text = (CHARTS / chart / "README.md").read_text()
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{values_table(values)}\n{END}{after}"


def generated() -> dict[Path, str]:
    """Return every generated file but those of k8s/."""
    files: dict[Path, str] = {CHARTS / "supergraph" / "values.yaml": umbrella_values(), **seed_files()}
    files |= {CHARTS / "router" / "files" / name: dashboard(name) for name in DASHBOARDS}
    for chart, extra in (("router", ("common",)), ("subgraph", ("common",)), ("supergraph", ())):
        path = CHARTS / chart / "values.yaml"
        values = read_values(files.get(path) or path.read_text())
        if chart == "supergraph":
            # The sections are checked by the schemas of their own charts.
            values = [Value(value.key, value.meaning, {"type": "object"}, value.default) for value in values]
        schema = values_schema(values, extra)
        files[CHARTS / chart / "values.schema.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        if chart != "supergraph":
            files[CHARTS / chart / "README.md"] = readme(chart, values)
    return files


def generated_manifests(helm: Path) -> dict[Path, str]:
    """Return the files of k8s/: the umbrella, rendered with its default values."""
    with tempfile.TemporaryDirectory() as folder:
        charts = copy_charts(CHARTS, Path(folder), helm)
        documents = render(helm, charts / "supergraph", "supergraph", [])
    return {ROOT / "k8s" / name: text for name, text in plain_manifests(documents).items()}


def main() -> int:
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    try:
        manifests = generated_manifests(find_helm())
    except (NoHelm, subprocess.CalledProcessError) as problem:
        print(f"{problem}\n{getattr(problem, 'stderr', '') or ''}", file=sys.stderr)
        return 1
    for path, text in manifests.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
