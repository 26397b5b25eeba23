"""A formula as a function in NumPy, to be run: matrices are two-dimensional arrays, vectors columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from keyword import kwlist
from typing import NamedTuple

from nncalc.graph.graph import Equation
from nncalc.graph.rules import bound, computed, element, letters, rule, size_names
from nncalc.graph.shapes import PARTS, Shapes
from nncalc.graph.sizes import SCALAR, Shape, signature, size_formula, sized_pair, text_of, without
from nncalc.language.alphabet import in_ascii
from nncalc.language.formula import PI, Call, Formula, Name, Num, call, literal, name, names_in, parts, replace
from nncalc.language.printer import Style
from nncalc.ops import OPS
from nncalc.ops.kinds import Form, Operation
from nncalc.page import Page
from nncalc.problems import Problem

#: How a primitive is written: `{x}` and `{y}` are its arguments, `{0}` and `{1}` those that stand among signs.
WRITTEN: Mapping[str, str] = {
    "neg": "-{0}", "hadamard": "{0} * {1}", "div": "{0} / {1}", "hdiv": "{0} / {1}", "hpow": "{0} ** {1}",
    "transpose": "{0}.T", "sum": "np.sum({x})", "tr": "np.trace({x})", "det": "np.linalg.det({x})",
    "logdet": "_logdet({x})", "inv": "np.linalg.inv({x})", "adj": "_adj({x})", "norm2_scaled": "_norm2({x})",
    "diag": "np.diagflat({x})", "dg": "np.diag({x})[:, None]", "vec": "{0}.reshape(-1, 1, order='F')",
    "kron": "np.kron({x}, {y})", "eye": "np.eye({x})", "exp": "np.exp({x})", "log": "np.log({x})",
    "sqrt": "np.sqrt({x})", "sin": "np.sin({x})", "cos": "np.cos({x})", "tan": "np.tan({x})",
    "sinh": "np.sinh({x})", "cosh": "np.cosh({x})", "tanh": "np.tanh({x})", "erf": "_erf({x})",
    "asin": "np.arcsin({x})", "acos": "np.arccos({x})", "atan": "np.arctan({x})",
    "log1p": "np.log1p({x})", "expm1": "np.expm1({x})", "abs": "np.abs({x})", "sign": "np.sign({x})",
    "step": "({x} > 0) * 1.0", "above": "np.heaviside({0} - {1}, 0.5)", "xlogy": "_xlogy({x}, {y})",
    "xdivy": "_xdivy({x}, {y})", "max": "np.maximum({x}, {y})", "min": "np.minimum({x}, {y})",
    "lse": "_lse({x})", "intercept": "_intercept({x})", "trim": "{0}[:, 1:]",
    "pad": "np.pad({x}, ((0, 0), (1, 0)))", "log2": "np.log2({x})", "log10": "np.log10({x})", "exp2": "np.exp2({x})",
    "cbrt": "np.cbrt({x})", "erfinv": "_erfinv({x})", "lgamma": "_lgamma({x})", "polygamma": "_polygamma({x}, {y})",
    "atan2": "np.arctan2({x}, {y})", "floor": "np.floor({x})", "round": "np.round({x})",
    "windows": "_windows({all})", "put_back": "_put_back({all})", "rot180": "{0}[::-1, ::-1]",
    "cumsum": "np.cumsum({x}, axis=0)", "prod": "np.prod({x})", "cumprod": "np.cumprod({x}, axis=0)",
}  # fmt: skip
#: Those whose text is no single call, name or attribute, and is put in brackets among signs.
LOOSE = frozenset({"neg", "hadamard", "div", "hdiv", "hpow", "add", "mul", "pow", "step"})
#: Those whose argument is a two-dimensional array even where it is a number.
WHOLE = frozenset({"transpose", "tr", "det", "logdet", "inv", "adj", "dg", "vec", "windows", "put_back", "rot180"})
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
    "norm2_scaled": '''\
def _norm2(a):
    """Return the root of the sum of squares; no square overflows."""
    top = np.max(np.abs(a))
    return top * np.sqrt(np.sum((a / top) ** 2)) if top else 0.0
''',
    "windows": '''\
def _windows(x, height, width, stride, padding, sides, dilation, pictures):
    """Return the windows of pictures that stand under each other, each a column, row by row."""
    x = np.pad(x.reshape(pictures, -1, x.shape[1]), ((0, 0), (padding, padding), (sides, sides)))
    reach = (dilation * (height - 1) + 1, dilation * (width - 1) + 1)
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, (1, 2))
    seen = seen[:, :: stride or height, :: stride or height, ::dilation, ::dilation]
    return seen.transpose(3, 4, 0, 1, 2).reshape(height * width, -1)
''',
    "put_back": '''\
def _put_back(b, rows, columns, height, width, stride, padding, sides, dilation, pictures):
    """Return a matrix whose windows are the columns of b, added where they overlap."""
    stride, tall = stride or height, rows // pictures
    found = np.zeros((pictures, tall + 2 * padding, columns + 2 * sides))
    down = (found.shape[1] - dilation * (height - 1) - 1) // stride + 1
    across = (found.shape[2] - dilation * (width - 1) - 1) // stride + 1
    parts = b.reshape(height, width, pictures, down, across)
    for i, j in np.ndindex(height, width):
        top, left = i * dilation, j * dilation
        found[:, top : top + stride * down : stride, left : left + stride * across : stride] += parts[i, j]
    return found[:, padding : padding + tall, sides : sides + columns].reshape(rows, columns)
''',
    "is_largest": '''\
def _is_largest(x, *others):
    """Return 1 where x is the largest, an even share where others are equal to it, else 0."""
    top, count = x, 1
    for y in others:
        top, count = np.maximum(top, y), count + (x == y)
    return (x == top) / count
''',
    "erf": '''\
def _erf(x):
    """Return the error function."""
    return np.vectorize(math.erf, otypes=[float])(x)
''',
    "erfinv": '''\
def _erfinv(x):
    """Return the inverse error function, by Newton's steps from an approximation."""
    rest = np.log((1 - x) * (1 + x))
    about = 2 / (np.pi * 0.147) + rest / 2
    found = np.sign(x) * np.sqrt(np.sqrt(about**2 - rest / 0.147) - about)
    for _ in range(4):
        off = np.sign(x) * (1 - np.abs(x) - np.vectorize(math.erfc, otypes=[float])(np.abs(found)))
        found = found - off / (2 / np.sqrt(np.pi) * np.exp(-found * found))
    return found
''',
    "lgamma": '''\
def _lgamma(x):
    """Return the logarithm of the absolute value of the gamma function."""
    return np.vectorize(math.lgamma, otypes=[float])(x)
''',
    "polygamma": '''\
def _polygamma(n, x):
    """Return derivative n of the digamma function, by Stirling's series far out and its recurrence."""
    n, x = np.broadcast_arrays(n, x)
    found = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        k, y, near = int(n[place]), float(x[place]), 0.0
        while y < 20 + k:
            near, y = near + (1 / y ** (k + 1) if y else np.nan), y + 1
        far = math.factorial(k - 1) / y**k if k else -math.log(y)
        far += math.factorial(k) * (near + 1 / (2 * y ** (k + 1)))
        for j, bernoulli in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), 1):
            far += bernoulli * math.factorial(2 * j + k - 1) / math.factorial(2 * j) / y ** (2 * j + k)
        found[place] = -far if k % 2 == 0 else far
    return found
''',
    "erfc": '''\
def _erfc(x):
    """Return 1 less the error function, which keeps its digits where that is nearly 1."""
    return np.vectorize(math.erfc, otypes=[float])(x)
''',
    "xlogy": '''\
def _xlogy(x, y):
    """Return x log(y), and 0 where x is 0."""
    return x * np.log(np.where(x == 0, 1, y))
''',
    "xdivy": '''\
def _xdivy(x, y):
    """Return x / y, and 0 where x is 0."""
    return x / np.where(x == 0, 1, y)
''',
    "intercept": '''\
def _intercept(x):
    """Return x with a row of ones put first."""
    return np.vstack((np.ones((1, x.shape[1])), x))
''',
    "where": '''\
def _where(c, a, b):
    """Return what a() is where c holds, else what b() is; each is computed if it is taken anywhere."""
    with np.errstate(all="ignore"):
        return np.where(c, a() if np.any(c) else 0.0, b() if not np.all(c) else 0.0)
''',
    "lse": '''\
def _lse(x, axis=None):
    """Return log(sum(exp(x))), of all entries or down the columns; no exponential overflows, no small one is lost."""
    x = np.reshape(x, (-1, 1)) if axis is None else x
    place = np.argmax(x, axis=0, keepdims=True)
    top = np.take_along_axis(x, place, 0)
    rest = np.exp(x - top)
    np.put_along_axis(rest, place, 0, 0)
    found = top + np.log1p(np.sum(rest, axis=0, keepdims=True))
    return found[0, 0] if axis is None else found
''',
}
#: Operations on any number of arguments, `{x}` being all of them.
GATHERED: Mapping[str, str] = {
    "column": "np.vstack(({x}))",
    "row": "np.block([[{x}]])",
    "matrix": "np.vstack(({x}))",
    "lse": "_lse(np.vstack(({x})))",
    "norm2_scaled": "_norm2(np.vstack(({x})))",
    "is_largest": "_is_largest({x})",
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
    return function(found.formula, words, about, found.before)


def function(formula: Formula, words: Words, about: Sequence[str], before: Sequence[Equation] = ()) -> str:
    """Return the text of a function `derivative` that returns `formula`, and of what it calls; raise Problem."""
    equations = [f"    {words.local(each.name)} = {words.text(each.formula)}" for each in before]
    body = words.text(formula)
    modules = "import math\n\n" if any("math." in text for text in words.helpers.values()) else ""
    blocks = [f"{modules}import numpy as np\n", *words.helpers.values()]
    lines = [
        f"def derivative({', '.join(words.arguments.values())}):",
        f'    """{about[0]}',
        *[f"    {line}".rstrip() for line in about[1:]],
        '    """',
        *[f"    {word} = np.asarray({word}, dtype=float){words.reshaped(of)}" for of, word in words.arguments.items()],
        *[f"    {word} = {words.measured(letter)}" for letter, word in words.sizes.items()],
        *equations,
        f"    return {body}",
    ]
    return "\n\n".join([*blocks, "\n".join(lines) + "\n"])


def _sized(shape: Shape) -> str:
    return in_ascii(text_of(shape, " × "))


class Words:
    """Writes formulas in Python; a class because the sizes that are used gather in it.

    `helpers` are the functions that the text calls, each before one that calls it.
    """

    def __init__(self, quantities: Sequence[Name], shapes: Shapes, helpers: dict[str, str] | None = None) -> None:
        self.shapes = shapes
        self.helpers: dict[str, str] = {} if helpers is None else helpers
        self.bases = {each.base for each in quantities}
        self.arguments: dict[Name, str] = {}
        self.locals: dict[Name, str] = {}
        self.sizes: dict[str, str] = {}
        for each in quantities:
            self.arguments[each] = self.free(each.base)

    def free(self, word: str) -> str:
        """Return `word`, or one like it where Python or another name has it."""
        taken = {*self.arguments.values(), *self.locals.values(), *self.sizes.values()}
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
        if formula.op in PARTS:
            return self.part(formula)
        if OPS[formula.op].chooses:
            return self.choice(formula)
        return self.called(formula)

    def choice(self, formula: Call) -> str:
        """Return a call that computes a side where it is taken."""
        self.helpers.setdefault("where", HELPERS["where"])
        condition, *sides = formula.args
        whole = self.shapes.of(formula)
        ones = call("ones", *map(size_formula, whole))
        same = {self.shapes.of(condition), SCALAR} if self.shapes.of(condition) == whole else {whole}
        texts = [self.text(s if self.shapes.of(s) in same else call("hadamard", s, ones)) for s in sides]
        holds = f"{self.held(condition)} > 0"
        return f"_where({holds}, lambda: {texts[0]}, lambda: {texts[1]})"

    def part(self, formula: Call) -> str:
        """Return some rows or columns; Python counts from 0, and up to what follows the last."""
        inner = formula.args[0]
        first, last = self.shapes.ends(formula)
        before = without(first, 1)
        taken = f"{self.text(size_formula(before)) if before is not None else ''}:{self.text(size_formula(last))}"
        return f"{self.held(inner)}[:, {taken}]" if self.shapes.across(formula) else f"{self.held(inner)}[{taken}]"

    def called(self, formula: Call) -> str:
        if formula is PI:
            return "np.pi"
        """Return a call: of a primitive by its pattern, else of a function made from the operation's meaning."""
        if formula.op == "generic":
            raise Problem("a function that nobody knows has no text in NumPy", None, "write it out", "usage")
        pattern = WRITTEN.get(formula.op)
        if pattern is None and formula.op not in GATHERED:
            return self.derived(formula)
        if formula.op in HELPERS:
            self.helpers.setdefault(formula.op, HELPERS[formula.op])
        texts = [self.text(arg) for arg in formula.args]
        if formula.op in GATHERED and (len(texts) > 1 or formula.op not in WRITTEN):
            return GATHERED[formula.op].format(x=", ".join(texts) + "," * (len(texts) == 1))
        assert pattern is not None
        if formula.op in WHOLE and self.shapes.of(formula.args[0]) == SCALAR:
            texts[0] = f"np.atleast_2d({texts[0]})"
            return pattern.format(*texts, x=texts[0], all=", ".join(texts))
        held = [_held(text, arg) for text, arg in zip(texts, formula.args, strict=False)]
        return pattern.format(*held, x=texts[0], y=texts[-1], all=", ".join(texts))

    def derived(self, formula: Call) -> str:
        """Return a call of an operation that is no primitive: its meaning where that is a call, else a function."""
        op = OPS[formula.op]
        body = rule(computed(op)) if computed(op) and not op.numpy else None
        if body is not None and op.forms and op.forms[0].shapes == "picture":  # its numbers are those of this call
            return self.text(replace(body, bound(formula) | size_names(self.shapes.form(formula)[1])))
        if isinstance(body, Name):
            return f"({self.text(formula.args[0])})"
        if isinstance(body, Call) and body.op not in LOOSE and not op.settings and _uses_once(body):
            return self.text(replace(body, bound(formula)))
        args = formula.args[: len(op.args)]
        texts = [self.text(arg) for arg in args]
        if op.forms:
            texts = [
                f"np.atleast_2d({t})" if self.shapes.of(a) == SCALAR else t for a, t in zip(args, texts, strict=True)
            ]
        settings = formula.args[len(args) :]
        if any(value is not literal(default) for default, value in zip(op.settings.values(), settings, strict=True)):
            texts += map(self.text, settings)
        if op.base and op.numpy and _is_one_call(op):
            given = dict(zip((*op.args, *op.settings), [*texts, *op.settings.values()], strict=False))
            return re.sub("|".join(rf"\b{word}\b" for word in given), lambda found: given[found[0]], op.numpy)
        return self.of_helper(op, self.shapes.form(formula)[0] if op.forms else None, texts)

    def of_helper(self, op: Operation, form: Form | None, texts: Sequence[str]) -> str:
        """Return a call of the function that is written for an operation in one of its forms."""
        place = op.forms.index(form) if form is not None and not computed(op) else 0
        word = f"_{op.name}{place + 1 if place else ''}"
        if word not in self.helpers:
            text = _helper(word, op, form, self.helpers)
            self.helpers[word] = text
        return f"{word}({', '.join(texts)})"

    def power(self, formula: Call) -> str:
        base, exponent = formula.args
        if self.shapes.of(base) != SCALAR:
            count = self.text(exponent)
            count = f"round(np.sum({count}))" if names_in(exponent) else count
            return f"np.linalg.matrix_power({self.text(base)}, {count})"
        return f"{self.held(base)} ** {self.held(exponent)}"

    def local(self, of: Name) -> str:
        """Return the word for what is computed on the way: u, and df_du for a derivative."""
        self.locals[of] = self.free(of.base if of.of is None else f"d{of.of.base}_d{of.base}")
        return self.locals[of]

    def name(self, formula: Name) -> str:
        if formula in self.locals:
            return self.locals[formula]
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
                more = without(size, letter) if size != letter else None
                if isinstance(more, int):
                    return f"{word}.shape[{axis}] - {more}"
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


def _is_one_call(op: Operation) -> bool:
    """Return whether the text of an operation of lines is one call of NumPy's, of its argument."""
    return re.fullmatch(r"np\.[\w.]+\(A, [^()]*\)", op.numpy) is not None


def _uses_once(formula: Formula) -> bool:
    """Return whether a formula uses each of its names in one place."""
    return all(sum(each is used for part in parts(formula) if isinstance(part, Call) for each in part.args) == 1
               for used in names_in(formula))  # fmt: skip


# -- operations that are no primitives --------------------------------------------------------------------------


def _helper(word: str, op: Operation, form: Form | None, helpers: dict[str, str]) -> str:
    """Return a function that computes an operation, by its meaning or entry by entry."""
    names = letters(op)
    pairs = signature(form.shapes)[0] if form is not None else [_ANY] * len(op.args)
    shapes = Shapes(dict.fromkeys(names, SCALAR))
    for each, pair in zip(names, pairs, strict=False):
        shapes.name(each, sized_pair(pair))
    words = Words(names, shapes, helpers)
    if op.numpy:
        body = op.numpy
        helpers.update({helper: text for helper, text in HELPERS.items() if f"_{helper}(" in body})
    elif computed(op):
        body = words.text(rule(computed(op)))
    else:
        assert form is not None
        body = _Entries(words, form).text()
    defaults = [""] * len(op.args) + [f"={default}" for default in op.settings.values()]
    given = [f"{words.arguments[each]}{default}" for each, default in zip(names, defaults, strict=True)]
    sizes = [f"    {size} = {words.measured(letter)}" for letter, size in words.sizes.items()]
    about = f'    """Return {op.summary}."""'
    return "\n".join([f"def {word}({', '.join(given)}):", about, *sizes, f"    return {body}", ""])


_ANY = signature("m n -> m n")[1]


class _Entries(NamedTuple):
    """Writes the rule of an operation's entries, counted from 1, as a list of lists."""

    words: Words
    form: Form

    def text(self) -> str:
        body = self.entry(element(self.form.element))
        rows, columns = (self.size(letter, more) for letter, more in signature(self.form.shapes)[1])
        return f"np.array([[{body} for j in range(1, {columns} + 1)] for i in range(1, {rows} + 1)])"

    def size(self, letter: str, more: int) -> str:
        text = letter if letter.isdecimal() else self.words.name(name(letter))
        return f"{text} + {more}" if more else text

    def entry(self, formula: Formula) -> str:
        if isinstance(formula, Num):
            return formula.text
        if isinstance(formula, Name):
            if not formula.index:
                return self.counted(formula)
            row, column = (str(each - 1) if isinstance(each, int) else f"{each} - 1" for each in formula.index)
            return f"{self.words.arguments[name(formula.base)]}[{row}, {column}]"
        if formula.op.startswith("over_"):
            index, inner = formula.args
            terms = f"{self.entry(inner)} for {index} in range(1, {self.extent(str(index), inner)} + 1)"
            if formula.op != "over_lse":
                return f"{formula.op.removeprefix('over_')}({terms})"
            self.words.helpers.setdefault("lse", HELPERS["lse"])
            return f"_lse(np.array([{terms}]))"
        texts = [f"({self.entry(arg)})" if isinstance(arg, Call) else self.entry(arg) for arg in formula.args]
        signs = {"add": " + ", "mul": " * ", "div": " / ", "pow": " ** "}
        if formula.op in signs:
            return signs[formula.op].join(texts)
        pattern = WRITTEN.get(formula.op)
        if pattern is None:
            return self.words.of_helper(OPS[formula.op], None, texts)
        return pattern.format(*texts, x=texts[0], y=texts[-1])

    def counted(self, of: Name) -> str:
        """Return an index, a setting or a size, which is the size of an argument."""
        if of in self.words.arguments:
            return self.words.arguments[of]
        return self.words.name(of) if of.base in self.words.shapes.letters else of.base

    def extent(self, index: str, inner: Formula) -> str:
        """Return how far an index runs: along an axis of an argument."""
        used, axis = next((each, each.index.index(index)) for each in names_in(inner) if index in each.index)
        return f"{self.words.arguments[name(used.base)]}.shape[{axis}]"
