"""A second opinion: every operation by its textbook definition, in rationals and 50-digit numbers.

Written from the mathematics, without nncalc's rules or values. A number stays a `Fraction` for as long
as an operation keeps it rational, so what comes out exact is exact. Derivatives are differences at 50
digits, right to about 25.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import permutations
from math import isqrt
from typing import Any

import mpmath  # type: ignore[import-untyped]

from nncalc.language.formula import Formula, Name, Num, name
from nncalc.language.parser import parse
from nncalc.ops import OPS
from nncalc.ops.kinds import Function, Operation

mp: Any = mpmath.mp
mp.dps = 50

#: A `Fraction` or a number of mpmath's.
Number = Any
Matrix = list[list[Number]]

STEP = Fraction(1, 10**25)
MAX_BITS = 4_000


def exactly(rows: Sequence[Sequence[float]]) -> Matrix:
    """Return the rationals that floats are."""
    return [[Fraction(float(number)) for number in row] for row in rows]


def real(x: Number) -> Number:
    """Return `x` as a number of mpmath's."""
    return mp.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else x


# -- numbers --------------------------------------------------------------------------------------------


def quotient(x: Number, y: Number) -> Number:
    if y == 0:
        raise ArithmeticError
    return x / y if isinstance(y, Fraction) else real(x) / y


def power(x: Number, y: Number) -> Number:
    if x == 0 and y < 0:
        raise ArithmeticError
    if isinstance(y, Fraction) and y.denominator == 1:
        bits = max(x.numerator.bit_length(), x.denominator.bit_length()) if isinstance(x, Fraction) else 0
        base = real(x) if bits * abs(y.numerator) > MAX_BITS else x
        return base**y.numerator if y >= 0 else 1 / base**-y.numerator
    if x < 0:
        raise ArithmeticError
    if isinstance(y, Fraction) and y.denominator == 2:
        return power(root(x), Fraction(y.numerator))
    return mp.power(real(x), real(y)) if x != 0 else Fraction(0)


def root(x: Number) -> Number:
    if x < 0:
        raise ArithmeticError
    if isinstance(x, Fraction):
        over, under = isqrt(x.numerator), isqrt(x.denominator)
        if over**2 == x.numerator and under**2 == x.denominator:
            return Fraction(over, under)
    return mp.sqrt(real(x))


def log(x: Number) -> Number:
    if x <= 0:
        raise ArithmeticError
    return Fraction(0) if x == 1 else mp.log(real(x))


def known(function: Callable[[Number], Number], at: int, gives: Number) -> Callable[[Number], Number]:
    """Return a function that is rational at `at`, where it is `gives`."""
    return lambda x: Fraction(gives) if x == at else function(real(x))


def inverse(function: Callable[[Number], Number], at: int) -> Callable[[Number], Number]:
    """Return a function of numbers from -1 to 1 that is 0 at `at`."""

    def found(x: Number) -> Number:
        if abs(x) > 1:
            raise ArithmeticError
        return Fraction(0) if x == at else function(real(x))

    return found


def sign(x: Number) -> Fraction:
    return Fraction(int(x > 0) - int(x < 0))


def xlogy(x: Number, y: Number) -> Number:
    return Fraction(0) if x == 0 else x * log(y)


#: As doubles, as PyTorch has them.
SELU_SCALE, SELU_ALPHA = Fraction("1.0507009873554805"), Fraction("1.6732632423543772")


def minus_one(x: Number) -> Number:
    return Fraction(0) if x == 0 else mp.expm1(real(x))


def as_whole(x: Number) -> Number:
    """Return a number that is whole to all its digits as that."""
    nearest = int(mp.nint(x))
    return Fraction(nearest) if abs(x - nearest) < mp.mpf(10) ** -45 else x


def inverse_of_erf(x: Number) -> Number:
    """Return where the error function is x, by Newton's steps with more digits than are asked for."""
    if x == 0:
        return Fraction(0)
    if abs(x) >= 1:
        raise ArithmeticError
    with mp.workdps(mp.dps + 20):
        return mp.erfinv(real(x))


def cube_root(x: Number) -> Number:
    if x == 0:
        return Fraction(0)
    if isinstance(x, Fraction):
        over, under = (int(mp.nint(mp.cbrt(each))) for each in (x.numerator, x.denominator))
        if over**3 == x.numerator and under**3 == x.denominator:
            return Fraction(over, under)
    return mp.cbrt(real(x))


def off_poles(function: Callable[..., Number]) -> Callable[..., Number]:
    """Return a function whose last argument may not be 0, -1, -2, ..., and a first one must be a count."""

    def found(*args: Number) -> Number:
        x = args[-1]
        if (x <= 0 and x == int(mp.nint(real(x)))) or any(n < 0 or n != int(n) for n in args[:-1]):
            raise ArithmeticError
        return function(*map(int, args[:-1]), real(x))

    return found


def log_gamma(x: Number) -> Number:
    return Fraction(0) if x in (1, 2) else off_poles(lambda x: mp.re(mp.loggamma(x)))(x)


def within(low: int, x: Number, high: int) -> Number:
    return Fraction(low) if x < low else Fraction(high) if x > high else x


def gate(x: Number) -> Number:
    """Return (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, with the root as a double."""
    inner = real(Fraction("0.7978845608028654")) * (x + real(Fraction("0.044715")) * x**3)
    return 1 / (1 + mp.exp(-2 * inner))


SCALARS: Mapping[str, Callable[..., Number]] = {
    "neg": lambda x: -x,
    "hadamard": lambda x, y: x * y,
    "hdiv": quotient,
    "hpow": power,
    "power_slope": lambda x, y: y * power(x, y - 1) if y != 0 else Fraction(0),
    "abs": abs,
    "sign": sign,
    "step": lambda x: Fraction(int(x > 0)),
    "above": lambda x, y: (1 + sign(real(x) - real(y))) / 2,
    "is_largest": lambda *xs: _share([*xs], 0),
    "max": lambda x, y: x if real(x) > real(y) else y,
    "min": lambda x, y: x if real(x) < real(y) else y,
    "exp": known(mp.exp, 0, 1),
    "log": log,
    "sqrt": root,
    "sin": known(mp.sin, 0, 0),
    "cos": known(mp.cos, 0, 1),
    "tan": known(mp.tan, 0, 0),
    "sinh": known(mp.sinh, 0, 0),
    "cosh": known(mp.cosh, 0, 1),
    "tanh": known(mp.tanh, 0, 0),
    "asin": inverse(mp.asin, 0),
    "acos": inverse(mp.acos, 1),
    "atan": known(mp.atan, 0, 0),
    "log1p": lambda x: log(1 + x),
    "expm1": known(mp.expm1, 0, 0),
    "erf": known(mp.erf, 0, 0),
    "gaussian": known(lambda x: mp.exp(-x * x), 0, 1),
    "xlogy": xlogy,
    "xdivy": lambda x, y: Fraction(0) if x == 0 else quotient(x, y),
    "linear": lambda x: x,
    "relu": lambda x: x if x > 0 else Fraction(0),
    "leaky_relu": lambda x, slope=Fraction(1, 100): x if x > 0 else slope * x,
    "sigmoid": known(lambda x: 1 / (1 + mp.exp(-x)), 0, Fraction(1, 2)),
    "softplus": lambda x: mp.log1p(mp.exp(real(x))),
    "relu6": lambda x: within(0, x, 6),
    "prelu": lambda x, a: x if x > 0 else a * x,
    "elu": lambda x, alpha=Fraction(1): x if x > 0 else alpha * minus_one(x),
    "selu": lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * minus_one(x)),
    "celu": lambda x, alpha=Fraction(1): x if x > 0 else alpha * minus_one(x / alpha),
    "hypot": lambda x, y: root(x**2 + y**2),
    "erfinv": inverse_of_erf,
    "lgamma": log_gamma,
    "digamma": off_poles(mp.digamma),
    "trigamma": off_poles(lambda x: mp.psi(1, x)),
    "polygamma": off_poles(mp.psi),
    "normal_pdf": lambda x: Fraction("0.3989422804014327") * known(lambda u: mp.exp(-u * u / 2), 0, 1)(x),
    "normal_cdf": known(lambda x: mp.erfc(-x / mp.sqrt(2)) / 2, 0, Fraction(1, 2)),
    "gelu": lambda x: x * mp.erfc(-real(x) / mp.sqrt(2)) / 2 if x != 0 else Fraction(0),
    "gelu_gate": known(gate, 0, Fraction(1, 2)),
    "gelu_tanh": known(lambda x: x * gate(x), 0, 0),
    "silu": known(lambda x: x / (1 + mp.exp(-x)), 0, 0),
    "swish": lambda x, beta=Fraction(1): known(lambda u: u / (1 + mp.exp(-real(beta) * u)), 0, 0)(x),
    "hard_sigmoid": lambda x: within(0, (x + 3) / 6, 1),
    "hard_tanh": lambda x: within(-1, x, 1),
    "hard_swish": lambda x: Fraction(0) if x < -3 else x if x > 3 else x * (x + 3) / 6,
    "softsign": lambda x: x / (1 + abs(x)),
    "mish": known(lambda x: x * mp.tanh(mp.log1p(mp.exp(x))), 0, 0),
    "log_sigmoid": lambda x: -mp.log1p(mp.exp(-real(x))),
    "threshold": lambda x, theta=Fraction(0), value=Fraction(0): x if real(x) > real(theta) else value,
    "sine": lambda x, omega=Fraction(1): known(mp.sin, 0, 0)(omega * x),
    "maxout": lambda x, y: x if real(x) > real(y) else y,
    "log2": lambda x: as_whole(log(x) / mp.log(2)) if x != 1 else Fraction(0),
    "log10": lambda x: as_whole(log(x) / mp.log(10)) if x != 1 else Fraction(0),
    "exp2": lambda x: power(Fraction(2), x),
    "cbrt": lambda x: -cube_root(-x) if x < 0 else cube_root(x),
    "square": lambda x: x**2,
    "reciprocal": lambda x: quotient(Fraction(1), x),
    "logaddexp": lambda x, y: max(real(x), real(y)) + mp.log1p(mp.exp(-abs(real(x) - real(y)))),
    "sigmoid_less": lambda x, y: Fraction(1, 2) if x == y else 1 / (1 + mp.exp(real(y) - real(x))),
    "atan2": lambda y, x: Fraction(0) if y == 0 and x > 0 else mp.atan2(real(y), real(x)),
    "floor": lambda x: Fraction(int(mp.floor(real(x)))),
    "round": lambda x: Fraction(int(mp.nint(real(x)))),
    "mod": lambda x, y: x - y * int(mp.floor(real(quotient(x, y)))),
    "clamp": lambda x, low, high: min(max(x, low, key=real), high, key=real),
    "glu": lambda x, y: x * (1 / (1 + mp.exp(-real(y))) if y != 0 else Fraction(1, 2)),
}


# -- matrices -------------------------------------------------------------------------------------------


def entries(a: Matrix) -> list[Number]:
    return [entry for row in a for entry in row]


def total(numbers: Sequence[Number]) -> Number:
    result: Number = Fraction(0)
    for number in numbers:
        result += number
    return result


def entrywise(function: Callable[..., Number]) -> Callable[..., Matrix]:
    """Return `function` entry by entry; a number meets every entry of the others."""

    def found(*args: Matrix) -> Matrix:
        rows, columns = max((len(arg), len(arg[0])) for arg in args)
        full = [arg if (len(arg), len(arg[0])) == (rows, columns) else [arg[0] * columns] * rows for arg in args]
        return [[function(*[arg[i][j] for arg in full]) for j in range(columns)] for i in range(rows)]

    return found


def transpose(a: Matrix) -> Matrix:
    return [list(column) for column in zip(*a, strict=True)]


def product(a: Matrix, b: Matrix) -> Matrix:
    if len(a) == len(a[0]) == 1 or (len(b) == len(b[0]) == 1 and len(a[0]) != 1):
        return entrywise(lambda x, y: x * y)(a, b)
    return [[total([x * y for x, y in zip(row, column, strict=True)]) for column in zip(*b, strict=True)] for row in a]


def softmax(a: Matrix) -> Matrix:
    columns = []
    for column in zip(*a, strict=True):
        powers = [mp.exp(real(x)) for x in column]
        columns.append([Fraction(1)] if len(powers) == 1 else [each / total(powers) for each in powers])
    return transpose(columns)


def log_of_sum(numbers: Sequence[Number]) -> Number:
    return mp.log(total([mp.exp(real(x)) for x in numbers])) if len(numbers) > 1 else numbers[0]


def summed(term: Callable[[Number, Number], Number]) -> Callable[[Matrix, Matrix], Matrix]:
    """Return a loss that sums `term` over the entries of a prediction and a target."""
    return lambda p, y: [[total([term(a, b) for a, b in zip(entries(p), entries(y), strict=True)])]]


def by_column(
    entry: Callable[[Sequence[Number], Sequence[Number], int], Number],
) -> Callable[[Matrix, Matrix], Matrix]:
    """Return an operation whose entry i of a column is that of the two columns there."""
    return lambda a, b: transpose(
        [[entry(x, y, i) for i in range(len(x))] for x, y in zip(transpose(a), transpose(b), strict=True)]
    )


def cross_entropy_logits(z: Matrix, y: Matrix) -> Matrix:
    found = Fraction(0)
    for logits, target in zip(transpose(z), transpose(y), strict=True):
        found += total([b * (log_of_sum(logits) + -a) for a, b in zip(logits, target, strict=True)])
    return [[found]]


def columnwise(term: Callable[..., Number], *, whole: bool = True) -> Callable[..., Matrix]:
    """Return what `term` makes of each column of its matrices: their sum, or, where not `whole`, all in a row."""

    def found(*args: Matrix) -> Matrix:
        columns = zip(*map(transpose, args), strict=True)
        terms = [term(*each) for each in columns]
        return [[total(terms)]] if whole else [terms]

    return found


def distance(a: Sequence[Number], b: Sequence[Number]) -> Number:
    return root(total([(x + -y) ** 2 for x, y in zip(a, b, strict=True)]))


def cosine(a: Sequence[Number], b: Sequence[Number]) -> Number:
    lengths = root(total([x**2 for x in a]) * total([y**2 for y in b]))
    return quotient(total([x * y for x, y in zip(a, b, strict=True)]), lengths)


def positive(x: Number) -> Number:
    return x if real(x) > 0 else Fraction(0)


def huber(p: Number, y: Number, delta: Number) -> Number:
    off = abs(p + -y)
    return off**2 / 2 if off <= delta else delta * (off + -delta / 2)


def with_setting(term: Callable[[Number, Number, Number], Number], default: int) -> Callable[..., Matrix]:
    """Return a loss that sums `term` of a prediction, a target and a setting over entries."""
    return lambda p, y, setting=((Fraction(default),),): summed(lambda a, b: term(a, b, setting[0][0]))(p, y)


def focal(p: Number, y: Number, gamma: Number) -> Number:
    return -(power(1 - p, gamma) * xlogy(y, p))


def binary_focal(p: Number, y: Number, gamma: Number) -> Number:
    return focal(p, y, gamma) + focal(1 - p, 1 - y, gamma)


def multiclass_hinge(s: Sequence[Number], y: Sequence[Number], margin: Number) -> Number:
    right = total([a * b for a, b in zip(s, y, strict=True)])
    return total([(1 - b) * positive(a + -right + margin) for a, b in zip(s, y, strict=True)])


def gaussian_nll(p: Matrix, y: Matrix, v: Matrix) -> Matrix:
    spread = entries(v) * len(entries(p)) if len(v) == len(v[0]) == 1 else entries(v)
    terms = zip(entries(p), entries(y), spread, strict=True)
    return [[total([(log(c) + quotient((a + -b) ** 2, c)) / 2 for a, b, c in terms])]]


def softplus(x: Number) -> Number:
    return mp.log1p(mp.exp(real(x)))


def determinant(a: Matrix) -> Number:
    """Return the sum over all permutations, each with its sign."""
    found: Number = Fraction(0)
    for order in permutations(range(len(a))):
        term: Number = Fraction(1)
        for i, j in enumerate(order):
            term *= a[i][j]
        crossed = sum(order[i] > order[j] for j in range(len(order)) for i in range(j))
        found += -term if crossed % 2 else term
    return found


def log_determinant(a: Matrix) -> Matrix:
    return [[log(determinant(a))]]


def adjugate(a: Matrix) -> Matrix:
    size = range(len(a))
    cut = [[[[a[r][c] for c in size if c != i] for r in size if r != j] for j in size] for i in size]
    return [[(-1) ** (i + j) * determinant(cut[i][j]) for j in size] for i in size]


def adjugate_gradient(a: Matrix, g: Matrix) -> Matrix:
    """Return the derivative by A of the sum of g .* adj(A), a polynomial: by differences of three entries, exactly.

    As a function of one entry alone it is linear, so that a difference over any step is its slope.
    """

    def total_at(moved: Matrix) -> Number:
        return total([x * y for x, y in zip(entries(adjugate(moved)), entries(g), strict=True)])

    def at(i: int, j: int) -> Matrix:
        return [[entry + int((r, c) == (i, j)) for c, entry in enumerate(row)] for r, row in enumerate(a)]

    return [[total_at(at(i, j)) + -total_at(a) for j in range(len(a))] for i in range(len(a))]


def solved(a: Matrix) -> Matrix:
    """Return the inverse, by elimination."""
    rows = [[*row, *one] for row, one in zip(a, identity(len(a)), strict=True)]
    for k in range(len(rows)):
        pivot = max(range(k, len(rows)), key=lambda i: abs(real(rows[i][k])))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [quotient(x, rows[k][k]) for x in rows[k]]
        for i in range(len(rows)):
            if i != k:
                rows[i] = [x + -rows[i][k] * y for x, y in zip(rows[i], rows[k], strict=True)]
    return [row[len(a) :] for row in rows]


def identity(size: int) -> Matrix:
    return [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]


def matrix_power(a: Matrix, b: Matrix) -> Matrix:
    """Return the power of a number, or of a matrix."""
    if len(a) == 1:
        return [[power(a[0][0], b[0][0])]]
    count = int(b[0][0])
    found, factor = identity(len(a)), a if count > 0 else solved(a)
    for _ in range(abs(count)):
        found = product(found, factor)
    return found


def kronecker(a: Matrix, b: Matrix) -> Matrix:
    return [[x * y for x in row for y in line] for row in a for line in b]


def stacked(a: Matrix) -> Matrix:
    return [[entry] for column in transpose(a) for entry in column]


def commutation(m: Matrix, n: Matrix) -> Matrix:
    """Return the matrix that takes vec(A) to vec(A'), from what it does to each unit matrix of m rows and n columns."""
    rows, columns = int(m[0][0]), int(n[0][0])
    units = [
        [[Fraction(int((r, c) == (i, j))) for c in range(columns)] for r in range(rows)]
        for j in range(columns)
        for i in range(rows)
    ]
    return transpose([entries(stacked(transpose(unit))) for unit in units])


def norm(*xs: Matrix) -> Matrix:
    return [[root(total([entry**2 for x in xs for entry in entries(x)]))]]


def multiplied(numbers: Sequence[Number]) -> Number:
    result: Number = Fraction(1)
    for number in numbers:
        result *= number
    return result


def less_mean(numbers: Sequence[Number]) -> list[Number]:
    mean = total(numbers) / len(numbers)
    return [each + -mean for each in numbers]


def variance(a: Matrix, unbiased: Sequence[Sequence[Number]] = ((Fraction(0),),)) -> Matrix:
    off = less_mean(entries(a))
    return [[quotient(total([each**2 for each in off]), len(off) - unbiased[0][0])]]


def covariance(a: Matrix, unbiased: Sequence[Sequence[Number]] = ((Fraction(0),),)) -> Matrix:
    off = [less_mean(row) for row in a]
    count = len(a[0]) - unbiased[0][0]
    return [[quotient(total([x * y for x, y in zip(one, other, strict=True)]), count) for other in off] for one in off]


# -- pictures: by the definitions, over one picture after the other -------------------------------------------------


def cut(a: Matrix, count: int) -> list[Matrix]:
    """Return the pictures that stand under each other."""
    rows = len(a) // count
    return [a[k * rows : (k + 1) * rows] for k in range(count)]


def framed(a: Matrix, above: int, beside: int) -> Matrix:
    """Return a picture with zeros around it."""
    none = [Fraction(0)] * (len(a[0]) + 2 * beside)
    inner = [[*none[:beside], *row, *none[:beside]] for row in a]
    return [none] * above + inner + [none] * above


def seen(a: Matrix, height: int, width: int, stride: int, dilation: int) -> list[list[Matrix]]:
    """Return the windows of a picture, a list for each row of places."""
    reach, span = dilation * (height - 1), dilation * (width - 1)
    return [
        [
            [row[left : left + span + 1 : dilation] for row in a[top : top + reach + 1 : dilation]]
            for left in range(0, len(a[0]) - span, stride)
        ]
        for top in range(0, len(a) - reach, stride)
    ]


def windows(a: Matrix, *numbers: Matrix) -> Matrix:
    height, width, stride, padding, sides, dilation, count = (int(each[0][0]) for each in numbers)
    framed_ones = [framed(each, padding, sides) for each in cut(a, count)]
    found = [
        entries(each)
        for one in framed_ones
        for row in seen(one, height, width, stride or height, dilation)
        for each in row
    ]
    return transpose(found)


def put_back(b: Matrix, rows: Matrix, columns: Matrix, *numbers: Matrix) -> Matrix:
    """Return the sum of each entry's copies in windows, which are found by the windows of the places' own numbers."""
    m, n = int(rows[0][0]), int(columns[0][0])
    where = windows([[Fraction(i * n + j + 1) for j in range(n)] for i in range(m)], *numbers)
    pairs = list(zip(entries(where), entries(b), strict=True))
    return [
        [total([Fraction(0), *(x for place, x in pairs if place == i * n + j + 1)]) for j in range(n)] for i in range(m)
    ]


def slid(of: Callable[[Matrix], Number], a: Matrix, size: tuple[int, int], numbers: Sequence[int]) -> Matrix:
    """Return a number of each window; the numbers are stride, padding, columns at the sides, dilation and pictures."""
    stride, padding, sides, dilation, count = numbers
    return [
        [of(each) for each in row]
        for one in cut(a, count)
        for row in seen(framed(one, padding, sides), *size, stride, dilation)
    ]


def convolved(a: Matrix, kernel: Matrix, *numbers: Matrix) -> Matrix:
    stride, padding, dilation, count = [int(each[0][0]) for each in numbers] or [1, 0, 1, 1]
    size = (len(kernel), len(kernel[0]))
    return slid(
        lambda one: summed(lambda x, y: x * y)(one, kernel)[0][0], a, size, (stride, padding, padding, dilation, count)
    )


def convolved_column(a: Matrix, kernel: Matrix, *numbers: Matrix) -> Matrix:
    stride, padding, dilation = [int(each[0][0]) for each in numbers] or [1, 0, 1]
    return slid(
        lambda one: summed(lambda x, y: x * y)(one, kernel)[0][0],
        a,
        (len(kernel), 1),
        (stride, padding, 0, dilation, 1),
    )


def pooled(of: Callable[[list[Number]], Number]) -> Callable[..., Matrix]:
    def found(a: Matrix, *numbers: Matrix) -> Matrix:
        size, stride, count = [int(each[0][0]) for each in numbers] or [2, 0, 1]
        return slid(lambda one: of(entries(one)), a, (size, size), (stride or size, 0, 0, 1, count))

    return found


def unpooled(g: Matrix, a: Matrix, *numbers: Matrix) -> Matrix:
    """Return each entry of `g` where the largest of its square stands, shared in a tie."""
    size, stride, count = [int(each[0][0]) for each in numbers] or [2, 0, 1]
    step, made = stride or size, []
    for back, picture in zip(cut(g, count), cut(a, count), strict=True):
        found: Matrix = [[Fraction(0) for _ in row] for row in picture]
        for i, line in enumerate(back):
            for j, entry in enumerate(line):
                places = [(step * i + down, step * j + across) for down in range(size) for across in range(size)]
                for at, (row, column) in enumerate(places):
                    found[row][column] += entry * _share([picture[m][n] for m, n in places], at)
        made += found
    return made


def unflattened(f: Matrix, rows: Matrix, columns: Matrix, count: Matrix = ((1,),)) -> Matrix:  # type: ignore[assignment]
    """Return each column as so many rows, one picture under the other."""
    height, width = int(rows[0][0]), int(columns[0][0])
    return [list(each[width * i : width * (i + 1)]) for each in transpose(f) for i in range(height)]


REFERENCE: Mapping[str, Callable[..., Matrix]] = {
    **{op: entrywise(function) for op, function in SCALARS.items()},
    "add": entrywise(lambda *xs: total(xs)),
    "mul": product,
    "div": entrywise(quotient),
    "pow": matrix_power,
    "transpose": transpose,
    "sum": lambda a: [[total(entries(a))]],
    "mean": lambda a: [[total(entries(a)) / len(entries(a))]],
    "intercept": lambda a: [[Fraction(1)] * len(a[0]), *a],
    "trim": lambda a: [row[1:] for row in a],
    "pad": lambda a: [[Fraction(0), *row] for row in a],
    "ones": lambda m, n=((1,),): [[Fraction(1)] * int(n[0][0]) for _ in range(int(m[0][0]))],
    "zeros": lambda m, n=((1,),): [[Fraction(0)] * int(n[0][0]) for _ in range(int(m[0][0]))],
    "eye": lambda n: identity(int(n[0][0])),
    "comm": commutation,
    "tr": lambda a: [[total([row[i] for i, row in enumerate(a)])]],
    "det": lambda a: [[determinant(a)]],
    "logdet": log_determinant,
    "inv": solved,
    "adj": adjugate,
    "adj_gradient": adjugate_gradient,
    "norm1": lambda a: [[total([abs(entry) for entry in entries(a)])]],
    "norm2": norm,
    "norm2_scaled": norm,
    "inner": summed(lambda x, y: x * y),
    "diag": lambda x: [[row[0] if i == j else Fraction(0) for j in range(len(x))] for i, row in enumerate(x)],
    "dg": lambda a: [[row[i]] for i, row in enumerate(a)],
    "vec": stacked,
    "windows": windows,
    "put_back": put_back,
    "rot180": lambda a: [row[::-1] for row in a[::-1]],
    "conv2d": convolved,
    "conv1d": convolved_column,
    "max_pool2d": pooled(max),
    "max_unpool2d": unpooled,
    "avg_pool2d": pooled(lambda xs: total(xs) / len(xs)),
    "unflatten": unflattened,
    "flatten": lambda a, count=((1,),): transpose([entries(each) for each in cut(a, int(count[0][0]))]),
    "kron": kronecker,
    "column": lambda *xs: [row for x in xs for row in x],
    "row": lambda *xs: [[entry for x in xs for entry in x[i]] for i in range(len(xs[0]))],
    "matrix": lambda *xs: [row for x in xs for row in x],
    "rows": lambda a, first, last: a[int(first[0][0]) - 1 : int(last[0][0])],
    "columns": lambda a, first, last: [row[int(first[0][0]) - 1 : int(last[0][0])] for row in a],
    "columns_0": lambda a, first, last: [row[int(first[0][0]) : int(last[0][0]) + 1] for row in a],
    "entries": lambda a, first, last: (
        a[int(first[0][0]) - 1 : int(last[0][0])]
        if len(a) > 1
        else [row[int(first[0][0]) - 1 : int(last[0][0])] for row in a]
    ),
    "entries_0": lambda a, first, last: [row[int(first[0][0]) : int(last[0][0]) + 1] for row in a],
    "softmax": softmax,
    "shifted_softmax": softmax,
    "log_softmax": lambda a: [[log(entry) for entry in row] for row in softmax(a)],
    "var": variance,
    "std": lambda a, unbiased=((Fraction(0),),): [[root(variance(a, unbiased)[0][0])]],
    "cov": covariance,
    "outer": lambda x, y: [[a[0] * b[0] for b in y] for a in x],
    "cross": lambda x, y: [
        [x[(i + 1) % 3][0] * y[(i + 2) % 3][0] + -x[(i + 2) % 3][0] * y[(i + 1) % 3][0]] for i in range(3)
    ],
    "prod": lambda a: [[multiplied(entries(a))]],
    "max_shares": lambda a: [[_share([row[j] for row in a], i) for j in range(len(a[0]))] for i in range(len(a))],
    "max_first": lambda a: [
        [
            Fraction(int([row[j] for row in a].index(max((row[j] for row in a), key=real)) == i))
            for j in range(len(a[0]))
        ]
        for i in range(len(a))
    ],
    "prod_others": lambda a: [
        [multiplied([e for k, r in enumerate(a) for n, e in enumerate(r) if (k, n) != (i, j)]) for j in range(len(row))]
        for i, row in enumerate(a)
    ],
    "cumprod": lambda x: [[multiplied([row[0] for row in x[: i + 1]])] for i in range(len(x))],
    "cumprod_gradient": lambda x, g: [
        [total([g[k][0] * multiplied([x[n][0] for n in range(k + 1) if n != i]) for k in range(i, len(x))])]
        for i in range(len(x))
    ],
    "cumsum": lambda x: [[total([row[0] for row in x[: i + 1]])] for i in range(len(x))],
    "softmin": lambda a: softmax([[-entry for entry in row] for row in a]),
    "softmax_gradient": by_column(lambda p, g, i: total([p[i] * x * (g[i] + -y) for x, y in zip(p, g, strict=True)])),
    "softmax_residual": by_column(lambda p, y, i: total([p[i] * z + -y[i] * x for x, z in zip(p, y, strict=True)])),
    "lse": lambda *xs: [[log_of_sum([entry for x in xs for entry in entries(x)])]],
    "squared_error": summed(lambda a, b: (a + -b) ** 2 / 2),
    "cross_entropy": summed(lambda a, b: -xlogy(b, a)),
    "binary_cross_entropy": summed(lambda a, b: -(xlogy(b, a) + xlogy(1 - b, 1 - a))),
    "cross_entropy_logits": cross_entropy_logits,
    "binary_cross_entropy_logits": summed(lambda a, b: b * softplus(-a) + (1 - b) * softplus(a)),
    "binary_weighted": with_setting(lambda a, b, weight: -(weight * xlogy(b, a) + xlogy(1 - b, 1 - a)), 1),
    "binary_weighted_logits": with_setting(lambda a, b, weight: weight * b * softplus(-a) + (1 - b) * softplus(a), 1),
    "absolute_error": summed(lambda a, b: abs(a + -b)),
    "mean_absolute_percentage": lambda p, y: entrywise(lambda x: 100 * x / len(entries(p)))(
        summed(lambda a, b: abs(quotient(a + -b, b)))(p, y)
    ),
    "huber": with_setting(huber, 1),
    "smooth_l1": with_setting(lambda p, y, beta: quotient(huber(p, y, beta), beta), 1),
    "log_cosh": summed(lambda a, b: Fraction(0) if a == b else mp.log(mp.cosh(real(a + -b)))),
    "poisson": summed(lambda a, b: a + -xlogy(b, a)),
    "poisson_log": summed(lambda a, b: SCALARS["exp"](a) + -a * b),
    "gaussian_nll": gaussian_nll,
    "negative_log_likelihood": summed(lambda a, b: -a * b),
    "kl_divergence": summed(lambda a, b: Fraction(0) if b == 0 else xlogy(b, quotient(b, a))),
    "focal": with_setting(focal, 2),
    "focal_logits": lambda z, y, gamma=((Fraction(2),),): with_setting(focal, 2)(softmax(z), y, gamma),
    "binary_focal": with_setting(binary_focal, 2),
    "binary_focal_logits": with_setting(lambda z, y, gamma: binary_focal(SCALARS["sigmoid"](z), y, gamma), 2),
    "hinge": summed(lambda a, b: positive(1 - a * b)),
    "squared_hinge": summed(lambda a, b: positive(1 - a * b) ** 2),
    "multiclass_hinge": lambda s, y, margin=((Fraction(1),),): columnwise(
        lambda a, b: multiclass_hinge(a, b, margin[0][0])
    )(s, y),
    "right_score": by_column(lambda s, y, _: total([a * b for a, b in zip(s, y, strict=True)])),
    "distances": columnwise(distance, whole=False),
    "cosine_similarity": columnwise(cosine, whole=False),
    "cosine_distance": columnwise(lambda a, b: 1 - cosine(a, b)),
    "triplet": lambda a, p, q, margin=((Fraction(1),),): columnwise(
        lambda x, y, z: positive(distance(x, y) + -distance(x, z) + margin[0][0])
    )(a, p, q),
    "contrastive": lambda a, b, y, margin=((Fraction(1),),): columnwise(
        lambda u, v, w: (1 - w[0]) * distance(u, v) ** 2 / 2 + w[0] * positive(margin[0][0] + -distance(u, v)) ** 2 / 2
    )(a, b, y),
}


def evaluate(formula: Formula, values: Mapping[Name, Matrix]) -> Matrix:
    """Return the value of `formula`; raise ArithmeticError where it has none."""
    if isinstance(formula, Num):
        return [[Fraction(formula.text)]]
    if isinstance(formula, Name):
        return values[formula]
    return reference(formula.op)(*[evaluate(arg, values) for arg in formula.args])


def _share(line: list[Number], place: int) -> Fraction:
    """Return what an entry has of the slope of the largest: all of those that are it have as much."""
    reals = [*map(real, line)]
    return Fraction(int(reals[place] == max(reals)), reals.count(max(reals)))


def of_lines(entry: Operation) -> Callable[..., Matrix]:
    """Return the definition of an operation of each row or column: its definition of one column, for each."""
    rows = isinstance(entry.notation, Function) and entry.notation.over == "rows"
    base: Callable[..., Matrix] = reference(entry.base)
    if entry.base in ("max", "min"):
        base = lambda x: [[(max if entry.base == "max" else min)((row[0] for row in x), key=real)]]  # noqa: E731

    def found(*args: Matrix) -> Matrix:
        count = len(entry.args)
        given = [transpose(arg) if rows else arg for arg in args[:count]]
        lines = [base(*([[row[j]] for row in arg] for arg in given), *args[count:]) for j in range(len(given[0][0]))]
        whole = [[entry for line in lines for entry in line[i]] for i in range(len(lines[0]))]
        return transpose(whole) if rows else whole

    return found


def reference(op: str) -> Callable[..., Matrix]:
    """Return the definition of an operation: the one here, or else the meaning that its entry states."""
    if op in REFERENCE:
        return REFERENCE[op]
    entry = OPS[op]
    if entry.base:
        return of_lines(entry)
    defaults = [[[Fraction(default)]] for default in entry.settings.values()]

    def found(*args: Matrix) -> Matrix:
        given = [*args, *defaults[len(args) - len(entry.args) :]]
        return evaluate(parse(entry.meaning), dict(zip(map(name, (*entry.args, *entry.settings)), given, strict=True)))

    return found


def slopes(function: Callable[[list[Matrix]], Number], args: list[Matrix], place: int) -> Matrix:
    """Return the derivative of a number by each entry of argument `place`, by differences."""
    here = function(args)
    moved = [[list(row) for row in arg] for arg in args]
    found: Matrix = []
    for i, row in enumerate(args[place]):
        found.append([])
        for j, entry in enumerate(row):
            moved[place][i][j] = entry + STEP
            found[-1].append((function(moved) + -here) / STEP)
            moved[place][i][j] = entry
    return found


def apart(found: Sequence[Sequence[Number]], expected: Matrix) -> float:
    """Return the largest difference of two matrices, relative to the largest entry expected."""
    assert (len(found), len(found[0])) == (len(expected), len(expected[0]))
    pairs = zip(found, expected, strict=True)
    off = [_exact(a) + -b for row, line in pairs for a, b in zip(row, line, strict=True)]
    if not any(off):
        return 0.0
    size = max(abs(real(x)) for x in entries(expected))
    return float(max(abs(real(x)) for x in off) / (size or 1))


def _exact(x: Number) -> Number:
    return Fraction(x) if isinstance(x, int | float) else x
