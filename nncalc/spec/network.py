"""The layers form: a network said layer by layer, expanded to equations.

Knows layer templates, default names and how shapes follow from one layer to the next; the loss
has a module of its own.
"""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from nncalc.language.blocks import transposed
from nncalc.language.figures import Rows
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.spec.activation import Activation, activation, applied, claimed, named, units_of
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.equations import output, remarked
from nncalc.spec.layers import ACTIVATIONS, LAYERS, Layer
from nncalc.spec.loss import add_loss, named_by_loss
from nncalc.spec.node import Node
from nncalc.spec.sources import values
from nncalc.spec.statements import EXAMPLES, Given, Spec
from nncalc.spec.values import KEYS as SOURCE_KEYS
from nncalc.spec.values import MOST_VALUES, Values
from nncalc.spec.words import Path, counted, either, joined, size

KEYS: Final = ("name", "input", "layers", "loss", "output", "conventions", "training")


class LayerNames(NamedTuple):
    """The names that one layer's quantities have."""

    weights: str | None
    bias: str | None
    preactivation: str | None
    output: str
    trained: dict[str, str]


def from_layers(root: Node, name: str, folder: str | None, most: int | None = None) -> Spec:
    """Return the spec that the document says in layers, of a batch no more than `most` examples."""
    root.table(KEYS)
    draft = Draft(folder, most)
    entry = root.need("input", "like `[input]` with `values = [1, 2]`")
    loss = root.get("loss")
    layers = _layers(root)
    if entry.value.__class__ is dict:
        entry.table(_INPUT_KEYS)
    signal_name = _claimed(entry, "name", draft)
    claims = [_claims(layer, draft) for layer in layers]
    trained = [claimed(activation(layer), draft) for layer in layers]
    loss_names = named_by_loss(loss, draft.names) if loss else {}
    signal = _input(entry, signal_name or draft.names.free(("x",), entry), draft)
    for each in _places(layers):
        names = _layer_names(each, claims[each.place], trained[each.place], draft)
        signal = _add_layer(each.layer, names, signal, draft)
    last = activation(layers[-1]).name if layers else None
    differentiated, targets = add_loss(loss, loss_names, signal, last, draft) if loss else (None, ())
    return Spec(
        root.document.source, name, draft.statements, draft.given, (next(iter(draft.given)),), targets,
        tuple(draft.parameters), output(root, draft.statements) or differentiated,
        frozenset(draft.per_example), (*_layout_notes(draft), *draft.notes), root.document,
    )  # fmt: skip


_INPUT_KEYS: Final = ("name", *SOURCE_KEYS)


def _layers(root: Node) -> list[Node]:
    """Return the layers, of which a loss over given numbers has none."""
    if root.get("loss") and not root.get("layers"):
        return []
    node = root.need("layers", 'like `[[layers]]` with `type = "dense"`')
    if not isinstance(node.value, list):
        raise node.expected("an array of tables", "TOML writes each layer under a header `[[layers]]`")
    if not node.value:
        raise node.problem("at least one layer is needed")
    return [node.at(i).table(_keys(node.at(i))) for i in range(len(node.value))]


def _keys(layer: Node) -> list[str]:
    """Return the keys that a layer may have, which its type says, or those of all types."""
    kind = layer.get("type")
    known = [LAYERS[kind.value]] if kind and isinstance(kind.value, str) and kind.value in LAYERS else LAYERS.values()
    return list(dict.fromkeys(key for each in known for key in each.keys))


def _claimed(node: Node | None, key: str, draft: Draft) -> str | None:
    """Return the name that the user gave under `key`, taken for this quantity, or None."""
    member = node.get(key) if node else None
    return draft.names.take(member.name(), member) if member else None


def _claims(layer: Node, draft: Draft) -> dict[str, str | None]:
    return {
        "weights": _claimed(layer.get("weights"), "name", draft),
        "bias": _claimed(layer.get("bias"), "name", draft),
        "preactivation": _claimed(layer, "preactivation", draft),
        "output": _claimed(layer, "output", draft),
    }


def _input(node: Node, name: str, draft: Draft) -> Signal:
    numbers = values(node, draft.folder, ("name",))
    batch = numbers.dims == 2
    numbers = numbers.first(draft.most) if batch else numbers
    rows = transposed(numbers.rows) if batch else numbers.column()
    draft.given[name] = Given(rows, numbers.dims, batch, numbers.node.path)
    draft.notes += remarked(name, numbers)
    if batch:
        draft.examples = len(numbers.rows)
        draft.per_example.add(name)
    return Signal(name, len(rows), numbers.node.path)


class _Place(NamedTuple):
    """A layer, its place among all, whether it is the last, and which of how many with weights it is."""

    layer: Node
    place: int
    last: bool
    weighted: int
    layers: int


def _weighted(layer: Node) -> bool:
    """Return whether a layer has weights."""
    return "weights" in _template(layer).keys


def _template(layer: Node) -> Layer:
    return LAYERS[layer.need("type", '`type = "dense"`').choice(LAYERS)]


def _places(layers: list[Node]) -> list[_Place]:
    """Return the layers in their places."""
    count = sum(map(_weighted, layers))
    return [
        _Place(layer, index, index == len(layers) - 1, sum(map(_weighted, layers[:index])), count)
        for index, layer in enumerate(layers)
    ]


def _layer_names(place: _Place, claims: dict[str, str | None], trained: dict[str, str], draft: Draft) -> LayerNames:
    """Return the names of a layer's quantities: the user's, else the course's, else the next free ones."""
    layer, last, names = place.layer, place.last, draft.names
    active = activation(layer)
    number = str(place.weighted + 1 if _weighted(layer) else max(place.weighted, 1))
    mark = number if place.layers > 2 else ""
    if not _weighted(layer):
        fresh = ("yhat",) if last else (f"z{mark}", f"z{number}")
        own = named(active, trained, number, layer, draft)
        return LayerNames(None, None, None, claims["output"] or names.free(fresh, layer), own)
    bias = layer.get("bias")
    folded = bias is None or bias.value == "folded"
    greek = ("alpha", "beta")[place.weighted : place.weighted + 1] if place.layers == 2 and folded else ()
    weights = claims["weights"] or names.free((*greek, f"W{number}"), layer)
    own_bias = bias is not None and isinstance(bias.value, dict)
    before = claims["preactivation"]
    if before is None and not active.identity:
        before = names.free(("b", "a", f"a{number}") if last else (f"a{mark}", f"a{number}"), layer)
    return LayerNames(
        weights,
        claims["bias"] or names.free((f"b{number}",), layer) if own_bias else None,
        before,
        claims["output"] or names.free(("yhat",) if last else (f"z{mark}", f"z{number}"), layer),
        named(active, trained, number, layer, draft),
    )


def _add_layer(layer: Node, names: LayerNames, signal: Signal, draft: Draft) -> Signal:
    template = _template(layer)
    active = activation(layer)
    if names.weights is None:
        layer.need("activation", f"one of {either(ACTIVATIONS)}")
        return _activated(layer, active, names, signal, draft)
    node = layer.need(
        "weights", 'like `weights = { values = [[1, 2, 3]] }`, or `weights = { shape = [1, 3], init = "zeros" }`'
    )
    bias = layer.get("bias")
    way = _way(bias)
    weights = _weights(layer, node, names.weights, signal, way, draft)
    text = {"folded": template.folded, "none": template.none, "separate": template.separate}[way]
    if way == "separate":
        assert bias is not None
        assert names.bias is not None
        alone = _bias(bias, names.bias, len(weights), names.weights, draft)
        text = text if alone or draft.examples is None else template.separate_batch
    fill = partial(text.format, input=signal.name, weights=names.weights, bias=names.bias)
    filled, general = fill(examples=draft.examples), fill(examples=EXAMPLES)
    draft.state(names.preactivation or names.output, filled, node.path, general if general != filled else None)
    if names.preactivation is None:
        return Signal(names.output, len(weights), node.path)
    return _activated(layer, active, names, Signal(names.preactivation, len(weights), node.path), draft)


def _activated(layer: Node, active: Activation, names: LayerNames, signal: Signal, draft: Draft) -> Signal:
    """Add the equation of a layer's output, from its pre-activation or from what goes in."""
    units = units_of(active, signal.length, layer, draft)
    text, general = applied(active, signal.name, units, names.trained, draft)
    draft.state(names.output, text, active.path, general if general != text else None)
    if units == 1 and not OPS[active.name].entrywise:
        alone = OPS[active.name].cases[0].gives  # a case of one number
        draft.notes.append(f"{active.name} of one unit is always {alone}: {names.output} does not depend on the input")
    return Signal(names.output, units, signal.because)


def _way(bias: Node | None) -> str:
    """Return how the layer adds an intercept: `folded`, `none` or `separate`."""
    if bias is None:
        return "folded"
    if isinstance(bias.value, dict):
        return "separate"
    if isinstance(bias.value, str):
        return bias.choice(("folded", "none"))
    hint = 'write bias = "folded", bias = "none", bias = { values = [0, 0] }, or one for all, bias = { values = 0.25 }'
    raise bias.expected('"folded", "none" or a table', hint)


def _weights(layer: Node, node: Node, name: str, signal: Signal, way: str, draft: Draft) -> Rows:
    """Return the rows of the weights, one per unit, and add them to the parameters."""
    units_node = layer.get("units")
    units = units_node.whole(1, MOST_VALUES) * activation(layer).pieces if units_node else None
    numbers = values(node, draft.folder, ("name",))
    columns = signal.length + (way == "folded")
    rows, wide = numbers.shape
    fits = wide == columns and rows == (units or rows) and (numbers.dims == 2 or units in (None, 1))
    if not fits or numbers.dims == 0:
        raise _unfit(layer, numbers, name, signal, way, units)
    if way == "folded":
        draft.folded.append(name)
    draft.given[name] = Given(numbers.rows, numbers.dims, batch=False, path=numbers.node.path)
    draft.parameters.append(name)
    draft.weights.append(name)
    draft.notes += remarked(name, numbers)
    return numbers.rows


def _unfit(layer: Node, numbers: Values, name: str, signal: Signal, way: str, units: int | None) -> Problem:
    """Return the problem that weights do not have the shape that units and input ask for."""
    columns = signal.length + (way == "folded")
    rows = units or (numbers.shape[0] if numbers.dims == 2 else 1)
    reasons = []
    wide = numbers.shape[1] != columns or numbers.dims != 2
    if wide:
        reasons.append(f"`{signal.name}` has {counted(signal.length, 'value')}{_line(layer, signal.because)}")
    if wide and way == "folded":
        reasons.append(f"the folded intercept adds 1{_line(layer, (*layer.path, 'bias'))}")
    if units and (numbers.dims != 2 or numbers.shape[0] != units):
        pieces = activation(layer).pieces
        each = f", each of {pieces} pieces" if pieces > 1 else ""
        reasons.append(f"`units` is {units // pieces}{each}{_line(layer, (*layer.path, 'units'))}")
    return numbers.node.problem(
        f"`{name}` is {numbers.said()}, must be {size(rows, columns)}: {', '.join(reasons)}",
        _shape_hint(numbers, signal, way, units), "shape", about=numbers.about(layer.at("weights")),
    )  # fmt: skip


def _shape_hint(numbers: Values, signal: Signal, way: str, units: int | None) -> str | None:
    rows, columns = numbers.shape
    if numbers.dims != 2 and units not in (None, 1):
        return "write one list per unit: [[…], […]]"
    if numbers.dims == 2 and rows == signal.length + (way == "folded") != columns == (units or columns):
        said = f"its transpose fits, {size(columns, rows)}: a row is a unit it goes to, a column a unit it comes from"
        both = way != "folded" and columns == signal.length + 1 and rows == (units or rows)
        return f'{said}; or, if column 0 holds the intercepts, set bias = "folded"' if both else said
    if rows != (units or rows):
        return "a row is a unit it goes to, a column a unit it comes from; `units` may be left out"
    if way == "folded" and columns == signal.length:
        return 'put the intercepts in column 0, or set bias = "none"'
    if way != "folded" and columns == signal.length + 1:
        return 'if column 0 holds the intercepts, set bias = "folded"'
    return "a row is a unit it goes to, a column a unit it comes from"


def _line(node: Node, path: Path) -> str:
    line = node.document.line(path)
    return f" (line {line})" if line else ""


def _bias(node: Node, name: str, units: int, weights: str, draft: Draft) -> bool:
    """Add the bias of a layer, a number for each unit; return whether it is one number, which all units have."""
    numbers = values(node, draft.folder, ("name",)).listed()
    if numbers.dims == 0 and units > 1:
        draft.notes.append(f"{name}: one bias, which all {units} units have")
    elif numbers.dims == 2:
        raise numbers.node.problem(
            f"`{name}` is {numbers.said()}, must be a list of {counted(units, 'value')}",
            "one number per unit, or one number for all, `values = 0.25`", "shape", about=numbers.about(node),
        )  # fmt: skip
    elif numbers.shape[1] != units:
        raise numbers.node.problem(
            f"`{name}` has {counted(numbers.shape[1], 'value')}, must have {units}: "
            f"`{weights}` has {counted(units, 'row')}{_line(node, (*node.path[:-1], 'weights'))}",
            "one number per unit, or one number for all, `values = 0.25`", "shape", about=numbers.about(node),
        )  # fmt: skip
    draft.given[name] = Given(numbers.column(), numbers.dims, batch=False, path=numbers.node.path)
    draft.parameters.append(name)
    draft.notes += remarked(name, numbers)
    return numbers.dims == 0


def _layout_notes(draft: Draft) -> list[str]:
    """Return what rows and columns of the weights are."""
    found: list[str] = []
    if draft.weights:
        they, go, come = ("it", "goes", "comes") if len(draft.weights) == 1 else ("they", "go", "come")
        rows = f"a row for each unit {they} {go} to, a column for each unit {they} {come} from"
        found.append(f"{joined([f'`{of}`' for of in draft.weights])}: {rows}")
    if draft.folded:
        folded = joined([f"`{of}`" for of in draft.folded])
        found.append(f"column 0 of {folded} holds the intercepts; they multiply a constant 1 put first")
    return found
