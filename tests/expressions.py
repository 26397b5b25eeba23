"""Random formulas of matrix calculus that fit, over quantities whose sizes are letters."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from nncalc.graph.shapes import SCALAR, Shape, size_formula
from nncalc.language.formula import Call, Formula, Name, call, literal, name, names_in, num, parts
from nncalc.numbers.check import STEP, Sample, value
from nncalc.ops import OPS

SIZES = ("n", "m", "p")
#: Every quantity there is: its shape, and what is assumed of it.
QUANTITIES: Mapping[str, tuple[Shape, str]] = {
    "t": (SCALAR, ""), "z": (SCALAR, ""), "lam": (SCALAR, "positive"),
    "x": (("n", 1), ""), "y": (("n", 1), ""), "w": (("n", 1), "positive"), "b": (("m", 1), ""), "c": (("p", 1), ""),
    "r": ((1, "n"), ""),
    "A": (("n", "n"), ""), "B": (("n", "n"), ""), "S": (("n", "n"), "spd"), "Q": (("n", "n"), "symmetric"),
    "V": (("n", "n"), "invertible"), "X": (("m", "n"), ""), "Y": (("m", "n"), ""), "W": (("n", "p"), ""),
    "P": (("m", "m"), "spd"), "U": (("m", "p"), ""), "F": (("m", "n"), "positive"),
    "q": (("n", 1), "probability positive"), "R": (("m", "n"), "large positive"), "s": (("n", 1), "sign"),
}  # fmt: skip
SMOOTH = ("exp", "sin", "cos", "tanh", "sigmoid", "softplus", "atan", "sinh", "erf")
KINKED = ("relu", "abs", "sign", "step", "leaky_relu")
POSITIVE = ("log", "sqrt", "log1p")
Maker = Callable[[Shape, int], Formula]


def applied(op: str, *args: Formula) -> Call:
    """Return the call of an operation with its settings at their defaults."""
    return call(op, *args, *map(literal, OPS[op].settings.values()))


class Question(NamedTuple):
    """What is differentiated by what."""

    formula: Formula
    wrt: Name
    hessian: bool
    numerator: bool


def assumed() -> dict[Name, frozenset[str]]:
    return {name(word): frozenset(fact.split()) for word, (_, fact) in QUANTITIES.items() if fact}


def shapes() -> dict[Name, Shape]:
    return {name(word): shape for word, (shape, _) in QUANTITIES.items()}


# -- numbers of the tests' own -------------------------------------------------------------------

#: How far from 0 numbers are: ordinary, small, large, and so large that sigmoid and tanh are flat.
FAR = (1.0, 1.0, 1.0, 0.05, 4.0, 25.0)
STEPS = ("abs", "relu", "leaky_relu", "sign", "step", "above", "max", "min", "norm1", "norm2")


def adversarial(formula: Formula, names: list[Name], seed: int) -> Sample | None:
    """Return numbers of both signs and of different sizes, 0 among them; None where `formula` has no value there.

    What is assumed of a quantity is true of them. 0 is left out where an operation has a kink.
    """
    random = np.random.default_rng([seed, 7])
    sizes = dict(zip(SIZES, random.permutation([2, 3, 4]).tolist(), strict=True))
    smooth = not any(isinstance(part, Call) and part.op in STEPS for part in parts(formula))
    values = {}
    for each in names:
        shape, fact = QUANTITIES[each.base]
        found = numbers([size if isinstance(size, int) else sizes[size] for size in shape], fact, random)
        if smooth and not fact:
            found[random.random(found.shape) < 0.1] = 0
        values[each] = found
    return Sample(values, sizes) if np.isfinite(value(formula, values, sizes)).all() else None


def numbers(shape: list[int], fact: str, random: np.random.Generator) -> np.ndarray:
    away = random.uniform(0.1, 1.5, shape) * random.choice(FAR)
    signed = away * random.choice((-1, 1), shape)
    match fact.split():
        case ["probability", *_]:
            share = away**2
            return share / share.sum()
        case ["large", *_]:
            return away + 5
        case ["positive"]:
            return away
        case ["sign"]:
            return np.sign(signed)
        case ["spd"]:
            return signed @ signed.T + np.eye(len(signed)) * random.uniform(0.2, 2)
        case ["symmetric"]:
            return signed + signed.T
        case ["invertible"]:
            return np.linalg.qr(signed)[0] @ np.diag(random.uniform(0.5, 2, len(signed)))
        case _:
            return signed


def along(formula: Formula, wrt: Name, direction: np.ndarray, sample: Sample) -> np.ndarray:
    """Return the differential of `formula` for the change `direction` of `wrt`, by the complex step."""
    moved = sample.values[wrt] + 1j * STEP * direction
    return np.imag(value(formula, {**sample.values, wrt: moved}, sample.sizes)) / STEP


def spoilt(formula: Formula, of: random.Random) -> Formula:
    """Return a formula with one mistake that a person makes."""
    calls = [part for part in parts(formula) if isinstance(part, Call)]
    choices: list[tuple[Formula, Formula]] = [(formula, call("neg", formula)), (formula, call("mul", num(2), formula))]
    for part in calls:
        if part.op == "add":
            for place in range(len(part.args)):
                rest = part.args[:place] + part.args[place + 1 :]
                choices.append((part, call("add", *rest) if len(rest) > 1 else rest[0]))
                turned = (*part.args[:place], call("neg", part.args[place]), *part.args[place + 1 :])
                choices.append((part, call("add", *turned)))
        elif part.op == "transpose" or (part.op in ("exp", "inv", "sin", "cos", "tanh", "sigmoid", "relu")):
            choices.append((part, part.args[0]))
        elif part.op == "step":
            choices.append((part, call("add", num(1), call("neg", part))))
            choices.append((part, call("hpow", part, num(0))))
        elif part.op in ("sign", "abs"):
            choices += [(part, call("neg", part)), (part, call("hpow", part, num(0)))]
        elif part.op in ("pow", "hpow"):
            choices.append((part, call(part.op, part.args[0], call("add", part.args[1], num(1)))))
    choices += [(each, call("transpose", each)) for each in names_in(formula) if each.base in "ABVQS"]
    old, new = of.choice(choices)
    return substituted(formula, old, new)


def substituted(formula: Formula, old: Formula, new: Formula) -> Formula:
    """Return the formula with one part changed wherever it occurs, but not inside what it is changed to."""
    done: dict[Formula, Formula] = {}
    for part in parts(formula):
        if part is old:
            done[part] = new
        else:
            done[part] = call(part.op, *[done[arg] for arg in part.args]) if isinstance(part, Call) else part
    return done[formula]


class Grower:
    """Grows formulas of a wanted shape; a class because its random numbers go through every choice."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def question(self) -> Question:
        """Return something to differentiate, and by what."""
        kind = self.random.choice(("number", "number", "number", "vector", "matrix", "hessian"))
        most = (
            self.random.choice((3, 6, 10, 16, 24)) if kind in ("number", "vector") else self.random.choice((3, 6, 10))
        )
        formula = self.grown(self.shape(kind), most)
        names = [part for part in parts(formula) if isinstance(part, Name) and part.base in QUANTITIES]
        if kind == "hessian":
            names = [each for each in names if 1 in QUANTITIES[each.base][0]]
        wrt = self.random.choice(names) if names else name("x")
        return Question(formula, wrt, kind == "hessian", self.random.random() < 0.2)

    def shape(self, kind: str) -> Shape:
        if kind == "vector":
            return (self.random.choice(SIZES), 1)
        if kind == "matrix":
            return self.random.choice((("n", "n"), ("m", "n"), ("n", "p"), (1, "n"), ("m", "p")))
        return SCALAR

    def grown(self, shape: Shape, most: int) -> Formula:
        """Return a formula of this shape with about `most` operations."""
        if most <= 0 or self.random.random() < 0.03:
            return self.leaf(shape)
        makers: list[Maker] = [
            self.added,
            self.added,
            self.product,
            self.product,
            self.entrywise,
            self.scaled,
            self.function,
        ]
        if shape == SCALAR:
            makers += [self.number] * 5
        else:
            makers += [self.transposed, self.divided, self.raised]
            if shape[1] == 1:
                makers += [self.column]
            if shape[0] == shape[1]:
                makers += [self.square] * 2
        return self.random.choice(makers)(shape, most - 1)

    def leaf(self, shape: Shape) -> Formula:
        found: list[Formula] = [name(word) for word, (own, _) in QUANTITIES.items() if own == shape]
        turned = (shape[1], shape[0])
        if shape != SCALAR:
            found += [call("transpose", name(word)) for word, (own, _) in QUANTITIES.items() if own == turned]
            if self.random.random() < 0.1 or not found:
                sizes = [size_formula(size) for size in shape]
                found = [call("ones", sizes[0]) if shape[1] == 1 else call("ones", *sizes)]
                if shape[0] == shape[1]:
                    found.append(call("eye", sizes[0]))
        elif self.random.random() < 0.3:
            found = [num(1), num(2), num("0.5"), num(3)]
        return self.random.choice(found)

    def pair(self, most: int) -> tuple[int, int]:
        one = self.random.randint(0, most)
        return one, most - one

    # -- every shape ------------------------------------------------------------------------------

    def added(self, shape: Shape, most: int) -> Formula:
        one, other = self.pair(most)
        terms = [self.grown(shape, one), self.grown(self.met(shape), other)]
        if self.random.random() < 0.2:
            terms.append(self.leaf(shape))
        if self.random.random() < 0.5:
            terms[1] = call("neg", terms[1])
        return call("add", *terms)

    def met(self, shape: Shape) -> Shape:
        """Return this shape, or now and then that of a number, which meets every entry."""
        return SCALAR if self.random.random() < 0.08 else shape

    def product(self, shape: Shape, most: int) -> Formula:
        one, other = self.pair(most)
        inner = self.random.choice((*SIZES, 1)) if shape != SCALAR else self.random.choice(SIZES)
        return call("mul", self.grown((shape[0], inner), one), self.grown((inner, shape[1]), other))

    def entrywise(self, shape: Shape, most: int) -> Formula:
        one, other = self.pair(most)
        op = "mul" if shape == SCALAR else "hadamard"
        return call(op, self.grown(shape, one), self.grown(shape, other))

    def scaled(self, shape: Shape, most: int) -> Formula:
        one, other = self.pair(most)
        number, body = self.grown(SCALAR, one), self.grown(shape, other)
        if self.random.random() < 0.3:
            return call("div", body, self.positive(SCALAR, one))
        if self.random.random() < 0.2:
            return call("neg", body)
        return call("mul", *((number, body) if self.random.random() < 0.7 else (body, number)))

    def function(self, shape: Shape, most: int) -> Formula:
        if self.random.random() < 0.25:
            return call(self.random.choice(POSITIVE), self.positive(shape, most - 1))
        op = self.random.choice(KINKED) if self.random.random() < 0.25 else self.random.choice(SMOOTH)
        return applied(op, self.grown(shape, most))

    def positive(self, shape: Shape, most: int) -> Formula:
        """Return a formula whose entries are positive."""
        found: list[Formula] = [
            name(word) for word, (own, fact) in QUANTITIES.items() if own == shape and "positive" in fact
        ]
        if found and (most <= 0 or self.random.random() < 0.4):
            return self.random.choice(found)
        body = self.grown(shape, most - 1)
        squared = call("pow" if shape == SCALAR else "hpow", body, num(2))
        return self.random.choice((
            call("exp", body), call("softplus", body), call("sigmoid", body), call("add", num(1), squared),
            call("add", call("abs", body), num(1)), call("sqrt", call("add", squared, num(1))),
        ))  # fmt: skip

    # -- numbers -----------------------------------------------------------------------------------

    def number(self, _: Shape, most: int) -> Formula:
        some = self.random.choice((("n", 1), ("m", 1), ("m", "n"), ("n", "n"), ("n", "p"), (1, "n")))
        op = self.random.choice((
            "sum", "sum", "tr", "tr", "det", "logdet", "norm1", "norm2", "norm2sq", "lse", "mean", "inner", "quadratic",
            "pow",
        ))  # fmt: skip
        one, other = self.pair(most)
        if op in ("tr", "det"):
            return call(op, self.grown(("n", "n"), most))
        if op == "logdet":
            return call(op, self.definite("n", most))
        if op == "norm2sq":
            return call("pow", call("norm2", self.grown(some, most)), num(2))
        if op == "inner":
            return call(op, self.grown(some, one), self.grown(some, other))
        if op == "quadratic":
            body = self.grown(("n", 1), one)
            return call("mul", call("mul", call("transpose", body), self.grown(("n", "n"), other)), body)
        if op == "pow":
            exponent = self.random.choice((num(2), num(3), num(-1), num("0.5"), call("div", num(3), num(2)), num(-2)))
            return call("pow", self.positive(SCALAR, most), exponent)
        return call(op, self.grown(some, most))

    # -- vectors and matrices ------------------------------------------------------------------------

    def transposed(self, shape: Shape, most: int) -> Formula:
        return call("transpose", self.grown((shape[1], shape[0]), most))

    def divided(self, shape: Shape, most: int) -> Formula:
        one, other = self.pair(most)
        return call("hdiv", self.grown(self.met(shape), one), self.positive(shape, other))

    def raised(self, shape: Shape, most: int) -> Formula:
        if self.random.random() < 0.6:
            return call("hpow", self.grown(shape, most), num(self.random.choice((2, 3))))
        exponent = self.random.choice((num(-1), num("0.5"), num("1.5"), num(-2)))
        return call("hpow", self.positive(shape, most), exponent)

    def column(self, shape: Shape, most: int) -> Formula:
        which = self.random.random()
        if which < 0.4:
            return call("softmax", self.grown(shape, most))
        if which < 0.7:
            return call("dg", self.grown((shape[0], shape[0]), most))
        if which < 0.85:
            return call("mul", call("inv", self.definite(str(shape[0]), most)), self.leaf(shape))
        # a long column made short again, so that vec and kron are met
        body = self.grown((shape[0], "n"), most)
        row = call("transpose", self.leaf(("n", 1)))
        return call("mul", call("kron", row, call("eye", size_formula(shape[0]))), call("vec", body))

    def square(self, shape: Shape, most: int) -> Formula:
        size = str(shape[0])
        which = self.random.choice(("diag", "inv", "pow", "symmetric", "eye", "inv", "outer"))
        if which == "diag":
            return call("diag", self.grown((size, 1), most))
        if which == "inv":
            return call("inv", self.definite(size, most))
        if which == "pow":
            return call("pow", self.grown(shape, most), num(self.random.choice((2, 3))))
        if which == "symmetric":
            body = self.grown(shape, most)
            return call("add", body, call("transpose", body))
        if which == "outer":
            body = self.grown((size, self.random.choice(SIZES)), most)
            return call("mul", body, call("transpose", body))
        return call("add", call("eye", size_formula(size)), self.grown(shape, most))

    def definite(self, size: str, most: int) -> Formula:
        """Return a matrix that has an inverse and a positive determinant."""
        own: Formula = call("eye", size_formula(size)) if size == "p" else name({"n": "S", "m": "P"}[size])
        if most <= 0 or self.random.random() < 0.3:
            return name("V") if size == "n" and self.random.random() < 0.3 else own
        which = self.random.random()
        if which < 0.4:
            body = self.grown((size, self.random.choice(SIZES)), most)
            return call("add", call("mul", body, call("transpose", body)), own)
        if which < 0.6:
            body = self.grown((self.random.choice(SIZES), size), most)
            return call("add", own, call("mul", call("transpose", body), body))
        if which < 0.75:
            return call("diag", self.positive((size, 1), most))
        if which < 0.9:
            return call("mul", own, self.definite(size, most - 1))
        return call("add", self.grown((size, size), most), call("mul", num(4), call("eye", size_formula(size))))
