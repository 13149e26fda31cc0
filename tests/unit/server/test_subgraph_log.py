"""What the log says of a subgraph that fails: when it begins, now and then, and when it is over."""

from __future__ import annotations

import logging

import pytest

from router.execution.transport import SubgraphRequest, SubgraphResponse, TransportError
from router.server import measured_transport
from router.server.measured_transport import MeasuredTransport

REQUEST = SubgraphRequest("users", "http://users.test/graphql?key=s3cret", b"{}", ())


class Scripted:
    """Answers with each of these in turn: a status, or an error."""

    def __init__(self, *outcomes: int | str) -> None:
        self._outcomes = list(outcomes)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, str):
            raise TransportError(outcome)
        return SubgraphResponse(outcome, {}, b"{}")


async def run(*outcomes: int | str) -> None:
    transport = MeasuredTransport(Scripted(*outcomes))
    for outcome in outcomes:
        if isinstance(outcome, str):
            with pytest.raises(TransportError):
                await transport.send(REQUEST)
        else:
            await transport.send(REQUEST)


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "router.subgraph")


async def test_a_failure_is_told_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    await run(200, "refused", "refused", 503, 200, 200)
    assert [record.getMessage() for record in caplog.records] == [
        "Subgraph users gives no good answer: refused.",
        "Subgraph users answers again, after 3 failures.",
    ]
    assert "s3cret" not in caplog.text


async def test_a_failure_that_lasts_is_told_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured_transport, "AGAIN", 0.0)
    await run(500, "refused", 502)
    assert [record.getMessage() for record in caplog.records] == [
        "Subgraph users gives no good answer: it answers with status 500.",
        "Subgraph users gave no good answer 2 times: refused.",
        "Subgraph users gave no good answer 3 times: it answers with status 502.",
    ]


async def test_a_good_subgraph_and_a_refusal_of_its_own_are_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    await run(200, 400, 200)
    assert caplog.records == []
