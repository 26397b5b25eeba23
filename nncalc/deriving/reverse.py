"""The differential of a formula, moved inwards rule by rule: df = ⟨G, d(E)⟩ = ⟨G', d(E')⟩ = ... = ⟨∂f/∂x, dx⟩.

The rules are those of the operation table, one adjoint an operation. Terms are worked from left to right and stay in
their place; where several have a way to go, each has lines of its own until they meet. Knows formulas, shapes and
rules, no values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from nncalc.algebra.cost import cost
from nncalc.algebra.simplest import Simplifier
from nncalc.deriving.meeting import Meeting
from nncalc.graph.calculus import arguments, share_of
from nncalc.graph.rules import has_square
from nncalc.graph.shapes import Shapes, zeros
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Call, Formula, Name, names_in, parts, total
from nncalc.ops import OPS
from nncalc.progress import told

#: Up to how many lines terms are worked beside each other; further on, the others would be copied line by line.
BESIDE = 2
TOGETHER = "the terms together"
#: How deep terms inside terms have lines of their own.
DEEPEST = 12
#: How long a line may be that only shows what the next one is made of, and how many terms it may have.
SLOW, MOST_HALVES = 40, 4


class Pair(NamedTuple):
    """What stands in ⟨gradient, d(of)⟩."""

    gradient: Formula
    of: Formula


class Stage(NamedTuple):
    """The differential after some operations were differentiated: a sum of pairs, and those operations.

    `left` is what the line begins with, empty where that is the whole differential or the line goes on from the one
    above.
    """

    pairs: tuple[Pair, ...]
    used: tuple[Call, ...]
    left: tuple[Pair, ...] = ()
    why: str = ""


def reverse(
    formula: Formula, wrt: Name, seed: Formula, shapes: Shapes, simplest: Callable[[Formula], Formula]
) -> list[Stage]:
    """Return the stages from ⟨seed, d(formula)⟩ to ⟨gradient, d(wrt)⟩; the first is where it begins.

    Where `formula` does not depend on `wrt` there is one stage without pairs. Raises Problem where an operation
    has no derivative.
    """
    order = [*depending(formula, wrt)]
    if not order:
        return [Stage((), ())]
    work = _Work(Meeting(order), shapes, simplest)
    found = [Stage((Pair(seed, formula),), ()), *work.down([(formula, [seed])], wrt, (), 0)]
    work.end()
    return found


def gradient_of(formula: Formula, wrt: Name, seed: Formula, shapes: Shapes, simplifier: Simplifier) -> Formula:
    """Return the derivative of ⟨seed, formula⟩ by `wrt`, in the shape of `wrt`."""
    if formula is wrt:
        return seed
    stages = reverse(formula, wrt, seed, shapes, simplifier.simplest)
    return simplifier.simplest(stages[-1].pairs[0].gradient) if stages[0].pairs else zero(shapes, wrt)


#: What is still to be differentiated, in its place: a part, and what has arrived at it, term by term.
Front: TypeAlias = list[tuple[Formula, list[Formula]]]


class _Work:
    """Moves differentials inwards; a class because shapes and the ways go with it through every step."""

    def __init__(self, meeting: Meeting, shapes: Shapes, simplest: Callable[[Formula], Formula]) -> None:
        self.meeting = meeting
        self.shapes = shapes
        self.simplest = simplest
        #: Parts that are differentiated for each way that comes by: they only move signs and places.
        self.plain = sum(1 << at for at, part in enumerate(meeting.order) if _is_plain(part))
        self.steps = iter(told(meeting.order, "differentiating"))

    def end(self) -> None:
        """Tell whoever listens that all is differentiated."""
        for _ in self.steps:
            pass

    def down(self, front: Front, goal: Formula, left: tuple[Pair, ...], depth: int) -> Iterator[Stage]:
        """Yield the lines on which everything in front becomes one pair, that of `goal`; `left` is what it was."""
        begins = left
        while [part for part, _ in front] != [goal]:
            meet = self.meeting.of([part for part, _ in front]) if len(front) > 1 else goal
            apart = self.apart(front, meet) if depth < DEEPEST else []
            if apart:
                yield from self.one_by_one(front, apart, meet, depth)
                yield Stage(self.pairs(front), (), left, TOGETHER)
                begins = ()
                continue
            for stage in self.line(front, goal, depth):
                yield stage._replace(left=begins)
                begins = ()

    def one_by_one(self, front: Front, apart: list[list[Formula]], meet: Formula, depth: int) -> Iterator[Stage]:
        """Yield the lines of each term; then all that is in front is `meet`."""
        arrived: list[Formula] = []
        for terms in apart:
            mine = [each for each in front if each[0] in terms]
            pairs = self.pairs(mine)
            yield from self.down(mine, meet, pairs, depth + 1)
            arrived.append(self.gradient(mine[0][1]))
        front[:] = [(meet, arrived)]

    def apart(self, front: Front, meet: Formula) -> list[list[Formula]]:
        """Return the terms that have lines of their own, those together whose ways cross before `meet`.

        There are none where one line or two are enough to work all of them.
        """
        groups: list[tuple[int, list[Formula]]] = []
        for part, _ in front:
            bits, together = self.meeting.before(part, meet), [part]
            crossing = [group for group in groups if group[0] & bits & ~self.plain]
            for group in crossing:
                bits, together = bits | group[0], [*group[1], *together]
                groups.remove(group)
            groups.append((bits, together))
        if len(groups) < 2 or not self.are_long(bits for bits, _ in groups):
            return []
        first = {part: place for place, (part, _) in enumerate(front)}
        return sorted((together for _, together in groups), key=lambda each: first[each[0]])

    def are_long(self, groups: Iterable[int]) -> bool:
        """Return whether the ways of some terms take more lines than may stand beside each other."""
        count = 0
        for bits in groups:
            along: set[Formula] = set()
            for part in reversed([*self.meeting.parts(bits)]):
                assert isinstance(part, Call)
                along |= {arg for arg in part.args if isinstance(arg, Call) and goes_along(part, arg)}
                count += part not in along and not self.moves_only(part)
                if count > BESIDE:
                    return True
        return False

    def moves_only(self, part: Call) -> bool:
        """Return whether an operation stands before a term as it is: a sign, a place, a factor that is a number."""
        if only_scales(part):
            return True
        rest = [arg for arg in part.args if arg not in self.meeting]
        return part.op in ("mul", "div") and bool(rest) and all(self.shapes.of(arg) == SCALAR for arg in part.args)

    def line(self, front: Front, goal: Formula, depth: int) -> Iterator[Stage]:
        """Yield the line on which the first term is worked; two where it is read more easily."""
        used: list[Call] = []
        fresh: dict[Formula, list[Formula]] = {}
        before = {part for part, _ in front}
        part = self.first(front, goal)
        while part is not None:
            self.differentiate(part, front, fresh)
            used.append(part)
            while len(front) > 1 and (moving := self.moving(front, goal)) is not None:
                self.differentiate(moving, front, fresh)
                used.append(moving)
            following = self.first(front, goal)
            if following is not None and not goes_along(part, following):
                meet = self.meeting.of([each for each, _ in front])
                split = len(front) > 1 and depth < DEEPEST and self.apart(front, meet)
                if split or not all(map(only_scales, used)):
                    break
            part = following
        pairs = self.pairs(front)
        slow = self.slowly(pairs, {part: terms for part, terms in fresh.items() if part not in before})
        if slow is not None:
            yield Stage(slow[0], tuple(used))
            used = []
        if slow is None or len(front) == 1:  # beside others, the next line adds the halves up
            yield Stage(pairs, tuple(used), (), slow[1] if slow is not None else "")

    def first(self, front: Front, goal: Formula) -> Call | None:
        """Return the first term that can be differentiated: all that arrives at it is there."""
        return next(self.ready(front, goal), None)

    def moving(self, front: Front, goal: Formula) -> Call | None:
        """Return a term of which only a sign or a number is to be taken before it."""
        return next((part for part in self.ready(front, goal, plain=True) if self.moves_only(part)), None)

    def ready(self, front: Front, goal: Formula, *, plain: bool = False) -> Iterator[Call]:
        """Yield the terms that wait for nothing: `plain` ones never do."""
        for part, _ in front:
            waits = any(self.meeting.leads(other, part) for other, _ in front)
            if isinstance(part, Call) and part is not goal and (not waits or (plain and _is_plain(part))):
                yield part

    def differentiate(self, part: Call, front: Front, fresh: dict[Formula, list[Formula]]) -> None:
        """Put what stands in a term in its place; `fresh` notes what arrives where."""
        next(self.steps, None)
        place = next(place for place, (each, _) in enumerate(front) if each is part)
        _, terms = front.pop(place)
        g = self.gradient(terms)
        came = fresh.pop(part, [g])
        came = came if only_scales(part) else [total(came)]
        put: dict[Formula, int] = {}  # how many terms were put before those that another term had sent
        for index, arg in enumerate(arguments(part, self.shapes)):
            decides = OPS[part.op].chooses and not index  # which is constant but for jumps
            if arg not in self.meeting or (decides and any(other in self.meeting for other in part.args[1:])):
                continue
            term = share_of(part, index, g, part, self.shapes)
            slow = len(came) > 1 or _has_inverse(came[0])
            each = [share_of(part, index, one, part, self.shapes) for one in came] if slow else [term]
            found = next((at for at, (other, _) in enumerate(front) if other is arg), None)
            if found is None:
                front.insert(place, (arg, [term]))
                fresh[arg] = each
                place += 1
                continue
            first = put.get(arg, 0) if found >= place else len(front[found][1])
            front[found][1].insert(first, term)
            arrived = fresh.setdefault(arg, [])
            arrived[:] = [*each, *arrived] if found >= place and not first else [*arrived, *each]
            put[arg] = first + 1

    def pairs(self, front: Front) -> tuple[Pair, ...]:
        """Return what is in front as pairs, all that has arrived at a part written shortly."""
        return tuple(Pair(self.gradient(terms), of) for of, terms in front)

    def gradient(self, terms: list[Formula]) -> Formula:
        return self.simplest(total(terms))

    def slowly(
        self, pairs: tuple[Pair, ...], fresh: dict[Formula, list[Formula]]
    ) -> tuple[tuple[Pair, ...], str] | None:
        """Return a line before a line: the halves that it adds up, or what cancels in it; and why it goes on."""
        for place, (short, of) in enumerate(pairs):
            terms = fresh.get(of, [])
            found = self.halves(terms, short) if len(terms) > 1 else self.uncancelled(terms, short)
            if found is not None:
                each, why = found
                line = (*pairs[:place], *(Pair(one, of) for one in each), *pairs[place + 1 :])
                return (line, why) if sum(cost(pair.gradient)[0] for pair in line) <= SLOW else None
        return None

    def halves(self, terms: list[Formula], short: Formula) -> tuple[list[Formula], str] | None:
        """Return the terms of a gradient where it is not plainly their sum."""
        each = [self.simplest(term) for term in terms]
        if len(set(each)) == 1 or len(each) > MOST_HALVES or set(_terms(short)) >= set(each):
            return None
        return each, ""

    def uncancelled(self, terms: list[Formula], short: Formula) -> tuple[list[Formula], str] | None:
        """Return a gradient as it arrives, where inverses in it cancel, and what cancels."""
        inside = {each: None for term in terms for each in names_in(term)}
        gone = [f"`{each}`" for each in inside if each not in names_in(short)]
        if not gone or not any(map(_has_inverse, terms)):
            return None
        return terms, f"{' and '.join(gone)} cancel{'s' if len(gone) == 1 else ''}"


def _has_inverse(formula: Formula) -> bool:
    return any(isinstance(part, Call) and part.op == "inv" for part in parts(formula))


def _terms(formula: Formula) -> tuple[Formula, ...]:
    return formula.args if isinstance(formula, Call) and formula.op == "add" else (formula,)


def depending(formula: Formula, wrt: Name | Collection[Name]) -> dict[Formula, None]:
    """Return the parts of a formula in which `wrt`, or one of them, occurs, arguments before calls that use them."""
    names = {wrt} if isinstance(wrt, Name) else {*wrt}
    found: dict[Formula, None] = {}
    for part in parts(formula):
        if part in names or (isinstance(part, Call) and any(arg in found for arg in part.args)):
            found[part] = None
    return found


def is_bookkeeping(part: Call) -> bool:
    """Return whether a differential only moves signs and places; its line goes with the one before."""
    return OPS[part.op].arranges or part.op in ("add", "linear")


def _is_plain(part: Formula) -> bool:
    """Return whether a part is another one with a sign, a number or in another place."""
    return isinstance(part, Call) and only_scales(part) and part.op not in ("add", "linear")


def goes_along(part: Call, following: Call) -> bool:
    """Return whether `following` is differentiated on the line of `part`, whose argument it is."""
    if is_bookkeeping(following):
        return True
    together = part.op == following.op == "mul" or (part.op == "pow" and has_square(following))
    return following in part.args and together


def only_scales(part: Call) -> bool:
    """Return whether an operation is a sign, or a product or a quotient with a number."""
    if part.op in ("mul", "div"):
        return any(not names_in(arg) for arg in part.args)
    return is_bookkeeping(part)


def zero(shapes: Shapes, wrt: Name) -> Formula:
    """Return the derivative of what does not depend on `wrt`."""
    return zeros(shapes.of(wrt))
