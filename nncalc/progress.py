"""How far long work is: told by whoever goes through it, heard by whoever listens. Knows neither.

Where nobody listens that costs a look before the work, and nothing within it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

T = TypeVar("T")
#: Is told what is done, how much of it (from 0 to 1), and what may be said of it beside.
Hear: TypeAlias = Callable[[str, float, Callable[[], str] | None], None]


class _Ear:
    """Who is told; a class because work within a part of other work is told of as a part of that."""

    def __init__(self, hear: Hear, hush: Callable[[], None]) -> None:
        self.hear = hear
        self.hush = hush
        self.within: tuple[str, float, float] | None = None


#: Whoever listens, if anyone does.
_ears: list[_Ear] = []


@contextmanager
def listening(hear: Hear, hush: Callable[[], None]) -> Iterator[None]:
    """Tell `hear` of all long work within; `hush` takes away what it has said, and so it ends."""
    before, _ears[:] = _ears[:], [_Ear(hear, hush)]
    try:
        yield
    finally:
        _ears[:] = before
        hush()


def told(items: Collection[T], what: str, said: Callable[[], str] | None = None) -> Iterable[T]:
    """Return the items; whoever listens is told of each before it is worked on.

    >>> with listening(lambda what, done, said: print(what, done), lambda: None):
    ...     found = [(i, j) for i in told("ab", "reading") for j in told("cd", "spelling")]
    reading 0.0
    reading 0.0
    reading 0.25
    reading 0.5
    reading 0.5
    reading 0.75
    """
    return _told(items, what, said, _ears[0]) if _ears else items


def _told(items: Collection[T], what: str, said: Callable[[], str] | None, ear: _Ear) -> Iterator[T]:
    before = ear.within
    what, start, share = before or (what, 0.0, 1.0)
    share /= len(items) or 1
    try:
        for place, item in enumerate(items):
            done = start + place * share
            ear.within = what, done, share
            ear.hear(what, done, said)
            yield item
    finally:
        ear.within = before


def hush() -> None:
    """Have what was said taken away, as something else is written in its place; more may follow."""
    for ear in _ears:
        ear.hush()


def silence() -> None:
    """Have what was said taken away, and nothing more said."""
    hush()
    _ears.clear()
