"""An operation that is no primitive, on whole arrays: by its meaning, or entry by entry by the rule of its elements.

The numbers may be complex. An element rule is computed with an axis for each of its index variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np

from nncalc.graph import pictures
from nncalc.graph.rules import computed, element
from nncalc.graph.sizes import signature
from nncalc.language.formula import Formula, Name, Num, names_in, parts
from nncalc.numbers.composed import compiled, composed
from nncalc.ops.kinds import Form, Operation

#: A two-dimensional array; while an element rule is computed, one with as many dimensions as the rule has indices.
Any2D: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Function: TypeAlias = Callable[..., Any2D]

#: What is a product, a quotient and a power among entries.
_AMONG_ENTRIES = {"mul": "hadamard", "div": "hdiv", "pow": "hpow"}


def number(text: str) -> Any2D:
    return np.array([[float(text)]])


def as_a_whole(op: Operation, function: Callable[[str], Function]) -> Function:
    """Return what computes an operation on arrays; `function` finds what computes the operations in its meaning."""
    if op.entrywise:
        compute: Function = composed(op, function, number)
        return lambda *args: _filling(compute(*args), args)

    def run(*args: Any2D) -> Any2D:
        form, sizes = _form(op, args)
        if not computed(op):
            letters = dict(zip((*op.args, *op.settings), args, strict=True))
            return _Entries(letters, sizes, function).computed(element(form.element), _result(form, sizes))
        given = [np.array([[float(size)]]) for size in sizes.values()]
        whole: Function = compiled(computed(op), (*op.args, *op.settings, *sizes), function, number)
        return whole(*args, *given)

    return run


def _filling(found: Any2D, args: Sequence[Any2D]) -> Any2D:
    """Return what acts on each entry in the shape of its arguments, though its meaning may leave one of them out."""
    shape = np.broadcast_shapes(*(arg.shape for arg in args))
    return found if found.shape == shape else np.broadcast_to(found, shape)


def sizes_of(op: Operation, args: Sequence[Any2D]) -> dict[str, int]:
    """Return what the letters of an operation's shapes come to for these arguments."""
    return _form(op, args)[1]


def _form(op: Operation, args: Sequence[Any2D]) -> tuple[Form, dict[str, int]]:
    """Return the form that takes arguments of these shapes, and what its letters come to."""
    if op.forms[0].shapes == "picture":
        count = op.quantities
        settings = [int(arg[0, 0].real) for arg in args[count:]]
        return op.forms[0], pictures.sizes_of(
            op.name, [(len(arg), arg.shape[1]) for arg in args[:count]], settings
        ).letters
    for form in op.forms:
        sizes: dict[str, int] = {}
        patterns = zip(signature(form.shapes)[0], (arg.shape for arg in args), strict=False)
        pairs = [pair for pattern, shape in patterns for pair in zip(pattern, shape, strict=True)]
        if all(_binds(sizes, letter, size - more) for (letter, more), size in pairs):
            return form, sizes
    raise AssertionError(f"no form of {op.name} takes these shapes")


def _binds(sizes: dict[str, int], letter: str, size: int) -> bool:
    return int(letter) == size if letter.isdecimal() else sizes.setdefault(letter, size) == size


def _result(form: Form, sizes: Mapping[str, int]) -> tuple[int, int]:
    rows, columns = (
        prod(int(word) if word.isdecimal() else sizes[word] for word in text.split("*")) + more
        for text, more in signature(form.shapes)[1]
    )
    return rows, columns


class _Entries:
    """Computes element rules of some arguments; a class because every part needs the axes."""

    def __init__(
        self, args: Mapping[str, Any2D], sizes: Mapping[str, int], function: Callable[[str], Function]
    ) -> None:
        self.args = args
        self.sizes = sizes
        self.function = function
        self.axes: list[str] = []
        self.extents: dict[str, int] = {}

    def computed(self, rule: Formula, shape: tuple[int, int]) -> Any2D:
        """Return every entry that `rule` says, for a result of `shape`."""
        indexed = [(index, self.args[used.base].shape[place]) for used in names_in(rule)
                   for place, index in enumerate(used.index) if isinstance(index, str)]  # fmt: skip
        self.extents = dict(zip("ij", shape, strict=True)) | dict(indexed)
        self.axes = list(self.extents)
        found: dict[Formula, Any2D] = {}
        for part in parts(rule):
            if isinstance(part, Num):
                found[part] = self.flat(float(part.text))
            elif isinstance(part, Name):
                found[part] = self.name(part)
            elif part.op.startswith("over_"):
                found[part] = self.over(part.op, self.axes.index(str(part.args[0])), found[part.args[1]])
            else:
                function = self.function(_AMONG_ENTRIES.get(part.op, part.op))
                found[part] = function(*[found[arg] for arg in part.args])
        result = found[rule]
        return np.broadcast_to(result.reshape(result.shape[:2]), shape).copy()

    def flat(self, number: Any) -> Any2D:
        return np.array(number).reshape((1,) * len(self.axes))

    def name(self, of: Name) -> Any2D:
        """Return an argument with its indices on their axes, a setting, a size, or an index variable as a number."""
        if not of.index:
            if of.base in self.extents:
                count = np.arange(1.0, self.extents[of.base] + 1)
                return count.reshape([-1 if axis == of.base else 1 for axis in self.axes])
            return self.flat(self.args[of.base].item() if of.base in self.args else self.sizes[of.base])
        array = self.args[of.base]
        indices = [index for index in of.index if isinstance(index, str)]
        for place in (1, 0):
            index = of.index[place]
            if isinstance(index, int):
                array = array.take(index - 1, axis=place)
        if len(indices) == 2 and indices[0] == indices[1]:
            array, indices = array.diagonal(), indices[:1]
        order = sorted(indices, key=self.axes.index)
        array = array.transpose([indices.index(index) for index in order])
        return array.reshape([self.extents[axis] if axis in order else 1 for axis in self.axes])

    def over(self, op: str, axis: int, body: Any2D) -> Any2D:
        """Return the sum, product, largest, smallest, length or log-sum-exp along the axis of an index variable."""
        shape = list(body.shape)
        shape[axis] = self.extents[self.axes[axis]]
        body = np.broadcast_to(body, shape)
        if op == "over_sum":
            return np.asarray(body.sum(axis=axis, keepdims=True))
        if op == "over_norm2_scaled":
            return np.asarray(np.sqrt((body**2).sum(axis=axis, keepdims=True)))
        if op == "over_prod":
            return np.asarray(body.prod(axis=axis, keepdims=True))
        if op in ("over_max", "over_min"):
            sign = 1 if op == "over_max" else -1
            return sign * _largest(sign * body, axis)[1]
        return log_sum_exp(body, axis, self.function("log1p"))


def log_sum_exp(x: Any2D, axis: int, log1p: Function) -> Any2D:
    """Return log(sum(exp(x))) along an axis, which keeps the small digits where the largest entry is 0.

    It is t + log1p(r), t being the largest entry and r the sum of exp(x - t) over all others.
    """
    place, top = _largest(x, axis)
    rest = np.exp(x - top)
    np.put_along_axis(rest, place, 0, axis)
    return np.asarray(top + log1p(rest.sum(axis=axis, keepdims=True)))


def _largest(x: Any2D, axis: int) -> tuple[Any2D, Any2D]:
    """Return where the largest entries along an axis are, and these."""
    place = np.real(x).argmax(axis=axis, keepdims=True)
    return place, np.take_along_axis(x, place, axis)
