"""The derivative by multiplying out: norms and squares as products, then term by term.

The route the founding recitation takes for least squares. Knows formulas, shapes and rules, no values.
"""

from __future__ import annotations

from nncalc.algebra.normal import Algebra
from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import TooLong
from nncalc.derive.derivation import Derivation, Setting, Step, finished
from nncalc.derive.reverse import gradient_of
from nncalc.derive.spreading import spread, summed, transposes
from nncalc.graph.rules import squared
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR, text_of
from nncalc.language.formula import Call, Formula, call, is_call, name, names_in, num, parts, total
from nncalc.problems import Problem

MOST = 16


def expansion(setting: Setting) -> Derivation:
    """Return the derivation of a number's derivative, multiplied out; raise Problem where it is no number."""
    shapes, wrt = setting.shapes, setting.wrt
    shape = shapes.of(setting.formula)
    if shape != SCALAR or setting.hessian:
        what = "a Hessian" if setting.hessian else f"the expression, which is {text_of(shape)},"
        raise Problem(
            f"--method expand multiplies out a number; {what} is not differentiated that way", None,
            "--method rules does it", "usage",
        )  # fmt: skip
    shapes.name(setting.of, shape)
    simplifier = Simplifier(shapes, setting.facts, [setting.formula])
    steps = [Step(setting.of, setting.formula, SCALAR)]
    plain = as_products(setting.formula, shapes)
    if plain is not setting.formula:
        steps.append(Step(None, plain, SCALAR, "the square of a norm is a product"))
    terms = _terms(setting, plain, simplifier)
    whole = total(terms)
    if whole is not plain:
        steps += _multiplied(plain, whole, len(terms), shapes)
    left = name(wrt.base, of=setting.of)
    slopes: list[Formula] = []
    for term in terms if len(terms) > 1 else ():
        minus = isinstance(term, Call) and term.op == "neg"
        body = term.args[0] if minus and isinstance(term, Call) else term
        slope = gradient_of(body, wrt, num(1), shapes, simplifier)
        slopes += [call("neg", slope) if minus else slope] if wrt in names_in(body) else []
        steps.append(Step(call("derivative", body, wrt), slope, shapes.of(wrt), _why(body, wrt)))
    found = simplifier.simplest(gradient_of(whole, wrt, num(1), shapes, simplifier))
    together = total(slopes) if slopes else found
    steps.append(Step(left, together, shapes.of(wrt), "the terms together" if slopes else ""))
    if together is not found:
        steps.append(Step(None, found, shapes.of(wrt), "what they have in common is taken out"))
    return finished(setting, steps, found, shapes.of(wrt), simplifier)


def _multiplied(plain: Formula, whole: Formula, count: int, shapes: Shapes) -> list[Step]:
    """Return the lines of multiplying out: every product, then those that are equal counted together, and why."""
    spreads = spread(plain, MOST)
    if len(spreads) <= count:
        return [Step(None, whole, SCALAR, "multiplied out; equal terms are counted together")]
    why: list[str | Formula] = []
    for one, other in transposes(spreads, shapes):
        why += [one, " = ", other, ", "]
    said = [*why, "as a number is its own transpose"] if why else ["equal terms are counted together"]
    every = summed(spreads)
    first = [Step(None, every, SCALAR, "multiplied out")] if every is not plain else []
    return [*first, Step(None, whole, SCALAR, tuple(said))]


def _why(term: Formula, wrt: Formula) -> str:
    count = sum(1 for each in _leaves(term) if each is wrt)
    return {0: "a constant", 1: "linear", 2: "quadratic"}.get(count, "") if _polynomial(term) else ""


def _leaves(formula: Formula) -> list[Formula]:
    if not isinstance(formula, Call):
        return [formula]
    return [leaf for arg in formula.args for leaf in _leaves(arg)]


def _polynomial(formula: Formula) -> bool:
    plain = {"mul", "transpose", "neg", "div", "add", "sum", "tr", "hadamard"}
    return all(not isinstance(part, Call) or part.op in plain for part in parts(formula))


def as_products(formula: Formula, shapes: Shapes) -> Formula:
    """Return `formula` with the square of a norm, of a number and of the entries of a sum as a product."""
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if not isinstance(part, Call):
            continue
        args = [new.get(arg, arg) for arg in part.args]
        made: Formula = call(part.op, *args)
        base = args[0]
        if part.op == "pow" and args[1] is num(2) and shapes.of(part) == SCALAR:
            made = call("mul", base, base) if is_call(base, "add") else squared(made)
        if is_call(made, "sum") and is_call(made.args[0], "hpow") and made.args[0].args[1] is num(2):
            made = _squared(made.args[0].args[0], shapes)
        new[part] = made
    return new.get(formula, formula)


def _squared(inner: Formula, shapes: Shapes) -> Formula:
    """Return ‖inner‖² as a product."""
    rows, columns = shapes.of(inner)
    if columns == 1:
        return call("mul", call("transpose", inner), inner)
    if rows == 1:
        return call("mul", inner, call("transpose", inner))
    return call("tr", call("mul", call("transpose", inner), inner))


def _terms(setting: Setting, plain: Formula, simplifier: Simplifier) -> list[Formula]:
    """Return the terms of a number, multiplied out."""
    algebra = Algebra(setting.shapes, setting.facts, expand=True)
    algebra.within.normal(setting.formula)
    try:
        found = algebra.normal(plain)
        many = len(found) > MOST
    except TooLong:
        found, many = {}, True
    if many or not found:
        what = f"has more than {MOST} terms" if many else "is zero"
        raise Problem(
            f"multiplied out, the expression {what}", None, "--method rules needs no multiplying out", "usage",
        )  # fmt: skip
    terms: list[Formula] = []
    for term, value in found.items():
        body = simplifier.simplest(algebra.formula({term: abs(value)}, SCALAR))
        terms.append(call("neg", body) if value < 0 else body)
    return terms
