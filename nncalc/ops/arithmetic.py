"""Sums, products, quotients and powers."""

from nncalc.ops.kinds import (
    CONSTANT,
    DATA,
    DOMAIN,
    UNROLLED,
    Case,
    Fence,
    Form,
    Function,
    Infix,
    Kink,
    Lines,
    Operation,
    Pattern,
    Prefix,
    Switch,
    elementwise,
    structural,
)


def _tie(name: str, second: str, first: str) -> Switch:
    """Return what a tie may be by convention; `second` is 1 where the second side alone is taken, `first` the first."""
    return Switch(
        "max_tie", "split",
        {
            "first": ({"x": f"1 - {second}", "y": second}, f"of a tie in {name} the first takes it all"),
            "all": ({"x": f"1 - {second}", "y": f"1 - {first}"}, f"in a tie of {name} each side has all of the slope"),
        },
    )  # fmt: skip


def untied(shares: str) -> str:
    """Return what is 0 where shares of the largest are neither 0 nor 1, as it is tied, else 1."""
    return f"({shares} == 0) + ({shares} == 1)"


def _extreme(word: str, sign: str, tied: str) -> Lines:
    """Return what the largest or smallest of each line is, with `sign` the largest; `tied` is 1 at each that is it."""
    return Lines(
        f"{{g}} .* max_shares({sign}A, over)", f"{word}(k, A[k])",
        others={"first": f"{{g}} .* max_first({sign}A, over)", "all": f"{{g}} .* ({tied})"},
        kink=untied(f"max_shares({sign}A, over)"), numpy=f"np.{word}(A, axis=AXIS, keepdims=True)",
        cases=(Case("[2, -1, 2]", {"max": 2, "min": -1}[word]),),
    )  # fmt: skip


#: 1 at each entry that is the largest of its column, else 0.
_LARGEST = '(A >= ones(n) * max(A, over="columns"))'
#: In a column: 1 where every entry before one is smaller, else 0.
_FIRST = "prod(k, step(A[i,j] - A[k,j])^step(i - k - 1/2))"

#: How tightly a comparison binds: less than a sum.
COMPARED = 5

ARITHMETIC: tuple[Operation, ...] = (
    elementwise(
        "add", "x", variadic=True,
        slope={"x": "1"},
        respelled={
            "1 - sigmoid(u)": "sigmoid(-u)",
            "sigmoid(u) - 1": "-sigmoid(-u)",
            "1 - tanh(u).^2": "4 * sigmoid(2 * u) .* sigmoid(-2 * u)",
            "1 - tanh(u)": "2 * sigmoid(-2 * u)",
            "1 + tanh(u)": "2 * sigmoid(2 * u)",
            "1 - exp(u)": "-expm1(u)",
            "exp(u) - 1": "expm1(u)",
            "1 - cos(u)": "2 * sin(u / 2).^2",
        },
        notation=Infix("+", 10),
        linear=True,
        summary="the sum; shapes are equal, or a scalar is added to every entry",
        cases=(Case("2, 3", 5), Case("1, 2, -4", -1)),
    ),
    elementwise(
        "neg", "x",
        slope={"x": "-1"},
        notation=Prefix("-", 15, unicode="−"),
        parity="odd",
        linear=True,
        arranges=True,
        summary="the negative; `a - b` is `a + (-b)`",
        cases=(Case("2", -2),),
    ),
    structural(
        "mul", "A B",
        Form("1 1, m n -> m n", {"A": "sum(g .* B)", "B": "A * g"}, "A[1,1] * B[i,j]"),
        Form("m n, 1 1 -> m n", {"A": "g * B", "B": "sum(g .* A)"}, "A[i,j] * B[1,1]"),
        Form("m n, n p -> m p", {"A": "g * B'", "B": "A' * g"}, "sum(k, A[i,k] * B[k,j])"),
        notation=Infix("*", 20, unicode=" ", latex=" ", also=("@",)),
        linear=True,
        summary="the mathematical product: a number times anything, or a matrix product",
        source="The Matrix Cookbook, 2.4",
        cases=(Case("2, 3", 6), Case("[[1, 2]], [3, 4]", 11)),
    ),
    elementwise(
        "hadamard", "x y",
        slope={"x": "y", "y": "x"}, element="x * y",
        respelled={
            "softmax(x) .* (y - sum(y .* softmax(x)))": "softmax_gradient(softmax(x), y)",
            "softmax(A) .* (B - ones(n, n) * (B .* softmax(A)))": "softmax_gradient(softmax(A), B)",
        },
        notation=Infix(".*", 20, unicode="⊙", latex=r"\odot"),
        linear=True,
        summary="the product entry by entry",
        cases=(Case("2, 3", 6),),
    ),
    structural(
        "div", "A B",
        Form("m n, 1 1 -> m n", {"A": "g / B", "B": "-sum(g .* A) / B^2"}, "A[i,j] / B[1,1]"),
        notation=Infix("/", 20, unicode="/", latex="/"),
        linear=True,
        partial=DOMAIN, domain="B is not 0",
        summary="the quotient by a number",
        cases=(Case("3, 4", 0.75),),
    ),
    elementwise(
        "hdiv", "x y",
        slope={"x": "1 ./ y", "y": "-x ./ y.^2"}, element="x / y",
        respelled={
            "1 ./ (1 + exp(u))": "sigmoid(-u)",
            "exp(u) ./ (1 + exp(u))": "sigmoid(u)",
            "exp(x) ./ sum(exp(x))": "softmax(x)",
            "sigmoid(u) ./ sigmoid(-u)": "exp(u)",
            "(exp(u) - exp(-u)) ./ (exp(u) + exp(-u))": "tanh(u)",
            "(exp(u) - exp(-u)) ./ 2": "sinh(u)",
        },
        notation=Infix("./", 20, unicode="⊘", latex=r"\oslash"),
        linear=True,
        partial=DOMAIN, domain="y is not 0",
        summary="the quotient entry by entry",
        cases=(Case("3, 4", 0.75),),
    ),
    structural(
        "pow", "A B",
        Form("1 1, 1 1 -> 1 1", {"A": "g * B * A^(B - 1)", "B": "g * out * log(A)"}, "A[1,1] ^ B[1,1]"),
        Form("n n, 1 1 -> n n", {"A": UNROLLED, "B": DATA}, ""),
        careful={"A": "g * power_slope(A, B)", "B": "g * xlogy(out, A)"},
        notation=Infix("^", 30, also=("**",), right=True),
        partial=DOMAIN, domain="A > 0; or a whole B, which is not negative where A is 0 or has no inverse",
        summary="the power of a number; of a square matrix, its product with itself",
        source="DLMF 4.2; The Matrix Cookbook, 2.5",
        cases=(Case("2, 10", 1024), Case("0, 0", 1), Case("-2, 3", -8), Case("[[1, 1], [1, 0]], 10", 89)),
    ),
    elementwise(
        "hpow", "x y",
        slope={"x": "y .* x.^(y - 1)", "y": "out .* log(x)"}, element="x ^ y",
        careful={"x": "power_slope(x, y)", "y": "xlogy(out, x)"},
        notation=Infix(".^", 30, also=(".**",), right=True),
        partial=DOMAIN, domain="x > 0; or a whole y, which is not negative where x is 0",
        summary="the power entry by entry",
        source="DLMF 4.2",
        cases=(Case("2, 10", 1024),),
    ),
    elementwise(
        "power_slope", "x y", meaning="y .* x.^(y - sign(abs(y)))",
        partial=DOMAIN, domain="x > 0; or a whole y, which is not negative where x is 0",
        summary="the slope of x^y by x, y x^(y - 1), and 0 where y is 0",
        source="DLMF 4.2",
        cases=(Case("3, 2", 6), Case("0, 0", 0), Case("0, 1", 1)),
    ),
    elementwise(
        "abs", "x",
        notation=Function("abs", fence=Fence("|", "|", r"\lvert", r"\rvert")),
        slope={"x": "sign(x)"},
        kink=Kink("x", "|x|′ = 0 at 0"),
        parity="even", never_negative=True,
        elsewhere=("absolute", "fabs", "modulus"),
        summary="the absolute value",
        cases=(Case("-3", 3),),
    ),
    elementwise(
        "sign", "x",
        slope={"x": CONSTANT},
        parity="odd",
        elsewhere=("sgn", "signum", "hardlims"),
        summary="1, 0 or -1 as x is positive, zero or negative",
        cases=(Case("-3", -1), Case("0", 0)),
    ),
    elementwise(
        "floor", "x",
        slope={"x": CONSTANT},
        notation=Function("floor", fence=Fence("⌊", "⌋", r"\lfloor", r"\rfloor")),
        summary="the largest whole number that is at most x; its slope is 0 everywhere",
        source="DLMF, Common Notations and Definitions",
        cases=(Case("2.5", 2), Case("-2.5", -3)),
    ),
    elementwise(
        "round", "x",
        slope={"x": CONSTANT},
        parity="odd",
        elsewhere=("rint",),
        summary="the nearest whole number, of two the even one; its slope is 0 everywhere",
        source="NumPy, numpy.round",
        cases=(Case("2.5", 2), Case("-1.5", -2), Case("2.6", 3)),
    ),
    elementwise(
        "mod", "x y", meaning="x - y .* floor(x ./ y)",
        partial=DOMAIN, domain="y is not 0",
        elsewhere=("fmod", "rem", "remainder"),
        summary="what division of x by y to a whole number leaves, of the sign of y",
        source="NumPy, numpy.mod",
        cases=(Case("-1, 3", 2), Case("7, -3", -2)),
    ),
    elementwise(
        "clamp", "x low high", meaning="min(high, max(low, x))",
        slope={
            "x": "step(x - low) .* step(high - x)",
            "low": "(1 - step(x - low)) .* step(high - low)",
            "high": "1 - step(high - max(low, x))",
        },
        kink=Kink("(x - low) .* (high - x)", "clamp′ = 0 at its ends"),
        elsewhere=("clip_by_value", "clip"),
        summary="x, but at least low and at most high; its slope at both is taken as 0",
        source="NumPy, numpy.clip",
        cases=(Case("5, 0, 2", 2), Case("-1, 0, 2", 0), Case("1, 0, 2", 1)),
    ),
    elementwise(
        "above", "x y",
        slope={"x": CONSTANT, "y": CONSTANT},
        never_negative=True,
        summary="1 where x > y, 1/2 where they are equal, else 0",
        cases=(Case("2, 1", 1), Case("2, 2", 0.5), Case("1, 2", 0)),
    ),
    elementwise(
        "is_largest", "x", variadic=True,
        slope={"x": CONSTANT},
        never_negative=True,
        summary="1 where x is the largest of several, 1/n where n of them are, else 0; written 1[x ≥ y, z]",
        cases=(Case("2, 1, -1", 1), Case("2, 2, 1", 0.5), Case("2, 2, 2, 2", 0.25), Case("1, 2, 0", 0)),
    ),
    elementwise(
        "max", "x y",
        slope={"x": "above(x, y)", "y": "above(y, x)"},
        notation=Function("max", latex=r"\max"),
        runs=True, folds=True,
        kink=Kink("x - y", "a tie in max is shared, or taken by the side that is a constant"),
        switch=_tie("max", "step(y - x)", "step(x - y)"),
        lines=_extreme("max", "", "1 - step({out} - A)"),
        elsewhere=("maximum", "fmax", "amax", "reduce_max"),
        summary="the larger, or the largest of several",
        cases=(Case("2, -1", 2),),
    ),
    elementwise(
        "min", "x y",
        slope={"x": "above(y, x)", "y": "above(x, y)"},
        notation=Function("min", latex=r"\min"),
        runs=True, folds=True,
        kink=Kink("x - y", "a tie in min is shared, or taken by the side that is a constant"),
        switch=_tie("min", "step(x - y)", "step(y - x)"),
        lines=_extreme("min", "-", "1 - step(A - {out})"),
        elsewhere=("minimum", "fmin", "amin", "reduce_min"),
        summary="the smaller, or the smallest of several",
        cases=(Case("2, -1", -1),),
    ),
    *(
        elementwise(
            name, "x y", meaning=meaning,
            slope={"x": CONSTANT, "y": CONSTANT},
            kink=Kink("x - y", f"x {sign} y is {'1' if '=' in sign else '0'} where they are equal"),
            notation=Infix(sign, COMPARED, unicode=signs[0], latex=signs[1], also=also),
            never_negative=True, numpy=f"(x {sign} y) * 1.0",
            summary=f"1 where x is {words} y, else 0",
            cases=(Case("2, 1", gives[0]), Case("2, 2", gives[1]), Case("1, 2", gives[2])),
        )
        for name, sign, signs, also, words, meaning, gives in (
            ("greater", ">", (">", ">"), (), "larger than", "step(x - y)", (1, 0, 0)),
            ("less", "<", ("<", "<"), (), "less than", "step(y - x)", (0, 0, 1)),
            ("greater_equal", ">=", ("≥", r"\ge"), (), "no less than", "1 - step(y - x)", (1, 1, 0)),
            ("less_equal", "<=", ("≤", r"\le"), (), "no larger than", "1 - step(x - y)", (0, 1, 1)),
            ("equal", "==", ("==", "="), (), "equal to", "1 - step(x - y) - step(y - x)", (0, 1, 0)),
        )
    ),
    elementwise(
        "where", "c x y", meaning="step(c) .* x + (1 - step(c)) .* y", chooses=True,
        slope={"c": CONSTANT, "x": "where(c, 1, 0)", "y": "where(c, 0, 1)"}, numpy="np.where(c > 0, x, y)",
        notation=Function(
            "where",
            tex=Pattern(r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}", 10),
            mathml=Pattern(
                '<mrow><mo>{{</mo><mtable columnalign="left"><mtr><mtd>{1}</mtd><mtd><mtext>if </mtext>{0}</mtd></mtr>'
                "<mtr><mtd>{2}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr></mtable></mrow>", 10
            ),
        ),
        elsewhere=("ifelse", "if_else", "select"),
        summary="x where c is 1 (above 0), else y; the other side is not computed there, and need have no value",
        source="NumPy, numpy.where",
        cases=(Case("1, 2, 3", 2), Case("0, 2, 3", 3)),
    ),
    structural(
        "max_shares", "A",
        Form("n p -> n p", {"A": CONSTANT}, ""),
        meaning=f'{_LARGEST} ./ (ones(n) * sum({_LARGEST}, over="columns"))',
        numpy="(lambda top: top / np.sum(top, 0))((A == np.max(A, 0)) * 1.0)",
        partial=False,
        lines=Lines(makes="columns"),
        never_negative=True,
        summary="1 at the largest entry of each column, else 0; of a tie each has an even share",
        cases=(Case("[2, 1]", 1), Case("[2, 1, 2, 2, 2]", 0.25)),
    ),
    structural(
        "max_first", "A",
        Form("n p -> n p", {"A": CONSTANT}, f"{_FIRST} * prod(k, (1 - step(A[k,j] - A[i,j]))^step(k - i - 1/2))"),
        numpy="np.eye(len(A))[:, np.argmax(A, axis=0)]",
        lines=Lines(makes="columns"),
        never_negative=True,
        summary="1 at the largest entry of each column, of a tie at the first, else 0",
        cases=(Case("[2, 1, 2]", 1),),
    ),
)  # fmt: skip
