"""Scenarios: Markdown sections that are tests.

A file has a title, defaults before the first ``##`` (blocks that every section shares), and sections. The info string
of a fenced block says what it is: ``graphql subgraph=NAME`` (with ``file=PATH`` the SDL is read from the repository),
``json data``, ``graphql operation``, ``json variables``, ``json faults``, ``json settings``, and the expectations
``text errors``, ``text hints``, ``text plan``, ``json result``, ``json increments``. A line ``Monolith: REASON`` in a
section's prose says why its result isn't compared with the monolith's.

Settings are those of the pipeline, and of the request: ``labels`` (active override labels), ``claims`` (``null`` for an
anonymous caller) and ``policies`` (those that hold for the caller), and ``stream``: the client takes several payloads,
which ``json increments`` lists (deferred parts, or the events of a subscription).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EXPECTATIONS = {"errors": "text", "hints": "text", "plan": "text", "result": "json", "increments": "json"}
_FENCE = re.compile(r"^```(\w+)[ ]+(.+?)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One section. ``expected`` maps the name of an expectation to its text, as written."""

    name: str
    path: Path
    line: int
    subgraphs: dict[str, str]
    data: dict[str, Any] = field(default_factory=dict)
    operation: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    without_monolith: str | None = None


def read_scenarios(path: Path) -> list[Scenario]:
    """Read all sections of a file; a section without a block of its own uses the file's default."""
    text = path.read_text()
    parts = re.split(r"^## +", text, flags=re.MULTILINE)
    defaults = _blocks(parts[0])
    scenarios = []
    position = len(parts[0])
    for part in parts[1:]:
        name = part.partition("\n")[0].strip()
        line = text.count("\n", 0, position) + 1
        position += len(part) + 3
        scenarios.append(_scenario(name, path, line, part, defaults))
    return scenarios


def _blocks(text: str) -> dict[str, str]:
    return {match.group(2).strip(): match.group(3) for match in _FENCE.finditer(text)}


def _scenario(name: str, path: Path, line: int, text: str, defaults: dict[str, str]) -> Scenario:
    own = _blocks(text)
    own_subgraphs = any(info.startswith("subgraph=") for info in own)
    blocks = {i: b for i, b in defaults.items() if not (own_subgraphs and i.startswith("subgraph="))} | own
    reason = re.search(r"^Monolith: (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return Scenario(
        name=name,
        path=path,
        line=line,
        subgraphs=_subgraphs(blocks),
        data=json.loads(blocks.get("data", "{}")),
        operation=blocks.get("operation"),
        variables=json.loads(blocks.get("variables", "{}")),
        faults=json.loads(blocks.get("faults", "{}")),
        settings=json.loads(blocks.get("settings", "{}")),
        expected={key: own[key] for key in EXPECTATIONS if key in own},
        without_monolith=reason.group(1) if reason else None,
    )


def _subgraphs(blocks: dict[str, str]) -> dict[str, str]:
    subgraphs = {}
    for info, body in blocks.items():
        words = dict(word.partition("=")[::2] for word in info.split())
        if "subgraph" in words:
            subgraphs[words["subgraph"]] = (ROOT / words["file"]).read_text() if "file" in words else body
    return subgraphs


def update_scenarios(path: Path, actual: dict[str, dict[str, str]]) -> None:
    """Rewrite the expectations of a file's sections (by name) in place; missing ones are added at the section's end."""
    parts = re.split(r"(?=^## +)", path.read_text(), flags=re.MULTILINE)
    for number, part in enumerate(parts):
        name = part.removeprefix("## ").partition("\n")[0].strip()
        if not part.startswith("## ") or name not in actual:
            continue
        for key, text in actual[name].items():
            part = _replace_block(part, key, text)
        parts[number] = part
    path.write_text("".join(parts).rstrip("\n") + "\n")


def _replace_block(section: str, key: str, text: str) -> str:
    block = f"```{EXPECTATIONS[key]} {key}\n{text.rstrip()}\n```\n"
    for match in _FENCE.finditer(section):
        if match.group(2).strip() == key:
            return section[: match.start()] + block + section[match.end() :]
    return section.rstrip("\n") + "\n\n" + block + "\n"
