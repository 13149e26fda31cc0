"""A cheap scan that counts a document's tokens before anything is parsed (GraphQL specification, section 2.1).

It reads each character at most a few times, whatever the text, and stops at the limit.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

# An unterminated string runs to the end of its line (a block string: of the text), so that no text is read twice.
_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\Z|\\\Z)'
    r'|"(?:[^"\\\n\r]++|\\.)*+"?'
    r"|[A-Za-z_][A-Za-z0-9_]*+"
    r"|-?[0-9][0-9A-Za-z.+\-_]*+"
    r"|\.\.\."
    r"|[!$&()\[\]{}:=@|]"
    r"|(?P<ignored>(?:[\s,\ufeff]++|#[^\n\r]*+)++)"
    r"|(?P<wrong>.)",
    re.DOTALL,
)


def count_tokens(text: str, limit: int) -> int:
    """Return the number of tokens, or ``limit + 1`` where there are more. Wrong characters count as tokens."""
    # Ignored runs alternate with tokens, so twice the limit of matches is enough to know.
    found = islice(_TOKEN.finditer(text), 2 * limit + 3)
    count = sum(1 for match in found if match.lastgroup != "ignored")
    return min(count, limit + 1)
