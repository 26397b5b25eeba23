"""How a derivation reads: names where a person names, letters of rules that are nobody else's, terms in their place."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nncalc.deriving.expansion import degree
from nncalc.deriving.given_names import with_names
from nncalc.deriving.lines import NAMED, WRITTEN_OUT, rows
from nncalc.deriving.meeting import Meeting
from nncalc.deriving.naming import rule_letters, unused
from nncalc.deriving.page import page
from nncalc.deriving.result import Result, Wanted, derive
from nncalc.deriving.reverse import depending
from nncalc.language.formula import Call, Formula, Name, name, names_in, parts
from nncalc.language.parser import parse
from nncalc.language.printer import show
from nncalc.page import Row
from nncalc.render import style_of
from nncalc.render.table import render

FILE = json.loads((Path(__file__).parent / "cases" / "matrix" / "identities.json").read_text(encoding="utf-8"))
GRU = "sum((1 - sigmoid(Z*x+U*h)).*h + sigmoid(Z*x+U*h).*tanh(W*x + V*(sigmoid(R*x+S*h).*h)))"
LSTM = "norm2(sigmoid(W_o*x+U_o*h).*tanh(sigmoid(W_f*x+U_f*h).*c + sigmoid(W_i*x+U_i*h).*tanh(W_c*x+U_c*h)) - y)^2"
MORE = [
    (GRU, "h"), (GRU, "R"), (LSTM, "h"), (LSTM, "W_f"), (LSTM, "x"),
    ("-sum(y.*log(sigmoid(X*w)) + (1-y).*log(1-sigmoid(X*w))) + lam/2*norm2(w)^2", "w"),
    ("-0.5*n*logdet(S) - 0.5*tr(inv(S)*(X-ones(n)*m')'*(X-ones(n)*m'))", "S"),
    ("norm2(softmax(Q*K'/sqrt(d))*V - Y)^2", "Q"),
    ("-log(y'*softmax(V*relu(W*x+b)+c))", "W"),
    ("norm2(W*tanh(W*tanh(W*tanh(W*x+b)+b)+b) - y)^2", "W"),
]  # fmt: skip


def asked(expression: str, wrt: str, *shapes: str) -> Result:
    return derive(Wanted(expression, wrt, shapes, verify=False))


def published(case: dict[str, object]) -> Result:
    shapes = tuple(f"{word}: {' x '.join(shape) or '1'}" for word, shape in case["shapes"].items())  # type: ignore[attr-defined]
    said = tuple(f"{word}: {each}" for word, words in case.get("assume", {}).items() for each in words)  # type: ignore[attr-defined]
    return derive(
        Wanted(str(case["expression"]), str(case["wrt"]), shapes, said, hessian=bool(case.get("hessian")), verify=False)
    )


RESULTS = [
    *map(published, FILE["cases"]),
    *(asked(*each, "X: n x d") if "X" in each[0] else asked(*each) for each in MORE),
]


def formulas(row: Row) -> list[Formula]:
    found = [row.name, *(side.formula for side in row.sides)]
    return [each for each in found if isinstance(each, Call | Name)]


def count(text: Formula, part: Formula) -> int:
    """Return how often a part is read in a text."""
    if text is part:
        return 1
    return sum(count(arg, part) for arg in text.args) if isinstance(text, Call) else 0


def given(lines: tuple[Row, ...]) -> dict[Name, Formula]:
    return {row.name: row.sides[0].formula for row in lines if NAMED in row.why}  # type: ignore[misc]


def text(result: Result) -> list[str]:
    found = []
    style = style_of(page(result, None), ascii_only=False)
    for row in rows(result.derivation):
        left = f"{show(row.name, style)} " if row.name is not None else ""  # type: ignore[arg-type]
        found.append(f"{left}= {show(row.sides[0].formula, style)}")  # type: ignore[arg-type]
    return found


# -- names -------------------------------------------------------------------------------------------


def test_a_name_is_used_in_the_lines_and_used_again() -> None:
    for result in RESULTS:
        lines = rows(result.derivation)
        names = given(lines)
        for each in names:
            used = sum(count(part, each) for row in lines if row.name not in names for part in formulas(row))
            inside = sum(count(other, each) for other in names.values())
            assert used, show(result.derivation.setting.formula)
            assert used + inside > 1, show(result.derivation.setting.formula)


def test_a_name_is_given_before_it_is_used() -> None:
    for result in RESULTS:
        lines = rows(result.derivation)
        names = set(given(lines))
        known: set[Formula] = set()
        for row in lines:
            for side in row.sides:
                assert not names & {*names_in(side.formula)} - known  # type: ignore[arg-type]
            known |= {row.name} if isinstance(row.name, Name) else set()


def test_parts_of_a_network_are_named_as_a_person_does() -> None:
    lines = text(asked("0.5*norm2(W2*tanh(W1*x+b1)+b2-y)^2", "W1"))
    assert lines[1:8] == [
        "u = W⁽¹⁾ x + b⁽¹⁾", "r = W⁽²⁾ tanh(u) + b⁽²⁾ − y", "df = ⟨r, d(W⁽²⁾ tanh(u))⟩", "= ⟨W⁽²⁾ᵀ r, d(tanh(u))⟩",
        "p = (1 − tanh(u).^2) ⊙ (W⁽²⁾ᵀ r)", "df = ⟨p, d(W⁽¹⁾ x)⟩", "= ⟨p xᵀ, dW⁽¹⁾⟩",
    ]  # fmt: skip


def test_a_softmax_is_named_p_and_a_matrix_with_a_capital() -> None:
    lines = text(asked("norm2(softmax(Q*K'/sqrt(d))*V - Y)^2", "Q", "Q: n x d"))
    assert lines[1:4] == ["U = Q Kᵀ", "P = softmax(U / sqrt(d))", "W = P V − Y"]
    assert "R = 2 ((W Vᵀ − 1ₙ,ₙ ((W Vᵀ) ⊙ P)) ⊙ P)" in lines


def test_a_softmax_of_rows_is_named_p_too() -> None:
    lines = text(asked('sum(C .* (softmax(Q*K\'/sqrt(d), over="rows")*V))', "Q", "Q: n x d"))
    assert lines[1:3] == ["U = Q Kᵀ", "P = softmax(U / sqrt(d), each row)"]
    assert "R = (C Vᵀ − ((C Vᵀ) ⊙ P) · 1ₖ,ₖ) ⊙ P" in lines
    assert "= ⟨R K / sqrt(d), dQ⟩" in lines


def test_the_largest_of_several_is_one_operation_of_one_line() -> None:
    result = asked("sum(max(x, y, z))", "x")
    assert text(result)[1:] == ["df = ⟨1ₙ, d(max(x, y, z))⟩", "= ⟨1[x ≥ y, z], dx⟩", "∂f/∂x = 1[x ≥ y, z]"]
    laws = [show(law.left) for row in rows(result.derivation) for law in row.laws]
    assert laws == ["d(sum(A))", "inner(g, d(max(u, v, w)))"]


def test_the_beginning_of_a_product_gets_no_name() -> None:
    names = given(rows(asked("tr(inv(X'*C*X)*A) + logdet(X'*C*X)", "X").derivation))
    assert [show(part) for part in names.values()] == ["X' * C * X", "inv(U) * A"]


def test_letters_run_out_into_numbers() -> None:
    assert str(unused("H", [parse("H + K + M + Q + H1")])) == "H2"


# -- lines -------------------------------------------------------------------------------------------


def test_no_line_is_wide_but_one_formula_written_out() -> None:
    for result in RESULTS:
        for line, row in zip(text(result), rows(result.derivation), strict=True):
            assert len(line) <= 120 or WRITTEN_OUT in row.why, line


def test_a_term_waiting_its_turn_is_not_copied() -> None:
    """A differential is read where its term comes up, and where it is worked, not on the lines of the others."""
    for result in RESULTS:
        steps, _ = with_names(result.derivation)
        sides = [side for step in steps for side in (step.right,)]
        waiting: dict[Formula, int] = {}
        for side in sides:
            for part in parts(side):
                if isinstance(part, Call) and part.op == "differential" and isinstance(part.args[0], Call):
                    waiting[part] = waiting.get(part, 0) + 1
        assert all(times <= 3 for times in waiting.values()), show(result.derivation.setting.formula)


def test_terms_are_worked_from_left_to_right_each_on_lines_of_its_own() -> None:
    assert text(asked("norm2(y-X*w)^2 + lam*norm2(w)^2", "w")) == [
        "f = ‖y − X w‖² + λ ‖w‖²",
        "df = d(‖y − X w‖²) + λ d(‖w‖²)",
        "d(‖y − X w‖²) = ⟨2 (X w − y), d(X w)⟩",
        "= ⟨2 Xᵀ (X w − y), dw⟩",
        "λ d(‖w‖²) = ⟨2 λ w, dw⟩",
        "df = ⟨2 (Xᵀ (X w − y) + λ w), dw⟩",
        "∂f/∂w = 2 (Xᵀ (X w − y) + λ w)",
    ]


def test_terms_that_meet_on_the_way_go_on_together() -> None:
    lines = text(asked("y'*log(sigmoid(X*w)) + (1-y)'*log(1-sigmoid(X*w))", "w"))
    together = lines.index("df = ⟨y ⊘ σ(u) + (y − 1) ⊘ σ(−u), d(σ(u))⟩")
    assert lines[together + 1] == "= ⟨y − σ(u), du⟩"


def test_a_quadratic_form_shows_its_halves() -> None:
    assert text(asked("x'*A*x", "x"))[1:3] == ["df = ⟨A x, dx⟩ + ⟨Aᵀ x, dx⟩", "= ⟨(A + Aᵀ) x, dx⟩"]
    assert text(asked("x'*A*x + b'*x", "x"))[1] == "df = ⟨A x, dx⟩ + ⟨Aᵀ x, dx⟩ + d(bᵀ x)"
    assert text(asked("x'*x", "x"))[1] == "df = ⟨2 x, dx⟩"


def test_what_cancels_is_shown_and_said() -> None:
    lines = rows(asked("logdet(A*X)", "X", "A: n x n, X: n x n").derivation)
    assert "A" in {str(each) for part in formulas(lines[2]) for each in names_in(part)}
    assert lines[3].why == ("`A` cancels",)
    assert rows(asked("logdet(A*X*B)", "X", "A: n x n, X: n x n").derivation)[3].why == ("`A` and `B` cancel",)


def test_where_ways_meet() -> None:
    formula = parse("sin(x) * cos(exp(x)) + exp(x)")
    order = [*depending(formula, name("x"))]
    meeting = Meeting(order)
    sin, cos, exp, x = (parse(text) for text in ("sin(x)", "cos(exp(x))", "exp(x)", "x"))
    assert meeting.of([sin, cos]) is x
    assert meeting.of([cos, exp]) is exp
    assert meeting.of([exp, cos]) is exp
    assert meeting.of([formula]) is formula
    assert meeting.leads(cos, exp)
    assert not meeting.leads(exp, cos)
    assert not meeting.leads(exp, exp)
    assert [*meeting.parts(meeting.before(cos, x))] == [exp, cos]
    assert parse("y") not in meeting


# -- letters of rules ---------------------------------------------------------------------------------


def test_the_letters_of_a_rule_are_none_of_the_problems() -> None:
    for result in RESULTS:
        setting = result.derivation.setting
        lines = rows(result.derivation)
        used = {each for row in lines for part in formulas(row) for each in names_in(part)}
        problem = {each.base for each in used} | {each.of.base for each in used if each.of} | {setting.of.base}
        for row in lines:
            for law in row.laws:
                own = {each.base for side in law for each in names_in(side)} - setting.shapes.letters
                assert not own & problem, show(setting.formula)


@pytest.mark.parametrize(
    ("rule", "problem", "moved"),
    [
        ("A * B", "x'*x", "A * B"),
        ("A * B", "x'*A*x", "P * Q"),
        ("A * B", "A*P*M", "U * V"),
        ("x .* y + g", "x + g", "u .* v + G"),
        ("A * B", "A*P*M*U*R*C*E*G", "B * D"),
        ("x .* y", "x + u*v + p + s + a + w*z*m", "y .* t"),
        ("p + d", "p", "p1 + d"),
        ("A1 + A2", "A1", "A3 + A2"),
    ],
)
def test_letters_that_stand_together_move_together(rule: str, problem: str, moved: str) -> None:
    from nncalc.language.formula import replace

    assert show(replace(parse(rule), rule_letters([parse(rule)], [parse(problem)], ()))) == moved


def test_letters_that_run_out_get_numbers() -> None:
    every = " + ".join(chr(code) for code in range(ord("A"), ord("Z") + 1))
    assert [str(each) for each in rule_letters([parse("A*B")], [parse(every)], ()).values()] == ["A1", "B1"]


# -- reasons -----------------------------------------------------------------------------------------


def test_a_product_whose_factors_both_vary_has_its_rule_once() -> None:
    (law,) = rows(asked("A*X*B", "X").derivation)[1].laws
    assert [show(side) for side in law] == [
        "inner(G, d(P * Q))", "inner(G * Q', d(P)) + inner(P' * G, d(Q))",
    ]  # fmt: skip
    assert [len(row.laws) for row in rows(asked("x'*A*x", "x").derivation)] == [0, 2, 0, 0]
    scaled = rows(asked("t*X*B", "X", "t: 1").derivation)[1]
    assert [show(law.right) for law in scaled.laws] == [
        "inner(G * Q', d(P))",
        "inner(P * G, d(Q))",
    ]


def test_reasons_go_on_below_a_line_that_grows_wide() -> None:
    for result in RESULTS:
        made = page(result, None)
        for line in render(made, style_of(made, ascii_only=False)).splitlines():
            assert len(line) <= 120 or not re.search("  (read off|written out|named|d\\(|⟨g, d|⟨G, d)", line), line


def test_a_reason_that_does_not_fit_beside_stands_below() -> None:
    made = page(asked("t*softmax(K*q)", "q", "t: 1 x n, K: n x d"), None)
    lines = render(made, style_of(made, ascii_only=False)).splitlines()
    (place,) = (place for place, line in enumerate(lines) if "d(softmax(x))" in line)
    assert lines[place].strip() == "⟨g, d(softmax(x))⟩ = ⟨(g − gᵀ softmax(x)) ⊙ softmax(x), dx⟩"
    assert "d(K q)⟩" in lines[place - 1]


# -- multiplied out ------------------------------------------------------------------------------------


def multiplied(expression: str, *shapes: str) -> list[tuple[str, str]]:
    result = derive(Wanted(expression, "x", shapes, method="expand", verify=False))
    lines = zip(text(result), rows(result.derivation), strict=True)
    return [(line, "".join(map(str, row.why))) for line, row in lines]


def test_what_is_called_linear_or_quadratic_is_so() -> None:
    said = dict(multiplied("x'*A*x + log(a'*b)*(c'*x) - (c'*x)^3/2 + (c'*x)^4 + 1/(c'*x) + 5"))
    assert said["∂(xᵀ A x)/∂x = (A + Aᵀ) x"] == "quadratic"
    assert said["∂(log(aᵀ b) cᵀ x)/∂x = log(aᵀ b) c"] == "linear"
    assert said["∂((cᵀ x)³ / 2)/∂x = 3 (cᵀ x)² c / 2"] == "cubic"
    assert said["∂((cᵀ x)⁴)/∂x = 4 (cᵀ x)³ c"] == "of degree 4"
    assert said["∂(1 / (cᵀ x))/∂x = −c / (cᵀ x)²"] == "by the rules: it is no polynomial in `x`"
    assert said["∂(5)/∂x = zeros(n)"] == "a constant"


@pytest.mark.parametrize("expression", ["log(c'*x)", "sum(exp(x))", "sqrt(x'*x)", "c'*x/(x'*x)", "norm2(x)"])
def test_outside_polynomials_multiplying_out_hands_over_to_the_rules_and_says_so(expression: str) -> None:
    lines = multiplied(expression)
    assert lines[1][1] == "by the rules: it is no polynomial in `x`"
    assert [line for line, _ in lines] == text(asked(expression, "x"))


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("x'*A*x", 2), ("log(a)*x/b", 1), ("x^3", 3), ("x + 1", None), ("1/x", None), ("exp(x)", None), ("c", 0),
        ("x.^2 .* x", 3), ("x/x", None), ("x^a", None), ("2^x", None), ("-sum(diag(x))", 1), ("x'*c + c'*x", 1),
        ("(x + 1)*0", None), ("c^x", None), ("max(x, c)", None),
    ],
)  # fmt: skip
def test_the_degree_of_a_formula(expression: str, count: int | None) -> None:
    assert degree(parse(expression), name("x")) == count


def test_a_part_in_disguise_does_not_name_what_it_is() -> None:
    expression = "tr(inv(inv(X))*A*inv(inv(X))*B*inv(inv(X))*C*inv(inv(X))*D) + logdet(inv(inv(X)))"
    lines = text(asked(expression, "X", "X: n x n, A: n x n"))
    assert lines[1] == "U = (X⁻¹)⁻¹"
    assert "= ⟨Pᵀ, dX⟩" in lines
