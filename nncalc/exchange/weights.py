"""Files of weights: the arrays of a network by their names, and what the names say of dense layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise, permutations
from typing import Final, NamedTuple

from nncalc.exchange.recurrent import recurrent_layers
from nncalc.exchange.writing import Numbers, count_of
from nncalc.problems import Problem, Where, nearest, safe
from nncalc.spec.document import Document
from nncalc.spec.node import Node
from nncalc.spec.values import Values
from nncalc.spec.words import joined, shown

#: Weights and biases by the end of their names, the number after it, and how the weights lie where the name says that.
WEIGHTS: Final = {"weight": "out_in", "kernel": "in_out", "weights": None, "w": None}
BIASES: Final = ("bias", "biases", "b")
_NAME = re.compile(r"(?P<stem>.*?)(?P<end>[a-z]+)_?(?P<number>\d*)", re.IGNORECASE | re.DOTALL)
_PUT: Final = "`--like net.toml` puts these numbers in"
_SAY: Final = f"write the network as a spec, and {_PUT}"
#: Layers whose names do not say in which order they are, in all of which their shapes are tried.
_MOST_TRIED: Final = 6


class Dense(NamedTuple):
    """The arrays of a dense layer, and how its weights lie where that is known: a row a unit, or a column."""

    weights: Numbers
    bias: Numbers | None
    layout: str | None


def read_weights(data: bytes, path: str) -> dict[str, Numbers]:
    """Return the arrays of a file of safetensors or an NPZ file; raise Problem (`file`) where it is none."""
    name = safe(path, 200)
    try:
        found = {called: _numbers(called, values) for called, values in _arrays(data, path)}
    except Problem as problem:
        raise Problem(f"`{name}`: {problem.message}", Where(name), problem.hint, "file") from None
    if not found:
        raise Problem(f"`{name}` holds no array", Where(name), None, "file")
    return found


def _arrays(data: bytes, path: str) -> Iterable[tuple[str, Values]]:
    node = Node(Document(path, "", "json", {}), ("file",), path)
    if path.lower().endswith(".safetensors"):
        from nncalc.spec.safetensors import all_values

        return all_values(data, node, 4)
    from nncalc.spec.arrays import npz_arrays

    return npz_arrays(data, node, 4)


def _numbers(name: str, values: Values) -> Numbers:
    return Numbers(name, values.axes if values.dims else (), [*chain.from_iterable(values.rows)])


def layer_of(name: str) -> tuple[str, str]:
    """Return what an array's name says of its layer, and what of it the array is.

    >>> layer_of("fc1.weight"), layer_of("b2")
    (('fc1.', 'weight'), ('2', 'b'))
    """
    parts = _NAME.fullmatch(name)
    return (parts["stem"] + parts["number"], parts["end"].lower()) if parts else (name, "")


def numbered(layers: Iterable[str]) -> bool:
    """Return whether numbers say in which order layers are: their names are the same but for these."""
    return len({re.sub(r"\d+", "0", layer) for layer in layers}) == 1


def natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """Return what names are sorted by: numbers in them as numbers, `fc2` before `fc10`."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((part.isdecimal(), int(part[:18]) if part.isdecimal() else 0, part) for part in parts)


def in_the_order(layers: Mapping[str, str], order: Sequence[str]) -> list[str]:
    """Return layers in the order that is said, by what their names begin with; each with the name of one array of it.

    Raises Problem (`usage`) where one is left out, is said twice or is none.
    """
    by_name = {begun(layer, name): layer for layer, name in layers.items()}
    found: list[str] = []
    for said in order:
        layer, end = layer_of(said)
        layer = by_name.get(said, layer if end in ("", *WEIGHTS, *BIASES) else said)
        if layer not in layers:
            near = nearest(said, by_name)
            hint = f"did you mean `{near}`?" if near else f"there is {_some(by_name)}"
            raise Problem(f"--order: {shown(said)} is no layer of the file", None, hint, "usage")
        if layer in found:
            raise Problem(f"--order: {shown(said)} is there twice", None, None, "usage")
        found.append(layer)
    left = [name for layer, name in layers.items() if layer not in found]
    if left:
        raise Problem(f"--order leaves out {_some(left)}", None, "it has every layer of the file once", "usage")
    return found


def begun(layer: str, name: str) -> str:
    """Return what a layer is called in `--order`: what its arrays' names begin with, else the `name` of one.

    >>> begun("encoder.", "encoder.weight"), begun("1", "W1")
    ('encoder', 'W1')
    """
    short = layer.rstrip("._/")
    return short if short and name.startswith(layer) else name


def suggested(layers: Mapping[str, str]) -> str:
    """Return layers as `--order` has them."""
    return ",".join(begun(layer, name) for layer, name in layers.items())


def _some(names: Iterable[str]) -> str:
    return joined([shown(each) for each in [*names][:8]])


def dense_layers(
    arrays: Mapping[str, Numbers], layout: str | None, order: Sequence[str] | None
) -> tuple[list[Dense], str]:
    """Return the dense layers that weights and biases are of, in order, and what of that was guessed.

    Their order may be said. Raises Problem (`shape`) where the arrays or their order may mean something else.
    """
    pairs = _pairs(arrays)
    found = {stem: _dense(*pair, layout) for stem, pair in pairs.items()}
    if len({each.layout for each in found.values() if each.layout}) == 1:
        said = next(each.layout for each in found.values() if each.layout)
        found = {stem: each._replace(layout=each.layout or said) for stem, each in found.items()}
    unknown = next((each for each in found.values() if each.layout is None), None)
    if unknown is not None:
        raise Problem(
            f"nothing says whether a row of {shown(unknown.weights.key)} is a unit it goes to",
            None, "`--layout out_in` where it is, as in PyTorch; else `--layout in_out`", "shape",
        )  # fmt: skip
    return _in_order(found) if order is None else _as_said(found, order)


def _pairs(arrays: Mapping[str, Numbers]) -> dict[str, tuple[Numbers, Numbers | None, str | None]]:
    """Return weights with their bias and what their name says of their layout, by the rest of their names."""
    recurrent = {of: each.type for each in recurrent_layers(arrays).values() for of in each.names}
    weights: dict[str, tuple[Numbers, str | None]] = {}
    biases: dict[str, Numbers] = {}
    for name, array in arrays.items():
        whose, end = layer_of(name)
        if end in BIASES and len(array.sizes) == 1 and whose not in biases:
            biases[whose] = array
        elif end in WEIGHTS and len(array.sizes) == 2 and whose not in weights:
            weights[whose] = (array, WEIGHTS[end])
        else:
            what = f"the array {shown(name)}, {count_of(array.sizes)}, is no weight and no bias of a dense layer"
            raise Problem(what, None, _other(array, recurrent), "shape")
    stranger = next((biases[whose] for whose in biases if whose not in weights), None)
    if stranger is not None:
        raise Problem(f"{shown(stranger.key)} belongs to no weights", None, _SAY, "shape")
    return {whose: (array, biases.get(whose), said) for whose, (array, said) in weights.items()}


def _other(array: Numbers, recurrent: Mapping[str, str]) -> str:
    """Return what to do with an array of another layer, by the types of layers that are recurrent."""
    sliding = {3: "conv1d", 4: "conv2d"}
    found = recurrent.get(array.key, sliding.get(len(array.sizes)))
    return _SAY if found is None else f'write the network as a spec, with `type = "{found}"`, and {_PUT}'


def _dense(weights: Numbers, bias: Numbers | None, said: str | None, layout: str | None) -> Dense:
    """Return a layer; its bias, which has a number for each unit, may say how the weights lie."""
    units = {"out_in": weights.sizes[0], "in_out": weights.sizes[1]}
    if bias is None:
        return Dense(weights, None, layout or said)
    fits = [each for each, count in units.items() if count == bias.sizes[0]]
    wanted = layout or said
    if not fits or (wanted is not None and wanted not in fits):
        raise Problem(
            f"{shown(weights.key)} is {count_of(weights.sizes)}, and {shown(bias.key)} has {bias.sizes[0]} values:"
            f" a dense layer has one for each {'row' if wanted == 'out_in' else 'column' if wanted else 'unit'}",
            None, None if layout is None else "leave out --layout", "shape",
        )  # fmt: skip
    return Dense(weights, bias, wanted or (fits[0] if len(fits) == 1 else None))


def ends(layer: Dense) -> tuple[int, int]:
    """Return how many values go into a layer and come out of it."""
    rows, columns = layer.weights.sizes
    return (rows, columns) if layer.layout == "in_out" else (columns, rows)


def _chained(layers: Iterable[Dense]) -> bool:
    sizes = [ends(each) for each in layers]
    return all(before[1] == after[0] for before, after in pairwise(sizes))


def _in_order(found: Mapping[str, Dense]) -> tuple[list[Dense], str]:
    """Return layers in the order that their numbers say, or the only one in which their shapes go together."""
    stems = sorted(found, key=natural) if numbered(found) else [*found]
    layers = [found[whose] for whose in stems]
    names = joined([shown(each.weights.key) for each in layers[:8]])
    if numbered(found) or len(layers) == 1:
        if not _chained(layers):
            raise Problem(f"the shapes of {names} do not go one into the next", None, _SAY, "shape")
        return layers, "in the order of their numbers"
    orders = [each for each in permutations(layers) if _chained(each)] if len(layers) <= _MOST_TRIED else []
    if not orders and len(layers) <= _MOST_TRIED:
        raise Problem(f"{names} go one into the next in no order", None, _SAY, "shape")
    if len(orders) != 1:
        likely = orders[0] if orders else layers
        first = {of: each.weights.key for each in likely for of in found if found[of] is each}
        raise Problem(
            f"{names} go one into the next in more than one order" if orders else f"nothing says the order of {names}",
            None, f"say it: `--order {suggested(first)}`, if that is it", "shape",
        )  # fmt: skip
    return [*orders[0]], "in the only order in which their shapes fit"


def _as_said(found: Mapping[str, Dense], order: Sequence[str]) -> tuple[list[Dense], str]:
    layers = [found[whose] for whose in in_the_order({of: each.weights.key for of, each in found.items()}, order)]
    for before, after in pairwise(layers):
        if ends(before)[1] != ends(after)[0]:
            raise Problem(
                f"{shown(before.weights.key)} gives {ends(before)[1]} values, and {shown(after.weights.key)} takes"
                f" {ends(after)[0]}", None, "--order has a layer after the one whose values it takes", "shape",
            )  # fmt: skip
    return layers, "in the order that --order says"
