"""Losses: a prediction and a target in, one number out, summed over all entries or examples."""

from nncalc.ops.kinds import DOMAIN, Case, Form, Kink, Loss, Operation, loss, structural

_MEAN = 'reduction = "mean"'
_SOFTMAX = 'end with activation = "softmax", or take `{}` of the linear output'
_SIGMOID = 'end with activation = "sigmoid", or take `{}` of the linear output'
_ITSELF = "it applies {} itself: leave the last activation out, or take `{}`"

#: What the logarithm of a probability receives from a focal loss, as in a book, and keeping its digits.
_FOCAL = "y .* (gamma * (1 - softmax(z)).^(gamma - 1) .* softmax(z) .* log(softmax(z)) - (1 - softmax(z)).^gamma)"
_CAREFUL_FOCAL = (
    "y .* (power_slope(-expm1(log_softmax(z)), gamma) .* softmax(z) .* log_softmax(z)"
    " - (-expm1(log_softmax(z))).^gamma)"
)
_ONE_FOCAL = "y .* (gamma * (1 - p).^(gamma - 1) .* log(p) - (1 - p).^gamma ./ p)"
_OTHER_FOCAL = "gamma * p.^(gamma - 1) .* log(1 - p) - p.^gamma ./ (1 - p)"
#: Which wrong classes are nearer to the right one than the margin.
_MISSED = "((1 - y) .* step(s - right_score(s, y) + margin))"
_MARGINS = "sum(j, sum(i, (1 - y[i,j]) * max(0, s[i,j] - sum(k, y[k,j] * s[k,j]) + margin)))"
#: The lengths of two columns, multiplied.
_LENGTHS = "sqrt((ones(n)' * A.^2) .* (ones(n)' * B.^2))"
_DISTANCE = "distances(a, b)"
#: By how much unlike columns are nearer to each other than the margin.
_NEARER = f"(y .* max(0, margin - {_DISTANCE}))"
#: The slope of what is summed for what is so; {0} is z or -z, {1} the other.
_SO = "sigmoid({0}).^gamma .* (gamma * sigmoid({1}) .* softplus({0}) + sigmoid({0}))"

#: Of numbers.
_REGRESSION: tuple[Operation, ...] = (
    loss(
        "squared_error", "p y",
        Form(
            "m n, m n -> 1 1",
            {"p": "g * (p - y)", "y": "g * (y - p)"},
            "sum(i, sum(j, (p[i,j] - y[i,j])^2)) / 2",
        ),
        about=Loss(
            factor="1/2", times="the sum of the squared differences",
            elsewhere={
                **dict.fromkeys(
                    ("mse", "meansquarederror", "meansquared", "meansquaredlosslayer", "l2"), f"factor = 1, {_MEAN}"
                ),
                **dict.fromkeys(("sse", "rss", "sumsquarederror", "squared", "square"), "factor = 1"),
                **dict.fromkeys(("rmse", "rootmeansquarederror"), f"factor = 1, {_MEAN}, of which it is the root"),
                **dict.fromkeys(("quadratic", "halfmeansquarederror"), ""),
            },
        ),
        meaning="sum((p - y).^2) / 2",
        never_negative=True,
        summary="half the sum of squared differences",
        source="Bishop, Pattern Recognition and Machine Learning, (1.2)",
        cases=(Case("7, 3", 8), Case("[1, 2], [3, 5]", 6.5)),
    ),
    loss(
        "absolute_error", "p y",
        about=Loss(elsewhere=dict.fromkeys(("mae", "meanabsoluteerror", "meanabsolutelosslayer", "l1"), _MEAN)),
        meaning="sum(abs(p - y))",
        never_negative=True,
        summary="the sum of the absolute differences",
        source="Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 10.6",
        cases=(Case("7, 3", 4), Case("[1, 1, 1, 0], [0, 1, 0, 0]", 2)),
    ),
    loss(
        "mean_absolute_percentage", "p y",
        Form("m n, m n -> 1 1", {"p": "100 * g / (m * n) * (sign(p - y) ./ abs(y))"}, ""),
        about=Loss(
            factor="100", times="the mean of |p - y| / |y|", averages=True,
            elsewhere=dict.fromkeys(("mape", "meanabsolutepercentageerror"), ""),
        ),
        meaning="100 * mean(abs((p - y) ./ y))",
        never_negative=True,
        summary="the mean of the absolute differences, each in percent of its target",
        source="Hyndman and Koehler 2006",
        cases=(Case("[1, 1, 1, 0], [2, 1, 2, 3]", 50),),
    ),
    loss(
        "huber", "p y",
        Form(
            "m n, m n -> 1 1",
            {"p": "g * max(-delta, min(delta, p - y))", "y": "-g * max(-delta, min(delta, p - y))"}, "",
        ),
        settings={"delta": "1"},
        meaning="sum(min(delta, abs(p - y)) .* (abs(p - y) - min(delta, abs(p - y)) / 2))",
        never_negative=True,
        summary="half the square of each difference up to `delta`, beyond it delta (|p - y| - delta/2), summed",
        source="Huber 1964",
        cases=(Case("[0.6, 0.4, 0.4, 0.6], [0, 1, 0, 0]", 0.62), Case("7, 3, delta=2", 6), Case("5, 3, delta=2", 2)),
    ),
    loss(
        "smooth_l1", "p y",
        Form(
            "m n, m n -> 1 1",
            {"p": "g / beta * max(-beta, min(beta, p - y))", "y": "-g / beta * max(-beta, min(beta, p - y))"}, "",
        ),
        settings={"beta": "1"},
        meaning="sum(min(beta, abs(p - y)) .* (abs(p - y) - min(beta, abs(p - y)) / 2)) / beta",
        never_negative=True,
        summary="Huber's loss divided by `beta`, where that turns: far out its slope is 1",
        source="Girshick 2015, (3)",
        cases=(Case("7, 3, beta=2", 3), Case("[0.5, 3], [0, 0]", 2.625)),
    ),
    loss(
        "log_cosh", "p y",
        Form("m n, m n -> 1 1", {"p": "g * tanh(p - y)", "y": "-g * tanh(p - y)"}, ""),
        careful={
            "out": "sum(log1p(2 * sinh(min(1, abs(p - y)) / 2).^2) + (abs(p - y) - min(1, abs(p - y)))"
            " + (softplus(-2 * abs(p - y)) - softplus(-2 * min(1, abs(p - y)))))",
        },
        about=Loss(elsewhere={"logcosh": _MEAN}),
        meaning="sum(log(cosh(p - y)))",
        partial=False, never_negative=True,
        summary="the sum of log(cosh(p - y)): half a square near 0, |p - y| - log(2) far out",
        source="Bishop and Bishop, Deep Learning, 4",
        cases=(Case("1, 0", 0.4337808304830271), Case("[1, 1, 0, 0], [0, 1, 0, 0]", 0.4337808304830271)),
    ),
    loss(
        "poisson", "p y",
        Form("m n, m n -> 1 1", {"p": "g * ((p - y) ./ p)", "y": "-g * log(p)"}, ""),
        careful={"out": "sum(p - xlogy(y, p))", "p": "g * (xdivy(p - y, p) + (1 - sign(abs(p))))"},
        fused={"exp": "poisson_log"},
        about=Loss("positive", logarithms=True),
        meaning="sum(p - y .* log(p))",
        partial=DOMAIN, summary="minus the logarithm of a Poisson probability, without log(y!), from the rate p",
        source="Bishop, Pattern Recognition and Machine Learning, (2.9)",
        cases=(Case("[1, 1, 0, 0], [0, 1, 0, 0]", 2), Case("2, 3", -0.0794415416798357)),
    ),
    loss(
        "poisson_log", "z y",
        Form("m n, m n -> 1 1", {"z": "g * (exp(z) - y)", "y": "-g * z"}, ""),
        about=Loss("positive", elsewhere={"poissonnll": _MEAN}),
        meaning="sum(exp(z) - y .* z)",
        summary="`poisson` of the rate exp(z)",
        source="Bishop, Pattern Recognition and Machine Learning, (2.9)",
        cases=(Case("0, 3", 1), Case("1, 3", -0.2817181715409549)),
    ),
    loss(
        "gaussian_nll", "p y v",
        "m n, m n, m n -> 1 1", "m n, m n, 1 1 -> 1 1",
        about=Loss(others={"v": "variance"}, elsewhere={"gaussiannll": f"{_MEAN} and a `variance`"}),
        meaning="sum(log(v) + (p - y).^2 ./ v) / 2",
        partial=DOMAIN,
        summary="minus the logarithm of a normal density of mean p and variance v, without log(2 pi)/2, summed",
        source="Nix and Weigend 1994",
        cases=(Case("1, 3, 4", 1.1931471805599454), Case("[1, 2], [3, 2], 1", 2)),
    ),
)  # fmt: skip

#: Of classes.
_CLASSIFICATION: tuple[Operation, ...] = (
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
            "classes", "example", ("softmax", "sigmoid"), _SOFTMAX.format("cross_entropy_logits"),
            linear=True, smooths=True, logarithms=True,
            elsewhere=dict.fromkeys(
                ("categoricalcrossentropy", "sparsecategoricalcrossentropy", "crossentropylosslayer", "ce"),
                _MEAN,
            ),
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
            "probabilities", "entry", ("sigmoid", "softmax"), _SIGMOID.format("binary_cross_entropy_logits"),
            smooths=True, logarithms=True, positives="binary_weighted",
            elsewhere=dict.fromkeys(("bce", "binarycrossentropy", "logloss", "logisticloss"), _MEAN),
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
            "classes", "example", ("linear",), _ITSELF.format("softmax", "cross_entropy"),
            linear=True, smooths=True, logarithms=True,
            elsewhere=dict.fromkeys(
                ("softmaxcrossentropy", "softmaxcrossentropywithlogits", "crossentropy", "xent"), _MEAN
            ),
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
            "probabilities", "entry", ("linear",), _ITSELF.format("sigmoid", "binary_cross_entropy"),
            smooths=True, logarithms=True, positives="binary_weighted_logits",
            elsewhere=dict.fromkeys(
                ("bcewithlogits", "binarycrossentropywithlogits", "sigmoidcrossentropywithlogits"), _MEAN
            ),
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
    loss(
        "binary_weighted", "p y",
        Form(
            "m n, m n -> 1 1",
            {
                "p": "g * ((1 - y) ./ (1 - p) - pos_weight * (y ./ p))",
                "y": "g * (log(1 - p) - pos_weight * log(p))",
            },
            "-sum(i, sum(j, pos_weight * y[i,j] * log(p[i,j]) + (1 - y[i,j]) * log(1 - p[i,j])))",
        ),
        settings={"pos_weight": "1"},
        careful={
            "out": "-sum(pos_weight * xlogy(y, p) + xlogy(1 - y, 1 - p))",
            "p": "g * (xdivy(1 - y, 1 - p) - pos_weight * xdivy(y, p))",
        },
        fused={"sigmoid": "binary_weighted_logits"},
        about=Loss(
            "probabilities", "entry", ("sigmoid", "softmax"), _SIGMOID.format("binary_cross_entropy_logits"),
            smooths=True, logarithms=True, positives="binary_weighted",
        ),
        meaning="-sum(pos_weight * y .* log(p) + (1 - y) .* log(1 - p))",
        partial=DOMAIN, summary="binary cross-entropy with the terms of what is so times `pos_weight`",
        source="King and Zeng 2001",
        cases=(Case("0.25, 1, pos_weight=3", 4.1588830833596715), Case("0.25, 0, pos_weight=3", 0.2876820724517809)),
    ),
    loss(
        "binary_weighted_logits", "z y",
        Form(
            "m n, m n -> 1 1",
            {
                "z": "g * ((1 - y) .* sigmoid(z) - pos_weight * (y .* sigmoid(-z)))",
                "y": "g * (pos_weight * softplus(-z) - softplus(z))",
            },
            "sum(i, sum(j, pos_weight * y[i,j] * softplus(-z[i,j]) + (1 - y[i,j]) * softplus(z[i,j])))",
        ),
        settings={"pos_weight": "1"},
        about=Loss(
            "probabilities", "entry", ("linear",), _ITSELF.format("sigmoid", "binary_cross_entropy"),
            smooths=True, logarithms=True, positives="binary_weighted_logits",
        ),
        careful={"out": "sum(pos_weight * y .* softplus(-z) + (1 - y) .* softplus(z))"},
        partial=False,
        meaning="-sum(pos_weight * y .* log(sigmoid(z)) + (1 - y) .* log(1 - sigmoid(z)))",
        summary="`binary_weighted` of sigmoid(z), finite for any logits z",
        source="King and Zeng 2001",
        cases=(Case("0, 1, pos_weight=3", 2.0794415416798357), Case("-1000, 1, pos_weight=2", 2000)),
    ),
    loss(
        "negative_log_likelihood", "l y",
        Form("m n, m n -> 1 1", {"l": "-g * y", "y": "-g * l"}, "-sum(i, sum(j, y[i,j] * l[i,j]))"),
        fused={"log_softmax": "cross_entropy_logits"},
        about=Loss(
            "classes", "example", ("log_softmax",),
            "it is of logarithms of probabilities; of the linear output take `cross_entropy_logits`",
            linear=True, smooths=True, logarithms=True,
            elsewhere=dict.fromkeys(("nll", "negloglikelihood", "neglogprob"), _MEAN),
        ),
        meaning="-sum(y .* l)",
        summary="minus the sum of y l, from logarithms l of probabilities",
        source="Bishop, Pattern Recognition and Machine Learning, (4.108)",
        cases=(Case("[-1, -2], [0, 1]", 2),),
    ),
    loss(
        "kl_divergence", "p y",
        Form("m n, m n -> 1 1", {"p": "-g * (y ./ p)", "y": "g * (log(y ./ p) + 1)"}, ""),
        careful={"out": "sum(xlogy(y, xdivy(y, p)))", "p": "-g * xdivy(y, p)"},
        about=Loss(
            "classes", "example", ("softmax", "sigmoid"), 'end with activation = "softmax"', logarithms=True,
            elsewhere=dict.fromkeys(
                ("kldiv", "kld", "kl", "relativeentropy", "kldivergence", "kullbackleiblerdivergence"), _MEAN
            ),
        ),
        meaning="sum(y .* log(y ./ p))",
        partial=DOMAIN, summary="the sum of y log(y / p), from probabilities p",
        source="Bishop, Pattern Recognition and Machine Learning, (1.113)",
        cases=(Case("[0.25, 0.75], [0.5, 0.5]", 0.14384103622589045), Case("[0.5, 0.5], [1, 0]", 0.6931471805599453)),
    ),
    loss(
        "focal", "p y",
        Form("m n, m n -> 1 1", {"p": f"g * ({_ONE_FOCAL})"}, ""),
        settings={"gamma": "2"},
        careful={
            "out": "-sum((1 - p).^gamma .* xlogy(y, p))",
            "p": "g * (power_slope(1 - p, gamma) .* xlogy(y, p) - (1 - p).^gamma .* xdivy(y, p))",
        },
        fused={"softmax": "focal_logits"},
        about=Loss(
            "classes", "example", ("softmax", "sigmoid"), _SOFTMAX.format("focal_logits"),
            linear=True, logarithms=True, may_be_0=("gamma",),
        ),
        meaning="-sum(y .* (1 - p).^gamma .* log(p))",
        partial=DOMAIN, summary="cross-entropy with each term times (1 - p)^gamma, from probabilities p",
        source="Lin, Goyal, Girshick, He and Dollár 2017, (4)",
        cases=(
            Case("[0.5, 0.5], [1, 0]", 0.17328679513998632),
            Case("[0.25, 0.75], [1, 0], gamma=1", 1.0397207708399179),
        ),
    ),
    loss(
        "focal_logits", "z y",
        Form("m 1, m 1 -> 1 1", {"z": f"g * ({_FOCAL} - softmax(z) * sum({_FOCAL}))"}, ""),
        Form("m n, m n -> 1 1", {"z": f"g * ({_FOCAL} - softmax(z) .* (ones(m, m) * ({_FOCAL})))"}, ""),
        settings={"gamma": "2"},
        careful={
            "out": "-sum(y .* (-expm1(log_softmax(z))).^gamma .* log_softmax(z))",
            "z": f"-g * softmax_residual(softmax(z), {_CAREFUL_FOCAL})",
        },
        about=Loss(
            "classes", "example", ("linear",), _ITSELF.format("softmax", "focal"),
            linear=True, logarithms=True, may_be_0=("gamma",),
        ),
        meaning="-sum(y .* (1 - softmax(z)).^gamma .* log(softmax(z)))",
        partial=False, summary="`focal` of softmax(z), finite for any logits z",
        source="Lin, Goyal, Girshick, He and Dollár 2017, (4)",
        cases=(Case("[0, 0], [1, 0]", 0.17328679513998632), Case("[0, 1000], [1, 0]", 1000)),
    ),
    loss(
        "binary_focal", "p y",
        Form("m n, m n -> 1 1", {"p": f"g * ({_ONE_FOCAL} - (1 - y) .* ({_OTHER_FOCAL}))"}, ""),
        settings={"gamma": "2"},
        careful={
            "out": "-sum((1 - p).^gamma .* xlogy(y, p) + p.^gamma .* xlogy(1 - y, 1 - p))",
            "p": "g * (power_slope(1 - p, gamma) .* xlogy(y, p) - (1 - p).^gamma .* xdivy(y, p)"
            " - power_slope(p, gamma) .* xlogy(1 - y, 1 - p) + p.^gamma .* xdivy(1 - y, 1 - p))",
        },
        fused={"sigmoid": "binary_focal_logits"},
        about=Loss(
            "probabilities", "entry", ("sigmoid", "softmax"), _SIGMOID.format("binary_focal_logits"),
            logarithms=True, may_be_0=("gamma",),
        ),
        meaning="-sum(y .* (1 - p).^gamma .* log(p) + (1 - y) .* p.^gamma .* log(1 - p))",
        partial=DOMAIN,
        summary="binary cross-entropy with each term times (1 - p)^gamma, p the probability of what is so",
        source="Lin, Goyal, Girshick, He and Dollár 2017, (4)",
        cases=(Case("0.5, 1", 0.17328679513998632), Case("0.75, 0, gamma=1", 1.0397207708399179)),
    ),
    loss(
        "binary_focal_logits", "z y",
        Form(
            "m n, m n -> 1 1",
            {"z": f"g * ((1 - y) .* {_SO.format('z', '-z')} - y .* {_SO.format('-z', 'z')})"}, "",
        ),
        settings={"gamma": "2"},
        careful={
            "out": "sum(y .* sigmoid(-z).^gamma .* softplus(-z) + (1 - y) .* sigmoid(z).^gamma .* softplus(z))",
        },
        about=Loss(
            "probabilities", "entry", ("linear",), _ITSELF.format("sigmoid", "binary_focal"),
            logarithms=True, may_be_0=("gamma",), elsewhere={"sigmoidfocal": ""},
        ),
        meaning="-sum(y .* (1 - sigmoid(z)).^gamma .* log(sigmoid(z))"
        " + (1 - y) .* sigmoid(z).^gamma .* log(1 - sigmoid(z)))",
        partial=False, summary="`binary_focal` of sigmoid(z), finite for any logits z",
        source="Lin, Goyal, Girshick, He and Dollár 2017, (4)",
        cases=(Case("0, 1", 0.17328679513998632), Case("-1000, 1", 1000)),
    ),
    loss(
        "hinge", "p y",
        about=Loss("signs", elsewhere={"svm": _MEAN}),
        meaning="sum(max(0, 1 - y .* p))",
        never_negative=True,
        summary="the sum of max(0, 1 - y p), for targets -1 and 1",
        source="Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 10.6",
        cases=(Case("0.5, 1", 0.5), Case("[0.6, 0.4, 0.4, 0.6], [-1, 1, -1, -1]", 5.2)),
    ),
    loss(
        "squared_hinge", "p y",
        Form(
            "m n, m n -> 1 1",
            {"p": "-2 * g * (y .* max(0, 1 - y .* p))", "y": "-2 * g * (p .* max(0, 1 - y .* p))"}, "",
        ),
        about=Loss("signs"),
        meaning="sum(max(0, 1 - y .* p).^2)",
        never_negative=True,
        summary="the sum of max(0, 1 - y p)^2, for targets -1 and 1",
        source="Rosset and Zhu 2007",
        cases=(Case("0.5, 1", 0.25), Case("[0.6, 0.4, 0.4, 0.6], [-1, 1, -1, -1]", 7.44)),
    ),
    structural(
        "right_score", "s y",
        Form(
            "n p, n p -> n p",
            {"s": "y .* (ones(n, n) * g)", "y": "s .* (ones(n, n) * g)"}, "sum(k, y[k,j] * s[k,j])",
        ),
        meaning="ones(n, n) * (y .* s)",
        summary="the score of each column's right class, where y has its 1, in every place of the column",
        cases=(Case("5, 1", 5), Case("[3, 5, 4], [0, 1, 0]", 5)),
    ),
    loss(
        "multiclass_hinge", "s y",
        Form("m 1, m 1 -> 1 1", {"s": f"g * ({_MISSED} - y * sum({_MISSED}))"}, _MARGINS),
        Form("m n, m n -> 1 1", {"s": f"g * ({_MISSED} - y .* (ones(m, m) * {_MISSED}))"}, _MARGINS),
        settings={"margin": "1"},
        about=Loss(
            "class", "example", may_be_0=("margin",), elsewhere={"multimargin": f'{_MEAN}, per = "entries"'}
        ),
        meaning="sum((1 - y) .* max(0, s - right_score(s, y) + margin))",
        summary="the sum over the other classes of max(0, score - score of the right class + margin)",
        source="CS231n, Linear classification; Weston and Watkins 1999",
        cases=(Case("[13, -7, 11], [1, 0, 0], margin=10", 8), Case("[3.2, 5.1, -1.7], [1, 0, 0]", 2.9)),
    ),
)  # fmt: skip

#: Of pairs of columns.
_PAIRS: tuple[Operation, ...] = (
    structural(
        "distances", "A B",
        Form(
            "n p, n p -> 1 p",
            {
                "A": "(A - B) .* (ones(n) * (g ./ out))",
                "B": "(B - A) .* (ones(n) * (g ./ out))",
            },
            "sqrt(sum(k, (A[k,j] - B[k,j])^2))",
        ),
        careful={
            "A": "xdivy(A - B, ones(n) * out) .* (ones(n) * g)", "B": "xdivy(B - A, ones(n) * out) .* (ones(n) * g)",
        },
        meaning="sqrt(ones(n)' * (A - B).^2)",
        numpy="np.sqrt(np.sum((A - B)**2, 0, keepdims=True))",
        kink=Kink("out", "the slope of a distance of 0 is taken as 0"),
        partial=False, never_negative=True,
        summary="the Euclidean distance of each column of A from that of B",
        source="Boyd and Vandenberghe, Introduction to Applied Linear Algebra, 3.2",
        cases=(Case("[3, 4], [0, 0]", 5),),
    ),
    structural(
        "cosine_similarity", "A B",
        Form(
            "n 1, n 1 -> 1 1",
            {
                "A": "g * (B / (norm2(A) * norm2(B)) - out / norm2(A)^2 * A)",
                "B": "g * (A / (norm2(A) * norm2(B)) - out / norm2(B)^2 * B)",
            },
            "",
        ),
        Form(
            "n p, n p -> 1 p",
            {
                "A": f"(ones(n) * (g ./ {_LENGTHS})) .* B - (ones(n) * (g .* out ./ (ones(n)' * A.^2))) .* A",
                "B": f"(ones(n) * (g ./ {_LENGTHS})) .* A - (ones(n) * (g .* out ./ (ones(n)' * B.^2))) .* B",
            },
            "",
        ),
        meaning=f"(ones(n)' * (A .* B)) ./ {_LENGTHS}",
        summary="the cosine of the angle between each column of A and that of B",
        source="Boyd and Vandenberghe, Introduction to Applied Linear Algebra, 3.4",
        cases=(Case("[3, 4], [4, 3]", 0.96), Case("[1, 0], [0, 1]", 0)),
    ),
    loss(
        "cosine_distance", "p y",
        "m n, m n -> 1 1",
        about=Loss(
            per="example",
            elsewhere=dict.fromkeys(("cosinesimilarity", "cosineembedding", "cosine"), "1 minus the similarity"),
        ),
        meaning="sum(1 - cosine_similarity(p, y))",
        never_negative=True,
        summary="the sum of 1 - cosine_similarity(p, y) over columns",
        source="Boyd and Vandenberghe, Introduction to Applied Linear Algebra, 3.4",
        cases=(Case("[3, 4], [4, 3]", 0.04), Case("[1, 0], [0, 1]", 1)),
    ),
    loss(
        "triplet", "a p q",
        "m n, m n, m n -> 1 1",
        settings={"margin": "1"},
        about=Loss(per="example", others={"q": "negative"}, may_be_0=("margin",), elsewhere={"tripletmargin": ""}),
        meaning="sum(max(0, distances(a, p) - distances(a, q) + margin))",
        numpy="np.sum(np.maximum(0, np.sqrt(np.sum((a - p)**2, 0)) - np.sqrt(np.sum((a - q)**2, 0)) + margin))",
        never_negative=True,
        summary="the sum of max(0, distance of a from p - that from q + margin), column by column",
        source="Schroff, Kalenichenko and Philbin 2015",
        cases=(Case("[0, 0], [3, 4], [6, 8]", 0), Case("[0, 0], [6, 8], [3, 4], margin=2", 7)),
    ),
    loss(
        "contrastive", "a b y",
        Form(
            "m n, m n, 1 n -> 1 1",
            {
                "a": f"g * ((a - b) .* (ones(m) * (1 - y)) - (a - b) .* (ones(m) * ({_NEARER} ./ {_DISTANCE})))",
                "b": f"g * ((b - a) .* (ones(m) * (1 - y)) - (b - a) .* (ones(m) * ({_NEARER} ./ {_DISTANCE})))",
            },
            "",
        ),
        settings={"margin": "1"},
        about=Loss("labels", per="example", others={"b": "other"}, may_be_0=("margin",)),
        careful={
            "a": f"g * ((a - b) .* (ones(m) * (1 - y)) - xdivy(a - b, ones(m) * {_DISTANCE}) .* (ones(m) * {_NEARER}))",
            "b": f"g * ((b - a) .* (ones(m) * (1 - y)) - xdivy(b - a, ones(m) * {_DISTANCE}) .* (ones(m) * {_NEARER}))",
        },
        meaning="sum((1 - y) .* (ones(m)' * (a - b).^2) + y .* max(0, margin - distances(a, b)).^2) / 2",
        numpy=(
            "np.sum((1 - y) * np.sum((a - b)**2, 0)"
            " + y * np.maximum(0, margin - np.sqrt(np.sum((a - b)**2, 0)))**2) / 2"
        ),
        summary="half the squared distance of a and b where y is 0, alike; where y is 1, that to `margin` if nearer",
        source="Hadsell, Chopra and LeCun 2006, (4)",
        cases=(Case("[0, 0], [3, 4], 0", 12.5), Case("[0, 0], [3, 4], 1, margin=7", 2)),
    ),
)  # fmt: skip

LOSSES: tuple[Operation, ...] = (
    *_REGRESSION, *_CLASSIFICATION, *_PAIRS,
)  # fmt: skip
