"""YAML text -> plain data that knows where each key and value stands.

Enters: YAML 1.2 text (JSON included). Leaves: a :class:`Document`. Invariants: scalars follow the YAML 1.2 core schema,
so ``on``, ``yes`` and ``12:30`` are strings; a key that is written twice is refused; aliases can't blow a document up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from router.config.problem import ConfigurationProblem, InvalidConfiguration, Place, dotted

KeyPath: TypeAlias = tuple[str | int, ...]

MAX_NODES: Final = 100_000
MAX_DEPTH: Final = 64
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: Final = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(slots=True)
class Document:
    """A YAML document. ``places`` maps a path to its key's place (its own place, for list items).

    ``raw`` keeps scalars as they are written, for values whose text matters (``2.10`` isn't ``2.1``).
    """

    name: str
    value: Any
    places: dict[KeyPath, Place] = field(default_factory=dict)
    raw: dict[KeyPath, str] = field(default_factory=dict)

    def place(self, path: KeyPath) -> Place:
        """Return the place of a path, or of the nearest one above it that stands in the text."""
        for length in range(len(path), -1, -1):
            found = self.places.get(path[:length])
            if found is not None:
                return found
        return Place(self.name)


def read_document(text: str, name: str) -> Document:
    """Read one YAML document; ``name`` is what messages call it.

    Raises :class:`InvalidConfiguration` for text that isn't YAML, several documents, and duplicate keys.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise InvalidConfiguration([_not_yaml(error, text, name)]) from None
    except yaml.YAMLError as error:
        raise InvalidConfiguration([ConfigurationProblem(Place(name), "", f"not valid YAML: {error}")]) from None
    except RecursionError:
        raise InvalidConfiguration([ConfigurationProblem(Place(name), "", "nested too deeply")]) from None
    reader = _Reader(text, name)
    document = reader.document
    if root is not None:
        document.places[()] = _place(text, name, root.start_mark)
        document.value = reader.read(root, ())
    if reader.problems:
        raise InvalidConfiguration(reader.problems)
    return document


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.lines = text.splitlines()
        self.document = Document(name, None)
        self.problems: list[ConfigurationProblem] = []
        self.nodes = 0

    def read(self, node: yaml.Node, path: KeyPath) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            message = f"more than {MAX_NODES} values" if self.nodes > MAX_NODES else "nested too deeply"
            raise InvalidConfiguration([ConfigurationProblem(Place(self.document.name), "", message)])
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self.document.places[(*path, index)] = self._mark(item)
                items.append(self.read(item, (*path, index)))
            return items
        assert isinstance(node, yaml.ScalarNode)
        return self._read_scalar(node, path)

    def _read_mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self._mark(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(ConfigurationProblem(place, dotted(path), "a key must be plain text"))
                continue
            key = str(key_node.value)
            if key in found:
                first = self.document.places[(*path, key)].line
                message = f"the key is written twice, first in line {first}"
                self.problems.append(ConfigurationProblem(place, dotted((*path, key)), message, "keep one of the two"))
                continue
            self.document.places[(*path, key)] = place
            found[key] = self.read(value_node, (*path, key))
        return found

    def _read_scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        text = str(node.value)
        self.document.raw[path] = text
        if node.style is not None or node.tag == "tag:yaml.org,2002:binary":
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text):
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _mark(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        line = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Place(self.document.name, mark.line + 1, mark.column + 1, line)


def _not_yaml(error: yaml.MarkedYAMLError, text: str, name: str) -> ConfigurationProblem:
    """Say in plain words what the parser says in its own of the mistakes that people make most."""
    problem = str(error.problem or error.context)
    mark = error.problem_mark or error.context_mark
    place = _place(text, name, mark)
    remedy = ""
    if "'\\t'" in problem:
        problem, remedy = "a tab stands where YAML wants spaces", "indent with spaces"
    elif "cannot start any token" in problem:
        remedy = "put the value in quotes"
    elif problem.startswith("could not find expected ':'"):
        # The parser notices one line too late.
        place = _place(text, name, error.context_mark or mark)
        problem, remedy = "a key has no colon", "write it as `key: value`"
    elif problem.startswith("mapping values are not allowed"):
        if ": " in place.text[: place.column - 1]:
            problem, remedy = "a second colon in one line", 'put a value that has ": " in it in quotes'
        else:
            problem = "a key below something that can't have keys"
            remedy = "the line above may lack its colon, or this one is indented too far"
    elif problem.startswith("expected <block end>"):
        problem = "the indentation fits no line above"
        remedy = "keys of one mapping and items of one list begin in the same column"
    elif problem.startswith("found unexpected end of stream"):
        place = _place(text, name, error.context_mark or mark)
        problem, remedy = "a quote is not closed", "close it"
    elif problem.startswith("but found another document"):
        problem, remedy = "a second document begins", "one file has one document; remove the line ---"
    return ConfigurationProblem(place, "", f"not valid YAML: {problem}", remedy)


def _place(text: str, name: str, mark: yaml.Mark | None) -> Place:
    if mark is None:
        return Place(name)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    return Place(name, mark.line + 1, mark.column + 1, line)
