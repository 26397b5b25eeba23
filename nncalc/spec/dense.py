"""The weights and the intercepts of a layer: their layout, where intercepts are, and what of it a page says."""

from __future__ import annotations

from typing import Final, NamedTuple

from nncalc.language.blocks import transposed
from nncalc.language.figures import Rows
from nncalc.problems import Problem
from nncalc.spec.activation import activation
from nncalc.spec.draft import Draft, Folded, Signal
from nncalc.spec.equations import remarked
from nncalc.spec.layers import FOLDS, Layer
from nncalc.spec.node import Node
from nncalc.spec.sources import values
from nncalc.spec.statements import EXAMPLES, Given
from nncalc.spec.values import MOST_VALUES, Values
from nncalc.spec.words import Path, counted, joined, size

LAYOUTS: Final = ("out_in", "in_out")
SIGNS: Final = {"plus": "+", "minus": "-"}
#: What a row and a column of weights are, of either layout.
_ROWS: Final = (
    "a row is a unit it goes to, a column a unit it comes from",
    "a row is a unit it comes from, a column a unit it goes to",
)


class _Way(NamedTuple):
    """How a layer multiplies: its bias, the layout of its weights, and the sign before its bias."""

    bias: str
    in_out: bool
    sign: str

    @property
    def folded(self) -> bool:
        return self.bias in FOLDS


def multiplied(
    layer: Node, template: Layer, weights: str, bias: str | None, signal: Signal, draft: Draft
) -> tuple[str, str, int]:
    """Return the pre-activation of a layer, the same of any number of examples, and how many units it has.

    Its parameters are added to the draft.
    """
    node = layer.need(
        "weights", 'like `weights = { values = [[1, 2, 3]] }`, or `weights = { shape = [1, 3], init = "zeros" }`'
    )
    way = _way(layer)
    units = _weights(layer, node, weights, signal, way, draft)
    batch = draft.examples is not None
    inside, added = "{input}", ""
    if way.folded:
        fold = FOLDS[way.bias]
        inside = fold.units_steps if signal.steps else fold.units_batch if batch else fold.units
    elif bias is not None:
        alone = _bias(layer.at("bias"), bias, units, weights, draft)
        spread = f"ones({{steps}}) * {bias}'" if signal.steps else f"{bias} * ones({{examples}})'" if batch else bias
        added = f" {way.sign} {bias if alone else spread}"
    turned = way.in_out != bool(signal.steps)
    equation = template.by_steps if signal.steps else template.equation
    text = equation.format(weights=f"{weights}'" if turned else weights, input=inside, bias=added)
    filled, general = (
        text.format(input=signal.name, examples=each, steps=signal.steps) for each in (draft.examples, EXAMPLES)
    )
    return filled, general, units


def _way(layer: Node) -> _Way:
    """Return how the layer multiplies."""
    bias, layout = layer.get("bias"), layer.get("layout")
    kind = _kind(bias)
    given = [each for each in (layer.get("sign"), bias.get("sign") if bias else None) if each is not None]
    sign = given[0].choice(SIGNS) if given else "plus"
    if given and kind != "separate":
        raise given[0].problem(
            "is that of a bias of its own", 'write bias = { name = "theta", values = [0, 0] }', part="key"
        )
    return _Way(kind, layout is not None and layout.choice(LAYOUTS) == "in_out", SIGNS[sign])


def _kind(bias: Node | None) -> str:
    """Return how the layer adds an intercept: folded into the weights, `none` or `separate`."""
    if bias is None:
        return "folded"
    if isinstance(bias.value, dict | list):
        return "separate"
    if isinstance(bias.value, str):
        return bias.choice((*FOLDS, "none"))
    hint = 'write bias = "folded", bias = "none", bias = [0, 0], or one for all, bias = { values = 0.25 }'
    raise bias.expected('"folded", "none", a list or a table', hint)


def _weights(layer: Node, node: Node, name: str, signal: Signal, way: _Way, draft: Draft) -> int:
    """Add the weights to the parameters, and return how many units there are."""
    said = layer.get("units")
    units = said.whole(1, MOST_VALUES) * activation(layer).pieces if said else None
    numbers = values(node, draft.folder, ("name",))
    rows = _by_unit(numbers, way)
    length = signal.length + way.folded
    fits = len(rows[0]) == length and len(rows) == (units or len(rows)) and (numbers.dims == 2 or units in (None, 1))
    if not fits or numbers.dims == 0:
        raise _unfit(layer, numbers, name, signal, way, units)
    kept = numbers.rows if numbers.dims == 2 or not way.in_out else transposed(numbers.rows)
    draft.given[name] = Given(kept, numbers.dims, batch=False, path=numbers.node.path)
    draft.parameters.append(name)
    draft.weights[name] = way.in_out
    if way.folded:
        fold = FOLDS[way.bias]
        others = fold.others[way.in_out].format(weights=name, length=signal.length, last=length)
        draft.folded[name] = Folded(fold.part[way.in_out], others, fold.put)
    draft.notes += remarked(name, numbers)
    return len(rows)


def _by_unit(numbers: Values, way: _Way) -> Rows:
    """Return weights with a row for each unit they go to; a list is that of one unit."""
    return transposed(numbers.rows) if way.in_out and numbers.dims == 2 else numbers.rows


def _unfit(layer: Node, numbers: Values, name: str, signal: Signal, way: _Way, units: int | None) -> Problem:
    """Return the problem that weights do not have the shape that units and input ask for."""
    length = signal.length + way.folded
    given = len(_by_unit(numbers, way))
    wanted = units or (given if numbers.dims == 2 else 1)
    reasons = []
    wide = len(_by_unit(numbers, way)[0]) != length or numbers.dims != 2
    if wide:
        reasons.append(f"`{signal.name}` has {counted(signal.length, 'value')}{_line(layer, signal.because)}")
    if wide and way.folded:
        reasons.append(f"the folded intercept adds 1{_line(layer, (*layer.path, 'bias'))}")
    if units and (numbers.dims != 2 or given != units):
        pieces = activation(layer).pieces
        each = f", each of {pieces} pieces" if pieces > 1 else ""
        reasons.append(f"`units` is {units // pieces}{each}{_line(layer, (*layer.path, 'units'))}")
    shape = (length, wanted) if way.in_out else (wanted, length)
    return numbers.node.problem(
        f"`{name}` is {numbers.said()}, must be {size(*shape)}: {', '.join(reasons)}",
        _shape_hint(numbers, signal, way, units), "shape", about=numbers.about(layer.at("weights")),
    )  # fmt: skip


def _shape_hint(numbers: Values, signal: Signal, way: _Way, units: int | None) -> str:
    """Return what may be meant by weights that do not fit: another layout, other intercepts, or neither."""
    if numbers.dims != 2 and units not in (None, 1):
        return f"write one list per unit{' it comes from' if way.in_out else ''}: [[…], […]]"
    own, turned = _by_unit(numbers, way), _by_unit(numbers, way._replace(in_out=not way.in_out))
    as_units = len(own) == (units or len(own))
    other = f'layout = "{LAYOUTS[not way.in_out]}"'
    if numbers.dims == 2 and len(turned) == (units or len(turned)):
        if len(turned[0]) == signal.length + way.folded:
            said = (
                f"its transpose fits, {size(*numbers.shape[::-1])}: {_ROWS[way.in_out]}; it fits as it is with {other}"
            )
            both = as_units and not way.folded and len(own[0]) == signal.length + 1
            return f"{said}; or, {_fold(way)}" if both else said
        if way.folded and len(turned[0]) == signal.length and not (as_units and len(own[0]) == signal.length):
            return f'it fits with {other} and bias = "none": {_ROWS[not way.in_out]}'
    if not as_units:
        return f"{_ROWS[way.in_out]}; `units` may be left out"
    if way.folded and len(own[0]) == signal.length:
        return f'put the intercepts in {FOLDS[way.bias].part[way.in_out]}, or set bias = "none"'
    return _fold(way) if not way.folded and len(own[0]) == signal.length + 1 else _ROWS[way.in_out]


def _fold(way: _Way) -> str:
    return f'if {FOLDS["folded"].part[way.in_out]} holds the intercepts, set bias = "folded"'


def _line(node: Node, path: Path) -> str:
    line = node.document.line(path)
    return f" (line {line})" if line else ""


def _bias(node: Node, name: str, units: int, weights: str, draft: Draft) -> bool:
    """Add the bias of a layer, a number for each unit; return whether it is one number, which all units have."""
    numbers = values(node, draft.folder, ("name", "sign")).listed()
    if numbers.dims == 0 and units > 1:
        draft.notes.append(f"`{name}`: one bias, which all {units} units have")
    elif numbers.dims == 2:
        raise numbers.node.problem(
            f"`{name}` is {numbers.said()}, must be a list of {counted(units, 'value')}",
            "one number per unit, or one number for all, `values = 0.25`", "shape", about=numbers.about(node),
        )  # fmt: skip
    elif numbers.shape[1] != units:
        line = "column" if draft.weights[weights] else "row"
        raise numbers.node.problem(
            f"`{name}` has {counted(numbers.shape[1], 'value')}, must have {units}: "
            f"`{weights}` has {counted(units, line)}{_line(node, (*node.path[:-1], 'weights'))}",
            "one number per unit, or one number for all, `values = 0.25`", "shape", about=numbers.about(node),
        )  # fmt: skip
    draft.given[name] = Given(numbers.column(), numbers.dims, batch=False, path=numbers.node.path)
    draft.parameters.append(name)
    draft.notes += remarked(name, numbers)
    return numbers.dims == 0


# -- what a page says of it ---------------------------------------------------------------------------------


def layout_notes(draft: Draft) -> list[str]:
    """Return what rows and columns of the weights are, and where intercepts are."""
    found: list[str] = []
    for in_out in (False, True):
        those = [of for of, each in draft.weights.items() if each is in_out]
        if those:
            they, go, come = ("it", "goes", "comes") if len(those) == 1 else ("they", "go", "come")
            to, by = (f"{they} {go} to", f"{they} {come} from")
            row, column = (by, to) if in_out else (to, by)
            found.append(f"{_named(those)}: a row for each unit {row}, a column for each unit {column}")
    for fold in dict.fromkeys(draft.folded[of]._replace(others="") for of in draft.folded):
        those = [of for of, each in draft.folded.items() if each._replace(others="") == fold]
        found.append(f"{fold.part} of {_named(those)} holds the intercepts; they multiply a constant 1 put {fold.put}")
    return found


def _named(names: list[str]) -> str:
    return joined([f"`{of}`" for of in names])
