"""Formulas in Python: matrices are two-dimensional arrays, vectors columns, and a library's words stand for operations.

What a library has no word for is written as a function, from its meaning. Where one differentiates by itself, what it
does otherwise than the table of operations gets the rule of the table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from keyword import kwlist

from nncalc.export import apart
from nncalc.export.in_numpy import NUMPY
from nncalc.export.library import Library
from nncalc.graph.calculus import arguments
from nncalc.graph.largest import is_of_several
from nncalc.graph.rules import bound, computed, rule, size_names, switched
from nncalc.graph.shapes import PARTS, Shape, Shapes
from nncalc.graph.sizes import SCALAR, size_formula, without
from nncalc.language.formula import PI, Call, Formula, Name, Num, call, is_call, literal, names_in, parts, replace
from nncalc.numbers.plan import guarded
from nncalc.ops import OPS
from nncalc.ops.kinds import DATA, Form, Operation
from nncalc.problems import Problem

#: What Python keeps for itself, and what the functions here use.
RESERVED = frozenset({*kwlist, "np", "torch", "jax", "jnp", "math", "sys", "float", "derivative", "solve"})
#: Those whose text is no single call, name or attribute, and is put in brackets among signs.
LOOSE = frozenset({"neg", "hadamard", "div", "hdiv", "hpow", "add", "mul", "pow", "step"})
#: Those whose argument is a two-dimensional array even where it is a number.
WHOLE = frozenset({"transpose", "tr", "det", "logdet", "inv", "adj", "dg", "vec", "windows", "put_back", "rot180"})
#: Those that `math` has of a number by the same name.
OF_NUMBERS = frozenset({"exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "log2", "log10", "erf"})
#: Those that libraries differentiate otherwise where their first argument is 0.
OTHERWISE = frozenset({"xlogy", "xdivy"})
#: How wide lines of words and numbers are.
WIDTH = 110


def modules(texts: Iterable[str]) -> str:
    """Return the import of what Python has itself, where texts use it."""
    return "import math\n\n" if any("math." in text for text in texts) else ""


class Words:
    """Writes formulas in Python; a class because the sizes that are used gather in it.

    `helpers` are the functions that the text calls, `called` what each is called. `solid` are names of which it is
    known that they are two-dimensional, even where they are numbers. With `inline` a size stands where it is used; what
    stands in a `rule` of a slope is not differentiated.
    """

    def __init__(
        self, quantities: Sequence[Name], shapes: Shapes, library: Library = NUMPY, within: Words | None = None,
        *, inline: bool = False, rule: bool = False,
    ) -> None:  # fmt: skip
        self.shapes = shapes
        self.library = library
        self.helpers: dict[str, str] = {} if within is None else within.helpers
        self.called: dict[str, str] = {} if within is None else within.called
        self.inline = inline
        self.rule = rule
        self.solid: set[Name] = set()
        self.reserved: frozenset[str] = RESERVED
        self.bases = {each.base for each in quantities}
        self.arguments: dict[Name, str] = {}
        self.locals: dict[Name, str] = {}
        self.sizes: dict[str, str] = {}
        for each in quantities:
            self.arguments[each] = self.free(each.base)

    def free(self, word: str) -> str:
        """Return `word` in ASCII, or one like it where Python or another name has it."""
        taken = {*self.arguments.values(), *self.locals.values(), *self.sizes.values()}
        found = word = in_letters(word)
        while found in self.reserved or found in taken or (found != word and found in self.bases):
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
        if self.library.differentiates and not self.rule and self.departs(formula):
            self.help_with("_ruled(")
            return self.of_its_own(formula, apart.ruled)
        return self.as_it_is(formula)

    def as_it_is(self, formula: Call) -> str:
        """Return the text of a call, whatever its slopes."""
        if formula.op == "add":
            return self.added(formula)
        if formula.op == "mul":
            one, other = formula.args
            sign = "*" if SCALAR in (self.shapes.of(one), self.shapes.of(other)) else "@"
            summed = self.summed(one, other)
            if summed:
                return summed
            left = self.text(one) if isinstance(one, Call) and one.op in ("mul", "div") else self.held(one)
            return f"{left} {sign} {self.held(other)}"
        if formula.op == "pow":
            return self.power(formula)
        if formula.op in ("ones", "zeros"):
            sizes = [self.text(arg) for arg in formula.args]
            return f"{self.library.word}.{formula.op}(({sizes[0]}, {sizes[1] if len(sizes) > 1 else 1}))"
        if formula.op == "comm":
            m, n = (self.held(arg) for arg in formula.args)
            word = self.library.word
            return f"{word}.eye({m} * {n})[{word}.arange({m} * {n}).reshape({n}, {m}).T.ravel()]"
        if formula.op in PARTS:
            return self.part(formula)
        if OPS[formula.op].chooses:
            return self.choice(formula)
        return self.by_name(formula)

    def summed(self, one: Formula, other: Formula) -> str:
        """Return a product with only ones as a sum of rows, or of columns; nothing of any other product."""
        word = self.library.word
        if is_call(other, "ones") and self.shapes.of(one)[0] != 1 != self.shapes.of(one)[1]:
            turned = one.args[0] if is_call(one, "transpose") else None
            return f"{word}.sum({self.text(one if turned is None else turned)}, {int(turned is None)})[:, None]"
        return ""

    def spread(self, args: Sequence[Formula], whole: Shape) -> list[Formula]:
        """Return what has one shape, of which a row, a column or a number stands for its copies beside another."""
        alone = [self.alone(arg, whole) for arg in args]
        full = any(one is None and self.shapes.of(arg) == whole for one, arg in zip(alone, args, strict=True))
        return [one or arg for one, arg in zip(alone, args, strict=True)] if full else [*args]

    def alone(self, formula: Formula, whole: Shape) -> Formula | None:
        """Return the row, the column or the number of which a formula has only copies; None of any other."""
        if is_call(formula, "neg"):
            found = self.alone(formula.args[0], whole)
            return None if found is None else call("neg", found)
        if not is_call(formula, "mul") or self.shapes.of(formula) != whole or whole == SCALAR:
            return None
        for ones, rest in (formula.args, formula.args[::-1]):
            vectors = 1 in self.shapes.of(ones) and 1 in self.shapes.of(rest)
            if _is_ones(ones) and (vectors or self.shapes.of(rest) == SCALAR):
                return rest
        return None

    def choice(self, formula: Call) -> str:
        """Return a call that computes a side where it is taken, or one whose sides have values everywhere."""
        if self.library.differentiates:
            holds, *texts = (self.array(arg) for arg in formula.args)
            return f"{self.library.word}.where({holds} > 0, {texts[0]}, {texts[1]})"
        self.help_with("_where(")
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

    def by_name(self, formula: Call) -> str:
        """Return a call: of a primitive by its pattern, else of a function made from the operation's meaning."""
        library = self.library
        if formula is PI:
            return f"{library.word}.pi"
        if formula.op == "generic":
            raise Problem(f"a function that nobody knows has no text in {library.name}", None, "write it out", "usage")
        if library.number and formula.op in OF_NUMBERS and not names_in(formula) and self.shapes.of(formula) == SCALAR:
            return f"math.{formula.op}({self.text(formula.args[0])})"
        if formula.op in library.lacks:
            raise Problem(f"{library.name} has no word for `{formula.op}`", None, "export to NumPy", "usage")
        return self.by_pattern(formula) or self.derived(formula)

    def by_pattern(self, formula: Call) -> str:
        """Return a call as the library writes it, nothing where it has no word for it."""
        written, gathered, turned = self.library.written, self.library.gathered, self.library.turned
        if formula.op in turned and all(is_call(arg, "transpose") for arg in formula.args):
            bare = [arg.args[0] for arg in formula.args if is_call(arg, "transpose")]
            return turned[formula.op].format(*map(self.held, bare), x=self.text(bare[0]))
        pattern = written.get(formula.op)
        if pattern is None and formula.op not in gathered:
            return ""
        self.help_with(f"{pattern} {gathered.get(formula.op)} _{formula.op}(")
        if formula.op in ("hadamard", "hdiv"):
            formula = call(formula.op, *self.spread(formula.args, self.shapes.of(formula)))
        texts = self.given(formula, "." in (pattern or "."))
        if formula.op in gathered and (len(texts) > 1 or pattern is None):
            return gathered[formula.op].format(x=", ".join(texts) + "," * (len(texts) == 1))
        assert pattern is not None
        if formula.op in WHOLE and not self.is_solid(formula.args[0]):
            texts[0] = self.in_two(texts[0])
            return pattern.format(*texts, x=texts[0], all=", ".join(texts))
        held = [_held(text, arg) for text, arg in zip(texts, formula.args, strict=False)]
        return pattern.format(*held, x=texts[0], y=texts[-1], all=", ".join(texts))

    def help_with(self, text: str) -> None:
        """Have the functions written that the library lacks and a text calls, and those that they call."""
        for each, written in self.library.helpers.items():
            if f"_{each}(" in text and each not in self.called:
                self.called[each] = f"_{each}"
                self.help_with(written.partition(":")[2])
                self.helpers[each] = written

    def given(self, formula: Call, calls: bool) -> list[str]:
        """Return the texts of what a word that `calls` a function is given, as arrays where it takes nothing else."""
        op = OPS[formula.op]
        if not calls or not (op.entrywise or formula.op in self.library.gathered):
            return [*map(self.text, formula.args)]
        counts = {place for place, arg in enumerate(op.args) if op.slope.get(arg) is DATA}
        return [self.text(arg) if place in counts else self.array(arg) for place, arg in enumerate(formula.args)]

    def array(self, formula: Formula) -> str:
        """Return the text of an argument, of a number as an array where the library takes nothing else."""
        value = formula.args[0] if isinstance(formula, Call) and formula.op == "neg" else formula
        if not self.library.number or names_in(formula) or self.shapes.of(formula) != SCALAR:
            return self.text(formula)
        if isinstance(value, Num):
            return self.library.number.format(f"{'-' if value is not formula else ''}{float(value.text)}")
        return self.library.number.format(self.text(formula))

    def in_two(self, text: str) -> str:
        """Return the text of what may be a bare number as one of two dimensions."""
        return f"{self.library.word}.atleast_2d({text})"

    def is_solid(self, formula: Formula) -> bool:
        """Return whether what is computed of a formula is certain to have two dimensions."""
        if self.shapes.of(formula) != SCALAR:
            return True
        if isinstance(formula, Name):
            return formula in self.solid
        if isinstance(formula, Num):
            return False
        if formula.op == "mul" and SCALAR not in map(self.shapes.of, formula.args):
            return True
        op = OPS[formula.op]
        return (op.entrywise or formula.op in ("mul", "div", "transpose")) and any(map(self.is_solid, formula.args))

    def derived(self, formula: Call) -> str:
        """Return a call of an operation that is no primitive: its meaning where that is a call, else a function."""
        op = OPS[formula.op]
        own = self.library.own(op)
        body = self.whole_sides(rule(computed(op))) if computed(op) and not own else None
        if body is not None and op.forms and op.forms[0].shapes == "picture":  # its numbers are those of this call
            sizes = self.shapes.form(formula)[1]
            if all(isinstance(size, int) for size in sizes.values()):
                return self.of_its_own(formula, apart.whole)
            return self.text(replace(body, bound(formula) | size_names(sizes)))
        if isinstance(body, Name):
            return f"({self.text(formula.args[0])})"
        if isinstance(body, Call) and body.op not in LOOSE and not op.settings and _uses_once(body):
            sizes = self.shapes.form(formula)[1] if op.forms else {}
            return self.text(replace(body, bound(formula) | size_names(sizes)))
        args = formula.args[: len(op.args)]
        texts = [self.array(arg) if op.entrywise else self.text(arg) for arg in args]
        if op.forms:
            texts = [t if self.is_solid(a) else self.in_two(t) for a, t in zip(args, texts, strict=True)]
        settings = formula.args[len(args) :]
        if any(value is not literal(default) for default, value in zip(op.settings.values(), settings, strict=True)):
            texts += map(self.array, settings)
        if op.base and _is_one_call(own):
            given = dict(zip((*op.args, *op.settings), [*texts, *op.settings.values()], strict=False))
            return re.sub("|".join(rf"\b{word}\b" for word in given), lambda found: given[found[0]], own)
        return self.of_helper(op, self.shapes.form(formula)[0] if op.forms else None, texts)

    def whole_sides(self, formula: Formula) -> Formula:
        """Return a formula whose case distinctions have values on both sides, where that is needed."""
        return guarded(formula) if self.library.differentiates else formula

    def of_helper(self, op: Operation, form: Form | None, texts: Sequence[str]) -> str:
        """Return a call of the function that is written for an operation in one of its forms."""
        key = f"{op.name} of {form.shapes}" if form is not None and not computed(op) else op.name
        return f"{self.defined(key, op.name, lambda word: apart.helper(word, op, form, self))}({', '.join(texts)})"

    def defined(self, key: str, op: str, write: Callable[[str], str]) -> str:
        """Return what a function of an operation is called, which `write` writes where `key` has none yet."""
        if key not in self.called:
            taken = {*self.called.values(), *(f"_{each}" for each in self.library.helpers)}
            words = (f"_{op}{f'_{number}' if number > 1 else ''}" for number in count(1))
            word = self.called[key] = next(each for each in words if each not in taken)
            self.helpers[key] = write(word)
        return self.called[key]

    def departs(self, formula: Call) -> bool:
        """Return whether the library may differentiate a call otherwise than its entry says, or lose digits so."""
        op = OPS[formula.op]
        if switched(op, self.shapes.switches) is not None:
            return True
        if formula.op in ("pow", "hpow"):
            return bool(names_in(formula.args[1]))
        if formula.op in OTHERWISE:
            return True
        if formula.op in ("max", "min", "maxout"):
            return is_of_several(formula) or not all(map(names_in, formula.args))
        return bool(op.kink or op.careful) and op.name not in self.library.trusted

    def of_its_own(self, formula: Call, write: Callable[[str, Call, Words], str]) -> str:
        """Return a call of a function that `write` makes of an operation with these numbers and shapes."""
        given = [arg for arg in arguments(formula, self.shapes) if names_in(arg)]
        made, own = apart.lettered(formula, self.shapes)
        shapes = Shapes({letter: self.shapes.of(arg) for letter, arg in zip(own, given, strict=True)})
        shapes.switches = self.shapes.switches
        key = f"{made} of {[shapes.of(letter) for letter in own]}"
        inside = Words(own, shapes, self.library, self, inline=True, rule=write is apart.ruled)
        word = self.defined(key, formula.op, lambda word: write(word, made, inside))
        return f"{word}({', '.join(map(self.text, given))})"

    def beside(self, more: Name) -> Words:
        """Return what writes in the same place with one more name, the first."""
        return Words([more, *self.arguments], self.shapes, self.library, self, inline=self.inline, rule=self.rule)

    def power(self, formula: Call) -> str:
        base, exponent = formula.args
        if self.shapes.of(base) != SCALAR:
            times = self.text(exponent)
            times = f"round(float({self.library.word}.sum({times})))" if names_in(exponent) else times
            return f"{self.library.word}.linalg.matrix_power({self.text(base)}, {times})"
        return f"{self.held(base)} ** {self.held(exponent)}"

    def local(self, of: Name) -> str:
        """Return the word for what is computed on the way: u, and df_du for a derivative."""
        own = in_letters(of.base)
        self.locals[of] = self.free(own if of.of is None else f"d{in_letters(of.of.base)}_d{own}")
        return self.locals[of]

    def name(self, formula: Name) -> str:
        if formula in self.locals:
            return self.locals[formula]
        if formula in self.arguments:
            return self.arguments[formula]
        if self.inline:
            return self.measured(formula.base)
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
        for arg in self.spread(formula.args, self.shapes.of(formula)):
            minus = isinstance(arg, Call) and arg.op == "neg"
            body = arg.args[0] if minus and isinstance(arg, Call) else arg
            text = f"({self.text(body)})" if isinstance(body, Call) and body.op == "add" else self.text(body)
            result += (f" {'-' if minus else '+'} {text}") if result else (f"-{self.held(body)}" if minus else text)
        return result

    def held(self, formula: Formula) -> str:
        """Return the text of a formula, in brackets where another may follow or precede it."""
        return _held(self.text(formula), formula)


def _is_ones(formula: Formula) -> bool:
    return is_call(formula, "ones") or (is_call(formula, "transpose") and is_call(formula.args[0], "ones"))


def _held(text: str, formula: Formula) -> str:
    return f"({text})" if isinstance(formula, Call) and formula.op in LOOSE else text


def in_letters(word: str) -> str:
    """Return a name in ASCII, as near as that comes.

    >>> in_letters("größe"), in_letters("x1"), in_letters("重み")
    ('grosse', 'x1', 'q__')
    """
    plain = unicodedata.normalize("NFKD", word.replace("ß", "ss"))
    found = "".join(each if each.isascii() else "_" for each in plain if not unicodedata.combining(each))
    return found if found[:1].isalpha() else f"q{found}"


def _is_one_call(text: str) -> bool:
    """Return whether the text of an operation of lines is one call of a library's, of its argument."""
    return re.fullmatch(r"\w+\.[\w.]+\(A, [^()]*\)", text) is not None


def _uses_once(formula: Formula) -> bool:
    """Return whether a formula uses each of its names in one place."""
    return all(sum(each is used for part in parts(formula) if isinstance(part, Call) for each in part.args) == 1
               for used in names_in(formula))  # fmt: skip
