"""Activations: what a layer applies to its pre-activation."""

from nncalc.ops.kinds import (
    CONSTANT,
    OVERFLOW,
    Case,
    Form,
    Function,
    Kink,
    Lines,
    Operation,
    Pattern,
    Switch,
    Undone,
    elementwise,
    structural,
)  # fmt: skip

#: How an abbreviation is written: with its own capitals.
_ELU, _SELU, _CELU = (
    Function(f"{c}elu", unicode=f"{c.upper()}ELU", latex=rf"\operatorname{{{c.upper()}ELU}}") for c in ("", "s", "c")
)
_GELU, _SILU = (Function(w.lower(), unicode=w, latex=rf"\operatorname{{{w}}}") for w in ("GELU", "SiLU"))
_RELU6, _PRELU = (Function(w.lower(), unicode=w, latex=rf"\operatorname{{{w}}}") for w in ("ReLU6", "PReLU"))
_GLU = Function("glu", unicode="GLU", latex=r"\operatorname{GLU}")

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
        switch=Switch(
            "relu_slope_at_0", "0",
            {
                "0.5": ({"x": "(1 + sign(x)) ./ 2"}, "ReLU′(0) = 0.5"),
                "1": ({"x": "1 - step(-x)"}, "ReLU′(0) = 1"),
            },
        ),
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
        lines=Lines(
            "out .* (g - (g .* out) * ones(n, n))", single="out .* (g - sum(g .* out))",
            careful={"out": "shifted_softmax(x, over)"},
            respelled={
                "softmax(A, over) .* (B - (B .* softmax(A, over)) * ones(n, n))":
                "softmax_gradient(softmax(A, over), B, over)",
            },
            makes="columns",
        ),
        source="Goodfellow, Bengio and Courville, Deep Learning, 6.2.2.3",
        cases=(Case("3", 1),),
    ),
    elementwise(
        "relu6", "x", meaning="min(6, max(0, x))",
        slope={"x": "step(x) .* step(6 - x)"},
        kink=Kink("x .* (6 - x)", "ReLU6′ = 0 at 0 and 6"),
        notation=_RELU6,
        never_negative=True,
        summary="x, but at least 0 and at most 6; its slope at 0 and 6 is taken as 0",
        source="Krizhevsky 2010, Convolutional Deep Belief Networks on CIFAR-10",
        cases=(Case("3", 3), Case("-2", 0), Case("7", 6)),
    ),
    elementwise(
        "prelu", "x slope", meaning="max(0, x) + slope .* min(0, x)",
        slope={"x": "step(x) + slope .* (1 - step(x))", "slope": "min(0, x)"},
        trained={"slope": "0.25"},
        kink=Kink("x", "PReLU′(0) is the slope on the left side"),
        notation=_PRELU,
        summary="x where x > 0, else a trained slope times x; its slope at 0 is that of the left side",
        source="He, Zhang, Ren and Sun 2015, Delving Deep into Rectifiers",
        cases=(Case("3, 1/4", 3), Case("-2, 1/4", -0.5)),
    ),
    elementwise(
        "elu", "x", meaning="max(0, x) + alpha * (exp(min(0, x)) - 1)",
        settings={"alpha": "1"},
        slope={"x": "step(x) + alpha * (1 - step(x)) .* exp(min(0, x))"},
        careful={"out": "max(0, x) + alpha * expm1(min(0, x))"},
        kink=Kink("x", "ELU′(0) = {alpha}"),
        partial=False,
        notation=_ELU,
        summary="x where x > 0, else alpha (exp(x) - 1); its slope at 0 is alpha, that of the left side",
        source="Clevert, Unterthiner and Hochreiter 2016, (16)",
        cases=(Case("2", 2), Case("-1", -0.6321205588285577), Case("-1, alpha=2", -1.2642411176571153)),
    ),
    elementwise(
        "selu", "x",
        meaning="1.0507009873554805 * (max(0, x) + 1.6732632423543772 * (exp(min(0, x)) - 1))",
        slope={"x": "1.0507009873554805 * (step(x) + 1.6732632423543772 * (1 - step(x)) .* exp(min(0, x)))"},
        careful={"out": "1.0507009873554805 * (max(0, x) + 1.6732632423543772 * expm1(min(0, x)))"},
        kink=Kink("x", "SELU′(0) = 1.75809934084738, that of the left side"),
        partial=False,
        notation=_SELU,
        summary="1.0507009873554805 elu(x, alpha=1.6732632423543772), which keeps mean 0 and variance 1",
        source="Klambauer, Unterthiner, Mayr and Hochreiter 2017, (2)",
        cases=(Case("1", 1.0507009873554805), Case("-1", -1.1113307378125625)),
    ),
    elementwise(
        "celu", "x", meaning="max(0, x) + alpha * (exp(min(0, x) / alpha) - 1)",
        settings={"alpha": "1"},
        slope={"x": "step(x) + (1 - step(x)) .* exp(min(0, x) / alpha)"},
        careful={"out": "max(0, x) + alpha * expm1(min(0, x) / alpha)"},
        notation=_CELU,
        summary="x where x > 0, else alpha (exp(x/alpha) - 1), which is smooth for any alpha",
        source="Barron 2017, Continuously Differentiable Exponential Linear Units",
        cases=(Case("2", 2), Case("-1", -0.6321205588285577), Case("-1, alpha=2", -0.7869386805747332)),
    ),
    elementwise(
        "gelu", "x", meaning="x .* normal_cdf(x)",
        slope={"x": "normal_cdf(x) + x .* normal_pdf(x)"},
        partial=False,
        notation=_GELU,
        summary="x times the normal distribution function, x (1 + erf(x/sqrt(2))) / 2; no approximation",
        source="Hendrycks and Gimpel 2016, Gaussian Error Linear Units",
        cases=(Case("1", 0.8413447460685429), Case("-1", -0.15865525393145705), Case("-20", -5.507248237212467e-88)),
    ),
    elementwise(
        "gelu_tanh", "x",
        meaning="x .* (1 + tanh(0.7978845608028654 * (x + 0.044715 * x.^3))) / 2",
        slope={
            "x": "gelu_gate(x) .* (1 + x .* (1 - gelu_gate(x)) .* "
            "(1.5957691216057308 * (1 + 0.134145 * x.^2)))"
        },
        careful={
            "out": "x .* gelu_gate(x)",
            "x": "gelu_gate(x) .* (1 + x .* gelu_gate(-x) .* (1.5957691216057308 * (1 + 0.134145 * x.^2)))",
        },
        partial=False,
        elsewhere=("gelu_new", "gelu_approximate", "gelu_fast"),
        summary="gelu by a tanh, as GPT-2 has it; 0.7978845608028654 is sqrt(2/pi)",
        source="Hendrycks and Gimpel 2016, Gaussian Error Linear Units",
        cases=(Case("1", 0.8411919906082767), Case("-1", -0.15880800939172324)),
    ),
    elementwise(
        "silu", "x", meaning="x .* sigmoid(x)",
        slope={"x": "sigmoid(x) .* (1 + x .* (1 - sigmoid(x)))"},
        careful={"x": "sigmoid(x) .* (1 + x .* sigmoid(-x))"},
        partial=False,
        notation=_SILU,
        summary="x times its sigmoid",
        source="Elfwing, Uchibe and Doya 2017, (5)",
        cases=(Case("1", 0.7310585786300049), Case("-1", -0.2689414213699951)),
    ),
    elementwise(
        "swish", "x", meaning="x .* sigmoid(beta * x)",
        settings={"beta": "1"},
        slope={"x": "sigmoid(beta * x) .* (1 + beta * x .* (1 - sigmoid(beta * x)))"},
        careful={"x": "sigmoid(beta * x) .* (1 + beta * x .* sigmoid(-beta * x))"},
        partial=False,
        summary="x times the sigmoid of beta x; silu where beta is 1",
        source="Ramachandran, Zoph and Le 2017, Searching for Activation Functions",
        cases=(Case("1", 0.7310585786300049), Case("1, beta=2", 0.8807970779778824)),
    ),
    elementwise(
        "hard_sigmoid", "x", meaning="max(0, min(6, x + 3)) / 6",
        slope={"x": "step(x + 3) .* step(3 - x) / 6"},
        kink=Kink("abs(x) - 3", "hard sigmoid′ = 0 at -3 and 3"),
        parity="complement", never_negative=True,
        summary="x/6 + 1/2, but at least 0 and at most 1; its slope at -3 and 3 is taken as 0",
        source="Howard and others 2019, Searching for MobileNetV3, 5.2",
        cases=(Case("0", 0.5), Case("-4", 0), Case("9", 1)),
    ),
    elementwise(
        "hard_tanh", "x", meaning="max(-1, min(1, x))",
        slope={"x": "step(x + 1) .* step(1 - x)"},
        kink=Kink("abs(x) - 1", "hard tanh′ = 0 at -1 and 1"),
        parity="odd",
        summary="x, but at least -1 and at most 1; its slope at -1 and 1 is taken as 0",
        source="Collobert 2004, Large Scale Machine Learning",
        cases=(Case("1/2", 0.5), Case("-4", -1), Case("9", 1)),
    ),
    elementwise(
        "hard_swish", "x", meaning="x .* (max(0, min(6, x + 3)) / 6)",
        slope={"x": "step(x + 3) .* step(3 - x) .* ((2 * x + 3) / 6) + (1 - step(3 - x))"},
        kink=Kink("abs(x) - 3", "hard swish′ = 0 at -3, 1 at 3"),
        elsewhere=("hard_silu",),
        summary="x hard_sigmoid(x); its slope is taken as 0 at -3, and as 1 at 3",
        source="Howard and others 2019, Searching for MobileNetV3, 5.2",
        cases=(Case("1", 0.6666666666666666), Case("-4", 0), Case("9", 9)),
    ),
    elementwise(
        "softsign", "x", meaning="x ./ (1 + abs(x))",
        slope={"x": "1 ./ (1 + abs(x)).^2"},
        partial=False, parity="odd",
        summary="x / (1 + |x|)",
        source="Bergstra, Desjardins, Lamblin and Bengio 2009",
        cases=(Case("1", 0.5), Case("-3", -0.75)),
    ),
    elementwise(
        "mish", "x", meaning="x .* tanh(softplus(x))",
        slope={"x": "tanh(softplus(x)) + x .* sigmoid(x) .* (1 - tanh(softplus(x)).^2)"},
        careful={
            "x": "tanh(softplus(x)) + 4 * x .* sigmoid(x) .* sigmoid(2 * softplus(x)) .* sigmoid(-2 * softplus(x))"
        },
        partial=False,
        summary="x tanh(softplus(x))",
        source="Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function",
        cases=(Case("1", 0.8650983882673103), Case("-1", -0.30340146137410895)),
    ),
    elementwise(
        "log_sigmoid", "x", meaning="log(sigmoid(x))",
        slope={"x": "1 - sigmoid(x)"},
        careful={"out": "-softplus(-x)", "x": "sigmoid(-x)"},
        partial=False,
        elsewhere=("logsigmoid",),
        summary="the logarithm of the sigmoid, finite for any x",
        source="Goodfellow, Bengio and Courville, Deep Learning, 3.10",
        cases=(Case("0", -0.6931471805599453), Case("-1000", -1000)),
    ),
    elementwise(
        "threshold", "x", meaning="step(x - theta) .* x + (1 - step(x - theta)) * value",
        settings={"theta": "0", "value": "0"},
        slope={"x": "step(x - theta)"},
        kink=Kink("x - theta", "threshold′ = 0 at {theta}"),
        elsewhere=("thresholded_relu",),
        summary="x where x > theta, else `value`; its slope at theta is taken as 0 (1 where x > 0, else 0, is `step`)",
        source="Konda, Memisevic and Krueger 2015, Zero-bias autoencoders",
        cases=(Case("3", 3), Case("-2, theta=1, value=5", 5), Case("1, theta=1, value=5", 5)),
    ),
    elementwise(
        "sine", "x", meaning="sin(omega * x)",
        settings={"omega": "1"},
        slope={"x": "omega * cos(omega * x)"},
        parity="odd",
        elsewhere=("siren",),
        summary="sin(omega x); a SIREN has an omega of 30",
        source="Sitzmann and others 2020, Implicit Neural Representations with Periodic Activation Functions",
        cases=(Case("1", 0.8414709848078965), Case("1, omega=2", 0.9092974268256817)),
    ),
    elementwise(
        "gaussian", "x", slope={"x": "-2 * x .* out"}, meaning="exp(-x.^2)",
        partial=False, parity="even", never_negative=True, positive=True,
        summary="exp(-x^2), of which no digit is lost to the square",
        source="DLMF 7.2",
        cases=(Case("0", 1), Case("1", 0.36787944117144233)),
    ),
    elementwise(
        "maxout", "x y", meaning="max(x, y)",
        folds=True,
        summary="the largest of several pieces of a layer, entry by entry",
        source="Goodfellow and others 2013, Maxout Networks",
        cases=(Case("2, -1", 2),),
    ),
    elementwise(
        "glu", "x y", meaning="x .* sigmoid(y)",
        slope={"x": "sigmoid(y)", "y": "x .* sigmoid(y) .* (1 - sigmoid(y))"},
        careful={"y": "x .* sigmoid(y) .* sigmoid(-y)"},
        partial=False,
        notation=_GLU,
        summary="the gated linear unit x sigmoid(y), of two halves of a layer",
        source="Dauphin, Fan, Auli and Grangier 2017, (1)",
        cases=(Case("3, 0", 1.5), Case("2, 1", 1.4621171572600098)),
    ),
    structural(
        "softmin", "x",
        Form("n 1 -> n 1", {"x": "out .* (sum(g .* out) - g)"}, "exp(-x[i,j]) / sum(k, exp(-x[k,j]))"),
        Form("n p -> n p", {"x": "out .* (ones(n, n) * (g .* out) - g)"}, "exp(-x[i,j]) / sum(k, exp(-x[k,j]))"),
        meaning="softmax(-x)",
        partial=False, never_negative=True, positive=True,
        summary="softmax(-x), the largest where x is smallest; each column by itself",
        lines=Lines(
            "out .* ((g .* out) * ones(n, n) - g)", single="out .* (sum(g .* out) - g)", makes="columns",
        ),
        source="PyTorch, torch.nn.Softmin",
        cases=(Case("3", 1), Case("[0, 1]", 0.7310585786300049)),
    ),
    structural(
        "log_softmax", "x",
        Form("n 1 -> n 1", {"x": "g - softmax(x) * sum(g)"}, "-lse(k, x[k,j] - x[i,j])"),
        Form("n p -> n p", {"x": "g - softmax(x) .* (ones(n, n) * g)"}, "-lse(k, x[k,j] - x[i,j])"),
        meaning="log(softmax(x))",
        numpy="(x - np.max(x, 0)) - _lse(x - np.max(x, 0), 0)",
        partial=False,
        summary="the logarithm of softmax, finite for any x",
        lines=Lines(
            "g - softmax(x, over) .* (g * ones(n, n))", single="g - softmax(x, over) * sum(g)", makes="columns",
        ),
        source="Goodfellow, Bengio and Courville, Deep Learning, 6.2.2.3",
        cases=(Case("3", 0),),
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
    elementwise(
        "sigmoid_less", "x y", meaning="sigmoid(x - y)",
        slope={"x": "out .* sigmoid_less(y, x)", "y": "-out .* sigmoid_less(y, x)"},
        partial=False, never_negative=True, positive=True,
        summary="sigmoid(x - y), of which no digit is lost to the difference",
        source="Goodfellow, Bengio and Courville, Deep Learning, 3.10",
        cases=(Case("2, 2", 0.5), Case("2, 1", 0.7310585786300049)),
    ),
    elementwise(
        "gelu_gate", "x", meaning="sigmoid(1.5957691216057308 * (x + 0.044715 * x.^3))",
        slope={"x": "out .* (1 - out) .* (1.5957691216057308 * (1 + 0.134145 * x.^2))"},
        careful={"x": "out .* gelu_gate(-x) .* (1.5957691216057308 * (1 + 0.134145 * x.^2))"},
        partial=False, parity="complement", never_negative=True, positive=True,
        summary="what x is multiplied with in gelu_tanh; its slope at 0 is sqrt(2/pi)",
        source="Hendrycks and Gimpel 2016, Gaussian Error Linear Units",
        cases=(Case("0", 0.5), Case("1", 0.8411919906082767)),
    ),
    structural(
        "shifted_softmax", "x",
        Form("n 1 -> n 1", {"x": "out .* (g - sum(g .* out))"}, "exp(-lse(k, x[k,j] - x[i,j]))"),
        Form("n p -> n p", {"x": "out .* (g - ones(n, n) * (g .* out))"}, "exp(-lse(k, x[k,j] - x[i,j]))"),
        meaning="softmax(x)",
        partial=False, never_negative=True, positive=True,
        summary="softmax, computed as exp(x - lse(x)), which no x overflows",
        lines=Lines(
            "out .* (g - (g .* out) * ones(n, n))", single="out .* (g - sum(g .* out))", makes="columns",
        ),
        source="Goodfellow, Bengio and Courville, Deep Learning, 4.1",
        cases=(Case("1000", 1),),
    ),
    structural(
        "softmax_gradient", "p d",
        Form("n m, n m -> n m", {}, "p[i,j] * sum(k, p[k,j] * (d[i,j] - d[k,j]))"),
        meaning=f"p .* ({_SHIFTED} .* {_sums('p')} - {_sums(f'{_SHIFTED} .* p')})",
        summary="what x receives of d, the gradient of p = softmax(x); where an entry of p is nearly 1 too",
        lines=Lines(makes="columns"),
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
