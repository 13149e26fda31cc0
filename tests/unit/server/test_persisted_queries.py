"""Automatic persisted queries: what clients send, what they get, and what is remembered."""

import hashlib
import json
from typing import Any

import pytest

from tests.unit.server.test_graphql_over_http import GRAPHQL, URL, Client, error_code

QUERY = "{ ok }"


def hash_of(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


def body(document: str | None, sha256: str | None = None, version: object = 1) -> bytes:
    extension = {"version": version, "sha256Hash": hash_of(document or QUERY) if sha256 is None else sha256}
    query = {} if document is None else {"query": document}
    return json.dumps({**query, "extensions": {"persistedQuery": extension}}).encode()


def settings(**in_memory: Any) -> str:
    return f"apq: {{router: {{cache: {{in_memory: {json.dumps(in_memory)}}}}}}}"


async def knows(client: Client, document: str) -> bool:
    response = await client.post(body(None, hash_of(document)))
    return "data" in response.json()


@pytest.mark.parametrize(
    ("accept", "status"), [("*/*", 200), ("application/json", 200), (f"{GRAPHQL}, application/json;q=0.9", 400)]
)
async def test_a_hash_is_asked_about_then_sent_with_its_document_then_enough(accept: str, status: int) -> None:
    client = Client()
    unknown = await client.post(body(None), accept=accept)
    assert (unknown.status_code, error_code(unknown)) == (status, "PERSISTED_QUERY_NOT_FOUND")
    # Clients know this word.
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert client.pipelines[0].requests == []
    for sent in (body(QUERY), body(None)):
        assert (await client.post(sent, accept=accept)).json() == {"data": {"ok": True}}
    assert [request.query for request in client.pipelines[0].requests] == [QUERY, QUERY]


async def test_by_get() -> None:
    client = Client()
    extensions = json.loads(body(None))["extensions"]
    await client.post(body(QUERY))
    response = await client.http.get(URL, params={"extensions": json.dumps(extensions), "operationName": "A"})
    assert response.json() == {"data": {"ok": True}}
    request = client.pipelines[0].requests[-1]
    assert (request.query, request.operation_name, request.read_only) == (QUERY, "A", True)


async def test_a_hash_of_another_document_is_refused_and_not_remembered() -> None:
    client = Client()
    for document in ("{ other }", "{ another }"):
        response = await client.post(body(document, hash_of(QUERY)))
        assert (response.status_code, error_code(response)) == (400, "PERSISTED_QUERY_HASH_MISMATCH")
    assert not await knows(client, QUERY)
    await client.post(body(QUERY))
    assert (await client.post(body("{ other }", hash_of(QUERY)))).status_code == 400
    assert [request.query for request in client.pipelines[0].requests] == [QUERY]


@pytest.mark.parametrize(
    "extension",
    [{"version": 2, "sha256Hash": "0" * 64}, {"version": 1}, {"version": 1, "sha256Hash": "0" * 63}, "x", 5,
     {"version": 1, "sha256Hash": "A" * 64}],
)  # fmt: skip
async def test_an_odd_extension_is_refused(extension: object) -> None:
    sent = json.dumps({"query": QUERY, "extensions": {"persistedQuery": extension}}).encode()
    response = await Client().post(sent)
    assert (response.status_code, error_code(response)) == (400, "INVALID_GRAPHQL_REQUEST")


async def test_where_it_is_off_clients_learn_to_send_documents() -> None:
    client = Client("apq: {enabled: false}")
    response = await client.post(body(None))
    assert error_code(response) == "PERSISTED_QUERY_NOT_SUPPORTED"
    assert response.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
    assert (await client.post(body(QUERY))).json() == {"data": {"ok": True}}
    assert error_code(await client.post(body(None))) == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_what_was_used_last_stays_within_the_number() -> None:
    client = Client(settings(limit=2))
    for document in ("{ a }", "{ b }"):
        await client.post(body(document))
    assert await knows(client, "{ a }")
    await client.post(body("{ c }"))
    assert [await knows(client, document) for document in ("{ a }", "{ b }", "{ c }")] == [True, False, True]


async def test_what_was_used_last_stays_within_the_bytes() -> None:
    client = Client(settings(max_bytes=130))
    documents = ["{ aaaaaaaa }", "{ bbbbbbbb }", "{ cccccccc }", "{ " + "d" * 200 + " }"]
    for document in documents:
        assert (await client.post(body(document))).json() == {"data": {"ok": True}}
    assert [await knows(client, document) for document in documents] == [False, True, True, False]


async def test_in_a_batch_the_others_are_answered() -> None:
    client = Client("batching: {enabled: true}")
    response = await client.post(b"[" + body(QUERY) + b"," + body(None, "0" * 64) + b"]")
    good, unknown = response.json()
    assert good == {"data": {"ok": True}}
    assert unknown["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
