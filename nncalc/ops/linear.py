"""What acts on whole vectors and matrices: transpose, sums, the intercept, ones, brackets.

An empty `element` says that the operation only arranges entries; `elements` knows those few.
"""

from nncalc.ops.kinds import DATA, UNROLLED, Case, Form, Function, Operation, Pattern, Postfix, structural

LINEAR: tuple[Operation, ...] = (
    structural(
        "transpose", "A",
        Form("m n -> n m", {"A": "g'"}, "A[j,i]"),
        notation=Postfix("'", 40, unicode="ᵀ", latex=r"^\top", also=(".T",)),
        linear=True,
        arranges=True,
        summary="the transpose",
        source="The Matrix Cookbook, 1",
        cases=(Case("7", 7),),
    ),
    structural(
        "sum", "A",
        Form("m n -> 1 1", {"A": "g * ones(m, n)"}, "sum(i, sum(j, A[i,j]))"),
        linear=True, runs=True,
        summary="the sum of all entries",
        source="The Matrix Cookbook, 2.4",
        cases=(Case("[1, 2, 4]", 7),),
    ),
    structural(
        "mean", "A",
        Form("m n -> 1 1", {"A": "g / (m * n) * ones(m, n)"}, "sum(i, sum(j, A[i,j])) / (m * n)"),
        meaning="sum(A) / (m * n)",
        partial=False,
        summary="the mean of all entries",
        cases=(Case("[1, 2, 6]", 3),),
    ),
    structural(
        "intercept", "x",
        Form("n p -> n+1 p", {"x": "trim(g')'"}, ""),
        notation=Function(
            "intercept", paper=Pattern("[1; {0}]"), tex=Pattern(r"\begin{{bmatrix}} 1 \\ {0} \end{{bmatrix}}"),
            mathml=Pattern(
                "<mrow><mo>[</mo><mtable><mtr><mtd><mn>1</mn></mtd></mtr><mtr><mtd>{0}</mtd></mtr></mtable><mo>]</mo></mrow>"
            ),
        ),
        arranges=True,
        summary="x with a row of ones put first, to meet the intercepts in column 0",
    ),
    structural(
        "trim", "A",
        Form("m n+1 -> m n", {"A": "pad(g)"}, ""),
        linear=True, arranges=True,
        summary="A without its first column, which holds the intercepts",
    ),
    structural(
        "pad", "A",
        Form("m n -> m n+1", {"A": "trim(g)"}, ""),
        notation=Function("pad", paper=Pattern("[0 | {0}]"), tex=Pattern(r"[\,0 \;|\; {0}\,]"),
            mathml=Pattern('<mrow><mo>[</mo><mn>0</mn><mo form="infix">|</mo>{0}<mo>]</mo></mrow>'),
        ),
        linear=True, arranges=True,
        summary="A with a column of zeros put first, which a part without it came from",
    ),
    structural(
        "ones", "m n",
        Form("sizes", {"m": DATA, "n": DATA}, "", general="1"),
        never_negative=True,
        arranges=True,
        summary="ones(n) is a column of n ones, ones(m, n) a matrix of them",
    ),
    structural(
        "lse", "A",
        Form("n 1 -> 1 1", {"A": "g * softmax(A)"}, "lse(i, A[i,1])"),
        Form("numbers", {"A": "g * exp(A - out)"}, ""),
        Form("m n -> 1 1", {"A": "g * exp(A - out)"}, "lse(i, lse(j, A[i,j]))"),
        variadic=True, runs=True,
        meaning="log(sum(exp(A)))",
        summary="log(sum(exp(A))), finite for any A",
        source="Boyd and Vandenberghe, Convex Optimization, 3.1.5",
        cases=(Case("[0, 0]", 0.6931471805599453), Case("[1000, 0]", 1000)),
    ),
    structural(
        "column", "x",
        Form("entries", {"x": UNROLLED}, ""),
        notation=Function("stack"),
        variadic=True,
        arranges=True,
        summary="columns, matrices or numbers under each other, [x, 1]",
    ),
    structural(
        "row", "x",
        Form("entries", {"x": UNROLLED}, ""),
        notation=Function("beside"),
        variadic=True,
        arranges=True,
        summary="columns, matrices or numbers side by side, [[A, B]]",
    ),
    structural(
        "matrix", "x",
        Form("entries", {"x": UNROLLED}, ""),
        variadic=True,
        arranges=True,
        summary="rows of numbers or of blocks, written [[1, 2], [3, 4]]",
    ),
    structural(
        "rows", "A first last",
        Form("part", {"A": UNROLLED, "first": DATA, "last": DATA}, ""),
        notation=Function("rows"),
        linear=True, arranges=True,
        summary="the rows of A from the first to the last, counted from 1",
    ),
    structural(
        "columns", "A first last",
        Form("part", {"A": UNROLLED, "first": DATA, "last": DATA}, ""),
        notation=Function("columns"),
        linear=True, arranges=True,
        summary="the columns of A from the first to the last, counted from 1",
    ),
)  # fmt: skip
