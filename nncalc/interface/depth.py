"""How deep formulas may be nested: Python's own limit is raised while something is worked out, and put back.

A flat product of hundreds of factors is nested to the left, and what computes its value goes down two calls a factor;
the machine's own stack holds about twice as many as are allowed here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from nncalc.problems import Problem

#: How deep functions may call themselves.
DEEPEST = 10_000
_lock = Lock()
#: What the limit was before, once for each that is at work; threads share it.
_before: list[int] = []


@contextmanager
def deep() -> Iterator[None]:
    """Let functions call themselves often; raise Problem for what is too deep, or too large, even so.

    >>> before = sys.getrecursionlimit()
    >>> with deep():
    ...     within = sys.getrecursionlimit()
    >>> within >= DEEPEST, sys.getrecursionlimit() == before
    (True, True)
    """
    with _lock:
        _before.append(_before[0] if _before else sys.getrecursionlimit())
        sys.setrecursionlimit(max(DEEPEST, sys.getrecursionlimit()))
    try:
        yield
    except RecursionError:
        raise Problem("the formulas are nested too deeply to work with", None, None, "syntax") from None
    except MemoryError:
        raise Problem("there is not enough memory for this", None, None, "usage") from None
    finally:
        with _lock:
            before = _before.pop()
            if not _before:
                sys.setrecursionlimit(before)
