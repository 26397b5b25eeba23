"""Names: which are taken, by what, and which are free."""

from __future__ import annotations

from collections.abc import Iterable

from nncalc.spec.node import Node, Part
from nncalc.spec.words import path_text


class Names:
    """The names of one spec's quantities; no two quantities share one."""

    def __init__(self) -> None:
        self._taken: dict[str, Node] = {}

    def take(self, name: str, node: Node, part: Part = "both") -> str:
        """Return `name`, which from now on belongs to `node`; raise if it is taken already."""
        other = self._taken.get(name)
        if other is not None:
            line = node.document.line(other.path)
            path = other.path[:-1] if other.path[-1] == "name" else other.path
            owner = path_text(path) + (f" (line {line})" if line else "")
            raise node.problem(f"`{name}` is already the name of {owner}", "choose another name", "name", part)
        self._taken[name] = node
        return name

    def taken(self, name: str) -> bool:
        return name in self._taken

    def free(self, candidates: Iterable[str], node: Node) -> str:
        """Return the first candidate that is free, the last one lengthened if none is, and take it."""
        name = ""
        for name in candidates:
            if name not in self._taken:
                break
        while name in self._taken:
            name += "_"
        return self.take(name, node)


def counted_name(base: str, *numbers: int) -> str:
    """Return a name with numbers after it.

    >>> counted_name("K", 2, 1), counted_name("K2", 1)
    ('K2_1', 'K2_1')
    """
    return base + "_" * base[-1].isdecimal() + "_".join(map(str, numbers))
