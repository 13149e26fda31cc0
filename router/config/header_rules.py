"""``headers`` of ``router.yaml``: which headers go to subgraphs, and which come back to clients."""

from __future__ import annotations

from pydantic import Field, model_validator

from router.config.supergraph_file import HeaderName, HeaderValue
from router.config.validation import Section
from router.config.values import Network, Pattern


class Propagate(Section):
    """Pass a client's header on."""

    named: HeaderName | None = None
    """The header's name."""
    matching: Pattern | None = None
    """A regular expression for whole names, in place of `named`."""
    rename: HeaderName | None = None
    """The name that the subgraph sees."""
    default: HeaderValue | None = None
    """Value where the client sends none."""

    @model_validator(mode="after")
    def _one_way_to_name(self) -> Propagate:
        if (self.named is None) == (self.matching is None):
            raise ValueError("give either named or matching")
        if self.matching is not None and (self.rename is not None or self.default is not None):
            raise ValueError("rename and default need named")
        return self


class Insert(Section):
    """Add a header with a fixed value."""

    name: HeaderName
    """The header's name."""
    value: HeaderValue
    """Its value."""


class Remove(Section):
    """Take headers away that an earlier rule gave."""

    named: HeaderName | None = None
    """The header's name."""
    matching: Pattern | None = None
    """A regular expression for whole names, in place of `named`."""

    @model_validator(mode="after")
    def _one_way_to_name(self) -> Remove:
        if (self.named is None) == (self.matching is None):
            raise ValueError("give either named or matching")
        return self


class HeaderRule(Section):
    """One rule: exactly one of `propagate`, `insert` and `remove`. Rules apply in order."""

    propagate: Propagate | None = None
    """Pass a client's header on."""
    insert: Insert | None = None
    """Add a header."""
    remove: Remove | None = None
    """Take a header away."""

    @model_validator(mode="after")
    def _one_action(self) -> HeaderRule:
        if sum(action is not None for action in (self.propagate, self.insert, self.remove)) != 1:
            raise ValueError("give exactly one of propagate, insert and remove")
        return self


class ResponseRule(Section):
    """A header of a subgraph's answer that goes to the client."""

    propagate: Propagate
    """Pass the header on. Of several subgraphs' values, the one that came last counts."""


class HeaderRules(Section):
    """Rules for one subgraph, or for all."""

    request: tuple[HeaderRule, ...] = ()
    """What goes to the subgraph."""
    response: tuple[ResponseRule, ...] = ()
    """What goes from the subgraph's answers to the client."""
    client_address: bool = False
    """Send the client's address as `X-Forwarded-For`, in place of what a rule gives."""


class Headers(Section):
    """Which headers go to subgraphs. None does by default, but a verified bearer token."""

    all: HeaderRules = HeaderRules()
    """Rules for every subgraph."""
    subgraphs: dict[str, HeaderRules] = Field(default_factory=dict)
    """Rules by subgraph, after those for all."""
    trusted_proxies: tuple[Network, ...] = ()
    """Networks in front of the router whose `X-Forwarded-For` tells the client's address; of others it is ignored."""
