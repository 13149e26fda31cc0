"""The bounded cache."""

from __future__ import annotations

from router.pipeline.cache import BoundedCache


def test_it_forgets_what_was_used_longest_ago() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2, 100)
    cache.put("a", 1, 1)
    cache.put("b", 2, 1)
    assert cache.get("a") == 1
    cache.put("c", 3, 1)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)
    assert (cache.hits, cache.misses) == (3, 1)
    assert list(cache) == ["a", "c"]


def test_it_is_bounded_in_bytes() -> None:
    cache: BoundedCache[int, int] = BoundedCache(100, 10)
    for number in range(5):
        cache.put(number, number, 4)
    assert (len(cache), cache.bytes, list(cache)) == (2, 8, [3, 4])
    cache.put(9, 9, 11)
    assert cache.get(9) is None
    cache.put(4, 0, 11)
    assert (len(cache), cache.bytes, cache.get(4)) == (1, 4, None)


def test_a_value_replaces_the_one_before() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2, 10)
    cache.put("a", 1, 5)
    cache.put("a", 2, 3)
    assert (cache.get("a"), cache.bytes, len(cache)) == (2, 3, 1)
