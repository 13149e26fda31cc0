"""Running plans: what is asked, and what comes of it."""

from __future__ import annotations

import asyncio
import json

from router.query_plan.nodes import (
    ConditionNode,
    ContextInput,
    EntityInput,
    FetchNode,
    ParallelNode,
    Rename,
    RepresentationShape,
    RequiredField,
    RequiredFragment,
    SequenceNode,
)

from .conftest import Run
from .graph import entity_fetch, key, path, places, root_fetch

ME = root_fetch("a", "{ me { __typename id name } }")
ME_ANSWER = {"data": {"me": {"__typename": "User", "id": "1", "name": "Ada"}}}


def entities(*items: object) -> dict[str, object]:
    return {"data": {"_entities": list(items)}}


async def test_the_clients_names_and_order_come_out_and_nothing_else(run: Run) -> None:
    fetch = root_fetch("a", "{ me { id n: name } }")
    result, _ = await run(
        "{ me { n: name id t: __typename } }", fetch, {"a": {"data": {"me": {"id": "1", "n": "Ada"}}}}
    )
    assert result.data == {"me": {"n": "Ada", "id": "1", "t": "User"}}
    assert list(result.data["me"]) == ["n", "id", "t"]
    assert result.errors == []


async def test_an_entity_is_asked_for_by_its_key_and_merged_in_place(run: Run) -> None:
    plan = SequenceNode((ME, entity_fetch("b", "me", "... on User { email }")))
    result, transport = await run("{ me { name email } }", plan, {"a": ME_ANSWER, "b": entities({"email": "a@b"})})
    assert result.data == {"me": {"name": "Ada", "email": "a@b"}}
    assert transport.requests[1][1]["variables"] == {"representations": [{"__typename": "User", "id": "1"}]}


async def test_equal_entities_are_asked_for_once_and_fill_every_place(run: Run) -> None:
    users = [{"__typename": "User", "id": number} for number in ("1", "2", "1")]
    plan = SequenceNode(
        (root_fetch("a", "{ users { __typename id } }"), entity_fetch("b", "users.@", "... on User { email }"))
    )
    answers = {"a": {"data": {"users": [*users, None]}}, "b": entities({"email": "one"}, {"email": "two"})}
    result, transport = await run("{ users { email } }", plan, answers)
    assert result.data == {"users": [{"email": "one"}, {"email": "two"}, {"email": "one"}, None]}
    assert len(transport.requests[1][1]["variables"]["representations"]) == 2


async def test_one_and_true_and_a_string_are_different_keys(run: Run) -> None:
    values = [1, True, "1", 1.5]
    users = [{"__typename": "User", "id": value} for value in values]
    plan = SequenceNode(
        (root_fetch("a", "{ users { __typename id } }"), entity_fetch("b", "users.@", "... on User { name }"))
    )
    answers = {"a": {"data": {"users": users}}, "b": entities(*({"name": repr(value)} for value in values))}
    result, transport = await run("{ users { name } }", plan, answers)
    assert result.data == {"users": [{"name": repr(value)} for value in values]}
    assert [item["id"] for item in transport.requests[1][1]["variables"]["representations"]] == values


async def test_nothing_is_asked_where_there_is_no_entity(run: Run) -> None:
    plan = SequenceNode((ME, entity_fetch("b", "me", "... on User { team }")))
    result, transport = await run("{ me { team } }", plan, {"a": {"data": {"me": None}}, "b": failing_if_asked})
    assert result.data == {"me": None}
    assert len(transport.requests) == 1
    assert result.errors == []


def failing_if_asked(body: object) -> object:
    raise AssertionError(f"asked: {body}")


async def test_an_entity_that_is_not_found_leaves_nulls_without_an_error(run: Run) -> None:
    plan = SequenceNode((ME, entity_fetch("b", "me", "... on User { team }")))
    result, _ = await run("{ me { name team } }", plan, {"a": ME_ANSWER, "b": entities(None)})
    assert result.data == {"me": {"name": "Ada", "team": None}}
    assert result.errors == []


async def test_a_null_key_is_not_sent_but_a_partly_null_one_is(run: Run) -> None:
    shape = RepresentationShape(("User",), (key("id", non_null=False), key("name", non_null=False)))
    users = [
        {"__typename": "User", "id": None, "name": None},
        {"__typename": "User", "id": "1", "name": None},
        {"__typename": "User", "id": "2", "name": "Bo"},
    ]
    plan = SequenceNode(
        (
            root_fetch("a", "{ users { __typename id name } }"),
            entity_fetch("b", "users.@", "... on User { team }", shapes=(shape,)),
        )
    )
    answers = {"a": {"data": {"users": users}}, "b": entities({"team": "x"}, {"team": "y"})}
    result, transport = await run("{ users { team } }", plan, answers)
    assert result.data == {"users": [{"team": None}, {"team": "x"}, {"team": "y"}]}
    assert transport.requests[1][1]["variables"]["representations"] == [
        {"__typename": "User", "id": "1", "name": None},
        {"__typename": "User", "id": "2", "name": "Bo"},
    ]


async def test_a_null_where_the_target_wants_a_value_is_not_sent(run: Run) -> None:
    required = key("name", key=False)
    shape = RepresentationShape(("User",), (key("id"), required))
    plan = SequenceNode((ME, entity_fetch("b", "me", "... on User { team }", shapes=(shape,))))
    me = {"data": {"me": {"__typename": "User", "id": "1", "name": None}}}
    result, transport = await run("{ me { team } }", plan, {"a": me, "b": failing_if_asked})
    assert result.data == {"me": {"team": None}}
    assert len(transport.requests) == 1


async def test_representations_are_nested_renamed_and_by_type(run: Run) -> None:
    shape = RepresentationShape(
        ("User",),
        (
            key("id"),
            RequiredField(
                "address",
                "_address",
                (RequiredField("city", "city"), RequiredFragment(("Address",), (RequiredField("street", "street"),))),
                key=False,
            ),
            RequiredFragment(("Other",), (key("name"),)),
        ),
    )
    me = {
        "__typename": "User",
        "id": "1",
        "_address": {"__typename": "Address", "city": "Rome", "street": "Via", "extra": 1},
    }
    plan = SequenceNode(
        (root_fetch("a", "{ me { id } }"), entity_fetch("b", "me", "... on User { team }", shapes=(shape,)))
    )
    _, transport = await run("{ me { team } }", plan, {"a": {"data": {"me": me}}, "b": entities({"team": "x"})})
    assert transport.requests[1][1]["variables"]["representations"] == [
        {"__typename": "User", "id": "1", "address": {"city": "Rome", "street": "Via"}}
    ]


async def test_an_interface_object_is_asked_for_by_the_interfaces_name(run: Run) -> None:
    shape = RepresentationShape(("Media", "Book", "Film"), (key(),), typename="Media")
    fetch = entity_fetch("b", "media", "... on Media { title }", shapes=(shape,))
    plan = SequenceNode((root_fetch("a", "{ media { __typename id } }"), fetch))
    answers = {
        "a": {"data": {"media": {"__typename": "Book", "id": "1"}}},
        "b": entities({"__typename": "Media", "title": "T"}),
    }
    result, transport = await run("{ media { __typename title } }", plan, answers)
    assert result.data == {"media": {"__typename": "Book", "title": "T"}}
    assert transport.requests[1][1]["variables"]["representations"][0]["__typename"] == "Media"


async def test_the_concrete_type_is_learnt_where_only_the_object_form_was_known(run: Run) -> None:
    shape = RepresentationShape(("Media",), (key(),), typename="Media")
    fetch = entity_fetch("b", "media", "... on Media { __typename ... on Film { minutes } }", shapes=(shape,))
    plan = SequenceNode((root_fetch("a", "{ media { __typename id } }"), fetch))
    answers = {
        "a": {"data": {"media": {"__typename": "Media", "id": "1", "title": "T"}}},
        "b": entities({"__typename": "Film", "minutes": 90}),
    }
    query = "{ media { __typename title ... on Film { minutes } ... on Book { pages } } }"
    result, _ = await run(query, plan, answers)
    assert result.data == {"media": {"__typename": "Film", "title": "T", "minutes": 90}}


async def test_value_types_of_several_subgraphs_are_merged_deeply(run: Run) -> None:
    fetches = ParallelNode(
        (root_fetch("a", "{ me { address { street } } }"), root_fetch("b", "{ me { address { city } } }", id=1))
    )
    answers = {
        "a": {"data": {"me": {"address": {"street": "Via"}, "friends": [{"name": "x"}, None]}}},
        "b": {"data": {"me": {"address": {"city": "Rome"}, "friends": [{"age": 1}, None]}}},
    }
    result, _ = await run("{ me { address { street city } friends { name age } } }", fetches, answers)
    friends = [{"name": "x", "age": 1}, None]
    assert result.data == {"me": {"address": {"street": "Via", "city": "Rome"}, "friends": friends}}


async def test_several_places_and_inputs_share_one_request(run: Run) -> None:
    shape = RepresentationShape(("User",), (key(),))
    fetch = FetchNode(
        id=1,
        service="b",
        operation="query($r: [_Any!]!, $s: [_Any!]!) { a: _entities(representations: $r) { ... on User { team } } "
        "b: _entities(representations: $s) { ... on User { name } } }",
        inputs=(
            EntityInput("a", "r", (path("me"), path("me.best")), (shape,)),
            EntityInput("b", "s", (path("me.friends.@"),), (shape,)),
        ),
    )
    me = {
        "__typename": "User",
        "id": "1",
        "best": {"__typename": "User", "id": "1"},
        "friends": [{"__typename": "User", "id": "2"}],
    }
    plan = SequenceNode((root_fetch("a", "{ me { id } }"), fetch))
    answers = {"a": {"data": {"me": me}}, "b": {"data": {"a": [{"team": "t"}], "b": [{"name": "n"}]}}}
    result, transport = await run("{ me { team best { team } friends { name } } }", plan, answers)
    assert result.data == {"me": {"team": "t", "best": {"team": "t"}, "friends": [{"name": "n"}]}}
    assert len(transport.requests) == 2


async def test_an_input_without_entities_is_sent_empty_beside_another(run: Run) -> None:
    shape = RepresentationShape(("User",), (key(),))
    fetch = FetchNode(
        id=1,
        service="b",
        operation="query($r: [_Any!]!, $s: [_Any!]!) { a: _entities(representations: $r) { ... on User { team } } "
        "b: _entities(representations: $s) { ... on User { name } } }",
        inputs=(EntityInput("a", "r", (path("me"),), (shape,)), EntityInput("b", "s", (path("me.best"),), (shape,))),
    )
    me = {"__typename": "User", "id": "1", "best": None}
    plan = SequenceNode((root_fetch("a", "{ me { id } }"), fetch))
    answers = {"a": {"data": {"me": me}}, "b": {"data": {"a": [{"team": "t"}], "b": []}}}
    result, transport = await run("{ me { team best { name } } }", plan, answers)
    assert result.data == {"me": {"team": "t", "best": None}}
    assert transport.requests[1][1]["variables"]["s"] == []


async def test_an_answer_at_two_places_is_not_shared_between_them(run: Run) -> None:
    """A later fetch that writes at one place only must not show at the other."""
    first = entity_fetch("b", ("me", "me.best"), "... on User { address { __typename city } }")
    later = entity_fetch("c", "me", "... on User { address { city: street } }", id=2)
    me = {"__typename": "User", "id": "1", "best": {"__typename": "User", "id": "1"}}
    answers = {
        "a": {"data": {"me": me}},
        "b": entities({"address": {"city": "Rome"}}),
        "c": entities({"address": {"street": "Via"}}),
    }
    plan = SequenceNode((root_fetch("a", "{ me { id } }"), first, later))
    query = "{ me { address { city street } best { address { city street } } } }"
    result, _ = await run(query, plan, answers)
    assert result.data == {
        "me": {
            "address": {"city": "Rome", "street": "Via"},
            "best": {"address": {"city": "Rome", "street": None}},
        }
    }


async def test_renames_give_the_clients_name_back(run: Run) -> None:
    renames = (Rename(path("things.@|Film"), "_title", "title"),)
    fetch = root_fetch(
        "a", "{ things: media { __typename ... on Book { title } ... on Film { _title: title } } }", renames=renames
    )
    media = [{"__typename": "Book", "title": "B"}, {"__typename": "Film", "_title": "F"}]
    result, _ = await run("{ things { id } }", fetch, {"a": {"data": {"things": media}}})
    assert result.data is None  # ``Thing.id`` is missing: the shape is wrong for the client, and that is found

    renames = (Rename(path("media|Film"), "_title", "title"),)
    fetch = root_fetch("a", "{ media { __typename ... on Film { _title: title } } }", renames=renames)
    answers = {"a": {"data": {"media": {"__typename": "Film", "_title": "F"}}}}
    result, _ = await run("{ media { title } }", fetch, answers)
    assert result.data == {"media": {"title": "F"}}


async def test_renames_of_entities_start_at_the_entity_and_may_swap(run: Run) -> None:
    renames = (Rename((), "team", "name"), Rename((), "name", "team"))
    plan = SequenceNode(
        (root_fetch("a", "{ me { id } }"), entity_fetch("b", "me", "... on User { x }", renames=renames))
    )
    me = {"data": {"me": {"__typename": "User", "id": "1"}}}
    answers = {"a": me, "b": entities({"team": "is name", "name": "is team"})}
    result, _ = await run("{ me { name team } }", plan, answers)
    assert result.data == {"me": {"name": "is name", "team": "is team"}}


async def test_conditions_choose_what_is_fetched(run: Run) -> None:
    plan = ConditionNode("yes", root_fetch("a", "{ me { name } }"), root_fetch("b", "{ me { name } }"))
    answers = {"a": {"data": {"me": {"name": "a"}}}, "b": {"data": {"me": {"name": "b"}}}}
    query = "query($yes: Boolean!) { me { name @include(if: $yes) team @skip(if: $yes) } }"
    result, transport = await run(query, plan, answers, {"yes": True})
    assert result.data == {"me": {"name": "a"}}
    assert [name for name, _ in transport.requests] == ["a"]
    result, transport = await run(query, plan, answers, {"yes": False})
    assert result.data == {"me": {"team": None}}
    assert [name for name, _ in transport.requests] == ["b"]


async def test_only_the_variables_that_a_fetch_uses_are_sent(run: Run) -> None:
    fetch = root_fetch("a", "query($x: Int) { me { name } }", variables=("x", "unset"))
    _, transport = await run("{ me { name } }", fetch, {"a": {"data": {"me": None}}}, {"x": 1, "y": 2})
    assert transport.requests[0][1]["variables"] == {"x": 1}


async def test_different_context_values_go_in_different_requests(run: Run) -> None:
    context = ContextInput("ctx", "String", 2, (RequiredField("team", "team"),))
    fetch = entity_fetch("b", "users.@.best", "... on User { name(c: $ctx) }", contexts=(context,))
    users = [
        {"team": "x", "best": {"__typename": "User", "id": "1"}},
        {"team": "y", "best": {"__typename": "User", "id": "1"}},
        {"team": "x", "best": {"__typename": "User", "id": "2"}},
    ]

    def answer(body: dict[str, dict[str, list[dict[str, str]]]]) -> object:
        context = body["variables"]["ctx"]
        return entities(*({"name": f"{context}{item['id']}"} for item in body["variables"]["representations"]))

    plan = SequenceNode((root_fetch("a", "{ users { id } }"), fetch))
    result, transport = await run("{ users { best { name } } }", plan, {"a": {"data": {"users": users}}, "b": answer})
    assert result.data == {"users": [{"best": {"name": name}} for name in ("x1", "y1", "x2")]}
    assert len(transport.requests) == 3


async def test_parallel_fetches_are_under_way_at_once(run: Run) -> None:
    started: list[str] = []

    plan = ParallelNode((root_fetch("a", "{ me { name } }"), root_fetch("b", "{ users { name } }", id=1)))
    both = asyncio.Event()

    def note(name: str, data: object) -> object:
        def answer(body: object) -> object:
            started.append(name)
            if len(started) == 2:
                both.set()
            return {"data": data}

        return answer

    answers = {"a": note("a", {"me": None}), "b": note("b", {"users": []})}
    result, _ = await run("{ me { name } users { name } }", plan, answers)
    assert both.is_set()
    assert result.data == {"me": None, "users": []}


async def test_a_mutations_fields_run_one_after_another(run: Run) -> None:
    order: list[str] = []

    def note(name: str, data: object) -> object:
        def answer(body: object) -> object:
            order.append(name)
            return {"data": data}

        return answer

    plan = SequenceNode(
        (
            root_fetch("a", "mutation { first }", kind="mutation"),
            root_fetch("b", "mutation { second }", kind="mutation", id=1),
        )
    )
    answers = {"a": note("a", {"first": 1}), "b": note("b", {"second": 2})}
    result, _ = await run("mutation { first second }", plan, answers)
    assert order == ["a", "b"]
    assert result.data == {"first": 1, "second": 2}


async def test_a_plan_without_fetches_answers_by_itself(run: Run) -> None:
    result, _ = await run("{ __typename }", None, {})
    assert result.data == {"__typename": "Query"}


async def test_the_deadline_is_kept(run: Run) -> None:
    loop = asyncio.get_running_loop()
    result, transport = await run("{ me { name } }", ME, {"a": ME_ANSWER}, deadline=loop.time() - 1)
    assert transport.requests == []
    assert result.data == {"me": None}
    assert places(result) == [["me"]]
    assert result.errors[0].extensions["code"] == "SUBREQUEST_TIMEOUT"


async def test_equal_entities_under_parents_of_two_types_may_be_asked_for_different_things(run: Run) -> None:
    """Both have one response name for different fields, which GraphQL allows below different types."""
    nodes = [{"__typename": "User", "id": "1", "best": {"__typename": "User", "id": "9"}} for _ in range(2)]
    nodes[1]["__typename"] = "Guest"
    both = entity_fetch("b", "users.@.best", "... on User { team }")
    first = entity_fetch("c", "users.@|User.best", "... on User { name: one }", id=2)
    second = entity_fetch("d", "users.@|Guest.best", "... on User { name: two }", id=3)
    plan = SequenceNode((root_fetch("a", "{ users { id } }"), both, ParallelNode((first, second))))
    answers = {
        "a": {"data": {"users": nodes}},
        "b": entities({"team": "t"}),
        "c": entities({"name": "one"}),
        "d": entities({"name": "two"}),
    }
    query = "{ users { id best { team name } } }"
    result, _ = await run(query, plan, answers)
    # ``Guest`` isn't a type of this schema, so the second is told to be wrong; what matters is the first.
    expected = {"users": [{"id": "1", "best": {"team": "t", "name": "one"}}, None]}
    assert result.data == expected
    plan = SequenceNode((root_fetch("a", "{ users { id } }"), both, ParallelNode((second, first))))
    result, _ = await run(query, plan, json.loads(json.dumps(answers)))
    assert result.data == expected
