"""Operators on whole matrices, and on their rows and columns, as formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nncalc.exchange.nodes.layers import averaged
from nncalc.exchange.nodes.reading import Matrix, Pictures, Reading, Thing, filling, scaled
from nncalc.exchange.nodes.shapes import axes_of, reshaped
from nncalc.exchange.onnx_file import BOOL, REALS, Tensor


def _matmul(reading: Reading) -> Thing:
    a, b = reading.matrix(0), reading.matrix(1)
    if len(a.sizes) != 2 or len(b.sizes) != 2 or a.sizes[1] != b.sizes[0]:
        raise reading.problem(f"the shapes {a.sizes} and {b.sizes} are not multiplied here: two matrices are")
    return Matrix(_product(a, b), (a.sizes[0], b.sizes[1]))


def _product(a: Matrix, b: Matrix) -> str:
    """Return a product of matrices; where 1×1 meets a row or column, the same product as that of a number."""
    return f"{a.held} * {b.held}"


def _gemm(reading: Reading) -> Thing:
    a, b = (
        Matrix(each.turned, each.sizes[::-1]) if reading.integer(key, 0) else each
        for each, key in ((reading.matrix(0), "transA"), (reading.matrix(1), "transB"))
    )
    if len(a.sizes) != 2 or len(b.sizes) != 2 or a.sizes[1] != b.sizes[0]:
        raise reading.problem(f"the shapes {a.sizes} and {b.sizes} are not multiplied here: two matrices are")
    sizes = (a.sizes[0], b.sizes[1])
    text = scaled(_product(a, b), reading.real("alpha", 1))
    if reading.given(2):
        added = filling(reading.matrix(2), sizes)
        text += f" + {scaled(added.text, reading.real('beta', 1))}"
    return Matrix(text, sizes)


def _transpose(reading: Reading) -> Thing:
    x = reading.matrix(0)
    order = reading.integers("perm", range(len(x.sizes))[::-1])
    if len(x.sizes) < 2 or order == [0, 1]:
        return x
    if order != [1, 0]:
        raise reading.problem("its axes are put in an order that is not read")
    return Matrix(x.turned, x.sizes[::-1])


def _same(reading: Reading) -> Thing:
    return reading.arg(0)


def _dropout(reading: Reading) -> Thing:
    if len([each for each in reading.node.outputs if each]) > 1:
        raise reading.problem("its mask is used, which there is none of outside of training")
    if reading.given(2):
        said = reading.arg(2)
        if not isinstance(said, Tensor) or any(said.numbers):
            raise reading.problem("it drops values at random", "export the model in its state for inference")
    return reading.arg(0)


def _cast(reading: Reading) -> Thing:
    kind, found = reading.integer("to", 1), reading.arg(0)
    if isinstance(found, Tensor):
        cast = float if kind in REALS else int
        return found._replace(kind=kind, numbers=[cast(each) for each in found.numbers])
    if kind not in (*REALS, BOOL):
        raise reading.problem("it makes whole numbers of computed ones")
    return found


def _concat(reading: Reading) -> Thing:
    things = [reading.arg(place) for place in range(max(1, len(reading.args)))]
    if all(isinstance(each, Tensor) and len(each.sizes) == 1 for each in things):
        numbers = [number for each in things if isinstance(each, Tensor) for number in each.numbers]
        kind = next(each.kind for each in things if isinstance(each, Tensor))
        return Tensor("", kind, (len(numbers),), numbers)
    if all(isinstance(each, Pictures) for each in things):
        return _joined(reading, [each for each in things if isinstance(each, Pictures)])
    found = [reading.matrix(place) for place in range(len(things))]
    axis = reading.axis(0, max(len(each.sizes) for each in found))
    across = axis == 1 or len(found[0].sizes) == 1
    shapes = [each.shape for each in found]
    if len({len(each.sizes) for each in found}) > 1 or len({shape[not across] for shape in shapes}) > 1:
        raise reading.problem(f"the shapes {[each.sizes for each in found]} do not go together")
    total = sum(shape[across] for shape in shapes)
    sizes = (total,) if len(found[0].sizes) == 1 else (shapes[0][0], total) if across else (total, shapes[0][1])
    if not across and len(found) == 2 and found[0].text in ("1", f"ones(1, {shapes[0][1]})") and shapes[0][0] == 1:
        return Matrix(f"intercept({found[1].text})", sizes)
    return Matrix(f"{'beside' if across else 'stack'}({', '.join(each.text for each in found)})", sizes)


def _joined(reading: Reading, found: Sequence[Pictures]) -> Pictures:
    first = found[0].sizes
    if reading.axis(0, 4) != 1 or any(each.sizes[:1] + each.sizes[2:] != first[:1] + first[2:] for each in found):
        raise reading.problem("pictures are joined by their channels alone")
    channels = tuple(channel for each in found for channel in each.channels)
    return Pictures(channels, (first[0], len(channels), *first[2:]))


def _slice(reading: Reading) -> Thing:
    x = reading.matrix(0)
    starts, ends = reading.whole(1), reading.whole(2)
    axes = reading.whole(3) if reading.given(3) else [*range(len(starts))]
    steps = reading.whole(4) if reading.given(4) else [1] * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) or any(step != 1 for step in steps):
        raise reading.problem("it takes parts otherwise than from a first to a last")
    for start, end, each in zip(starts, ends, axes, strict=True):
        axis = reading.counted(each, len(x.sizes))
        first, last, _ = slice(start, end).indices(x.sizes[axis])
        if last <= first:
            raise reading.problem("it takes nothing")
        word = "columns" if axis == len(x.sizes) - 1 else "rows"
        sizes = (*x.sizes[:axis], last - first, *x.sizes[axis + 1 :])
        taken = f"{word}({x.text}, {first + 1}, {last})"
        if x.shape[1] == 1:  # a column, whose entries have one index
            taken = f"{x.held}[{first + 1}{f':{last}' if last - first > 1 else ''}]"
        x = x if sizes == x.sizes else Matrix(taken, sizes)
    return x


def _gather(reading: Reading) -> Thing:
    """Return entries of a list that is known, or one row or column."""
    found, places = reading.arg(0), reading.arg(1)
    if not isinstance(places, Tensor) or places.kind in REALS:
        raise reading.problem("its places are computed, and not in the file")
    at = [int(each) for each in places.numbers]
    if isinstance(found, Tensor) and len(found.sizes) == 1:
        if any(not -len(found.numbers) <= each < len(found.numbers) for each in at):
            raise reading.problem("it takes what is not there")
        return Tensor("", found.kind, places.sizes, [found.numbers[each] for each in at])
    x = reading.matrix(0)
    axis = reading.axis(0, len(x.sizes))
    if len(at) != 1 or len(x.sizes) != 2:
        raise reading.problem("it takes other entries than one row or one column")
    first = reading.counted(at[0], x.sizes[axis]) + 1
    sizes = (1, x.sizes[1]) if axis == 0 else (x.sizes[0], 1)
    taken = Matrix(f"{'columns' if axis else 'rows'}({x.text}, {first}, {first})", sizes)
    if places.sizes:
        return taken
    return Matrix(taken.turned if axis else taken.text, (x.sizes[1 - axis],))


_REDUCED: Final = {
    "ReduceSum": "sum({})", "ReduceMean": "mean({})", "ReduceProd": "prod({})", "ReduceMax": "max({})",
    "ReduceMin": "min({})", "ReduceL1": "norm1({})", "ReduceL2": "norm2({})", "ReduceLogSumExp": "lse({})",
    "ReduceSumSquare": "sum({} .^ 2)",
}  # fmt: skip


def _reduced(reading: Reading) -> Thing:
    found = reading.arg(0)
    if isinstance(found, Pictures):
        if reading.node.op != "ReduceMean" or axes_of(reading, 4) != [2, 3]:
            raise reading.problem("of pictures the mean of each channel is read, no other")
        means = averaged(reading)
        return means if reading.integer("keepdims", 1) else reshaped(reading, means, found.sizes[:2])
    x = reading.matrix(0)
    axes = axes_of(reading, len(x.sizes)) or [*range(len(x.sizes))]
    sizes = tuple(1 if at in axes else size for at, size in enumerate(x.sizes))
    pattern = _REDUCED[reading.node.op].replace("{}", x.held if "^" in _REDUCED[reading.node.op] else x.text)
    lines = [] if len(axes) == len(x.sizes) else ["columns"] if axes == [0] else ["rows"]
    if not lines and reading.node.op in ("ReduceMax", "ReduceMin"):
        text = f'{pattern[:-1].replace("(", "(flatten(", 1)}), over="columns")'
    else:
        text = f'{pattern[:-1]}, over="{lines[0]}")' if lines else pattern
    kept = Matrix(text, sizes)
    if reading.integer("keepdims", 1):
        return kept
    return reshaped(reading, kept, tuple(size for at, size in enumerate(x.sizes) if at not in axes))


def _determinant(reading: Reading) -> Thing:
    return Matrix(f"det({reading.matrix(0).text})", ())


def _softmax(word: str) -> Callable[[Reading], Thing]:
    def found(reading: Reading) -> Thing:
        x = reading.matrix(0)
        across = reading.axis(-1, len(x.sizes)) == len(x.sizes) - 1
        return x._replace(text=f'{word}({x.text}, over="rows")' if across else f"{word}({x.text})")

    return found


def _filled(reading: Reading) -> Thing:
    """Return an array of one number."""
    sizes = tuple(reading.whole(0))
    value = reading.node.attributes.get("value")
    number = value.numbers[0] if isinstance(value, Tensor) and value.numbers else 0.0
    if len(sizes) > 2 or any(size < 1 for size in sizes):
        raise reading.problem(f"the shape {sizes} is not read")
    rows, columns = Matrix("", sizes).shape
    return Matrix(scaled(f"ones({rows}, {columns})", float(number)), sizes)


OPERATORS: Final[Mapping[str, Callable[[Reading], Thing]]] = {
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Transpose": _transpose,
    "Identity": _same,
    "Dropout": _dropout,
    "Cast": _cast,
    "Concat": _concat,
    "Slice": _slice,
    "Gather": _gather,
    **dict.fromkeys(_REDUCED, _reduced),
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "ConstantOfShape": _filled,
    "Det": _determinant,
}
