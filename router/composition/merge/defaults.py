"""The default values of one argument or input field in several subgraphs -> its default in the supergraph.

Invariant: the supergraph has a default only where every subgraph has that same one.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.state import Merge
from router.composition.report import Source
from router.federation.errors import ErrorCode, HintCode
from router.type_system.model import NO_DEFAULT, InputValue, NoDefault
from router.type_system.values import Value, print_value, same_value


def merge_defaults(
    merge: Merge, coordinate: str, sources: Sequence[Source[InputValue]], mismatch: ErrorCode
) -> Value | NoDefault:
    """Return the common default; two different ones are ``mismatch``, a missing one is a hint and no default."""
    given = [element.default for _, element in sources if not isinstance(element.default, NoDefault)]
    if not given:
        return NO_DEFAULT
    if any(not same_value(given[0], other) for other in given[1:]):
        said = ", ".join(
            f"{'none' if isinstance(element.default, NoDefault) else print_value(element.default)} "
            f"in {merge.subgraphs[index].name}"
            for index, element in sources
        )
        merge.report.error(
            mismatch,
            f"{coordinate} has different defaults: {said}",
            sources,
            [coordinate],
            "give it the same default everywhere",
        )
        return given[0]
    if len(given) < len(sources):
        lacking = [index for index, element in sources if isinstance(element.default, NoDefault)]
        merge.report.hint(
            HintCode.INCONSISTENT_DEFAULT_VALUE_PRESENCE,
            f"{coordinate} has the default {print_value(given[0])}, but none in {merge.names(lacking)}, "
            "so the supergraph has none",
            sources,
            [coordinate],
        )
        return NO_DEFAULT
    return given[0]
