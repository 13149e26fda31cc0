"""Mutations by federation's directives, alone and in the company that gives them a meaning.

Enters: documents by subgraph name, and a source of randomness. Leaves: the same documents, changed in place.
Invariant: a mutation that finds nothing to change changes nothing, and never raises.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from random import Random
from typing import Any

from graphql.language import ast

from tests.differential.syntax import (
    INTERFACES,
    Documents,
    add,
    apply_text,
    argument_of,
    composites_in,
    elements_in,
    federation_link,
    fields_in,
    find_type,
    import_directive,
    is_leaf,
    is_list,
    named,
    names_of,
    objects_in,
    pick,
    pick_document,
    put,
    read_definition,
    read_field,
    types_in,
)

APPLICATIONS = (
    "@inaccessible", '@tag(name: "x")', "@shareable", "@external", "@deprecated", '@deprecated(reason: "a")',
    "@authenticated", '@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["a", "b"], ["c"]])',
    '@policy(policies: [["p"]])', "@cost(weight: 3)", "@cost(weight: 7)", "@listSize(assumedSize: 3)",
    "@listSize(assumedSize: 5, requireOneSlicingArgument: false)", '@override(from: "$subgraph")',
    '@override(from: "$subgraph", label: "percent(5)")', '@override(from: "$subgraph", label: "1a")',
    '@requires(fields: "$fields")', '@provides(fields: "$fields")', '@key(fields: "$fields")',
    '@key(fields: "$fields", resolvable: false)', "@interfaceObject", '@context(name: "c")', "@extends", "@unknown",
)  # fmt: skip
_MARKS = (
    "@inaccessible",
    '@tag(name: "x")',
    '@tag(name: "y")',
    '@deprecated(reason: "a")',
    "@deprecated",
    "@deprecated(reason: null)",
)
_ACCESS = (
    "@authenticated", '@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["a", "b"], ["c"]])',
    '@requiresScopes(scopes: [["c"], []])', "@requiresScopes(scopes: [])", '@policy(policies: [["p"], ["q", "r"]])',
    '@policy(policies: [["p"]])',
)  # fmt: skip
_LABELS = ("", "", ', label: "percent(5)"', ', label: "flag"', ', label: "1a"', ', label: "percent(101)"')


def apply_directive(random: Random, documents: Documents) -> None:
    """Apply a directive to an element, and import it."""
    document = pick_document(random, documents)
    text = random.choice(APPLICATIONS)
    name = text[1:].partition("(")[0]
    owner = pick(random, (item for item in composites_in([document]) if item.fields))
    if owner is None:
        return
    chosen = random.sample(list(owner.fields), min(len(owner.fields), random.randint(1, 2)))
    text = text.replace("$fields", " ".join(item.name.value for item in chosen))
    text = text.replace("$subgraph", random.choice(list(documents)))
    wanted: Sequence[Any] = elements_in([document])
    if name in ("requires", "provides", "override", "external", "listSize"):
        wanted = list(owner.fields) if name == "requires" else fields_in([document])
    elif name in ("key", "interfaceObject", "context", "extends"):
        wanted = [owner]
    element = pick(random, wanted)
    if element is not None:
        apply_text(document, element, text)


def _same_elements(random: Random, documents: Documents) -> list[tuple[ast.DocumentNode, Any]]:
    """One element, as it is in one subgraph or in all."""
    every = [
        (document, owner.name.value, item)
        for document in documents.values()
        for owner in types_in([document])
        for item in (owner, *elements_of(owner))
    ]
    chosen = pick(random, every)
    if chosen is None:
        return []
    if random.random() < 0.4:
        return [(chosen[0], chosen[2])]
    _, owner, element = chosen
    return [
        (document, item)
        for document, other, item in every
        if other == owner and item.name.value == element.name.value and type(item) is type(element)
    ]


def elements_of(owner: Any) -> list[Any]:
    """What a type is made of."""
    found: list[Any] = list(getattr(owner, "values", None) or ())
    for item in getattr(owner, "fields", None) or ():
        found.extend([item, *(getattr(item, "arguments", None) or ())])
    return found


def mark(random: Random, documents: Documents) -> None:
    """Tag, hide or deprecate an element, in one subgraph or all, where it may stand."""
    text = random.choice(_MARKS)
    for document, element in _same_elements(random, documents):
        deprecates = text.startswith("@deprecated")
        fits = isinstance(element, ast.FieldDefinitionNode | ast.EnumValueDefinitionNode | ast.InputValueDefinitionNode)
        if (fits or not deprecates) and random.random() < 0.8:
            apply_text(document, element, text)
            if random.random() < 0.1:
                text = random.choice(_MARKS[:3])


def restrict(random: Random, documents: Documents) -> None:
    """Put access control on a type or field, with other requirements in each subgraph."""
    kinds = (
        ast.FieldDefinitionNode, ast.ObjectTypeDefinitionNode, ast.ScalarTypeDefinitionNode,
        ast.EnumTypeDefinitionNode, *INTERFACES,
    )  # fmt: skip
    for document, element in _same_elements(random, documents):
        if isinstance(element, kinds) and (not isinstance(element, INTERFACES) or random.random() < 0.2):
            apply_text(document, element, random.choice(_ACCESS))


def weigh(random: Random, documents: Documents) -> None:
    """Put costs and list sizes where they may stand, with other figures in each subgraph."""
    for document, element in _same_elements(random, documents):
        if isinstance(element, ast.FieldDefinitionNode) and is_list(element.type) and random.random() < 0.6:
            apply_text(document, element, _list_size(random, document, element))
        elif not isinstance(
            element,
            (*INTERFACES, ast.UnionTypeDefinitionNode, ast.InputObjectTypeDefinitionNode, ast.EnumValueDefinitionNode),
        ):
            apply_text(document, element, f"@cost(weight: {random.choice((0, 1, 5, 10))})")


def _list_size(random: Random, document: ast.DocumentNode, element: Any) -> str:
    parts = []
    integers = [item.name.value for item in element.arguments or () if named(item.type) == "Int"]
    target = find_type(document, named(element.type))
    lists = [item.name.value for item in getattr(target, "fields", None) or () if is_list(item.type)]
    if random.random() < 0.6:
        parts.append(f"assumedSize: {random.choice((0, 3, 10, 10, 10))}")
    if integers and random.random() < 0.6:
        parts.append(f'slicingArguments: ["{random.choice(integers)}"]')
    if random.random() < 0.3:
        parts.append(f"requireOneSlicingArgument: {random.choice(('true', 'false'))}")
    if lists and random.random() < 0.3:
        parts.append(f'sizedFields: ["{random.choice(lists)}"]')
    return f"@listSize({', '.join(parts)})" if parts else "@listSize"


def override_field(random: Random, documents: Documents) -> None:
    """Move a field to another subgraph, for good or by label."""
    pair = _shared_type(random, documents)
    if pair is None:
        return
    giver, mine, taker, yours = pair
    item = random.choice(mine.fields)
    name = next(known for known, document in documents.items() if document is giver)
    if federation_link(taker) is None:
        return
    own = next((one for one in yours.fields or () if one.name.value == item.name.value), None)
    if own is None:
        own = copy.deepcopy(item)
        put(own, "directives", ())
        add(yours, "fields", own)
    apply_text(taker, own, f'@override(from: "{name}"{random.choice(_LABELS)})')


def _shared_type(random: Random, documents: Documents) -> tuple[ast.DocumentNode, Any, ast.DocumentNode, Any] | None:
    """Two subgraphs, and the definition of one object in each."""
    if len(documents) < 2:
        return None
    giver, taker = random.sample(list(documents.values()), 2)
    pairs = [
        (giver, mine, taker, yours)
        for mine in objects_in([giver])
        for yours in objects_in([taker])
        if mine.name.value == yours.name.value and mine.fields and yours.fields
    ]
    return pick(random, pairs)


def require_field(random: Random, documents: Documents) -> None:
    """Let a subgraph require a field that another one resolves."""
    pair = _shared_type(random, documents)
    if pair is None:
        return
    giver, mine, taker, yours = pair
    item = _take_external(random, giver, mine, taker, yours)
    if item is not None and "needs" not in names_of(yours.fields):
        text = f'@requires(fields: "{_selection(random, giver, item)}")'
        field = read_field("needs: Int")
        add(yours, "fields", field)
        apply_text(taker, field, text)


def provide_field(random: Random, documents: Documents) -> None:
    """Let a subgraph provide a field that another one resolves."""
    pair = _shared_type(random, documents)
    if pair is None:
        return
    giver, mine, taker, yours = pair
    leading = pick(random, (item for item in fields_in([taker]) if named(item.type) == yours.name.value))
    item = _take_external(random, giver, mine, taker, yours)
    if item is not None and leading is not None:
        apply_text(taker, leading, f'@provides(fields: "{_selection(random, giver, item)}")')


def _take_external(random: Random, giver: ast.DocumentNode, mine: Any, taker: ast.DocumentNode, yours: Any) -> Any:
    """Declare a field of one subgraph as external in another; its type goes along where it's missing."""
    item = pick(random, (one for one in mine.fields if one.name.value not in names_of(yours.fields)))
    if item is None:
        return None
    taken = copy.deepcopy(item)
    put(taken, "directives", ())
    target = find_type(giver, named(item.type))
    if target is not None and find_type(taker, named(item.type)) is None:
        add(taker, "definitions", copy.deepcopy(target))
    add(yours, "fields", taken)
    apply_text(taker, taken, "@external")
    return item


def _selection(random: Random, document: ast.DocumentNode, item: Any, depth: int = 0) -> str:
    arguments = [one for one in item.arguments or () if isinstance(one.type, ast.NonNullTypeNode)]
    given = "(" + ", ".join(f"{one.name.value}: 1" for one in arguments) + ")" if arguments else ""
    target = find_type(document, named(item.type))
    if is_leaf(document, item.type) or depth > 2:
        return f"{item.name.value}{given}"
    if not getattr(target, "fields", None):
        return f"{item.name.value}{given} {{ __typename }}"
    inner = random.sample(list(target.fields), random.randint(1, min(2, len(target.fields))))
    texts = " ".join(_selection(random, document, one, depth + 1) for one in inner)
    return f"{item.name.value}{given} {{ {texts} }}"


def make_entity(random: Random, documents: Documents) -> None:
    """Give a type a key wherever it has the field, now and then one that doesn't resolve, or a composite one."""
    owner = pick(random, (item for item in objects_in(documents.values()) if item.fields))
    if owner is None:
        return
    chosen = random.sample(list(owner.fields), min(len(owner.fields), random.choice((1, 1, 2))))
    for document in documents.values():
        for item in objects_in([document]):
            if item.name.value == owner.name.value and names_of(chosen) <= names_of(item.fields):
                text = " ".join(_selection(random, document, one) for one in chosen)
                suffix = ", resolvable: false" if random.random() < 0.2 else ""
                apply_text(document, item, f'@key(fields: "{text}"{suffix})')


def add_interface_object(random: Random, documents: Documents) -> None:
    """Key an interface and its implementations in one subgraph, and add to it as ``@interfaceObject`` in another."""
    if len(documents) < 2:
        return
    giver, taker = random.sample(list(documents.values()), 2)
    interface = pick(random, (item for item in types_in([giver]) if isinstance(item, INTERFACES) and item.fields))
    if interface is None or federation_link(giver) is None or federation_link(taker) is None:
        return
    name, key = interface.name.value, random.choice(interface.fields)
    if find_type(taker, name) is not None or not is_leaf(giver, key.type):
        return
    text = f'@key(fields: "{key.name.value}")'
    for item in (interface, *objects_in([giver])):
        if item is interface or name in names_of(item.interfaces):
            spelt = [
                getattr(argument_of(d, "fields"), "value", None)
                for d in item.directives or ()
                if argument_of(d, "fields")
            ]
            if key.name.value not in {getattr(value, "value", None) for value in spelt} and random.random() < 0.95:
                apply_text(giver, item, text)
    abstract = read_definition(f"type {name} {{ addedHere: Int }}")
    taken = copy.deepcopy(key)
    put(taken, "directives", ())
    add(abstract, "fields", taken)
    add(taker, "definitions", abstract)
    apply_text(taker, abstract, text)
    apply_text(taker, abstract, "@interfaceObject")
    import_directive(federation_link(giver), "key", 3)
    query = find_type(taker, "Query")
    if query is not None and hasattr(query, "fields") and random.random() < 0.6:
        add(query, "fields", read_field(f"abstract: [{name}]"))


def add_context(random: Random, documents: Documents) -> None:
    """Set a context on a type, and fill an argument further down from it."""
    document = pick_document(random, documents)
    if federation_link(document) is None:
        return
    pairs = [
        (owner, child, item)
        for owner in objects_in([document])
        for leading in owner.fields or ()
        if (child := find_type(document, named(leading.type))) is not None and getattr(child, "fields", None)
        for item in owner.fields
        if is_leaf(document, item.type)
    ]
    chosen = pick(random, pairs)
    if chosen is None:
        return
    owner, child, item = chosen
    field = random.choice(child.fields)
    if "ctx" in names_of(field.arguments):
        return
    name = random.choice(("c", "c", "d"))
    apply_text(document, owner, f'@context(name: "{name}")')
    argument = read_field(f"a(ctx: {random.choice((named(item.type), named(item.type), 'Int'))}): Int").arguments[0]
    add(field, "arguments", argument)
    apply_text(document, argument, f'@fromContext(field: "${name} {{ {item.name.value} }}")')
    if random.random() < 0.4:
        for other in documents.values():
            for one in composites_in([other]):
                for same in one.fields or ():
                    if one.name.value == child.name.value and same.name.value == field.name.value and same is not field:
                        add(same, "arguments", *read_field("a(ctx: Int): Int").arguments)


def share_field(random: Random, documents: Documents) -> None:
    """Let all subgraphs that have a type resolve one of its fields."""
    pair = _shared_type(random, documents)
    if pair is None:
        return
    _, mine, _, _ = pair
    item = random.choice(mine.fields)
    for document in documents.values():
        for one in objects_in([document]):
            if one.name.value != mine.name.value or not one.fields:
                continue
            own = next((known for known in one.fields if known.name.value == item.name.value), None)
            if own is None:
                target = find_type(document, named(item.type))
                if target is None and not is_leaf(document, item.type):
                    continue
                own = copy.deepcopy(item)
                put(own, "directives", ())
                add(one, "fields", own)
            if "shareable" not in {directive.name.value for directive in own.directives or ()}:
                apply_text(document, own, "@shareable")
            break
