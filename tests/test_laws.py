"""Laws: each says that two roads meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncalc.graph.calculus import gradient
from nncalc.graph.elements import Elements, bases, elements
from nncalc.graph.graph import Equation, Graph, in_order, only, split
from nncalc.graph.shapes import Shapes, shapes_of
from nncalc.graph.tidy import tidy
from nncalc.language.formula import Formula, Name, call, name, num, replace
from nncalc.language.parser import Known, parse
from nncalc.language.printer import ASCII, Style, show
from nncalc.numbers.run import Machine, ScalarMachine
from nncalc.problems import Problem
from nncalc.sheet.calculation import calculate
from nncalc.spec.model import Model

X, Y, A, V = name("x"), name("y"), name("A"), name("v")
SIZES = {X: (1, 1), Y: (1, 1), A: (2, 3), V: (3, 1)}
ROWS = {X: [[0.7]], Y: [[-1.3]], A: [[0.5, -0.25, 1.5], [2.0, 0.125, -0.75]], V: [[1.25], [-0.5], [0.375]]}

names = st.sampled_from(
    [X, Y, name("alpha"), name("z1"), name("lam"), name("x1"), name("out1"), name("yhat"), name("W", (1, 2)),
     name("W1", (2,)),
     name("z", (1,)), name("alpha", (1, 0), of=name("loss")), name("z1", of=name("loss")),
     name("a", (2,), of=name("z", (2,)))]
)  # fmt: skip
numbers = st.sampled_from([num(text) for text in ("0", "1", "2", "10", "0.5", "1e-07", "2.50")])


def grown(children: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    """Return calls of every notation on `children`."""
    two = st.tuples(children, children)
    return st.one_of(
        two.flatmap(lambda ab: st.sampled_from(["mul", "div", "hadamard", "hdiv", "pow", "hpow", "max", "above"]).map(
            lambda op: call(op, *ab))),
        children.flatmap(lambda a: st.sampled_from(
            ["neg", "transpose", "exp", "sigmoid", "relu", "step", "intercept", "sum", "abs", "trim"]
        ).map(lambda op: call(op, a))),
        st.lists(children, min_size=2, max_size=4).map(lambda terms: call("add", *terms)),
        st.lists(children, min_size=1, max_size=4).map(lambda args: call("is_largest", *args)),
        st.lists(numbers, min_size=1, max_size=3).map(lambda entries: call("column", *entries)),
        st.lists(st.tuples(numbers, numbers), min_size=1, max_size=3).map(
            lambda rows: call("matrix", *[call("row", *row) for row in rows])),
    )  # fmt: skip


formulas = st.recursive(st.one_of(names, numbers), grown, max_leaves=12)
WHOLE = frozenset({"x", "y", "alpha", "z1", "yhat", "W", "W1", "z", "loss", "a", "lam", "x1", "out1"})
#: Which of them have entries: none that is known, some, and some that a number is called like.
ARRAYS = st.sampled_from(
    [frozenset[str](), frozenset({"x", "alpha", "W", "W1", "z", "z1", "out1"}), frozenset({"x", "W", "z"})]
)
TRIMMED = st.sampled_from([frozenset[str](), frozenset({"x", "z1", "alpha", "out1"})])


@given(formulas)
def test_a_formula_reads_back_as_itself_in_ascii(formula: Formula) -> None:
    assert parse(show(formula, ASCII), WHOLE) is formula


@given(formulas, st.booleans(), ARRAYS, TRIMMED)
def test_a_formula_reads_back_as_itself_on_paper(
    formula: Formula, dot: bool, arrays: frozenset[str], trimmed: frozenset[str]
) -> None:
    style = Style(paper=True, dot=dot, whole=WHOLE, arrays=arrays, trimmed=trimmed)
    assert parse(show(formula, style), Known(WHOLE, arrays, trimmed), paper=True) is formula


variables = st.sampled_from([name(letter) for letter in ("i", "j", "k", "q", "k1")])
marked = st.one_of(
    names,
    numbers,
    st.sampled_from(
        [name("x", ("k",)), name("alpha", ("i", "k")), name("W", (1, "j")), name("z1", ("i",)), name("W", ("i", "q")),
         name("Sigma"), name("delta"), name("x", ("j",), of=name("y", ("k",))), name("z", ("k1",))]
    ),
)  # fmt: skip


def derived(children: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    """Return calls of what derivations are written in, on `children`."""
    two = st.tuples(children, children)
    return st.one_of(
        grown(children),
        two.flatmap(lambda ab: st.sampled_from(["kron", "inner", "mul", "div"]).map(lambda op: call(op, *ab))),
        children.flatmap(lambda a: st.sampled_from(
            ["inv", "norm1", "norm2", "eye", "transpose", "abs", "differential", "differential"]
        ).map(lambda op: call(op, a))),
        st.tuples(variables, children).map(lambda ke: call("over_sum", *ke)),
        st.tuples(variables, children).map(lambda ke: call("over_lse", *ke)),
        st.tuples(children, st.lists(st.one_of(variables, st.just(num(2))), min_size=1, max_size=2)).map(
            lambda fi: call("entry", fi[0], *fi[1])),
        st.tuples(variables, variables).map(lambda ij: call("delta", *ij)),
        st.tuples(children, names).map(differentiated),
    )  # fmt: skip


def differentiated(pair: tuple[Formula, Name]) -> Formula:
    """Return the derivative of a formula; that of a name is a name."""
    of, by = pair
    if isinstance(of, Name) and of.of is None:
        return name(by.base, by.index, of=of)
    return call("derivative", of, name(by.base, by.index))


derivations = st.recursive(marked, derived, max_leaves=12)


@given(derivations)
def test_a_derivation_reads_back_as_itself_in_ascii(formula: Formula) -> None:
    assert parse(show(formula, ASCII), WHOLE, calculus=True) is formula


@given(
    derivations, st.booleans(), ARRAYS, TRIMMED,
    st.sampled_from([WHOLE, WHOLE | {"dx"}, WHOLE | {"Sigma", "delta"}, WHOLE | {"dz1"}]),
)  # fmt: skip
def test_a_derivation_reads_back_as_itself_on_paper(
    formula: Formula, dot: bool, arrays: frozenset[str], trimmed: frozenset[str], whole: frozenset[str]
) -> None:
    style = Style(paper=True, dot=dot, whole=whole, arrays=arrays, trimmed=trimmed)
    assert parse(show(formula, style), Known(whole, arrays, trimmed), paper=True, calculus=True) is formula


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("inv(X'*X)*X'*y", "(Xᵀ X)⁻¹ Xᵀ y"), ("inv(X)'", "X⁻ᵀ"), ("inv(X')", "(Xᵀ)⁻¹"), ("inv(X)^2", "(X⁻¹)²"),
        ("norm2(y - X*theta)^2", "‖y − X θ‖²"), ("norm1(x)", "‖x‖₁"), ("norm2(norm2(x)*y)", "‖‖x‖ y‖"),
        ("norm2(x*norm2(y))", "‖x ‖y‖‖"), ("abs(x)*abs(y)", "|x| |y|"), ("abs(abs(x) - y)", "||x| − y|"),
        ("kron(A, B)*x", "(A ⊗ B) x"), ("kron(kron(A, B), x)", "A ⊗ B ⊗ x"), ("kron(A*B, x)", "(A B) ⊗ x"),
        ("kron(A, kron(B, x))", "A ⊗ (B ⊗ x)"),
        ("conv2d(A, B)*x", "(A ⋆ B) x"), ("conv2d(conv2d(A, B), A*B) + A", "(A ⋆ B) ⋆ (A B) + A"),
        ("conv2d(A, B', padding=1)", "conv2d(A, Bᵀ, padding=1)"), ("conv2d(-A, 2*B)", "(−A) ⋆ (2 B)"),
        ("kron(inv(A)', -B)", "A⁻ᵀ ⊗ (−B)"), ("inner(A, x*y)", "⟨A, x y⟩"), ("2*eye(n)", "2 Iₙ"),
        ("d(theta)", "dθ"), ("d(theta)'*X", "dθᵀ X"), ("d(X)^2", "(dX)²"), ("d(X*theta)", "d(X θ)"), ("d(x[k])", "dxₖ"),
        ("sum(k, A[i,k]*x[k])", "Σₖ Aᵢ,ₖ xₖ"), ("2*sum(k, x[k]) + y", "2 Σₖ xₖ + y"),
        ("sum(i, sum(j, A[i,j] + x[i]))", "Σᵢ Σⱼ (Aᵢ,ⱼ + xᵢ)"), ("sum(k, -x[k])*y", "(Σₖ (−xₖ)) y"),
        ("-sum(k, x[k])", "−Σₖ xₖ"), ("y - sum(k, x[k])", "y − Σₖ xₖ"), ("delta(i, j)", "δᵢ,ⱼ"),
        ("sum(q, x[q])", "sum(q, x[q])"), ("(A*x)[j]", "(A x)ⱼ"), ("softmax(x)[i]", "softmax(x)ᵢ"),
        ("A'*x[q]", "Aᵀ x[q]"),
        ("(A*x)[q]", "(A x)[q]"), ("delta(i, q)", "delta(i, q)"), ("(x)[k]", "(x)[k]"), ("((A*x)[i])[j]", "((A x)ᵢ)ⱼ"),
        ("d(x[q])", "d(x[q])"), ("d(d(x)/d(y))/d(A)", "∂(∂x/∂y)/∂A"), ("d(softmax(x)[i])/d(x)", "∂(softmax(x)ᵢ)/∂x"),
        ("x/y*theta", "(x / y) θ"), ("-(x/y)*theta", "−(x / y) θ"), ("1/2*x", "1/2 x"), ("x*y/theta", "x y / θ"),
        ("d(A*x)/d(x)*y", "(∂(A x)/∂x) y"), ("d(A*x)/d(x)*(d(B*y)/d(y))", "∂(A x)/∂x ∂(B y)/∂y"),
        ("-d(x) / (d(y))", "−dx / dy"), ("x'*d(x) / (d(y))", "xᵀ dx / dy"),
        ("d(x[k])/d(x[i])", "∂xₖ/∂xᵢ"), ("d((A*x)[j])/d(x[i])", "∂(A x)ⱼ/∂xᵢ"), ("d(A*x)/d(x)", "∂(A x)/∂x"),
        ("d(x) / (d(y))", "dx / dy"), ("d(A .* B)*d(x)/(d(y) + 1)", "d(A ⊙ B) dx / (dy + 1)"),
    ],
)  # fmt: skip
def test_a_derivation_is_spelled_as_on_paper(text: str, paper: str) -> None:
    known = frozenset({"X", "y", "theta", "x", "A", "B"})
    formula = parse(text, known, calculus=True)
    assert show(formula, Style(paper=True, dot=False, whole=known)) == paper
    assert parse(paper, known, paper=True, calculus=True) is formula
    assert parse(show(formula), known, calculus=True) is formula


def scalar_formulas() -> st.SearchStrategy[Formula]:
    """Return formulas of numbers that are defined and smooth for the values of x and y."""
    leaves = st.sampled_from([X, Y, num(1), num(2), num("0.5"), num(3)])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["mul", "add", "max"]), inner, inner).map(lambda t: call(*t)),
            st.tuples(inner, inner).map(lambda t: call("div", t[0], call("add", num(4), call("pow", t[1], num(2))))),
            st.tuples(st.sampled_from(["neg", "sin", "sigmoid", "tanh", "softplus", "cos", "atan"]), inner).map(
                lambda t: call(*t)
            ),
            inner.map(lambda f: call("pow", f, num(2))),
        ),
        max_leaves=14,
    )


def matrix_formulas() -> st.SearchStrategy[Formula]:
    """Return formulas of the shape of A."""
    return st.recursive(
        st.sampled_from([A, call("mul", A, num(2)), call("mul", call("mul", A, V), call("transpose", V))]),
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["hadamard", "add"]), inner, inner).map(lambda t: call(*t)),
            st.tuples(st.sampled_from(["neg", "sin", "sigmoid", "tanh"]), inner).map(lambda t: call(*t)),
            inner.map(lambda f: call("mul", call("sum", f), A)),
            inner.map(lambda f: call("add", f, X)),
            inner.map(lambda f: call("mul", X, f)),
            inner.map(lambda f: call("hdiv", f, call("add", num(3), call("hpow", f, num(2))))),
        ),
        max_leaves=6,
    )


def total(formula: Formula) -> Graph:
    return in_order([X, Y, A, V], [Equation(name("f"), call("sum", formula))])


def run_of(graph: Graph, shapes: Shapes, machine: Machine) -> Machine:
    for leaf in graph.leaves:
        if leaf in ROWS:
            machine.load(leaf, ROWS[leaf])
    for equation in graph.equations:
        machine.assign(equation)
    return machine


def gradients(graph: Graph) -> dict[Name, list[list[float]]]:
    """Return the gradient of f by every leaf that it depends on, and f itself."""
    shapes = shapes_of(graph, SIZES)
    back = gradient(graph, shapes, name("f"), [X, Y, A, V])
    machine = run_of(
        Graph(graph.leaves, (*graph.equations, *back.equations)), shapes, ScalarMachine(Elements(shapes, {}))
    )
    wanted = [name("f"), *(name(leaf.base, of=name("f")) for leaf in (X, Y, A, V))]
    known = {equation.name for equation in back.equations} | {name("f")}
    return {of: machine.rows(of) for of in wanted if of in known}


def close(one: list[list[float]], other: list[list[float]], rel: float = 1e-9) -> bool:
    return all(
        a == pytest.approx(b, rel=rel, abs=1e-11)
        for r, s in zip(one, other, strict=True)
        for a, b in zip(r, s, strict=True)
    )


@given(st.one_of(scalar_formulas(), matrix_formulas()))
def test_splitting_changes_neither_values_nor_gradients(formula: Formula) -> None:
    whole = gradients(total(formula))
    parts = gradients(split(total(formula)))
    assert whole.keys() == parts.keys()
    assert all(close(whole[of], parts[of]) for of in whole)


@given(matrix_formulas())
def test_both_machines_give_the_same_to_the_last_bits(formula: Formula) -> None:
    from nncalc.numbers.array_machine import ArrayMachine

    graph = total(formula)
    shapes = shapes_of(graph, SIZES)
    graph = Graph(graph.leaves, (*graph.equations, *gradient(graph, shapes, name("f"), [X, A, V]).equations))
    one = run_of(graph, shapes, ScalarMachine(Elements(shapes, {})))
    other = run_of(graph, shapes, ArrayMachine())
    assert all(close(one.rows(eq.name), other.rows(eq.name), 1e-12) for eq in graph.equations)


@given(st.one_of(scalar_formulas(), matrix_formulas()))
def test_taking_apart_and_differentiating_commute(formula: Formula) -> None:
    graph = total(formula)
    shapes = shapes_of(graph, SIZES)
    whole = gradients(graph)
    apart = elements(graph, shapes)
    ones = shapes_of(apart, dict.fromkeys(apart.leaves, (1, 1)))
    back = gradient(apart, ones, name("f"), apart.leaves)
    machine = ScalarMachine(Elements(ones, {}))
    split_rows = Elements(shapes, bases(graph))
    for leaf in (X, Y, A, V):
        for line, row in zip(split_rows.names(leaf), ROWS[leaf], strict=True):
            for entry, value in zip(line, row, strict=True):
                machine.load(entry, [[value]])
    for equation in (*apart.equations, *back.equations):
        machine.assign(equation)
    for of, rows in whole.items():
        for line, row in zip(split_rows.names(name(of.base)), rows, strict=True):
            for plain, value in zip(line, row, strict=True):
                entry = name(plain.base, plain.index, of=of.of)
                assert machine.floats.get(entry, 0.0) == pytest.approx(value, rel=1e-9, abs=1e-11)


@given(st.one_of(scalar_formulas(), matrix_formulas()))
def test_tidying_changes_neither_value_nor_shape(formula: Formula) -> None:
    shapes = Shapes(SIZES)
    shape = shapes.of(formula)
    tidied = tidy(formula, shapes)
    assert shapes.of(tidied) == shape
    machine = ScalarMachine(Elements(shapes, {}))
    for leaf, rows in ROWS.items():
        machine.load(leaf, rows)
    before, after = machine.trial(formula), machine.trial(tidied)
    assert before is not None
    assert after is not None
    assert close(before, after)


@pytest.mark.parametrize(
    ("plain", "tidied"),
    [
        ("1*A", "A"), ("A*1", "A"), ("-(-A)", "A"), ("x + 0", "x"), ("2*(3*A)", "6*A"), ("x^1", "x"), ("x^0", "1"),
        ("x + x", "2*x"), ("x*y + y*x", "2*x*y"), ("(-x)*(-y)", "x*y"), ("sum(x)", "x"), ("(A')'", "A"),
        ("ones(2, 3) .* A", "A"), ("sum(2*A)", "2*sum(A)"), ("x/2*4", "2*x"), ("ones(1, 1)", "1"),
        ("trim(intercept(v)')", "v'"), ("sum(ones(2, 3))", "6"), ("0*x", "0"), ("above(x, 0)", "step(x)"),
    ],
)  # fmt: skip
def test_a_tidied_formula_is_what_a_person_writes(plain: str, tidied: str) -> None:
    assert tidy(parse(plain), Shapes(SIZES)) is parse(tidied)


def test_a_chain_of_two_thousand_operations_is_ordinary() -> None:
    equations = [Equation(name("a0"), call("mul", X, Y))]
    equations += [Equation(name(f"a{i}"), call("sin", name(f"a{i - 1}"))) for i in range(1, 2000)]
    graph = in_order([X, Y], reversed(equations))
    model = Model("", graph, {X: [[0.7]], Y: [[1.0]]}, {}, (X, Y), (), (), name("a1999"))
    found = calculate(model, backward=True)
    assert found.machine.rows(name("a1999"))[0][0] == pytest.approx(0.038664, rel=1e-2)


def test_a_diamond_of_sixty_doublings_is_ordinary() -> None:
    equations = [Equation(name("a0"), X)]
    equations += [Equation(name(f"a{i}"), call("add", name(f"a{i - 1}"), name(f"a{i - 1}"))) for i in range(1, 61)]
    model = Model("", in_order([X], equations), {X: [[3]]}, {}, (X,), (), (), name("a60"))
    found = calculate(model, backward=True)
    assert found.machine.rows(name("a60")) == [[3 * 2.0**60]]
    assert found.machine.rows(name("x", of=name("a60"))) == [[2.0**60]]


def test_a_circle_is_named() -> None:
    with pytest.raises(Problem, match="`a` needs `b` needs `a`"):
        in_order([], [Equation(name("a"), name("b")), Equation(name("b"), call("neg", name("a")))])


def test_only_keeps_what_leads_to_the_quantities_asked_for() -> None:
    graph = in_order([X, Y], [Equation(name("p"), call("neg", X)), Equation(name("q"), call("exp", Y))])
    assert [equation.name.id for equation in only(graph, [name("q")]).equations] == ["q"]


def test_equal_parts_are_split_off_once() -> None:
    graph = split(in_order([X, Y, name("z")], [Equation(name("f"), parse("sin(x*y)/z + exp(x*z)/(x*y)"))]))
    assert [f"{e.name} = {show(e.formula)}" for e in graph.equations] == [
        "u1 = x * y", "u2 = sin(u1)", "u3 = u2 / z", "u4 = x * z", "u5 = exp(u4)", "u6 = u5 / u1", "f = u3 + u6",
    ]  # fmt: skip


def test_replacing_a_part_keeps_the_rest_as_it_was() -> None:
    formula = parse("sin(x*y) + x*y")
    assert replace(formula, {parse("x*y"): name("u")}) is parse("sin(u) + u")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("eye(n)*ones(n)", "Iₙ · 1ₙ"), ("2*ones(m, n)*x", "2 · 1ₘ,ₙ x"), ("eye(d)*ones(d)", "I(d) ones(d)"),
        ("eye(3)", "I₃"), ("eye(12)", "I(12)"), ("eye(n + 1)", "I(n + 1)"), ("ones(3, n)'", "1₃,ₙᵀ"),
        ("inv(X'*X)'", "(Xᵀ X)⁻ᵀ"), ("above(x, 2*y)", "1[x > 2 y]"), ("above(x, 0)", "above(x, 0)"),
        ("above(10.25, 3)", "1[10.25 > 3]"), ("above(3, 3)", "above(3, 3)"), ("above(x > y, z)", "1[(x > y) > z]"),
        ("is_largest(x, 2*y, -z)", "1[x ≥ 2 y, −z]"), ("is_largest(3, 3, 0)", "1[3 ≥ 3, 0]"),
        ("is_largest(x, y)", "is_largest(x, y)"), ("is_largest(x, y > z, z)", "1[x ≥ (y > z), z]"),
    ],
)  # fmt: skip
def test_identities_and_ones_have_their_sizes_below_where_unicode_has_them(text: str, shown: str) -> None:
    formula = parse(text)
    assert show(formula, Style(paper=True, dot=False)) == shown
    for calculus in (False, True):
        assert parse(shown, paper=True, calculus=calculus) is formula


def test_a_quantity_called_i_is_no_identity() -> None:
    assert show(parse("eye(n)*I", ("I",)), Style(paper=True, dot=False, whole=frozenset({"I"}))) == "I(n) I"
    assert parse("Iₙ", ("I",), calculus=True) is name("I", ("n",))
