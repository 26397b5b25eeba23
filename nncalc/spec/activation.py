"""The activation of a layer: which it is, its settings, what of it is trained, and of how many pieces it is one.

What an activation has is said by its entry in the operation table; no activation is named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from nncalc.language.figures import Figure, text_of
from nncalc.ops import OPS, OVER
from nncalc.ops.kinds import Operation
from nncalc.spec.draft import Draft
from nncalc.spec.equations import remarked
from nncalc.spec.layers import ACTIVATIONS
from nncalc.spec.node import Node
from nncalc.spec.sources import values
from nncalc.spec.statements import EXAMPLES, Given
from nncalc.spec.values import MOST_VALUES, one_number
from nncalc.spec.words import Path, counted, shown

#: Of how many pieces the largest is taken where nobody says it.
_PIECES: Final = 2


class Activation(NamedTuple):
    """What stands between a pre-activation and the output of a layer.

    `settings` is how they end its call, `trained` where the spec says its parameters. The pre-activation has a row for
    each unit and each of its `pieces`, which lie under each other.
    """

    name: str
    path: Path
    settings: str = ""
    pieces: int = 1
    trained: Mapping[str, Node | None] = {}

    @property
    def identity(self) -> bool:
        return self.name == "linear"


def activation(layer: Node) -> Activation:
    """Return what the layer says of its activation: a word, or a table with a `type`."""
    node = layer.get("activation")
    if node is None:
        return Activation("linear", layer.path)
    kind = node.need("type", 'like `activation = { type = "elu", alpha = 1.5 }`') if _table(node) else node
    op = OPS[kind.choice(ACTIVATIONS, activation_elsewhere)]
    if _table(node):
        node.table(keys_of(op))
    given = [(setting, node.get(setting)) for setting in op.settings]
    settings = [f", {setting}={text_of(one_number(member))}" for setting, member in given if member]
    pieces = len(op.args) - len(op.trained)
    if op.folds:
        said = node.get("pieces")
        pieces = said.whole(2, MOST_VALUES) if said else _PIECES
    return Activation(op.name, node.path, "".join(settings), pieces, {arg: node.get(arg) for arg in op.trained})


def activation_elsewhere(word: str) -> str | None:
    """Return what an activation of a library is called here, if it is one."""
    from nncalc.language.remedies import called  # loaded only to refuse

    meant = called(word.rpartition(".")[2])
    return f"`{meant}`" if meant in ACTIVATIONS else None


def keys_of(op: Operation) -> tuple[str, ...]:
    """Return the keys that the table of an activation may have."""
    return ("type", *op.settings, *op.trained, *(["pieces"] if op.folds else []))


def _table(node: Node) -> bool:
    return isinstance(node.value, dict)


def claimed(found: Activation, draft: Draft) -> dict[str, str]:
    """Return the names that the user gave to what is trained, taken."""
    given = {arg: member.get("name") if member else None for arg, member in found.trained.items()}
    return {arg: draft.names.take(member.name(), member) for arg, member in given.items() if member}


def named(found: Activation, claims: Mapping[str, str], number: str, layer: Node, draft: Draft) -> dict[str, str]:
    """Return the names of what is trained: the user's, else its own with the number of the layer."""
    return {arg: claims.get(arg) or draft.names.free((f"{arg}{number}",), layer) for arg in found.trained}


def units_of(found: Activation, rows: int, layer: Node, draft: Draft) -> int:
    """Return how many units a pre-activation of so many rows has; note or refuse what its pieces make of it."""
    if rows % found.pieces:
        raise layer.at("activation").problem(
            f"`{found.name}` takes {found.pieces} pieces of one size, and there are {counted(rows, 'row')}",
            f"the number of rows is a multiple of {found.pieces}", "shape",
        )  # fmt: skip
    units = rows // found.pieces
    if found.pieces > 1:
        draft.notes.append(f"{found.name}: {rows} rows are {found.pieces} pieces of {units}, one under the other")
    return units


def of_entries(found: Activation, layer: Node) -> None:
    """Raise Problem for an activation that is not of each entry of an image alone."""
    if not (OPS[found.name].entrywise or OPS[found.name].trained):
        raise layer.at("activation").problem(
            f"`{found.name}` is of a vector, and this is an image",
            'a layer `type = "flatten"` before it makes one of the image', "shape",
        )  # fmt: skip


def applied(
    found: Activation, signal: str, units: int, trained: Mapping[str, str], draft: Draft, steps: int = 0
) -> tuple[str, str]:
    """Return the call that makes the output of `signal`, and the same of any number of examples.

    A sequence has its units in columns, in a row for each of its `steps`. What is trained is added to the draft.
    """
    way = "columns" if steps else "rows"
    blocks = [f"{way}({signal}, {place * units + 1}, {(place + 1) * units})" for place in range(found.pieces)]
    args = [signal] if found.pieces == 1 else blocks
    general = list(args)
    for arg, name in trained.items():
        each = _parameter(found, arg, name, units, draft)
        spread = each and draft.examples is not None
        args.append(f"ones({steps}) * {name}'" if each and steps else _spread(name, draft.examples) if spread else name)
        general.append(_spread(name, EXAMPLES) if spread else args[-1])
    settings = found.settings
    if steps and (found.name, "rows") in OVER:
        settings += ', over="rows"'
    call, of_any = (f"{found.name}({', '.join(words)}{settings})" for words in (args, general))
    return call, of_any


def _spread(name: str, examples: int | str | None) -> str:
    return f"{name} * ones({examples})'"


def _parameter(found: Activation, arg: str, name: str, units: int, draft: Draft) -> bool:
    """Add a parameter of an activation, once, and return whether it has a number for each unit, not one for all."""
    if name in draft.given:
        return draft.given[name].dims == 1
    node = found.trained[arg]
    draft.parameters.append(name)
    if node is None:
        start = OPS[found.name].trained[arg]
        draft.given[name] = Given([[Figure(start)]], 0, batch=False, path=found.path)
        draft.notes.append(f"`{name}`: the `{arg}` of {found.name} is trained, from {start}")
        return False
    numbers = values(node, draft.folder, ("name",)).listed()
    if numbers.dims == 2 or (numbers.dims == 1 and numbers.shape[1] != units):
        each = f" or a list of {counted(units, 'value')}" if units else ""
        hint = "one number for all units, or one for each" if units else "one number for all entries of an image"
        raise numbers.node.problem(
            f"{shown(name)} is {numbers.said()}, must be a number{each}", hint, "shape", about=numbers.about(node)
        )
    draft.given[name] = Given(numbers.column(), numbers.dims, batch=False, path=numbers.node.path)
    draft.notes += remarked(name, numbers)
    return numbers.dims == 1
