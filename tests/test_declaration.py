"""Declared and inferred shapes: what may be written, what is assumed, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncalc.graph.shapes import SCALAR, Unknown, text_of
from nncalc.language.formula import name
from nncalc.language.parser import read
from nncalc.problems import Problem, Span
from nncalc.shaping.declaration import Declaration, declare, quantities_in


def declared(text: str, *shapes: str, wrt: str | None = None, assume: Iterable[str] = ()) -> Declaration:
    parsed = read(text)
    of = name(wrt) if wrt else quantities_in(parsed.formula)[0]
    return declare(parsed, of, list(shapes), list(assume))


def found(text: str, *shapes: str, assume: Iterable[str] = ()) -> str:
    declaration = declared(text, *shapes, assume=assume)
    return ", ".join(f"{n} {text_of(declaration.shapes.of(n))}" for n in quantities_in(read(text).formula))


def refused(text: str, *shapes: str, wrt: str | None = None, assume: Iterable[str] = ()) -> Problem:
    with pytest.raises(Problem) as caught:
        declared(text, *shapes, wrt=wrt, assume=assume)
    return caught.value


def declared_or_problem(text: str, *shapes: str) -> Declaration | Problem:
    try:
        return declared(text, *shapes)
    except Problem as problem:
        return problem


LEAST_SQUARES = "sum((y - X*theta).^2) + lam*sum(theta.^2)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LEAST_SQUARES, "y n×1, X n×d, theta d×1, lam 1×1"),
        ("norm2(y - X*theta)^2 + lam*norm2(theta)^2", "y n×1, X n×d, theta d×1, lam 1×1"),
        ("A*x", "A m×n, x n×1"),
        ("x'*A*x + b'*x", "x n×1, A n×n, b n×1"),
        ("a^b", "a 1×1, b 1×1"),
        ("sin(x*y)/z", "x 1×1, y 1×1, z 1×1"),
        ("x^2*y + y + 2", "x 1×1, y 1×1"),
        ("tr(A*X*B)", "A m×n, X n×d, B d×m"),
        ("X*W + ones(n)*b'", "X n×d, W d×k, b k×1"),
        ("logdet(S) + tr(inv(S)*A)", "S n×n, A n×n"),
        ("0.5*(beta'*relu(alpha*x) - y)^2", "beta k×1, alpha k×d, x d×1, y 1×1"),
        ("relu(w'*x + b)", "w n×1, x n×1, b 1×1"),
        ("x + z", "x n×1, z n×1"),
        ("t*x", "t 1×1, x n×1"),
        ("exp(-g*norm2(x - z)^2)", "g 1×1, x n×1, z n×1"),
        ("tr(X^2*B)", "X n×n, B n×n"),
        ("K^-1*y", "K n×n, y n×1"),
        ("W2*sigmoid(W1*x)", "W2 m×k, W1 k×d, x d×1"),
        ("norm2(L*relu(L*X*W1)*W2 - Y)^2", "L n×n, X n×d, W1 d×k, W2 k×m, Y n×m"),
        ("alpha*intercept(x)", "alpha k×(n+1), x n×1"),
        ("beta*intercept(relu(alpha*intercept(x)))", "beta m×(k+1), alpha k×(n+1), x n×1"),
        ("kron(A, B)*x - y", "A m×n, B p×k, x (k·n)×1, y (m·p)×1"),
        ("sum((y - X*theta).^2)/n", "y d×1, X d×m, theta m×1, n 1×1"),
        ("A*ones(n)", "A m×n"),
        ("A + x", "A n×1, x n×1"),
        ("λ*x", "lambda 1×1, x n×1"),
        ("u*v'*(p*q')*(r*s')", "u n×1, v d×1, p d×1, q m×1, r m×1, s k×1"),
    ],
)
def test_names_without_a_declaration_get_the_least_surprising_shape_that_fits(text: str, expected: str) -> None:
    assert found(text) == expected


def test_what_was_assumed_is_said() -> None:
    assert declared(LEAST_SQUARES, "y: n").assumed == (
        "`X` is n×d: an upper-case name is a matrix",
        "`theta` is d×1: a lower-case name is a column",
        "`lam` is 1×1: a name that is a number by custom",
    )
    assert declared("0.5*(beta'*relu(alpha*x) - y)^2", "x: d, beta: k").assumed == (
        "`alpha` is k×d: as a matrix it fits",
        "`y` is 1×1: as a number it fits",
    )
    assert declared("x*A", "x: n").assumed == ("`A` is 1×d: as a matrix of one row it fits",)
    assert declared("A + x", "x: n").assumed == ("`A` is n×1: as a matrix of one column it fits",)
    assert declared("x'*y", "x: n, y: n").assumed == ()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("n x d", ("n", "d")),
        ("n × d", ("n", "d")),
        ("n×d", ("n", "d")),
        ("n by d", ("n", "d")),
        ("(n, d)", ("n", "d")),
        ("[n, d]", ("n", "d")),
        ("(n x d)", ("n", "d")),
        ("3x4", (3, 4)),
        ("3 X 4", (3, 4)),
        ("n", ("n", 1)),
        ("(n,)", ("n", 1)),
        ("column n", ("n", 1)),
        ("row n", (1, "n")),
        ("1 x n", (1, "n")),
        ("9999999", (9999999, 1)),
        ("1", SCALAR),
        ("scalar", SCALAR),
        ("Scalar", SCALAR),
        ("()", SCALAR),
        ("d*p", ("d*p", 1)),
        ("p · d x 2*3", ("d*p", 6)),
        ("n+1 x d", ("n+1", "d")),
        ("2+3", (5, 1)),
        ("(n+1)*m x d", ("(n+1)*m", "d")),
        ("(n+1)*(m+1)", ("(m+1)*(n+1)", 1)),
        ("[(n + 1), d]", ("n+1", "d")),
        ("ν x d", ("nu", "d")),
    ],
)
def test_a_shape_is_written_in_many_ways(shape: str, expected: tuple[object, object]) -> None:
    declaration = declared("sum(Q)", f"Q: {shape}")
    assert declaration.shapes.of(name("Q")) == expected
    assert declaration.assumed == ()


def test_declarations_are_parted_by_commas_semicolons_or_options() -> None:
    one = found(LEAST_SQUARES, "X: n x d, y: n, theta: d, lam: 1")
    assert found(LEAST_SQUARES, "X: (n, d); y: n;", "theta: d\nlam: scalar") == one == found(LEAST_SQUARES)


def test_a_word_leaves_the_sizes_open() -> None:
    assert found("x'*S*x", "S: square, x: vector") == "x n×1, S n×n"
    assert found("x*y", "x: row", "y: matrix") == "x 1×m, y m×n"
    assert found("x*y", "x: column, y: row") == "x n×1, y 1×d"


def test_a_question_is_answered() -> None:
    declaration = declared(LEAST_SQUARES, "X: n x d, theta: ?, y: ? x 1")
    assert declaration.answers == {name("theta"): ("d", 1), name("y"): ("n", 1)}
    free = declared("W*x", "W: ? x 3, x: ?")
    assert free.answers == {name("W"): ("k", 3), name("x"): (3, 1)}
    assert free.assumed[-1] == "`W` is k×3, k being any size: nothing decides it"


@pytest.mark.parametrize(
    ("shapes", "code", "message", "hint"),
    [
        ("Q: n", "name", "`Q` is declared but the expression has no `Q`", "it has `y`, `X`, `theta`, `lam`"),
        ("thet: n", "name", "`thet` is declared but the expression has no `thet`", "did you mean `theta`?"),
        ("X: n x d, X: n", "usage", "`X` is declared twice: `n x d` and `n`", None),
        ("θ: d, theta: d", "usage", "`theta` is declared twice: `d` and `d`", None),
        ("n: n", "name", "`n` is both a quantity and a size", "the length of `n` needs a name of its own"),
        ("X: n x y", "name", "`y` is both a quantity and a size", "call one of them something else"),
        ("X: n x d, n: 5", "name", "`n` is both a quantity and a size", "a size has no shape of its own"),
        ("X", "usage", "`X` does not say what has which shape", "`X: n x d`"),
        ("X: n, d", "usage", "`d` does not say what has which shape", "two sizes are written `X: n x d`"),
        ("X = n x d", "usage", "`X = n x d` does not say what has which shape", "a colon stands between"),
        ("X:", "usage", "`X:` lacks a size", "a size is"),
        ("X: n x ?x", "usage", "`?x` in `X: n x ?x` is not a size", "a size is"),
        (": n", "usage", "`: n` lacks a name", "`X: n x d`"),
        ("2X: n", "usage", "`2X` in `2X: n` is not a name", "`X: n x d`"),
        ("", "usage", "--shapes is empty", "names a quantity"),
        ("X: n,,y: n", "usage", "--shapes `X: n,,y: n` has an empty place", "names a quantity"),
        ("X: 0", "usage", "`0` in `X: 0` is not a size", "from 1 to 9999999"),
        ("X: -1 x 2", "usage", "`-1` in `X: -1 x 2` is not a size", "from 1 to 9999999"),
        ("X: 2.5", "usage", "`2.5` in `X: 2.5` is not a size", "from 1 to 9999999"),
        ("X: 10000000", "usage", "`10000000` in `X: 10000000` is not a size", "from 1 to 9999999"),
        ("X: 9999*9999", "usage", "`X: 9999*9999` is too large", "from 1 to 9999999"),
        ("X: n-1", "usage", "`n-1` in `X: n-1` is not a size", "`n+1`"),
        ("X: n+", "usage", "`n+` in `X: n+` is not a size", "`n+1`"),
        ("X: n x d x k", "usage", "`X: n x d x k` has 3 sizes, a shape has two, rows and columns", "`X: n x d`"),
        ("X: nxd", "usage", "`nxd` in `X: nxd` is not a size", "two sizes are written `n x d`, with blanks"),
        ("X: 3xd", "usage", "`3xd` in `X: 3xd` is not a size", "two sizes are written `n x d`, with blanks"),
        ("X: n d", "usage", "`n d` in `X: n d` is not a size", "two sizes are written `n x d`, with blanks"),
        ("X: n x", "usage", "`n x` in `X: n x` is not a size", "two sizes are written `n x d`, with blanks"),
    ],
)
def test_a_wrong_declaration_is_refused(shapes: str, code: str, message: str, hint: str | None) -> None:
    problem = refused(LEAST_SQUARES, shapes)
    assert (problem.code, problem.message) == (code, message)
    assert (problem.hint is None) if hint is None else hint in (problem.hint or "")


def test_absurd_text_is_cut() -> None:
    assert len(refused("sum(X)", f"X: {'n' * 5000}").message) < 400
    assert "at most 20,000 are read" in refused("sum(X)", "X: n," * 5000).message
    assert len(refused("sum(X)", f"{'X' * 5000}: n").message) < 400
    assert len(refused("sum(X)", f"X: {'(' * 5000}n{')' * 5000}").message) < 400
    assert len(refused("sum(X)", f"X: {'n x ' * 4000} n").message) < 400


def test_a_name_is_no_quantity_and_no_index() -> None:
    assert refused("x'*theta", wrt="thet").message == "the expression has no `thet` to differentiate by"
    assert refused("x'*theta", wrt="thet").hint == "did you mean `theta`?"
    assert refused("x'*ones(n)", wrt="n").message == "`n` is a size, which nothing is differentiated by"
    assert refused("x[1]*y").message == "`x[1]` is not a whole quantity"
    both = refused("x'*n*ones(n)", wrt="x")
    assert (both.message, both.where) == ("`n` is both a quantity and a size", Span(3, 4))


# The errors of the public cases of matrix calculus that concern shapes; what each message must convey is theirs.
@pytest.mark.parametrize(
    ("text", "shapes", "span", "words"),
    [
        ("X*theta", "X: n x d, theta: n", Span(0, 7), ["`X` is n×d", "`theta` is n×1", "d and n differ", "`X'*theta`"]),
        ("x + A", "x: n, A: n x m", Span(0, 5), ["`x` is n×1", "`A` is n×m", "equal shapes"]),
        ("det(X)", "X: n x d", Span(0, 6), ["`X` is n×d", "square"]),
        ("A^2", "A: n x m", Span(0, 3), ["`A` is n×m", "square", "`A.^2`", "entry by entry"]),
        ("x.*A", "x: n, A: n x m", Span(0, 4), ["`x` is n×1", "`A` is n×m", "equal shapes"]),
        ("x/y", "x: n, y: n", Span(0, 3), ["`y` is n×1", "`x./y`"]),
        ("norm2(y - X*theta)^2", "X: n x d, y: d, theta: d", Span(6, 17), ["`y` is d×1", "is n×1", "equal shapes"]),
        ("relu(X*W + b)", "X: n x d, W: d x k, b: k", Span(5, 12), ["is n×k", "`b` is k×1", "`ones(n)*b'`"]),
        ("x'*A*x", "A: m x n", Span(0, 6), ["is 1×n", "`x` is m×1"]),
        ("tr(A)", "A: n x m", Span(0, 5), ["`A` is n×m", "square"]),
        ("A*B", "A: n x m, B: n x m", Span(0, 3), ["m and n differ", "`A'*B`"]),
    ],
)
def test_what_does_not_fit_is_said_at_its_place(text: str, shapes: str, span: Span, words: list[str]) -> None:
    problem = refused(text, shapes)
    assert (problem.code, problem.where) == ("shape", span)
    for word in words:
        assert word in f"{problem.message} | {problem.hint}"


def test_a_size_of_another_name_is_both_a_quantity_and_a_size_even_where_it_is_not_used() -> None:
    problem = refused("x.T*x", "x: n, n: n")
    assert (problem.code, problem.message) == ("name", "`n` is both a quantity and a size")


def test_an_assumed_shape_is_called_so_in_a_message() -> None:
    assert "`x` is m×1 (assumed)" in refused("x'*A*x", "A: m x n").message


@pytest.mark.parametrize(
    ("assume", "expected"),
    [
        ("S: symmetric", {"symmetric"}),
        ("S: spd", {"spd", "symmetric", "invertible"}),
        ("S: positive-definite", {"spd", "symmetric", "invertible"}),
        ("S: Positive Definite", {"spd", "symmetric", "invertible"}),
        ("S: pd", {"spd", "symmetric", "invertible"}),
        ("S: symmetric, invertible; x: positive", {"symmetric", "invertible"}),
        ("S: symmetric and positive", {"symmetric", "positive"}),
        ("S: nonsingular; S: positive", {"invertible", "positive"}),
    ],
)
def test_an_assumption_and_what_follows_from_it(assume: str, expected: set[str]) -> None:
    declaration = declared("x'*S*x", assume=[assume])
    assert declaration.assumptions[name("S")] == expected
    assert declaration.shapes.of(name("S")) == ("n", "n")
    assert any(text.startswith("`S` is n×n: ") and text.endswith("matrices are square") for text in declaration.assumed)


def test_an_assumption_makes_a_shape_square() -> None:
    assert found("a'*s*b", assume=["s: spd"]) == "a n×1, s n×n, b n×1"
    assert found("A*S*B", "S: ? x 3", assume=["S: symmetric"]) == "A m×3, S 3×3, B 3×n"
    assert found("sum(A)", assume=["A: positive"]) == "A m×n"
    assert declared("sum(A)", "A: n x n", assume=["A: symmetric"]).assumed == ()


@pytest.mark.parametrize(
    ("assume", "code", "message", "hint"),
    [
        ("S: symetric", "usage", "`symetric` in `S: symetric` is not an assumption", "did you mean `symmetric`?"),
        ("S: unitary", "usage", "`unitary` in `S: unitary` is not an assumption", "`spd`"),
        ("S:", "usage", "`S:` assumes nothing", "`symmetric`"),
        ("symmetric", "usage", "`symmetric` does not say what is assumed of which quantity", "`S: symmetric`"),
        ("", "usage", "--assume is empty", "names a quantity"),
        ("T: symmetric", "name", "`T` is the subject of an assumption but the expression has no `T`", "`S`"),
    ],
)
def test_a_wrong_assumption_is_refused(assume: str, code: str, message: str, hint: str) -> None:
    problem = refused("x'*S*x", assume=[assume])
    assert (problem.code, problem.message) == (code, message)
    assert hint in (problem.hint or "")


def test_what_is_not_square_cannot_be_symmetric() -> None:
    for word, said in (("symmetric", "symmetric"), ("spd", "positive definite"), ("invertible", "invertible")):
        problem = refused("x'*S*y", "S: n x d", assume=[f"S: {word}"])
        assert problem.code == "shape"
        assert problem.message == f"`S` is n×d and cannot be {said}: that needs a square matrix"
    assert refused("x*S", "S: 1", "x: n", assume=["x: spd"]).code == "shape"


NAMES = ["X", "A", "x", "y", "t", "theta", "lam"]
FORMULAS = st.recursive(
    st.sampled_from([*NAMES, "2"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", ".*", "/"]), inner).map(lambda t: f"({t[0]}{t[1]}{t[2]})"),
        inner.map(lambda t: f"{t}'"),
        inner.map(lambda t: f"sum({t})"),
        inner.map(lambda t: f"relu({t})"),
        inner.map(lambda t: f"({t})^2"),
        st.tuples(st.sampled_from(["vec", "inv", "diag", "intercept", "trim", "tr", "norm2"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        st.tuples(inner, inner).map(lambda t: f"kron({t[0]}, {t[1]})"),
        st.just("eye(h)"),
    ),
    max_leaves=12,
)


@given(FORMULAS)
def test_inferred_shapes_are_whole_and_fit(text: str) -> None:
    parsed = read(f"x + ({text})")
    declaration = declared_or_problem(f"x + ({text})")
    if isinstance(declaration, Problem):
        assert declaration.code == "shape"
        assert isinstance(declaration.where, Span)
        assert "?" not in declaration.message
        return
    sizes = {size for n in quantities_in(parsed.formula) for size in declaration.shapes.of(n)}
    assert not any(isinstance(size, Unknown) for size in [*sizes, *declaration.shapes.of(parsed.formula)])
    assert not sizes & set(NAMES)
    assert declaration.shapes.described(name("x")).endswith("(assumed)")
    said = ", ".join(f"{n}: {text_of(declaration.shapes.of(n))}" for n in quantities_in(parsed.formula))
    again = declare(parsed, name("x"), [said], [])
    assert again.assumed == ()
    assert again.shapes.of(parsed.formula) == declaration.shapes.of(parsed.formula)


@given(st.text(alphabet="Xy:;,()[]x× nd123?*+ by-=\n'θ", max_size=40))
def test_any_text_is_a_declaration_or_a_problem(text: str) -> None:
    assert declared_or_problem("norm2(y - X*theta)", text)
