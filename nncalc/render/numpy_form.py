"""A formula as a function in NumPy, to be run: matrices are two-dimensional arrays, vectors columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from keyword import kwlist

from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR, Shape, text_of
from nncalc.language.alphabet import in_ascii
from nncalc.language.formula import Call, Formula, Name, Num, parts
from nncalc.language.printer import Style
from nncalc.page import Page
from nncalc.problems import Problem

#: How an operation is written: `{x}` and `{y}` are its arguments, `{0}` and `{1}` those that stand among signs.
WRITTEN: Mapping[str, str] = {
    "neg": "-{0}", "hadamard": "{0} * {1}", "div": "{0} / {1}", "hdiv": "{0} / {1}", "hpow": "{0} ** {1}",
    "transpose": "{0}.T", "sum": "np.sum({x})", "mean": "np.mean({x})", "tr": "np.trace({x})",
    "det": "np.linalg.det({x})", "logdet": "_logdet({x})", "inv": "np.linalg.inv({x})", "adj": "_adj({x})",
    "norm2": "_norm2({x})", "norm1": "np.sum(np.abs({x}))", "inner": "np.sum({0} * {1})",
    "diag": "np.diagflat({x})", "dg": "np.diag({x})[:, None]", "vec": "{0}.reshape(-1, 1, order='F')",
    "kron": "np.kron({x}, {y})", "eye": "np.eye({x})", "exp": "np.exp({x})", "log": "np.log({x})",
    "sqrt": "np.sqrt({x})", "sin": "np.sin({x})", "cos": "np.cos({x})", "tan": "np.tan({x})",
    "sinh": "np.sinh({x})", "cosh": "np.cosh({x})", "tanh": "np.tanh({x})",
    "asin": "np.arcsin({x})", "acos": "np.arccos({x})", "atan": "np.arctan({x})",
    "log1p": "np.log1p({x})", "expm1": "np.expm1({x})", "abs": "np.abs({x})", "sign": "np.sign({x})",
    "step": "({x} > 0) * 1.0", "above": "np.heaviside({0} - {1}, 0.5)",
    "max": "np.maximum({x}, {y})", "min": "np.minimum({x}, {y})", "linear": "({x})",
    "relu": "np.maximum({x}, 0)", "leaky_relu": "_leaky_relu({x})", "sigmoid": "_sigmoid({x})",
    "softplus": "np.logaddexp(0, {x})", "softmax": "_softmax({x})", "lse": "_lse({x})",
    "intercept": "_intercept({x})", "trim": "{0}[:, 1:]",
}  # fmt: skip
#: Those whose text is no single call, name or attribute, and is put in brackets among signs.
LOOSE = frozenset({"neg", "hadamard", "div", "hdiv", "hpow", "add", "mul", "pow", "step"})
#: Those whose argument is a two-dimensional array even where it is a number.
WHOLE = frozenset({"transpose", "tr", "det", "logdet", "inv", "adj", "dg", "vec", "softmax"})
#: Functions that NumPy lacks, or has in a form that overflows; each is written before a function that calls it.
HELPERS: Mapping[str, str] = {
    "logdet": '''\
def _logdet(a):
    """Return the logarithm of the determinant, which must be positive."""
    sign, value = np.linalg.slogdet(a)
    return value if sign > 0 else np.nan
''',
    "adj": '''\
def _adj(a):
    """Return the adjugate, which a matrix without an inverse has as well."""
    left, sizes, right = np.linalg.svd(a)
    others = [np.prod(np.delete(sizes, i)) for i in range(len(a))]
    return np.linalg.det(left) * np.linalg.det(right) * (right.T * others) @ left.T
''',
    "norm2": '''\
def _norm2(a):
    """Return the root of the sum of squares; no square overflows."""
    top = np.max(np.abs(a))
    return top * np.sqrt(np.sum((a / top) ** 2)) if top else 0.0
''',
    "leaky_relu": """\
def _leaky_relu(x):
    return np.where(x > 0, x, 0.01 * x)
""",
    "sigmoid": '''\
def _sigmoid(x):
    """Return 1 / (1 + exp(-x)); no exponential overflows."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
''',
    "softmax": '''\
def _softmax(x):
    """Return the softmax of each column; no exponential overflows."""
    e = np.exp(x - np.max(x, axis=0))
    return e / np.sum(e, axis=0)
''',
    "intercept": '''\
def _intercept(x):
    """Return x with a row of ones put first."""
    return np.vstack((np.ones((1, x.shape[1])), x))
''',
    "lse": '''\
def _lse(x):
    """Return log(sum(exp(x))); no exponential overflows."""
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))
''',
}
#: Operations on any number of arguments, `{x}` being all of them.
GATHERED: Mapping[str, str] = {
    "column": "np.vstack(({x}))",
    "row": "np.vstack(({x})).T",
    "matrix": "np.vstack(({x}))",
    "lse": "_lse(np.vstack(({x})))",
}
#: What Python keeps for itself, and what the functions here use.
RESERVED = frozenset({*kwlist, "np", "float", "derivative"})


def render(page: Page, _: Style) -> str:
    """Return a function that returns the page's formula; raise Problem where NumPy has no word for it."""
    found = page.function
    if found is None:
        raise Problem("there is no formula here to write as a function", None, None, "usage")
    words = Words(found.arguments, found.shapes)
    listed = ", ".join(f"{word} is {_sized(found.shapes.of(each))}" for each, word in words.arguments.items())
    about = [
        f"Return the {found.what}, {_sized(found.shape)}.",
        "",
        f"{found.layout.capitalize()} layout. {listed}.",
    ]
    return function(found.formula, words, about)


def function(formula: Formula, words: Words, about: Sequence[str]) -> str:
    """Return the text of a function `derivative` that returns `formula`, and of what it calls; raise Problem."""
    body = words.text(formula)
    called = {part.op for part in parts(formula) if isinstance(part, Call)}
    blocks = ["import numpy as np\n", *(text for op, text in HELPERS.items() if op in called)]
    lines = [
        f"def derivative({', '.join(words.arguments.values())}):",
        f'    """{about[0]}',
        *[f"    {line}".rstrip() for line in about[1:]],
        '    """',
        *[f"    {word} = np.asarray({word}, dtype=float){words.reshaped(of)}" for of, word in words.arguments.items()],
        *[f"    {word} = {words.measured(letter)}" for letter, word in words.sizes.items()],
        f"    return {body}",
    ]
    return "\n\n".join([*blocks, "\n".join(lines) + "\n"])


def _sized(shape: Shape) -> str:
    return in_ascii(text_of(shape, " × "))


class Words:
    """Writes formulas in Python; a class because the sizes that are used gather in it."""

    def __init__(self, quantities: Sequence[Name], shapes: Shapes) -> None:
        self.shapes = shapes
        self.bases = {each.base for each in quantities}
        self.arguments: dict[Name, str] = {}
        self.sizes: dict[str, str] = {}
        for each in quantities:
            self.arguments[each] = self.free(each.base)

    def free(self, word: str) -> str:
        """Return `word`, or one like it where Python or another name has it."""
        taken = {*self.arguments.values(), *self.sizes.values()}
        found = word
        while found in RESERVED or found in taken or (found != word and found in self.bases):
            found += "_"
        return found

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
            return self.power(formula)
        if formula.op in ("ones", "zeros"):
            sizes = [self.text(arg) for arg in formula.args]
            return f"np.{formula.op}(({sizes[0]}, {sizes[1] if len(sizes) > 1 else 1}))"
        if formula.op == "comm":
            m, n = (self.held(arg) for arg in formula.args)
            return f"np.eye({m} * {n})[np.arange({m} * {n}).reshape({n}, {m}).T.ravel()]"
        return self.called(formula)

    def called(self, formula: Call) -> str:
        """Return a call by its pattern in the table; raise Problem where it has none."""
        pattern = WRITTEN.get(formula.op, "")
        if not pattern and formula.op not in GATHERED:
            raise Problem(f"`{formula.op}` has no form in NumPy here", None, "--format json has the formula", "usage")
        texts = [self.text(arg) for arg in formula.args]
        if formula.op in GATHERED and (len(texts) > 1 or formula.op != "lse"):
            return GATHERED[formula.op].format(x=", ".join(texts) + "," * (len(texts) == 1))
        if formula.op in WHOLE and self.shapes.of(formula.args[0]) == SCALAR:
            texts = [f"np.atleast_2d({text})" for text in texts]
            return pattern.format(*texts, x=texts[0])
        held = [_held(text, arg) for text, arg in zip(texts, formula.args, strict=False)]
        return pattern.format(*held, x=texts[0], y=texts[-1])

    def power(self, formula: Call) -> str:
        base, exponent = formula.args
        if self.shapes.of(base) != SCALAR:
            return f"np.linalg.matrix_power({self.text(base)}, {self.text(exponent)})"
        return f"{self.held(base)} ** {self.held(exponent)}"

    def name(self, formula: Name) -> str:
        if formula in self.arguments:
            return self.arguments[formula]
        if formula.base not in self.sizes:
            self.measured(formula.base)
            self.sizes[formula.base] = self.free(formula.base)
        return self.sizes[formula.base]

    def measured(self, letter: str) -> str:
        """Return where a size is read off, an array that has it; raise Problem where none has."""
        for each, word in self.arguments.items():
            for axis, size in enumerate(self.shapes.of(each)):
                if size == letter:
                    return f"{word}.shape[{axis}]"
        for each, word in self.arguments.items():
            for axis, size in enumerate(self.shapes.of(each)):
                if isinstance(size, str) and size.partition("+")[0] == letter:
                    return f"{word}.shape[{axis}] - {size.partition('+')[2]}"
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
        return _held(self.text(formula), formula)


def _held(text: str, formula: Formula) -> str:
    return f"({text})" if isinstance(formula, Call) and formula.op in LOOSE else text
