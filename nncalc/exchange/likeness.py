"""Weights put into a spec that says the network: by their names, else one after the other, wherever shapes agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from nncalc.exchange.chains import went
from nncalc.exchange.matching import Place, fitting, matched, parts_of
from nncalc.exchange.recurrent import GATES
from nncalc.exchange.writing import Imported, Numbers, Tree
from nncalc.graph.elements import bases
from nncalc.spec import Spec
from nncalc.spec.layers import LAYERS
from nncalc.spec.model import Model
from nncalc.spec.values import KEYS, SOURCES
from nncalc.spec.words import Path, joined


def filled(spec: Spec, model: Model, arrays: Mapping[str, Numbers], order: Sequence[str] | None) -> Imported:
    """Return the spec with its parameters replaced by these arrays, of layers in the order that is said.

    Raises Problem (`shape`) where one does not fit.
    """
    assert spec.document is not None
    tree: Tree = spec.document.tree
    places = _places(spec, model, tree)
    found = _by_name(places, arrays, tree) if order is None else []
    found = found or matched(places, parts_of(arrays), order)
    for place, numbers in found:
        for path, part in _parts(tree, place, numbers):
            tree = _with(tree, path, part, place.name)
    return Imported(tree, tuple(went(numbers, joined(place.names)) for place, numbers in found))


def _places(spec: Spec, model: Model, tree: Tree) -> list[Place]:
    folded = {of.base for of in bases(model.graph)}
    places: dict[Path, Place] = {}
    for of in spec.parameters:
        given = spec.given[of]
        path = given.path[:-1] if given.path[-1] in SOURCES else given.path
        rows, columns = len(given.rows), len(given.rows[0])
        if _KERNELS in path:
            path = path[: path.index(_KERNELS) + 1]
            names = (*(places[path].names if path in places else ()), of)
            places[path] = Place(names, path, (len(names), rows, columns), kernels=True)
            continue
        layer = _at(tree, path)
        if isinstance(layer, dict) and "type" in layer:  # which says nothing of it, so that it is what is usual
            path = (*path, next(key for key in _usual(layer) if (*path, key) not in places))
        sizes = ((), (rows if columns == 1 else columns,), (rows, columns))[given.dims]
        gates = _gates(_at(tree, path[:2])) if path[0] == "layers" else ""
        places[path] = Place((of,), path, sizes, of in folded, gates=gates)
    return [*places.values()]


#: What a layer's kernels are called in a spec.
_KERNELS: Final = "kernels"


def _usual(layer: Tree) -> list[str]:
    """Return the keys of parameters that a layer has though its spec says nothing of them, such as `gamma`."""
    known = LAYERS[str(layer["type"])].quantities
    return [key for key, each in known.items() if each.trained and each.default != "none" and key not in layer]


def _gates(layer: Tree) -> str:
    """Return the order of the blocks in the weights of a layer, nothing where it has none."""
    usual = GATES.get(str(layer["type"]))
    return str(layer.get("gates", usual)) if usual else ""


def _at(tree: Tree, path: Path) -> Any:
    value: Any = tree
    for part in path:
        value = value[part]
    return value


def _parts(tree: Tree, place: Place, numbers: Numbers) -> Iterator[tuple[Path, Numbers]]:
    """Yield where the numbers of a place go: those of kernels that have a table each go into these."""
    tables = _at(tree, place.path) if place.kernels else None
    if not isinstance(tables, list) or not isinstance(tables[0], dict):
        yield place.path, numbers
        return
    channels, *matrix = numbers.sizes[1:]
    sizes, size = (channels, *matrix) if channels > 1 else (*matrix,), len(numbers.entries) // len(tables)
    for at in range(len(tables)):
        entries = numbers.entries[at * size : (at + 1) * size]
        yield (*place.path, at), Numbers(f"{numbers.key}[{at + 1}]", sizes, entries)


def _by_name(places: Sequence[Place], arrays: Mapping[str, Numbers], tree: Tree) -> list[tuple[Place, Numbers]]:
    """Return each parameter with the array of its name; nothing where some have none."""
    if not all(name in arrays for place in places for name in place.names):
        return []
    return [(place, _named(place, arrays, tree)) for place in places]


def _named(place: Place, arrays: Mapping[str, Numbers], tree: Tree) -> Numbers:
    """Return the array of a parameter's name, of kernels all of theirs as one."""
    if not place.kernels:
        return fitting(place, arrays[place.name])
    each = [fitting(place._replace(names=(of,), sizes=place.sizes[1:]), arrays[of]) for of in place.names]
    listed = _at(tree, place.path)
    count = len(listed) if isinstance(listed, list) else len(each)
    entries = [*chain.from_iterable(one.entries for one in each)]
    return Numbers(" and ".join(one.key for one in each), (count, len(each) // count, *place.sizes[1:]), entries)


def _with(tree: Tree, path: Path, numbers: Numbers, of: str) -> Tree:
    """Return a tree with these numbers at a path, and what else is said there kept; what is new there gets its name."""

    def put(value: object, rest: Path) -> object:
        if not rest:
            about = {key: each for key, each in value.items() if key not in KEYS} if isinstance(value, dict) else {}
            return numbers._replace(about={"name": of} if value is None else about)
        if isinstance(value, dict):
            return {**value, rest[0]: put(value.get(rest[0]), rest[1:])}
        assert isinstance(value, list)
        return [put(each, rest[1:]) if at == rest[0] else each for at, each in enumerate(value)]

    found = put(tree, path)
    assert isinstance(found, dict)
    return found
