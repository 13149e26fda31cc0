"""What all transports have in common that stand before another one: they open and close it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from router.execution.transport import SubgraphTransport


class WrappingTransport:
    """Opens ``inner`` with itself, where that is something to be opened, and closes it with itself."""

    def __init__(self, inner: SubgraphTransport) -> None:
        self.inner = inner

    async def __aenter__(self) -> Self:
        """Open the inner transport."""
        opened: Any = self.inner
        if hasattr(opened, "__aenter__"):
            await opened.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self.inner.aclose()
