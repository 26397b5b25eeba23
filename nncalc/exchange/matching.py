"""Which array of a file goes to which parameter of a spec: one after the other, or the only way in which they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from nncalc.exchange.recurrent import GATES, in_order, recurrent_layers
from nncalc.exchange.weights import BIASES, WEIGHTS, begun, in_the_order, layer_of, natural, numbered, suggested
from nncalc.exchange.writing import Numbers, count_of
from nncalc.problems import Problem
from nncalc.spec.words import Path, joined, shown

#: So many ways to fill a parameter, of all of them together, are looked at.
_MOST_CHOICES: Final = 400


class Place(NamedTuple):
    """Where a parameter's numbers stand in a spec, and their shape; whether column 0 holds intercepts.

    Kernels of a layer, which are several parameters, have one place; their shape is how many there are, each of a
    channel, and the rows and columns of one. `gates` is the order of blocks in its layer.
    """

    names: tuple[str, ...]
    path: Path
    sizes: tuple[int, ...]
    folded: bool = False
    kernels: bool = False
    gates: str = ""

    @property
    def name(self) -> str:
        """What it is called in a message."""
        return self.names[0]

    @property
    def layer(self) -> Path | None:
        """The layer that it is of: in a spec of layers its table, else what its name says with a number, `W1`."""
        if self.path[0] == "layers":
            return self.path[:2]
        layer, end = layer_of(self.name)
        return (layer,) if layer and end in (*WEIGHTS, *BIASES) else None


class Part(NamedTuple):
    """An array of a file or several as one, what the names say of its layer, and which of its arrays it is.

    `type` is that of a recurrent layer, whose `end` is the key that a spec has for it.
    """

    layer: str
    end: str
    numbers: Numbers
    names: tuple[str, ...]
    type: str = ""

    @property
    def known(self) -> bool:
        """Whether its name says which layer it is of."""
        return bool(self.type) or self.end in (*WEIGHTS, *BIASES)


def parts_of(arrays: Mapping[str, Numbers]) -> list[Part]:
    """Return the arrays of a file; those of recurrent layers by the keys that a spec has; raise Problem (`shape`)."""
    recurrent = recurrent_layers(arrays)
    found = [
        Part(layer, key, numbers, (numbers.key,), each.type)
        for layer, each in recurrent.items() for key, numbers in each.arrays.items()
    ]  # fmt: skip
    taken = {name for each in recurrent.values() for name in each.names}
    return [*found, *(Part(*layer_of(name), each, (name,)) for name, each in arrays.items() if name not in taken)]


def layers_of(arrays: Mapping[str, Numbers]) -> list[str]:
    """Return what the layers of a file are called in `--order`; raise Problem (`shape`)."""
    return [*dict.fromkeys(begun(part.layer, part.names[0]) for part in parts_of(arrays))]


def matched(places: Sequence[Place], parts: Sequence[Part], order: Sequence[str] | None) -> list[tuple[Place, Numbers]]:
    """Return each parameter with its numbers: in the order that is said, or that numbers in names say, or by shapes."""
    layers = {part.layer: part.names[0] for part in parts}
    if order is None and not numbered(layers):
        return _by_shape(places, parts)
    stems = in_the_order(layers, order) if order is not None else sorted(layers, key=natural)
    ranks = {stem: rank for rank, stem in enumerate(stems)}
    return _by_order(places, sorted(parts, key=lambda each: (ranks[each.layer], *_rank(each))))


def _rank(part: Part) -> tuple[bool, str]:
    """Return what arrays of a layer are sorted by: weights before biases, those of a recurrent layer as they are."""
    return (False, "") if part.type else (part.end.startswith("b"), part.end)


def _by_order(places: Sequence[Place], parts: Sequence[Part]) -> list[tuple[Place, Numbers]]:
    """Return each parameter with the next array, or with the next two where one holds the intercepts."""
    rest = [*parts]
    found: list[tuple[Place, Numbers]] = []
    for place in places:
        if not rest:
            raise Problem(f"no array is left for `{place.name}`", None, _counts(places, parts), "shape")
        first = rest.pop(0)
        if place.folded and rest and first.numbers.sizes != place.sizes:
            first = _folded(place, first, rest.pop(0))
        found.append((place, fitting(place, _gated(place, first))))
    _check_left(places, parts, rest)
    return found


def _check_left(places: Sequence[Place], parts: Sequence[Part], rest: Sequence[Part]) -> None:
    if rest:
        names = joined([shown(each.numbers.key) for each in rest[:6]])
        keyed = next((each for each in rest if each.type), None)
        hint = f"`{keyed.end}` of the {keyed.type} in the spec takes it" if keyed else _counts(places, parts)
        raise Problem(f"no parameter is left for {names}", None, hint, "shape")


def _by_shape(places: Sequence[Place], parts: Sequence[Part]) -> list[tuple[Place, Numbers]]:
    """Return each parameter with the array, or the two of a layer, that it has in the only way in which all fit."""
    choices = [_choices(place, parts) for place in places]
    for place, own in zip(places, choices, strict=True):
        if not own:
            what = f"no array fits `{place.name}`, which is {count_of(place.sizes)}"
            raise Problem(what, None, _counts(places, parts), "shape")
    if sum(map(len, choices)) <= _MOST_CHOICES:
        while (fewer := _narrowed(places, choices)) != choices:
            choices = fewer
    for place, own in zip(places, choices, strict=True):
        if not own:
            what = f"no array is left for `{place.name}`, where a weight and a bias of one name go to one layer"
            raise Problem(what, None, _counts(places, parts), "shape")
        if len(own) > 1:
            fit = joined([_said(each.numbers) for each in own[:6]])
            order = suggested({part.layer: part.names[0] for part in parts})
            raise Problem(
                f"{fit} fit `{place.name}`, and the names do not say the order of layers", None,
                f"say it: `--order {order}`, if that is it; or call arrays as the parameters of the spec", "shape",
            )  # fmt: skip
    taken = {name for own in choices for name in own[0].names}
    _check_left(places, parts, [part for part in parts if not taken.issuperset(part.names)])
    return [(place, _gated(place, own[0])) for place, own in zip(places, choices, strict=True)]


def _choices(place: Place, parts: Sequence[Part]) -> list[Part]:
    """Return what may fill a parameter by itself."""
    able = [part for part in parts if _may_be(place, part)]
    found = [part for part in able if part.numbers.sizes == place.sizes]
    found = found or [part for part in able if _fits(place, part.numbers)]
    return [*found, *_pairs(place, parts)] if place.folded else found


def _may_be(place: Place, part: Part) -> bool:
    """Return whether what an array is called agrees with what a parameter is to its layer."""
    key = place.path[-1] if place.path[0] == "layers" else None
    if part.type and key is not None:
        return key == part.end
    refused = ("weights", "kernels", "gamma") if part.end in BIASES else ("bias", "beta") if part.end in WEIGHTS else ()
    return key not in refused


def _narrowed(places: Sequence[Place], choices: Sequence[list[Part]]) -> list[list[Part]]:
    """Return the choices without those that leave another parameter none."""
    others = [[at for at in range(len(places)) if at != own] for own in range(len(places))]
    return [
        [
            each for each in choices[own]
            if all(any(_together(places[own], each, places[at], other) for other in choices[at]) for at in others[own])
        ]
        for own in range(len(places))
    ]  # fmt: skip


def _together(place: Place, part: Part, other: Place, another: Part) -> bool:
    """Return whether two parameters may have these arrays: others, and of one layer where the parameters are of one."""
    if not set(part.names).isdisjoint(another.names):
        return False
    if place.layer is None or other.layer is None or not (part.known and another.known):
        return True
    return (place.layer == other.layer) == (part.layer == another.layer)


def _pairs(place: Place, parts: Sequence[Part]) -> list[Part]:
    """Return weights together with the biases of the same layer, where they make a parameter with intercepts."""
    biases = {part.layer: part for part in parts if len(part.numbers.sizes) == 1}
    pairs = [(part, biases.get(part.layer)) for part in parts if len(part.numbers.sizes) == 2]
    return [
        _folded(place, one, bias) for one, bias in pairs
        if bias is not None and _fold(place, one.numbers, bias.numbers)
    ]  # fmt: skip


def _counts(places: Sequence[Place], parts: Sequence[Part]) -> str:
    listed = [f"`{each.name}` {count_of(each.sizes)}" for each in places[:12]]
    return f"the spec has {joined(listed)}; the file has {joined([_said(each.numbers) for each in parts[:12]])}"


def _said(numbers: Numbers) -> str:
    return f"{shown(numbers.key)} {count_of(numbers.sizes)}"


def _folded(place: Place, one: Part, other: Part) -> Part:
    """Return weights with their intercepts as column 0."""
    weights, bias = one.numbers, other.numbers
    if not _fold(place, weights, bias):
        raise Problem(
            f"{_said(weights)} and {_said(bias)} do not make `{place.name}`, which is {count_of(place.sizes)}"
            " with the intercepts in column 0", None, None, "shape",
        )  # fmt: skip
    width = weights.sizes[1]
    entries = chain.from_iterable(
        [first, *weights.entries[row * width : (row + 1) * width]] for row, first in enumerate(bias.entries)
    )
    numbers = Numbers(f"{bias.key} and {weights.key}", place.sizes, [*entries])
    return one._replace(numbers=numbers, names=(*one.names, *other.names))


def _fold(place: Place, weights: Numbers, bias: Numbers) -> bool:
    """Return whether weights and a bias make a parameter with the intercepts in column 0."""
    rows, columns = (1, *place.sizes)[-2:]
    return weights.sizes == (rows, columns - 1) and bias.sizes == (rows,)


def _gated(place: Place, part: Part) -> Numbers:
    """Return the numbers of an array, its blocks in the order that the layer of the spec has."""
    gates = GATES.get(part.type, "")
    if not place.gates or sorted(gates) != sorted(place.gates) or gates == place.gates:
        return part.numbers
    found = in_order(part.numbers, gates, place.gates)
    return found._replace(key=f"{found.key} in the order {place.gates}")


def _fits(place: Place, numbers: Numbers) -> bool:
    """Return whether numbers are of the parameter's shape."""
    sizes = numbers.sizes
    if place.kernels and len(sizes) == 4:
        return place.sizes == (sizes[0] * sizes[1], *sizes[2:])
    return sizes in (place.sizes, (1, *place.sizes))


def fitting(place: Place, numbers: Numbers) -> Numbers:
    """Return the numbers, if they are of the parameter's shape; raise Problem (`shape`)."""
    if _fits(place, numbers):
        return numbers
    turned = len(place.sizes) == 2 and numbers.sizes == place.sizes[::-1]
    raise Problem(
        f"{_said(numbers)} does not fit `{place.name}`, which is {count_of(place.sizes)}", None,
        'its rows and columns are exchanged: `layout = "in_out"` in the spec' if turned else None, "shape",
    )  # fmt: skip
