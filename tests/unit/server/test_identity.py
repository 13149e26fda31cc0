"""Bearer tokens: every attack that is known on them, and key sets that come and go."""

import asyncio
import json
import time
from typing import Any

import pytest

from router.config.authentication import Jwks, Jwt
from router.server.answer import Refusal
from router.server.identity.authenticator import Authenticator
from router.server.identity.key_set import KeySet
from router.server.identity.keys import read_key_set
from tests.support.tokens import (
    AUDIENCE,
    ISSUER,
    URL,
    KeyServer,
    claims,
    ec_key,
    ed_key,
    encode,
    good_token,
    public_jwk,
    public_pem,
    rsa_key,
    standard_keys,
    token,
)


def jwks(**changes: Any) -> Jwks:
    return Jwks(**{"url": URL, "issuers": (ISSUER,), "audiences": (AUDIENCE,), **changes})


def authenticator(server: KeyServer | None = None, **changes: Any) -> Authenticator:
    return Authenticator(Jwt(jwks=(jwks(**changes),)), server or KeyServer(standard_keys()))


async def refused(
    text: str, server: KeyServer | None = None, told: str = "The token is not valid.", **changes: Any
) -> None:
    with pytest.raises(Refusal) as caught:
        await authenticator(server, **changes).identify(f"Bearer {text}".encode())
    assert (caught.value.status, caught.value.code) == (401, "UNAUTHENTICATED")
    assert caught.value.message == told


HEADER = {"alg": "EdDSA", "typ": "at+jwt", "kid": "ed-1"}


async def test_no_header_is_anonymous() -> None:
    assert await authenticator().identify(None) is None


async def test_a_good_token_gives_its_claims() -> None:
    found = await authenticator().identify(f"bearer   {good_token(role='ADMIN')}".encode())
    assert found is not None
    assert (found["sub"], found["role"]) == ("u1", "ADMIN")


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ({"alg": "RS256", "kid": "rsa-1"}, rsa_key()),
        ({"alg": "ES256", "kid": "ec-1", "typ": "JWT"}, ec_key()),
        ({"alg": "EdDSA", "typ": "application/at+jwt"}, ed_key()),
    ],
)
async def test_every_kind_of_key_verifies(header: dict[str, Any], key: Any) -> None:
    assert await authenticator().identify(f"Bearer {token(header, claims(), key)}".encode()) is not None


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
async def test_algorithm_none(algorithm: str) -> None:
    unsigned = f"{encode({**HEADER, 'alg': algorithm})}.{encode(claims())}."
    await refused(unsigned)
    await refused(unsigned + "AA")


async def test_public_key_taken_for_a_shared_secret() -> None:
    for key_id, key in (("rsa-1", rsa_key()), ("ec-1", ec_key()), ("ed-1", ed_key())):
        forged = token({"alg": "HS256", "kid": key_id}, claims(), public_pem(key))
        await refused(forged)
        await refused(forged, algorithms=("HS256", "RS256", "ES256", "EdDSA"))


async def test_an_algorithm_that_is_not_listed() -> None:
    await refused(token({"alg": "RS256", "kid": "rsa-1"}, claims(), rsa_key()), algorithms=("EdDSA",))


async def test_a_key_is_only_for_its_own_algorithm() -> None:
    keys = [public_jwk(rsa_key(), kid="rsa-1", alg="RS512")]
    await refused(token({"alg": "RS256", "kid": "rsa-1"}, claims(), rsa_key()), KeyServer(keys))


@pytest.mark.parametrize(
    "changes",
    [
        {"crit": ["exp"]},
        {"crit": ["unknown"], "unknown": 1},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"jku": "https://attacker.test/keys"},
        {"x5u": "https://attacker.test/chain"},
        {"x5c": ["MIIB"]},
        {"jwk": public_jwk(ed_key("attacker"))},
        {"zip": "DEF"},
    ],
)
async def test_a_header_that_chooses_its_own_processing(changes: dict[str, Any]) -> None:
    await refused(token({**HEADER, **changes}, claims(), ed_key()))


async def test_a_key_in_the_header_is_not_used() -> None:
    attacker = ed_key("attacker")
    await refused(token({**HEADER, "jwk": public_jwk(attacker)}, claims(), attacker))
    await refused(token(HEADER, claims(), attacker))


@pytest.mark.parametrize(
    "key_id", ["", "../../etc/passwd", "x' OR '1'='1", "a\nb", "k" * 300, 5, ["ed-1"], {"$ne": 1}, True, "\u0000"]
)
async def test_an_odd_key_id(key_id: object) -> None:
    await refused(token({**HEADER, "kid": key_id}, claims(), ed_key()))


async def test_an_unknown_key_id() -> None:
    await refused(token({**HEADER, "kid": "unknown"}, claims(), ed_key()))


@pytest.mark.parametrize("kind", ["refresh+jwt", "id+jwt", "dpop+jwt", "", 5, None, "logout+jwt"])
async def test_another_type_of_token(kind: object) -> None:
    await refused(token({**HEADER, "typ": kind}, claims(), ed_key()))


@pytest.mark.parametrize("changes", [{"token_use": "refresh"}, {"token_use": 1}, {"typ": "Refresh"}, {"typ": "ID"}])
async def test_a_refresh_token_is_no_access_token(changes: dict[str, Any]) -> None:
    await refused(good_token(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.test"},
        {"iss": ISSUER + "/"},
        {"iss": [ISSUER]},
        {"iss": ...},
        {"aud": "https://other.test"},
        {"aud": ["https://other.test"]},
        {"aud": {AUDIENCE: 1}},
        {"aud": AUDIENCE + "/sub"},
        {"aud": ...},
    ],
)
async def test_wrong_issuer_or_audience(changes: dict[str, Any]) -> None:
    await refused(good_token(**changes))


async def test_one_of_several_audiences() -> None:
    found = good_token(aud=["https://other.test", AUDIENCE])
    assert await authenticator().identify(f"Bearer {found}".encode()) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 60},
        {"exp": ...},
        {"exp": "9999999999"},
        {"exp": 9999999999.5},
        {"exp": True},
        {"exp": None},
        {"nbf": int(time.time()) + 86_400},
        {"nbf": "0"},
        {"iat": int(time.time()) + 86_400},
        {"iat": 1.5},
        {"sub": 5},
    ],
)
async def test_times_and_subject(changes: dict[str, Any]) -> None:
    expired = isinstance(changes.get("exp"), int) and changes["exp"] is not True
    await refused(
        good_token(**changes), told="The token has expired; sign in again." if expired else "The token is not valid."
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "a.b",
        "a.b.c.d",
        "a.b.c",
        "....",
        "é.b.c",
        f"{encode(HEADER)}.{encode('[]')}.{encode('x')}",
        f"{encode('[]')}.{encode(claims())}.{encode('x')}",
        f"{encode('{')}.{encode(claims())}.{encode('x')}",
        f"{encode('[' * 5000)}.{encode(claims())}.{encode('x')}",
        f"{encode(HEADER)}.{'a' * 9000}.{encode('x')}",
        # Made when tests are collected, which may be long ago.
        good_token(exp=int(time.time()) + 86_400)[:-4] + "AAAA",
        good_token().replace(".", ".."),
        good_token() + "=",
        good_token() + "\n",
        " ".join([good_token(), good_token()]),
    ],
    ids=range(17),
)
async def test_what_is_no_token(text: str) -> None:
    await refused(text)


@pytest.mark.parametrize("header", [b"Basic dXNlcjpwdw==", b"Bearer", b"Token x", b"\xff\xfe", b"Bearer \x00"])
async def test_another_scheme_is_refused(header: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        await authenticator().identify(header)
    assert caught.value.status == 401
    if header[:6] in (b"Basic ", b"Token "):
        assert caught.value.message == "The header authorization must be: Bearer TOKEN."


async def test_names_twice_are_refused() -> None:
    now = int(time.time())
    payload = f'{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":1,"exp":{now + 300}}}'
    await refused(token(HEADER, payload, ed_key()))
    header = '{"alg":"EdDSA","kid":"ed-1","alg":"EdDSA"}'
    await refused(token(header, claims(), ed_key(), "EdDSA"))


async def test_not_a_number_is_refused() -> None:
    payload = f'{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":9999999999,"x":NaN}}'
    await refused(token(HEADER, payload, ed_key()))


async def test_a_changed_claim_breaks_the_signature() -> None:
    header, _, signature = good_token().split(".")
    await refused(f"{header}.{encode(claims(role='ADMIN'))}.{signature}")


async def test_a_remembered_token_expires() -> None:
    now = time.time()
    clock = [now]
    checker = Authenticator(Jwt(jwks=(jwks(),)), KeyServer(standard_keys()), lambda: clock[0])
    header = f"Bearer {good_token(exp=int(now) + 100)}".encode()
    assert await checker.identify(header) is not None
    clock[0] = now + 106
    with pytest.raises(Refusal):
        await checker.identify(header)


async def test_a_token_without_key_id_needs_a_clear_choice() -> None:
    text = token({"alg": "RS256"}, claims(), rsa_key())
    assert await authenticator().identify(f"Bearer {text}".encode()) is not None
    twice = [*standard_keys(), public_jwk(rsa_key("other"), kid="rsa-2")]
    await refused(text, KeyServer(twice))


async def test_several_issuers_do_not_vouch_for_each_other() -> None:
    other = ed_key("other issuer")
    servers = {URL: KeyServer(standard_keys()), "http://b.test/": KeyServer([public_jwk(other, kid="ed-1")])}

    async def fetch(url: str, headers: Any) -> bytes:
        return await servers[url](url, headers)

    both = (jwks(), jwks(url="http://b.test/", issuers=("https://b.test",)))
    checker = Authenticator(Jwt(jwks=both), fetch)
    good = token(HEADER, claims(iss="https://b.test"), other)
    assert await checker.identify(f"Bearer {good}".encode()) is not None
    with pytest.raises(Refusal):
        await checker.identify(f"Bearer {token(HEADER, claims(), other)}".encode())


class TestKeySets:
    """Rotation, failure, floods of unknown keys."""

    async def test_known_keys_stay_when_the_address_is_down(self) -> None:
        server = KeyServer(standard_keys())
        checker = authenticator(server)
        assert await checker.identify(f"Bearer {good_token()}".encode()) is not None
        server.failing = True
        assert await checker.identify(f"Bearer {good_token(jti='j2')}".encode()) is not None

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"[]", b'{"keys": 5}', b'{"keys": []}', b'{"keys": [{"kty": "x"}]}']
    )
    async def test_known_keys_stay_when_the_answer_is_bad(self, body: bytes) -> None:
        server = KeyServer(standard_keys())
        keys = KeySet(jwks(), server, lambda: now[0])
        now = [0.0]
        assert await keys.find("ed-1", "EdDSA") is not None
        server.body = body
        now[0] = 100.0
        assert await keys.find("unknown", "EdDSA") is None
        assert server.calls == 2
        assert await keys.find("ed-1", "EdDSA") is not None

    async def test_a_flood_of_unknown_keys_causes_one_fetch_per_cooldown(self) -> None:
        server = KeyServer(standard_keys())
        now = [0.0]
        keys = KeySet(jwks(), server, lambda: now[0])
        await asyncio.gather(*(keys.find(f"unknown-{n}", "EdDSA") for n in range(200)))
        assert server.calls == 1
        now[0] = 10.5
        await asyncio.gather(*(keys.find(f"unknown-{n}", "EdDSA") for n in range(200)))
        assert server.calls == 2
        assert await keys.find("ed-1", "EdDSA") is not None

    async def test_a_new_key_is_found_after_rotation(self) -> None:
        server = KeyServer(standard_keys())
        now = [0.0]
        keys = KeySet(jwks(), server, lambda: now[0])
        assert await keys.find("ed-1", "EdDSA") is not None
        server.keys = [public_jwk(ed_key("next"), kid="ed-2")]
        now[0] = 11.0
        assert await keys.find("ed-2", "EdDSA") is not None
        assert await keys.find("ed-1", "EdDSA") is None

    async def test_a_retired_key_ends_remembered_tokens(self) -> None:
        server = KeyServer(standard_keys())
        checker = authenticator(server)
        header = f"Bearer {good_token()}".encode()
        assert await checker.identify(header) is not None
        server.keys = [public_jwk(ed_key("next"), kid="ed-2")]
        polling = asyncio.create_task(checker.poll())
        for _ in range(10):
            await asyncio.sleep(0)
        assert server.calls == 2
        with pytest.raises(Refusal):
            await checker.identify(header)
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)

    async def test_no_keys_at_all_is_the_routers_trouble(self) -> None:
        server = KeyServer(failing=True)
        checker = authenticator(server)
        with pytest.raises(Refusal) as caught:
            await checker.identify(f"Bearer {good_token()}".encode())
        assert (caught.value.status, caught.value.code) == (503, "AUTHENTICATION_UNAVAILABLE")

    @pytest.mark.parametrize(
        "jwk",
        [
            {**public_jwk(ed_key(), kid="k"), "d": "AAAA"},
            public_jwk(ed_key(), kid="k", use="enc"),
            public_jwk(ed_key(), kid="k", key_ops=["sign"]),
            public_jwk(ed_key(), kid=5),
            public_jwk(rsa_key("weak", 1024), kid="k"),
            {"kty": "oct", "k": encode(b"short"), "kid": "k"},
            {"kty": "RSA", "kid": "k", "n": "AQAB"},
            {"kty": "EC", "crv": "P-999", "kid": "k", "x": "AA", "y": "AA"},
            {"kid": "k"},
            "text",
        ],
    )
    def test_keys_that_cannot_be_used_are_left_out(self, jwk: Any) -> None:
        assert read_key_set(json.dumps({"keys": [jwk, public_jwk(ed_key(), kid="good")]}).encode())[0].key_id == "good"
