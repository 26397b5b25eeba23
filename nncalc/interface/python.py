"""What Python is given: networks that are loaded, results that hold arrays and show themselves, derivations.

A result is a page, as the command of the same name prints it. None is changed by what is made after it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from nncalc.interface.depth import deep
from nncalc.interface.objects import answer_of, document_of, given_in, text_of_numbers
from nncalc.interface.opening import contents, is_spec, of_expressions, read_spec, ready, spec_in
from nncalc.interface.presenting import Command, Wish, forms_of, looked_up, pages
from nncalc.language.alphabet import listed
from nncalc.language.formula import Name
from nncalc.language.statements import statements
from nncalc.problems import Problem, Unknown, Where, one_of
from nncalc.render import FORMATS, bounded, fragment
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.sheet.data import grouped, shaped
from nncalc.spec import of_document
from nncalc.spec.conventions import Conventions, typed
from nncalc.spec.model import Model, differentiating, divided, from_spec
from nncalc.spec.printer import render as equations_of
from nncalc.spec.words import either

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from nncalc import page

    #: What a spec is said in: a path or the name of an example, a table, a text.
    Spec: TypeAlias = "str | os.PathLike[str] | Mapping[str, object] | Network"
    #: Numbers: of Python, as they are typed, or an array.
    Numbers: TypeAlias = "ArrayLike | Fraction | Decimal"
    Array: TypeAlias = NDArray[np.float64]


class Page:
    """What a command prints, in every output form; in a notebook it shows itself.

    It is laid out when it is asked for.
    """

    def __init__(self, made: Callable[[str], Sequence[page.Page]], formats: tuple[str, ...] = FORMATS) -> None:
        self._made = made
        self._formats = formats

    def text(self, format: str = "table", *, ascii: bool = False) -> str:  # noqa: A002 -- as the option is called
        """Return it in an output form: table, plain, json, csv, markdown, latex or html."""
        one_of("--format", format, self._formats)
        with deep():
            return "".join(bounded(self._made(format), format, ascii_only=ascii))

    @cached_property
    def data(self) -> dict[str, Any]:
        """What the command tells programs: its JSON."""
        found: dict[str, Any] = json.loads(self.text("json"))
        return found

    def __str__(self) -> str:
        return self.text().removesuffix("\n")

    def _repr_html_(self) -> str:
        with deep():
            return fragment(self._made("html"))

    def _repr_latex_(self) -> str:
        return self.text("latex")


class Arrays(Mapping[str, "Array"]):
    """Arrays by the names of quantities, in either alphabet, each in the shape that its quantity was typed in."""

    def __init__(
        self, what: str, names: Mapping[str, Name], find: Callable[[str], Name], read: Callable[[Name], Array]
    ) -> None:
        self._what, self._names, self._find, self._read = what, names, find, read
        self._known: dict[str, Array] = {}

    def __getitem__(self, called: str) -> Array:
        word = called if called in self._names else self._meant(called)
        if word not in self._known:
            self._known[word] = self._read(self._names[word])
        return self._known[word]

    def _meant(self, called: str) -> str:
        try:
            word = self._find(called).base
        except Problem as problem:
            raise Unknown(problem.message, problem.where, problem.hint, problem.code) from None
        if word not in self._names:
            raise Unknown(f"there is no {self._what} `{word}` here", None, f"there is {either(self._names)}", "name")
        return word

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{', '.join(f'{self._what} {of}' for of in self._names)}>"


class Result(Page):
    """The values of a network, and its gradients where it was run backward too.

    >>> found = load("recitation").backward()
    >>> found["loss"], found.gradients["beta"]
    (array(8.), array([[ 4., 12.,  8.]]))
    """

    def __init__(self, command: Command, found: Calculation, again: Callable[[bool], Calculation], exact: bool) -> None:
        self._command, self._found, self._again, self._exact = command, found, again, exact
        super().__init__(lambda form: pages(command, found, Wish(exact=exact, format=form), ()))

    @cached_property
    def values(self) -> Arrays:
        """Every input, parameter and computed quantity."""
        return self._arrays("values")

    @cached_property
    def gradients(self) -> Arrays:
        """The derivative of the output by each quantity on the way, by the name of that quantity."""
        return self._arrays("gradients")

    @property
    def output(self) -> str | None:
        """The name of what is differentiated."""
        return self._found.output.base if self._found.output is not None else None

    def __getitem__(self, called: str) -> Array:
        """Return a value, a gradient or an entry by what the page calls it: `a`, `a[1]`, `d(loss)/d(alpha[1,1])`."""
        import numpy as np

        with deep():
            try:
                found = looked_up(self._found, called)
            except Problem as problem:
                raise Unknown(problem.message, problem.where, problem.hint, problem.code) from None
            if found.entry:
                return np.array(float(found.numbers.rows[0][0]))
            return (self.gradients if found.whole.of is not None else self.values)[found.whole.base]

    def exactly(self, called: str) -> Any:
        """Return a value or a gradient in rationals: a `Fraction`, or lists of them; raise Problem where it is none.

        >>> load("f = x/y", x=1, y=3).forward(exact=True).exactly("f")
        Fraction(1, 3)
        """
        from fractions import Fraction

        from nncalc.numbers.run import ScalarMachine

        with deep():
            found, machine = looked_up(self._found, called), self._found.machine
            exacts = found.numbers.exacts if isinstance(machine, ScalarMachine) else None
            if exacts is None or any(each is None for row in exacts for each in row):
                raise Problem(f"`{called}` has no exact value here", None, None, "domain")
            if found.entry:
                return Fraction(exacts[0][0] or 0)
            return shaped(self._found.model, found.whole, exacts, Fraction)

    def page(
        self,
        form: str | None = None,
        *,
        precision: int | None = None,
        full: bool = False,
        example: int | None = None,
    ) -> Page:
        """Return every line of the calculation, in scalar or vector form or in both, as `--show-steps` prints them.

        Of a batch one `example` may be asked for, counted from 1; a `full` page leaves out nothing however long.

        >>> print(load("f = x*y", x=2, y=3).forward().page())
        Given
          x = 2
          y = 3
        <BLANKLINE>
        Forward
          f = x · y = 2 · 3 = 6
        """
        wish = Wish(
            steps=True, form=form, exact=self._exact, precision=precision, full=full, example=example
        ).checked()  # fmt: skip
        found = self._again(wish.form in ("scalar", "both"))

        def made(format_: str) -> list[page.Page]:
            asked = wish._replace(format=format_).checked()
            return pages(self._command, found, asked, forms_of(found, asked.form)[0])

        return Page(made)

    def __repr__(self) -> str:
        of = f"{self.output} = {float(self[self.output]):g}, " if self.output is not None else ""
        said = f"gradients by {', '.join(self.gradients)}" if self.gradients else f"values of {', '.join(self.values)}"
        return f"<{self._command}: {of}{said}>"

    def _arrays(self, group: str) -> Arrays:
        found = self._found

        def read(of: Name) -> Array:
            import numpy as np

            with deep():
                return np.array(shaped(found.model, of, found.machine.rows(of), float), dtype=np.float64)

        names = grouped(found)[group] if group == "values" or self._command == "backward" else []
        what = "value of" if group == "values" else "gradient by"
        return Arrays(what, {of.base: of for of in names}, found.model.find, read)


class Check(Page):
    """Answers judged, or gradients compared with another method; true where all is right."""

    def __init__(self, made: page.Page, right: bool) -> None:
        super().__init__(lambda _: [made])
        self.right = right

    def __bool__(self) -> bool:
        return self.right

    @property
    def score(self) -> float:
        """The share of the points that are earned, from 0 to 1; of a comparison, whether it agrees."""
        return float(self.data.get("score", self.right))

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What is said of each answer: its name, verdict, mistakes, and what is right."""
        return list(self.data.get("answers", []))

    def __repr__(self) -> str:
        return f"<check: {'all is right' if self.right else 'not all is right'}>"


class Network:
    """A network or a formula, and the numbers that were given; `load` makes one. It never changes.

    Of equations alone pages are `taken_apart`, an operation a line, as `-e` has them.

    >>> net = load("recitation", x=[1, 2])
    >>> net.parameters, net.output
    (('alpha', 'beta'), 'loss')
    >>> bool(net.check({"a": [3, 2], "dalpha": [[4, 4, 8], [8, 8, 16]]}))
    True
    """

    def __init__(self, model: Model, *, taken_apart: bool = False) -> None:
        self.model = model
        self.taken_apart = taken_apart

    @property
    def name(self) -> str:
        """What the spec is called."""
        return self.model.title

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return tuple(of.base for of in self.model.inputs)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, which gradients are by where nobody says otherwise."""
        return tuple(of.base for of in self.model.parameters)

    @property
    def output(self) -> str | None:
        """The name of what is differentiated."""
        return self.model.output.base if self.model.output is not None else None

    def set(self, values: Mapping[str, Numbers] | None = None, /, **named: Numbers) -> Network:
        """Return the network with other numbers of inputs, targets or parameters."""
        with deep():
            model = ready(self.model, given_in([*(values or {}).items(), *named.items()], "argument"))
        return Network(model, taken_apart=self.taken_apart)

    def forward(self, *, exact: bool = False) -> Result:
        """Return the values of all quantities, in rationals where that is asked for."""
        return self._run("forward", self.model, exact=exact)

    def backward(
        self,
        wrt: str | Sequence[str] | None = None,
        *,
        of: str | None = None,
        exact: bool = False,
        unfold: bool = False,
    ) -> Result:
        """Return the values, and the gradients of the loss, or `of` another, by the parameters, or `wrt` others.

        A loss and the activation before it are differentiated in one, unless they are to be `unfold`ed.
        """
        model = differentiating(self.model, of) if of is not None else self.model
        return self._run("backward", model, wrt=_listed(wrt), exact=exact, fuse=not unfold)

    def check(
        self,
        answers: Mapping[str, Numbers | None] | str | os.PathLike[str] | None = None,
        *,
        wrt: str | Sequence[str] | None = None,
        tolerance: float | None = None,
    ) -> Check:
        """Return answers judged, by name or in a file; without any, the gradients beside an independent method.

        Numbers are right at the digits they show, those of arrays within `tolerance` of the largest entry; a text may
        be a formula.
        """
        with deep():
            if answers is None:
                return self._compared(wrt, tolerance)
            if wrt is not None:
                raise Problem("--wrt is for checking gradients", None, "leave out --answer and --answers", "usage")
            from nncalc.judging.answers import pairs_of
            from nncalc.judging.judge import Judge
            from nncalc.judging.marking import marked, told_of

            if isinstance(answers, Mapping):
                path, pairs = "", [(called, answer_of(called, said)) for called, said in answers.items()]
            else:
                path = os.fspath(answers)
                pairs = pairs_of(contents(path), path)
            found = marked(Judge(self.model, tolerance), [(path, pairs)], told_of(self.model))
            return Check(found.page, found.right)

    def _compared(self, wrt: str | Sequence[str] | None, tolerance: float | None) -> Check:
        from nncalc.checking.gradients import checked
        from nncalc.checking.page import page as page_of

        if tolerance is not None:
            raise Problem("--tolerance is for judging answers", None, "add --answer or --answers", "usage")
        found = checked(self.model, _listed(wrt), None, None)
        return Check(page_of(found, steps=False), found.right)

    def page(self, form: str | None = None) -> Page:
        """Return every line of both passes; of the forward pass alone where there is nothing to differentiate."""
        return (self.forward() if self.output is None else self.backward()).page(form)

    def __str__(self) -> str:
        """Return the spec as equations, layers written out."""
        return equations_of(self.model).removesuffix("\n")

    def __repr__(self) -> str:
        return f"<network{f' {self.name!r}' if self.name else ''}: {', '.join(map(str, self.model.graph.names))}>"

    def _run(
        self, command: Command, model: Model, *, wrt: list[str] | None = None, exact: bool, fuse: bool = True
    ) -> Result:
        def calculated(model: Model, *, scalar: bool) -> Calculation:
            with deep():
                return calculate(model, wrt=wrt, backward=command == "backward", exact=exact, scalar=scalar, fuse=fuse)

        found = calculated(model, scalar=False)

        def again(scalar: bool) -> Calculation:
            return calculated(divided(model) if self.taken_apart else model, scalar=scalar)

        return Result(command, found, again, exact)


class Derivation(Page):
    """A gradient, Jacobian or Hessian of matrices, line by line; checked with random numbers before it is shown.

    >>> derive("norm2(y - X*theta)^2", wrt="theta").derivative
    "2 * X' * (X * theta - y)"
    """

    def __init__(self, made: page.Page, right: bool | None) -> None:
        super().__init__(lambda _: [made], (*FORMATS, "numpy"))
        self.right = right

    @property
    def derivative(self) -> str:
        """The derivative, as a formula is typed."""
        return str(self.data["derivative"])

    @property
    def solution(self) -> str | None:
        """Where the derivative is zero, if that was asked for and found."""
        found: str | None = self.data["stationary"]
        return found

    @property
    def values(self) -> dict[str, Array]:
        """The values at the numbers that were given."""
        import numpy as np

        return {of: np.array(rows, dtype=np.float64) for of, rows in self.data.get("values", {}).items()}

    def __repr__(self) -> str:
        return f"<derivative of {self.data['name']} by {self.data['wrt']}: {self.derivative}>"


def load(
    spec: Spec,
    values: Mapping[str, Numbers] | None = None,
    /,
    *,
    given: Mapping[str, Numbers] | None = None,
    state: Mapping[str, Numbers] | None = None,
    conventions: Mapping[str, object] | None = None,
    **named: Numbers,
) -> Network:
    """Return the network that a spec says: a file, an example that is built in, a table, or a text.

    A text is TOML, JSON, or equations, `f = x*y`, a line each. Numbers are set by name. Intermediate quantities are
    `given` in place of their equation, or `state`d beside it. What is chosen of `conventions` goes before the spec's.
    Raises Problem.

    >>> load("f = x^2*y", x=3, y="1/3").forward()["f"]
    array(3.)
    """
    with deep():
        chosen = typed([f"{key}={said}" for key, said in conventions.items()]) if conventions else None
        model, seen, apart = _model_of(spec, chosen)
        numbers = given_in([*(values or {}).items(), *named.items()], "argument")
        starts, states = given_in((given or {}).items(), "--given"), given_in((state or {}).items(), "--state")
        return Network(ready(model, numbers, starts, states, seen), taken_apart=apart)


def _model_of(spec: Spec, chosen: Conventions | None) -> tuple[Model, Mapping[str, Where], bool]:
    """Return the model of a spec, where names of its expressions first stand, and whether it is those alone."""
    if isinstance(spec, Network):
        if chosen is not None:
            raise Problem("a network that is loaded has its conventions", None, "choose them in `load`", "usage")
        return spec.model, {}, spec.taken_apart
    if isinstance(spec, Mapping):
        return from_spec(of_document(document_of(spec), os.getcwd(), chosen or Conventions())), {}, False
    path = os.fspath(spec)
    if not isinstance(spec, str) or not _is_text(path):
        if path == "-":
            raise Problem("`-` is standard input, which the command line reads", None, "load what was read", "usage")
        return from_spec(read_spec(path, chosen)), {}, False
    if is_spec(path):
        return from_spec(spec_in(path, chosen)), {}, False
    model, seen = of_expressions([path[start:stop].strip() for start, stop in statements(path)], chosen)
    return model, seen, True


def _is_text(spec: str) -> bool:
    """Return whether a spec is a text of its own, and no path: an equation, several lines, a table of JSON."""
    return ("=" in spec or "\n" in spec or spec.lstrip().startswith("{")) and not os.path.exists(spec)


def _listed(names: str | Sequence[str] | None) -> list[str] | None:
    """Return names that were given as one text, as on the command line, or one by one."""
    return listed(names) if isinstance(names, str) else [*names] if names is not None else None


def derive(  # noqa: PLR0913 -- what the command asks
    equations: str,
    wrt: str | None = None,
    *,
    shapes: str | Sequence[str] = (),
    assume: str | Sequence[str] = (),
    at: Mapping[str, Numbers] | None = None,
    layout: str = "denominator",
    hessian: bool = False,
    method: str = "rules",
    chain: bool = False,
    solve: bool = False,
    answer: str | None = None,
    verify: bool = True,
) -> Derivation:
    """Return the derivative of a formula, of several equations or of those of a file, as `nncalc derive` has it.

    >>> derive("x'*A*x", wrt="x", assume="A: symmetric").derivative
    '2 * A * x'
    """
    from nncalc.interface.derivations import Question, derived

    if equations.strip() == "-":
        raise Problem("`-` is standard input, which the command line reads", None, "derive what was read", "usage")
    with deep():
        numbers = [f"{of}={text_of_numbers(of, said)}" for of, said in (at or {}).items()]
        found, made = derived(Question(
            [equations], [wrt] if wrt is not None else [], _texts(shapes), _texts(assume), layout, hessian, method,
            chain, solve, numbers, answer, verify,
        ))  # fmt: skip
    return Derivation(made, found.verdict.right if found.verdict is not None else None)


def _texts(said: str | Sequence[str]) -> Sequence[str]:
    return [said] if isinstance(said, str) else said
