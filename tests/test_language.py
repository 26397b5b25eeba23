"""The language and its shapes: what is refused, where, and what is said to do instead."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncalc.graph.graph import Equation, in_order
from nncalc.graph.shapes import Shapes, Unknown, shapes_of
from nncalc.language.formula import call, name, names_in, num, parts
from nncalc.language.parser import MAX_LENGTH, parse, read
from nncalc.language.printer import PAPER, Style, show
from nncalc.language.remedies import _FUNCTIONS as FUNCTIONS_ELSEWHERE
from nncalc.language.remedies import function
from nncalc.ops import OPS
from nncalc.ops.kinds import Function
from nncalc.problems import Problem, Span
from nncalc.spec.model import unknown

KNOWN = frozenset({"x", "y", "z1", "alpha", "loss"})


@pytest.mark.parametrize(
    ("text", "start", "said"),
    [
        ("", 0, "the expression is empty"),
        ("  # nothing", 0, "the expression is empty"),
        ("x +", 3, "the expression ends too soon"),
        ("x * / y", 4, "unexpected `/` at column 5"),
        ("2x", 1, "unexpected `x` at column 2"),
        ("2(x + 1)", 1, "unexpected `(` at column 2"),
        ("x y", 2, "unexpected `y` at column 3"),
        ("(x", 2, "expected `)`, found the end"),
        ("()", 0, "empty brackets"),
        ("[]", 0, "empty brackets"),
        ("[1, 2,]", 5, "nothing follows the last comma"),
        ("[[1, 2], [3]]", 0, "the rows of a matrix are lists of one length"),
        ("[[1, 2], 3]", 0, "the rows of a matrix are lists of one length"),
        ("max(x, y,)", 8, "nothing follows the last comma"),
        ("sin()", 0, "`sin` takes 1 argument: `sin(x)`, found 0"),
        ("max(x)", 0, "`max` takes 2 arguments or more: `max(x, y)`, found 1"),
        ("sni(x)", 0, "unknown function `sni`"),
        ("x(2)", 0, "`x` is not a function"),
        ("x[0.5]", 2, "an index is a whole number"),
        ("x[i]", 2, "an index is a whole number"),
        ("5!", 1, "unexpected `!` at column 2"),
        ("a % b", 2, "unexpected `%` at column 3"),
        ("y = x", 2, "unexpected `=` at column 3"),
        ("0 < x < 1", 6, "a comparison is of two"),
        ("x; y", 1, "unexpected `;` at column 2"),
        ("x\x00", 1, "unexpected `U+0000` at column 2"),
        ("d(x)/q(y)", 5, "a derivative is written d(f)/d(x)"),
        ("d(2)/d(x)", 2, "expected a name after `d`"),
        ("_x", 0, "unexpected `_` at column 1"),
    ],
)
def test_a_mistake_is_named_where_it_stands(text: str, start: int, said: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(text, KNOWN)
    assert caught.value.message == said
    assert isinstance(caught.value.where, Span)
    assert caught.value.where.start == start


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2x", "multiplication is not implied: write `2*x`"),
        ("sni(x)", "did you mean `sin`?"),
        ("torch.relu(x)", "a function is called by its name alone: `relu(...)`"),
        ("torch.nn.functional.hardtanh(x)", "a function is called by its name alone: `hard_tanh(...)`"),
        ("np.foo(x)", "there is no `foo` here; `nncalc ops` lists what there is"),
        ("LogSigmoid(x)", "did you mean `log_sigmoid`?"),
        ("siren(x)", "here it is `sine`"),
        ("x(2)", "a product is written `x*2`, entry 2 is `x[2]`"),
        ("x(y + 2)", "a product is written `x*(...)`"),
        ("(x + [1", "`[` at column 6 is not closed"),
        ("x’", "the transpose is `'`"),
        (
            "x > 0 && y > 0",
            "both hold where their product is 1: `(a > 0) * (b > 0)`, entry by entry `(a > 0) .* (b > 0)`",
        ),
        (
            "x > 0 and y > 0",
            "both hold where their product is 1: `(a > 0) * (b > 0)`, entry by entry `(a > 0) .* (b > 0)`",
        ),
        ("x > 0 || y > 0", "one of them holds where `max(a > 0, b > 0)` is 1"),
        ("x > 0 or y > 0", "one of them holds where `max(a > 0, b > 0)` is 1"),
        ("!(x > 0)", "what does not hold is 1 less the comparison: `1 - (a > 0)`"),
        ("~x", "what does not hold is 1 less the comparison: `1 - (a > 0)`"),
        ("not x > 0", "what does not hold is 1 less the comparison: `1 - (a > 0)`"),
        ("not(x > 0)", "what does not hold is 1 less the comparison: `1 - (x>0)`"),
        ("x != y", "`a != b` is `1 - (a == b)`"),
        ("x! + 1", "the factorial of n is `exp(lgamma(n + 1))`"),
        ("x | y", "`abs(x)` is the absolute value, `det(A)` the determinant"),
        ("0 < x < 1", "both hold where their product is 1: `(a < b) * (b < c)`"),
    ],
)
def test_a_mistake_has_a_remedy(text: str, hint: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(text, KNOWN)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("x' y", "write `x'*y`"), ("x.T y", "write `x.T*y`"), ("(x)(y)", "write `(...)*(...)`"),
        ("sin(2x)", "write `2*x`"), ("sin x", "in brackets: `sin(x)`"), ("norm2 x", "in brackets: `norm2(x)`"),
        ("x.t", "`x'` or `x.T`"), ("x.transpose()", "`x'` or `x.T`"), ("x^{T}", "`x'` or `x.T`"), ("x⊤", "`x.T`"),
        ("transpose(x + y)", "the transpose is `(x + y)'`"), ("T(X)", "the transpose is `X'`"),
        ("x^{\\top}", "`x'` or `x.T`"), ("x^{2", "`{` at column 3 is not closed"), ("x{2}", "group with"),
        ("{x}", "group with"), ("A.inv", "`inv(A)`"), ("sum_i x_i*log(x_i)", "`sum(i, x[i]*log(x[i]))`"),
        ("sum_{k} (a_k - b_k)^2/2 + 1", "`sum(k, (a[k]-b[k])^2/2)`"), ("A⁻ᵀ", "`inv(A)'`"),
        ("sum_i A_ij", "`sum(i, A[i,j])`"), ("(sum_i x_i)", "`sum(i, x[i])`"),
        ("A\\b", "`inv(A)*b`"), ("solve(A, b)", "`inv(A)*b`"), ("inverse(X)", "`inv(X)`"), ("X⁻¹", "`inv(A)`"),
        ("\\theta", "write `theta`"), ("\\frac{x}{y}", "LaTeX is not read"), ("||x||", "`norm2(x)`"), ("‖x‖", "`norm2"),
        ("|x|", "`abs(x)`"), ("x |y|", "`abs(x)`"), ("norm(x)", "`norm2(x)`"), ("Norm(x)", "`norm1(x)`"),
        ("<x, y>", "`x'*y`"), ("⟨x, y⟩", "`x'*y`"), ("⌊x⌋", "`floor(x)`"),
        ("dot(x, y)", "`x'*y`"), ("dot(x)", "`x'*y`"), ("x ⊗ y", "`kron"),
        ("x ⋆ K", "`conv2d(x, K)`"),
        ("trace(X)", "`tr(X)`"), ("ln(x)", "`log(x)`"), ("ln()", "`log(x)`"), ("argmax(x)", "no derivative"),
        ("x *. y", "`.*`"), ("x.sum()", "`sum(...)`"), ("[x 2]", "commas"), ("[x; 2]", "`[1, 2"),
        ("∑x", "`sum(x)`"), ("pow(x, y + 1)", "`x^(y + 1)`"), ("sofmax(z)", "`softmax`?"), ("q(2)", "`q*2`"),
    ],
)  # fmt: skip
def test_what_is_written_elsewhere_has_its_spelling_here(text: str, remedy: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(text, KNOWN)
    assert remedy in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("word", "remedy"),
    [("T", "`x'` or `x.T`"), ("I", "`eye(n)`"), ("e", "`exp(x)`"), ("xy", "`x*y`"), ("tr", "`tr(...)`")],
)
def test_a_name_that_is_a_notation_elsewhere_is_explained(word: str, remedy: str) -> None:
    assert remedy in (unknown(word, sorted(KNOWN), None).hint or "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ones()", "`ones` takes 1 or 2 sizes: `ones(m, n)`, found 0"),
        ("zeros(1, 2, 3)", "`zeros` takes 1 or 2 sizes: `zeros(m, n)`, found 3"),
        ("eye(1, 2)", "`eye` takes 1 size: `eye(n)`, found 2"),
        ("comm(3)", "`comm` takes 2 sizes: `comm(m, n)`, found 1"),
    ],
)
def test_functions_of_sizes_count_them(text: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(text)
    assert caught.value.message == said


@pytest.mark.parametrize("text", ["d(x*y)", "d(x)", "(x + y)[1]", "x[i]", "sum(k, x)", "delta(1, 2)", "softmax(x)[1]"])
def test_a_formula_of_the_user_has_nothing_of_derivations(text: str) -> None:
    with pytest.raises(Problem):
        parse(text, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "d(x",
        "d(x)/d(y*x)",
        "d()",
        "(x)[",
        "x[i",
        "delta(i)",
        "delta(i, j, k)",
        "Σₖ",
        "∂(x*y)/∂(x*y)",
        "⟨x⟩",
        "‖x, y‖",
        "∑x",
        "Σᵢ,ⱼ x",
    ],
)
def test_a_mistake_in_a_derivation_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        parse(text, KNOWN, paper=True, calculus=True)


@given(st.text("xyzdTθ∂Σ∑δℓΣIₖᵢ₁²ᵀ⁻¹‖|⟨⟩⌊⌋⊗·*/.^'()[],;<>=+-−0129 eE\\{}#", max_size=14), st.booleans(), st.booleans())
def test_whatever_the_text_it_is_read_or_refused(text: str, paper: bool, calculus: bool) -> None:
    with suppress(Problem):
        parse(text, KNOWN, paper=paper, calculus=calculus)


@pytest.mark.parametrize(
    "text",
    ["(" * 101 + "x" + ")" * 101, "-" * 200 + "x", "x^" * 150 + "x", "sin(" * 101 + "x" + ")" * 101, "x" + "'" * 101],
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="nested more than 100 levels deep"):
        parse(text)


@pytest.mark.parametrize("sign", ["*", "/", ".*", "./", "@", " - ", " + "])
@pytest.mark.parametrize("factor", ["x", "(x + y)", "sin(x)", "-x", "x^2"])
def test_a_flat_chain_is_not_nested_however_long_it_is(sign: str, factor: str) -> None:
    formula = parse(sign.join([factor] * 1_000))
    assert parse(show(formula)) is formula
    assert show(formula, PAPER)
    assert sign == "/" or show(formula, Style(latex=True))  # fractions are nested there


def test_the_parts_of_a_very_long_formula_are_found_each_time() -> None:
    names = [name(f"v{place}") for place in range(5_000)]
    formula = call("add", *names)
    for _ in range(2):
        assert parts(formula) == (*names, formula)
        assert names_in(formula) == tuple(names)


def test_what_stands_in_a_flat_chain_is_as_deep_as_it_is() -> None:
    deep = "sin(" * 98 + "x" + ")" * 98
    parse(f"y*{deep}*y*y")
    with pytest.raises(Problem, match="nested more than 100 levels deep"):
        parse(f"y*y*sin({deep})*y*y")


def test_a_long_expression_is_refused_and_a_long_sum_is_not() -> None:
    with pytest.raises(Problem, match="at most 20,000 are read"):
        parse("x" * (MAX_LENGTH + 1))
    assert len(parse("+".join(["x"] * 5000)).args) == 5000  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("x − y × 2", "x - y*2"), ("x² ⊙ y", "x^2 .* y"), ("A.T @ b", "A'*b"), ("2**3", "2^3"), ("α₁", "alpha1"),
        ("ŷ", "yhat"), ("ℓ", "loss"), ("ẑ", "intercept(z)"), ("σ(x)", "sigmoid(x)"), ("1[x > 0]", "step(x)"),
        ("∂ℓ/∂α₁,₀", "d(loss)/d(alpha[1,0])"), ("(z₁)₂", "z1[2]"), ("x # a comment", "x"), ("-x^2", "-(x^2)"),
        ("∂(z₁)₂/∂x", "d(z1[2])/d(x)"), ("ＥＸ", "EX"),
    ],
)  # fmt: skip
def test_the_blackboard_is_read(text: str, formula: str) -> None:
    assert parse(text, ()) is parse(formula, ())


def test_a_subscript_is_an_index_unless_the_two_are_one_name() -> None:
    assert parse("z₁", {"z1"}) is name("z1")
    assert parse("z₁", {"z"}) is name("z", (1,))


@pytest.mark.parametrize("text", ["[1 3 2]", "[4 4 8; 8 8 16]", "[1; −2]", "[1/3 −2/7]", "4 [1 3 2]", "α x̂"])
def test_paper_reads_blanks_as_products_and_rows(text: str) -> None:
    assert show(parse(text, (), paper=True), PAPER._replace(dot=False)).replace("·  ", "") == text.replace("4 [", "4 [")


@pytest.mark.parametrize("text", ["[1 2; 3]", "[1 2;]"])
def test_paper_refuses_ragged_rows(text: str) -> None:
    with pytest.raises(Problem):
        parse(text, (), paper=True)


def test_spans_are_where_the_parts_stand() -> None:
    parsed = read("2*x + sin(y)", KNOWN)
    assert parsed.spans[parse("sin(y)")] == Span(6, 12)
    assert parsed.spans[name("x")] == Span(2, 3)


GIVEN = {name("x"): (2, 1), name("A"): (2, 3), name("B"): (3, 2), name("s"): (1, 1), name("v"): (3, 1)}


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("A*v", (2, 1)),
        ("A*B", (2, 2)),
        ("s*A", (2, 3)),
        ("A*s", (2, 3)),
        ("A + s", (2, 3)),
        ("x'*x", (1, 1)),
        ("sum(A)", (1, 1)),
        ("intercept(x)", (3, 1)),
        ("trim(A)", (2, 2)),
        ("ones(2)", (2, 1)),
        ("ones(2, 3)", (2, 3)),
        ("[[1, 2], [3, 4]]", (2, 2)),
        ("softmax(A)", (2, 3)),
        ("squared_error(A, A)", (1, 1)),
        ("lse(v)", (1, 1)),
        ("lse(s, s)", (1, 1)),
        ("A'", (3, 2)),
    ],
)
def test_a_shape_follows_from_the_parts(text: str, shape: tuple[int, int]) -> None:
    assert Shapes(GIVEN).of(parse(text)) == shape


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("A*A", "`A` is 2×3, `A` is 2×3; the inner sizes 3 and 2 differ", "`A'*A` would fit"),
        ("x*x", "`x` is 2×1, `x` is 2×1", "`x'*x` is their inner product, `x.*x` the product of entries"),
        ("B*A'", "the inner sizes 2 and 3 differ", "`B'*A'` would fit"),
        ("A*B'", "`A` is 2×3, `B'` is 2×3", "`A'*B'` would fit"),
        ("A + x", "needs equal shapes, or a scalar", "to add `x` to every column of `A`, write `x*ones(3)'`"),
        ("A + v", "needs equal shapes, or a scalar", "to add `v` to every row of `A`, write `ones(2)*v'`"),
        ("A ./ x", "`./` needs equal shapes, or a scalar", None),
        ("max(A, x)", "`max` needs equal shapes, or a scalar", None),
        ("A/x", "the divisor of `/` is a number", "`A./x` divides entry by entry"),
        ("A^2", "`^` is the power of a number", "`A.^2` is the power entry by entry"),
        ("squared_error(A, x)", "`squared_error` needs 2 arguments of one shape", None),
        ("ones(0)", "a size is a whole number from 1 to 9999999", None),
        ("ones(1/2)", "a size is a whole number from 1 to 9999999", None),
        ("[A, 1]", "`A` is 2×3, `1` is 1×1; under each other they need as many columns", None),
        ("[[A, s]]", "`A` is 2×3, `s` is 1×1; side by side they need as many rows", None),
        ("rows(x, 2, 3)", "`x[2:3,:]`: `x` is 2×1 and has 2 rows", "they are counted from 1: 1 to 2"),
        (
            "columns(A, 3, 1)", "`A[:,3:1]`: 3 comes after 1, so it takes nothing",
            "a slice says its first, then its last",
        ),
        ("q + 1", "`q` has no shape yet", None),
        ("trim(x)*trim(x)", "`trim` needs one of m×(n+1)", None),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_both_shapes(text: str, said: str, hint: str | None) -> None:
    with pytest.raises(Problem) as caught:
        Shapes(GIVEN).of(parse(text))
    assert said in caught.value.message
    assert caught.value.code == "shape"
    if hint is not None:
        assert caught.value.hint == hint


def test_shapes_may_be_symbols() -> None:
    shapes = Shapes({name("X"): ("n", "d"), name("w"): ("d", 1), name("y"): ("n", 1)})
    assert shapes.of(parse("X*w - y")) == ("n", 1)
    assert shapes.of(parse("X'*(X*w - y)")) == ("d", 1)
    with pytest.raises(Problem, match="the inner sizes d and n differ"):
        shapes.of(parse("X*y"))


def test_a_size_not_known_yet_is_found() -> None:
    size = Unknown("k")
    shapes = Shapes({name("X"): ("n", "d"), name("w"): (size, 1)})
    assert shapes.of(parse("X*w")) == ("n", 1)
    assert shapes.of(name("w")) == ("d", 1)
    other = Shapes({name("p"): (Unknown("a"), Unknown("b")), name("q"): (3, 2)})
    assert other.of(parse("p .* q")) == (3, 2)
    assert other.of(name("p")) == (3, 2)


def test_a_message_says_where_each_operand_came_from() -> None:
    graph = in_order([name("A"), name("x")], [Equation(name("f"), call("mul", name("A"), name("x")))])
    places = {name("A"): "line 3", name("x"): "line 7"}
    with pytest.raises(Problem, match=r"`A` is 2×3 \(line 3\), `x` is 2×1 \(line 7\)"):
        shapes_of(graph, GIVEN, places.__getitem__)


def test_a_number_without_a_sign_is_one_object_with_itself() -> None:
    assert num(-2) is call("neg", num(2))
    assert num("2") is num(2)


@pytest.mark.parametrize("op", [op.name for op in OPS.values() if op.runs])
def test_what_runs_over_an_index_is_written_in_every_alphabet(op: str) -> None:
    formula = parse(f"{op}(k, x[k,1])", rule=True)
    assert formula.op == f"over_{op}"
    assert parse(show(formula), rule=True) is formula
    assert show(formula, PAPER) in {"Σₖ xₖ,₁", f"{op}(k, xₖ,₁)"}
    assert r"_{k}" in show(formula, Style(latex=True))


# -- hints that are followed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("word", FUNCTIONS_ELSEWHERE)
def test_what_is_offered_for_a_function_of_another_language_can_be_read(word: str) -> None:
    hint = function(word, ["A", "B"], (), ())
    assert hint is not None
    for code in re.findall("`([^`]*)`", hint):
        parse("2*3" if code == "*" else code)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x^{-1}", "x^-1"), ("x^{2}", "x^2"), ("A^{-T}*x", "A^-T*x"), ("x.^{k + 1}*y", "x.^(k + 1)*y"),
        ("2^{3^{2}}", "2^3^2"), ("I(3)*x", "eye(3)*x"),
    ],
)  # fmt: skip
def test_exponents_in_braces_and_the_letter_of_the_identity_are_read(text: str, same: str) -> None:
    assert parse(text) is parse(same)


def test_a_quantity_that_is_called_as_the_identity_is_no_function() -> None:
    with pytest.raises(Problem, match="`I` is not a function"):
        parse("I(3)*x", {"I", "x"})


@pytest.mark.parametrize("text", ["max(a, b, c, 2)", "min(a, max(b, c, a), b)", "maxout(a, b, c)", "max(a, max(b, c))"])
def test_more_than_two_are_taken_one_after_the_other_and_shown_in_one_call(text: str) -> None:
    assert show(parse(text)) == text
    assert parse("max(a, b, c)") is parse("max(max(a, b), c)")


def test_every_fence_is_read_back() -> None:
    for op in OPS.values():
        if isinstance(op.notation, Function) and op.notation.fence is not None:
            formula = call(op.name, *(name(letter) for letter in "xy"[: len(op.args)]))
            assert parse(show(formula, PAPER), {"x", "y"}, paper=True) is formula
