"""The elementary functions, entry by entry. Logarithms are natural, angles in radians."""

from nncalc.ops.kinds import DOMAIN, OVERFLOW, Case, Function, Operation, Undone, elementwise

ELEMENTARY: tuple[Operation, ...] = (
    elementwise(
        "exp", "x", slope={"x": "out"}, partial=OVERFLOW, never_negative=True, positive=True,
        undone=Undone("log(c)", "positive"),
        summary="e to the power x",
        notation=Function("exp", latex=r"\exp"),
        cases=(Case("0", 1), Case("1", 2.718281828459045)),
    ),
    elementwise(
        "log", "x", slope={"x": "1 ./ x"}, partial=DOMAIN,
        undone=Undone("exp(c)", ""),
        summary="the natural logarithm",
        notation=Function("log", latex=r"\log"),
        cases=(Case("1", 0), Case("2", 0.6931471805599453)),
    ),
    elementwise(
        "sqrt", "x", slope={"x": "1 ./ (2 * out)"}, partial=DOMAIN, never_negative=True,
        summary="the square root",
        cases=(Case("9", 3), Case("2", 1.4142135623730951)),
    ),
    elementwise(
        "sin", "x", slope={"x": "cos(x)"}, parity="odd",
        summary="the sine",
        notation=Function("sin", latex=r"\sin"),
        cases=(Case("1", 0.8414709848078965),),
    ),
    elementwise(
        "cos", "x", slope={"x": "-sin(x)"}, parity="even",
        summary="the cosine",
        notation=Function("cos", latex=r"\cos"),
        cases=(Case("1", 0.5403023058681398),),
    ),
    elementwise(
        "tan", "x", slope={"x": "1 + out.^2"}, parity="odd",
        summary="the tangent",
        notation=Function("tan", latex=r"\tan"),
        cases=(Case("1", 1.557407724654902),),
    ),
    elementwise(
        "sinh", "x", slope={"x": "cosh(x)"}, meaning="(exp(x) - exp(-x)) / 2", partial=OVERFLOW,
        parity="odd",
        summary="the hyperbolic sine",
        notation=Function("sinh", latex=r"\sinh"),
        cases=(Case("1", 1.1752011936438014),),
    ),
    elementwise(
        "cosh", "x", slope={"x": "sinh(x)"}, meaning="(exp(x) + exp(-x)) / 2", partial=OVERFLOW,
        parity="even", never_negative=True, positive=True,
        summary="the hyperbolic cosine",
        notation=Function("cosh", latex=r"\cosh"),
        cases=(Case("1", 1.5430806348152437),),
    ),
    elementwise(
        "asin", "x", slope={"x": "1 ./ sqrt(1 - x.^2)"}, partial=DOMAIN, parity="odd",
        summary="the inverse sine",
        notation=Function("asin", latex=r"\arcsin", also=("arcsin",)),
        cases=(Case("0.5", 0.5235987755982989),),
    ),
    elementwise(
        "acos", "x", slope={"x": "-1 ./ sqrt(1 - x.^2)"}, partial=DOMAIN, never_negative=True,
        summary="the inverse cosine",
        notation=Function("acos", latex=r"\arccos", also=("arccos",)),
        cases=(Case("0.5", 1.0471975511965979),),
    ),
    elementwise(
        "atan", "x", slope={"x": "1 ./ (1 + x.^2)"}, parity="odd", summary="the inverse tangent",
        notation=Function("atan", latex=r"\arctan", also=("arctan",)),
        cases=(Case("1", 0.7853981633974483),),
    ),
    elementwise(
        "log1p", "x", slope={"x": "1 ./ (1 + x)"}, meaning="log(1 + x)", partial=DOMAIN,
        summary="log(1 + x), exact for a small x",
        cases=(Case("1", 0.6931471805599453), Case("1e-20", 1e-20)),
    ),
    elementwise(
        "expm1", "x", slope={"x": "exp(x)"}, meaning="exp(x) - 1", partial=OVERFLOW,
        summary="exp(x) - 1, exact for a small x",
        cases=(Case("1", 1.718281828459045), Case("1e-20", 1e-20)),
    ),
    elementwise(
        "erf", "x", slope={"x": "1.1283791670955126 * exp(-x.^2)"},
        parity="odd",
        summary="the error function; its slope at 0 is 2/sqrt(pi)",
        cases=(Case("1", 0.8427007929497149),),
    ),
    elementwise(
        "xlogy", "x y", slope={"x": "log(y)", "y": "xdivy(x, y)"}, meaning="x .* log(y)",
        partial=DOMAIN, summary="x log(y), and 0 where x is 0",
        cases=(Case("0, 0", 0), Case("3, 2", 2.0794415416798357)),
    ),
    elementwise(
        "xdivy", "x y",
        slope={"x": "1 ./ y", "y": "-xdivy(x, y.^2)"}, meaning="x ./ y",
        partial=DOMAIN, summary="x / y, and 0 where x is 0",
        cases=(Case("0, 0", 0), Case("3, 4", 0.75)),
    ),
)  # fmt: skip
