"""Recurrent layers as PyTorch saves them: its arrays by the keys that a spec has for them.

Knows PyTorch's names, `weight_ih_l0`, and that it has two biases where a spec has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from nncalc.exchange.writing import Numbers, count_of
from nncalc.problems import Problem
from nncalc.spec.words import shown

_NAME: Final = re.compile(r"(?P<layer>.*?)(?P<end>(weight|bias)_(ih|hh|hr))(_l(?P<level>\d+))?(?P<back>_reverse)?")
_KEYS: Final = {
    "weight_ih": "input_weights", "weight_hh": "hidden_weights", "bias_ih": "bias", "bias_hh": "hidden_bias",
}  # fmt: skip
#: The types of layers by their blocks of rows, and the order of these in PyTorch.
_TYPES: Final = {1: "rnn", 3: "gru", 4: "lstm"}
GATES: Final = {"gru": "rzn", "lstm": "ifgo"}


class Recurrent(NamedTuple):
    """The arrays of a recurrent layer by the keys of a spec, and what they are called in the file."""

    type: str
    arrays: dict[str, Numbers]
    names: tuple[str, ...]


def recurrent_layers(arrays: Mapping[str, Numbers]) -> dict[str, Recurrent]:
    """Return the recurrent layers of a file by what their names begin with.

    Raises Problem (`shape`) for several layers in one, for one of both directions, and for shapes that are of none.
    """
    found: dict[str, dict[str, Numbers]] = {}
    for name, array in arrays.items():
        parts = _NAME.fullmatch(name)
        if parts is None:
            continue
        refused = _refused(parts)
        if refused is not None:
            raise Problem(f"{shown(name)} is of {refused}, which is not read", None, _ALONE, "shape")
        if parts["end"] in found.setdefault(parts["layer"], {}):
            other = found[parts["layer"]][parts["end"]].key
            raise Problem(f"{shown(other)} and {shown(name)} are the same of one layer", None, _ALONE, "shape")
        found[parts["layer"]][parts["end"]] = array
    return {layer: _layer(each) for layer, each in found.items()}


_ALONE: Final = "read are recurrent layers of one direction, each a module of its own"


def _refused(parts: re.Match[str]) -> str | None:
    """Return what a name is of where a spec has no such layer."""
    if parts["back"]:
        return "a recurrent layer that goes both ways"
    if (parts["level"] or "0").strip("0"):
        return "several recurrent layers in one"
    return "a recurrent layer with a projection" if parts["end"].endswith("hr") else None


def _layer(arrays: Mapping[str, Numbers]) -> Recurrent:
    names = tuple(each.key for each in arrays.values())
    rows, units = (*arrays.get("weight_hh", _NONE).sizes, 0, 0)[:2]
    blocks = rows // units if units else 0
    sizes = [arrays.get(end, _NONE).sizes for end in _KEYS]
    fit = sizes[0][:1] == (rows,) and len(sizes[0]) == 2 and sizes[1] == (blocks * units, units)
    if blocks not in _TYPES or not fit or any(size not in ((), (rows,)) for size in sizes[2:]):
        said = ", ".join(f"{shown(each.key)} {count_of(each.sizes)}" for each in arrays.values())
        what = "do not make a recurrent layer, which has `weight_ih` and `weight_hh` of 1, 3 or 4 blocks of rows"
        raise Problem(f"{said} {what}", None, None, "shape")
    return Recurrent(_TYPES[blocks], dict(_keyed(arrays, _TYPES[blocks])), names)


_NONE: Final = Numbers("", (), ())


def _keyed(arrays: Mapping[str, Numbers], layer: str) -> Iterator[tuple[str, Numbers]]:
    """Yield the arrays with their keys: both biases as one, their sum, but of a gru, where r multiplies the second."""
    rest = dict(arrays)
    if layer != "gru" and {"bias_ih", "bias_hh"} <= rest.keys():
        one, other = rest["bias_ih"], rest.pop("bias_hh")
        both = [a + b for a, b in zip(one.entries, other.entries, strict=True)]
        rest["bias_ih"] = Numbers(f"{one.key} + {other.key}", one.sizes, both)
    for end, key in _KEYS.items():
        if end in rest:
            yield key, rest[end]


def in_order(numbers: Numbers, gates: str, wanted: str) -> Numbers:
    """Return an array whose blocks of rows are `gates`, with these in the order that is wanted.

    >>> in_order(Numbers("b", (3,), [1, 2, 3]), "rzn", "znr").entries
    [2, 3, 1]
    """
    size = len(numbers.entries) // len(gates)
    blocks = {gate: numbers.entries[at * size : (at + 1) * size] for at, gate in enumerate(gates)}
    return numbers._replace(entries=[each for gate in wanted for each in blocks[gate]])
