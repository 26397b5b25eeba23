"""Graphs: ordered lists of equations `name = formula`, each from earlier names.

A graph is at once the table (a row each), the drawing (a box each) and the program (a
statement each). Knows formulas and the operation table's arities, no numbers.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from nncalc.graph.largest import is_of_several
from nncalc.language.formula import Call, Formula, Name, Num, call, name, names_in, parts, replace
from nncalc.ops import OPS
from nncalc.problems import Problem


class Equation(NamedTuple):
    """A quantity and the formula that gives it.

    In a gradient, `via` holds the quantities the derivative came through, and `rules` the
    operations whose rules were used. `plain` is what a person writes where `formula`, which is
    equal, is computed in its place.
    """

    name: Name
    formula: Formula
    via: tuple[Name, ...] = ()
    rules: tuple[str, ...] = ()
    plain: Formula | None = None

    @property
    def uses(self) -> tuple[Name, ...]:
        """The quantities that its line names."""
        return names_in(self.formula) + (names_in(self.plain) if self.plain is not None else ())


class Graph:
    """`leaves` are given from outside; every equation uses only leaves and earlier equations."""

    __slots__ = ("by_name", "equations", "leaves")

    def __init__(self, leaves: tuple[Name, ...], equations: tuple[Equation, ...]) -> None:
        self.leaves: Final = leaves
        self.equations: Final = equations
        self.by_name: Final[Mapping[Name, Equation]] = {equation.name: equation for equation in equations}

    @property
    def names(self) -> tuple[Name, ...]:
        """Every quantity, leaves first."""
        return (*self.leaves, *(equation.name for equation in self.equations))


def in_order(leaves: Iterable[Name], equations: Iterable[Equation]) -> Graph:
    """Return the graph of `equations`, given in any order; each moves behind those it uses.

    Raises Problem (`name`) when quantities go round in a circle.
    """
    pending = {equation.name: equation for equation in equations}
    done: dict[Name, Equation] = {}
    for start, first in pending.items():
        path: dict[Name, Iterator[Name]] = {} if start in done else {start: iter(names_in(first.formula))}
        while path:
            top, uses = next(reversed(path.items()))
            used = next((used for used in uses if used in pending and used not in done), None)
            if used is None:
                done[top] = pending[top]
                path.popitem()
            elif used in path:
                raise circle([*path][[*path].index(used) :])
            else:
                path[used] = iter(names_in(pending[used].formula))
    return Graph(tuple(leaves), tuple(done.values()))


def end(equations: Collection[Equation]) -> Name:
    """Return what is differentiated where nobody says: the one quantity that no equation uses, else the last."""
    used = {n for equation in equations for n in names_in(equation.formula)}
    unused = [equation.name for equation in equations if equation.name not in used]
    return unused[0] if len(unused) == 1 else [*equations][-1].name


def circle(names: list[Name]) -> Problem:
    """Return the problem of quantities that each need the next, and the last the first."""
    shown = [f"`{each}`" for each in (names if len(names) <= 6 else [*names[:3], names[-1]])]
    if len(names) > 6:
        shown.insert(3, "...")
    return Problem(
        f"the equations go round in a circle: {' needs '.join([*shown, shown[0]])}",
        None, "every quantity is found from earlier ones", "name",
    )  # fmt: skip


def only(graph: Graph, wanted: Collection[Name]) -> Graph:
    """Return the equations of `graph` that lead to the quantities `wanted`."""
    needed = set(wanted)
    for equation in reversed(graph.equations):
        if equation.name in needed:
            needed.update(equation.uses)
    return Graph(graph.leaves, tuple(equation for equation in graph.equations if equation.name in needed))


def dependents(graph: Graph, sources: Collection[Name]) -> set[Name]:
    """Return `sources` and every quantity that is computed from one of them."""
    found = set(sources)
    for equation in graph.equations:
        if any(used in found for used in names_in(equation.formula)):
            found.add(equation.name)
    return found


def split(graph: Graph, names: Collection[Name] | None = None) -> Graph:
    """Return the graph with one operation an equation, or those of `names` so; equal parts are computed once.

    New quantities are called u1, u2, ...; signs, transposes and intercepts stay with the
    operation that uses them.
    """
    taken = {n.base for n in graph.names}
    meaning: dict[Formula, Formula] = {}
    equations: list[Equation] = []
    count = 0
    own = {equation.formula: equation.name for equation in reversed(graph.equations)}
    known: set[Name] = set(graph.leaves)
    for equation in graph.equations:
        whole = _sides(equation.formula)
        begun = _begun(equation.formula)
        for part in parts(equation.formula) if names is None or equation.name in names else ():
            if not isinstance(part, Call) or part in meaning or part in whole:
                continue
            flat = call(part.op, *[meaning.get(arg, arg) for arg in part.args])
            if part is equation.formula:
                break
            if OPS[part.op].arranges or part in begun or not names_in(part):
                meaning[part] = flat
                continue
            if own.get(part) in known:
                meaning[part] = own[part]
                continue
            count = next(each for each in itertools.count(count + 1) if f"u{each}" not in taken)
            meaning[part] = name(f"u{count}")
            equations.append(Equation(name(f"u{count}"), flat))
        body = equation.formula
        if isinstance(body, Call):
            body = call(body.op, *[meaning.get(arg, arg) for arg in body.args])
        equations.append(Equation(equation.name, meaning.get(equation.formula, body)))
        known.add(equation.name)
        meaning.setdefault(equation.formula, equation.name) if isinstance(equation.formula, Call) else None
    return Graph(graph.leaves, tuple(equations))


def _begun(formula: Formula) -> set[Formula]:
    """Return what is only the beginning of max(x, y, z), which is one operation, and is used nowhere else."""
    inside: set[Formula] = set()
    outside: set[Formula] = set()
    for part in parts(formula):
        if isinstance(part, Call):
            first = part.args[:1] if is_of_several(part) else ()
            inside.update(first)
            outside.update(part.args[len(first) :])
    return inside - outside


def _sides(formula: Formula) -> set[Formula]:
    """Return what stays in a case distinction: what decides, and what stands in its sides alone.

    That is not computed where it is not taken.
    """
    inside: set[Formula] = set()
    outside: set[Formula] = set()
    for part in reversed(parts(formula)):
        if not isinstance(part, Call):
            continue
        if part is formula or part in outside:
            chooses = part.op in OPS and OPS[part.op].chooses
            decides = part.args[0] if chooses else None
            outside.update(decides.args if isinstance(decides, Call) else () if chooses else part.args)
            inside.update(part.args if chooses else ())
        else:
            inside.update(part.args)
    return inside - outside


def named(formula: Formula, names: Mapping[Formula, Formula]) -> Formula:
    """Return `formula` with each part that already has a name, or is one turned, replaced by it."""
    if isinstance(formula, (Num, Name)) or not names:
        return formula
    found: dict[Formula, Formula] = {
        part: names[part] for part in parts(formula) if isinstance(part, Call) and part in names
    }
    return replace(formula, found) if found else formula
