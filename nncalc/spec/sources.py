"""Where the numbers of a quantity come from: in place, from a file, or from an initialiser."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from nncalc.language.blocks import transposed
from nncalc.problems import Problem
from nncalc.spec.document import Document
from nncalc.spec.node import Node
from nncalc.spec.statements import Given
from nncalc.spec.values import GO_TOGETHER, INITIALISERS, KEYS, SOURCES, Values, numbers
from nncalc.spec.words import argument, either


class Reading(NamedTuple):
    """What the numbers of a spec are read from: data files in `folder`, or what was said `anew` of a quantity.

    Of a batch no more than the first `most` examples are taken, where that is asked for.
    """

    folder: str | None
    most: int | None = None
    anew: Mapping[str, Given] = MappingProxyType({})

    def values(self, node: Node, name: str, extra: tuple[str, ...] = ()) -> Values:
        """Return the numbers of the quantity `name`, which the spec says at `node`."""
        return self.over(values(node, self.folder, extra), node, name)

    def over(self, own: Values, node: Node, name: str) -> Values:
        """Return what was said anew of the quantity `name`, else the spec's `own` numbers."""
        said = self.anew.get(name)
        if said is None:
            return own
        rows = transposed(said.rows) if said.dims == 1 else said.rows
        return Values(rows, said.dims, Node(Document(argument(name), "", "python", {}), node.path, None))


def values(node: Node, folder: str | None, extra: tuple[str, ...] = (), levels: int = 2) -> Values:
    """Return the numbers of `node`: a number, a list, a list of lists, or a table that says where they come from.

    `extra` are keys that such a table may have beside `KEYS`; lists stand in each other in at most so many `levels`.
    """
    if not isinstance(node.value, dict):
        return numbers(node, levels)
    node.table((*extra, *KEYS))
    sources = [key for key in SOURCES if node.get(key)]
    if not sources:
        raise _sourceless(node)
    if len(sources) > 1:
        raise node.at(sources[1]).problem(f"`{sources[0]}` is given already", f"keep one of {either(SOURCES)}")
    source = node.at(sources[0])
    _no_strangers(node, sources[0])
    if sources[0] == "values":
        return numbers(source, levels)
    if sources[0] == "file":
        from nncalc.spec.data import from_file  # files and initialisers are rare

        return from_file(node, folder, levels)
    from nncalc.spec.initial import initialised

    return initialised(node, levels)


def _sourceless(node: Node) -> Problem:
    if node.get("value"):
        return node.unknown("value", ["values", "file", "shape"])
    if node.get("shape"):
        return node.missing("init", f"one of {either(INITIALISERS)}")
    return node.missing("values", "or `file`, or `shape` with `init`")


def _no_strangers(node: Node, source: str) -> None:
    """Raise if the table has a key that belongs to another source of numbers."""
    if source == "init":
        allowed: tuple[str, ...] = ("shape", "init", *INITIALISERS[node.at("init").choice(INITIALISERS)])
    else:
        allowed = GO_TOGETHER[source]
    for key in KEYS:
        member = node.get(key)
        if member and key not in allowed:
            raise member.problem(f"does not go with `{source}`", f"with `{source}` go {either(allowed)}", part="key")
