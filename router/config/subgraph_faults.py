"""Settings of what happens when a subgraph fails, and of whom to trust when it is asked.

Enters: validated data. Leaves: sections of :class:`~router.config.settings.Settings`. Invariant: every number has a
bound, so that no setting turns a protection into a harm of its own.
"""

from __future__ import annotations

import ssl
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from router.config.validation import Section
from router.config.values import Count, duration

Share = Annotated[float, Field(gt=0, le=1)]
_Seconds = BeforeValidator(duration)
_AS_WRITTEN = {"type": ["string", "number"]}


class CircuitBreaker(Section):
    """Leave a subgraph alone for a while that fails too often, and try it now and then.

    It fails where it can't be reached, answers nothing in time, breaks off, or answers with a status from 500 (500 with
    JSON apart: that is a GraphQL server's word on one request).
    """

    enabled: bool = True
    """Do it. Its fields are null meanwhile, at once, with the error `SUBREQUEST_HELD_BACK`."""
    failure_share: Share = 0.6
    """The share of calls, up to 1, that must have failed. Above a half, one bad copy of two opens nothing."""
    least_calls: Annotated[Count, Field(le=1_000_000)] = 20
    """Fewer calls than this within the window open nothing."""
    window: Annotated[float, _Seconds, Field(ge=0.1, le=60, json_schema_extra=_AS_WRITTEN)] = 2.0
    """The time, from 100ms to 1m, of which calls are counted."""
    hold: Annotated[float, _Seconds, Field(ge=0.1, le=60, json_schema_extra=_AS_WRITTEN)] = 1.0
    """How long nothing is sent; then one request is, as a probe. Each probe that fails doubles it."""
    longest_hold: Annotated[float, _Seconds, Field(ge=0.1, le=300, json_schema_extra=_AS_WRITTEN)] = 10.0
    """The most that comes of doubling, or of a `Retry-After` of the subgraph."""

    @model_validator(mode="after")
    def _ordered(self) -> CircuitBreaker:
        if self.hold > self.longest_hold:
            raise ValueError("hold is longer than longest_hold; raise longest_hold")
        return self


class Retry(Section):
    """Send a query once more that a subgraph couldn't take. A mutation is never sent twice."""

    enabled: bool = True
    """Do it: where there was no connection, it was lost before a byte of the answer, or the status is 502 or 503;
    with 429 only after the time that its `Retry-After` names."""
    share: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Most retries, as a share of a subgraph's requests, so that they don't keep down one that is coming up."""
    least_per_second: Annotated[float, Field(ge=0, le=1_000)] = 10.0
    """Retries a second that are allowed besides."""
    longest_wait: Annotated[float, _Seconds, Field(ge=0, le=60, json_schema_extra=_AS_WRITTEN)] = 2.0
    """Where `Retry-After` (429, 503) names a longer time, the query isn't sent again."""


def _certificates(text: str) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise ValueError("no certificates are in it; write it as ${file.ca.pem}, a file in PEM form") from None
    return text


class SubgraphTls(Section):
    """Whom to trust when a subgraph is asked over https."""

    certificate_authorities: Annotated[str, AfterValidator(_certificates)] | None = None
    """Certificates in PEM form, such as `${file.ca.pem}`: only what they have signed is trusted, in place of what the
    machine trusts."""


class SubgraphsTls(Section):
    """Subgraphs over https."""

    all: SubgraphTls = SubgraphTls()
    """For every subgraph."""
    subgraphs: dict[str, SubgraphTls] = Field(default_factory=dict)
    """By subgraph, in place of `all`."""


class Tls(Section):
    """Connections over https."""

    subgraph: SubgraphsTls = SubgraphsTls()
    """Those to subgraphs."""
