"""A derivative as a function in NumPy, to be run: matrices are two-dimensional arrays, vectors columns."""

from __future__ import annotations

from collections.abc import Mapping
from keyword import kwlist
from typing import TYPE_CHECKING

from nncalc.declaration import quantities_in
from nncalc.derive.result import Result
from nncalc.formula import Call, Formula, Name, Num
from nncalc.problems import Problem
from nncalc.show import show
from nncalc.sizes import SCALAR, Shape, text_of

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers

#: How an operation is written: `{0}` and `{1}` are its arguments.
WRITTEN: Mapping[str, str] = {
    "neg": "-{0}", "hadamard": "{0} * {1}", "div": "{0} / {1}", "hdiv": "{0} / {1}", "hpow": "{0} ** {1}",
    "transpose": "{0}.T", "sum": "np.sum({0})", "mean": "np.mean({0})", "tr": "np.trace({0})",
    "det": "np.linalg.det({0})", "logdet": "np.linalg.slogdet({0})[1]", "inv": "np.linalg.inv({0})",
    "norm2": "np.linalg.norm({0})", "norm1": "np.sum(np.abs({0}))", "inner": "np.sum({0} * {1})",
    "diag": "np.diagflat({0})", "dg": "np.diag({0})[:, None]", "vec": "{0}.reshape(-1, 1, order='F')",
    "kron": "np.kron({0}, {1})", "eye": "np.eye({0})", "exp": "np.exp({0})", "log": "np.log({0})",
    "sqrt": "np.sqrt({0})", "sin": "np.sin({0})", "cos": "np.cos({0})", "tan": "np.tan({0})",
    "sinh": "np.sinh({0})", "cosh": "np.cosh({0})", "tanh": "np.tanh({0})",
    "asin": "np.arcsin({0})", "acos": "np.arccos({0})", "atan": "np.arctan({0})",
    "log1p": "np.log1p({0})", "expm1": "np.expm1({0})", "abs": "np.abs({0})", "sign": "np.sign({0})",
    "step": "({0} > 0) * 1.0", "max": "np.maximum({0}, {1})", "min": "np.minimum({0}, {1})",
    "relu": "np.maximum({0}, 0)", "sigmoid": "1 / (1 + np.exp(-{0}))", "softplus": "np.logaddexp(0, {0})",
    "softmax": "np.exp({0}) / np.sum(np.exp({0}), axis=0)", "lse": "np.log(np.sum(np.exp({0})))", "linear": "{0}",
    "adj": "np.linalg.det({0}) * np.linalg.inv({0})", "leaky_relu": "np.where({0} > 0, {0}, 0.01 * {0})",
    "above": "np.heaviside({0} - {1}, 0.5)",
}  # fmt: skip
#: Those whose text is no single call, name or attribute, and is put in brackets inside another.
LOOSE = frozenset({"neg", "hadamard", "div", "hdiv", "hpow", "add", "mul", "pow", "sigmoid", "softmax", "step", "adj"})
#: What Python keeps for itself.
RESERVED = frozenset({*kwlist, "np"})


def render(result: Result, _: AtNumbers | None, *, ascii_only: bool) -> str:  # noqa: ARG001 -- Python is ASCII
    """Return a function of the quantities that returns the derivative; raise Problem where NumPy has no word for it."""
    derivation = result.derivation
    setting = derivation.setting
    shapes = setting.shapes
    used = quantities_in(setting.formula)
    writer = _Python(result)
    body = writer.text(derivation.derivative)
    sizes = writer.sizes
    what = "Hessian" if setting.hessian else "derivative"
    listed = ", ".join(f"{_word(each)} is {_sized(shapes.of(each))}" for each in used)
    lines = [
        "import numpy as np", "", "",
        f"def derivative({', '.join(_word(each) for each in used)}):",
        f'    """Return the {what} of {show(setting.formula)} by {setting.wrt}, {_sized(derivation.shape)}.',
        "",
        f"    {setting.layout.capitalize()} layout. {listed}.",
        '    """',
        *[f"    {_word(each)} = np.asarray({_word(each)}, dtype=float){writer.reshaped(each)}" for each in used],
        *[f"    {letter} = {where}" for letter, where in sizes.items()],
        f"    return {body}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _sized(shape: Shape) -> str:
    return text_of(shape).replace("×", " x ")


def _word(of: Name) -> str:
    word = of.base
    return f"{word}_" if word in RESERVED else word


class _Python:
    """Writes formulas in Python; a class because the sizes that are used gather in it."""

    def __init__(self, result: Result) -> None:
        self.setting = result.derivation.setting
        self.shapes = self.setting.shapes
        self.sizes: dict[str, str] = {}
        self.used = quantities_in(self.setting.formula)

    def reshaped(self, of: Name) -> str:
        """Return how a quantity is brought to its shape: a list of numbers is a column."""
        rows, columns = self.shapes.of(of)
        if rows == columns == 1:
            return ".reshape(1, 1)"
        if columns == 1:
            return ".reshape(-1, 1)"
        return ".reshape(1, -1)" if rows == 1 else ""

    def text(self, formula: Formula) -> str:
        if isinstance(formula, Num):
            return formula.text
        if isinstance(formula, Name):
            return self.name(formula)
        if formula.op == "add":
            return self.added(formula)
        if formula.op == "mul":
            one, other = formula.args
            sign = "*" if SCALAR in (self.shapes.of(one), self.shapes.of(other)) else "@"
            left = self.text(one) if isinstance(one, Call) and one.op in ("mul", "div") else self.held(one)
            return f"{left} {sign} {self.held(other)}"
        if formula.op == "pow":
            base, exponent = formula.args
            if self.shapes.of(base) != SCALAR:
                return f"np.linalg.matrix_power({self.text(base)}, {self.text(exponent)})"
            return f"{self.held(base)} ** {self.held(exponent)}"
        if formula.op in ("ones", "zeros"):
            sizes = [self.text(arg) for arg in formula.args]
            return f"np.{formula.op}(({sizes[0]}, {sizes[1] if len(sizes) > 1 else 1}))"
        if formula.op == "comm":
            m, n = (self.held(arg) for arg in formula.args)
            return f"np.eye({m} * {n})[np.arange({m} * {n}).reshape({n}, {m}).T.ravel()]"
        pattern = WRITTEN.get(formula.op)
        if pattern is None:
            raise Problem(f"`{formula.op}` has no form in NumPy here", None, "--format json has the formula", "usage")
        bare = pattern.count("(") and not pattern.startswith(("-", "{", "(", "1"))
        args = [self.text(arg) if bare and pattern.count("{") == 1 else self.held(arg) for arg in formula.args]
        return pattern.format(*args)

    def name(self, formula: Name) -> str:
        if formula in self.used or formula is self.setting.wrt:
            return _word(formula)
        if formula.base not in self.sizes:
            self.sizes[formula.base] = self.measured(formula.base)
        return formula.base

    def measured(self, letter: str) -> str:
        """Return where a size is read off: an array that has it."""
        for each in self.used:
            for axis, size in enumerate(self.shapes.of(each)):
                if size == letter:
                    return f"{_word(each)}.shape[{axis}]"
        for each in self.used:
            for axis, size in enumerate(self.shapes.of(each)):
                if isinstance(size, str) and size.partition("+")[0] == letter:
                    return f"{_word(each)}.shape[{axis}] - {size.partition('+')[2]}"
        raise Problem(f"no array has the size `{letter}` by itself", None, "give it as a number in --shapes", "usage")

    def added(self, formula: Call) -> str:
        result = ""
        for arg in formula.args:
            minus = isinstance(arg, Call) and arg.op == "neg"
            body = arg.args[0] if minus and isinstance(arg, Call) else arg
            text = f"({self.text(body)})" if isinstance(body, Call) and body.op == "add" else self.text(body)
            result += (f" {'-' if minus else '+'} {text}") if result else (f"-{self.held(body)}" if minus else text)
        return result

    def held(self, formula: Formula) -> str:
        """Return the text of a formula, in brackets where another may follow or precede it."""
        text = self.text(formula)
        return f"({text})" if isinstance(formula, Call) and formula.op in LOOSE else text
