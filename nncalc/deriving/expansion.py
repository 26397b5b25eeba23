"""The derivative by multiplying out: norms and squares as products, then term by term.

The route the founding recitation takes for least squares. Knows formulas, shapes and rules, no values.
"""

from __future__ import annotations

from nncalc.algebra.normal import Algebra
from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import TooLong
from nncalc.deriving.derivation import Derivation, Setting, Step, derivation, finished
from nncalc.deriving.reverse import gradient_of
from nncalc.deriving.spreading import spread, summed, transposes
from nncalc.graph.rules import squared
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR, text_of
from nncalc.language.formula import Call, Formula, Name, Num, call, is_call, name, names_in, num, parts, total
from nncalc.problems import Problem

MOST = 16


def expansion(setting: Setting) -> Derivation:
    """Return the derivation of a number's derivative, multiplied out; raise Problem where it is no number."""
    shapes, wrt = setting.shapes, setting.wrt
    _in_scope(setting)
    shapes.name(setting.of, SCALAR)
    simplifier = Simplifier(shapes, setting.facts, [setting.formula])
    if wrt in names_in(setting.formula) and not _has_polynomial(setting, simplifier):
        by_rules = derivation(setting)
        first, second, *rest = by_rules.steps
        why = f"by the rules: it is no polynomial in `{wrt}`"
        return by_rules._replace(steps=(first, second._replace(why=why), *rest))
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


def _in_scope(setting: Setting) -> None:
    """Raise Problem where there is no number to multiply out."""
    shape = setting.shapes.of(setting.formula)
    if shape != SCALAR or setting.hessian:
        what = "a Hessian" if setting.hessian else f"the expression, which is {text_of(shape)},"
        raise Problem(
            f"--method expand multiplies out a number; {what} is not differentiated that way", None,
            "--method rules does it", "usage",
        )  # fmt: skip


def _has_polynomial(setting: Setting, simplifier: Simplifier) -> bool:
    """Return whether a term with the variable is a polynomial in it, once multiplied out."""
    terms = _terms(setting, as_products(setting.formula, setting.shapes), simplifier)
    return any(degree(term, setting.wrt) for term in terms)


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


def _why(term: Formula, wrt: Name) -> str:
    """Return what kind of polynomial a term is in the variable, or by what it is differentiated."""
    count = degree(term, wrt)
    if count is None:
        return f"by the rules: it is no polynomial in `{wrt}`"
    return {0: "a constant", 1: "linear", 2: "quadratic", 3: "cubic"}.get(count, f"of degree {count}")


def degree(formula: Formula, wrt: Name) -> int | None:
    """Return how often the variable stands in each product of a formula; None where that differs, or is no number.

    >>> from nncalc.language.parser import parse
    >>> [degree(parse(text), name("x")) for text in ("x'*A*x", "log(a)*x/b", "x^3", "x + 1", "1/x", "exp(x)", "c")]
    [2, 1, 3, None, None, None, 0]
    """
    found: dict[Formula, int | None] = {}
    for part in parts(formula):
        if not isinstance(part, Call):
            found[part] = int(part is wrt)
            continue
        counts = [found[arg] for arg in part.args]
        known = [count for count in counts if count is not None]
        if not any(counts) and len(known) == len(counts):
            found[part] = 0
        elif len(known) < len(counts):
            found[part] = None
        else:
            found[part] = _degree(part, known)
    return found[formula]


def _degree(part: Call, counts: list[int]) -> int | None:
    """Return the degree of an operation of arguments of some degrees, not all zero."""
    first, *others = counts
    if part.op in ("mul", "hadamard", "kron", "inner"):
        return sum(counts)
    if part.op in ("transpose", "neg", "sum", "tr", "diag", "dg", "vec") or (
        part.op in ("div", "hdiv") and not others[0]
    ):
        return first
    if part.op == "add":
        return first if set(counts) == {first} else None
    whole = part.op in ("pow", "hpow") and isinstance(part.args[1], Num) and part.args[1].text.isdecimal()
    return first * int(str(part.args[1])) if whole else None


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
