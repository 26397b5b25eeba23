"""Operators that act on each entry, as formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from nncalc.exchange.nodes.reading import Matrix, Pictures, Reading, Thing, filling, shortest, spread
from nncalc.language.figures import text_of
from nncalc.spec.words import shown

_UNARY: Final = {
    "Neg": "-{}", "Exp": "exp({})", "Log": "log({})", "Sqrt": "sqrt({})", "Abs": "abs({})", "Sign": "sign({})",
    "Sin": "sin({})", "Cos": "cos({})", "Tan": "tan({})", "Sinh": "sinh({})", "Cosh": "cosh({})", "Tanh": "tanh({})",
    "Asin": "asin({})", "Acos": "acos({})", "Atan": "atan({})", "Floor": "floor({})", "Round": "round({})",
    "Erf": "erf({})", "Reciprocal": "reciprocal({})", "Relu": "relu({})", "Sigmoid": "sigmoid({})",
    "Softplus": "softplus({})", "Softsign": "softsign({})", "Mish": "mish({})", "HardSwish": "hard_swish({})",
}  # fmt: skip
#: Activations with numbers: how they are written, and each number's name in ONNX with its default.
_TOLD: Final[Mapping[str, tuple[str, tuple[tuple[str, float], ...]]]] = {
    "LeakyRelu": ("leaky_relu({}, slope={alpha})", (("alpha", 0.01),)),
    "Elu": ("elu({}, alpha={alpha})", (("alpha", 1.0),)),
    "Celu": ("celu({}, alpha={alpha})", (("alpha", 1.0),)),
    "ThresholdedRelu": ("threshold({}, theta={alpha}, value=0)", (("alpha", 1.0),)),
    "HardSigmoid": ("max(0, min(1, {alpha} * {} + {beta}))", (("alpha", 0.2), ("beta", 0.5))),
    "Selu": (
        "{gamma} * (max(0, {}) + {alpha} * expm1(min(0, {})))",
        (("alpha", 1.6732631921768188), ("gamma", 1.0507010221481323)),
    ),
}
#: SELU as everybody has it, to the digits that single precision has.
_SELU: Final = {"alpha": "1.6732632", "gamma": "1.050701"}


def _each(reading: Reading, write: Callable[[Matrix], str]) -> Thing:
    """Return what acts on each entry, of a matrix or of each channel."""
    found = reading.arg(0)
    if isinstance(found, Pictures):
        return found._replace(channels=tuple(write(found.matrix(each)) for each in found.channels))
    matrix = reading.matrix(0)
    return matrix._replace(text=write(matrix))


def _unary(pattern: str) -> Callable[[Reading], Thing]:
    return lambda reading: _each(reading, lambda x: pattern.format(x.held if "(" not in pattern else x.text))


def _told(reading: Reading) -> Thing:
    pattern, settings = _TOLD[reading.node.op]
    numbers = {name: text_of(reading.real(name, default)) for name, default in settings}
    if reading.node.op == "Selu" and numbers == _SELU:
        pattern = "selu({})"
    return _each(reading, lambda x: pattern.replace("{}", x.held).format(**numbers))


def _gelu(reading: Reading) -> Thing:
    way = reading.node.attributes.get("approximate", "none")
    if way not in ("none", "tanh"):
        raise reading.problem(f"the approximation {shown(str(way))} is not known")
    return _each(reading, lambda x: f"{'gelu' if way == 'none' else 'gelu_tanh'}({x.text})")


_BINARY: Final = {"Add": "+", "Sub": "-", "Mul": ".*", "Div": "./", "Pow": ".^"}
_COMPARED: Final = {"Greater": ">", "Less": "<", "GreaterOrEqual": ">=", "LessOrEqual": "<=", "Equal": "=="}


def _binary(reading: Reading) -> Thing:
    return _pairwise(reading, lambda x, y: f"{x.held} {_sign(reading.node.op, x, y)} {y.held}")


def _sign(op: str, x: Matrix, y: Matrix) -> str:
    """Return the sign of an operation; what a number does to a matrix needs no point."""
    sign = {**_BINARY, **_COMPARED}[op]
    if (op == "Mul" and (1, 1) in (x.shape, y.shape)) or (op in ("Div", "Pow") and x.shape == y.shape == (1, 1)):
        return sign[1:]
    return "/" if op == "Div" and y.shape == (1, 1) else sign


def _pairwise(reading: Reading, write: Callable[[Matrix, Matrix], str]) -> Thing:
    """Return what acts on two arrays entry by entry, one of which may be spread over the other."""
    one, other = reading.arg(0), reading.arg(1)
    if isinstance(one, Pictures) or isinstance(other, Pictures):
        return _of_channels(reading, write)
    x, y, sizes = spread(reading, reading.matrix(0), reading.matrix(1))
    return Matrix(write(x, y), sizes)


def _of_channels(reading: Reading, write: Callable[[Matrix, Matrix], str]) -> Thing:
    one, other = reading.arg(0), reading.arg(1)
    whole = one if isinstance(one, Pictures) else reading.pictures(1)

    def channels(thing: Thing, place: int) -> list[Matrix]:
        if isinstance(thing, Pictures):
            if thing.sizes != whole.sizes:
                raise reading.problem("it combines pictures of different sizes")
            return [thing.matrix(each) for each in thing.channels]
        number = reading.matrix(place)
        if number.shape != (1, 1):
            raise reading.problem("it combines pictures with an array that is neither pictures nor a number")
        return [number] * len(whole.channels)

    pairs = zip(channels(one, 0), channels(other, 1), strict=True)
    return whole._replace(channels=tuple(write(x, y) for x, y in pairs))


def _variadic(word: str) -> Callable[[Reading], Thing]:
    """Return a largest, a smallest or a sum of several arrays."""

    def found(reading: Reading) -> Thing:
        result = reading.matrix(0)
        for place in range(1, len(reading.args)):
            x, y, sizes = spread(reading, result, reading.matrix(place))
            result = Matrix(f"{x.held} + {y.held}" if word == "+" else f"{word}({x.text}, {y.text})", sizes)
        return result

    return found


def _clip(reading: Reading) -> Thing:
    bounds: list[tuple[str, str]] = []
    for place, word, name in ((1, "max", "min"), (2, "min", "max")):
        said = reading.node.attributes.get(name)
        if reading.given(place):
            bounds.append((word, reading.matrix(place).text))
        elif isinstance(said, int | float) and abs(said) < _NO_BOUND:
            bounds.append((word, text_of(shortest(float(said)))))

    def write(x: Matrix) -> str:
        text = x.text
        for word, bound in bounds:
            text = f"{word}({bound}, {text})"
        return text

    return _each(reading, write)


#: A bound that older versions have where there is none: the largest number of single precision.
_NO_BOUND: Final = 3e38


def _where(reading: Reading) -> Thing:
    condition, x, y = (reading.matrix(place) for place in range(3))
    sizes = spread(reading, Matrix("", spread(reading, condition, x)[2]), y)[2]
    shape = Matrix("", sizes).shape
    c, x, y = (filling(each, shape) for each in (condition, x, y))
    return Matrix(f"where({c.text}, {x.text}, {y.text})", sizes)


def _prelu(reading: Reading) -> Thing:
    x, slope, sizes = spread(reading, reading.matrix(0), reading.matrix(1))
    return Matrix(f"prelu({x.text}, {slope.text})", sizes)


OPERATORS: Final[Mapping[str, Callable[[Reading], Thing]]] = {
    **{op: _unary(pattern) for op, pattern in _UNARY.items()},
    **dict.fromkeys(_TOLD, _told),
    **dict.fromkeys([*_BINARY, *_COMPARED], _binary),
    "Gelu": _gelu,
    "Max": _variadic("max"),
    "Min": _variadic("min"),
    "Sum": _variadic("+"),
    "Clip": _clip,
    "Where": _where,
    "PRelu": _prelu,
}
