"""The differences that docs/composition-differences.md lists, as far as a run can tell them from its two verdicts.

Enters: a :class:`Comparison`. Leaves: the heading that lists the difference, or ``None``. Invariant: every heading that
stands here stands on the page, which a test checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from router.composition.compose import Composition


@dataclass(frozen=True, slots=True)
class Comparison:
    """One set, what the reference said of it, and what we said; ``differences`` is what isn't the same."""

    subgraphs: Mapping[str, str]
    reference: Mapping[str, Any]
    ours: Composition
    differences: tuple[str, ...]

    @property
    def missing(self) -> set[str]:
        """Codes of errors that only the reference has."""
        return self.reference_codes - self.our_codes

    @property
    def added(self) -> set[str]:
        """Codes of errors that only we have."""
        return self.our_codes - self.reference_codes

    @property
    def reference_codes(self) -> set[str]:
        """Codes of the reference's errors; what GraphQL's own validation finds has none."""
        return {code or "INVALID_GRAPHQL" for code, _ in self.reference.get("errors", ())}

    @property
    def our_codes(self) -> set[str]:
        """Codes of our errors."""
        return {error.code.value for error in self.ours.errors}

    @property
    def sdl(self) -> str:
        """All texts."""
        return "\n".join(self.subgraphs.values())


def _crash(comparison: Comparison) -> bool:
    """The reference has no verdict, so there is nothing to differ from; that we have one is tested elsewhere."""
    return "crash" in comparison.reference


def _machinery(comparison: Comparison) -> bool:
    """All that differs is a directive's definition and link, and that directive stands on a type of a feature."""
    on_types = re.findall(
        r"^(?:scalar|enum) (?:\w+__)?(?:FieldSet|Scope|Policy|ContextFieldValue|Import|Purpose) @([^\n{]*)",
        comparison.sdl,
        re.MULTILINE,
    )
    applied = {name for text in on_types for name in re.findall(r"(?:^|@)(\w+)", text)}
    return bool(applied) and all(
        (coordinate := difference.partition(": ")[0]) == "features"
        or re.split(r"\W", coordinate.removeprefix("@"))[0].partition("__")[0] in applied
        for difference in comparison.differences
    )


def _root_names(comparison: Comparison) -> bool:
    """Both refuse a type that bears a root's name, and the reference finds more at that very type."""
    used = {f"ROOT_{name}_USED" for name in ("QUERY", "MUTATION", "SUBSCRIPTION")} & comparison.our_codes
    names = {code.split("_")[1].title() for code in used}
    return bool(used) and all(
        any(f'"{name}' in message for name in names)
        for code, message in comparison.reference["errors"]
        if code not in comparison.our_codes
    )


def _satisfiability(comparison: Comparison) -> bool:
    """The reference forgets what a ``@provides`` added: what we can't reach is a field that one selects."""
    provided = set(re.findall(r"\w+", " ".join(re.findall(r'@provides\(fields: "([^"]*)"', comparison.sdl))))
    errors = [error for error in comparison.ours.errors if error.code.value == "SATISFIABILITY_ERROR"]
    return (
        comparison.added == {"SATISFIABILITY_ERROR"}
        and not comparison.missing
        and all(any(name.rpartition(".")[2] in provided for name in error.coordinates) for error in errors)
    )


def _interface_key(comparison: Comparison) -> bool:
    """We find more than the broken key of an interface, and the reference nothing else."""
    broken = {
        error.coordinates[0]
        for error in comparison.ours.errors
        if error.code.value == "KEY_INVALID_FIELDS" and error.coordinates
    }
    return comparison.reference_codes == {"KEY_INVALID_FIELDS"} and any(
        re.search(rf"\binterface {name}\b", comparison.sdl) for name in broken
    )


def _overridden_root(comparison: Comparison) -> bool:
    """Nothing but mutation fields is found unsatisfiable, where query fields were overridden."""
    messages = [message for code, message in comparison.reference.get("errors", ()) if code == "SATISFIABILITY_ERROR"]
    return (
        comparison.missing == {"SATISFIABILITY_ERROR"}
        and not comparison.added
        and all(re.search(r"query:\nmutation \{\n  \w+ \{\n    \.\.\.\n", message) for message in messages)
        and any("Query." in str(hint.coordinates) and "OVERRIDDEN" in hint.code for hint in comparison.ours.hints)
    )


def _link_types(comparison: Comparison) -> bool:
    """The reference's words name no feature, and ours one of the types of ``@link``."""
    unnamed = all(
        "of feature [object Object]" in message
        for code, message in comparison.reference.get("errors", ())
        if code == "REFERENCED_INACCESSIBLE"
    )
    return (
        comparison.missing == {"REFERENCED_INACCESSIBLE"}
        and unnamed
        and comparison.added == {"INVALID_GRAPHQL"}
        and any("the type link__" in error.message for error in comparison.ours.errors)
    )


def _field_named_as_subgraph(comparison: Comparison) -> bool:
    """The reference refuses a composed directive on a field whose name is that of a subgraph which composes it."""
    messages = [
        message
        for code, message in comparison.reference.get("errors", ())
        if code == "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"
    ]
    found = [re.search(r'merged directive @(\w+).* to external field "\w+\.(\w+)"', message) for message in messages]
    return (
        comparison.missing == {"MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"}
        and (not comparison.added or comparison.reference_codes == comparison.missing)
        and all(
            match is not None and f'composeDirective(name: "@{match[1]}")' in comparison.subgraphs.get(match[2], "")
            for match in found
        )
    )


def _own_feature(comparison: Comparison) -> bool:
    """All that differs is the name of a directive that is applied by its long name, beside a link to its feature."""
    names = [
        name
        for name in re.findall(r"specs\.apollo\.dev/(\w+)/v0", comparison.sdl)
        if f"@federation__{name}" in comparison.sdl and f"@federation__{name}" in comparison.reference["supergraph"]
    ]
    return not comparison.reference_codes | comparison.our_codes and all(
        any(name in difference for name in names) for difference in comparison.differences
    )


def _versions(comparison: Comparison) -> bool:
    return "federation/v2.15" in comparison.sdl and comparison.missing == {"UNKNOWN_FEDERATION_LINK_VERSION"}


def _connectors(comparison: Comparison) -> bool:
    return "specs.apollo.dev/connect/" in comparison.sdl and comparison.added == {"UNSUPPORTED_FEATURE"}


def _extensions(comparison: Comparison) -> bool:
    return all("is extended as another kind" in error.message for error in comparison.ours.errors) and bool(
        comparison.added
    )


#: A heading of the page, and how to recognise what it lists.
LISTED: Mapping[str, Callable[[Comparison], bool]] = {
    "Where the reference crashes": _crash,
    "Directives on a federation type": _machinery,
    "After a type that bears a root's name": _root_names,
    "Satisfiability looks at every way to a type": _satisfiability,
    "A broken key of an interface": _interface_key,
    "A query root whose fields are all overridden": _overridden_root,
    "The definition of `@link` itself": _link_types,
    "Extensions of another kind": _extensions,
    "A composed directive on an external field that bears a subgraph's name": _field_named_as_subgraph,
    "A directive by its long name beside its own feature": _own_feature,
    "Federation 2.15": _versions,
    "Connectors": _connectors,
}


def heading_of(comparison: Comparison) -> str | None:
    """Return the heading that lists a difference."""
    return next((heading for heading, recognises in LISTED.items() if recognises(comparison)), None)
