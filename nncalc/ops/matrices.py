"""Matrix calculus: traces, determinants, inverses, norms, and what arranges entries anew.

`vec` stacks columns, so vec(A X B) is kron(B', A) vec(X). Sizes in a product are kept apart, kron(eye(m), eye(n)),
never eye(m*n). An empty `element` says that `elements` knows how to take the operation apart.
"""

from nncalc.ops.kinds import (
    DATA,
    DOMAIN,
    OVERFLOW,
    Case,
    Fence,
    Form,
    Function,
    Kink,
    Lines,
    Operation,
    Pattern,
    structural,
)

_SQUARE: tuple[Operation, ...] = (
    structural(
        "tr", "A",
        Form("n n -> 1 1", {"A": "g * eye(n)"}, "sum(i, A[i,i])"),
        notation=Function("tr", latex=r"\operatorname{tr}"),
        linear=True,
        elsewhere=("trace",),
        summary="the trace of a square matrix, the sum of its diagonal",
        source="The Matrix Cookbook, 2.5",
        cases=(Case("[[1, 2], [3, 5]]", 6),),
    ),
    structural(
        "det", "A",
        Form("n n -> 1 1", {"A": "g * out * inv(A)'"}, ""),
        careful={"A": "g * adj(A)'"},
        notation=Function("det", latex=r"\det"),
        elsewhere=("determinant",),
        summary="the determinant of a square matrix",
        source="The Matrix Cookbook, 2.1",
        cases=(Case("7", 7), Case("[[1, 2], [3, 4]]", -2), Case("[[1, 2, 3], [4, 5, 6], [7, 8, 9]]", 0)),
    ),
    structural(
        "logdet", "A",
        Form("n n -> 1 1", {"A": "g * inv(A)'"}, ""),
        meaning="log(det(A))",
        partial=DOMAIN, domain="the determinant is positive",
        summary="the logarithm of the determinant, which must be positive",
        source="The Matrix Cookbook, 2.1",
        cases=(Case("[[2, 1], [1, 3]]", 1.6094379124341003), Case("1", 0)),
    ),
    structural(
        "inv", "A",
        Form("n n -> n n", {"A": "-(out' * g * out')"}, ""),
        partial=DOMAIN, domain="the determinant is not 0",
        elsewhere=("inverse", "matrix_inverse"),
        summary="the inverse of a square matrix; A^-1 is the same",
        source="The Matrix Cookbook, 2.2",
        cases=(Case("[[4, 2], [1, 1]]", 0.5), Case("4", 0.25)),
    ),
    structural(
        "adj", "A",
        Form("n n -> n n", {"A": "sum(g .* out) * inv(A)' - inv(A)' * g * out'"}, ""),
        careful={"A": "adj_gradient(A, g)"},
        meaning="det(A) * inv(A)",
        summary="the adjugate of a square matrix, det(A) * inv(A) where there is an inverse",
        source="Magnus and Neudecker, Matrix Differential Calculus, 8",
        cases=(Case("[[1, 2], [3, 4]]", 4), Case("[[1, 2], [2, 4]]", 4), Case("7", 1)),
    ),
    structural(
        "adj_gradient", "A G",
        Form("n n, n n -> n n", {"G": "adj_gradient(A, g')'"}, ""),
        meaning="sum(G .* adj(A)) * inv(A)' - inv(A)' * G * adj(A)'",
        partial=False,
        summary="what A receives of G, the gradient of adj(A); a matrix without an inverse has it too",
        source="Magnus and Neudecker, Matrix Differential Calculus, 8",
        cases=(Case("[[1, 2], [2, 4]], [[1, 1], [1, 1]]", 1), Case("7, 2", 0)),
    ),
)  # fmt: skip

_NORM = Fence("‖", "‖", r"\lVert", r"\rVert", matrix="F")

_NORMS: tuple[Operation, ...] = (
    structural(
        "norm2", "A",
        Form("m n -> 1 1", {"A": "g / out * A"}, "sqrt(sum(i, sum(j, A[i,j]^2)))"),
        notation=Function("norm2", fence=_NORM),
        careful={"out": "norm2_scaled(A)", "A": "g * xdivy(A, out)"},
        kink=Kink("out", "‖A‖₂′ = 0 at 0"),
        meaning="sqrt(sum(A.^2))", square="sum(A.^2)",
        partial=OVERFLOW, never_negative=True,
        elsewhere=("norm", "l2_norm", "frobenius", "frobenius_norm", "euclidean_norm"),
        summary="the Euclidean norm, of a matrix the Frobenius norm; its slope at 0 is taken as 0",
        lines=Lines(
            "{g ./ out} .* A", "sqrt(sum(k, A[k]^2))", "sqrt(sum(A.^2, over))",
            careful={"out": "norm2_scaled(A, over)", "A": "{g} .* xdivy(A, {out})"}, square="sum(A.^2, over)",
            numpy="np.linalg.norm(A, axis=AXIS, keepdims=True)",
        ),
        source="The Matrix Cookbook, 2.6",
        cases=(Case("[3, 4]", 5), Case("[1e200, 1e200]", 1.4142135623730951e200), Case("[[1, 2], [2, 4]]", 5)),
    ),
    structural(
        "norm2_scaled", "A",
        Form("m n -> 1 1", {"A": "g / out * A"}, ""),
        Form("numbers", {"A": "g / out * A"}, ""),
        variadic=True, runs=True,
        careful={"A": "g * xdivy(A, out)"},
        kink=Kink("out", "‖A‖₂′ = 0 at 0"),
        meaning="sqrt(sum(A.^2))",
        partial=OVERFLOW, never_negative=True,
        lines=Lines(
            "{g ./ out} .* A", "norm2_scaled(k, A[k])", "sqrt(sum(A.^2, over))",
            careful={"A": "{g} .* xdivy(A, {out})"},
            numpy="np.linalg.norm(A, axis=AXIS, keepdims=True)",
        ),
        summary="norm2, computed so that no square overflows or vanishes",
        source="The Matrix Cookbook, 2.6",
        cases=(Case("[3, 4]", 5), Case("[1e-200, 1e-200]", 1.4142135623730951e-200)),
    ),
    structural(
        "norm1", "A",
        Form("m n -> 1 1", {"A": "g * sign(A)"}, "sum(i, sum(j, abs(A[i,j])))"),
        notation=Function("norm1", fence=_NORM._replace(below="1", matrix="")),
        kink=Kink("A", "|x|′ = 0 at 0"),
        meaning="sum(abs(A))",
        never_negative=True,
        elsewhere=("l1_norm",),
        summary="the sum of the absolute values of all entries",
        lines=Lines(
            "{g} .* sign(A)", "sum(k, abs(A[k]))", "sum(abs(A), over)",
            numpy="np.sum(np.abs(A), axis=AXIS, keepdims=True)",
        ),
        source="Boyd and Vandenberghe, Convex Optimization, A.1.2",
        cases=(Case("[3, -4]", 7), Case("[[1, -2], [0, 4]]", 7)),
    ),
    structural(
        "inner", "A B",
        Form("m n, m n -> 1 1", {"A": "g * B", "B": "g * A"}, "sum(i, sum(j, A[i,j] * B[i,j]))"),
        notation=Function("inner", fence=Fence("⟨", "⟩", r"\langle", r"\rangle")),
        meaning="sum(A .* B)",
        summary="the inner product of two matrices of one shape, tr(A' * B)",
        source="The Matrix Cookbook, 2.5",
        cases=(Case("[1, 2], [3, 4]", 11),),
    ),
)  # fmt: skip

_ARRANGED: tuple[Operation, ...] = (
    structural(
        "diag", "x",
        Form("n 1 -> n n", {"x": "dg(g)"}, "", general="x[i,1] * delta(i, j)"),
        linear=True,
        summary="the square matrix with a column on its diagonal, 0 elsewhere",
    ),
    structural(
        "dg", "A",
        Form("n n -> n 1", {"A": "diag(g)"}, "", general="A[i,i]"),
        linear=True,
        summary="the diagonal of a square matrix, as a column",
    ),
    structural(
        "vec", "A",
        Form("m n -> m*n 1", {"A": "kron(vec(eye(n))', eye(m)) * kron(eye(n), g)"}, ""),
        linear=True,
        summary="the columns of a matrix, one below the other",
        source="The Matrix Cookbook, 10.2",
    ),
    structural(
        "kron", "A B",
        Form(
            "m n, p q -> m*p n*q",
            {
                "A": "kron(eye(m), vec(B')') * kron(g, eye(q)) * kron(eye(n), vec(eye(q)))",
                "B": "kron(vec(A)', eye(p)) * kron(eye(n), g) * kron(vec(eye(n)), eye(q))",
            },
            "",
        ),
        linear=True,
        summary="the Kronecker product: A with each entry replaced by it times B",
        source="The Matrix Cookbook, 10.2",
    ),
    structural(
        "eye", "n",
        Form("sizes", {"n": DATA}, "", sized="n n", general="delta(i, j)"),
        notation=Function(
            "eye",
            paper=Pattern("I({0})"),
            tex=Pattern("I_{{{0}}}"),
            mathml=Pattern("<msub><mi>I</mi><mrow>{0}</mrow></msub>"),
        ),
        never_negative=True,
        elsewhere=("identity_matrix", "speye"),
        summary="eye(n) is the identity matrix of n rows",
    ),
    structural(
        "zeros", "m n",
        Form("sizes", {"m": DATA, "n": DATA}, "", general="0"),
        never_negative=True,
        summary="zeros(n) is a column of n zeros, zeros(m, n) a matrix of them",
    ),
    structural(
        "comm", "m n",
        Form("sizes", {"m": DATA, "n": DATA}, "", sized="m*n m*n"),
        notation=Function(
            "comm",
            tex=Pattern("K_{{{0},{1}}}"),
            mathml=Pattern("<msub><mi>K</mi><mrow>{0}<mo>,</mo>{1}</mrow></msub>"),
        ),
        never_negative=True,
        summary="the commutation matrix: comm(m, n) * vec(A) is vec(A') for an A of m rows and n columns",
        source="Magnus and Neudecker, Matrix Differential Calculus, 3.7",
    ),
)  # fmt: skip

MATRICES: tuple[Operation, ...] = (*_SQUARE, *_NORMS, *_ARRANGED)
