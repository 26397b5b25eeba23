"""Formulas that are alike but for their names: what was found for one is what is found for another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_tidy import KNOWN, SCALAR, formulas

from nncalc.graph import patterns
from nncalc.graph import tidy as tidying
from nncalc.graph.calculus import gradient
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.patterns import pattern, template
from nncalc.graph.shapes import Shapes, shapes_of
from nncalc.graph.tidy import tidy
from nncalc.language.formula import Formula, call, name, names_in, replace
from nncalc.language.parser import parse
from nncalc.sheet.calculation import calculate
from nncalc.spec import value
from nncalc.spec.model import from_expressions, with_values

NUMBERS = [name(n) for n, shape in KNOWN.items() if shape == SCALAR]


def shapes() -> Shapes:
    return Shapes({name(n): shape for n, shape in KNOWN.items()})


@given(formulas(SCALAR, 3), st.permutations(NUMBERS))
def test_tidying_is_the_same_after_a_formula_that_is_alike(formula: Formula, others: list[Formula]) -> None:
    fresh = tidy(formula, shapes())
    used = shapes()
    tidy(replace(formula, dict(zip(NUMBERS, others, strict=True))), used)
    assert tidy(formula, used) is fresh


@given(formulas(SCALAR, 3))
def test_a_template_writes_the_formula_again(formula: Formula) -> None:
    alike = pattern(formula, shapes().known)
    if alike is not None:
        made = template([formula], alike.names)
        assert made is not None
        assert made.written(alike.names) == [formula]
        assert set(alike.names) == set(names_in(formula))


def test_a_formula_of_more_than_numbers_has_no_pattern() -> None:
    assert pattern(parse("x*u"), shapes().known) is None
    assert pattern(parse("x*det(A)"), shapes().known) is None
    assert template([parse("x*y")], [name("x")]) is None


@given(st.lists(st.tuples(st.sampled_from(["mul", "div"]), formulas(SCALAR, 1)), min_size=1, max_size=8))
def test_a_long_product_is_tidied_as_if_from_the_start(factors: list[tuple[str, Formula]]) -> None:
    product: Formula = name("x")
    for op, factor in factors:
        product = call(op, product, factor)
    found = tidy(product, shapes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tidying, "_longer", lambda *_: None)
        assert tidy(product, shapes()) is found


@given(formulas(SCALAR, 2), st.sampled_from(["x", "o", "k"]))
def test_a_gradient_is_the_same_without_templates(formula: Formula, by: str) -> None:
    """Three equations alike, each from the one before."""
    chain = [Equation(name("e1"), formula)]
    for step in (1, 2):
        chain.append(Equation(name(f"e{step + 1}"), replace(formula, {name("x"): name(f"e{step}")})))
    leaves = tuple(name(n) for n in KNOWN)
    given_shapes = {name(n): shape for n, shape in KNOWN.items()}

    def found() -> list[Equation]:
        graph = Graph(leaves, tuple(chain))
        return [*gradient(graph, shapes_of(graph, given_shapes), name("e3"), [name(by)]).equations]

    with_templates = found()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patterns, "ROOM", 0)
        assert with_templates == found()


@pytest.mark.parametrize("activation", ["tanh(v)", "sigmoid(v)", "(v - 1)^3", "v^0.5"])
def test_a_spelling_is_picked_for_each_equation_by_its_own_numbers(activation: str) -> None:
    """At 0.5 and 0.25 one spelling keeps its digits, at 20 and 1 another may be needed."""
    numbers = {"x": 0.5, "y": 20, "z": 0.25, "w": 1}
    texts = [f"{n}2 = {activation.replace('v', n)}" for n in numbers] + ["f = x2 + y2 + z2 + w2"]
    model, _ = from_expressions(texts)
    model = with_values(model, {n: value(str(number), n) for n, number in numbers.items()})
    found = calculate(model, backward=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patterns, "ROOM", 0)
        again = calculate(model, backward=True)
    assert found.backward.equations == again.backward.equations
    if activation == "tanh(v)":
        spelled = {str(e.formula).count("sigmoid") for e in found.backward.equations if e.name.base in numbers}
        assert spelled == {0, 2}
