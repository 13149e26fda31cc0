"""Failures of the walk -> errors for people: an operation that can't be answered, and why no subgraph can go on.

Enters: failures. Leaves: :class:`~router.federation.errors.CompositionError` s. Invariant: the operation in a message
is valid against the API schema, but for the ``...`` that stands for any selection on what can't be had.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.satisfiability.contexts import Contexts
from router.composition.satisfiability.places import ApiField, Places
from router.composition.satisfiability.sample_values import print_sample_arguments
from router.composition.satisfiability.traversal import Failure, MutationFailure, State
from router.federation.errors import CompositionError, ErrorCode
from router.federation.field_set import print_field_set
from router.supergraph.views import FieldView, TypeView

_CODE = ErrorCode.SATISFIABILITY_ERROR


class Explanation:
    """Turns failures into errors; one a supergraph."""

    def __init__(self, places: Places, contexts: Contexts) -> None:
        self.places = places
        self.walker = places.walker
        self.graph = places.graph
        self.contexts = contexts

    def error(self, failure: Failure) -> CompositionError:
        """Explain one failure."""
        text = f"this operation can't be answered:\n{self._operation(failure)}\n{self._because(failure)}"
        return self._error(f"{text}\n{self._remedy(failure)}", (failure,), _coordinate(failure))

    def mutation_error(self, failure: MutationFailure) -> CompositionError:
        """Explain why a shared mutation field can't be answered by calling it in one subgraph alone."""
        coordinate = f"{failure.type_name}.{failure.field.name}"
        parts = [
            f"{coordinate} is in {len(failure.failures)} subgraphs, but a mutation must run in one only, "
            "and none of them can answer alone:"
        ]
        for subgraph, failures in failure.failures:
            for first in failures[:1]:
                parts.append(f"called in {self._name(subgraph)}:\n{self._operation(first)}\n{self._because(first)}")
        parts.append("let all that one of them returns be reachable from there: by keys, or by resolving it there too")
        all_failures = tuple(found for _, failures in failure.failures for found in failures)
        return self._error("\n".join(parts), all_failures, coordinate)

    def _error(self, text: str, failures: tuple[Failure, ...], coordinate: str) -> CompositionError:
        subgraphs = dict.fromkeys(
            self.graph.nodes[node].subgraph
            for failure in failures
            for node in self.places.nodes(failure.state.place, failure.state.visit.mask)
        )
        return CompositionError(_CODE, f"[{_CODE}] {text}", tuple(map(self._name, subgraphs)), (coordinate,))

    def _name(self, subgraph: str) -> str:
        return self.graph.supergraph.graphs[subgraph].name

    # The operation

    def _operation(self, failure: Failure) -> str:
        if failure.member is not None:
            inner = [f"... on {failure.member} {{", "  ...", "}"]
        else:
            assert failure.field is not None
            inner = self._field_lines(failure.field, ["..."] if failure.field.type_name is not None else [])
        state: State | None = failure.state
        while state is not None and state.before is not None:
            if state.field is None:
                inner = [f"... on {state.place.name} {{", *(f"  {line}" for line in inner), "}"]
            else:
                inner = self._field_lines(state.field, inner)
            state = state.before
        lines = [f"{failure.state.kind} {{", *(f"  {line}" for line in inner), "}"]
        return "\n".join(f"  {line}" for line in lines)

    def _field_lines(self, item: ApiField, inner: list[str]) -> list[str]:
        head = item.name + print_sample_arguments(self.places.schema, item.definition)
        return [f"{head} {{", *(f"  {line}" for line in inner), "}"] if inner else [head]

    # The reasons

    def _because(self, failure: Failure) -> str:
        lines = list(self._member_reasons(failure) if failure.field is None else self._field_reasons(failure))
        return "\n".join(f"- {line}" for line in dict.fromkeys(lines))

    def _member_reasons(self, failure: Failure) -> Iterator[str]:
        place = failure.state.place
        for node in self.places.nodes(place, failure.state.visit.mask):
            subgraph = self._name(self.graph.nodes[node].subgraph)
            if self.walker.is_interface_object(node):
                yield (
                    f"{subgraph} knows {place.name} as an @interfaceObject, and no subgraph that tells which objects "
                    f"are of type {failure.member} can be reached from there by a resolvable @key of {place.name}"
                )
            else:
                yield f"{subgraph} can't return {failure.member} for {place.name}"

    def _field_reasons(self, failure: Failure) -> Iterator[str]:
        assert failure.field is not None
        place, visit = failure.state.place, failure.state.visit
        reach = self.places.reach(place, visit.mask, failure.labels)
        nodes = (*self.places.nodes(place, reach.stands), *self.places.nodes(place, reach.entered))
        for node in nodes:
            yield self._stand_reason(failure, failure.field, node)
        reached = {self.graph.nodes[node].subgraph: None for node in nodes}
        for subgraph, view in self.graph.views.items():
            if subgraph in reached:
                continue
            for type_view in self._views_for(view.types, place.name):
                item = type_view.fields.get(failure.field.name)
                if item is not None and not item.external:
                    yield from self._move_reasons(failure, subgraph, type_view, item, tuple(reached))

    def _stand_reason(self, failure: Failure, item: ApiField, index: int) -> str:
        node = self.graph.nodes[index]
        coordinate = f"{failure.state.place.name}.{item.name}"
        subgraph = self._name(node.subgraph)
        view = self.graph.views[node.subgraph].types[node.type].fields.get(item.name)
        move = self.walker.fields(index).get(item.name)
        if view is None:
            return f"{subgraph} doesn't have {coordinate}"
        if move is None:
            return f"{subgraph} has {coordinate} as @external only, so it doesn't resolve it"
        if not failure.labels.meet(move.override):
            assert move.override is not None
            state = "on" if move.override.active else "off"
            return f'{subgraph} resolves {coordinate} only while the @override label "{move.override.label}" is {state}'
        if move.contexts and not self.contexts.met(move.contexts, failure.state.visit.contexts):
            names = ", ".join(requirement.argument for requirement in move.contexts)
            return (
                f"{subgraph} takes {names} of {coordinate} from a context, which no enclosing object sets here, "
                "or whose value can't be had from the object that sets it"
            )
        needed = print_field_set(move.requires)
        if self.walker.meets(index, move, failure.labels):
            return (
                f'{subgraph} needs "{needed}" for {coordinate}, and nothing leads back afterwards: '
                f"{failure.state.place.name} has no @key in {subgraph} whose fields {subgraph} resolves itself"
            )
        return f'{subgraph} needs "{needed}" for {coordinate}, which can\'t be had from {subgraph}'

    def _views_for(self, types: object, name: str) -> Iterator[TypeView]:
        assert isinstance(types, dict)
        definition = self.places.schema.types[name]
        for candidate in (name, *getattr(definition, "interfaces", ())):
            view = types.get(candidate)
            if view is not None and (candidate == name or view.is_interface_object):
                yield view

    def _move_reasons(
        self, failure: Failure, subgraph: str, view: TypeView, item: FieldView, reached: tuple[str, ...]
    ) -> Iterator[str]:
        target = self._name(subgraph)
        coordinate = f"{failure.state.place.name}.{item.name}"
        if not failure.labels.meet(item.override):
            return
        if not view.keys:
            yield f"{target} resolves {coordinate}, but can't be moved to, since {view.name} has no @key there"
            return
        for key in view.keys:
            if not key.resolvable:
                yield (
                    f'{target} resolves {coordinate}, but can\'t be moved to by the @key "{key.text}" of {view.name}, '
                    "which is resolvable: false there"
                )
                continue
            yield (
                f'{target} resolves {coordinate}, but can\'t be moved to by the @key "{key.text}" of {view.name}, '
                f"which can't be had from {' or '.join(map(self._name, reached))}"
            )

    def _remedy(self, failure: Failure) -> str:
        place = failure.state.place
        if failure.member is not None:
            return f"give {place.name} a resolvable @key in a subgraph that has it as an interface"
        assert failure.field is not None
        return (
            f"let {place.name} have a @key that the subgraph with {failure.field.name} resolves and the others can "
            f"bring, or resolve {failure.field.name} as @shareable where it is missing"
        )


def _coordinate(failure: Failure) -> str:
    name = failure.state.place.name
    return name if failure.field is None else f"{name}.{failure.field.name}"
