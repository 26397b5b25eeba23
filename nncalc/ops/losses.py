"""Losses: a prediction and a target in, one number out, summed over all entries or examples."""

from nncalc.ops.kinds import DOMAIN, Case, Form, Loss, Operation, loss

LOSSES: tuple[Operation, ...] = (
    loss(
        "squared_error", "p y",
        Form(
            "m n, m n -> 1 1",
            {"p": "g * (p - y)", "y": "g * (y - p)"},
            "sum(i, sum(j, (p[i,j] - y[i,j])^2)) / 2",
        ),
        about=Loss(factor="1/2", times="the sum of the squared differences"),
        meaning="sum((p - y).^2) / 2",
        never_negative=True,
        summary="half the sum of squared differences",
        source="Bishop, Pattern Recognition and Machine Learning, (1.2)",
        cases=(Case("7, 3", 8), Case("[1, 2], [3, 5]", 6.5)),
    ),
    loss(
        "cross_entropy", "p y",
        Form(
            "m n, m n -> 1 1",
            {"p": "-g * (y ./ p)", "y": "-g * log(p)"},
            "-sum(i, sum(j, y[i,j] * log(p[i,j])))",
        ),
        careful={"out": "-sum(xlogy(y, p))", "p": "-g * xdivy(y, p)"},
        fused={"softmax": "cross_entropy_logits"},
        about=Loss(
            "classes", "example", ("softmax", "sigmoid"),
            'end with activation = "softmax", or take `cross_entropy_logits` of the linear output',
        ),
        meaning="-sum(y .* log(p))",
        partial=DOMAIN, summary="minus the sum of y log(p), from probabilities p",
        source="Bishop, Pattern Recognition and Machine Learning, (4.108)",
        cases=(Case("[0.25, 0.75], [1, 0]", 1.3862943611198906), Case("[1, 0], [1, 0]", 0)),
    ),
    loss(
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
        about=Loss(
            "probabilities", "entry", ("sigmoid", "softmax"),
            'end with activation = "sigmoid", or take `binary_cross_entropy_logits` of the linear output',
        ),
        meaning="-sum(y .* log(p) + (1 - y) .* log(1 - p))",
        partial=DOMAIN, summary="minus the sum of y log(p) + (1 - y) log(1 - p), from probabilities p",
        source="Bishop, Pattern Recognition and Machine Learning, (4.90)",
        cases=(Case("0.25, 1", 1.3862943611198906), Case("0.25, 0", 0.2876820724517809), Case("1, 1", 0)),
    ),
    loss(
        "cross_entropy_logits", "z y",
        Form(
            "n 1, n 1 -> 1 1",
            {"z": "g * (softmax(z) * sum(y) - y)", "y": "-g * log(softmax(z))"},
            "sum(j, sum(k, y[k,j] * lse(m, z[m,j] - z[k,j])))",
        ),
        Form(
            "n p, n p -> 1 1",
            {"z": "g * (softmax(z) .* (ones(n, n) * y) - y)", "y": "-g * log(softmax(z))"},
            "sum(j, sum(k, y[k,j] * lse(m, z[m,j] - z[k,j])))",
        ),
        shorter={"z": "g * (softmax(z) - y)"},
        careful={"z": "g * softmax_residual(softmax(z), y)"},
        about=Loss(
            "classes", "example", ("linear",),
            "it applies softmax itself: leave the last activation out, or take `cross_entropy`",
        ),
        numpy="np.sum(y * (_lse(z - np.max(z, 0), 0) - (z - np.max(z, 0))))",
        partial=False,
        meaning="-sum(y .* log(softmax(z)))",
        summary="the cross-entropy of softmax(z), finite for any logits z",
        source="Bishop, Pattern Recognition and Machine Learning, (4.108)",
        cases=(Case("[0, 0], [1, 0]", 0.6931471805599453), Case("[0, 1000], [1, 0]", 1000)),
    ),
    loss(
        "binary_cross_entropy_logits", "z y",
        Form(
            "m n, m n -> 1 1",
            {"z": "g * (sigmoid(z) - y)", "y": "-g * z"},
            "sum(i, sum(j, y[i,j] * softplus(-z[i,j]) + (1 - y[i,j]) * softplus(z[i,j])))",
        ),
        about=Loss(
            "probabilities", "entry", ("linear",),
            "it applies sigmoid itself: leave the last activation out, or take `binary_cross_entropy`",
        ),
        careful={
            "out": "sum(y .* softplus(-z) + (1 - y) .* softplus(z))",
            "z": "g * ((1 - y) .* sigmoid(z) - y .* sigmoid(-z))",
        },
        partial=False,
        meaning="-sum(y .* log(sigmoid(z)) + (1 - y) .* log(1 - sigmoid(z)))",
        summary="the binary cross-entropy of sigmoid(z), finite for any logits z",
        source="Bishop, Pattern Recognition and Machine Learning, (4.90)",
        cases=(Case("0, 1", 0.6931471805599453), Case("-1000, 1", 1000)),
    ),
)  # fmt: skip
