"""Settings from a file, the environment and the command line, in rising precedence.

Enters: YAML text, environment variables, overrides of the command line. Leaves:
:class:`~router.config.settings.Settings`. Invariant: a problem names the source that the value really came from.

A setting's environment variable is ``ROUTER__`` and its path in upper case with ``__`` between the parts:
``ROUTER__SUPERGRAPH__LISTEN``. The value is YAML; a whole section can be given at once as a JSON object. Where traces
are on, OpenTelemetry's own variables count too, after those and before the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from router.config.document import Document, KeyPath, read_document
from router.config.expansion import Expansion, expand
from router.config.opentelemetry import ENABLED, standard_settings, switched
from router.config.problem import ConfigurationProblem, InvalidConfiguration, Place
from router.config.settings import Settings
from router.config.unsupported import UNSUPPORTED
from router.config.validation import known_keys, validate

PREFIX: Final = "ROUTER__"
_STANDARD: Final = "environment variable OTEL_"
#: What `--dev` sets, as if it stood on the command line.
DEV: Final[dict[KeyPath, Any]] = {
    ("supergraph", "introspection"): True,
    ("include_subgraph_errors", "all"): True,
    ("include_subgraph_errors", "subgraphs"): {},
    ("homepage", "enabled"): True,
}


@dataclass(frozen=True, slots=True)
class SettingsSources:
    """Where settings come from. ``text`` is the YAML of a ``router.yaml`` that messages call ``name``.

    ``overrides`` maps paths to values that win over all others; ``origin`` is what messages call their source.
    """

    text: str = ""
    name: str = "router.yaml"
    folder: Path = Path()
    environment: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[KeyPath, Any] = field(default_factory=dict)
    origin: str = "command line"
    read_file: Callable[[Path], str] = Path.read_text


def load_settings(sources: SettingsSources) -> Settings:
    """Read settings from all sources. Raises :class:`InvalidConfiguration` with every mistake."""
    document = read_document(sources.text, sources.name)
    problems = expand(document, Expansion(sources.environment, sources.folder, sources.read_file))
    if document.value is None:
        document.value = {}
    if not isinstance(document.value, dict):
        raise InvalidConfiguration([ConfigurationProblem(document.place(()), "", "a mapping of settings is expected")])
    if "subgraphs" in document.value:
        message = "this looks like a supergraph.yaml"
        remedy = "give that with --config, and a router.yaml with --router-config"
        raise InvalidConfiguration([ConfigurationProblem(document.place(("subgraphs",)), "", message, remedy)])
    for name in sorted(sources.environment):
        if name.startswith(PREFIX):
            _apply_variable(document, name, sources.environment[name])
    for path, value in sources.overrides.items():
        _assign(document, path, value, Place(sources.origin))
    problems += _apply_standard_variables(document, sources.environment)
    return validate(Settings, document.value, document.place, UNSUPPORTED, problems)


def variable_name(path: KeyPath) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + "__".join(str(step).upper() for step in path)


def _apply_variable(document: Document, name: str, text: str) -> None:
    place = Place(f"environment variable {name}")
    try:
        value = read_document(text, place.source).value
    except InvalidConfiguration:
        # Text such as "*" or "a: b: c" isn't YAML and is meant as it is.
        value = text
    _assign(document, _variable_path(name.removeprefix(PREFIX)), value, place)


def _apply_standard_variables(document: Document, environment: Mapping[str, str]) -> list[ConfigurationProblem]:
    """Apply OpenTelemetry's variables, unless the setting comes from a nearer source than the file."""
    switch = switched(environment)
    if switch is not None and document.place(ENABLED).source == document.name:
        variable, on = switch
        place = Place(f"environment variable {variable}")
        if not isinstance(on, bool):
            return [ConfigurationProblem(place, "", f'"{on}" is not supported', "write otlp or none")]
        _assign(document, ENABLED, on, place)
    if _value(document, ENABLED) is True:
        for variable, path, value in standard_settings(environment):
            source = document.place(path).source
            if source == document.name or source.startswith(_STANDARD):
                _assign(document, path, value, Place(f"environment variable {variable}"))
    return []


def _value(document: Document, path: KeyPath) -> Any:
    found: Any = document.value
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _variable_path(name: str) -> KeyPath:
    schema = Settings.model_json_schema()
    path: KeyPath = ()
    for part in name.split("__"):
        known = {key.upper(): key for key in known_keys(schema, path)}
        path = (*path, known.get(part.upper(), part.lower()))
    return path


def _assign(document: Document, path: KeyPath, value: Any, place: Place) -> None:
    target = document.value
    for length, step in enumerate(path[:-1], start=1):
        following = target.get(step)
        if not isinstance(following, dict):
            following = target[step] = {}
            _forget(document, path[:length])
            document.places[path[:length]] = place
        target = following
    target[path[-1]] = value
    _forget(document, path)
    document.places[path] = place


def _forget(document: Document, path: KeyPath) -> None:
    for known in [known for known in document.places if known[: len(path)] == path]:
        del document.places[known]
