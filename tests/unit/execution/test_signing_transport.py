"""Signed calls to subgraphs: the header, over exactly what is sent."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import pytest

from router.execution.transport import SubgraphRequest, SubgraphResponse
from router.execution.transports.signing import SigningTransport, secrets_by_name

SECRET = b"s" * 32
MOMENT = 1_800_000_000


@dataclass
class Recorder:
    """Answers everything, and keeps what came."""

    sent: list[SubgraphRequest] = field(default_factory=list)
    closed: bool = False

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.sent.append(request)
        return SubgraphResponse(200, {}, b"{}")

    async def aclose(self) -> None:
        self.closed = True


def expected(target: str, body: bytes, secret: bytes = SECRET) -> str:
    text = f"{MOMENT}\nPOST\n{target}\n".encode() + body
    return f"t={MOMENT},v1={hmac.new(secret, text, hashlib.sha256).hexdigest()}"


async def sent(request: SubgraphRequest, **secrets: bytes | None) -> SubgraphRequest:
    recorder = Recorder()
    transport = SigningTransport(recorder, secrets_by_name(secrets.pop("all", None), secrets), lambda: MOMENT + 0.9)
    await transport.send(request)
    await transport.aclose()
    assert recorder.closed
    return recorder.sent[0]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://users:4001/graphql", "/graphql"),
        ("http://users:4001", "/"),
        ("http://users:4001/a%20b/graphql?x=1&y=%7B", "/a%20b/graphql?x=1&y=%7B"),
        ("http://users:4001/graphql#fragment", "/graphql"),
    ],
)
async def test_the_target_and_the_body_are_signed(url: str, target: str) -> None:
    request = SubgraphRequest("users", url, b'{"query":"\xc3\xa9"}', (("a", "b"),))
    signed = await sent(request, all=SECRET)
    assert list(signed.headers) == [("a", "b"), ("supergraph-signature", expected(target, request.body))]
    assert (signed.body, signed.url, signed.kind) == (request.body, request.url, request.kind)


async def test_a_signature_from_elsewhere_does_not_go_along() -> None:
    request = SubgraphRequest("users", "http://u/graphql", b"{}", (("Supergraph-Signature", "forged"),))
    assert [value for _, value in (await sent(request, all=SECRET)).headers] == [expected("/graphql", b"{}")]


async def test_each_subgraph_has_its_own_secret_or_none() -> None:
    own = b"o" * 32
    for name, secret in (("users", own), ("courses", SECRET)):
        signed = await sent(SubgraphRequest(name, "http://u/graphql", b"{}", ()), all=SECRET, users=own)
        assert list(signed.headers) == [("supergraph-signature", expected("/graphql", b"{}", secret))]
    request = SubgraphRequest("users", "http://u/graphql", b"{}", ())
    assert await sent(request, all=SECRET, users=None) is request
