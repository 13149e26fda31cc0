"""Signed calls: only the router and the siblings get in once a secret is configured."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import httpx2
import pytest
from pydantic import SecretStr, ValidationError

from subgraphs.courses.seed import PYTHON_ID
from subgraphs.courses.settings import CoursesSettings
from subgraphs.shared.signature import sign_call
from subgraphs.users.seed import STUDENT1_ID
from tests.subgraphs.conftest import StartPlatform
from tests.subgraphs.platform import SERVICES, Platform

OLD, NEW = "o" * 32, "n" * 40
BODY = json.dumps({"query": "{ __typename }"}).encode()


def signature(
    body: bytes = BODY, *, secret: str = NEW, at: int | None = None, method: str = "POST", target: str = "/graphql"
) -> str:
    at = int(time.time()) if at is None else at
    text = f"{at}\n{method}\n{target}\n".encode() + body
    return f"t={at},v1={hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}"


async def post(platform: Platform, service: str, header: str | None, body: bytes = BODY) -> httpx2.Response:
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
    if header is not None:
        headers["supergraph-signature"] = header
    return await platform.client.post(f"http://{service}.test/graphql", content=body, headers=headers)


@pytest.fixture
async def signed(start: StartPlatform) -> Platform:
    return await start(all={"signature_secrets": (SecretStr(NEW), SecretStr(OLD))})


@pytest.mark.parametrize("service", SERVICES)
async def test_only_a_good_signature_gets_in(signed: Platform, service: str) -> None:
    now = int(time.time())
    for good in (signature(), signature(secret=OLD), signature(at=now - 50), signature(at=now + 50)):
        assert (await post(signed, service, good)).status_code == 200
    for bad in (
        None,
        "",
        "nonsense",
        signature(secret="x" * 32),
        signature(BODY + b" "),
        signature(at=now - 70),
        signature(at=now + 70),
        signature(method="GET"),
        signature(target="/graphql?x=1"),
        signature()[:-1],
        signature().upper(),
        signature() + "," + signature(),
        f"t={now},v1={'0' * 64}",
    ):
        response = await post(signed, service, bad)
        assert response.status_code == 403, bad
        assert response.json()["errors"][0]["extensions"]["code"] == "UNSIGNED_CALL"


async def test_a_body_that_was_changed_on_the_way_is_refused(signed: Platform) -> None:
    assert (await post(signed, "users", signature(), b'{"query": "{ users { email } }"}')).status_code == 403


async def test_a_query_by_get_signs_its_target(signed: Platform) -> None:
    target = "/graphql?query=%7B__typename%7D"
    url = f"http://users.test{target}"
    good = {"supergraph-signature": signature(b"", method="GET", target=target)}
    assert (await signed.client.get(url, headers=good)).status_code == 200
    other = {"supergraph-signature": signature(b"", method="GET", target="/graphql?query=%7Bwhoami%7Bid%7D%7D")}
    assert (await signed.client.get(url, headers=other)).status_code == 403


async def test_siblings_sign_their_calls(signed: Platform) -> None:
    body = json.dumps(
        {
            "query": "mutation($u: ID!, $c: ID!) { createEnrollment(userId: $u, courseId: $c) { status } }",
            "variables": {"u": str(STUDENT1_ID), "c": str(PYTHON_ID)},
        }
    ).encode()
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {signed.student}",
        "supergraph-signature": signature(body),
    }
    response = await signed.client.post("http://enrollments.test/graphql", content=body, headers=headers)
    assert response.json() == {"data": {"createEnrollment": {"status": "ACTIVE"}}}


async def test_health_and_keys_need_no_signature(signed: Platform) -> None:
    assert (await signed.client.get("http://users.test/health")).status_code == 200
    assert (await signed.client.get("http://users.test/.well-known/jwks.json")).status_code == 200


def test_the_first_secret_signs() -> None:
    now = int(time.time())
    header = sign_call((SecretStr(NEW), SecretStr(OLD)), "POST", "/graphql", BODY)["supergraph-signature"]
    assert header in (signature(at=now), signature(at=now + 1))
    assert sign_call((), "POST", "/graphql", BODY) == {}


def test_a_short_secret_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSES_SIGNATURE_SECRETS", "too-short-to-use")
    with pytest.raises(ValidationError, match="at least 32") as caught:
        CoursesSettings()
    assert "too-short-to-use" not in str(caught.value)
    monkeypatch.setenv("COURSES_SIGNATURE_SECRETS", f"{NEW}, {OLD}")
    assert len(CoursesSettings().signature_secrets) == 2
    assert NEW not in repr(CoursesSettings())
