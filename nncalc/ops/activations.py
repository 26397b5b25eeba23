"""Activations: what a layer applies to its pre-activation."""

from nncalc.ops.kinds import (
    CONSTANT,
    OVERFLOW,
    Case,
    Form,
    Function,
    Kink,
    Operation,
    Pattern,
    Undone,
    elementwise,
    structural,
)  # fmt: skip

ACTIVATIONS: tuple[Operation, ...] = (
    elementwise(
        "linear", "x", meaning="x",
        parity="odd",
        summary="x itself",
        cases=(Case("-3", -3),),
    ),
    elementwise(
        "relu", "x", meaning="max(0, x)",
        slope={"x": "step(x)"},
        kink=Kink("x", "ReLU′(0) = 0"),
        notation=Function("relu", unicode="ReLU", latex=r"\operatorname{ReLU}"),
        never_negative=True,
        summary="max(0, x); its slope at 0 is taken as 0",
        source="Nair and Hinton 2010",
        cases=(Case("3", 3), Case("-2", 0), Case("0", 0)),
    ),
    elementwise(
        "leaky_relu", "x", meaning="max(0, x) + slope * min(0, x)",
        settings={"slope": "0.01"},
        slope={"x": "step(x) + slope * (1 - step(x))"},
        kink=Kink("x", "leaky ReLU′(0) = {slope}"),
        summary="x where x > 0, else 0.01 x, or another `slope` times x; its slope at 0 is that of the left side",
        source="Maas, Hannun and Ng 2013",
        cases=(Case("3", 3), Case("-2", -0.02), Case("-2, slope=1/4", -0.5)),
    ),
    elementwise(
        "sigmoid", "x", meaning="1 ./ (1 + exp(-x))",
        slope={"x": "out .* (1 - out)"},
        careful={"out": "exp(min(x, 0)) ./ (1 + exp(-abs(x)))", "x": "out .* sigmoid(-x)"},
        notation=Function("sigmoid", unicode="σ", latex=r"\sigma"),
        undone=Undone("log(c ./ (1 - c))", "between 0 and 1"),
        partial=False, parity="complement", never_negative=True, positive=True,
        summary="1 / (1 + exp(-x)), the logistic function",
        source="Goodfellow, Bengio and Courville, Deep Learning, 3.10",
        cases=(Case("0", 0.5), Case("1", 0.7310585786300049), Case("-800", 0)),
    ),
    elementwise(
        "tanh", "x", meaning="(exp(x) - exp(-x)) ./ (exp(x) + exp(-x))",
        slope={"x": "1 - out.^2"},
        careful={"x": "4 * sigmoid(2 * x) .* sigmoid(-2 * x)"},
        notation=Function("tanh", latex=r"\tanh"),
        undone=Undone("log((1 + c) ./ (1 - c)) / 2", "between -1 and 1"),
        partial=False, parity="odd",
        summary="the hyperbolic tangent",
        source="DLMF 4.28",
        cases=(Case("1", 0.7615941559557649),),
    ),
    elementwise(
        "softplus", "x", meaning="log(1 + exp(x))",
        slope={"x": "sigmoid(x)"},
        careful={"out": "max(x, 0) + log1p(exp(-abs(x)))"},
        partial=False, never_negative=True, positive=True,
        summary="log(1 + exp(x)), a smooth ReLU",
        source="Goodfellow, Bengio and Courville, Deep Learning, 3.10",
        cases=(Case("0", 0.6931471805599453), Case("1", 1.3132616875182228), Case("1000", 1000)),
    ),
    structural(
        "softmax", "x",
        Form("n 1 -> n 1", {"x": "out .* (g - sum(g .* out))"}, "exp(x[i,j]) / sum(k, exp(x[k,j]))"),
        Form("n p -> n p", {"x": "out .* (g - ones(n, n) * (g .* out))"}, "exp(x[i,j]) / sum(k, exp(x[k,j]))"),
        meaning="exp(x) / sum(exp(x))",
        careful={"out": "shifted_softmax(x)"},
        numpy="np.exp(x - _lse(x, 0))",
        partial=OVERFLOW, never_negative=True, positive=True,
        summary="exp(x), divided by its sum; each column by itself",
        source="Goodfellow, Bengio and Courville, Deep Learning, 6.2.2.3",
        cases=(Case("3", 1),),
    ),
    elementwise(
        "step", "x",
        notation=Function(
            "step",
            paper=Pattern("1[{0} > 0]"),
            tex=Pattern(r"\mathbf{{1}}[{0} > 0]"),
            mathml=Pattern(
                '<mi>𝟏</mi><mo form="prefix" stretchy="false">[</mo>{0}<mo>&gt;</mo><mn>0</mn>'
                '<mo form="postfix" stretchy="false">]</mo>'
            ),
        ),
        slope={"x": CONSTANT},
        never_negative=True,
        summary="1 where x > 0, else 0; written 1[x > 0]; its slope is 0 everywhere",
        cases=(Case("2", 1), Case("0", 0), Case("-1", 0)),
    ),
)  # fmt: skip


def _sums(entries: str) -> str:
    """Return the sum of each column, in every place of the column."""
    return f"(ones(n) * (ones(n)' * ({entries})))"


#: Where an entry of p is larger than all others together, which lose their digits beside it; d less its entry there.
_TOP = "step(p - 1/2)"
_SHIFTED = f"(d - {_sums(f'd .* {_TOP}')})"

#: Other spellings of an activation, which keep digits where the textbook's loses them.
SPELLINGS: tuple[Operation, ...] = (
    structural(
        "shifted_softmax", "x",
        Form("n 1 -> n 1", {"x": "out .* (g - sum(g .* out))"}, "exp(-lse(k, x[k,j] - x[i,j]))"),
        Form("n p -> n p", {"x": "out .* (g - ones(n, n) * (g .* out))"}, "exp(-lse(k, x[k,j] - x[i,j]))"),
        meaning="softmax(x)",
        partial=False, never_negative=True, positive=True,
        summary="softmax, computed as exp(x - lse(x)), which no x overflows",
        source="Goodfellow, Bengio and Courville, Deep Learning, 4.1",
        cases=(Case("1000", 1),),
    ),
    structural(
        "log_softmax", "x",
        Form("n 1 -> n 1", {"x": "g - softmax(x) * sum(g)"}, "-lse(k, x[k,j] - x[i,j])"),
        Form("n p -> n p", {"x": "g - softmax(x) .* (ones(n, n) * g)"}, "-lse(k, x[k,j] - x[i,j])"),
        meaning="log(softmax(x))",
        numpy="(x - np.max(x, 0)) - _lse(x - np.max(x, 0), 0)",
        partial=False,
        summary="the logarithm of softmax, finite for any x",
        source="Goodfellow, Bengio and Courville, Deep Learning, 6.2.2.3",
        cases=(Case("3", 0),),
    ),
    structural(
        "softmax_gradient", "p d",
        Form("n m, n m -> n m", {}, "p[i,j] * sum(k, p[k,j] * (d[i,j] - d[k,j]))"),
        meaning=f"p .* ({_SHIFTED} .* {_sums('p')} - {_sums(f'{_SHIFTED} .* p')})",
        summary="what x receives of d, the gradient of p = softmax(x); where an entry of p is nearly 1 too",
        source="Goodfellow, Bengio and Courville, Deep Learning, 6.2.2.3",
        cases=(Case("[1/4, 3/4], [8, 0]", 1.5),),
    ),
    structural(
        "softmax_residual", "p y",
        Form("n m, n m -> n m", {}, "sum(k, p[i,j] * y[k,j] - y[i,j] * p[k,j])"),
        meaning=f"p .* {_sums(f'y .* {_TOP}')} - y .* {_sums(f'p .* {_TOP}')}"
        f" + (p .* {_sums(f'y .* (1 - {_TOP})')} - y .* {_sums(f'p .* (1 - {_TOP})')})",
        summary="p sum(y) - y sum(p) in each column: p - y where both sums are 1, an entry of p nearly so too",
        cases=(Case("[1/4, 3/4], [0, 1]", 0.25),),
    ),
)  # fmt: skip
