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
from typing import Protocol, TypeVar

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


class _Priced(Protocol):
    @property
    def mask(self) -> int: ...

    @property
    def extra(self) -> int: ...


T = TypeVar("T", bound=_Priced)


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

    def keep_best(self, alternatives: Iterable[T], kept: int = KEPT) -> list[T]:
        """Sort alternatives, and drop those whose requests are a superset of a cheaper one's."""
        ordered = sorted(alternatives, key=lambda item: (self.cost(item.mask), item.extra))
        best: list[T] = []
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
        picks: list[Pick | None] = [None] * len(parts)
        open_parts: list[int] = []
        for number, part in enumerate(parts):
            if len(part) == 1:
                mask |= part[0].mask
                extra += part[0].extra
                picks[number] = part[0].pick
            elif part:
                open_parts.append(number)
            else:
                return []
        undecided: list[int] = []
        for number in open_parts:
            free = [item for item in parts[number] if not item.mask & ~mask]
            if free:
                chosen = min(free, key=lambda item: item.extra)
                extra += chosen.extra
                picks[number] = chosen.pick
            else:
                undecided.append(number)
        results = [_Union(mask, extra, None, 0, 0)]
        undecided.sort(key=lambda number: len(parts[number]))
        for number in undecided:
            product: dict[int, _Union] = {}
            for left in results:
                for which, right in enumerate(parts[number]):
                    union = left.mask | right.mask
                    total = left.extra + right.extra
                    known = product.get(union)
                    if known is None or total < known.extra:
                        product[union] = _Union(union, total, left, number, which)
            results = self.keep_best(product.values(), PRODUCT if len(undecided) > 1 else KEPT)
        return [Alternative(item.mask, item.extra, _together(picks, parts, item)) for item in results[:KEPT]]


@dataclass(slots=True, eq=False)
class _Union:
    """A union under construction: what it was made of, back to the start."""

    mask: int
    extra: int
    before: _Union | None
    part: int
    which: int


def _together(picks: list[Pick | None], parts: Sequence[Sequence[Alternative]], union: _Union) -> Pick:
    """Return the picks of a union in the order of the parts."""
    chosen = list(picks)
    item: _Union | None = union
    while item is not None and item.before is not None:
        chosen[item.part] = parts[item.part][item.which].pick
        item = item.before
    return Together(tuple(pick for pick in chosen if pick is not None))
