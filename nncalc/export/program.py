"""A calculation as a program: a line an equation, forward and then backward, and the numbers it is to find.

NumPy gets the equations of the gradients; a library that differentiates by itself those of the forward pass alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from nncalc.exchange.handover import Written, in_batch
from nncalc.export.apart import WIDTH
from nncalc.export.batches import General, of_any_number
from nncalc.export.in_jax import JAX
from nncalc.export.in_numpy import NUMPY
from nncalc.export.in_torch import TORCH
from nncalc.export.library import Library
from nncalc.export.trial import Tried, tried
from nncalc.export.words import Words, modules
from nncalc.graph.calculus import gradient_of
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.language.alphabet import in_ascii
from nncalc.language.figures import Rows
from nncalc.language.formula import Call, Formula, Name, names_in, parts
from nncalc.numbers.plan import guarded, has_branches
from nncalc.ops import OPS
from nncalc.ops.kinds import CONSTANT, DATA
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.sheet.compiled import Compiled, compiled
from nncalc.sheet.remarks import conventions
from nncalc.spec.model import Model

LIBRARIES: Mapping[str, Library] = {"numpy": NUMPY, "torch": TORCH, "jax": JAX}
#: How many numbers are written into a program at most.
MOST = 100_000
#: Words that a program has for itself.
OWN = ("forward", "calculate", "run", "same", "main", "GIVEN", "EXPECTED", "TOLERANCE")


def written(model: Model, target: str, wrt: Sequence[str] | None) -> Written:
    """Return a model as a program that was tried; raise Problem where it has no words, or finds other numbers."""
    library = LIBRARIES[target]
    _check(model)
    found = calculate(in_batch(model), wrt=wrt, backward=model.output is not None, lines=False)
    general = of_any_number(model, found)
    if general is not None:
        with suppress(Problem):  # it hangs on how many examples there are
            return _tried(Program(found, library, general), [found, general.more])
    return _tried(Program(found, library), [found])


def _tried(program: Program, calculations: Sequence[Calculation]) -> Written:
    """Return a program that was tried at the numbers of some calculations; raise Problem where it finds others."""
    text, library = program.text(), program.library
    result = tried(text, library, calculations, program.given())
    if not result.ran:
        plain = Program(program.found, NUMPY, program.general)
        tried(plain.text(), NUMPY, calculations, plain.given())
    return Written(text, _said(result, library))


def _said(result: Tried, library: Library) -> tuple[str, ...]:
    """Return what is to be said of how a program was tried."""
    if not result.ran:
        return (f"{library.name} is not installed: the program was not run, only the same in NumPy",)
    return () if result.draws else ("no other numbers were found to try the program at than its own",)


def _check(model: Model) -> None:
    """Raise Problem (`usage`) for what a program does not do."""
    if model.conventions.rounding is not None:
        raise Problem("a program does not round its steps", None, "leave out round_steps", "usage")
    count = sum(len(rows) * len(rows[0]) for rows in model.given.values())
    if count > MOST:
        raise Problem(
            f"there are {count:,} numbers, a program is written with at most {MOST:,}", None,
            "export a network of the same kind with fewer, and load the numbers there", "usage",
        )  # fmt: skip


class Program:
    """Writes one program; a class because the words that are taken gather as lines are written.

    One in `general` takes any number of examples.
    """

    def __init__(self, found: Calculation, library: Library, general: General | None = None) -> None:
        self.found = found
        self.library = library
        self.general = general
        model = found.model
        self.shapes: Shapes = general.shapes if general is not None else model.shapes()
        self.passes: Compiled = (
            general.passes if general is not None else compiled(model.graph, self.shapes, found.output, found.wrt)
        )
        self.words = Words((), self.shapes, library)
        self.words.bases = {each.base for each in model.graph.names}
        self.words.reserved |= {*OWN}
        for leaf in model.graph.leaves:
            self.words.arguments[leaf] = self.words.free(leaf.base)
            self.words.solid.add(leaf)

    def text(self) -> str:
        """Return the program."""
        functions = self.functions()
        helpers = [*self.words.helpers.values()]
        given = {word: self.found.model.given[leaf] for leaf, word in self.words.arguments.items()}
        expected = {of.id: self.found.machine.rows(of) for of in self.wanted()}
        python = modules([*helpers, *functions]).replace("\n\n", "\n") + "import sys\n\n"
        return "\n\n".join(
            [
                f"{self.about()}\n{python}{self.library.opening}",
                *helpers,
                *functions,
                _numbers("GIVEN", given) + "\n" + _numbers("EXPECTED", expected),
                MAIN.format(array=self.library.array, word=self.library.word),
            ]
        )

    def given(self) -> dict[str, str]:
        """Return what the program calls each quantity that is given."""
        return {leaf.base: word for leaf, word in self.words.arguments.items()}

    def wanted(self) -> list[Name]:
        """Return what the program finds: the output and its gradients, or where there is none what nothing uses."""
        output = self.found.output
        if output is None:
            used = {of for equation in self.passes.forward.equations for of in equation.uses}
            return [equation.name for equation in self.passes.forward.equations if equation.name not in used]
        return [output, *(gradient_of(of, output) for of in self.found.wrt)]

    def functions(self) -> list[str]:
        """Return the functions that compute."""
        words, output = self.words, self.found.output
        given = ", ".join(words.arguments.values())
        forward = [line for equation in self.passes.forward.equations for line in self.line(equation)]
        if output is None or not self.library.differentiates:
            backward = [line for equation in self.passes.backward.equations for line in self.line(equation)]
            lines = [*forward, *(["# backward", *backward] if backward else [])]
            pairs = [f'"{of.id}": {words.name(of)}' for of in self.wanted()]
            lines = [*self.counting(), *lines, *_returned(pairs)]
            return [_function(f"calculate({given})", "what is found, by its name in nncalc", lines)]
        number = f"return {words.name(output)}.reshape(())"
        return [
            _function(f"forward({given})", f"{words.name(output)}", [*self.counting(), *forward, number]),
            _function(f"calculate({given})", "what is found, by its name in nncalc", self.by_itself(output, given)),
        ]

    def counting(self) -> list[str]:
        """Return the lines that hold all to one number of examples, and count them where a formula uses how many."""
        found = []
        for letter, word in self.words.sizes.items():
            place = self.words.measured(letter)
            array, first, _ = place.partition(".shape[0]")
            found.append(f"{word} = len({array})" if first else f"{word} = {place}")
        return [*self.alike(), *found]

    def alike(self) -> Iterator[str]:
        """Yield lines that fail where quantities have other numbers of examples, which would be spread unseen."""
        model = self.found.model
        several = [word for of, word in self.words.arguments.items() if of in model.per_example]
        count = "len({})" if model.conventions.rows else "{}.shape[1]"
        for word in several[1:] if self.general is not None else ():
            said = f"{several[0]} and {word} have different numbers of examples"
            yield f'assert {count.format(several[0])} == {count.format(word)}, "{said}"'

    def by_itself(self, output: Name, given: str) -> list[str]:
        """Return the lines by which a library differentiates; what the output does not depend on has a slope of 0."""
        words, wrt = self.words, self.found.wrt
        own = [words.arguments[of] for of in wrt if output in _moved(self.passes.forward, of)]
        slopes = {of: words.local(gradient_of(of, output)) for of in wrt if words.arguments[of] in own}
        pairs = [f'"{output.id}": {words.name(output)}']
        for of in wrt:
            zeros = f"{self.library.word}.zeros_like({words.arguments[of]})"
            pairs.append(f'"{gradient_of(of, output).id}": {slopes.get(of, zeros)}')
        call = f"forward({given})"
        lines = [f"{words.name(output)} = {call}"]
        if own:
            places = [[*words.arguments.values()].index(word) for word in own]
            names = {"output": words.name(output), "call": call, "given": given}
            listed = {
                key: _tuple(each) for key, each in (("own", own), ("slopes", slopes.values()), ("places", places))
            }
            lines = [line.format(**names, **listed) for line in self.library.slopes]
        return [*lines, *_returned(pairs)]

    def line(self, equation: Equation) -> list[str]:
        """Return the line of an equation, its shape beside it."""
        formula = equation.formula
        if self.library.differentiates:
            if has_branches(formula):
                raise Problem(
                    f"a case distinction in `{equation.name}` has sides that cannot both be computed",
                    None, "export to NumPy, which computes one", "usage",
                )  # fmt: skip
            formula = guarded(formula)
        text = self.words.text(formula)
        if not names_in(formula) and self.shapes.of(formula) == SCALAR:
            text = f"{self.library.word}.full((1, 1), float({text}))"
        if self.words.is_solid(formula):
            self.words.solid.add(equation.name)
        rows, columns = self.shapes.of(equation.name)
        unused = f"; {self.found.output} is found without it" if equation.name in self.unused else ""
        return [f"{self.words.local(equation.name)} = {text}  # {rows} x {columns}{unused}"]

    @cached_property
    def unused(self) -> set[Name]:
        """What a library that differentiates by itself computes though no other line uses it."""
        if self.found.output is None or not self.library.differentiates:
            return set()
        equations = self.passes.forward.equations
        return {each.name for each in equations}.difference({self.found.output}, *(each.uses for each in equations))

    # -- what is said -----------------------------------------------------------------------------------------

    def about(self) -> str:
        """Return the text at the head of a program."""
        found, model = self.found, self.found.model
        title = model.title or "A calculation"
        output = found.output
        what = f"`{output}` and its gradients" if output is not None else "its results"
        first = f"{_plain(title)} in {self.library.name}: run, this prints {what}, and whether nncalc found the same."
        said = [
            "a line is an equation, the shape of its result beside it; a number is 1 x 1, a vector a column",
            *([self.examples()] if model.per_example else []),
            *self.renamed(),
            *model.notes,
            *([each for each, _ in conventions(found, self.wanted()[1:])] if output is not None else []),
        ]
        body = "\n".join(textwrap.fill(f"- {_plain(each)}", WIDTH, subsequent_indent="  ") for each in said)
        return f'"""{textwrap.fill(first, WIDTH)}\n\n{body}\n"""\n'

    def examples(self) -> str:
        """Return what is said of the examples of a batch."""
        model = self.found.model
        rows, columns = model.shapes().of(next(of for of in model.graph.names if of in model.per_example))
        way, count = ("row", rows) if model.conventions.rows else ("column", columns)
        if self.general is not None:
            return f"an example is a {way}; GIVEN has {count}, and there may be any number"
        return f"an example is a {way}; the lines are written for {count}, and for no other number"

    def renamed(self) -> list[str]:
        """Return what is said of quantities that have another name in the program."""
        pairs = [
            (of, word) for of, word in (*self.words.arguments.items(), *self.words.locals.items()) if of.of is None
        ]
        return [f"{of.base} is called {word} here" for of, word in pairs if of.base != word]


def _moved(graph: Graph, source: Name) -> set[Name]:
    """Return the quantities that change with another, past what has no slope, such as 1[x > 0] and labels."""
    found = {source}
    for equation in graph.equations:
        moving: set[Formula] = {*found}
        for part in parts(equation.formula):
            if isinstance(part, Call):
                op = OPS[part.op]
                rules = op.slope if op.entrywise else op.forms[0].gradient
                words = [op.args[min(place, len(op.args) - 1)] for place in range(len(part.args) - len(op.settings))]
                if any(
                    a in moving and rules.get(w) not in (CONSTANT, DATA) for a, w in zip(part.args, words, strict=False)
                ):
                    moving.add(part)
        if equation.formula in moving:
            found.add(equation.name)
    return found


def _plain(text: str) -> str:
    """Return a text that may stand in a docstring, in ASCII but for names that are not.

    >>> _plain("ReLU′(0) = 0 of `α`")
    "ReLU'(0) = 0 of alpha"
    """
    safe = in_ascii(text).replace("\\", "/").replace('"', "'").replace("`", "")
    return "".join(each if each.isprintable() else "?" for each in safe)


def _tuple(items: Iterable[object]) -> str:
    """Return items as a tuple.

    >>> _tuple("ab"), _tuple([1])
    ('(a, b)', '(1,)')
    """
    texts = [str(each) for each in items]
    return f"({', '.join(texts)}{',' * (len(texts) == 1)})"


def _function(head: str, what: str, lines: Iterable[str]) -> str:
    return "\n".join([f"def {head}:", f'    """Return {what}."""', *(f"    {line}" for line in lines), ""])


def _returned(pairs: Sequence[str]) -> list[str]:
    """Return the lines that return what is found."""
    return ["return {", *(f"    {pair}," for pair in pairs), "}"]


def _numbers(word: str, numbers: Mapping[str, Rows]) -> str:
    """Return matrices by name, each in one line where that is short, else a row a line."""
    lines = [f"{word} = {{"]
    for key, rows in numbers.items():
        texts = [f"[{', '.join(repr(float(each)) for each in row)}]" for row in rows]
        whole = f"    {key!r}: [{', '.join(texts)}],".replace("'", '"')
        if len(whole) <= WIDTH:
            lines.append(whole)
        else:
            rows_apart = [
                textwrap.fill(f"{text},", WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 9) for text in texts
            ]
            lines += [f'    "{key}": [', *rows_apart, "    ],"]
    return "\n".join([*lines, "}", ""])


#: How a program is run.
MAIN = '''\
TOLERANCE = 1e-12  # of the largest number of a quantity, or of 1


def run(given):
    """Return what is found of some numbers, as lists of rows."""
    found = calculate(**{{name: {array} for name, rows in given.items()}})
    return {{name: {word}.atleast_2d(value).tolist() for name, value in found.items()}}


def same(rows, expected):
    """Return whether as many numbers as are expected are within the tolerance of those."""
    found, wanted = ([number for row in each for number in row] for each in (rows, expected))
    largest = max(1.0, *map(abs, wanted))
    near = (abs(a - b) <= TOLERANCE * largest for a, b in zip(found, wanted))
    return len(rows) == len(expected) and len(found) == len(wanted) and all(near)


def main(check):
    """Print what is found; with `check` what nncalc found where that differs, and return 1 if it does anywhere."""
    differs = False
    for name, rows in run(GIVEN).items():
        print(f"{{name}} = {{rows}}")
        if check and not same(rows, EXPECTED[name]):
            print(f"{{name}} = {{EXPECTED[name]}} was found by nncalc")
            differs = True
    if differs:
        print("something differs from what nncalc found for the numbers as they were exported;")
        print("with others in GIVEN that is to be expected, and --no-check leaves the comparison out")
    elif check:
        print("all as nncalc found it")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main("--no-check" not in sys.argv[1:]))
'''
