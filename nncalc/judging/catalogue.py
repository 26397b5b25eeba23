"""The mistakes that people make in forward and backward passes, each an entry.

An entry says how the mistake is made: which lines stand there in place of ours. To add one, add one `@_mistake`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import prod
from typing import Final

import numpy as np

from nncalc.graph.calculus import gradient_of, received, share
from nncalc.graph.graph import Equation
from nncalc.graph.shapes import SCALAR
from nncalc.judging.slips import (
    Mistake,
    Others,
    Slip,
    calls,
    differential,
    each,
    factors,
    on_gradients,
    on_updates,
    on_values,
    turned,
)
from nncalc.judging.table import Array, Table, updated
from nncalc.language.figures import Figure
from nncalc.language.formula import (
    Call,
    Formula,
    Name,
    call,
    is_call,
    name,
    names_in,
    num,
    number_of,
    parts,
    replace,
)
from nncalc.language.parser import parse
from nncalc.ops import ACTIVATIONS, OPS

_ENTRYWISE: Final = frozenset(op.name for op in ACTIVATIONS if op.entrywise and len(op.args) == 1)
_MASKS: Final = frozenset({"step", "above", "max_shares"})
#: Operations that put a quantity beside itself.
_REPEATED: Final = frozenset({"mul", "transpose", "ones"})
_LOSSES: Final = frozenset(op.name for op in OPS.values() if op.loss is not None)
_MEANS: Final = frozenset(op.name for op in OPS.values() if "mean" in {op.name, op.base} or "var" in {op.name, op.base})
_SOFTMAX: Final = frozenset(op.name for op in OPS.values() if "softmax" in {op.name, op.base})

CATALOGUE: dict[str, Mistake] = {}


def _mistake(
    code: str, says: str, slips: Callable[[Callable[[Table, Equation], Others]], Callable[[Table], Iterator[Slip]]]
) -> Callable[[Callable[[Table, Equation], Others]], Callable[[Table, Equation], Others]]:
    """Add a mistake of lines to the catalogue."""

    def add(others: Callable[[Table, Equation], Others]) -> Callable[[Table, Equation], Others]:
        CATALOGUE[code] = Mistake(code, says, slips(others))
        return others

    return add


def _of_numbers(
    code: str, says: str
) -> Callable[[Callable[[Table], Iterator[Slip]]], Callable[[Table], Iterator[Slip]]]:
    """Add a mistake that is no other line, but another number, to the catalogue."""

    def add(slips: Callable[[Table], Iterator[Slip]]) -> Callable[[Table], Iterator[Slip]]:
        CATALOGUE[code] = Mistake(code, says, slips)
        return slips

    return add


def _own(table: Table, line: Equation) -> Formula:
    return table.lines[line.name]


def _activated(table: Table, line: Equation) -> tuple[Equation, Call] | None:
    """Return the forward line that a gradient came through alone, if that is an activation of one quantity."""
    if len(line.via) != 1:
        return None
    through = table.forward[line.via[0]]
    formula = through.formula
    if isinstance(formula, Call) and formula.op in _ENTRYWISE and isinstance(formula.args[0], Name):
        return through, formula
    return None


def _arriving(table: Table, of: Name) -> Formula | None:
    """Return the gradient by a forward quantity, as its name or, where it has no line, as what it is."""
    g = gradient_of(of, table.loss)
    if g in table.backward:
        return g if of is not table.output else num(1)
    if of is table.output:
        return num(1)
    users = [eq for eq in table.forward.values() if of in names_in(eq.formula)]
    if len(users) != 1:
        return None
    outer = _arriving(table, users[0].name)
    return None if outer is None else received(users[0], outer, table.shapes, {*table.active, of}).get(of)


# -- slopes -------------------------------------------------------------------------------------------------------


@_mistake(
    "relu_mask_missing", "ReLU's slope is left out: it is 1 where the pre-activation is above 0, else 0", on_gradients
)
def _mask_missing(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    masks = [(part, u) for part, m, u in factors(own) if isinstance(m, Call) and m.op in ("step", "above")]
    return each(own, masks)


@_mistake(
    "mask_of_other_layer", "ReLU's slope is taken at another quantity than the layer's own pre-activation", on_gradients
)
def _mask_elsewhere(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    for mask in calls(own, "step"):
        inside = mask.args[0]
        for other in (*table.forward, *table.backward):
            if (
                other is not inside
                and table.shapes.of(other) == table.shapes.of(inside)
                and _is_before(table, other, line)
            ):
                yield replace(own, {mask: call("step", other)})


def _is_before(table: Table, other: Name, line: Equation) -> bool:
    return line.name not in table.before(other)


@_mistake("slope_missing", "the slope of the activation is left out", on_gradients)
def _slope_missing(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    found = _activated(table, line)
    if found is not None and found[1].op != "relu":
        yield _arriving(table, found[0].name)
        return
    yield from each(own, [(part, u) for part, s, u in _weighted(own) if not (_is_factor(s) or _is_mask(s))])


@_mistake("factor_missing", "what it is multiplied by, entry by entry, is left out", on_gradients)
def _factor_missing(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    if _activated(table, line) is None:
        yield from each(own, [(part, u) for part, s, u in _weighted(own) if _is_factor(s)])


def _is_factor(formula: Formula) -> bool:
    """Return whether a formula is a quantity as it is, for each example where it has none."""
    return all(not isinstance(part, Call) or part.op in _REPEATED for part in parts(formula))


def _is_mask(formula: Formula) -> bool:
    return isinstance(formula, Call) and formula.op in _MASKS


def _weighted(own: Formula) -> Iterator[tuple[Call, Formula, Formula]]:
    """Yield products entry by entry of what arrives and something else, with that and what arrives."""
    for part, s, u in factors(own):
        if part.op == "hadamard" and differential(u) and not differential(s):
            yield part, s, u


@_mistake("arriving_missing", "only the slope is there; the gradient that arrives is left out", on_gradients)
def _arriving_missing(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    if is_call(own, "hadamard"):
        for part, s, u in factors(own):
            if part is own and differential(u) and not differential(s):
                yield s


@_mistake("slope_at_output", "the slope is taken at the activation's output, not at its pre-activation", on_gradients)
def _slope_at_output(table: Table, line: Equation) -> Others:
    found = _activated(table, line)
    if found is None or found[1].op in ("relu", "linear"):
        return
    g = _arriving(table, found[0].name)
    again = call(found[1].op, found[0].name, *found[1].args[1:])
    if g is not None:
        yield share(again, 0, g, again, table.shapes)


@_mistake(
    "slope_at_preactivation",
    "z (1 - z) and 1 - z^2 are slopes where z is the output; the pre-activation was put in",
    on_gradients,
)
def _slope_at_preactivation(table: Table, line: Equation) -> Others:
    found = _activated(table, line)
    if found is None:
        return
    g, slope = _arriving(table, found[0].name), OPS[found[1].op].slope.get("x", "")
    rule = parse(slope) if isinstance(slope, str) and slope else None
    if g is not None and rule is not None and {used.base for used in names_in(rule)} == {"out"}:
        yield _times(g, replace(rule, {name("out"): found[1].args[0]}))


@_mistake("slope_not_squared", "the slope of tanh is 1 - tanh^2; the square is left out", on_gradients)
def _slope_not_squared(table: Table, line: Equation) -> Others:
    found = _activated(table, line)
    if found is not None and found[1].op == "tanh":
        g = _arriving(table, found[0].name)
        yield None if g is None else _times(g, _minus(num(1), found[0].name))


@_mistake("slope_of_other_activation", "it is the slope of another activation than this one", on_gradients)
def _slope_of_other(table: Table, line: Equation) -> Others:
    found = _activated(table, line)
    other = {"sigmoid": "tanh", "tanh": "sigmoid"}.get(found[1].op) if found is not None else None
    g = _arriving(table, found[0].name) if found is not None else None
    if found is not None and other is not None and g is not None:
        yield _times(g, replace(parse(str(OPS[other].slope["x"])), {name("out"): found[0].name}))


@_mistake("slope_too_many", "the activation's slope is there once too often", on_gradients)
def _slope_twice(table: Table, line: Equation) -> Others:
    by = name(line.name.base, line.name.index)
    for equation in table.forward.values():
        formula = equation.formula
        known = isinstance(formula, Call) and formula.op in {*_SOFTMAX, "sigmoid"} and formula.args[0] is by
        if known and line.via == (table.output,):
            yield _times(_own(table, line), _times(equation.name, _minus(num(1), equation.name)))


@_mistake("target_missing", "the target is not subtracted", on_gradients)
def _target_missing(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    for part in calls(own, "add"):
        for term in part.args:
            if set(names_in(term)) & {*table.model.targets}:
                rest = [each for each in part.args if each is not term]
                yield replace(own, {part: rest[0] if len(rest) == 1 else call("add", *rest)})


@_mistake("slope_is_value", "the activation's value stands in place of its slope", on_gradients)
def _slope_is_value(table: Table, line: Equation) -> Others:
    found = _activated(table, line)
    g = _arriving(table, found[0].name) if found is not None else None
    if found is not None and g is not None and found[1].op != "linear":
        yield _times(g, found[0].name)


@_mistake(
    "softmax_jacobian_diagonal",
    "of softmax's Jacobian only the diagonal p (1 - p) is used, and each output depends on all",
    on_gradients,
)  # fmt: skip
def _softmax_diagonal(table: Table, line: Equation) -> Others:
    found = _softmax_before(table, line)
    if found is not None:
        g, out = found
        yield _times(g, _times(out, _minus(num(1), out)))


@_mistake("softmax_jacobian_missing", "the gradient is passed through softmax as it is", on_gradients)
def _softmax_missing(table: Table, line: Equation) -> Others:
    found = _softmax_before(table, line)
    if found is not None:
        yield found[0]


def _softmax_before(table: Table, line: Equation) -> tuple[Formula, Name] | None:
    """Return what arrives at a softmax of what a line differentiates by, and its result."""
    by = name(line.name.base, line.name.index)
    for equation in table.forward.values():
        formula = equation.formula
        if isinstance(formula, Call) and formula.op in _SOFTMAX and formula.args[0] is by:
            g = _arriving(table, equation.name)
            return None if g is None else (g, equation.name)
    return None


# -- products -----------------------------------------------------------------------------------------------------


@_mistake("weights_not_transposed", "the weights are not transposed", on_gradients)
def _not_transposed(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    trained = {*table.model.parameters}
    turns = [
        part for part in calls(own, "transpose") if trained.intersection(names_in(part)) and not differential(part)
    ]
    return each(own, [(part, part.args[0]) for part in turns])


@_mistake("outer_product_transposed", "it is transposed: rows stand for columns", on_gradients)
def _outer(table: Table, line: Equation) -> Others:
    rows, columns = table.shapes.of(line.name)
    if rows != 1 != columns and name(line.name.base, line.name.index) not in table.model.per_example:
        yield turned(_own(table, line))


@_mistake("weights_of_other_layer", "the weights of another layer stand there", on_gradients)
def _other_weights(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    for used in names_in(own):
        if used in table.model.parameters:
            yield from (replace(own, {used: other}) for other in table.model.parameters if other is not used)


@_mistake("weights_missing", "the gradient is passed on without the weights", on_gradients)
def _weights_missing(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    trained = {*table.model.parameters}
    return each(
        own,
        [(part, u) for part, w, u in factors(own) if trained.intersection(names_in(w)) and differential(u)],
    )


@_mistake(
    "updated_weights_used", "the weights are taken after their update, not as they were going forward", on_gradients
)
def _updated(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    for used in names_in(own):
        if used in table.model.parameters and (new := updated(used)) in table.updates:
            yield replace(own, {used: table.lines[new]})


@_mistake("update_sign", "the step goes along the gradient, and must go against it", on_updates)
def _update_sign(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    if is_call(own, "add") and own.args[0] in table.model.parameters:
        yield call("add", own.args[0], *map(_negative, own.args[1:]))


@_mistake("rate_missing", "the step is not multiplied by the learning rate", on_updates)
def _rate_missing(table: Table, line: Equation) -> Others:
    return _without_factor(table, line, "rate")


@_mistake("momentum_sign", "momentum has the other sign: what is kept of the last step goes against it", on_updates)
def _momentum_sign(table: Table, line: Equation) -> Others:
    own, momentum = _own(table, line), table.settings.get("momentum")
    return each(own, [(part, _negative(part)) for part in calls(own, "mul") if part.args[0] is momentum])


@_mistake("momentum_missing", "what is kept of the last step is not multiplied by the momentum", on_updates)
def _momentum_missing(table: Table, line: Equation) -> Others:
    return _without_factor(table, line, "momentum")


def _without_factor(table: Table, line: Equation, setting: str) -> Others:
    """Return a line of an update without a number that it is set to, where that multiplies something."""
    own, factor = _own(table, line), table.settings.get(setting)
    return each(own, [(part, part.args[1]) for part in calls(own, "mul") if part.args[0] is factor])


@_mistake("intercept_not_dropped", "the intercept's column is not dropped before the gradient goes on", on_gradients)
def _not_dropped(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    return each(own, [(part, part.args[0]) for part in calls(own, "trim")])


@_mistake(
    "intercept_dropped", "the 1 of the intercept is left out, and with it the intercept's own gradient", on_gradients
)
def _dropped(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    return each(own, [(part, part.args[0]) for part in calls(own, "intercept")])


@_mistake("bias_not_summed", "the bias has one gradient for all examples: their sum", on_gradients)
def _bias_not_summed(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    return each(own, [(part, u) for part, o, u in factors(own) if is_call(o, "ones") and differential(u)])


@_mistake("bias_averaged", "the bias has the sum of what arrives, and not its mean", on_gradients)
def _bias_averaged(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    for part, o, u in factors(own):
        if is_call(o, "ones") and differential(u):
            yield replace(own, {part: call("div", part, num(str(table.shapes.of(u)[1])))})
    yield from each(own, [(part, call("mean", *part.args)) for part in calls(own, "sum") if differential(part)])


@_mistake(
    "activation_of_other_layer",
    "it is multiplied by the output of another layer than the one that goes in",
    on_gradients,
)
def _other_input(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    if name(line.name.base, line.name.index) not in table.model.parameters:
        return
    quantities = [*table.model.inputs, *table.forward]
    for used in names_in(own):
        if used.of is None and used in quantities:
            alike = [each for each in quantities if each is not used and each is not table.output]
            yield from (replace(own, {used: other}) for other in alike)


# -- sums ---------------------------------------------------------------------------------------------------------


@_mistake("path_missing", "it arrives on several ways; one of them is left out", on_gradients)
def _path_missing(table: Table, line: Equation) -> Others:
    if name(line.name.base, line.name.index) not in table.model.parameters:
        yield from _less_one(table, line)


@_mistake("step_missing", "the weights are used several times; one step or use of them is left out", on_gradients)
def _step_missing(table: Table, line: Equation) -> Others:
    if name(line.name.base, line.name.index) in table.model.parameters:
        yield from _less_one(table, line)


def _less_one(table: Table, line: Equation) -> Others:
    """Yield a gradient's line without one of several ways; what comes from the loss at once is a penalty's."""
    ways = [way for way in table.shares(line) if way is not table.output]
    if len(ways) > 1:
        yield from (table.without(line, [way]) for way in ways)


@_mistake("state_of_other_step", "each step has the state after it, and needs the one before it", on_gradients)
def _other_state(table: Table, line: Equation) -> Others:
    after = {step: state for step in line.via if (state := _activation_of(table, step)) is not None}
    steps = [step for step in line.via if step in after]
    moved: dict[Formula, Formula] = {}
    for earlier, step in pairwise(steps):
        if after[earlier] in names_in(table.forward[step].formula):
            moved[after[earlier]] = after[step]
    first = [of for of in names_in(_own(table, line)) if of in table.model.given and of not in table.model.parameters]
    if moved:
        starts = [of for of in first if table.shapes.of(of) == table.shapes.of(after[steps[0]])]
        yield replace(_own(table, line), {**moved, **dict.fromkeys(starts, after[steps[0]])})


def _activation_of(table: Table, of: Name) -> Name | None:
    """Return the forward quantity that is an activation of one, None where there is none."""
    for equation in table.forward.values():
        formula = equation.formula
        if isinstance(formula, Call) and formula.op in _ENTRYWISE and formula.args[0] is of:
            return equation.name
    return None


@_of_numbers("repeat_counted_once", "a row is used several times, and only one of its uses is counted")
def _counted_once(table: Table) -> Iterator[Slip]:
    for line in table.backward.values():
        own = _own(table, line)
        for of in names_in(own):
            array = table.right[of] if of in table.model.given else None
            if array is None or set(array.ravel().tolist()) != {0.0, 1.0} or not bool((array.sum(1) == 1).all()):
                continue
            for last in (True, False):
                value = table.value(own, {**table.right, of: _once(array, last=last)})
                if value is not None and bool((array.sum(0) > 1).any()):
                    yield Slip(line.name, given={line.name: value}, detail=f"the {'last' if last else 'first'}")


def _once(array: Array, *, last: bool) -> Array:
    """Return rows with a 1 each, where one column has several those that are not its last, or first, as zeros."""
    found = array[::-1] if last else array
    kept: Array = found * (np.cumsum(found, 0) == 1)
    return kept[::-1] if last else kept


@_mistake("one_path_only", "it arrives on several ways; only one of them is there", on_gradients)
def _one_path(table: Table, line: Equation) -> Others:
    ways = table.shares(line)
    if len(ways) > 2:
        yield from (table.without(line, {*ways} - {way}) for way in ways)


@_mistake("statistics_constant", "mean and variance are taken for constants, and depend on the input", on_gradients)
def _constant_statistics(table: Table, line: Equation) -> Others:
    ways = table.shares(line)
    statistics = [way for way in ways if any(True for _ in calls(table.forward[way].formula, *_MEANS))]
    if statistics and len(statistics) < len(ways):
        yield table.without(line, statistics)


@_mistake("residual_for_other_loss", "prediction - target is the gradient for another loss than this one", on_gradients)
def _residual(table: Table, line: Equation) -> Others:
    by = name(line.name.base, line.name.index)
    for target in table.model.targets:
        for guess in table.forward:
            near = guess is by or by in names_in(table.forward[guess].formula)
            if near and table.shapes.of(guess) == table.shapes.of(target) == table.shapes.of(by):
                yield _minus(guess, target)


@_mistake("sign_flipped", "the sign is the other one", on_gradients)
def _sign(table: Table, line: Equation) -> Others:
    yield _negative(_own(table, line))


@_mistake("factor_two", "a factor of 2 is too many", on_gradients)
def _factor_two(table: Table, line: Equation) -> Others:
    if line.via == (table.output,):
        yield call("mul", num(2), _own(table, line))


@_mistake("two_missing", "a factor of 2 is missing", on_gradients)
def _two_missing(table: Table, line: Equation) -> Others:
    if line.via == (table.output,):
        yield call("div", _own(table, line), num(2))


def _counts(table: Table) -> dict[int, str]:
    """Return by what a mean may divide: examples, entries, outputs."""
    found: dict[int, str] = {}
    for target in table.model.targets:
        rows, columns = (each for each in table.shapes.of(target))
        if isinstance(rows, int) and isinstance(columns, int):
            found |= {columns: "examples", rows: "outputs", rows * columns: "entries"}
    return {count: what for count, what in found.items() if count > 1}


def _averaged(table: Table) -> bool:
    """Return whether the loss is a mean."""
    output = table.forward.get(table.loss)
    if output is None:
        return False
    counts = _counts(table)
    for part in parts(output.formula):
        if isinstance(part, Call) and (part.op in _MEANS or part.op.startswith("mean_")):
            return True
        if is_call(part, "div") and number_of(part.args[1]) in counts:
            return True
    return False


@_mistake("mean_for_sum", "it is divided by how many there are, and the loss is a sum", on_gradients)
def _mean_for_sum(table: Table, line: Equation) -> Others:
    if line.via == (table.output,) and not _averaged(table):
        yield from (call("div", _own(table, line), num(count)) for count in _counts(table))


@_mistake("divided_twice", "1/n is applied twice", on_gradients)
def _divided_twice(table: Table, line: Equation) -> Others:
    if _averaged(table):
        yield from (call("div", _own(table, line), num(count)) for count in _counts(table))


@_mistake("sum_for_mean", "it is not divided by how many there are, and the loss is a mean", on_gradients)
def _sum_for_mean(table: Table, line: Equation) -> Others:
    if line.via == (table.output,) and _averaged(table):
        yield from (call("mul", num(count), _own(table, line)) for count in _counts(table))


@_mistake("penalty_factor", "the penalty's gradient has another factor", on_gradients)
def _penalty_factor(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    for term in _penalties(own):
        yield from (replace(own, {term: call(op, term, num(2))}) for op in ("mul", "div"))


@_mistake("penalty_missing", "the penalty's gradient is left out", on_gradients)
def _penalty_missing(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    for term in _penalties(own):
        assert isinstance(own, Call)
        rest = [each for each in own.args if each is not term]
        yield rest[0] if len(rest) == 1 else call("add", *rest)


@_mistake("bias_penalised", "the bias is penalised as the weights are", on_gradients)
def _bias_penalised(table: Table, line: Equation) -> Others:
    bias = name(line.name.base, line.name.index)
    if bias not in table.model.parameters or table.shapes.of(bias)[1] != 1:
        return
    for other in table.backward.values():
        weights = name(other.name.base, other.name.index)
        if weights in table.model.parameters and weights is not bias:
            for term in _penalties(_own(table, other)):
                if names_in(term) == (weights,):
                    yield call("add", _own(table, line), replace(term, {weights: bias}))


def _penalties(own: Formula) -> Iterator[Formula]:
    """Yield the terms of a gradient's line without a gradient in them."""
    if is_call(own, "add") and any(map(differential, own.args)):
        yield from (term for term in own.args if not differential(term))


# -- pictures -----------------------------------------------------------------------------------------------------


@_mistake("kernel_not_rotated", "the kernel is not turned by 180 degrees", on_gradients)
def _not_rotated(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    return each(own, [(part, part.args[0]) for part in calls(own, "rot180")])


@_mistake("kernel_rotated", "it is turned by 180 degrees, where it should not be", on_gradients)
def _rotated(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    if is_call(own, "conv2d") or is_call(own, "put_back"):
        yield call("rot180", own)


@_mistake(
    "pool_spread", "what a max-pool passes back goes to the largest entry alone, and is not spread evenly", on_gradients
)
def _spread(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    for part in calls(own, "max_unpool2d"):
        g, picture, *settings = part.args
        pool = call("avg_pool2d", picture, *settings)
        yield replace(own, {part: share(pool, 0, g, pool, table.shapes)})


@_mistake("pool_to_all", "what a max-pool passes back goes to the largest entry alone, and not to all", on_gradients)
def _to_all(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    for part in calls(own, "max_unpool2d"):
        g, picture, size, *rest = part.args
        pool = call("avg_pool2d", picture, size, *rest)
        spread = share(pool, 0, g, pool, table.shapes)
        yield replace(own, {part: call("mul", call("pow", size, num(2)), spread)})


@_mistake("kernel_flipped", "the kernel is turned as it goes over the picture, or is not where it should be", on_values)
def _flipped(table: Table, line: Equation) -> Others:
    own = line.formula
    slid = list(calls(own, "conv2d", "conv1d"))
    return each(own, [(part, call(part.op, part.args[0], _unturned(part.args[1]), *part.args[2:])) for part in slid])


def _unturned(kernel: Formula) -> Formula:
    return kernel.args[0] if is_call(kernel, "rot180") else call("rot180", kernel)


def _flatten_order(table: Table, line: Equation) -> Others:
    own = line.formula
    flat = [part for part in calls(own, "flatten") if part.args[1] is num(1)]
    return each(own, [(part, call("flatten", turned(part.args[0]), *part.args[1:])) for part in flat])


def _unflatten_order(table: Table, line: Equation) -> Others:
    own = _own(table, line)
    pairs: list[tuple[Formula, Formula]] = []
    for part in calls(own, "unflatten"):
        g, rows, columns, *rest = part.args
        if rest == [num(1)]:
            pairs.append((part, turned(call("unflatten", g, columns, rows, *rest))))
    return each(own, pairs)


@_of_numbers("flatten_order", "the picture is flattened column by column, and must be row by row")
def _flattened(table: Table) -> Iterator[Slip]:
    yield from on_values(_flatten_order)(table)
    yield from on_gradients(_unflatten_order)(table)


@_mistake("stride_ignored", "the stride is ignored", on_values)
def _stride(table: Table, line: Equation) -> Others:
    return _with_setting(line.formula, "stride", num(1))


@_mistake("padding_ignored", "the padding is left out", on_values)
def _padding(table: Table, line: Equation) -> Others:
    return _with_setting(line.formula, "padding", num(0))


def _with_setting(formula: Formula, word: str, value: Formula) -> Others:
    for part in parts(formula):
        if isinstance(part, Call) and word in OPS[part.op].settings:
            place = len(part.args) - len(OPS[part.op].settings) + [*OPS[part.op].settings].index(word)
            changed = (*part.args[:place], value, *part.args[place + 1 :])
            yield replace(formula, {part: call(part.op, *changed)})


# -- going forward ------------------------------------------------------------------------------------------------


@_mistake("bias_missing", "the bias is left out", on_values)
def _bias_missing(table: Table, line: Equation) -> Others:
    own = line.formula
    for part in calls(own, "add"):
        for term in part.args:
            if {*names_in(term)} <= {*table.model.parameters} and names_in(term):
                rest = [other for other in part.args if other is not term]
                yield replace(own, {part: rest[0] if len(rest) == 1 else call("add", *rest)})
    yield from each(own, [(part, call("pad", part.args[0])) for part in calls(own, "intercept")])


@_mistake("activation_missing", "the activation is left out", on_values)
def _activation_missing(table: Table, line: Equation) -> Others:
    own = line.formula
    return each(own, [(part, part.args[0]) for part in calls(own, *_ENTRYWISE, *_SOFTMAX)])


@_mistake("activation_twice", "the activation is applied twice", on_values)
def _activation_twice(table: Table, line: Equation) -> Others:
    own = line.formula
    found = calls(own, *(_ENTRYWISE - {"relu", "linear"}), *_SOFTMAX)
    return each(own, [(part, call(part.op, part, *part.args[1:])) for part in found])


@_mistake("activation_other", "another activation is applied: sigmoid and tanh are not the same", on_values)
def _activation_other(table: Table, line: Equation) -> Others:
    own = line.formula
    other = {"sigmoid": "tanh", "tanh": "sigmoid"}
    return each(own, [(part, call(other[part.op], *part.args)) for part in calls(own, *other)])


@_mistake("softmax_axis", "softmax is taken along the other axis", on_values)
def _softmax_axis(table: Table, line: Equation) -> Others:
    own = line.formula
    return each(own, [(part, turned(call(part.op, turned(part.args[0])))) for part in calls(own, *_SOFTMAX)])


@_mistake("softmax_not_normalised", "the exponentials are not divided by their sum", on_values)
def _not_normalised(table: Table, line: Equation) -> Others:
    own = line.formula
    return each(own, [(part, call("exp", part.args[0])) for part in calls(own, *_SOFTMAX)])


@_mistake("logits_for_probabilities", "the loss is taken of the pre-activations, not of the probabilities", on_values)
def _logits(table: Table, line: Equation) -> Others:
    own = line.formula
    for part in calls(own, *_LOSSES):
        first = part.args[0]
        behind = table.forward.get(first) if isinstance(first, Name) else None
        if behind is not None and isinstance(behind.formula, Call) and behind.formula.op in (*_ENTRYWISE, *_SOFTMAX):
            yield replace(own, {part: call(part.op, behind.formula.args[0], *part.args[1:])})


@_mistake("log_base", "the logarithm has another base than e", on_values)
def _log_base(table: Table, line: Equation) -> Others:
    own = line.formula
    entropies = [part for part in calls(own, *_LOSSES) if "entropy" in part.op]
    for part in entropies:
        yield from (replace(own, {part: call("div", part, call("log", num(base)))}) for base in (2, 10))
    for part in calls(own, "log"):
        yield from (replace(own, {part: call(op, *part.args)}) for op in ("log2", "log10"))


@_mistake("loss_sign", "the minus of the loss is left out", on_values)
def _loss_sign(table: Table, line: Equation) -> Others:
    if line.name is table.output:
        yield _negative(line.formula)


def _half_missing(table: Table, line: Equation) -> Others:
    own = line.formula
    halves = [
        part
        for part in calls(own, "div")
        if number_of(part.args[1]) == 2 and line.name is table.output and not any(calls(part.args[0], *_LOSSES))
    ]
    yield from each(own, [(part, part.args[0]) for part in halves])
    yield from each(own, [(part, call("mul", num(2), part)) for part in calls(own, "squared_error")])


def _half_missing_behind(table: Table, line: Equation) -> Others:
    if line.via == (table.output,) and any(calls(table.forward[table.loss].formula, "squared_error")):
        yield call("mul", num(2), _own(table, line))


@_of_numbers("half_missing", "the loss's 1/2 is left out")
def _halves(table: Table) -> Iterator[Slip]:
    yield from on_values(_half_missing)(table)
    yield from on_gradients(_half_missing_behind)(table)


@_mistake("loss_averaged", "the loss is divided by how many there are, and is a sum", on_values)
def _loss_averaged(table: Table, line: Equation) -> Others:
    if line.name is table.output and not _averaged(table):
        yield from (call("div", line.formula, num(count)) for count in _counts(table))


@_mistake("loss_summed", "the loss is not divided by how many there are, and is a mean", on_values)
def _loss_summed(table: Table, line: Equation) -> Others:
    if line.name is table.output and _averaged(table):
        yield from (call("mul", num(count), line.formula) for count in _counts(table))


@_mistake("scale_missing", "the division by a root is left out", on_values)
def _scale_missing(table: Table, line: Equation) -> Others:
    own = line.formula
    return each(own, [(part, part.args[0]) for part in _by_roots(own)])


@_mistake("scale_not_rooted", "it is divided by the number itself, not by its root", on_values)
def _scale_not_rooted(table: Table, line: Equation) -> Others:
    own = line.formula
    pairs: list[tuple[Formula, Formula]] = []
    for part in _by_roots(own):
        roots: dict[Formula, Formula] = {root: root.args[0] for root in calls(part.args[1], "sqrt")}
        pairs.append((part, call(part.op, part.args[0], replace(part.args[1], roots))))
    return each(own, pairs)


def _by_roots(own: Formula) -> list[Call]:
    """Return the divisions by a root, which may stand there for each example."""
    return [part for part in calls(own, "div", "hdiv") if any(calls(part.args[1], "sqrt"))]


@_mistake("variance_unbiased", "the variance is divided by one less than there are, and here by how many", on_values)
def _unbiased(table: Table, line: Equation) -> Others:
    own = line.formula
    for part in calls(own, *_MEANS):
        squared = part.args[0]
        if is_call(squared, "hpow") or is_call(squared, "pow"):
            inside, whole = prod(_sizes(table, squared)), prod(_sizes(table, part))
            count = inside // whole
            if count > 1:
                yield replace(own, {part: call("mul", part, call("div", num(count), num(count - 1)))})


def _sizes(table: Table, formula: Formula) -> tuple[int, int]:
    """Return the rows and columns of a formula."""
    rows, columns = table.shapes.of(formula)
    return int(str(rows)), int(str(columns))


@_mistake("dropout_not_scaled", "what dropout keeps is not divided by the share that is kept", on_values)
def _dropout(table: Table, line: Equation) -> Others:
    own = line.formula
    return each(own, [(part, part.args[0]) for part in calls(own, "div") if is_call(part.args[0], "hadamard")])


@_mistake("mask_missing", "what is masked is seen", on_values)
def _unmasked(table: Table, line: Equation) -> Others:
    own = line.formula
    return each(own, [(part, part.args[1]) for part in calls(own, "where")])


@_mistake("term_missing", "one term of the sum is left out", on_values)
def _term_missing(table: Table, line: Equation) -> Others:
    own = line.formula
    trained = {*table.model.parameters}
    if is_call(own, "add"):
        for term in own.args:
            if not {*names_in(term)} <= trained:
                rest = [other for other in own.args if other is not term]
                yield rest[0] if len(rest) == 1 else call("add", *rest)


@_mistake("weights_transposed", "the weights are transposed", on_values)
def _transposed(table: Table, line: Equation) -> Others:
    own = line.formula
    trained = [used for used in names_in(own) if used in table.model.parameters]
    square = [used for used in trained if len({*table.shapes.of(used)}) == 1 and table.shapes.of(used) != SCALAR]
    return each(own, [(used, call("transpose", used)) for used in square])


# -- numbers ------------------------------------------------------------------------------------------------------


@_of_numbers("sign_lost", "a minus is lost, or one too many")
def _sign_lost(table: Table) -> Iterator[Slip]:
    for of, place, value in _entries(table):
        if value:
            yield _copied(table, of, {place: -value})


@_of_numbers("digits_swapped", "two digits are swapped")
def _digits_swapped(table: Table) -> Iterator[Slip]:
    for of, place, value in _entries(table):
        for other in swapped(_text(table, of, place, value)):
            yield _copied(table, of, {place: float(other)})


@_of_numbers("decimal_point", "the decimal point is in another place")
def _point(table: Table) -> Iterator[Slip]:
    for of, place, value in _entries(table):
        if value:
            yield from (_copied(table, of, {place: value * factor}) for factor in (10.0, 0.1))


@_of_numbers("neighbours_swapped", "two numbers beside each other are swapped")
def _neighbours(table: Table) -> Iterator[Slip]:
    for of, (i, j), value in _entries(table):
        array = table.right[of]
        if of in table.model.targets and set(array.ravel().tolist()) <= {0.0, 1.0}:
            continue  # a class beside the right one
        for other in ((i + 1, j), (i, j + 1)):
            if other[0] < array.shape[0] and other[1] < array.shape[1] and array[other] != value:
                yield _copied(table, of, {(i, j): float(array[other]), other: value})


@_of_numbers("transposed_copy", "rows were copied as columns")
def _transposed_copy(table: Table) -> Iterator[Slip]:
    for of in table.model.given:
        array = table.right[of]
        if array.shape[0] == array.shape[1] > 1:
            yield Slip(of, given={of: array.T.copy()})


@_of_numbers("index_off_by_one", "an index is off by one: classes and places are counted from another base")
def _off_by_one(table: Table) -> Iterator[Slip]:
    for of in table.model.given:
        array = table.right[of]
        hot = set(array.ravel().tolist()) <= {0.0, 1.0} and bool((array.sum(0) == 1).all())
        if of in table.model.targets and hot and array.shape[0] > 1:
            yield from (Slip(of, given={of: np.roll(array, by, 0)}) for by in (1, -1))


#: Of how many given numbers slips of the pen are looked for.
_MOST_NUMBERS: Final = 200


def _entries(table: Table) -> Iterator[tuple[Name, tuple[int, int], float]]:
    """Yield the given numbers, unless there are too many to be copied by hand."""
    given = [of for of in table.model.given if of in table.right]
    if sum(prod(table.right[of].shape) for of in given) <= _MOST_NUMBERS:
        for of in given:
            for place, value in np.ndenumerate(table.right[of]):
                yield of, (int(place[0]), int(place[1])), float(value)


def _text(table: Table, of: Name, place: tuple[int, int], value: float) -> str:
    number = table.model.given[of][place[0]][place[1]]
    return number.text if isinstance(number, Figure) else f"{value:g}"


def swapped(text: str) -> Iterator[str]:
    """Yield a number with two of its digits, which stand beside each other, swapped."""
    digits = [place for place, sign in enumerate(text) if sign.isdigit()]
    if not text.replace(".", "").removeprefix("-").isdecimal():
        return
    for first, last in pairwise(digits):
        if text[first] != text[last]:
            changed = [*text]
            changed[first], changed[last] = text[last], text[first]
            yield "".join(changed)


def _copied(table: Table, of: Name, numbers: dict[tuple[int, int], float]) -> Slip:
    """Return the slip of copying other numbers."""
    array = table.right[of].copy()
    said = []
    for place, value in numbers.items():
        said.append(f"{array[place]:g} as {value:g}")
        array[place] = value
    return Slip(of, given={of: array}, detail=", ".join(said))


# -- formulas -----------------------------------------------------------------------------------------------------


def _times(one: Formula, other: Formula) -> Formula:
    return call("hadamard", one, other) if one is not num(1) else other


def _minus(one: Formula, other: Formula) -> Formula:
    return call("add", one, call("neg", other))


def _negative(formula: Formula) -> Formula:
    return formula.args[0] if is_call(formula, "neg") else call("neg", formula)
