"""Plain data -> a typed model, with problems that say where, and which key was probably meant.

Enters: data, the model, a function from path to place. Leaves: the model. Invariant: all problems are found in one go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from router.config.document import KeyPath
from router.config.problem import ConfigurationProblem, InvalidConfiguration, Place, dotted, suggest

Model = TypeVar("Model", bound="Section")


class Section(BaseModel):
    """A part of a configuration: immutable, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True)


_MESSAGES: Mapping[str, str] = {
    "missing": "a required key is missing",
    "string_type": "text is expected",
    "dict_type": "a mapping is expected",
    "list_type": "a list is expected",
    "tuple_type": "a list is expected",
    "bool_type": "true or false is expected",
    "bool_parsing": "true or false is expected",
    "int_type": "a whole number is expected",
    "int_parsing": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "model_type": "a mapping is expected",
    "model_attributes_type": "a mapping is expected",
}


#: An address with a user and a password in it; lines with one aren't shown.
_WITH_PASSWORD = re.compile(r"://[^/\s]*@")


def validate(
    model: type[Model],
    value: Any,
    place: Callable[[KeyPath], Place],
    unsupported: Mapping[str, str] | None = None,
    earlier: list[ConfigurationProblem] | None = None,
) -> Model:
    """Validate data against a model.

    ``unsupported`` maps dotted keys (``*`` for any name) that users may know from elsewhere to a remedy, maybe empty;
    ``earlier`` are problems found before, reported along. Raises :class:`InvalidConfiguration`.
    """
    problems = list(earlier or ())
    try:
        result = model.model_validate({} if value is None else value)
    except ValidationError as error:
        schema = model.model_json_schema(by_alias=True)
        known_bad = {problem.key for problem in problems}
        details = error.errors(include_url=False, include_context=True)
        for detail in details:
            path = tuple(detail["loc"])
            if dotted(path) not in known_bad and not _follows(detail, details):
                problems.append(_problem(path, detail, schema, place, unsupported or {}))
    else:
        if not problems:
            return result
    order = {id(problem): index for index, problem in enumerate(problems)}
    raise InvalidConfiguration(sorted(problems, key=lambda problem: (problem.place.line, order[id(problem)])))


def _follows(detail: Any, details: Sequence[Any]) -> bool:
    """Whether a finding only follows from another: a list too short of good items, a key missing as it is misspelt."""
    path = tuple(detail["loc"])
    match detail["type"]:
        case "too_short":
            return any(len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in details)
        case "missing":
            misspelt = [
                str(other["loc"][-1])
                for other in details
                if other["type"] == "extra_forbidden" and other["loc"][:-1] == path[:-1]
            ]
            return bool(get_close_matches(str(path[-1]), misspelt, n=1, cutoff=0.6))
        case _:
            return False


def _problem(
    path: KeyPath,
    detail: Any,
    schema: Mapping[str, Any],
    place: Callable[[KeyPath], Place],
    unsupported: Mapping[str, str],
) -> ConfigurationProblem:
    kind = str(detail["type"])
    if kind == "extra_forbidden":
        remedy = _unsupported(path, unsupported)
        if remedy is not None:
            return ConfigurationProblem(place(path), dotted(path), "not supported yet", remedy or "remove it")
        known = known_keys(schema, path[:-1])
        return ConfigurationProblem(place(path), dotted(path), "unknown key", suggest(str(path[-1]), known))
    message = _message(kind, detail)
    message, _, remedy = message.partition("; ")
    message = message[:1].lower() + message[1:]
    if (
        not remedy
        and kind != "missing"
        and isinstance(detail.get("input"), (str, int, float))
        and kind != "value_error"
        and not _is_confidential(path, detail["input"], place(path))
    ):
        message += f", not {detail['input']!r}"
    if kind == "missing":
        remedy = f'add "{path[-1]}"'
    at = place(path)
    if _is_secret(path) or _WITH_PASSWORD.search(at.text):
        at = replace(at, text="")
    return ConfigurationProblem(at, dotted(path), message, remedy)


def _message(kind: str, detail: Any) -> str:
    known = _MESSAGES.get(kind)
    if known is not None:
        return known
    context = detail.get("ctx", {})
    match kind:
        case "greater_than_equal":
            return f"{context['ge']:g} or more is expected"
        case "greater_than":
            return f"more than {context['gt']:g} is expected"
        case "less_than_equal":
            return f"{context['le']:g} or less is expected"
        case "literal_error":
            return f"{context['expected']} is expected"
        case _:
            return str(detail["msg"]).removeprefix("Value error, ")


def _is_confidential(path: KeyPath, value: object, place: Place) -> bool:
    """Whether a value may be a secret: what stands for one, and what was filled in from elsewhere."""
    return _is_secret(path) or path[-1] == "value" or bool(place.line and str(value) not in place.text)


def _is_secret(path: KeyPath) -> bool:
    # Who takes a key for a certificate must not find it in a log.
    return "secrets" in path or "certificate_authorities" in path or ("otlp" in path and "headers" in path)


def _unsupported(path: KeyPath, unsupported: Mapping[str, str]) -> str | None:
    for pattern, remedy in unsupported.items():
        steps = pattern.split(".")
        # List positions don't count: `jwks[0].x` is written `jwks.x` in the table.
        names = [step for step in path if isinstance(step, str)]
        if len(steps) == len(names) and all(step in ("*", name) for step, name in zip(steps, names, strict=True)):
            return remedy
    return None


def known_keys(schema: Mapping[str, Any], path: KeyPath) -> list[str]:
    """Return the keys that a JSON Schema knows at a path."""
    definitions = schema.get("$defs", {})
    nodes = [schema]
    for step in (*path, None):
        nodes = [resolved for node in nodes for resolved in _alternatives(node, definitions)]
        if step is None:
            break
        following = []
        for node in nodes:
            if isinstance(step, int):
                following.append(node.get("items", {}))
            else:
                properties = node.get("properties", {})
                anything = [*node.get("patternProperties", {}).values(), node.get("additionalProperties") or {}]
                following.append(properties.get(step, anything[0]))
        nodes = [node for node in following if isinstance(node, dict)]
    return [key for node in nodes for key in node.get("properties", {})]


def _alternatives(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in node:
        return _alternatives(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
    if "anyOf" in node:
        return [resolved for option in node["anyOf"] for resolved in _alternatives(option, definitions)]
    return [node]
