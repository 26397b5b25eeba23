"""Weights put into a spec that says the network: by their names, else one after the other, wherever shapes agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from nncalc.exchange.chains import went
from nncalc.exchange.weights import layer_of, natural, numbered
from nncalc.exchange.writing import Imported, Numbers, Tree, count_of
from nncalc.graph.elements import bases
from nncalc.problems import Problem
from nncalc.spec import Spec
from nncalc.spec.layers import LAYERS
from nncalc.spec.model import Model
from nncalc.spec.values import KEYS, SOURCES
from nncalc.spec.words import Path, joined, shown


class _Place(NamedTuple):
    """Where a parameter's numbers stand in a spec, and their shape; whether column 0 holds intercepts.

    Kernels of a layer, which are several parameters, have one place; their shape is how many there are, each of a
    channel, and the rows and columns of one.
    """

    names: tuple[str, ...]
    path: Path
    sizes: tuple[int, ...]
    folded: bool = False
    kernels: bool = False

    @property
    def name(self) -> str:
        """What it is called in a message."""
        return self.names[0]


def filled(spec: Spec, model: Model, arrays: Mapping[str, Numbers]) -> Imported:
    """Return the spec with its parameters replaced by these arrays; raise Problem (`shape`) where one does not fit."""
    assert spec.document is not None
    tree: Tree = spec.document.tree
    places = _places(spec, model, tree)
    found = _by_name(places, arrays, tree)
    if not found:
        in_order = numbered(layer_of(name)[0] for name in arrays)
        found = _by_order(places, arrays) if in_order else _by_shape(places, arrays)
    for place, numbers in found:
        for path, part in _parts(tree, place, numbers):
            tree = _with(tree, path, part, place.name)
    return Imported(tree, tuple(went(numbers, joined(place.names)) for place, numbers in found))


def _places(spec: Spec, model: Model, tree: Tree) -> list[_Place]:
    folded = {of.base for of in bases(model.graph)}
    places: dict[Path, _Place] = {}
    for of in spec.parameters:
        given = spec.given[of]
        path = given.path[:-1] if given.path[-1] in SOURCES else given.path
        rows, columns = len(given.rows), len(given.rows[0])
        if _KERNELS in path:
            path = path[: path.index(_KERNELS) + 1]
            names = (*(places[path].names if path in places else ()), of)
            places[path] = _Place(names, path, (len(names), rows, columns), kernels=True)
            continue
        layer = _at(tree, path)
        if isinstance(layer, dict) and "type" in layer:  # which says nothing of it, so that it is what is usual
            path = (*path, next(key for key in _usual(layer) if (*path, key) not in places))
        sizes = ((), (rows if columns == 1 else columns,), (rows, columns))[given.dims]
        places[path] = _Place((of,), path, sizes, of in folded)
    return [*places.values()]


#: What a layer's kernels are called in a spec.
_KERNELS: Final = "kernels"


def _usual(layer: Tree) -> list[str]:
    """Return the keys of parameters that a layer has though its spec says nothing of them, such as `gamma`."""
    known = LAYERS[str(layer["type"])].quantities
    return [key for key, each in known.items() if each.trained and each.default != "none" and key not in layer]


def _at(tree: Tree, path: Path) -> Any:
    value: Any = tree
    for part in path:
        value = value[part]
    return value


def _parts(tree: Tree, place: _Place, numbers: Numbers) -> Iterator[tuple[Path, Numbers]]:
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


def _by_name(places: Sequence[_Place], arrays: Mapping[str, Numbers], tree: Tree) -> list[tuple[_Place, Numbers]]:
    """Return each parameter with the array of its name; nothing where some have none."""
    if not all(name in arrays for place in places for name in place.names):
        return []
    return [(place, _named(place, arrays, tree)) for place in places]


def _named(place: _Place, arrays: Mapping[str, Numbers], tree: Tree) -> Numbers:
    """Return the array of a parameter's name, of kernels all of theirs as one."""
    if not place.kernels:
        return _fitting(place, arrays[place.name])
    each = [_fitting(place._replace(names=(of,), sizes=place.sizes[1:]), arrays[of]) for of in place.names]
    listed = _at(tree, place.path)
    count = len(listed) if isinstance(listed, list) else len(each)
    entries = [*chain.from_iterable(one.entries for one in each)]
    return Numbers(" and ".join(one.key for one in each), (count, len(each) // count, *place.sizes[1:]), entries)


def _by_order(places: Sequence[_Place], arrays: Mapping[str, Numbers]) -> list[tuple[_Place, Numbers]]:
    """Return each parameter with the next array, or with the next two where one holds the intercepts."""
    rest = [arrays[name] for name in sorted(arrays, key=_order)]
    found: list[tuple[_Place, Numbers]] = []
    for place in places:
        if not rest:
            raise Problem(f"no array is left for `{place.name}`", None, _counts(places, arrays), "shape")
        first = rest.pop(0)
        if place.folded and rest and first.sizes != place.sizes:
            first = _folded(place, first, rest.pop(0))
        found.append((place, _fitting(place, first)))
    if rest:
        names = joined([shown(each.key) for each in rest[:6]])
        raise Problem(f"no parameter is left for {names}", None, _counts(places, arrays), "shape")
    return found


def _order(name: str) -> tuple[object, ...]:
    """Return what arrays are sorted by: their layer as numbers say, weights before biases."""
    layer, end = layer_of(name)
    return natural(layer), end.startswith("b"), end


def _by_shape(places: Sequence[_Place], arrays: Mapping[str, Numbers]) -> list[tuple[_Place, Numbers]]:
    """Return each parameter with the only array, or the only two of a layer, that fit it."""
    found: list[tuple[_Place, Numbers]] = []
    for place in places:
        exact = [each for each in arrays.values() if each.sizes == place.sizes]
        fit = exact or [each for each in arrays.values() if _fits(place, each)]
        fit += _pairs(place, arrays) if place.folded else []
        if len(fit) != 1:
            what = joined([_said(each) for each in fit[:6]]) + " fit" if fit else "no array fits"
            raise Problem(
                f"{what} `{place.name}`, and the names do not say the order of layers", None,
                "arrays that are called as the parameters of the spec go by their names", "shape",
            )  # fmt: skip
        found.append((place, fit[0]))
    taken = {key for _, numbers in found for key in numbers.key.split(" and ")}
    rest = [shown(name) for name in arrays if name not in taken]
    if rest:
        raise Problem(f"no parameter is left for {joined(rest[:6])}", None, _counts(places, arrays), "shape")
    return found


def _pairs(place: _Place, arrays: Mapping[str, Numbers]) -> list[Numbers]:
    """Return weights together with the biases of the same layer, where they make a parameter with intercepts."""
    biases = {layer_of(name)[0]: each for name, each in arrays.items() if len(each.sizes) == 1}
    pairs = [(each, biases.get(layer_of(name)[0])) for name, each in arrays.items() if len(each.sizes) == 2]
    return [_folded(place, one, bias) for one, bias in pairs if bias is not None and _fold(place, one, bias)]


def _counts(places: Sequence[_Place], arrays: Mapping[str, Numbers]) -> str:
    listed = [f"`{each.name}` {count_of(each.sizes)}" for each in places[:12]]
    return f"the spec has {joined(listed)}; the file has {joined([_said(each) for each in [*arrays.values()][:12]])}"


def _said(numbers: Numbers) -> str:
    return f"{shown(numbers.key)} {count_of(numbers.sizes)}"


def _folded(place: _Place, weights: Numbers, bias: Numbers) -> Numbers:
    """Return weights with their intercepts as column 0."""
    if not _fold(place, weights, bias):
        raise Problem(
            f"{_said(weights)} and {_said(bias)} do not make `{place.name}`, which is {count_of(place.sizes)}"
            " with the intercepts in column 0", None, None, "shape",
        )  # fmt: skip
    width = weights.sizes[1]
    entries = chain.from_iterable(
        [first, *weights.entries[row * width : (row + 1) * width]] for row, first in enumerate(bias.entries)
    )
    return Numbers(f"{bias.key} and {weights.key}", place.sizes, [*entries])


def _fold(place: _Place, weights: Numbers, bias: Numbers) -> bool:
    """Return whether weights and a bias make a parameter with the intercepts in column 0."""
    rows, columns = (1, *place.sizes)[-2:]
    return weights.sizes == (rows, columns - 1) and bias.sizes == (rows,)


def _fits(place: _Place, numbers: Numbers) -> bool:
    """Return whether numbers are of the parameter's shape."""
    sizes = numbers.sizes
    if place.kernels and len(sizes) == 4:
        return place.sizes == (sizes[0] * sizes[1], *sizes[2:])
    return sizes in (place.sizes, (1, *place.sizes))


def _fitting(place: _Place, numbers: Numbers) -> Numbers:
    """Return the numbers, if they are of the parameter's shape."""
    if _fits(place, numbers):
        return numbers
    turned = len(place.sizes) == 2 and numbers.sizes == place.sizes[::-1]
    raise Problem(
        f"{_said(numbers)} does not fit `{place.name}`, which is {count_of(place.sizes)}", None,
        'its rows and columns are exchanged: `layout = "in_out"` in the spec' if turned else None, "shape",
    )  # fmt: skip


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
