"""Activations: what a layer applies to its pre-activation."""

from nncalc.ops.kinds import Case, Form, Function, Kink, Operation, elementwise, structural

ACTIVATIONS: tuple[Operation, ...] = (
    elementwise(
        "linear", "x", exact=True,
        slope={"x": "1"}, meaning="x",
        parity="odd",
        summary="x itself",
        cases=(Case("-3", -3),),
    ),
    elementwise(
        "relu", "x", exact=True,
        slope={"x": "step(x)"}, meaning="x .* step(x)",
        kink=Kink("x", "ReLU′(0) = 0"),
        notation=Function("relu", unicode="ReLU", latex=r"\operatorname{ReLU}"),
        never_negative=True,
        summary="max(0, x); its slope at 0 is taken as 0",
        cases=(Case("3", 3), Case("-2", 0), Case("0", 0)),
    ),
    elementwise(
        "leaky_relu", "x", exact=True,
        slope={"x": "step(x) + 0.01 * (1 - step(x))"}, meaning="max(x, 0.01 * x)",
        kink=Kink("x", "leaky ReLU′(0) = 0.01"),
        summary="x where x > 0, else 0.01 x; its slope at 0 is taken as 0.01",
        cases=(Case("3", 3), Case("-2", -0.02)),
    ),
    elementwise(
        "sigmoid", "x",
        slope={"x": "out .* (1 - out)"}, meaning="1 ./ (1 + exp(-x))",
        careful={"x": "out .* sigmoid(-x)"},
        notation=Function("sigmoid", unicode="σ", latex=r"\sigma"),
        parity="complement", never_negative=True,
        summary="1 / (1 + exp(-x)), the logistic function",
        cases=(Case("0", 0.5), Case("1", 0.7310585786300049), Case("-800", 0)),
    ),
    elementwise(
        "tanh", "x",
        slope={"x": "1 - out.^2"}, meaning="(exp(x) - exp(-x)) ./ (exp(x) + exp(-x))",
        careful={"x": "4 * sigmoid(2 * x) .* sigmoid(-2 * x)"},
        notation=Function("tanh", latex=r"\tanh"),
        parity="odd",
        summary="the hyperbolic tangent",
        cases=(Case("1", 0.7615941559557649),),
    ),
    elementwise(
        "softplus", "x",
        slope={"x": "sigmoid(x)"}, meaning="log(1 + exp(x))",
        never_negative=True,
        summary="log(1 + exp(x)), a smooth ReLU",
        cases=(Case("0", 0.6931471805599453), Case("1", 1.3132616875182228), Case("1000", 1000)),
    ),
    structural(
        "softmax", "x",
        Form("n 1 -> n 1", {"x": "out .* (g - sum(g .* out))"}, "exp(x[i,j]) / sum(k, exp(x[k,j]))"),
        Form("n p -> n p", {"x": "out .* (g - ones(n, n) * (g .* out))"}, "exp(x[i,j]) / sum(k, exp(x[k,j]))"),
        careful={"out": "shifted_softmax(x)"},
        meaning="exp(x) / sum(exp(x))",
        partial=True, never_negative=True,
        summary="exp(x), divided by its sum; each column by itself",
        cases=(Case("3", 1),),
    ),
)  # fmt: skip

#: Other spellings of an activation, which keep digits where the textbook's loses them.
SPELLINGS: tuple[Operation, ...] = (
    structural(
        "shifted_softmax", "x",
        Form("n 1 -> n 1", {"x": "out .* (g - sum(g .* out))"}, "exp(-lse(k, x[k,j] - x[i,j]))"),
        Form("n p -> n p", {"x": "out .* (g - ones(n, n) * (g .* out))"}, "exp(-lse(k, x[k,j] - x[i,j]))"),
        value="softmax",
        meaning="exp(x - lse(x))",
        never_negative=True,
        summary="softmax, computed as exp(x - lse(x)), which no x overflows",
        cases=(Case("1000", 1),),
    ),
)  # fmt: skip
