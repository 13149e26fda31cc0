"""What a subgraph's body may look like, letter by letter, and what of it is no answer."""

from __future__ import annotations

from time import process_time

import pytest

from router.execution.answers import UnusableAnswer, read_answer
from router.execution.transport import SubgraphResponse


def read(body: bytes, *, content_type: str = "application/json", exact: bool = True) -> object:
    return read_answer(SubgraphResponse(200, {"content-type": content_type}, body), exact=exact).data


def nested(levels: int) -> list[object]:
    found: list[object] = []
    for _ in range(levels - 1):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b' \r\n\t{"data":{"a":1}}\n', {"a": 1}),
        (b'{"data":{"a":1},"data":{"a":2}}', {"a": 2}),
        (b'{"data":{"a":1,"a":null}}', {"a": None}),
        (b'{"data":{"a":18446744073709551616}}', {"a": 2**64}),
        (b'{"data":{"a":"\\u0000"}}', {"a": "\0"}),
        (b'{"data":{"a":' + b"[" * 500 + b"]" * 500 + b"}}", {"a": nested(500)}),
    ],
)
def test_what_is_an_answer(body: bytes, data: object) -> None:
    for content_type in ("application/json", "application/graphql-response+json", "text/html; charset=utf-16", ""):
        assert read(body, content_type=content_type) == data


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xef\xbb\xbf",
        b'\xef\xbb\xbf{"data":{"a":1}}',
        '{"data":{"a":1}}'.encode("utf-16"),
        b'{"data":{"a":"\xff"}}',
        b'{"data":{"a":"\xed\xa0\x80"}}',
        b'{"data":{"a":"\\ud800"}}',
        b'{"data":{"a":NaN}}',
        b'{"data":{"a":Infinity}}',
        b'{"data":{"a":-Infinity}}',
        b'{"data":{"a":01}}',
        b'{"data":{"a":1e400}}',
        b'{"data":{"a":1,}}',
        b"{'data':{}}",
        b'{"data":{}} {"data":{}}',
        b'{"data":{}}garbage',
        b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"data":' + b'{"a":' * 100_000,
        b'{"data":{"a":"' + b"\\" * 99_999 + b'"}}',
    ],
)
def test_what_is_none(body: bytes) -> None:
    with pytest.raises(UnusableAnswer) as caught:
        read(body)
    assert caught.value.code == "SUBREQUEST_MALFORMED_RESPONSE"


def test_a_very_long_integer_is_no_answer_and_costs_little() -> None:
    body = b'{"data":{"a":' + b"9" * 1_000_000 + b"}}"
    start = process_time()
    for exact in (True, False):
        with pytest.raises(UnusableAnswer):
            read(body, exact=exact)
    assert process_time() - start < 1
