"""The derivative by one general element: every line is true at every entry, and reads back as itself.

Lines are put into numbers by an evaluator of index notation of this file, derivatives in them by the complex step,
for two choices of sizes; the derivatives that are published are those of `cases/matrix/identities.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncalc.algebra.terms import Facts
from nncalc.deriving.canonical import Canonical
from nncalc.deriving.derivation import Derivation, Setting, derivation
from nncalc.deriving.element import element_derivation
from nncalc.deriving.indices import Indices
from nncalc.deriving.naming import unused
from nncalc.deriving.verify import quantities
from nncalc.graph.shapes import SCALAR
from nncalc.language.formula import Call, Formula, Name, Num, call, name, names_in, parts, replace
from nncalc.language.parser import parse, read
from nncalc.language.printer import ASCII, Style, show
from nncalc.numbers.check import STEP, Sample, jacobian, laid_out, samples, value
from nncalc.problems import Problem
from nncalc.shaping.declaration import declare

FILE = json.loads((Path(__file__).parent / "cases" / "matrix" / "identities.json").read_text(encoding="utf-8"))
PUBLISHED = {case["id"]: case for case in FILE["cases"] if not case.get("hessian")}
SAID = {"symmetric", "spd", "invertible", "positive", "probability"}
#: Of the published derivatives that are no Hessians, those the method writes an element of.
WRITTEN = 164
#: What kinds of them are derived in the other layout as well.
NUMERATOR = ("vv-", "sv-", "sm-", "tr-", "em-", "nm-", "vs-", "ms-", "ss-", "hd-", "los")
#: Expressions beside them: the layouts, rows, numbers, sizes, and operations that no published one has.
OTHERS = """
A*x | x | A: m x n | numerator
x'*A*x | x | x: n | numerator
tr(A*X) | X | X: m x n | numerator
z*x | z | x: n, z: 1 | numerator
(A + t*B).*C | t | t: 1, A: m x n | numerator
sum(r*A) | r | r: 1 x n, A: n x m | numerator
sum(r*A) | r | r: 1 x n, A: n x m
A*r' | r | r: 1 x n, A: m x n
r*A | r | r: 1 x n, A: n x m | numerator
x' | x | x: 3
x*t + a | t | x: 1 x n, t: 1, a: 1
x*t + a | t | x: 1 x n, t: 1, a: 1 | numerator
t^2*sin(t) | t | t: 1
5*x | x | x: 1
x | x | x: 1 | numerator
mean(X) | X | X: m x n
mean(x) | x | x: n
sum(x + z) | z | x: n, z: 1
lse(X) | X | X: m x n
lse(x) | x | x: n
softmax(W*x) | x | W: m x n
x^p | p | x: 1, p: 1
squared_error(W*x, y) | W | x: n, y: m
[1, 2]'*x | x | x: 2
cross_entropy_logits(W*x, y) | x | W: m x n
sum(max(x, 0)) | x | x: n
dg(X)'*a | X | X: n x n
diag(x)*y | x | x: n
norm2(x)^4 | x | x: n
tr(X)^2 | X | X: n x n
inner(A, X*B) | X | A: m x n, X: m x p
sum(i*x + j*k*l) | x | x: n, i: 1, j: 1, k: 1, l: 1
inv(A)*x | x | A: n x n
kron(A, B)*x | x | A: p x d, B: m x n, x: d*n
norm1(A*x - y) | x | A: m x n
sum(x.*x)/(y'*x) | x | x: n
tanh(-A*x) | x | A: m x n
x./(1 + x.^2) | x | x: n
tr(X^4) | X | X: n x n
sum(eye(n)*x) | x | x: n
(x'*A*x)^3 | x | x: n
sum(sign(x) + zeros(n)) | x | x: n
0.5*sum((A*x).^2)/3 | x | A: m x n
W*x | W | W: m x n
W*x | W | W: m x n | numerator
A*X*B | X | A: m x n, X: n x p, B: p x k
A*X | X | A: m x n, X: n x p | numerator
X*x | x | X: m x n
x*x' | x | x: n
sin(X) | X | X: m x n
inv(A) | A | A: n x n
A*inv(X) | X | A: n x n
a'*inv(X)*b | X | X: n x n
det(X) | X | X: n x n
det(X)*x | X | X: n x n
logdet(A*X) | X | A: n x n
logdet(X'*A*X) | X | A: n x n, X: n x m
tr(X^-1) | X | X: n x n
tr(X^9) | X | X: n x n
sum(adj(X)) | X | X: n x n
"""
#: Second derivatives.
HESSIANS = """
x'*A*x | x | x: n
norm2(A*x - b)^2 | x | A: m x n
log(sum(exp(x))) | x | x: n
sum(log(1 + exp(-A*x))) | x | A: m x n
x^3*sin(x) | x | x: 1
norm2(X)^2 | X | X: m x n
logdet(X) | X | X: n x n
"""
#: What is refused, and what the message names.
REFUSED = """
sum(kron(X, A)) | `kron`
vec(X)'*c | `vec`
tr(X^k) | `^`
"""


def table(text: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split(" | ")) for line in text.strip().splitlines()]


def setting_of(
    expression: str, wrt: str, shapes: str, layout: Any = "denominator", assume: Sequence[str] = ()
) -> Setting:
    parsed = read(expression)
    said = declare(parsed, name(wrt), [shapes] if shapes else [], list(assume))
    of = unused("f" if said.shapes.of(parsed.formula) == SCALAR else "u", [parsed.formula])
    facts = {
        word: frozenset(each for each, words in said.assumptions.items() if word in words)
        for word in ("symmetric", "probability")
    }
    return Setting(parsed.formula, name(wrt), of, said.shapes, Facts(facts["symmetric"], facts["probability"]), layout)


def published(case: dict[str, Any]) -> Setting:
    shapes = ", ".join(f"{word}: {' x '.join(shape) or '1'}" for word, shape in case["shapes"].items())
    said = [(word, each) for word, words in case.get("assume", {}).items() for each in words if each in SAID]
    return setting_of(case["expression"], case["wrt"], shapes, "denominator", tuple(map(": ".join, said)))


def written() -> tuple[dict[str, Derivation], dict[str, Problem]]:
    """Return the derivations of both lists, and why there is none where there is none."""
    found, refused = {}, {}
    for row in table(OTHERS):
        expression, wrt, shapes, layout = (*row, "denominator")[:4]
        found[" | ".join(row)] = element_derivation(setting_of(expression, wrt, shapes, layout))
    for expression, wrt, shapes in table(HESSIANS):
        found[f"H: {expression}"] = again(hessian(expression, wrt, shapes))
    for key, case in PUBLISHED.items():
        try:
            found[key] = element_derivation(published(case))
        except Problem as problem:
            refused[key] = problem
        if key in found and key[:3] in NUMERATOR:
            found[f"{key}, numerator"] = element_derivation(published(case)._replace(layout="numerator"))
    return found, refused


def hessian(expression: str, wrt: str, shapes: str) -> Derivation:
    return element_derivation(setting_of(expression, wrt, shapes)._replace(hessian=True))


def again(found: Derivation) -> Derivation:
    """Return the second half of the lines of a Hessian, as those of the derivative of the gradient."""
    place = next(place for place, step in enumerate(found.steps) if "differentiated again" in step.why)
    g = found.steps[place].left
    assert isinstance(g, Name)
    first = found.steps[place]._replace(right=found.gradient)
    setting = found.setting._replace(formula=found.gradient, of=g, hessian=False)
    return found._replace(setting=setting, steps=(first, *found.steps[place + 1 :]))


FOUND, NOT_WRITTEN = written()


def textbook(formula: Formula) -> Formula:
    """Return a loss written out, as its own function takes real numbers only, which the complex step does not have."""
    if not isinstance(formula, Call) or formula.op not in ("squared_error", "cross_entropy_logits"):
        return formula
    text = "sum((p - y).^2)/2" if formula.op == "squared_error" else "-sum(y.*log(softmax(p)))"
    return replace(parse(text), {name("p"): formula.args[0], name("y"): formula.args[1]})


# -- index notation in numbers ------------------------------------------------------------------------------


class Numbers:
    """Puts numbers into one line: an index variable is an axis of the arrays that come out."""

    def __init__(self, setting: Setting, sample: Sample, axes: Mapping[str, int], whole: Any) -> None:
        self.setting, self.sample, self.axes, self.whole = setting, sample, axes, whole

    def index(self, letter: str, size: int) -> Any:
        return np.arange(size).reshape([-1 if axis == self.axes[letter] else 1 for axis in range(len(self.axes))])

    def taken(self, array: Any, index: tuple[Any, ...], sizes: Mapping[str, int]) -> Any:
        flat = array.reshape([size for size in array.shape if size > 1] or [1])
        if not index:
            assert array.size == 1
            return flat.reshape([1] * len(self.axes))
        return flat[tuple(self.index(str(each), sizes[str(each)]) for each in index)]

    def of(self, formula: Formula, sizes: Mapping[str, int]) -> Any:
        if not is_indexed(formula):
            return self.taken(self.array(formula), (), sizes)
        if isinstance(formula, Name):
            if formula.of is not None:
                return self.derivative(formula.of, name(formula.base, formula.index), sizes)
            array = self.array(name(formula.base))
            return self.taken(array, formula.index, sizes)
        assert isinstance(formula, Call)
        args = formula.args
        if formula.op == "entry":
            return self.taken(self.array(args[0]), args[1:], sizes)
        if formula.op == "delta":
            one, other = map(str, args)
            return (self.index(one, sizes[one]) == self.index(other, sizes[other])).astype(float)
        if formula.op == "derivative":
            assert isinstance(args[1], Name)
            return self.derivative(args[0], args[1], sizes)
        if formula.op == "over_sum":
            inner = {**sizes, str(args[0]): self.extent(str(args[0]), args[1], sizes)}
            return self.of(args[1], inner).sum(axis=self.axes[str(args[0])], keepdims=True)
        found = np.broadcast_arrays(*[self.of(arg, sizes) for arg in args])
        letters = [name(f"u{place}") for place in range(len(args))]
        entrywise = {"mul": "hadamard", "div": "hdiv", "pow": "hpow"}.get(formula.op, formula.op)
        flat = {letter: each.reshape(-1, 1) for letter, each in zip(letters, found, strict=True)}
        return value(call(entrywise, *letters), flat, {}).reshape(found[0].shape)

    def array(self, formula: Formula) -> Any:
        """Return a whole matrix: a quantity, the result, the derivative, or a formula."""
        if isinstance(formula, Name) and (
            formula.of is not None or (formula == name("H") and formula not in self.sample.values)
        ):
            return self.whole
        formula = self.setting.formula if formula is self.setting.of else formula
        return value(textbook(formula), self.sample.values, self.sample.sizes)

    def extent(self, index: str, body: Formula, sizes: Mapping[str, int], met: frozenset[str] = frozenset()) -> int:
        """Return how far an index variable runs: the size of an array where it is used, or of what a delta equals."""
        others = []
        for part in parts(body):
            array, places = None, ()  # type: tuple[Any, tuple[Any, ...]]
            if isinstance(part, Name) and index in part.index:
                array, places = self.array(name(part.base)), part.index
            elif isinstance(part, Name) and part.of is not None and index in part.of.index:
                array, places = self.array(name(part.of.base)), part.of.index
            elif isinstance(part, Call) and part.op == "entry":
                array, places = self.array(part.args[0]), tuple(map(str, part.args[1:]))
            elif isinstance(part, Call) and part.op == "delta" and index in map(str, part.args):
                others += [str(arg) for arg in part.args if str(arg) not in met | {index}]
            if index in places:
                return int([size for size in array.shape if size > 1][places.index(index)])
        assert others, f"nothing says how far {index} runs"
        return sizes[others[0]] if others[0] in sizes else self.extent(others[0], body, sizes, met | {index})

    def derivative(self, of: Formula, by: Name, sizes: Mapping[str, int]) -> Any:
        x = self.sample.values[name(by.base)]
        places = [each for each, size in enumerate(x.shape) if size > 1]
        columns = []
        for at in product(*map(range, x.shape)):
            moved = x.astype(complex)
            moved[at] += 1j * STEP
            there = Sample({**self.sample.values, name(by.base): moved}, self.sample.sizes)
            found = np.imag(Numbers(self.setting, there, self.axes, None).of(of, sizes)) / STEP
            columns.append((at, found))
        letters = [str(each) for each in by.index]
        shape = list(np.broadcast_shapes(*[found.shape for _, found in columns]))
        for letter, place in zip(letters, places, strict=True):
            assert shape[self.axes[letter]] in (1, x.shape[place])
            shape[self.axes[letter]] = x.shape[place]
        result = np.zeros(shape)
        for at, found in columns:
            where: list[Any] = [slice(None)] * len(shape)
            for letter, place in zip(letters, places, strict=True):
                where[self.axes[letter]] = slice(at[place], at[place] + 1)
            result[tuple(where)] = np.broadcast_to(found, shape)[tuple(where)]
        return result


def is_indexed(formula: Formula) -> bool:
    """Return whether a formula is in index notation, and not one of whole matrices."""
    special = ("entry", "delta", "over_sum", "derivative")
    return any(
        part.op in special if isinstance(part, Call) else isinstance(part, Name) and bool(part.index or part.of)
        for part in parts(formula)
    )


def letters_of(formula: Formula) -> set[str]:
    """Return the index variables of a formula in index notation."""
    found: set[str] = set()
    for part in parts(formula):
        if isinstance(part, Call) and part.op in ("over_sum", "delta", "entry"):
            found |= set(map(str, {"over_sum": part.args[:1], "delta": part.args, "entry": part.args[1:]}[part.op]))
        if isinstance(part, Name):
            found |= set(map(str, (*part.index, *(part.of.index if part.of else ()))))
    return found


def truth(found: Derivation, sample: Sample) -> Any:
    """Return the derivative as a matrix, by the complex step."""
    setting = found.setting
    full = laid_out(jacobian(textbook(setting.formula), setting.wrt, sample))
    tangent = setting.shapes.of(setting.wrt) == SCALAR and 1 not in setting.shapes.of(setting.formula)
    return full.T if setting.layout == "numerator" and not tangent else full


def free_of(found: Derivation) -> list[str]:
    """Return the letters of the element that is written, those of the formula first where it has more than two."""
    left = found.steps[1].left
    if isinstance(left, Name):
        return list(map(str, (*(left.of.index if left.of else ()), *left.index)))
    return [str(arg) for arg in left.args[1:]] if isinstance(left, Call) else []


def tensor(found: Derivation, whole: Any, sample: Sample) -> Any:
    """Return the derivative with an axis for each letter of its element."""
    if found.vectorised:
        of, by = (value(textbook(each), sample.values, sample.sizes).shape
                  for each in (found.setting.formula, found.setting.wrt))  # fmt: skip
        whole = whole.T if found.setting.layout == "numerator" else whole
        whole = whole.reshape(*by[::-1], *of[::-1]).transpose(3, 2, 1, 0)
    return whole.reshape([size for size in whole.shape if size > 1])


def drawn(found: Derivation) -> list[Sample]:
    setting = found.setting
    words = {"symmetric": setting.facts.symmetric, "probability": setting.facts.sums_to_one}
    assumed = {each: frozenset(word for word, those in words.items() if each in those) for each in quantities(found)}
    return list(samples(setting.shapes, quantities(found), assumed, setting.formula, count=1))


def is_whole(side: Formula) -> bool:
    """Return whether a side is the name of the whole derivative."""
    slope = isinstance(side, Name) and side.of is not None and not side.index and not side.of.index
    return slope or side is name("H")


@pytest.mark.parametrize("key", FOUND)
def test_every_line_is_true_at_every_entry(key: str) -> None:
    found = FOUND[key]
    free = free_of(found)
    assert found.steps[0].left is found.setting.of
    assert found.steps[0].right is found.setting.formula
    for sample in drawn(found):
        whole = truth(found, sample)
        assert np.allclose(value(found.derivative, sample.values, sample.sizes), whole, rtol=1e-7, atol=1e-9)
        entries = tensor(found, whole, sample)
        sizes = dict(zip(free, entries.shape, strict=True))
        for step in found.steps[1:]:
            for side in (step.left, step.right):
                if side is None or side is found.derivative or is_whole(side):
                    continue
                axes = {letter: place for place, letter in enumerate([*free, *sorted(letters_of(side) - set(free))])}
                got = Numbers(found.setting, sample, axes, whole).of(side, sizes)
                wanted = entries.reshape([*sizes.values(), *[1] * (len(axes) - len(sizes))])
                assert np.allclose(np.broadcast_to(got, wanted.shape), wanted, rtol=1e-7, atol=1e-9), show(side)


@pytest.mark.parametrize("key", FOUND)
def test_every_line_reads_back_as_itself(key: str) -> None:
    found = FOUND[key]
    names = {each.base for each in names_in(found.setting.formula)} | {found.setting.of.base, found.setting.wrt.base}
    whole = frozenset(names)
    for step in found.steps[1:]:
        for side in (step.left, step.right):
            if side is not None:
                assert parse(show(side, ASCII), names, calculus=True) is side, show(side)
                text = show(side, Style(paper=True, dot=False, whole=whole))
                assert parse(text, names, calculus=True, paper=True) is side, text


@pytest.mark.parametrize("key", FOUND)
def test_it_comes_to_what_the_rules_come_to(key: str) -> None:
    found = FOUND[key]
    rules = derivation(found.setting)
    assert (found.derivative, found.shape) == (rules.derivative, rules.shape)
    assert found.steps[-1].right is rules.derivative
    assert found.steps[-1].shape == rules.shape
    assert all("transpose" not in step.why for step in found.steps)


def test_most_published_derivatives_have_an_element() -> None:
    assert len(set(FOUND) & set(PUBLISHED)) == WRITTEN
    assert all("--method rules" in (problem.hint or "") for problem in NOT_WRITTEN.values())


def test_few_matrices_are_recognised_by_numbers() -> None:
    """Those of entries counted down columns, of the inverse or the determinant of a product, and three more."""
    by_numbers = {
        key for key in PUBLISHED
        if key in FOUND and "numbers" in FOUND[key].steps[-1].why and not FOUND[key].vectorised
    }  # fmt: skip
    inverses = {"dt-mc51", "dt-mc52", "dt-mc58", "dt-mo", "ms-inv-tA"}
    assert by_numbers <= inverses | {"loss-logit-margin", "em-nested", "hd-pnorm"}


def test_simple_derivations_are_short() -> None:
    for key in ("vv-seed-Ax", "vv-affine", "sv-seed-ols", "vv-relu-layer", "sv-quad-affine", "sv-lin-xTa", "tr-mc117"):
        assert len(FOUND[key].steps) <= 7


def test_the_course_s_example_reads_as_in_the_course() -> None:
    """Recitation 5 of CMU 10-301/601, section 1: (dAx/dx)_ij = d(Ax)_j/dx_i = A_ji."""
    style = Style(paper=True, dot=False, whole=frozenset("Axu"))
    lines = [(step.left and show(step.left, style), show(step.right, style)) for step in FOUND["vv-seed-Ax"].steps]
    assert lines == [
        ("u", "A x"),
        ("(∂u/∂x)ᵢ,ⱼ", "∂uⱼ/∂xᵢ"),
        (None, "∂(Σₖ Aⱼ,ₖ xₖ)/∂xᵢ"),
        (None, "Σₖ Aⱼ,ₖ ∂xₖ/∂xᵢ"),
        (None, "Σₖ Aⱼ,ₖ δₖ,ᵢ"),
        (None, "Aⱼ,ᵢ"),
        ("∂u/∂x", "Aᵀ"),
    ]
    whys = [step.why for step in FOUND["vv-seed-Ax"].steps]
    assert whys[1] == "by definition (denominator layout: i counts `x`, j counts `u`)"
    assert whys[5:] == ["the delta keeps the term k = i", "the matrix whose element i,j this is"]


@pytest.mark.parametrize(("expression", "named"), table(REFUSED))
def test_what_it_does_not_know_is_refused(expression: str, named: str) -> None:
    shapes = {"X": "n x n", "A": "n x n", "c": "n*n", "k": "1"}
    said = ", ".join(f"{each}: {shapes[each.base]}" for each in names_in(parse(expression)))
    with pytest.raises(Problem) as caught:
        element_derivation(setting_of(expression, "X", said))
    assert named in caught.value.message
    assert "--method rules" in (caught.value.hint or "")


@pytest.mark.parametrize(("expression", "wrt", "shapes"), table(HESSIANS))
def test_a_hessian_is_the_element_of_the_gradient_and_what_the_rules_come_to(
    expression: str, wrt: str, shapes: str
) -> None:
    found = hessian(expression, wrt, shapes)
    first = element_derivation(found.setting._replace(hessian=False))
    assert found.steps[: len(first.steps)] == first.steps
    assert found.derivative is derivation(found.setting).derivative
    assert found.gradient is first.derivative


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(Problem, match="nested more than 40 levels"):
        element_derivation(setting_of("tanh(A*" * 42 + "x" + ")" * 42, "x", "A: n x n, x: n"))


# -- the proof -----------------------------------------------------------------------------------------------


EQUAL = """
(A*B)' | B'*A'
A*(B + C) | A*B + A*C
tr(A*B)*C | tr(B*A)*C
diag(x)*A | x*ones(n)'.*A
(x'*A*x)*x | x*(x'*A'*x)
A^3 | A*A*A
norm2(x)^2*x | x*x'*x
x*x'/norm2(x)^2 | x*x'/(x'*x)
softmax(x) | exp(x)/sum(exp(x))
tanh(-x) | -tanh(x)
cos(-x) | cos(x)
sigmoid(-x) | 1 - sigmoid(x)
ones(n)*ones(n)'*x | ones(n)*sum(x)
ones(n)*ones(n)'*ones(n) | ones(n)*n
inv(A')*x | inv(A)'*x
A.*B | B.*A
dg(A*B) | (A.*B')*ones(n)
x.^3./x | x.^2
x.^-1 | 1./x
"""
UNEQUAL = """
(A*B)' | A'*B'
A*B | B*A
tr(A*B)*C | tr(A*B')*C
sqrt(x.^2) | x
sum(A*x)*x | x*sum(A'*x)
A.*B | A*B
"""


def have_one_normal_form(one: str, other: str) -> bool:
    setting = setting_of("sum(A) + sum(B) + sum(C) + sum(x) + sum(ones(n))", "x", "A: n x n, B: n x n, C: n x n, x: n")
    indices = Indices(setting.shapes, name("x"))
    formulas = [parse(each) for each in (one, other)]
    rows, columns = setting.shapes.of(formulas[0])
    at = indices.fresh(rows), indices.fresh(columns)
    elements = [indices.entry(each, *at) for each in formulas]
    return Canonical(indices, Facts()).same(*elements)


@pytest.mark.parametrize(("one", "other"), table(EQUAL))
def test_what_is_equal_has_one_normal_form(one: str, other: str) -> None:
    assert have_one_normal_form(one, other)


@pytest.mark.parametrize(("one", "other"), table(UNEQUAL))
def test_what_is_not_equal_has_two(one: str, other: str) -> None:
    assert not have_one_normal_form(one, other)


def test_symmetry_is_used_and_said() -> None:
    found = element_derivation(setting_of("x'*S*x", "x", "x: n", "denominator", ("S: symmetric",)))
    assert found.steps[-1].why == "the column whose element i this is; `S` is symmetric"


def test_a_matrix_that_is_not_the_one_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = setting_of("A*x", "x", "A: n x n")
    wrong = derivation(setting)._replace(derivative=name("A"))
    monkeypatch.setattr("nncalc.deriving.element.derivation", lambda _: wrong)
    with pytest.raises(Problem, match="does not agree"):
        element_derivation(setting)


def test_numbers_decide_where_normal_forms_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation of the trial's evaluator is met: it must find each derivative right that was proved."""
    monkeypatch.setattr(Canonical, "same", lambda *_: False)
    for key in ("vv-seed-Ax", "vv-softmax", "sv-quad-affine", "em-diagX", "sv-seed-ols"):
        found = element_derivation(FOUND[key].setting)
        assert found.steps[-1].why.endswith("as numbers for two choices of sizes show")


def test_a_number_is_itself() -> None:
    assert isinstance(FOUND["5*x | x | x: 1"].derivative, Num)
