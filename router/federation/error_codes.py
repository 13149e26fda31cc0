"""The registry of error codes: why subgraphs do not compose, each with its one-line meaning."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Why subgraphs do not compose. ``meaning`` is one line for people."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> ErrorCode:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    # GraphQL and links
    INVALID_GRAPHQL = "INVALID_GRAPHQL", "A schema breaks a rule of the GraphQL specification."
    DIRECTIVE_DEFINITION_INVALID = (
        "DIRECTIVE_DEFINITION_INVALID",
        "A subgraph defines a federation directive in a way that its specification doesn't allow.",
    )
    TYPE_DEFINITION_INVALID = (
        "TYPE_DEFINITION_INVALID",
        "A subgraph defines a federation type in a way that its specification doesn't allow.",
    )
    UNSUPPORTED_LINKED_FEATURE = (
        "UNSUPPORTED_LINKED_FEATURE",
        "A schema links a feature with a purpose that composition can't honour.",
    )
    UNSUPPORTED_FEATURE = "UNSUPPORTED_FEATURE", "A schema uses a feature that federation doesn't support."
    UNKNOWN_FEDERATION_LINK_VERSION = (
        "UNKNOWN_FEDERATION_LINK_VERSION",
        "A schema links a version of federation that composition doesn't know.",
    )
    UNKNOWN_LINK_VERSION = "UNKNOWN_LINK_VERSION", "A schema links a version of @link that composition doesn't know."
    INVALID_LINK_DIRECTIVE_USAGE = "INVALID_LINK_DIRECTIVE_USAGE", "An application of @link or @core is malformed."
    INVALID_LINK_IDENTIFIER = "INVALID_LINK_IDENTIFIER", "A @link url doesn't name a feature and a version."
    LINK_IMPORT_NAME_MISMATCH = (
        "LINK_IMPORT_NAME_MISMATCH",
        "One directive is imported under different names by several subgraphs.",
    )
    INVALID_SUBGRAPH_NAME = "INVALID_SUBGRAPH_NAME", "A subgraph's name can't be used."
    DIRECTIVE_COMPOSITION_ERROR = "DIRECTIVE_COMPOSITION_ERROR", "A @composeDirective can't be honoured."

    # Field sets
    KEY_FIELDS_HAS_ARGS = "KEY_FIELDS_HAS_ARGS", "A @key selects a field that takes arguments."
    PROVIDES_FIELDS_HAS_ARGS = "PROVIDES_FIELDS_HAS_ARGS", "A @provides selects a field that takes arguments."
    KEY_INVALID_FIELDS = "KEY_INVALID_FIELDS", "The field set of a @key isn't a valid selection of its type."
    REQUIRES_INVALID_FIELDS = (
        "REQUIRES_INVALID_FIELDS",
        "The field set of a @requires isn't a valid selection of its type.",
    )
    PROVIDES_INVALID_FIELDS = (
        "PROVIDES_INVALID_FIELDS",
        "The field set of a @provides isn't a valid selection of the field's type.",
    )
    KEY_INVALID_FIELDS_TYPE = "KEY_INVALID_FIELDS_TYPE", "The fields argument of a @key isn't a string."
    REQUIRES_INVALID_FIELDS_TYPE = "REQUIRES_INVALID_FIELDS_TYPE", "The fields argument of a @requires isn't a string."
    PROVIDES_INVALID_FIELDS_TYPE = "PROVIDES_INVALID_FIELDS_TYPE", "The fields argument of a @provides isn't a string."
    KEY_DIRECTIVE_IN_FIELDS_ARG = "KEY_DIRECTIVE_IN_FIELDS_ARG", "The field set of a @key applies a directive."
    REQUIRES_DIRECTIVE_IN_FIELDS_ARG = (
        "REQUIRES_DIRECTIVE_IN_FIELDS_ARG",
        "The field set of a @requires applies a directive.",
    )
    PROVIDES_DIRECTIVE_IN_FIELDS_ARG = (
        "PROVIDES_DIRECTIVE_IN_FIELDS_ARG",
        "The field set of a @provides applies a directive.",
    )
    KEY_UNSUPPORTED_ON_INTERFACE = (
        "KEY_UNSUPPORTED_ON_INTERFACE",
        "A @key stands on an interface before federation 2.3.",
    )
    REQUIRES_UNSUPPORTED_ON_INTERFACE = (
        "REQUIRES_UNSUPPORTED_ON_INTERFACE",
        "A @requires stands on a field of an interface.",
    )
    PROVIDES_UNSUPPORTED_ON_INTERFACE = (
        "PROVIDES_UNSUPPORTED_ON_INTERFACE",
        "A @provides stands on a field of an interface.",
    )
    REQUIRES_FIELDS_MISSING_EXTERNAL = (
        "REQUIRES_FIELDS_MISSING_EXTERNAL",
        "A @requires selects a field that isn't @external.",
    )
    PROVIDES_FIELDS_MISSING_EXTERNAL = (
        "PROVIDES_FIELDS_MISSING_EXTERNAL",
        "A @provides selects a field that isn't @external.",
    )
    KEY_FIELDS_SELECT_INVALID_TYPE = "KEY_FIELDS_SELECT_INVALID_TYPE", "A @key selects a union or an interface."
    PROVIDES_ON_NON_OBJECT_FIELD = (
        "PROVIDES_ON_NON_OBJECT_FIELD",
        "A @provides stands on a field whose type isn't composite.",
    )

    # External
    EXTERNAL_UNUSED = "EXTERNAL_UNUSED", "An @external field is used by no @key, @requires, @provides or interface."
    EXTERNAL_ON_INTERFACE = "EXTERNAL_ON_INTERFACE", "A field of an interface is @external."
    EXTERNAL_TYPE_MISMATCH = (
        "EXTERNAL_TYPE_MISMATCH",
        "An @external field has another type than where it is resolved.",
    )
    EXTERNAL_ARGUMENT_MISSING = (
        "EXTERNAL_ARGUMENT_MISSING",
        "An @external field lacks an argument that it has where it is resolved.",
    )
    EXTERNAL_ARGUMENT_TYPE_MISMATCH = (
        "EXTERNAL_ARGUMENT_TYPE_MISMATCH",
        "An argument of an @external field has another type than where the field is resolved.",
    )
    EXTERNAL_ARGUMENT_DEFAULT_MISMATCH = (
        "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH",
        "An argument of an @external field has another default than where the field is resolved.",
    )
    EXTERNAL_MISSING_ON_BASE = "EXTERNAL_MISSING_ON_BASE", "An @external field is resolved by no subgraph."
    EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE = (
        "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE",
        "An @external field also bears a directive that only a resolver can honour.",
    )
    TYPE_WITH_ONLY_UNUSED_EXTERNAL = (
        "TYPE_WITH_ONLY_UNUSED_EXTERNAL",
        "A Federation 1 type has nothing but unused @external fields.",
    )
    MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL = (
        "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL",
        "An @external field bears a directive that composition merges.",
    )

    # Roots
    ROOT_QUERY_USED = "ROOT_QUERY_USED", "A type named Query isn't the query root."
    ROOT_MUTATION_USED = "ROOT_MUTATION_USED", "A type named Mutation isn't the mutation root."
    ROOT_SUBSCRIPTION_USED = "ROOT_SUBSCRIPTION_USED", "A type named Subscription isn't the subscription root."
    NO_QUERIES = "NO_QUERIES", "No subgraph has a query."

    # Merge
    TYPE_KIND_MISMATCH = "TYPE_KIND_MISMATCH", "A type has different kinds in several subgraphs."
    FIELD_TYPE_MISMATCH = "FIELD_TYPE_MISMATCH", "A field has types in several subgraphs that can't be merged."
    FIELD_ARGUMENT_TYPE_MISMATCH = (
        "FIELD_ARGUMENT_TYPE_MISMATCH",
        "An argument has types in several subgraphs that can't be merged.",
    )
    FIELD_ARGUMENT_DEFAULT_MISMATCH = (
        "FIELD_ARGUMENT_DEFAULT_MISMATCH",
        "An argument has different defaults in several subgraphs.",
    )
    INPUT_FIELD_DEFAULT_MISMATCH = (
        "INPUT_FIELD_DEFAULT_MISMATCH",
        "An input field has different defaults in several subgraphs.",
    )
    REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH = (
        "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
        "An argument is required in one subgraph and missing in another.",
    )
    REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH = (
        "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
        "An input field is required in one subgraph and missing in another.",
    )
    EMPTY_MERGED_INPUT_TYPE = "EMPTY_MERGED_INPUT_TYPE", "An input type has no field that all its subgraphs have."
    EMPTY_MERGED_ENUM_TYPE = "EMPTY_MERGED_ENUM_TYPE", "An enum has no value that all its subgraphs have."
    ENUM_VALUE_MISMATCH = (
        "ENUM_VALUE_MISMATCH",
        "An enum used as input and as output has different values in several subgraphs.",
    )
    EXTENSION_WITH_NO_BASE = "EXTENSION_WITH_NO_BASE", "A type is extended but defined by no subgraph."
    INTERFACE_FIELD_NO_IMPLEM = (
        "INTERFACE_FIELD_NO_IMPLEM",
        "A type lacks a field of an interface that it implements, once all subgraphs are merged.",
    )
    INVALID_FIELD_SHARING = "INVALID_FIELD_SHARING", "Several subgraphs resolve a field that not all mark @shareable."
    INVALID_SHAREABLE_USAGE = "INVALID_SHAREABLE_USAGE", "A field can't be @shareable where it stands."
    SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES = (
        "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES",
        "A @shareable field can't return the same object types in all its subgraphs.",
    )

    # Inaccessible
    REFERENCED_INACCESSIBLE = "REFERENCED_INACCESSIBLE", "A visible element refers to an @inaccessible one."
    DISALLOWED_INACCESSIBLE = "DISALLOWED_INACCESSIBLE", "An element that can't be hidden is @inaccessible."
    IMPLEMENTED_BY_INACCESSIBLE = (
        "IMPLEMENTED_BY_INACCESSIBLE",
        "An @inaccessible field or argument implements a visible one of an interface.",
    )
    QUERY_ROOT_TYPE_INACCESSIBLE = "QUERY_ROOT_TYPE_INACCESSIBLE", "The query root is @inaccessible."
    REQUIRED_INACCESSIBLE = "REQUIRED_INACCESSIBLE", "A required argument or input field is @inaccessible."
    DEFAULT_VALUE_USES_INACCESSIBLE = (
        "DEFAULT_VALUE_USES_INACCESSIBLE",
        "A visible default value uses an @inaccessible element.",
    )
    ONLY_INACCESSIBLE_CHILDREN = "ONLY_INACCESSIBLE_CHILDREN", "A visible type has nothing visible in it."

    # Override
    OVERRIDE_FROM_SELF_ERROR = "OVERRIDE_FROM_SELF_ERROR", "A field overrides its own subgraph."
    OVERRIDE_SOURCE_HAS_OVERRIDE = "OVERRIDE_SOURCE_HAS_OVERRIDE", "A field that is overridden has an @override itself."
    OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE = (
        "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
        "An @override meets a directive on the same field that forbids it.",
    )
    OVERRIDE_ON_INTERFACE = "OVERRIDE_ON_INTERFACE", "An @override stands on a field of an interface."
    OVERRIDE_LABEL_INVALID = "OVERRIDE_LABEL_INVALID", "The label of an @override is malformed."

    # Interface objects
    INTERFACE_OBJECT_USAGE_ERROR = "INTERFACE_OBJECT_USAGE_ERROR", "An @interfaceObject is used where it can't be."
    INTERFACE_KEY_NOT_ON_IMPLEMENTATION = (
        "INTERFACE_KEY_NOT_ON_IMPLEMENTATION",
        "An implementation lacks a @key of its interface.",
    )
    INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE = (
        "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE",
        "A subgraph with a @key on an interface lacks one of its implementations.",
    )

    # Context
    CONTEXT_NOT_SET = "CONTEXT_NOT_SET", "A @fromContext names a context that no type sets."
    CONTEXT_NAME_INVALID = "CONTEXT_NAME_INVALID", "A context's name is malformed."
    CONTEXT_INVALID_SELECTION = "CONTEXT_INVALID_SELECTION", "The selection of a @fromContext can't be used."
    CONTEXT_NO_RESOLVABLE_KEY = (
        "CONTEXT_NO_RESOLVABLE_KEY",
        "A type with a contextual argument has no @key by which it can be reached.",
    )
    NO_CONTEXT_IN_SELECTION = "NO_CONTEXT_IN_SELECTION", "A @fromContext doesn't name a context."
    CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS = (
        "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
        "An argument is filled from a context in one subgraph and required in another.",
    )

    # Cost and authorisation
    COST_APPLIED_TO_INTERFACE_FIELD = "COST_APPLIED_TO_INTERFACE_FIELD", "A @cost stands on a field of an interface."
    LIST_SIZE_APPLIED_TO_NON_LIST = "LIST_SIZE_APPLIED_TO_NON_LIST", "A @listSize stands on a field that isn't a list."
    LIST_SIZE_INVALID_ASSUMED_SIZE = "LIST_SIZE_INVALID_ASSUMED_SIZE", "The assumed size of a @listSize is negative."
    LIST_SIZE_INVALID_SLICING_ARGUMENT = (
        "LIST_SIZE_INVALID_SLICING_ARGUMENT",
        "A slicing argument of a @listSize isn't an integer argument of the field.",
    )
    LIST_SIZE_INVALID_SIZED_FIELD = (
        "LIST_SIZE_INVALID_SIZED_FIELD",
        "A sized field of a @listSize isn't a list field of the field's type.",
    )
    AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE = (
        "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE",
        "An access requirement stands on an interface, one of its fields, or an interface object.",
    )
    MISSING_TRANSITIVE_AUTH_REQUIREMENTS = (
        "MISSING_TRANSITIVE_AUTH_REQUIREMENTS",
        "A field uses data of another field without asking for the access that it requires.",
    )

    # Other
    SATISFIABILITY_ERROR = "SATISFIABILITY_ERROR", "An operation on the supergraph can't be answered by the subgraphs."
    MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED = (
        "MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED",
        "There are too many paths to check that every operation can be answered.",
    )
    INVALID_FEDERATION_SUPERGRAPH = "INVALID_FEDERATION_SUPERGRAPH", "A document isn't a federation supergraph."
    DOWNSTREAM_SERVICE_ERROR = "DOWNSTREAM_SERVICE_ERROR", "A subgraph's schema can't be fetched from its service."
