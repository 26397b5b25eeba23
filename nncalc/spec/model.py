"""Models: a graph and the numbers of its leaves, from a spec or from expressions.

Here equations become formulas, and every name in them is checked. Knows formulas and
shapes; files are behind `spec`, derivatives and rendering elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from nncalc.graph.elements import Elements, bases
from nncalc.graph.families import sums_in
from nncalc.graph.graph import Equation, Graph, end, in_order, only, split
from nncalc.graph.rows import Turning
from nncalc.graph.shapes import SCALAR, Shape, Shapes, shapes_of, text_of, with_entries
from nncalc.graph.sums import Translated, in_matrices
from nncalc.language.alphabet import canonical_name, meant
from nncalc.language.blocks import transposed
from nncalc.language.figures import Rows
from nncalc.language.formula import Formula, Name, name, names_in, num, replace
from nncalc.language.indexing import from_0
from nncalc.language.parser import Known, Parsed, parse, read
from nncalc.language.printer import show
from nncalc.ops import FUNCTIONS, OPS
from nncalc.problems import Problem, Span, Where, in_text, nearest
from nncalc.progress import told
from nncalc.spec.conventions import Conventions
from nncalc.spec.statements import EXAMPLES, Section, Training
from nncalc.spec.words import argument, joined

if TYPE_CHECKING:
    from nncalc.language.definitions import Definition
    from nncalc.spec import Given, Spec
    from nncalc.spec.statements import Statement


_T = TypeVar("_T")


class Model(NamedTuple):
    """A graph with the numbers of its leaves.

    `dims` says how a leaf was typed (0 number, 1 list, 2 list of lists), `per_example` which
    quantities hold one example per column inside and are shown one example per row, or where `conventions` say so hold
    one per row. `starts` are
    intermediate quantities that were given a value in place of their equation, which cut off those in `cut`; of
    those in `stated` a value was said, and their equation kept. `overridden` are leaves whose numbers came from the
    command line, which had the shapes `before`; `steps` quantities that only taking formulas apart brought in;
    `computed` leaves whose numbers nobody typed. `general` has formulas as they are written for any number of examples.
    `sums` has equations that were written with sums over an index, with what was taken for granted in them.
    `training` is what a spec says of that, `first` makes the model of the first examples of a batch alone, `anew` that
    of a spec with other numbers of inputs and targets, which may be of more examples or fewer. `families` are names
    that stand for several quantities, as that of a picture does for its channels, `sections` the layers of a spec that
    is said in layers.
    """

    title: str
    graph: Graph
    given: Mapping[Name, Rows]
    dims: Mapping[Name, int]
    inputs: tuple[Name, ...]
    targets: tuple[Name, ...]
    parameters: tuple[Name, ...]
    output: Name | None
    per_example: frozenset[Name] = frozenset()
    notes: tuple[str, ...] = ()
    starts: tuple[Name, ...] = ()
    cut: frozenset[str] = frozenset()
    before: Mapping[Name, Shape] = MappingProxyType({})
    stated: Mapping[Name, Rows] = MappingProxyType({})
    overridden: frozenset[Name] = frozenset()
    steps: frozenset[Name] = frozenset()
    computed: frozenset[Name] = frozenset()
    general: Mapping[Name, tuple[Formula, str]] = MappingProxyType({})
    training: Training = Training()
    first: Callable[[int], Model] | None = None
    anew: Callable[[Mapping[str, Given]], Model] | None = None
    conventions: Conventions = Conventions()
    places: Callable[[Name], Where | None] = lambda _: None
    sums: Mapping[Name, Translated] = MappingProxyType({})
    families: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    sections: tuple[Section, ...] = ()

    def find(self, text: str) -> Name:
        """Return the quantity that `text` names in either alphabet; raise Problem (`name`) if there is none.

        What is an entry of one on the page is none.
        """
        known = {n.base: n for n in self.graph.names}
        entry = self.entry(text)
        if entry is not None:
            raise Problem(f"`{text}` is an entry of `{entry.base}`", None, f"name `{entry.base}` as a whole", "name")
        plain = canonical_name(text)
        if plain is not None and not text.isascii():
            plain = self.written(text).base
        plain = meant(plain, known) if plain is not None else None
        if plain in known:
            return known[plain]
        raise self.unknown(plain or text)

    def entry(self, text: str) -> Name | None:
        """Return the entry of a quantity that `text` names as a page or a person does, None where it names none."""
        if text.isascii() and canonical_name(text) is not None:
            return None
        try:
            found = self.named(text)
        except Problem:
            return None
        return found if found.index and found.of is None else None

    def unknown(self, text: str) -> Problem:
        """Return the problem of a name that nothing is called, or that was cut off."""
        if text in self.cut:
            what = f"`{self.output}`" if self.output else "nothing here"
            return Problem(
                f"{what} does not depend on `{text}` once {_given(self.starts)}",
                None, "--state NAME=VALUE says a value and keeps what leads to it", "name",
            )  # fmt: skip
        several = [f"`{of}`" for of in self.family(text)]
        if several:
            most = [*several[:6], "..."] if len(several) > 6 else several
            return Problem(f"`{text}` stands for {joined(most)}", None, "name one of them", "name")
        return unknown(text, dict.fromkeys(n.base for n in self.graph.names), None)

    def family(self, text: str) -> list[Name]:
        """Return the quantities that `text` stands for together, if it names none itself."""
        plain = canonical_name(text) or text
        known = {n.base: n for n in self.graph.names}
        return [] if plain in known else [known[of] for of in self.families.get(plain, ()) if of in known]

    def named(self, text: str) -> Name:
        """Return the quantity, entry or derivative that `text` names; raise Problem (`name`).

        It is called as on a page, in either alphabet, or as people call it: `L/W1.2`, `W1.grad`, `dW1`.
        """
        try:
            return self.written(text)
        except Problem:
            from nncalc.spec.naming import called

            found = called(self, text)
            if found is None:
                raise
            return found

    def written(self, text: str) -> Name:
        """Return the quantity, entry or derivative that a page calls so in either alphabet; raise Problem (`name`)."""
        names = list(dict.fromkeys(n.base for n in self.graph.names))
        try:
            arrays = frozenset[str]() if text.isascii() else self._arrays()
            found = read(text, Known([*names, *self.cut], arrays)).formula
        except Problem as problem:
            raise Problem(f"`{text[:80]}` is not a name: {problem.message}", None, problem.hint, "name") from None
        if not isinstance(found, Name):
            raise Problem(f"`{text[:80]}` is not a name", None, "such as yhat, a[1] or d(loss)/d(yhat)", "name")
        base = meant(found.base, names)
        if base not in names:
            raise self.unknown(found.base)
        if found.of is not None and found.of.base not in names:
            raise self.unknown(found.of.base)
        return name(base, found.index, found.of)

    def _arrays(self) -> frozenset[str]:
        """Return which quantities have entries, as far as that is known."""
        try:
            return with_entries(self.graph.names, self.shapes())
        except (Problem, KeyError):
            return frozenset(leaf.base for leaf, rows in self.given.items() if shape_of(rows) != SCALAR)

    def shapes(self) -> Shapes:
        """Return the shapes of all quantities; raise Problem (`shape`), at the equation that does not fit."""
        given = {leaf: shape_of(rows) for leaf, rows in self.given.items()}
        try:
            found = shapes_of(self.graph, given, self.origin, self.places)
        except Problem as problem:
            raise self._replaced(given, problem) or problem from None
        found.switches = self.conventions.switches
        found.from_0 = frozenset(of.base for of in bases(self.graph))
        return found

    def examples(self) -> int:
        """Return how many examples a batch has, 0 where there is none."""
        batch = next((self.given[leaf] for leaf in self.graph.leaves if leaf in self.per_example), [])
        return len(batch) if self.conventions.rows or not batch else len(batch[0])

    def of_any(self, equation: Equation) -> str | None:
        """Return an equation as it is written for any number of examples, None where it is not."""
        formula, text = self.general.get(equation.name, (None, ""))
        return text if formula is equation.formula else None

    def by_example(self, rows: Rows) -> Rows:
        """Return the numbers of a quantity of a batch with an example a row, or such numbers as they are kept."""
        return rows if self.conventions.rows else transposed(rows)

    def _replaced(self, given: Mapping[Name, Shape], misfit: Problem) -> Problem | None:
        """Return the problem of the one quantity whose shape was changed on the command line, where it is one."""
        changed = [of for of, shape in self.before.items() if given.get(of, shape) != shape]
        if len(changed) != 1:
            return None
        (of,) = changed
        shape = self.before[of]
        turned = given[of] == shape[::-1] and 1 not in shape
        hint = "it was transposed: a row is a unit it goes to" if turned else misfit.message
        both = f"{text_of(shape)} in the spec, {text_of(given[of])} on the command line"
        return Problem(f"`{of}` is {both}", None, hint, "shape")

    def stated_in(self, shapes: Shapes) -> dict[Name, Rows]:
        """Return the numbers that were stated of computed quantities; raise Problem (`shape`) where they do not fit."""
        found: dict[Name, Rows] = {}
        for of, rows in self.stated.items():
            wanted = shapes.of(of)
            fits = rows if shape_of(rows) == wanted else transposed(rows)
            if shape_of(fits) != wanted or (fits is not rows and self.dims[of] != 1):
                raise Problem(
                    f"`{of}` is stated as {text_of(shape_of(rows))}, its formula gives {text_of(wanted)}",
                    None, None, "shape",
                )  # fmt: skip
            found[of] = fits
        return found

    def origin(self, of: Name) -> str:
        """Return where a quantity came from, for a message."""
        if of in self.overridden:
            return "from the command line"
        where = self.places(of)
        return f"line {where.line}" if where is not None and where.line else ""


def shape_of(rows: Rows) -> Shape:
    return len(rows), len(rows[0])


def unknown(text: str, known: Iterable[str], where: Where | Span | None) -> Problem:
    """Return the problem of a name that nothing is called, with what was most likely meant."""
    from nncalc.language.remedies import called, unknown_name

    names = list(known)
    product = next(
        (
            (text[:cut], text[cut:])
            for cut in range(1, min(len(text), 50))
            if text[:cut] in names and text[cut:] in names
        ),
        None,
    )
    meant, elsewhere = nearest(text, names), unknown_name(text)
    if product:
        hint = f"a product is written `{product[0]}*{product[1]}`"
    elif text in FUNCTIONS:
        hint = f"`{text}` is a function: `{text}(...)`"
    elif elsewhere is not None:
        hint = elsewhere
    elif meant:
        hint = f"did you mean `{meant}`?"
    elif called(text):
        hint = f"a function has its arguments in round brackets: `{called(text)}(...)`"
    else:
        hint = "known are " + ", ".join(f"`{each}`" for each in names[:12]) + (" ..." if len(names) > 12 else "")
    return Problem(f"unknown name `{text[:80]}`", where, hint if names else None, "name")


def from_spec(spec: Spec) -> Model:
    """Return the model that `spec` describes; raise Problem where an equation is wrong."""
    counted = _examples(spec)
    known = {*spec.given, *spec.statements, *([EXAMPLES] if counted else [])}
    equations: list[Equation] = []
    general: dict[Name, tuple[Formula, str]] = {}
    sums: dict[Name, Translated] = {}
    functions = _definitions(spec)
    for quantity, statement in told(spec.statements.items(), "reading"):

        def place(span: Span) -> Where:
            if not statement.written:  # noqa: B023 -- used within this round only
                return spec.where(statement.path)  # noqa: B023
            return spec.where(statement.path, span.start, span.end - span.start)  # noqa: B023

        _no_comment(quantity, statement, place)
        try:
            parsed = _without_sums(
                read(statement.text, Known(known, whole=True, definitions=functions)), name(quantity), sums
            )
            check_names(parsed, known)
        except Problem as problem:
            span = problem.where if isinstance(problem.where, Span) else Span(0, 1)
            raise _within(problem, quantity).at(place(span)) from None
        formula = replace(parsed.formula, counted) if counted else parsed.formula
        text = statement.general if formula is parsed.formula else show(parsed.formula)
        if text is not None and counted:
            general[name(quantity)] = (formula, text)
        equations.append(Equation(name(quantity), formula))
    try:
        graph = in_order([name(n) for n in spec.given], _counted(equations))
    except Problem as problem:
        first = next(iter(spec.statements.values()))
        raise problem.at(spec.where(first.path)) from None

    def places(of: Name) -> Where | None:
        if of.base in spec.statements:
            return spec.where(spec.statements[of.base].path)
        return spec.where(spec.given[of.base].path) if of.base in spec.given else None

    found = Model(
        title=spec.name,
        graph=graph,
        given={name(n): given.rows for n, given in spec.given.items()},
        dims={name(n): given.dims for n, given in spec.given.items()},
        inputs=_names(spec.inputs),
        targets=_names(spec.targets),
        parameters=_names(spec.parameters),
        output=end(equations) if spec.assumed else name(spec.output) if spec.output else None,
        per_example=frozenset(_names(spec.per_example)),
        notes=(*(each.said for each in functions.values()), *spec.notes),
        general=general,
        training=spec.training,
        families=spec.families,
        sections=spec.sections,
        first=partial(_made, spec.first) if spec.first is not None else None,
        anew=partial(_made, spec.anew) if spec.anew is not None else None,
        places=places,
        sums=sums,
    )
    return choosing(found if spec.in_rows or not spec.conventions.rows else in_rows(found, counted), spec.conventions)


def _counted(equations: Iterable[Equation]) -> list[Equation]:
    """Return equations in which the columns of what multiplies a folded intercept are counted from 0."""
    every = list(equations)
    names = {of.base for of in bases(Graph((), tuple(every)))}
    return [each._replace(formula=from_0(each.formula, names)) for each in every]


def _without_sums(parsed: Parsed, quantity: Name, found: dict[Name, Translated]) -> Parsed:
    """Return an equation with its sums over an index in matrices, noted in `found`; raise Problem with a Span."""
    sums = sums_in(parsed.formula)
    if not sums:
        return parsed
    try:
        found[quantity] = in_matrices(parsed.formula, norms=False)
    except Problem as problem:
        raise problem.at(problem.where or parsed.spans.get(sums[-1])) from None
    return parsed._replace(formula=found[quantity].formula)


def in_rows(model: Model, counted: dict[Formula, Formula]) -> Model:
    """Return the model with an example a row where it has one a column; `counted` says how many examples there are."""
    if not model.per_example:
        return model
    shapes = model.shapes()

    def shape(formula: Formula) -> Shape:
        return shapes.of(replace(formula, counted))

    turning = Turning(model.per_example, shape, next(iter(counted), num(str(model.examples()))))
    equations: list[Equation] = []
    general: dict[Name, tuple[Formula, str]] = {}
    for equation in model.graph.equations:
        of, text = equation.name, model.of_any(equation)
        of_any = turning.equation(of, equation.formula if text is None else parse(text, Known(whole=True)))
        here = replace(of_any, counted)
        equations.append(Equation(of, here))
        if here is not of_any:
            general[of] = (here, show(of_any))
    given = {of: transposed(rows) if of in model.per_example else rows for of, rows in model.given.items()}
    return model._replace(graph=Graph(model.graph.leaves, tuple(equations)), general=general, given=given)


def examples_counted(model: Model) -> dict[Formula, Formula]:
    """Return how many examples a model has, by the name it has in equations; empty where there are none to count."""
    count = model.examples()
    taken = not count or name(EXAMPLES) in model.graph.names
    return {} if taken else {name(EXAMPLES): num(str(count))}


def choosing(model: Model, conventions: Conventions) -> Model:
    """Return the model with these conventions; what they are about is said with its notes."""
    rounding = conventions.rounding
    notes = (str(rounding), *model.notes) if rounding is not None else model.notes
    return model._replace(conventions=conventions, notes=notes)


def _examples(spec: Spec) -> dict[Formula, Formula]:
    """Return how many examples a batch has, by the name it has in equations, where nothing else is called that."""
    batch = next((given.rows for given in spec.given.values() if given.batch), None)
    count = None if batch is None else len(batch if spec.in_rows else batch[0])
    taken = count is None or EXAMPLES in spec.given or EXAMPLES in spec.statements
    return {} if taken else {name(EXAMPLES): num(str(count))}


def _made(spec: Callable[[_T], Spec], asked: _T) -> Model:
    """Return the model of the spec that is made for what is asked."""
    return from_spec(spec(asked))


def _within(problem: Problem, quantity: str) -> Problem:
    return Problem(f"equations.{quantity}: {problem.message}", problem.where, problem.hint, problem.code)


def _names(words: Iterable[str]) -> tuple[Name, ...]:
    return tuple(name(word) for word in words)


def check_whole(parsed: Parsed) -> None:
    """Raise Problem (`name`) for the first name in a formula that is a derivative."""
    for used in names_in(parsed.formula):
        if used.of:
            raise Problem(
                f"`{used}` is a derivative, which no equation has", parsed.spans.get(used),
                f"`nncalc backward --of {used.of} --wrt {used.base}` computes it", "name",
            )  # fmt: skip


def check_names(parsed: Parsed, known: Collection[str]) -> None:
    """Raise Problem (`name`) for the first name in a formula that nothing is called, or that is a derivative."""
    check_whole(parsed)
    for used in names_in(parsed.formula):
        if used.base not in known:
            raise unknown(used.base, sorted(known), parsed.spans.get(used))


def _no_comment(quantity: str, statement: Statement, place: Callable[[Span], Where]) -> None:
    """Raise Problem (`syntax`) for a comment in an equation of one line."""
    if statement.written and "#" in statement.text and "\n" not in statement.text:
        at = statement.text.index("#")
        raise Problem(
            f"a comment inside the equation of `{quantity}`", place(Span(at, at + 1)),
            "the file has comments of its own; put it outside the quotes", "syntax",
        )  # fmt: skip


def _definitions(spec: Spec) -> dict[str, Definition]:
    """Return the functions that a spec defines, each with those before it; raise Problem at the definition."""
    found: dict[str, Definition] = {}
    for head, statement in spec.definitions.items():
        from nncalc.language.definitions import defined

        try:
            found[head.name] = defined(head, statement.text, found)
        except Problem as problem:
            span = problem.where if isinstance(problem.where, Span) else Span(0, 1)
            where = spec.where(statement.path, span.start, span.end - span.start)
            raise problem.at(where) from None
    return found


def from_expressions(texts: list[str]) -> tuple[Model, dict[str, Where]]:
    """Return the model of equations such as `f = sin(x*y)/z`, without numbers yet, and where each name first stands.

    An expression without a left side is called f, or f2, f3, ... The output is the one that no other
    uses, else the last. Names that no expression explains are its inputs.
    """
    equations: dict[Name, Equation] = {}
    sums: dict[Name, Translated] = {}
    seen: dict[str, Where] = {}
    functions: dict[str, Definition] = {}
    for count, text in enumerate(texts, 1):
        source = "-e" if len(texts) == 1 else f"-e ({count})"
        _one_equation(text, source)
        left, right = _sides(text, count)
        offset = len(text) - len(right)
        if "(" in left and _is_defined(left, right, offset, functions, (source, text)):
            continue
        own = _left(left, source, text)
        if own in equations:
            raise Problem(f"`{own}` has two equations", in_text(source, text, Span(0, len(left))), None, "name")
        try:
            named = {name(n).base for n in seen} | {n.base for n in equations}
            parsed = _without_sums(
                read(" " * offset + right, Known(named, whole=True, definitions=functions)), own, sums
            )
            check_whole(parsed)
        except Problem as problem:
            span = problem.where if isinstance(problem.where, Span) else Span(0, 1)
            raise problem.at(in_text(source, text, span)) from None
        for used in names_in(parsed.formula):
            span = parsed.spans[used]
            seen.setdefault(used.base, in_text(source, text, span))
        equations[own] = Equation(own, parsed.formula)
    free = [name(n) for n in seen if name(n) not in equations]
    every = _counted(equations.values())
    graph = in_order(free, every)
    if not equations:
        raise Problem("there is no equation", None, "a definition serves one: `-e 'f(u) = u^2' -e 'y = f(x)'`", "spec")
    notes = tuple(each.said for each in functions.values())
    return Model("", graph, {}, {}, tuple(free), (), (), end(every), notes=notes, sums=sums), seen


def _sides(text: str, count: int) -> tuple[str, str]:
    """Return what stands before and after the `=` of an equation, which without one is called f, f2, f3, ..."""
    left, found, right = text.partition("=")
    compares = right.startswith("=") or left.endswith(("<", ">"))
    if not found or compares or left.count("(") > left.count(")"):  # that of a setting, as in `sum(A, over="rows")`
        return ("f" if count == 1 else f"f{count}"), text
    return left, right


def _left(left: str, source: str, text: str) -> Name:
    """Return the name before the `=` of an equation; raise Problem (`syntax` or `usage`)."""
    plain = canonical_name(left.strip())
    if plain is None:
        raise Problem(
            f"`{left.strip()[:80]}` is not a name", in_text(source, text, Span(0, max(1, len(left)))),
            "an expression is written `f = x*y` or `x*y`", "syntax",
        )  # fmt: skip
    if plain in OPS or plain in FUNCTIONS:
        raise Problem(f"`{plain}` is a function and cannot name a quantity", in_text(source, text, Span(0, len(left))))
    return name(plain)


def _is_defined(
    left: str, right: str, offset: int, functions: dict[str, Definition], said: tuple[str, str]
) -> bool:  # fmt: skip
    """Return whether a text is a definition, which then is among the `functions`; raise Problem at its place."""
    from nncalc.language.definitions import defined, head_of

    try:
        head = head_of(left)
        if head is None:
            return False
        functions[head.name] = defined(head, " " * offset + right, functions)
    except Problem as problem:
        span = problem.where if isinstance(problem.where, Span) else Span(0, 1)
        raise problem.at(in_text(*said, span)) from None
    return True


def _one_equation(text: str, source: str) -> None:
    """Raise Problem (`syntax`) for several equations in one expression."""
    another = re.search(r"(?<=[;\n])\s*+[^\W\d]\w*\s*+=", text)
    if another is not None:
        place = in_text(source, text, Span(another.start(), another.end()))
        raise Problem("one equation at a time", place, "each has its own -e: `-e 'd = a - b' -e 'f = d*b'`", "syntax")


def with_values(model: Model, values: Mapping[str, Given]) -> Model:
    """Return the model with the numbers of some of its leaves, or of their entries, set; raise Problem for other names.

    Where inputs or targets have other shapes than before, the spec is read with them in place of its own: it may then
    be of another number of examples, and a target may be class numbers.
    """
    entries = {entry: value for word, value in values.items() if (entry := model.entry(word)) is not None}
    found = _with_data(model, {word: value for word, value in values.items() if model.entry(word) is None})
    return _with_entries(found, entries) if entries else found


def _with_entries(model: Model, entries: Mapping[Name, Given]) -> Model:
    """Return the model with single entries of its leaves set; raise Problem for what is no entry of one."""
    elements = Elements(model.shapes(), bases(model.graph))
    given = dict(model.given)
    for entry, value in entries.items():
        leaf = name(entry.base)
        _settable(model, leaf)
        if value.dims:
            raise Problem(f"`{entry}` is one number", None, f"`{leaf}=...` sets all of `{leaf}`", "shape")
        row, column = elements.place(entry)
        rows = [[*each] for each in given[leaf]]
        rows[row][column] = value.rows[0][0]
        given[leaf] = rows
    overridden = model.overridden.union(name(entry.base) for entry in entries)
    return model._replace(given=given, overridden=overridden)


def _settable(model: Model, of: Name) -> None:
    """Raise Problem (`usage`) for a quantity that has an equation."""
    if of in model.graph.by_name:
        raise Problem(
            f"`{of}` is computed, not given", None,
            f"--given {of}=... starts from a value of it, --state {of}=... keeps what leads to it too", "usage",
        )  # fmt: skip


def _with_data(model: Model, values: Mapping[str, Given]) -> Model:
    """Return the model with the numbers of some of its leaves set, that of a spec read anew where they need one."""
    found = _with_leaves(model, values)
    data = {of.base: value for word, value in values.items() if (of := model.find(word)) not in model.parameters}
    other = [of for of, shape in found.before.items() if of.base in data and shape_of(found.given[of]) != shape]
    if model.anew is None or not other:
        return found
    if model.starts:
        problem = f"`{other[0]}` has another shape than before, and {_given(model.starts)} already"
        raise Problem(problem, None, "set both where the spec is loaded", "usage")
    try:
        anew = model.anew(data)
    except Problem as problem:
        if not isinstance(problem.where, Where) or problem.where.source not in map(argument, data):
            found.shapes()  # which says what does not fit
        raise
    kept = [
        of
        for of, rows in found.given.items()
        if of.base not in data and (of in anew.parameters or shape_of(rows) == shape_of(anew.given[of]))
    ]
    return anew._replace(
        given={**anew.given, **{of: found.given[of] for of in kept}},
        dims={**anew.dims, **{of: found.dims[of] for of in kept}},
        overridden=found.overridden, before=found.before, stated=found.stated,
    )  # fmt: skip


def _with_leaves(model: Model, values: Mapping[str, Given]) -> Model:
    """Return the model with the numbers of some of its leaves set, its equations as they are."""
    given, dims = dict(model.given), dict(model.dims)
    for word, value in values.items():
        of = model.find(word)
        _settable(model, of)
        given[of], dims[of] = _stored(model, of, value), value.dims
    overridden = frozenset(model.find(word) for word in values)
    before = {of: shape_of(model.given[of]) for of in overridden if of in model.given}
    return model._replace(given=given, dims=dims, overridden=overridden, before=before)


def differentiating(model: Model, text: str) -> Model:
    """Return the model with the quantity that `text` names as its output; raise Problem (`name`) where it is none."""
    entry = model.entry(text)
    if entry is not None:
        hint = f'an equation of a spec gives it a name, `f = "{entry}"`'
        raise Problem(f"`{text}` is an entry, and a whole quantity is differentiated", None, hint, "name")
    return model._replace(output=model.find(text))


def _given(names: Collection[Name]) -> str:
    """Return the words that quantities are given."""
    return f"{joined([f'`{each}`' for each in names])} {'is' if len(names) == 1 else 'are'} given"


def stating(model: Model, values: Mapping[str, Given]) -> Model:
    """Return the model with values said of quantities that it computes; raise Problem for any other."""
    stated, dims = dict(model.stated), dict(model.dims)
    for word, value in values.items():
        of = model.find(word)
        if of in model.starts:
            raise Problem(
                f"`{of}` is given already", None, "--state keeps what leads to it, --given leaves it out", "usage"
            )
        if of not in model.graph.by_name:
            raise Problem(f"`{of}` is not computed here", None, f"a value of it is set by `{of}=...`", "usage")
        stated[of], dims[of] = _stored(model, of, value), value.dims
    return model._replace(stated=stated, dims=dims)


def starting_from(model: Model, values: Mapping[str, Given]) -> Model:
    """Return the model with intermediate quantities given, without the equations that only led to them."""
    given, dims = dict(model.given), dict(model.dims)
    starts: list[Name] = []
    for word, value in values.items():
        of = model.find(word)
        given[of], dims[of] = _stored(model, of, value), value.dims
        starts += [of] if of in model.graph.by_name else []
    used = {n for equation in model.graph.equations for n in names_in(equation.formula)}
    ends = [
        equation.name for equation in model.graph.equations if equation.name not in used and equation.name not in starts
    ]
    equations = tuple(equation for equation in model.graph.equations if equation.name not in starts)
    kept = only(Graph((*model.graph.leaves, *starts), equations), ends)
    needed = {n for equation in kept.equations for n in names_in(equation.formula)} | set(starts)
    graph = Graph(tuple(leaf for leaf in kept.leaves if leaf in needed), kept.equations)
    cut = [of for of in dict.fromkeys(model.graph.names) if of not in graph.names]
    unused = [of for of in cut if of in model.overridden]
    return model._replace(
        graph=graph, starts=tuple(starts), dims=dims, cut=frozenset(of.base for of in cut),
        notes=(
            *model.notes,
            *(f"`{of}` was set, but nothing needs it once {_given(starts)}" for of in unused),
        ),
        given={of: rows for of, rows in given.items() if of in graph.leaves},
        inputs=tuple(of for of in model.inputs if of in needed),
        targets=tuple(of for of in model.targets if of in needed),
        parameters=tuple(of for of in model.parameters if of in needed),
    )  # fmt: skip


def _stored(model: Model, of: Name, value: Given) -> Rows:
    """Return numbers as they are kept inside: a batch has its examples in columns."""
    if of in model.per_example and value.dims == 2:
        return model.by_example(value.rows)
    if of in model.per_example and value.dims == 1:  # an example a number, or the only example
        return value.rows if (model.examples() == 1) is not model.conventions.rows else transposed(value.rows)
    before = model.given.get(of)
    if before is not None and model.dims.get(of) == 2 and value.dims == 1 and len(before) == 1:
        return [[number for row in value.rows for number in row]]
    return value.rows


def divided(model: Model) -> Model:
    """Return the model with one operation an equation."""
    graph = split(model.graph)
    return model._replace(graph=graph, steps=frozenset(graph.by_name).difference(model.graph.by_name))


def missing_values(model: Model, seen: Mapping[str, Where], values: Collection[str] = ()) -> None:
    """Raise Problem for the first leaf that has no numbers; `values` are the names that were given some."""
    names = {n.base for n in model.graph.names}
    named = {meant(canonical_name(word) or word, names): word for word in values}
    strangers = named.keys() - {n.base for n in model.graph.names}
    for leaf in model.graph.leaves:
        if leaf not in model.given and leaf.base not in named:
            if strangers:
                raise unknown(leaf.base, values, seen.get(leaf.base))
            from nncalc.language.remedies import unknown_name

            elsewhere = unknown_name(leaf.base)
            hint = (f"{elsewhere}; or " if elsewhere else "") + f"give it one: `{leaf}=2`"
            raise Problem(f"`{leaf}` has no value", seen.get(leaf.base), hint, "usage")
