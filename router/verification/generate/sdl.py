"""A blueprint -> the SDL of each subgraph."""

from __future__ import annotations

from collections.abc import Iterator

from router.verification.generate.blueprint import Blueprint, FieldPlan, TypePlan

_IMPORTS = (
    '["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject", '
    '"@context", "@fromContext"]'
)


def print_subgraph(blueprint: Blueprint, subgraph: str) -> str:
    """Print what one subgraph declares, as Federation 1 or 2."""
    parts = []
    if subgraph not in blueprint.federation_1:
        parts.append(f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: {_IMPORTS})')
    parts.extend(
        _print_type(blueprint, plan, subgraph) for plan in blueprint.types.values() if plan.declared_in(subgraph)
    )
    if _uses_enum(blueprint, subgraph):
        parts.append("enum Mood {\n" + "\n".join(_print_values(blueprint, subgraph)) + "\n}")
    parts.extend(blueprint.more.get(subgraph, ()))
    for root in (blueprint.query, blueprint.mutation, blueprint.subscription):
        fields = list(_print_fields(blueprint, root, subgraph))
        if fields:
            parts.append(f"type {root.name} {{\n" + "\n".join(fields) + "\n}")
    if any("JSON" in part for part in parts):
        parts.append("scalar JSON")
    return "\n\n".join(parts) + "\n"


def _print_values(blueprint: Blueprint, subgraph: str) -> Iterator[str]:
    for value in blueprint.types["Mood"].values:
        hidden = value == blueprint.hidden and subgraph not in blueprint.federation_1
        yield f"  {value} @inaccessible" if hidden else f"  {value}"


def _uses_enum(blueprint: Blueprint, subgraph: str) -> bool:
    return subgraph in blueprint.moody or any(
        item.core == "Mood" and item.declared_in(subgraph)
        for plan in blueprint.types.values()
        for item in plan.fields.values()
    )


def _print_type(blueprint: Blueprint, plan: TypePlan, subgraph: str) -> str:
    if plan.kind == "union":
        return f"union {plan.name} = {' | '.join(plan.members[subgraph])}"
    keyword = "type" if _is_object(plan, subgraph) else "interface"
    extends = ""
    if _is_extension(blueprint, plan, subgraph):
        keyword, extends = blueprint.random.choice((("extend type", ""), ("type", " @extends")))
    keys = "".join(
        f' @key(fields: "{text}"{"" if resolvable else ", resolvable: false"})'
        for text, resolvable in plan.keys.get(subgraph, ())
    )
    marks = " @interfaceObject" if subgraph in plan.interface_objects else ""
    if subgraph in plan.contexts:
        marks += f' @context(name: "{plan.contexts[subgraph]}")'
    implements = "".join(
        f" implements {other.name}"
        for other in blueprint.of_kind("interface")
        if plan.name in other.members.get(subgraph, ())
    )
    fields = "\n".join(_print_fields(blueprint, plan, subgraph))
    return f"{keyword} {plan.name}{implements}{extends}{keys}{marks} {{\n{fields}\n}}"


def _is_extension(blueprint: Blueprint, plan: TypePlan, subgraph: str) -> bool:
    """Federation 1 refers to an entity of another subgraph by an extension, whose key is external."""
    return subgraph in blueprint.federation_1 and plan.kind == "object" and next(iter(plan.keys), subgraph) != subgraph


def _print_fields(blueprint: Blueprint, plan: TypePlan, subgraph: str) -> Iterator[str]:
    for item in plan.fields.values():
        if item.declared_in(subgraph):
            arguments = item.argument_texts.get(subgraph, item.arguments)
            type_text = item.types.get(subgraph, item.type)
            yield f"  {item.name}{arguments}: {type_text}{_print_directives(blueprint, plan, item, subgraph)}"


def _print_directives(blueprint: Blueprint, plan: TypePlan, item: FieldPlan, subgraph: str) -> str:
    text = ""
    in_key = any(item.name in key.split() for key, _ in plan.keys.get(subgraph, ()))
    if subgraph not in item.owners or (in_key and _is_extension(blueprint, plan, subgraph)):
        text += " @external"
    elif subgraph not in blueprint.federation_1 and _is_shared(item) and _is_object(plan, subgraph):
        text += " @shareable"
    if subgraph in item.requires:
        text += f" @requires(fields: {_quote(item.requires[subgraph])})"
    if subgraph in item.provides:
        text += f' @provides(fields: "{item.provides[subgraph]}")'
    if subgraph in item.override:
        text += f" @override({item.override[subgraph]})"
    if item.inaccessible and subgraph in item.owners and subgraph not in blueprint.federation_1:
        text += " @inaccessible"
    return text


def _is_object(plan: TypePlan, subgraph: str) -> bool:
    return plan.kind != "interface" or subgraph in plan.interface_objects


def _quote(text: str) -> str:
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def _is_shared(item: FieldPlan) -> bool:
    """Whether several subgraphs resolve a field, one of them for a ``@provides``; an override shares nothing."""
    if item.override:
        return False
    return len(item.owners) > 1 or bool(item.external - set(item.requires))
