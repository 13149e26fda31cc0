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
        return {code for code, _ in self.reference.get("errors", ())} - self.our_codes

    @property
    def added(self) -> set[str]:
        """Codes of errors that only we have."""
        return self.our_codes - {code for code, _ in self.reference.get("errors", ())}

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


def _kinds(comparison: Comparison) -> bool:
    return "TYPE_KIND_MISMATCH" in comparison.our_codes - comparison.added


def _external_type(comparison: Comparison) -> bool:
    sdl = comparison.sdl
    return bool(re.search(r"^(extend )?type \w+[^{]*@external", sdl, re.MULTILINE)) and "extend" in sdl


def _federation_scalar(comparison: Comparison) -> bool:
    return bool(
        re.search(r"^scalar (\w+__)?(FieldSet|Scope|Policy|Import|ContextFieldValue) @", comparison.sdl, re.MULTILINE)
    )


def _contexts(comparison: Comparison) -> bool:
    names = [set(re.findall(r'[cC]ontext\(name: "(\w+)"\)', sdl)) for sdl in comparison.subgraphs.values()]
    return any(one & other for index, one in enumerate(names) for other in names[index + 1 :])


def _satisfiability(comparison: Comparison) -> bool:
    return comparison.added == {"SATISFIABILITY_ERROR"} and not comparison.missing and "provides" in comparison.sdl


def _provides(comparison: Comparison) -> bool:
    return (
        comparison.missing == {"SATISFIABILITY_ERROR"}
        and not comparison.added
        and comparison.sdl.count("provides(") > 1
    )


def _versions(comparison: Comparison) -> bool:
    return bool(re.search(r"federation/v2\.15", comparison.sdl)) and not comparison.added


def _connectors(comparison: Comparison) -> bool:
    return comparison.added == {"UNSUPPORTED_FEATURE"}


def _extensions(comparison: Comparison) -> bool:
    return any("extended as another kind" in error.message for error in comparison.ours.errors)


#: A heading of the page, and how to recognise what it lists.
LISTED: Mapping[str, Callable[[Comparison], bool]] = {
    "Where the reference crashes": _crash,
    "After a type of several kinds": _kinds,
    "`@external` on a whole type that is an extension": _external_type,
    "Directives on a federation scalar": _federation_scalar,
    "Extensions of another kind": _extensions,
    "One context name in several subgraphs": _contexts,
    "Satisfiability looks at every way to a type": _satisfiability,
    "`@provides` below `@provides`": _provides,
    "Federation 2.15": _versions,
    "Connectors": _connectors,
}


def heading_of(comparison: Comparison) -> str | None:
    """Return the heading that lists a difference."""
    return next((heading for heading, recognises in LISTED.items() if recognises(comparison)), None)
