"""Attacks on access tokens, tried on each subgraph, and the key set that checks them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import PyJWK
from pydantic import SecretStr

from subgraphs.users.seed import SEED_PASSWORD, STUDENT1_ID
from subgraphs.users.signing_keys import KeyRing, make_key
from tests.subgraphs.conftest import StartPlatform
from tests.subgraphs.platform import KEYS, SERVICES, Platform

KEY = KEYS.keys[0]
PRIVATE = PyJWK(KEY.jwk).key
PUBLIC = PyJWK(KEY.public_jwk).key
RSA = make_key("RS256", 1, 1)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": "https://learn.test/users",
        "aud": "https://learn.test/graph",
        "sub": str(STUDENT1_ID),
        "iat": now,
        "nbf": now,
        "exp": now + 600,
        "jti": str(uuid4()),
        "token_use": "access",
        "role": "STUDENT",
        "scope": "learn",
        **changes,
    }


def part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def header(**changes: Any) -> dict[str, Any]:
    return {"alg": "EdDSA", "typ": "at+jwt", "kid": KEY.key_id, **changes}


def sign(header_: object, claims_: object) -> str:
    """A token with a good signature over whatever it says."""
    signed = f"{part(header_)}.{part(claims_)}"
    return f"{signed}.{part(PRIVATE.sign(signed.encode()))}"


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def sign_with_public_key() -> str:
    """Algorithm confusion: HMAC under the text of the public key."""
    pem = PUBLIC.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part(header(alg='HS256'))}.{part(claims())}"
    return f"{signed}.{part(hmac.new(pem, signed.encode(), hashlib.sha256).digest())}"


def sign_with_embedded_key() -> str:
    stranger = make_key("EdDSA", 1, 1)
    return jwt.encode(
        claims(),
        PyJWK(stranger.jwk).key,
        algorithm="EdDSA",
        headers={"typ": "at+jwt", "kid": KEY.key_id, "jwk": stranger.public_jwk},
    )


def duplicate(text: str, name: str, value: str) -> bytes:
    return (text[:-1] + f', "{name}": {value}}}').encode()


ATTACKS: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "not a token": lambda: "abc",
    "two parts": lambda: f"{part(header())}.{part(claims())}",
    "alg none": lambda: f"{part(header(alg='none'))}.{part(claims())}.",
    "alg none with a signature": lambda: f"{part(header(alg='none'))}.{part(claims())}.AAAA",
    "alg nOnE": lambda: sign(header(alg="nOnE"), claims()),
    "alg missing": lambda: sign(without(header(), "alg"), claims()),
    "alg a list": lambda: sign(header(alg=["EdDSA"]), claims()),
    "hmac under the public key": sign_with_public_key,
    "alg of another kind of key": lambda: sign(header(alg="RS256"), claims()),
    "a stranger's signature": lambda: jwt.encode(
        claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"typ": "at+jwt", "kid": KEY.key_id}
    ),
    "a signature over something else": lambda: sign(header(), claims()).rsplit(".", 1)[0] + "." + part(b"x" * 64),
    "changed claims": lambda: ".".join(
        [part(header()), part(claims(role="ADMIN")), sign(header(), claims()).rsplit(".", 1)[1]]
    ),
    "an embedded key": sign_with_embedded_key,
    "jku": lambda: sign(header(jku="http://evil.test/jwks.json"), claims()),
    "x5u": lambda: sign(header(x5u="http://evil.test/cert"), claims()),
    "x5c": lambda: sign(header(x5c=["x"]), claims()),
    "crit": lambda: sign(header(crit=["exp"]), claims()),
    "an unknown crit": lambda: sign(header(crit=["new"], new=1), claims()),
    "b64": lambda: sign(header(b64=False), claims()),
    "kid missing": lambda: sign(without(header(), "kid"), claims()),
    "kid a number": lambda: sign(header(kid=1), claims()),
    "kid a path": lambda: sign(header(kid="../../etc/passwd"), claims()),
    "kid an injection": lambda: sign(header(kid="' OR 1=1 --"), claims()),
    "kid unknown": lambda: sign(header(kid="unknown"), claims()),
    "kid very long": lambda: sign(header(kid="k" * 500), claims()),
    "typ JWT": lambda: sign(header(typ="JWT"), claims()),
    "typ missing": lambda: sign(without(header(), "typ"), claims()),
    "another issuer": lambda: sign(header(), claims(iss="https://evil.test")),
    "issuer missing": lambda: sign(header(), without(claims(), "iss")),
    "another audience": lambda: sign(header(), claims(aud="https://other.test")),
    "a list of audiences": lambda: sign(header(), claims(aud=["https://learn.test/graph", "https://other.test"])),
    "audience missing": lambda: sign(header(), without(claims(), "aud")),
    "expired": lambda: sign(header(), claims(exp=int(time.time()) - 60)),
    "exp missing": lambda: sign(header(), without(claims(), "exp")),
    "exp a text": lambda: sign(header(), claims(exp="9999999999")),
    "exp a fraction": lambda: sign(header(), claims(exp=time.time() + 100.5)),
    "exp true": lambda: sign(header(), claims(exp=True)),
    "exp infinite": lambda: sign(header(), json.dumps(claims(exp=float("inf"))).encode()),
    "not yet valid": lambda: sign(header(), claims(nbf=int(time.time()) + 60)),
    "nbf missing": lambda: sign(header(), without(claims(), "nbf")),
    "issued in the future": lambda: sign(header(), claims(iat=int(time.time()) + 60)),
    "iat missing": lambda: sign(header(), without(claims(), "iat")),
    "jti missing": lambda: sign(header(), without(claims(), "jti")),
    "token_use refresh": lambda: sign(header(), claims(token_use="refresh")),
    "token_use missing": lambda: sign(header(), without(claims(), "token_use")),
    "role unknown": lambda: sign(header(), claims(role="ROOT")),
    "role missing": lambda: sign(header(), without(claims(), "role")),
    "role a list": lambda: sign(header(), claims(role=["ADMIN"])),
    "sub missing": lambda: sign(header(), without(claims(), "sub")),
    "sub a number": lambda: sign(header(), claims(sub=1)),
    "sub no id": lambda: sign(header(), claims(sub="admin")),
    "a claim twice": lambda: sign(header(), duplicate(json.dumps(claims()), "role", '"ADMIN"')),
    "a header twice": lambda: sign(duplicate(json.dumps(header()), "alg", '"EdDSA"'), claims()),
    "claims a list": lambda: sign(header(), []),
    "header a text": lambda: sign("EdDSA", claims()),
    "very long": lambda: sign(header(), claims(padding="x" * 5000)),
    "issuer a list": lambda: sign(header(), claims(iss=["https://learn.test/users"])),
    "issuer with a slash more": lambda: sign(header(), claims(iss="https://learn.test/users/")),
    "exp not a number": lambda: sign(header(), json.dumps(claims(exp=float("nan"))).encode()),
    "exp of five thousand digits": lambda: sign(
        header(), duplicate(json.dumps(without(claims(), "exp")), "exp", "9" * 5000)
    ),
    "exp twice": lambda: sign(header(), duplicate(json.dumps(claims(exp=1)), "exp", str(int(time.time()) + 600))),
    "five parts, encrypted": lambda: f"{part(header(enc='A256GCM'))}.AAAA.AAAA.{part(claims())}.AAAA",
    "a compressed payload": lambda: sign(header(zip="DEF"), claims()),
    "padded base 64": lambda: sign(header(), claims()) + "==",
    "the signature of another algorithm's name": lambda: sign(header(alg="Ed25519"), claims()),
    "nested deeply": lambda: sign(header(), b"[" * 2000),
}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_attack_is_401_and_runs_nothing(platform: Platform, service: str) -> None:
    good = await platform.ask(service, "{ __typename }", sign(header(), claims()))
    assert good.body == {"data": {"__typename": "Query"}}
    for name, attack in ATTACKS.items():
        with platform.counting(service) as statements:
            answer = await platform.ask(service, "{ __typename }", attack())
        assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"]), name
        assert answer.headers["www-authenticate"].startswith("Bearer"), name
        assert "data" not in answer.body, name
        assert statements == [], name


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("value", ["Basic dTpw", "Bearer", "Bearer a b", "bearer", "Bearer a.b.c, Bearer d.e.f", "\t"])
async def test_another_kind_of_authorization_is_401(platform: Platform, service: str, value: str) -> None:
    answer = await platform.ask(service, "{ __typename }", headers={"authorization": value})
    assert answer.status == 401


async def test_two_authorization_headers_are_401(platform: Platform) -> None:
    token = ("authorization", f"Bearer {platform.student}")
    response = await platform.client.post(
        "http://courses.test/graphql", json={"query": "{ __typename }"}, headers=[token, token]
    )
    assert response.status_code == 401


async def test_a_refresh_token_is_no_access_token(platform: Platform) -> None:
    sign_in = 'mutation($p: String!) { tokenAuth(username: "student1@learn.test", password: $p) { refreshToken } }'
    pair = (await platform.ask("users", sign_in, p=SEED_PASSWORD)).data["tokenAuth"]
    for service in SERVICES:
        assert (await platform.ask(service, "{ __typename }", pair["refreshToken"])).status == 401


async def test_a_refused_token_is_not_logged(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = sign(header(), claims(exp=1))
    await platform.ask("courses", "{ __typename }", token)
    assert "refused an access token" in caplog.text
    assert token not in caplog.text
    assert token.rsplit(".", 1)[1] not in caplog.text


async def test_keys_rotate_without_a_bad_token_and_unknown_keys_cannot_flood(start: StartPlatform) -> None:
    now = int(time.time())
    ring = KEYS.rotate("EdDSA", now, 0, 600).rotate("RS256", now, 0, 600)
    platform = await start(users={"signing_keys": SecretStr(ring.to_json().decode())})
    for key in ring.keys:
        token = jwt.encode(
            claims(), PyJWK(key.jwk).key, algorithm=key.algorithm, headers={"typ": "at+jwt", "kid": key.key_id}
        )
        assert (await platform.ask("courses", "{ __typename }", token)).status == 200
    before = len(platform.transport.requests)
    for number in range(20):
        assert (await platform.ask("courses", "{ __typename }", sign(header(kid=f"k{number}"), claims()))).status == 401
    fetched = [r for r in platform.transport.requests[before:] if r.url.path.endswith("jwks.json")]
    assert len(fetched) == 0  # the first fetch is younger than the cool-down
    assert (await platform.ask("courses", "{ __typename }", sign(header(), claims()))).status == 200


async def test_an_algorithm_that_the_settings_leave_out_is_401(start: StartPlatform) -> None:
    ring = KeyRing((KEY, RSA))
    platform = await start(
        users={"signing_keys": SecretStr(ring.to_json().decode())}, courses={"jwt_algorithms": ("EdDSA",)}
    )
    token = jwt.encode(claims(), PyJWK(RSA.jwk).key, algorithm="RS256", headers={"typ": "at+jwt", "kid": RSA.key_id})
    assert (await platform.ask("enrollments", "{ __typename }", token)).status == 200
    assert (await platform.ask("courses", "{ __typename }", token)).status == 401


async def test_known_keys_go_on_working_without_the_users_service(start: StartPlatform) -> None:
    platform = await start(courses={"jwks_refresh": 0.001, "jwks_cooldown": 0})
    token = platform.student
    assert (await platform.ask("courses", "{ __typename }", token)).status == 200
    for response in (None, httpx2.Response(500), httpx2.Response(200, text="<html>"), httpx2.Response(200, json=[])):
        if response is None:
            platform.cut_off("users")
        else:
            platform.transport.hosts["users.test"] = httpx2.MockTransport(lambda _, answer=response: answer)
        assert (await platform.ask("courses", "{ __typename }", token)).status == 200


async def test_a_users_service_that_hangs_slows_nobody_down(start: StartPlatform) -> None:
    platform = await start(courses={"jwks_refresh": 0.001, "jwks_cooldown": 0, "jwks_timeout": 30})
    token = platform.student
    assert (await platform.ask("courses", "{ __typename }", token)).status == 200

    async def hang(_: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(600)
        return httpx2.Response(500)

    platform.transport.hosts["users.test"] = httpx2.MockTransport(hang)
    async with asyncio.timeout(25):
        for _ in range(5):
            assert (await platform.ask("courses", "{ __typename }", token)).status == 200


async def test_a_new_key_is_fetched_when_it_is_met(start: StartPlatform) -> None:
    platform = await start(courses={"jwks_cooldown": 0})
    assert (await platform.ask("courses", "{ __typename }", platform.student)).status == 200
    stranger = make_key("EdDSA", 1, 1)
    token = jwt.encode(
        claims(), PyJWK(stranger.jwk).key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": stranger.key_id}
    )
    assert (await platform.ask("courses", "{ __typename }", token)).status == 401
    keys = [{**stranger.public_jwk}, {"kty": "oct", "k": "AA", "kid": "x", "alg": "HS256"}, "nonsense", {"kty": "OKP"}]
    platform.transport.hosts["users.test"] = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"keys": keys}))
    assert (await platform.ask("courses", "{ __typename }", token)).status == 200
    assert (await platform.ask("courses", "{ __typename }", platform.student)).status == 401  # retired there


async def test_without_any_key_set_a_token_is_neither_good_nor_bad(platform: Platform) -> None:
    token = platform.student
    platform.cut_off("users")
    answer = await platform.ask("courses", "{ __typename }", token)
    assert (answer.status, answer.codes) == (503, ["IDENTITY_UNAVAILABLE"])
    assert (await platform.ask("courses", "{ __typename }")).status == 200


async def test_the_published_keys_are_public(platform: Platform) -> None:
    response = await platform.client.get("http://users.test/.well-known/jwks.json")
    assert response.status_code == 200
    for key in response.json()["keys"]:
        assert set(key) <= {"kty", "crv", "x", "n", "e", "kid", "alg", "use"}
