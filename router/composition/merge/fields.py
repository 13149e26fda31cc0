"""One field of an object or interface in several subgraphs -> the supergraph's field and its joins.

Enters: the field's sources, and what overrides do to them. Leaves: a :class:`Field` and its :class:`JoinField` s, or
``None`` where the field can't be merged. Invariant: joins are left out exactly where every subgraph that has the type
has the same field and resolves it without more ado.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.abstract_fields import abstract_fields
from router.composition.merge.applied_directives import context_name, merge_applied_directives
from router.composition.merge.arguments import is_contextual, merge_arguments
from router.composition.merge.descriptions import merge_descriptions
from router.composition.merge.externals import check_externals, check_no_merged_directives
from router.composition.merge.facts import field_set_text, find_directive
from router.composition.merge.overrides import NO_OVERRIDES, OverrideOutcome
from router.composition.merge.state import Merge
from router.composition.merge.type_references import FIELD, merge_type_references
from router.composition.report import Source
from router.federation.errors import ErrorCode
from router.federation.subgraph import FROM_CONTEXT, OVERRIDE, PROVIDES, REQUIRES
from router.supergraph.model import ContextArgument, JoinField
from router.type_system.model import AppliedDirective, Field


def merge_field(
    merge: Merge, type_name: str, sources: Sequence[Source[Field]], owners: int, overrides: OverrideOutcome
) -> tuple[Field, tuple[JoinField, ...]] | None:
    """Merge a field; ``owners`` is the number of subgraphs that have its type."""
    name = sources[0][1].name
    coordinate = f"{type_name}.{name}"
    externals = [source for source in sources if (type_name, name) in merge.facts[source[0]].external]
    elsewhere = {index for index, _ in externals}
    resolving = [source for source in sources if source[0] not in elsewhere] if externals else sources
    if not resolving and _is_abstractly_resolved(merge, type_name, name):
        return _merge_abstractly_resolved(merge, type_name, sources)
    if not resolving:
        merge.report.error(
            ErrorCode.EXTERNAL_MISSING_ON_BASE,
            f"{coordinate} is @external in every subgraph that has it ({merge.names(i for i, _ in sources)})",
            sources,
            [coordinate],
            "resolve it in one of them",
        )
        return None
    for source in externals:
        check_no_merged_directives(merge, coordinate, source)
    merged_type, equal = merge_type_references(merge, coordinate, resolving, FIELD)
    merged = Field(
        name=name,
        type=merged_type,
        arguments=merge_arguments(merge, coordinate, resolving),
        description=merge_descriptions(merge, coordinate, resolving),
        directives=merge_applied_directives(merge, coordinate, resolving),
    )
    if externals:
        check_externals(merge, coordinate, externals, merged, equal)
    if equal and len(sources) == owners and not externals and _is_plain(sources, overrides):
        return merged, ()
    joins = tuple(
        _join_field(merge, source, type_name, not equal, overrides)
        for source in sources
        if source[0] not in overrides.unused or source[0] in overrides.labels
    )
    return merged, joins


def _is_abstractly_resolved(merge: Merge, type_name: str, field_name: str) -> bool:
    """Whether an ``@interfaceObject`` of some subgraph resolves the field for this object."""
    return any(
        not merge.facts[found.subgraph].is_external(found.interface, field_name)
        for found in abstract_fields(merge, type_name, field_name)
    )


def _merge_abstractly_resolved(
    merge: Merge, type_name: str, sources: Sequence[Source[Field]]
) -> tuple[Field, tuple[JoinField, ...]]:
    """Merge a field that objects declare ``@external`` only, since the object form of an interface resolves it.

    Its directives come with the interface's field, in :func:`push_down_fields`.
    """
    name = sources[0][1].name
    coordinate = f"{type_name}.{name}"
    for source in sources:
        check_no_merged_directives(merge, coordinate, source)
    merged_type, equal = merge_type_references(merge, coordinate, sources, FIELD)
    joins = tuple(_join_field(merge, source, type_name, not equal, NO_OVERRIDES) for source in sources)
    return Field(name=name, type=merged_type), joins


def _is_plain(sources: Sequence[Source[Field]], overrides: OverrideOutcome) -> bool:
    """Whether nothing but who has the field is to be told of it."""
    if overrides.overridden or overrides.labels:
        return False
    for _, item in sources:
        if any(directive.name in (REQUIRES, PROVIDES) for directive in item.directives):
            return False
        if item.arguments and any(is_contextual(argument) for argument in item.arguments.values()):
            return False
    return True


def _join_field(
    merge: Merge, source: Source[Field], type_name: str, typed: bool, overrides: OverrideOutcome
) -> JoinField:
    index, item = source
    return JoinField(
        graph=merge.graph_ids[index],
        requires=_text(find_directive(item.directives, REQUIRES)),
        provides=_text(find_directive(item.directives, PROVIDES)),
        type=item.type if typed else None,
        external=merge.facts[index].is_external(type_name, item.name),
        override=_override_source(find_directive(item.directives, OVERRIDE)),
        override_label=overrides.labels.get(index),
        used_overridden=index in overrides.used,
        context_arguments=_context_arguments(merge, index, item),
    )


def _text(directive: AppliedDirective | None) -> str | None:
    return None if directive is None else field_set_text(directive)


def _override_source(directive: AppliedDirective | None) -> str | None:
    source = None if directive is None else directive.arguments.get("from")
    return source if isinstance(source, str) else None


def _context_arguments(merge: Merge, index: int, item: Field) -> tuple[ContextArgument, ...]:
    found = []
    for argument in item.arguments.values():
        directive = find_directive(argument.directives, FROM_CONTEXT)
        text = None if directive is None else directive.arguments.get("field")
        if isinstance(text, str):
            name, selection = split_context(text)
            found.append(ContextArgument(argument.name, argument.type, context_name(merge, index, name), selection))
    return tuple(found)


def split_context(text: str) -> tuple[str, str]:
    """Split ``$name { selection }`` into the context's name and the selection as written."""
    text = text.lstrip().removeprefix("$").lstrip()
    length = next((i for i, letter in enumerate(text) if not (letter.isalnum() or letter == "_")), len(text))
    return text[:length], text[length:]
