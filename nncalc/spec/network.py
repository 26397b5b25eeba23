"""The layers form: a network said layer by layer, expanded to equations.

Knows layer templates, default names and how shapes follow from one layer to the next; the loss
has a module of its own.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from nncalc.language.blocks import transposed
from nncalc.language.figures import text_of
from nncalc.ops import OPS
from nncalc.spec.activation import (
    Activation,
    activation,
    activation_elsewhere,
    applied,
    claimed,
    named,
    of_entries,
    units_of,
)
from nncalc.spec.dense import layout_notes, multiplied
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.equations import output, remarked
from nncalc.spec.images import Which, add_image, kernel_nodes, numbered, together
from nncalc.spec.layers import ACTIVATIONS, ELSEWHERE, FOLDS, LAYERS, Layer
from nncalc.spec.loss import add_loss, named_by_loss
from nncalc.spec.node import Node
from nncalc.spec.sources import Reading, values
from nncalc.spec.statements import Given, Spec
from nncalc.spec.template import Place, add_template, keys_of
from nncalc.spec.values import KEYS as SOURCE_KEYS
from nncalc.spec.words import either, printable, shown

KEYS: Final = ("name", "input", "layers", "loss", "output", "conventions", "training")


class LayerNames(NamedTuple):
    """The names that one layer's quantities have."""

    weights: str | None
    bias: str | None
    preactivation: str | None
    output: str
    trained: dict[str, str]


def from_layers(root: Node, name: str, reading: Reading) -> Spec:
    """Return the spec that the document says in layers."""
    root.table(KEYS)
    draft = Draft(reading)
    entry = root.need("input", "like `[input]` with `values = [1, 2]`")
    loss = root.get("loss")
    layers = _layers(root)
    if entry.value.__class__ is dict:
        entry.table(INPUT_KEYS)
    signal_name = _claimed(entry, "name", draft)
    claims = [_claims(layer, draft) for layer in layers]
    trained = [claimed(activation(layer), draft) for layer in layers]
    loss_names = named_by_loss(loss, draft.names) if loss else {}
    signal = _input(entry, signal_name or draft.names.free(("x",), entry), layers, draft)
    draft.signals[signal.name] = signal
    which = _counted(layers, pictured=bool(signal.channels))
    for each in _places(layers):
        before = len(draft.statements)
        signal = _stated(each, which[each.place], claims[each.place], trained[each.place], signal, draft)
        draft.signals[signal.name] = signal
        draft.section(*_described(each.layer), before)
    last = activation(layers[-1]).name if layers and not _template(layers[-1]).lines else None
    if loss and signal.channels:
        raise loss.problem(
            f"compares vectors, and {shown(signal.name)} is an image",
            'a last layer `type = "flatten"` makes a vector of it', "shape",
        )  # fmt: skip
    before = len(draft.statements)
    differentiated, targets = add_loss(loss, loss_names, signal, last, draft) if loss else (None, ())
    if loss:
        draft.section(*_described(loss), before, layer=False)
    inputs = tuple(each for each in draft.given if each not in (*targets, *draft.parameters))
    return Spec(
        root.document.source, name, draft.statements, draft.given, inputs, targets,
        tuple(draft.parameters), output(root, draft.statements) or differentiated,
        frozenset(draft.per_example), (*layout_notes(draft), *draft.notes), root.document,
        families=draft.families(), sections=tuple(draft.sections),
    )  # fmt: skip


def _stated(
    place: _Place, which: Which, claims: dict[str, str | None], trained: dict[str, str], signal: Signal, draft: Draft
) -> Signal:
    """Add the equations of a layer; return what it gives."""
    template = _template(place.layer)
    if template.lines:
        return add_template(Place(place.layer, template, which, place.last, claims, trained), signal, draft)
    if signal.channels and not _weighted(place.layer):
        return _activated_image(place, which, claims, trained, signal, draft)
    return _add_layer(place.layer, _layer_names(place, claims, trained, draft), signal, draft)


#: Keys of a layer or a loss that are no settings: what it is, and names.
_NO_SETTINGS: Final = frozenset({"type", "activation", "from", "preactivation", "output", "name", "target"})
INPUT_KEYS: Final = ("name", "kind", *SOURCE_KEYS)
#: What an input of several rows may be said to be.
KINDS: Final = ("batch", "sequence", "image")


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
    return list(dict.fromkeys(key for each in known for key in keys_of(each)))


def _described(node: Node) -> tuple[str, str]:
    """Return what a layer or a loss is, with its activation, and how it is set otherwise, in words."""
    said = node.value if isinstance(node.value, dict) else {}
    words = [printable(said[key]) for key in ("type", "activation") if isinstance(said.get(key), str)]
    settings = [
        f"{key} = {_short(value)}" for key, value in said.items()
        if key not in _NO_SETTINGS and isinstance(value, str | int | float)
    ]  # fmt: skip
    return ", ".join(words), ", ".join(settings)


def _short(value: str | float) -> str:
    """Return a value as it was said."""
    if isinstance(value, bool):
        return str(value).lower()
    return printable(value) if isinstance(value, str) else text_of(value)


def _claimed(node: Node | None, key: str, draft: Draft) -> str | None:
    """Return the name that the user gave under `key`, taken for this quantity, or None."""
    member = node.get(key) if node else None
    return draft.names.take(member.name(), member) if member else None


def _claims(layer: Node, draft: Draft) -> dict[str, str | None]:
    """Return the names that a layer gives to its quantities, in the order of the file's keys."""
    kind = layer.get("type")
    known = LAYERS.get(kind.value) if kind and isinstance(kind.value, str) else None
    quantities = dict.fromkeys(("weights", "bias", *(known.quantities if known else ())))
    kernels = kernel_nodes(layer.get("kernels")) if "kernels" in quantities else []
    return {
        **{key: _claimed(layer.get(key), "name", draft) for key in quantities if key != "kernels"},
        **{f"kernels {place}": _claimed(each, "name", draft) for place, each in enumerate(kernels)},
        "preactivation": _claimed(layer, "preactivation", draft),
        "output": _claimed(layer, "output", draft),
    }


def _input(node: Node, name: str, layers: list[Node], draft: Draft) -> Signal:
    pictured = _pictured(node, layers)
    own = values(node, draft.folder, ("name", "kind"), levels=4 if pictured else 2)
    if pictured:
        lines = bool(layers) and _template(layers[0]).lines_only
        return add_image(node, name, own, lines, layers[0].get("kernels") if layers else None, draft)
    kind = _kind(node, own.dims, layers)
    draft.alone = own.dims < 2
    numbers = draft.reading.over(own, node, name)
    because = numbers.node.path if numbers is own else ()
    if own.dims == 2:
        numbers = numbers.as_examples(own.shape[1])
    if kind == "sequence":
        rows = numbers.rows if numbers.dims == 2 else transposed(numbers.rows)
        draft.given[name] = Given(rows, numbers.dims, batch=False, path=numbers.node.path)
        draft.notes += remarked(name, numbers)
        return Signal(name, len(rows[0]), because, len(rows))
    batch = numbers.dims == 2
    numbers = numbers.first(draft.most) if batch else numbers
    rows = transposed(numbers.rows) if batch else numbers.column()
    draft.given[name] = Given(rows, numbers.dims, batch, numbers.node.path)
    draft.notes += remarked(name, numbers)
    if batch:
        draft.examples = len(numbers.rows)
        draft.per_example.add(name)
    return Signal(name, len(rows), because)


def _pictured(node: Node, layers: list[Node]) -> bool:
    """Return whether the input is a picture: said, or the first layer takes one."""
    said = node.get("kind") if isinstance(node.value, dict) else None
    if said is not None and said.choice(KINDS) == "image":
        return True
    return (said is None or said.value == "batch") and bool(layers) and _template(layers[0]).takes == "image"


def _kind(node: Node, dims: int, layers: list[Node]) -> str:
    """Return what the input is: said, or a sequence where the first layer takes one."""
    said = node.get("kind") if isinstance(node.value, dict) else None
    if said is not None:
        kind = said.choice(KINDS)
        if kind == "batch" and dims < 2:
            raise said.problem("a batch is a list of lists, one example a row")
        return kind
    first = _template(layers[0]).takes if layers else None
    return first if first == "sequence" else "batch"


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
    return LAYERS[layer.need("type", '`type = "dense"`').choice(LAYERS, _elsewhere)]


def _elsewhere(word: str) -> str | None:
    """Return what a layer of a library is here, if it is one: a type, or an activation by itself."""
    plain = word.rpartition(".")[2].replace("_", "").replace("-", "").replace(" ", "").lower().removesuffix("layer")
    for kind in LAYERS:
        if plain in (kind.replace("_", ""), *ELSEWHERE.get(kind, ())):
            return f"`{kind}`"
    meant = activation_elsewhere(word)
    return f'`type = "activation"` with `activation = {meant.replace("`", chr(34))}`' if meant else None


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
    folded = bias is None or (isinstance(bias.value, str) and bias.value in FOLDS)
    greek = ("alpha", "beta")[place.weighted : place.weighted + 1] if place.layers == 2 and folded else ()
    weights = claims["weights"] or names.free((*greek, f"W{number}"), layer)
    own_bias = bias is not None and isinstance(bias.value, dict | list)
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
    if signal.channels and names.weights is not None:
        raise layer.at("type").problem(
            f"`dense` takes a vector, and {shown(signal.name)} is an image",
            'a layer `type = "flatten"` before it makes one of it', "shape",
        )  # fmt: skip
    if names.weights is None:
        layer.need("activation", f"one of {either(ACTIVATIONS)}")
        return _activated(layer, active, names, signal, draft)
    text, general, units = multiplied(layer, template, names.weights, names.bias, signal, draft)
    path = layer.at("weights").path
    draft.state(names.preactivation or names.output, text, path, general if general != text else None)
    if names.preactivation is None:
        return Signal(names.output, units, path, signal.steps)
    return _activated(layer, active, names, Signal(names.preactivation, units, path, signal.steps), draft)


def _activated(layer: Node, active: Activation, names: LayerNames, signal: Signal, draft: Draft) -> Signal:
    """Add the equation of a layer's output, from its pre-activation or from what goes in."""
    units = units_of(active, signal.length, layer, draft)
    text, general = applied(active, signal.name, units, names.trained, draft, signal.steps)
    draft.state(names.output, text, active.path, general if general != text else None)
    if units == 1 and not OPS[active.name].entrywise:
        alone = OPS[active.name].cases[0].gives  # a case of one number
        draft.notes.append(
            f"{active.name} of one unit is always {alone}: `{names.output}` does not depend on the input"
        )
    return Signal(names.output, units, signal.because, signal.steps)


def _activated_image(
    place: _Place, which: Which, claims: dict[str, str | None], trained: dict[str, str], signal: Signal, draft: Draft
) -> Signal:
    """Add an activation of each entry of each channel."""
    layer, active, said, count = place.layer, activation(place.layer), claims["output"], len(signal.channels)
    layer.need("activation", f"one of {either(ACTIVATIONS)}")
    of_entries(active, layer)
    own = named(active, trained, str(which.number), layer, draft)
    if place.last:
        which = which._replace(several=False)
    found = numbered(said, "yhat" if place.last else "Z", which, count, layer, draft)
    for each, channel in zip(found, signal.channels, strict=True):
        draft.state(each, applied(active, channel, 0, own, draft)[0], active.path, shared=True)
    return signal._replace(name=together(said, found), channels=tuple(found))


def _counted(layers: list[Node], *, pictured: bool) -> list[Which]:
    """Return which of its kind each layer is.

    Convolutions are of one kind, pools of one. An activation of a picture counts with the convolution before it that
    has none, and else as one itself; the last is the output, which has its own name.
    """
    found: list[tuple[str, int]] = []
    done: Counter[str] = Counter()
    waits = False
    for place, layer in enumerate(layers, 1):
        template = _template(layer)
        pictured = (template.gives or "image") == "image" and pictured
        active = pictured and not template.lines and place < len(layers)
        kind = template.sized_by or ("kernels" if active else str(layer.at("type").value))
        awaited = waits and active
        done[kind] += not awaited
        found.append((kind, done[kind]))
        if kind == "kernels":
            waits = template.lines != () and activation(layer).identity
    return [Which(number, done[kind] > 1) for kind, number in found]
