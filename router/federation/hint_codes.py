"""The registry of hint codes: what composition remarks, each with its level and its one-line meaning."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class HintLevel(IntEnum):
    """How much a hint matters."""

    DEBUG = 20
    INFO = 40
    WARN = 60


class HintCode(StrEnum):
    """What composition remarks about subgraphs that compose. ``meaning`` is one line for people."""

    meaning: str
    level: HintLevel

    def __new__(cls, code: str, level: HintLevel, meaning: str) -> HintCode:
        member = str.__new__(cls, code)
        member._value_ = code
        member.level = level
        member.meaning = meaning
        return member

    INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE = (
        "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE",
        HintLevel.INFO,
        "A field has different types that could be merged.",
    )
    INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE = (
        "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE",
        HintLevel.INFO,
        "An argument or input field has different types that could be merged.",
    )
    INCONSISTENT_DEFAULT_VALUE_PRESENCE = (
        "INCONSISTENT_DEFAULT_VALUE_PRESENCE",
        HintLevel.WARN,
        "A default value stands in some subgraphs only, so the supergraph has none.",
    )
    INCONSISTENT_ENTITY = (
        "INCONSISTENT_ENTITY",
        HintLevel.INFO,
        "A type is an entity in some of its subgraphs only.",
    )
    INCONSISTENT_OBJECT_VALUE_TYPE_FIELD = (
        "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD",
        HintLevel.DEBUG,
        "A field of a value type stands in some of its subgraphs only.",
    )
    INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD = (
        "INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD",
        HintLevel.DEBUG,
        "A field of an interface stands in some of its subgraphs only.",
    )
    INCONSISTENT_INPUT_OBJECT_FIELD = (
        "INCONSISTENT_INPUT_OBJECT_FIELD",
        HintLevel.WARN,
        "An input field stands in some subgraphs only, so the supergraph leaves it out.",
    )
    INCONSISTENT_UNION_MEMBER = (
        "INCONSISTENT_UNION_MEMBER",
        HintLevel.DEBUG,
        "A member of a union stands in some of its subgraphs only.",
    )
    INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM = (
        "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM",
        HintLevel.WARN,
        "A value of an input enum stands in some subgraphs only, so the supergraph leaves it out.",
    )
    INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM = (
        "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM",
        HintLevel.DEBUG,
        "A value of an output enum stands in some of its subgraphs only.",
    )
    INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE = (
        "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE",
        HintLevel.DEBUG,
        "A type system directive is repeatable in some subgraphs only.",
    )
    INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS = (
        "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS",
        HintLevel.DEBUG,
        "A type system directive has different locations.",
    )
    INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE = (
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE",
        HintLevel.WARN,
        "An executable directive stands in some subgraphs only, so the supergraph leaves it out.",
    )
    INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE = (
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE",
        HintLevel.WARN,
        "An executable directive is repeatable in some subgraphs only, so that the supergraph's isn't.",
    )
    INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS = (
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS",
        HintLevel.WARN,
        "An executable directive has different locations; the supergraph keeps the common ones.",
    )
    NO_EXECUTABLE_DIRECTIVE_INTERSECTION = (
        "NO_EXECUTABLE_DIRECTIVE_INTERSECTION",
        HintLevel.WARN,
        "An executable directive has no location that all subgraphs share, so the supergraph leaves it out.",
    )
    INCONSISTENT_DESCRIPTION = (
        "INCONSISTENT_DESCRIPTION",
        HintLevel.WARN,
        "An element has different descriptions; the supergraph keeps one.",
    )
    INCONSISTENT_ARGUMENT_PRESENCE = (
        "INCONSISTENT_ARGUMENT_PRESENCE",
        HintLevel.WARN,
        "An optional argument stands in some subgraphs only, so the supergraph leaves it out.",
    )
    INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS = (
        "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS",
        HintLevel.WARN,
        "A non-repeatable directive is applied with different arguments; the supergraph keeps one application.",
    )
    MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS = (
        "MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS",
        HintLevel.INFO,
        "A non-repeatable directive is applied with different arguments, which the supergraph combines.",
    )
    INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN = (
        "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN",
        HintLevel.WARN,
        "A @shareable field returns different object types in its subgraphs.",
    )
    FROM_SUBGRAPH_DOES_NOT_EXIST = (
        "FROM_SUBGRAPH_DOES_NOT_EXIST",
        HintLevel.WARN,
        "An @override names a subgraph that isn't there.",
    )
    OVERRIDDEN_FIELD_CAN_BE_REMOVED = (
        "OVERRIDDEN_FIELD_CAN_BE_REMOVED",
        HintLevel.INFO,
        "A field is overridden by another subgraph and no longer used.",
    )
    OVERRIDE_DIRECTIVE_CAN_BE_REMOVED = (
        "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED",
        HintLevel.INFO,
        "The field that an @override moved is gone from its old subgraph.",
    )
    OVERRIDE_MIGRATION_IN_PROGRESS = (
        "OVERRIDE_MIGRATION_IN_PROGRESS",
        HintLevel.INFO,
        "A field moves between subgraphs by a labelled @override.",
    )
    UNUSED_ENUM_TYPE = (
        "UNUSED_ENUM_TYPE",
        HintLevel.DEBUG,
        "An enum is used by nothing, so that all its values are kept.",
    )
    DIRECTIVE_COMPOSITION_INFO = (
        "DIRECTIVE_COMPOSITION_INFO",
        HintLevel.INFO,
        "Something about a @composeDirective is worth knowing.",
    )
    DIRECTIVE_COMPOSITION_WARN = (
        "DIRECTIVE_COMPOSITION_WARN",
        HintLevel.WARN,
        "A @composeDirective may not do what was meant.",
    )
    IMPLICITLY_UPGRADED_FEDERATION_VERSION = (
        "IMPLICITLY_UPGRADED_FEDERATION_VERSION",
        HintLevel.INFO,
        "A subgraph links an older federation than a directive of another subgraph needs.",
    )
    CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS = (
        "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
        HintLevel.INFO,
        "An argument is filled from a context in some subgraphs only, so the supergraph leaves it out.",
    )
