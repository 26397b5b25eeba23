"""The chain rule as the course writes it: dz/dx = dy/dx · dz/dy, each factor a line with its shape.

Through the names a person gave, or through the natural parts of one nested expression; several ways are a sum. A
factor of a matrix is that of its entries, columns stacked. Knows formulas, shapes and rules, no values.
"""

from __future__ import annotations

from nncalc.algebra.cost import cost
from nncalc.algebra.meeting import chain_of
from nncalc.algebra.simplest import Simplifier
from nncalc.deriving.backwards import backwards, is_function, is_short, short, simplifier_of, stated_steps
from nncalc.deriving.derivation import Check, Derivation, Setting, Step, derivation, jacobian_shape
from nncalc.deriving.natural import natural_parts
from nncalc.deriving.statements import put_in
from nncalc.graph.graph import Equation, Graph, dependents
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR, Shape
from nncalc.language.formula import Formula, Name, call, is_call, name, names_in, product, replace, total
from nncalc.page import Note

#: How many factors stand in one product; a longer one is written piece by piece.
MOST_FACTORS = 6
#: How long a product may be with its factors put in.
LONG = 40


def chain(setting: Setting) -> Derivation:
    """Return the derivation of a first derivative by the chain rule, by natural parts where no names were given."""
    if setting.hessian:
        return derivation(setting)  # which says that there is none
    given = bool(setting.definitions)
    if not given:
        setting = setting._replace(definitions=natural_parts(setting))
    shapes = setting.shapes
    meaning = put_in(setting.definitions)
    for each in setting.definitions:
        shapes.name(each.name, shapes.of(meaning[each.name]))
    steps = stated_steps(setting)
    if not given:
        steps = [*(step._replace(why="an inner part") for step in steps[:-1]), steps[-1]]
    return _Links(setting, steps).derivation()


class _Links:
    """The factors of one chain; a class because they are written as they are met."""

    def __init__(self, setting: Setting, steps: list[Step]) -> None:
        self.setting = setting
        self.shapes = setting.shapes
        self.steps = steps
        self.definitions = setting.definitions
        self.meaning = put_in(self.definitions)
        self.active = dependents(Graph((), self.definitions), [setting.wrt])
        self.simplifier = Simplifier(self.shapes, setting.facts, [each.formula for each in self.definitions])
        self.factors: dict[Formula, Formula] = {}  # each factor and derivative on the way, in the names of a person
        self.lines: dict[Formula, Formula] = {}  # the same as its line has it, which may name others
        self.totals: dict[Name, list[Formula]] = {}
        self.checks: list[Check] = []

    def derivation(self) -> Derivation:
        """Return the lines: each factor, then their products from the expression back to the variable."""
        links = {
            (each.name, used): self.link(each, used)
            for each in self.definitions
            for used in names_in(each.formula)
            if used in self.active
        }
        ways: list[list[Formula]] = []
        for of in [*(each.name for each in reversed(self.definitions[:-1])), self.setting.wrt]:
            if of in self.active:
                users = [each.name for each in reversed(self.definitions) if (each.name, of) in links]
                ways = [self.way(user, links[user, of]) for user in users]
                self.join(of, ways)
        return self.ended(ways)

    # -- one factor ---------------------------------------------------------------------------------------------

    def link(self, each: Equation, by: Name) -> Formula:
        """Write the line of ∂c/∂u, and return it as a factor; where c depends on u by other ways too, the formula."""
        local = self.local(each, by)
        slope = replace(local.derivative, {each.formula: each.name}) if is_function(each.formula) else local.derivative
        symbol = name(by.base, of=each.name)
        self.shapes.name(symbol, local.shape)
        factor = self.as_factor(symbol, each.name, by)
        others = [used for used in names_in(each.formula) if used in self.active and used is not by]
        if any(by in names_in(self.kept(used, by)) for used in others):
            return replace(factor, {symbol: slope})
        said = ("of vec(", each.name, ") by vec(", by, "), columns stacked")
        why: Note = said if local.vectorised else ()
        laws = tuple(dict.fromkeys(law for step in local.steps for law in step.laws))
        self.steps.append(Step(symbol, slope, local.shape, why, laws))
        self.factors[symbol] = self.lines[symbol] = slope
        self.checks.append(Check(slope, each.formula, by, self.is_turned(each.name, by)))
        return factor

    def local(self, each: Equation, by: Name) -> Derivation:
        """Return the derivation of one equation by one of its names, the others being constant."""
        setting = self.setting
        own = Shapes({used: self.shapes.of(used) for used in names_in(each.formula)})
        own.letters |= self.shapes.letters
        own.whole = self.shapes.whole
        taken = (
            *setting.reserved,
            *names_in(setting.formula),
            setting.wrt,
            *(other.name for other in self.definitions),
        )
        return derivation(Setting(each.formula, by, each.name, own, setting.facts, setting.layout, reserved=taken))

    def kept(self, of: Name, by: Name) -> Formula:
        """Return what a name stands for, in terms of `by` and of names that are not defined."""
        return put_in(self.definitions, by).get(of, of)

    def is_turned(self, of: Name, by: Name) -> bool:
        """Return whether ∂c/∂u is the transpose of what it is in denominator layout."""
        matrix_by_number = self.shapes.of(by) == SCALAR and 1 not in self.shapes.of(of)
        return self.setting.layout == "numerator" and not matrix_by_number

    def as_factor(self, symbol: Formula, of: Name, by: Name) -> Formula:
        """Return ∂c/∂u as a matrix with a row for each entry of u and a column for each of c, or turned so."""
        turned = self.setting.layout == "numerator"
        rows, columns = self.shapes.of(by)
        if self.shapes.of(of) == SCALAR and rows == 1 != columns:
            return call("transpose", symbol)
        if self.shapes.of(of) == SCALAR and 1 not in (rows, columns):
            return call("transpose", call("vec", call("transpose", symbol))) if turned else call("vec", symbol)
        if self.shapes.of(by) == SCALAR and 1 not in self.shapes.of(of):
            return call("vec", symbol) if turned else call("transpose", call("vec", symbol))
        return symbol

    # -- products -------------------------------------------------------------------------------------------------

    def way(self, through: Name, link: Formula) -> list[Formula]:
        """Return the factors of the way back through one name, in the order of the layout."""
        rest = self.totals.get(through, [])
        return [*rest, link] if self.setting.layout == "numerator" else [link, *rest]

    def join(self, of: Name, ways: list[list[Formula]]) -> None:
        """Note the derivative of the whole by one name; where it is a sum, or used again, on a line of its own."""
        uses = sum(
            used in self.active for each in self.definitions if each.name is of for used in names_in(each.formula)
        )
        (self.totals[of], *more) = ways
        if of is self.setting.wrt or (not more and (len(ways[0]) == 1 or (uses == 1 and len(ways[0]) < MOST_FACTORS))):
            return
        symbol = self.whole(of)
        factor = self.as_factor(symbol, self.setting.of, of)
        shown, found = self.product_lines(factor, ways)
        self.factors[factor] = found
        self.lines[factor] = shown
        self.totals[of] = [factor]
        if factor is symbol:
            self.checks.append(Check(found, self.kept(self.setting.of, of), of, self.is_turned(self.setting.of, of)))

    def whole(self, by: Name) -> Name:
        """Return the name of the derivative of the whole by a name, which has its shape from then on."""
        symbol = name(by.base, of=self.setting.of)
        of, shape = self.shapes.of(self.setting.of), self.shapes.of(by)
        found = shape if of == SCALAR else jacobian_shape(of, shape)
        self.shapes.name(symbol, found[::-1] if self.is_turned(self.setting.of, by) else found)
        return symbol

    def product_lines(self, left: Formula, ways: list[list[Formula]]) -> tuple[Formula, Formula]:
        """Write the products of some ways, with the factors put in, and shortly, unless that is long.

        Return what the last line has, and what that is in the names of a person.
        """
        symbols = total([product(way) for way in ways])
        shape = self.shapes.of(symbols)
        self.steps.append(Step(left, symbols, shape, self.why(ways, shape)))
        put = replace(symbols, self.factors)
        found = short(put, self.simplifier)
        if not is_short(found, LONG):
            return symbols, found
        flat = total([product(chain_of(term)) for term in terms_of(put)])
        if is_call(found, "transpose") and is_longer_by_transposes(flat, found):
            found = flat  # (C B A)ᵀ is shorter, but Aᵀ Bᵀ Cᵀ has the order of the chain
        written = [put, found] if is_short(put, LONG) and found not in (put, flat) else [found]
        self.steps.append(Step(None, written[0], shape, "the factors put in"))
        self.steps += [Step(None, each, shape) for each in written[1:]]
        return found, found

    def why(self, ways: list[list[Formula]], shape: Shape) -> Note:
        """Return the shapes of the factors, which say that their order is right."""
        said: list[str | Formula | Shape] = ["the chain rule"]
        for place, way in enumerate(ways):
            said.append(" + " if place else ": ")
            for factor in way:
                said += ["(", self.shapes.of(factor), ")"]
        return (*said, " = ", shape)

    def ended(self, ways: list[list[Formula]]) -> Derivation:
        """Return the derivation, with the lines of the whole."""
        setting = self.setting
        symbol = self.whole(setting.wrt)
        shape = self.shapes.of(symbol)
        factor = self.as_factor(symbol, setting.of, setting.wrt)
        if ways == [[factor]]:
            shown = found = self.factors[symbol]
        else:
            shown, found = self.product_lines(factor, ways)
            if factor is not symbol:
                shown = found = self.back_in_shape()
                self.steps.append(Step(symbol, found, shape, "the entries back in their places"))
        simplifier = simplifier_of(setting)
        written = short(replace(found, self.meaning), simplifier)
        if is_short(written) and written is not found:
            self.steps.append(Step(None, written, shape, "written out"))
        turned = self.is_turned(setting.of, setting.wrt) and shape != SCALAR
        gradient = short(call("transpose", written), simplifier) if turned else written
        return Derivation(
            setting, tuple(self.steps), written, shape, gradient, self.is_vectorised(), turned,
            self.said(shown, found), is_short(written), self.slopes(), tuple(self.checks),
        )  # fmt: skip

    def back_in_shape(self) -> Formula:
        """Return the derivative in its own shape, where its entries stood in a column or a row."""
        setting = self.setting
        if self.shapes.of(setting.of) != SCALAR:
            return derivation(setting._replace(definitions=())).derivative
        slopes = backwards(setting).slopes
        return short(replace(slopes[-1].formula, put_in(slopes[:-1])), self.simplifier)

    def is_vectorised(self) -> bool:
        """Return whether the derivative is that of vec(y) by vec(x)."""
        of, by = self.shapes.of(self.setting.of), self.shapes.of(self.setting.wrt)
        return SCALAR not in {of, by} and not (1 in of and 1 in by)

    def said(self, shown: Formula, found: Formula) -> Formula:
        """Return the last line, or where it names entries of a derivative, what that is in the names of a person."""
        equations = {each.name for each in self.slopes()}
        return shown if all(used.of is None or used in equations for used in names_in(shown)) else found

    def slopes(self) -> tuple[Equation, ...]:
        """Return the derivatives that have lines of their own, as equations."""
        unsaid = {used for of in self.lines if not isinstance(of, Name) for used in names_in(of)}
        found = [Equation(of, line) for of, line in self.lines.items() if isinstance(of, Name)]
        return tuple(each for each in found if unsaid.isdisjoint(names_in(each.formula)))


def terms_of(formula: Formula) -> tuple[Formula, ...]:
    """Return the terms of a sum; what is none is one."""
    return formula.args if is_call(formula, "add") else (formula,)


def is_longer_by_transposes(one: Formula, other: Formula) -> bool:
    """Return whether two formulas are as long, transposes aside."""
    (size, _, turns), (size_of_other, _, turns_of_other) = cost(one), cost(other)
    return size - turns == size_of_other - turns_of_other
