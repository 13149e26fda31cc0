"""``cors`` and ``csrf`` of ``router.yaml``: whose pages may ask, and what shows that a request comes from no other."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from router.config.supergraph_file import HeaderName
from router.config.validation import Section
from router.config.values import Duration, Origin, Pattern


class Cors(Section):
    """Cross-origin requests from browsers. None are allowed by default."""

    origins: tuple[Origin, ...] = ()
    """Origins that are allowed."""
    match_origins: tuple[Pattern, ...] = ()
    """Regular expressions for whole origins that are allowed."""
    allow_any_origin: bool = False
    """Allow every origin; not together with `allow_credentials`."""
    allow_credentials: bool = False
    """Let browsers send cookies and client certificates."""
    methods: tuple[Literal["GET", "POST", "OPTIONS"], ...] = ("GET", "POST", "OPTIONS")
    """Methods that are allowed."""
    allow_headers: tuple[HeaderName, ...] = ()
    """Request headers that are allowed; none means those that the browser asks for."""
    expose_headers: tuple[HeaderName, ...] = ()
    """Response headers that scripts may read."""
    max_age: Duration = 600.0
    """How long a browser may remember the answer to a preflight request."""

    @model_validator(mode="after")
    def _never_any_with_credentials(self) -> Cors:
        if self.allow_any_origin and self.allow_credentials:
            raise ValueError(
                "allow_any_origin and allow_credentials together let every site act as the user; list the origins"
            )
        return self


class Csrf(Section):
    """Protection from requests that a browser sends across sites without asking."""

    unsafe_disabled: bool = False
    """Turn the protection off."""
    required_headers: tuple[HeaderName, ...] = ("x-apollo-operation-name", "apollo-require-preflight")
    """Any one of these makes a browser ask first."""
    required_for_get: bool = False
    """Ask it of GET requests too."""
