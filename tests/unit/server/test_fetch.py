"""What is fetched beside subgraph requests is bounded, and never redirected."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from router.server import fetch as fetch_module
from router.server.fetch import FetchError, fetch

URL = "http://keys.test/jwks.json"


def answering(answer: Callable[[httpx2.Request], httpx2.Response]) -> httpx2.MockTransport:
    return httpx2.MockTransport(answer)


async def test_get_and_post() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(
            200, content=f"{request.method} {request.headers.get('x-key')}".encode() + request.content
        )

    transport = answering(answer)
    assert await fetch(URL, [("x-key", "k")], transport=transport) == b"GET k"
    assert await fetch(URL, [("x-key", "k")], body=b"{}", transport=transport) == b"POST k{}"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500, 503])
async def test_only_200_is_good(status: int) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(status, headers={"location": "http://inside.test/"})

    with pytest.raises(FetchError, match=f"status is {status}"):
        await fetch(URL, transport=answering(answer))
    assert asked == [URL]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"errors": [{"message": "Cannot query x."}]}', "the answer's status is 400 (Cannot query x)"),
        (b'{"detail": "no"}', "the answer's status is 400"),
        (b"<html>", "the answer's status is 400"),
    ],
)
async def test_what_graphql_says_of_a_bad_status_is_told(body: bytes, told: str) -> None:
    with pytest.raises(FetchError) as caught:
        await fetch(URL, transport=answering(lambda _: httpx2.Response(400, content=body)))
    assert (str(caught.value), caught.value.body) == (told, body)


async def test_a_large_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_module, "MAX_BYTES", 1000)
    given = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(100):
            given += 100
            yield b"a" * 100

    with pytest.raises(FetchError, match="larger than 1000 bytes"):
        await fetch(URL, transport=answering(lambda _: httpx2.Response(200, content=chunks())))
    assert given < 2000


async def test_a_slow_answer_is_cut_off() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(60)

    with pytest.raises(FetchError, match=r"no answer within 0\.05 s"):
        await fetch(URL, seconds=0.05, transport=answering(lambda _: httpx2.Response(200, content=chunks())))


async def test_failures_are_told_plainly() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with pytest.raises(FetchError, match="refused"):
        await fetch(URL, transport=answering(refuse))
    with pytest.raises(FetchError):
        await fetch("http://[bad")
