"""From a query text to a document that may be executed, remembered.

Enters: the text. Leaves: a `Document`, or the request errors that say why not.
Invariant: the cost of looking at one text is bounded before validation starts, since validation of a small
document can take seconds: tokens, depth, and fields after fragments are expanded, each of them counted by memo.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    specified_rules,
    validate,
)

from subgraphs.shared.errors import SubgraphError
from subgraphs.shared.settings import ServiceSettings

#: How often one response name may stand in one selection set. The overlapping-fields rule compares each pair.
MAX_REPEATED_NAME = 30
#: The same rule compares each pair of fragments.
MAX_FRAGMENTS = 100
#: Texts longer than this are not kept, so that one doesn't drive out all others.
MAX_CACHED_LENGTH = 20_000
#: What a parsed document takes for each character of its text: 109 to 130 were measured.
BYTES_A_CHARACTER = 130


class DocumentTooLarge(SubgraphError):
    code = "OPERATION_TOO_LARGE"


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document with what's wrong with it. `errors` is empty when it may be executed."""

    ast: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    #: The code of those errors that carry none of their own.
    error_code: str = "GRAPHQL_VALIDATION_FAILED"
    operations: dict[str | None, OperationDefinitionNode] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation that a request names, or the only one when it names none."""
        if name is not None:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


class DocumentCache:
    """Parses and validates against one schema, keeping the most recently used answers."""

    def __init__(self, schema: GraphQLSchema, settings: ServiceSettings) -> None:
        self._schema = schema
        self._settings = settings
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._kept_characters = 0
        self._most_characters = settings.document_cache_bytes // BYTES_A_CHARACTER

    def read(self, text: str) -> Document:
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            return document
        document = self._prepare(text)
        if len(text) <= MAX_CACHED_LENGTH:
            self._kept[text] = document
            self._kept_characters += len(text)
            while len(self._kept) > self._settings.document_cache_size or self._kept_characters > self._most_characters:
                dropped, _ = self._kept.popitem(last=False)
                self._kept_characters -= len(dropped)
        return document

    def _prepare(self, text: str) -> Document:
        try:
            ast = parse(text, max_tokens=self._settings.max_tokens)
        except GraphQLError as error:
            return Document(None, (error,), "GRAPHQL_PARSE_FAILED")
        except RecursionError:
            return Document(None, (DocumentTooLarge("The document is nested too deeply."),))
        try:
            check_size(ast, self._settings)
        except DocumentTooLarge as error:
            return Document(ast, (error,))
        errors = validate(
            self._schema, ast, specified_rules, max_errors=20, hide_suggestions=not self._settings.introspection
        )
        operations = {
            node.name.value if node.name else None: node
            for node in ast.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        if not errors and not self._settings.introspection:
            errors = find_introspection(ast)
        return Document(ast, tuple(errors), operations=operations)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a selection set asks for, with fragments expanded: fields, levels, and fields of its first level."""

    fields: int = 0
    depth: int = 0
    width: int = 0


def check_size(ast: DocumentNode, settings: ServiceSettings) -> None:
    """Raises `DocumentTooLarge` when an operation is deeper or wider than the settings allow."""
    fragments = {node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)}
    if len(fragments) > MAX_FRAGMENTS:
        raise DocumentTooLarge(f"The document has more than {MAX_FRAGMENTS} fragments.")
    measure = Measure(fragments, settings.max_depth)
    for node in ast.definitions:
        if isinstance(node, (OperationDefinitionNode, FragmentDefinitionNode)):
            extent = measure.selections(node.selection_set, 1, Counter())
            if extent.depth > settings.max_depth:
                raise DocumentTooLarge(f"The operation is nested deeper than {settings.max_depth} levels.")
            if extent.fields > settings.max_fields:
                raise DocumentTooLarge(f"The operation asks for more than {settings.max_fields} fields.")
            if isinstance(node, OperationDefinitionNode) and extent.width > settings.max_root_fields:
                raise DocumentTooLarge(f"The operation has more than {settings.max_root_fields} fields at its root.")


class Measure:
    """Measures the selection sets of one document. Each fragment is measured once, however often it is spread."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode], max_depth: int) -> None:
        self._fragments = fragments
        self._max_depth = max_depth
        self._measured: dict[str, Extent] = {}

    def selections(self, selection_set: SelectionSetNode, level: int, names: Counter[str]) -> Extent:
        """The extent of a selection set; inline fragments are a level too, since validating them costs as much.

        `names` counts the response names of the field that the set belongs to, inline fragments included.
        """
        if level > self._max_depth:
            raise DocumentTooLarge(f"The operation is nested deeper than {self._max_depth} levels.")
        fields = depth = width = 0
        for node in selection_set.selections:
            if isinstance(node, FragmentSpreadNode):
                inner = self._fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                inner = self.selections(node.selection_set, level + 1, names)
                inner = Extent(inner.fields, inner.depth + 1, inner.width)
            else:
                assert isinstance(node, FieldNode)
                self._note_name(names, (node.alias or node.name).value)
                inner = self.selections(node.selection_set, level + 1, Counter()) if node.selection_set else Extent()
                inner = Extent(inner.fields + 1, inner.depth + 1, 1)
            fields, depth, width = fields + inner.fields, max(depth, inner.depth), width + inner.width
        return Extent(fields, depth, width)

    def _fragment(self, name: str) -> Extent:
        if name not in self._measured and name in self._fragments:
            # Empty for as long as it's being measured: a circular one is left to validation, which names it.
            self._measured[name] = Extent()
            self._measured[name] = self.selections(self._fragments[name].selection_set, 1, Counter())
        return self._measured.get(name, Extent())

    @staticmethod
    def _note_name(names: Counter[str], name: str) -> None:
        names[name] += 1
        if names[name] > MAX_REPEATED_NAME:
            raise DocumentTooLarge(f"One field is selected more than {MAX_REPEATED_NAME} times in one place.")


def find_introspection(ast: DocumentNode) -> list[GraphQLError]:
    """One error for each root introspection field; `__typename` stays allowed."""
    found: list[GraphQLError] = []

    def visit(selections: SelectionSetNode) -> None:
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                if selection.name.value in ("__schema", "__type"):
                    found.append(GraphQLError("Introspection is turned off on this service.", selection))
            elif isinstance(selection, InlineFragmentNode):
                visit(selection.selection_set)

    for node in ast.definitions:
        if isinstance(node, (OperationDefinitionNode, FragmentDefinitionNode)):
            visit(node.selection_set)
    return found[:1]
