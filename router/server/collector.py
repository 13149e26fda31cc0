"""When Python's cyclic garbage collector looks at what: a pause that everybody waits for.

Parsing and planning leave cycles that are young when they go. Few live long: the syntax trees of variables, until the
cache drops their operation. So the young are looked at often, a few milliseconds' worth at a time, and the oldest
generation seldom, but often enough for the memory not to grow (docs/performance.md).
"""

from __future__ import annotations

import gc
from typing import Final

#: Objects that are made, less those that go by themselves, before the young are looked at. With five times as many, the
#: pauses are more than five times as long: what is young enough is still in the processor's cache.
YOUNG: Final = 10_000
#: How often that happens before the next generation has its turn, and how often that before the oldest has.
MIDDLE: Final = 10
OLDEST: Final = 50


def spare_what_stays() -> None:
    """Keep the collector from what is loaded by now, since it stays until the end, and set its pace for the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLDEST)
