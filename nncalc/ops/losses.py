"""Losses: a prediction and a target in, one number out, summed over all entries or examples."""

from nncalc.ops.kinds import Case, Form, Operation, structural

LOSSES: tuple[Operation, ...] = (
    structural(
        "squared_error", "p y",
        Form(
            "m n, m n -> 1 1",
            {"p": "g * (p - y)", "y": "g * (y - p)"},
            "sum(i, sum(j, (p[i,j] - y[i,j])^2)) / 2",
        ),
        exact=True,
        meaning="sum((p - y).^2) / 2",
        never_negative=True,
        summary="half the sum of squared differences",
        cases=(Case("7, 3", 8), Case("[1, 2], [3, 5]", 6.5)),
    ),
    structural(
        "cross_entropy", "p y",
        Form(
            "m n, m n -> 1 1",
            {"p": "-g * (y ./ p)", "y": "-g * log(p)"},
            "-sum(i, sum(j, y[i,j] * log(p[i,j])))",
        ),
        careful={"out": "-sum(xlogy(y, p))", "p": "-g * xdivy(y, p)"},
        fused={"softmax": "cross_entropy_logits"},
        meaning="-sum(y .* log(p))",
        partial=True, summary="minus the sum of y log(p), from probabilities p",
        cases=(Case("[0.25, 0.75], [1, 0]", 1.3862943611198906), Case("[1, 0], [1, 0]", 0)),
    ),
    structural(
        "binary_cross_entropy", "p y",
        Form(
            "m n, m n -> 1 1",
            {"p": "g * ((p - y) ./ (p .* (1 - p)))", "y": "g * (log(1 - p) - log(p))"},
            "-sum(i, sum(j, y[i,j] * log(p[i,j]) + (1 - y[i,j]) * log(1 - p[i,j])))",
        ),
        careful={
            "out": "-sum(xlogy(y, p) + xlogy(1 - y, 1 - p))",
            "p": "g * (xdivy(1 - y, 1 - p) - xdivy(y, p))",
        },
        fused={"sigmoid": "binary_cross_entropy_logits"},
        meaning="-sum(y .* log(p) + (1 - y) .* log(1 - p))",
        partial=True, summary="minus the sum of y log(p) + (1 - y) log(1 - p), from probabilities p",
        cases=(Case("0.25, 1", 1.3862943611198906), Case("0.25, 0", 0.2876820724517809), Case("1, 1", 0)),
    ),
    structural(
        "cross_entropy_logits", "z y",
        Form(
            "n 1, n 1 -> 1 1",
            {"z": "g * (softmax(z) * sum(y) - y)", "y": "-g * log(softmax(z))"},
            "sum(j, lse(k, z[k,j]) * sum(k, y[k,j]) - sum(k, y[k,j] * z[k,j]))",
        ),
        Form(
            "n p, n p -> 1 1",
            {"z": "g * (softmax(z) .* (ones(n, n) * y) - y)", "y": "-g * log(softmax(z))"},
            "sum(j, lse(k, z[k,j]) * sum(k, y[k,j]) - sum(k, y[k,j] * z[k,j]))",
        ),
        shorter={"z": "g * (softmax(z) - y)"},
        meaning="-sum(y .* log(softmax(z)))",
        summary="the cross-entropy of softmax(z), finite for any logits z",
        cases=(Case("[0, 0], [1, 0]", 0.6931471805599453), Case("[0, 1000], [1, 0]", 1000)),
    ),
    structural(
        "binary_cross_entropy_logits", "z y",
        Form(
            "m n, m n -> 1 1",
            {"z": "g * (sigmoid(z) - y)", "y": "-g * z"},
            "sum(i, sum(j, softplus(z[i,j]) - y[i,j] * z[i,j]))",
        ),
        meaning="-sum(y .* log(sigmoid(z)) + (1 - y) .* log(1 - sigmoid(z)))",
        summary="the binary cross-entropy of sigmoid(z), finite for any logits z",
        cases=(Case("0, 1", 0.6931471805599453), Case("-1000, 1", 1000)),
    ),
)  # fmt: skip
