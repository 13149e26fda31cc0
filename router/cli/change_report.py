"""Schema changes as text, JSON, Markdown or SARIF.

Enters: changes, broken operations. Leaves: text. Invariant: every form tells the same changes in the same order.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from router.supergraph.changes import SchemaChange, Severity

FORMATS: Final = ("text", "json", "markdown", "sarif")
_COLORS: Final = {Severity.BREAKING: "red", Severity.DANGEROUS: "yellow", Severity.SAFE: "green"}
_LEVELS: Final = {Severity.BREAKING: "error", Severity.DANGEROUS: "warning", Severity.SAFE: "note"}


@dataclass(frozen=True, slots=True)
class BrokenOperation:
    """A recorded operation that was valid and no longer is; ``reasons`` are the validation errors."""

    name: str
    reasons: tuple[str, ...]


def render_changes(changes: Sequence[SchemaChange], broken: Sequence[BrokenOperation], form: str) -> str:
    """Return changes in one of :data:`FORMATS`, with a line break at the end."""
    match form:
        case "json":
            return json.dumps(_data(changes, broken), indent=2) + "\n"
        case "markdown":
            return _markdown(changes, broken)
        case "sarif":
            return json.dumps(_sarif(changes), indent=2) + "\n"
        case _:
            return _text(changes, broken)


def count_changes(changes: Sequence[SchemaChange]) -> str:
    """Return ``2 breaking, 1 dangerous, 0 safe``."""
    return ", ".join(f"{sum(change.severity is one for change in changes)} {one}" for one in Severity)


def _sorted(changes: Sequence[SchemaChange]) -> list[SchemaChange]:
    order = list(Severity)
    return sorted(changes, key=lambda change: order.index(change.severity))


def _text(changes: Sequence[SchemaChange], broken: Sequence[BrokenOperation]) -> str:
    lines = []
    for change in _sorted(changes):
        word = click.style(f"{change.severity:9}", fg=_COLORS[change.severity], bold=True)
        lines.append(f"{word} {change.coordinate}: {change.message} [{change.code}]")
    for operation in broken:
        lines.append(f"{click.style('operation', fg='red', bold=True)} {operation.name} breaks:")
        lines.extend(f"          {reason}" for reason in operation.reasons)
    lines.append(count_changes(changes) if changes else "no changes")
    return "\n".join(lines) + "\n"


def _data(changes: Sequence[SchemaChange], broken: Sequence[BrokenOperation]) -> dict[str, Any]:
    return {
        "breaking": any(change.severity is Severity.BREAKING for change in changes),
        "changes": [
            {
                "severity": change.severity.value,
                "code": change.code,
                "coordinate": change.coordinate,
                "message": change.message,
            }
            for change in changes
        ],
        "broken_operations": [{"name": operation.name, "reasons": operation.reasons} for operation in broken],
    }


def _markdown(changes: Sequence[SchemaChange], broken: Sequence[BrokenOperation]) -> str:
    lines = [f"**Schema changes:** {count_changes(changes) if changes else 'none'}", ""]
    for severity in Severity:
        found = [change for change in changes if change.severity is severity]
        if found:
            lines += [f"### {severity.value.capitalize()}", ""]
            lines += [f"- `{change.coordinate}`: {change.message}" for change in found] + [""]
    if broken:
        lines += ["### Operations that break", ""]
        for operation in broken:
            lines += [f"- `{operation.name}`", *(f"  - {reason}" for reason in operation.reasons)]
        lines.append("")
    return "\n".join(lines)


def _sarif(changes: Sequence[SchemaChange]) -> dict[str, Any]:
    """SARIF 2.1.0; a coordinate is a logical location."""
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "router", "rules": [{"id": code} for code in sorted({c.code for c in changes})]}
                },
                "results": [
                    {
                        "ruleId": change.code,
                        "level": _LEVELS[change.severity],
                        "message": {"text": change.message},
                        "locations": [{"logicalLocations": [{"fullyQualifiedName": change.coordinate}]}],
                    }
                    for change in changes
                ],
            }
        ],
    }
