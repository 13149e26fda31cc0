"""Alternatives: ways to answer something, told apart by the requests that they need.

A request is a bit: subgraph number + step * number of subgraphs, step 0 being the roots. A way to answer is the mask of
all requests that it needs, so requests shared between siblings are paid once by taking the bitwise or, and the highest
step in a mask tells when an answer is there. The cost of a mask is the reference's formula (see docs/planning.md).

Invariant: a list of alternatives is sorted by cost, and none of them needs a superset of another's requests; the first
is the cheapest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from router.planning.picks import Pick, Together

#: Alternatives that are kept for siblings to share with. Where fewer exist, the search is exact.
KEPT = 16
#: Alternatives of one product that are looked at before the dear ones are dropped.
PRODUCT = 512


@dataclass(slots=True, eq=False)
class Alternative:
    """``mask`` are the requests, ``extra`` the fields fetched for the plan's own needs, ``pick`` what was chosen."""

    mask: int
    extra: int
    pick: Pick


class Costs:
    """Prices of masks for a number of subgraphs; remembers them."""

    __slots__ = ("_known", "_step", "width")

    def __init__(self, width: int) -> None:
        self.width = max(width, 1)
        self._step = (1 << self.width) - 1
        self._known: dict[int, int] = {}

    def bit(self, step: int, subgraph: int) -> int:
        """Return the mask of one request."""
        return 1 << (step * self.width + subgraph)

    def last_step(self, mask: int) -> int:
        """Return the step of the latest request; -1 for none."""
        return (mask.bit_length() + self.width - 1) // self.width - 1

    def cost(self, mask: int) -> int:
        """Return the sum over steps of max(1, 100 * step) * 1000 * requests."""
        found = self._known.get(mask)
        if found is None:
            found, step, left = 0, 0, mask
            while left:
                found += max(1, 100 * step) * 1000 * (left & self._step).bit_count()
                left >>= self.width
                step += 1
            self._known[mask] = found
        return found

    def keep_best(self, alternatives: Iterable[Alternative], kept: int = KEPT) -> list[Alternative]:
        """Sort alternatives, and drop those whose requests are a superset of a cheaper one's."""
        ordered = sorted(alternatives, key=lambda item: (self.cost(item.mask), item.extra))
        best: list[Alternative] = []
        for item in ordered:
            mask = item.mask
            if all(other.mask & ~mask for other in best):
                best.append(item)
                if len(best) == kept:
                    break
        return best

    def combine(self, parts: Sequence[Sequence[Alternative]]) -> list[Alternative]:
        """Answer all parts: the best unions of one alternative each. Empty where a part has none."""
        mask = extra = 0
        picks: list[Pick] = []
        open_parts: list[Sequence[Alternative]] = []
        for part in parts:
            if len(part) == 1:
                mask |= part[0].mask
                extra += part[0].extra
                picks.append(part[0].pick)
            elif part:
                open_parts.append(part)
            else:
                return []
        undecided: list[Sequence[Alternative]] = []
        for part in open_parts:
            free = [item for item in part if not item.mask & ~mask]
            if free:
                chosen = min(free, key=lambda item: item.extra)
                extra += chosen.extra
                picks.append(chosen.pick)
            else:
                undecided.append(part)
        results = [Alternative(mask, extra, Together(tuple(picks)))]
        for part in sorted(undecided, key=len):
            product: dict[int, Alternative] = {}
            for left in results:
                for right in part:
                    union = left.mask | right.mask
                    total = left.extra + right.extra
                    known = product.get(union)
                    if known is None or total < known.extra:
                        product[union] = Alternative(union, total, Together((left.pick, right.pick)))
            results = self.keep_best(product.values(), PRODUCT if len(undecided) > 1 else KEPT)
        return results[:KEPT]
