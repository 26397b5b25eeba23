"""Steps of a plan as work on arrays: which function writes which result where.

What can be seen in another array, as a transpose, is no work; what never changes is computed once. Results may take the
place of what is no longer needed. They lie in memory column after column, so that an example's numbers are together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nncalc.graph.shapes import Shapes
from nncalc.language.formula import Name, Num, names_in
from nncalc.numbers.arrays import ARRAYS, Array, function, noise
from nncalc.numbers.logits import OF_SHIFTED, SOFTMAX, Shifted, residual_of, shifted
from nncalc.numbers.plan import Plan, Step

#: Of which kind the numbers are, double or single.
Kind: TypeAlias = "np.dtype[Any]"
#: A function and its arguments, the last of which it writes its result to.
Work: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]


class _Use(NamedTuple):
    """How a slot is used: how often, and by which operations."""

    times: int
    ops: frozenset[str]


class Builder:
    """Turns steps into work, one after the other; a class because places and work gather in it."""

    def __init__(self, plan: Plan, shapes: Shapes, clear: bool, kind: Kind) -> None:
        self.plan = plan
        self.shapes = shapes
        self.clear = clear
        self.kind = kind
        self.cancelled: set[int] = set()
        self.leaves = {formula for formula in plan.formulas if isinstance(formula, Name)}
        self.arrays: dict[int, Array] = {}
        self.work: list[Work] = []
        self.constant: set[int] = set()
        self.owned: set[int] = set()
        self.with_ones: dict[int, int] = {}
        self.turned: dict[int, int] = {}
        self.minus: dict[int, int] = {}
        self.shifts: dict[int, list[Shifted]] = {}
        self.softmaxes: dict[int, int] = {}
        self.instead: dict[int, int] = {}
        self.uses = _uses(plan)
        self.kept = set(plan.slots.values())
        for slot in plan.numbers:
            number = plan.formulas[slot]
            assert isinstance(number, Num)
            self.arrays[slot] = np.array([[float(number.text)]], dtype=self.kind)
            self.constant.add(slot)

    def add(self, step: Step) -> None:
        """Add what computes the result of a step."""
        if self.constant.issuperset(step.args):
            with np.errstate(all="raise", under="ignore"):
                found = function(step.op)(*[self.arrays[arg] for arg in step.args])
                self.arrays[step.result] = found.astype(self.kind, copy=False)
            self.constant.add(step.result)
        else:
            _STEPS.get(step.op, _any)(self, step)

    def shape(self, slot: int) -> tuple[int, int]:
        rows, columns = self.shapes.of(self.plan.formulas[slot])
        assert isinstance(rows, int)
        assert isinstance(columns, int)
        return rows, columns

    def read(self, slot: int) -> Array:
        """Return the array of a slot; that of an intercept is filled in only where it is read as a whole."""
        if slot not in self.arrays:
            if slot in self.minus:
                place = self.arrays[slot] = np.empty(self.shape(slot), self.kind, order="F")
                self.work.append((np.negative, (self.read(self.minus[slot]), place)))
            elif slot in self.turned:
                self.arrays[slot] = self.read(self.turned[slot]).T
            else:
                whole = self.arrays[slot] = np.ones(self.shape(slot), self.kind, order="F")
                self.work.append((np.copyto, (whole[1:], self.read(self.with_ones[slot]))))
        return self.arrays[slot]

    def new(self, step: Step, *, over: Collection[int] = ()) -> Array:
        """Return the memory for a result: of one of the arguments `over`, where nothing else needs it, or its own."""
        if step.result in self.instead:
            found = self.arrays[step.result] = self.arrays[self.instead[step.result]]
            return found
        self.owned.add(step.result)
        shape = self.shape(step.result)
        for slot in over:
            if slot in self.owned and slot not in self.kept and self.uses[slot].times == 1:
                array = self.arrays[slot]
                if array.shape == shape and array.dtype == self.kind:
                    self.arrays[step.result] = array
                    return array
        found = self.arrays[step.result] = np.empty(shape, self.kind, order="F")
        return found

    def shifted(self, z: int, compute: Callable[..., Array], step: Step, others: Sequence[int]) -> None:
        """Add what is computed of logits less their largest, and of other slots."""
        found, place = self.shifts[z], self.new(step)

        def run(*args: Array) -> None:
            place[...] = compute(found[0], *args)

        self.work.append((run, tuple([self.read(arg) for arg in others])))

    def view(self, slot: int, array: Array) -> None:
        """Say that a result is seen in another array, whose memory so stays as it is."""
        self.arrays[slot] = array

    def cleared(self, step: Step, args: Sequence[Array], apart: Array | None = None) -> None:
        """Add what makes 0 of the entries of a sum that are below its rounding error, where its terms were computed."""
        slot, op = step.result, step.op
        if not self.clear or self.leaves.issuperset(names_in(self.plan.formulas[slot])):
            return

        def clear(found: Array) -> None:
            small = noise(op, found, args, apart)
            if small is not None:
                found[small] = 0
                self.cancelled.add(slot)

        self.work.append((clear, (self.arrays[slot],)))

    def ones(self, slot: int, shape: tuple[int, int]) -> bool:
        """Return whether a slot holds nothing but ones, in this shape."""
        return slot in self.constant and self.arrays[slot].shape == shape and bool((self.arrays[slot] == 1).all())

    def filled(self, slot: int, shape: tuple[int, int]) -> Array:
        """Return what a slot holds, a number that never changes in every entry of a shape."""
        array = self.read(slot)
        if slot in self.constant and array.size == 1 and shape != (1, 1):
            return np.full(shape, array.item(), self.kind, order="F")
        return array


def _uses(plan: Plan) -> dict[int, _Use]:
    found: dict[int, list[str]] = {}
    for step in plan.steps:
        for arg in step.args:
            found.setdefault(arg, []).append(step.op)
    return {slot: _Use(len(ops), frozenset(ops)) for slot, ops in found.items()}


# -- the steps ------------------------------------------------------------------------------------------


def _any(to: Builder, step: Step) -> None:
    """Add an operation that makes an array of its own."""
    args = tuple([to.read(arg) for arg in step.args])
    compute, place = function(step.op), to.new(step)

    def run(*args: Array) -> None:
        np.copyto(place, compute(*args))

    to.work.append((run, args))


def _entrywise(ufunc: Any) -> Callable[[Builder, Step], None]:
    def added(to: Builder, step: Step) -> None:
        args = [to.filled(arg, to.shape(step.result)) for arg in step.args]
        to.work.append((ufunc, (*args, to.new(step, over=step.args))))

    return added


def _maximum(x: Array, y: Array, place: Array) -> None:
    np.maximum(x, y, out=place)


def _minimum(x: Array, y: Array, place: Array) -> None:
    np.minimum(x, y, out=place)


def _step(to: Builder, step: Step) -> None:
    """Add where x is positive; as truths, where they are only multiplied with."""
    x, shape = to.read(step.args[0]), to.shape(step.result)
    use = to.uses.get(step.result)
    if use is not None and use.ops == {"hadamard"} and step.result not in to.kept:
        place = to.arrays[step.result] = np.empty(shape, dtype=np.bool_, order="F")
    else:
        place = to.new(step)
    to.work.append((np.greater, (x, np.zeros(shape, to.kind, order="F"), place)))


def _of_logits(to: Builder, step: Step) -> None:
    """Add what is computed of logits less the largest of their column, which are found once for all that need them."""
    z, *others = step.args
    if step.op in SOFTMAX:
        to.softmaxes[step.result] = z
    if z not in to.shifts:
        holder = to.shifts[z] = []

        def shift(logits: Array) -> None:
            holder[:] = [shifted(logits)]

        to.work.append((shift, (to.read(z),)))
    to.shifted(z, OF_SHIFTED[step.op], step, others)


def _residual(to: Builder, step: Step) -> None:
    """Add p sum(y) - y sum(p), where p may be the softmax of logits that are at hand."""
    z = to.softmaxes.get(step.args[0])
    if z is None:
        _any(to, step)
    else:
        to.shifted(z, residual_of, step, step.args)


def _neg(to: Builder, step: Step) -> None:
    """Add a minus, which is no work where the sum that uses it takes off what stands behind it."""
    use = to.uses.get(step.result)
    if use is not None and use.ops == {"add"} and step.result not in to.kept:
        to.minus[step.result] = step.args[0]
    else:
        _entrywise(np.negative)(to, step)


def _add(to: Builder, step: Step) -> None:
    first, *others = step.args
    if first in to.minus and others[0] not in to.minus:
        first, others[0] = others[0], first
    found = to.read(first)
    place = to.new(step, over=[first])
    for slot in others:
        if slot in to.minus:
            to.work.append((np.subtract, (found, to.read(to.minus[slot]), place)))
        else:
            to.work.append((np.add, (found, to.read(slot), place)))
        found = place


def _product(one: Array, other: Array, place: Array) -> Work:
    """Return the work of a product whose result lies column after column, as BLAS does it best: transposed."""
    return np.dot, (other.T, one.T, place.T)


def _mul(to: Builder, step: Step) -> None:
    one, other = step.args
    (rows, inner), columns = to.shape(one), to.shape(other)[1]
    if (rows, inner) == (1, 1) or to.shape(other) == (1, 1):
        _entrywise(np.multiply)(to, step)
    elif inner == 1 and to.ones(other, (1, columns)):
        to.view(step.result, np.broadcast_to(to.read(one), (rows, columns)))
    elif inner == 1 and to.ones(one, (rows, 1)):
        to.view(step.result, np.broadcast_to(to.read(other), (rows, columns)))
    elif other in to.with_ones and other not in to.arrays:
        weights, x, place = to.read(one), to.read(to.with_ones[other]), to.new(step)
        to.work += [_product(weights[:, 1:], x, place), (np.add, (place, weights[:, :1], place))]
        to.cleared(step, (weights[:, 1:], x), weights[:, :1])
    elif other in to.turned and other not in to.arrays:
        g, x, place = to.read(one), to.read(to.with_ones[to.turned[other]]), to.new(step)
        to.work += [
            _product(g, x.T, place[:, 1:]),
            _product(g, np.ones((inner, 1), to.kind), place[:, :1]),
        ]
        to.cleared(step, (g, to.read(other)) if to.clear else ())
    else:
        args = (to.read(one), to.read(other))
        to.work.append(_product(*args, to.new(step)))
        to.cleared(step, args)


def _intercept(to: Builder, step: Step) -> None:
    to.with_ones[step.result] = step.args[0]


def _transpose(to: Builder, step: Step) -> None:
    (arg,) = step.args
    if arg in to.with_ones and arg not in to.arrays:
        to.turned[step.result] = arg
    else:
        to.view(step.result, to.read(arg).T)


def _trim(to: Builder, step: Step) -> None:
    to.view(step.result, to.read(step.args[0])[:, 1:])


def _sum(to: Builder, step: Step) -> None:
    def total(x: Array, place: Array) -> None:
        np.add.reduce(x, axis=None, out=place)

    x = to.read(step.args[0])
    to.work.append((total, (x, to.new(step).reshape(()))))
    to.cleared(step, (x,))


def _power(to: Builder, step: Step) -> None:
    base, exponent = step.args
    number = to.plan.formulas[exponent]
    if isinstance(number, Num) and float(number.text) == 2:
        to.work.append((np.square, (to.read(base), to.new(step, over=[base]))))
    else:
        _entrywise(np.power)(to, step)


_STEPS: Mapping[str, Callable[[Builder, Step], None]] = {
    **{op: _entrywise(ufunc) for op, ufunc in ARRAYS.items() if isinstance(ufunc, np.ufunc) and ufunc.nin == 1},
    **dict.fromkeys(OF_SHIFTED, _of_logits),
    "softmax_residual": _residual,
    "add": _add, "neg": _neg, "mul": _mul, "hpow": _power, "step": _step, "sum": _sum, "transpose": _transpose,
    "trim": _trim, "intercept": _intercept, "hadamard": _entrywise(np.multiply), "hdiv": _entrywise(np.divide),
    "div": _entrywise(np.divide), "max": _entrywise(_maximum), "min": _entrywise(_minimum),
}  # fmt: skip
