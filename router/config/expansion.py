"""``${env.NAME:-default}`` and ``${file.PATH:-default}`` in the values of a document.

Enters: a document, the environment, a way to read files. Leaves: the same document with its strings expanded, and the
problems found. Invariant: what was expanded is not expanded again, so a secret may hold ``${``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from router.config.document import Document, KeyPath
from router.config.problem import ConfigurationProblem, dotted, suggest

_REFERENCE: Final = re.compile(r"\$\{([^}]*)\}")
_FORM: Final = re.compile(r"(?P<kind>[A-Za-z]+)\.(?P<name>.+?)(?::-(?P<default>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Expansion:
    """Where values come from. ``folder`` is what relative files are relative to."""

    environment: Mapping[str, str]
    folder: Path
    read_file: Callable[[Path], str] = Path.read_text


def expand(document: Document, expansion: Expansion) -> list[ConfigurationProblem]:
    """Expand all string values of a document in place; return a problem for each reference that can't be."""
    problems: list[ConfigurationProblem] = []

    def walk(value: Any, path: KeyPath) -> Any:
        match value:
            case dict():
                return {key: walk(item, (*path, key)) for key, item in value.items()}
            case list():
                return [walk(item, (*path, index)) for index, item in enumerate(value)]
            case str() if "${" in value:
                return _REFERENCE.sub(lambda match: resolve(match, path), value)
            case _:
                return value

    def resolve(match: re.Match[str], path: KeyPath) -> str:
        found, message, remedy = _resolve(match[1], expansion)
        if found is None:
            problems.append(ConfigurationProblem(document.place(path), dotted(path), message, remedy))
            return ""
        return found

    document.value = walk(document.value, ())
    return problems


def _resolve(reference: str, expansion: Expansion) -> tuple[str | None, str, str]:
    form = _FORM.fullmatch(reference)
    if form is None:
        return None, f"${{{reference}}} is not a reference", "write ${env.NAME:-default} or ${file.PATH:-default}"
    name, default = form["name"], form["default"]
    match form["kind"]:
        case "env":
            # As in a shell, ":-" also stands in for an empty variable.
            found = expansion.environment.get(name)
            if found or (found is not None and default is None):
                return found, "", ""
            problem = f"the environment variable {name} is not set"
        case "file":
            try:
                return expansion.read_file(expansion.folder / name).strip(), "", ""
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
                problem = f"the file {name} can't be read ({reason})"
        case kind:
            return None, f'"{kind}" is not a source of values', suggest(kind, ("env", "file"), "source")
    if default is not None:
        return default, "", ""
    return None, problem, f"set it, or give a default: ${{{form['kind']}.{name}:-...}}"
