"""What composition found, as people read it and as data.

Enters: errors and hints, the schemas they speak of. Leaves: text with a code frame of each subgraph involved, or
plain data. Invariant: a line number is that of the file that the user edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from router.federation.errors import CompositionError, CompositionHint, HintLevel, SourceLocation
from router.server.schemas import SubgraphSchema

Finding = CompositionError | CompositionHint


def error_text(error: CompositionError, schemas: Mapping[str, SubgraphSchema]) -> str:
    """Return an error with its code frames."""
    return "\n".join([_headline(error, "error", "red"), *_frames(error, schemas)])


def hint_text(hint: CompositionHint) -> str:
    """Return a hint in one line."""
    color = "yellow" if hint.code.level >= HintLevel.WARN else "blue"
    return _headline(hint, "hint", color)


def finding_data(finding: Finding, schemas: Mapping[str, SubgraphSchema]) -> dict[str, Any]:
    """Return an error or a hint as plain data."""
    data: dict[str, Any] = {"code": str(finding.code), "message": finding.message}
    if isinstance(finding, CompositionHint):
        data["level"] = finding.code.level.name.lower()
    data["subgraphs"] = list(finding.subgraphs)
    data["coordinates"] = list(finding.coordinates)
    data["locations"] = [_location_data(location, schemas) for location in finding.locations]
    return data


def notable(hints: Iterable[CompositionHint]) -> list[CompositionHint]:
    """Return the hints that ask for something to be done."""
    return [hint for hint in hints if hint.code.level >= HintLevel.WARN]


def _headline(finding: Finding, word: str, color: str) -> str:
    tag = f"[{finding.code}]"
    message = finding.message.removeprefix(tag).strip()
    return f"{click.style(f'{word}{tag}', fg=color, bold=True)} {message}"


def _location_data(location: SourceLocation, schemas: Mapping[str, SubgraphSchema]) -> dict[str, Any]:
    origin, line = _place(location, schemas)
    return {"subgraph": location.subgraph, "file": origin, "line": line, "column": location.column}


def _place(location: SourceLocation, schemas: Mapping[str, SubgraphSchema]) -> tuple[str, int]:
    schema = schemas.get(location.subgraph)
    return (schema.origin, location.line + schema.first_line - 1) if schema else (location.subgraph, location.line)


def _frames(finding: Finding, schemas: Mapping[str, SubgraphSchema]) -> Iterator[str]:
    for location in finding.locations:
        schema = schemas.get(location.subgraph)
        if schema is None:
            continue
        origin, line = _place(location, schemas)
        lines = schema.sdl.splitlines()
        text = lines[location.line - 1] if location.line <= len(lines) else ""
        number = str(line)
        yield f"  {click.style(f'{origin}:{line}:{location.column}', fg='cyan')} ({location.subgraph})"
        yield f"  {number} | {text}"
        yield f"  {' ' * len(number)} | {' ' * (location.column - 1)}^"


def summary(errors: Sequence[CompositionError]) -> str:
    """Return how many errors there are."""
    return f"{len(errors)} error{'s' if len(errors) != 1 else ''}"
