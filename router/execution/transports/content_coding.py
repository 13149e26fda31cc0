"""Bodies that come packed (RFC 9110, section 8.4.1): gzip and deflate, unpacked as they arrive.

Enters: pieces of a packed body. Leaves: pieces of what is in it. Invariant: no call gives more than it was allowed to,
however small the piece is that holds it.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

#: Content codings that can be unpacked; `deflate` is zlib's format, and often its bare stream.
CODINGS: Final = frozenset({b"gzip", b"x-gzip", b"deflate"})
_GZIP: Final = zlib.MAX_WBITS | 16
_ZLIB_METHOD: Final = 8


class Unpacker:
    """One body in one of :data:`CODINGS`."""

    __slots__ = ("_begun", "_gzip", "_stream")

    def __init__(self, coding: bytes) -> None:
        self._gzip = coding != b"deflate"
        self._begun = False
        #: ``None`` before, between and after the parts of which a gzip body may consist (RFC 1952, section 2.2).
        self._stream: Any = None

    @property
    def complete(self) -> bool:
        """Whether the body may end here; an empty one holds nothing."""
        return self._stream is None

    def unpack(self, packed: bytes, most: int) -> bytes:
        """Unpack a piece, up to ``most`` bytes (at least 1) of what is in it. Raises ``zlib.error``."""
        pieces = []
        while packed and most > 0:
            if self._stream is None:
                packed = packed.lstrip(b"\0") if self._begun else packed
                if not packed:
                    break
                self._stream = zlib.decompressobj(self._window_bits(packed))
                self._begun = True
            piece = self._stream.decompress(packed, most)
            pieces.append(piece)
            most -= len(piece)
            if not self._stream.eof:
                break
            packed, self._stream = self._stream.unused_data, None
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _window_bits(self, packed: bytes) -> int:
        if self._gzip:
            return _GZIP
        if self._begun:
            raise zlib.error("there is something behind the packed body")
        return zlib.MAX_WBITS if packed[0] & 0x0F == _ZLIB_METHOD else -zlib.MAX_WBITS
