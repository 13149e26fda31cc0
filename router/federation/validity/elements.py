"""The rules that each type, field, argument and applied directive keeps by itself.

Enters: a schema whose structure is sound, and the definitions of all directives. Leaves: findings.
"""

from __future__ import annotations

from collections.abc import Iterable

from router.federation.definitions import Lexicon
from router.federation.errors import ErrorCode
from router.federation.findings import Findings
from router.federation.validity.values import value_fits
from router.type_system.model import (
    EXECUTABLE_LOCATIONS,
    TYPE_LOCATIONS,
    AppliedDirective,
    DirectiveDefinition,
    EnumType,
    InputObjectType,
    InputValue,
    InterfaceType,
    NamedType,
    NoDefault,
    NonNullType,
    ObjectType,
    Schema,
    UnionType,
    named_type,
)

_INVALID = ErrorCode.INVALID_GRAPHQL
_RESERVED = "has a name that the supergraph needs for itself; rename it"
_EMPTY = {
    ObjectType: "has no field; add one",
    InterfaceType: "has no field; add one",
    InputObjectType: "has no field; add one",
    UnionType: "has no member; add one",
    EnumType: "has no value; add one",
}


def check_elements(schema: Schema, lexicon: Lexicon, findings: Findings) -> None:
    """Run the rules over the whole schema."""
    _Checker(schema, lexicon, findings).check()


class _Checker:
    """Carries what all rules read; one instance a schema."""

    def __init__(self, schema: Schema, lexicon: Lexicon, findings: Findings) -> None:
        self.schema = schema
        self.types = {**lexicon.completed_types, **schema.types} if lexicon.completed_types else schema.types
        self.directives = lexicon.directives
        self.reserved = ("join__", f"{lexicon.link_directive}__")
        self.findings = findings

    def check(self) -> None:
        schema = self.schema
        if schema.directives:
            self.check_applications(schema.directives, "SCHEMA", "schema")
        for directive in schema.directive_definitions.values():
            coordinate = f"@{directive.name}"
            self.check_name(directive.name, coordinate, directive.position)
            if directive.name.startswith(self.reserved) and not EXECUTABLE_LOCATIONS.isdisjoint(directive.locations):
                self.report(coordinate, _RESERVED, directive.position)
            self.check_inputs(coordinate, directive.arguments.values(), "ARGUMENT_DEFINITION")
        for definition in schema.types.values():
            name = definition.name
            if name.startswith("__"):
                self.check_name(name, name, definition.position)
            elif name.startswith("join__"):
                self.report(name, _RESERVED, definition.position)
            if definition.directives:
                self.check_applications(definition.directives, TYPE_LOCATIONS[type(definition)], name)
            match definition:
                case ObjectType() | InterfaceType():
                    self.check_fields(definition)
                case InputObjectType():
                    if not definition.fields:
                        self.report(name, _EMPTY[InputObjectType], definition.position)
                    self.check_inputs(name, definition.fields.values(), "INPUT_FIELD_DEFINITION")
                case EnumType():
                    self.check_values(definition)
                case UnionType():
                    self.check_members(definition)
        self.check_input_cycles()

    def report(self, coordinate: str, problem: str, position: int) -> None:
        self.findings.add(_INVALID, coordinate, problem, position)

    def check_name(self, name: str, coordinate: str, position: int) -> None:
        if name.startswith("__"):
            self.report(coordinate, "begins with __, which introspection reserves; rename it", position)

    def check_fields(self, definition: ObjectType | InterfaceType) -> None:
        name, types = definition.name, self.schema.types
        if not definition.fields and self.schema.roots.get("query") != name:
            self.report(name, _EMPTY[ObjectType], definition.position)
        for field in definition.fields.values():
            ref = field.type
            if isinstance(types.get(ref.name if isinstance(ref, NamedType) else named_type(ref)), InputObjectType):
                problem = f"has the input type {field.type}; give it an output type"
                self.report(f"{name}.{field.name}", problem, field.position)
            if field.name.startswith("__"):
                self.check_name(field.name, f"{name}.{field.name}", field.position)
            if field.arguments:
                self.check_inputs(f"{name}.{field.name}", field.arguments.values(), "ARGUMENT_DEFINITION")
            if field.directives:
                self.check_applications(field.directives, "FIELD_DEFINITION", f"{name}.{field.name}")

    def check_inputs(self, owner: str, values: Iterable[InputValue], location: str) -> None:
        types = self.schema.types
        for value in values:
            is_field = location == "INPUT_FIELD_DEFINITION"
            coordinate = f"{owner}.{value.name}" if is_field else f"{owner}({value.name}:)"
            if isinstance(types.get(named_type(value.type)), ObjectType | InterfaceType | UnionType):
                self.report(coordinate, f"has the output type {value.type}; give it an input type", value.position)
            self.check_name(value.name, coordinate, value.position)
            if not isinstance(value.default, NoDefault) and not value_fits(value.default, value.type, self.types):
                self.report(coordinate, f"has a default that isn't a {value.type}; correct it", value.position)
            if value.directives:
                self.check_applications(value.directives, location, coordinate)
                if value.required and any(item.name == "deprecated" for item in value.directives):
                    self.report(coordinate, "is required and deprecated; make it optional first", value.position)

    def check_values(self, definition: EnumType) -> None:
        if not definition.values:
            self.report(definition.name, _EMPTY[EnumType], definition.position)
        for value in definition.values.values():
            coordinate = f"{definition.name}.{value.name}"
            self.check_name(value.name, coordinate, value.position)
            if value.directives:
                self.check_applications(value.directives, "ENUM_VALUE", coordinate)

    def check_members(self, definition: UnionType) -> None:
        if not definition.members:
            self.report(definition.name, _EMPTY[UnionType], definition.position)
        elif len(set(definition.members)) != len(definition.members):
            self.report(definition.name, "has one member more than once; keep one", definition.position)

    def check_applications(self, applications: tuple[AppliedDirective, ...], location: str, coordinate: str) -> None:
        seen: set[str] = set()
        for application in applications:
            definition = self.directives.get(application.name)
            if definition is None:
                continue
            if location not in definition.locations:
                problem = f"applies @{application.name}, which may not stand there; remove it"
                self.report(coordinate, problem, application.position)
            if not definition.repeatable and application.name in seen:
                problem = f"applies @{application.name} more than once; keep one"
                self.report(coordinate, problem, application.position)
            seen.add(application.name)
            self.check_arguments(application, definition, coordinate)

    def check_arguments(self, application: AppliedDirective, definition: DirectiveDefinition, coordinate: str) -> None:
        directive = f"applies @{application.name}"
        for name, value in application.arguments.items():
            argument = definition.arguments.get(name)
            if argument is None:
                problem = f"{directive} with the argument {name}, which it doesn't have; remove it"
                self.report(coordinate, problem, application.position)
            elif value is not None and not value_fits(value, argument.type, self.types):
                problem = f"{directive} with a {name} that isn't a {argument.type}; correct it"
                self.report(coordinate, problem, application.position)
        for argument in definition.arguments.values():
            if argument.required and argument.name not in application.arguments:
                problem = f"{directive} without {argument.name}, which is required; give it"
                self.report(coordinate, problem, application.position)

    def check_input_cycles(self) -> None:
        """Report input objects that could never be given, since they require themselves."""
        done: set[str] = set()
        for definition in self.schema.types.values():
            if isinstance(definition, InputObjectType):
                self.follow_required(definition, [], done)

    def follow_required(self, definition: InputObjectType, path: list[str], done: set[str]) -> None:
        if definition.name in done:
            return
        done.add(definition.name)
        path.append(definition.name)
        for field in definition.fields.values():
            ref = field.type
            if not isinstance(ref, NonNullType) or not isinstance(ref.of, NamedType):
                continue
            target = self.schema.types.get(ref.of.name)
            if not isinstance(target, InputObjectType):
                continue
            if target.name in path:
                problem = "requires itself, so that no value fits; make it nullable"
                self.report(f"{definition.name}.{field.name}", problem, field.position)
            else:
                self.follow_required(target, path, done)
        path.pop()
