"""Derivatives: from a graph, the graph of its gradient, by the rules of the operation table.

Reverse mode, so the work grows with the graph and not with its paths. Knows formulas,
shapes and rules, no values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from nncalc.graph.blocks import part_of
from nncalc.graph.graph import Equation, Graph, dependents, named
from nncalc.graph.largest import shared_evenly, slope
from nncalc.graph.patterns import Template, pattern
from nncalc.graph.rows import in_columns, straight
from nncalc.graph.rules import OUT, bound, either_way, has_rules, rule, size_names, squared, switched
from nncalc.graph.shapes import SCALAR, Shape, Shapes, Size, exponent, signature, size_formula, text_of, zeros
from nncalc.graph.sides import shared_inside
from nncalc.graph.sizes import added, sized_pair, without
from nncalc.graph.tidy import tidy
from nncalc.language.formula import (
    Call,
    Formula,
    Name,
    Num,
    call,
    is_call,
    joined,
    name,
    names_in,
    num,
    parts,
    product,
    replace,
    total,
    unfolded,
)
from nncalc.language.printer import show
from nncalc.ops import OPS
from nncalc.ops.kinds import UNROLLED, Flat, Form, Operation
from nncalc.problems import Problem
from nncalc.progress import told


class Choice(Protocol):
    """Chooses between a plain formula and another that is equal, but right where the plain one loses digits or fails.

    They may be equal for `some` numbers only: then the plain one is chosen where they are.
    """

    def __call__(self, plain: Formula, other: Formula, /, *, some: bool = False) -> Formula: ...


#: The gradient that arrives, in a rule; and ones in its place.
G, ONES = name("g"), name("ones")


def _is_plain(op: Operation) -> bool:
    """Return whether the rules of an operation are said, and spelled in one way whatever the numbers."""
    return has_rules(op) and not op.shorter and op.careful.keys() <= {"out"}


_PLAIN = frozenset(op.name for op in OPS.values() if _is_plain(op))


class Fused(NamedTuple):
    """A loss `part` of the activation's result `behind`, and the call `whole` that is both in one."""

    behind: Name
    part: Call
    whole: Call


def gradient_of(of: Name, output: Name) -> Name:
    """Return the name of the derivative of `output` by `of`."""
    return name(of.base, of.index, of=output)


def gradient(  # noqa: PLR0913, PLR0917 -- what it needs of the forward pass
    graph: Graph,
    shapes: Shapes,
    output: Name,
    wrt: Collection[Name],
    choose: Choice | None = None,
    fused: Mapping[Name, Fused] | None = None,
    known: Mapping[Formula, Name] | None = None,
) -> Graph:
    """Return the equations of reverse mode, from `output` back to the quantities `wrt`.

    Each is written with the names of `graph`, so values found going forward are used again;
    `known` adds formulas that some of its names also stand for. `choose`, which knows numbers, picks
    between spellings of a rule; without it the textbook's is taken. Only what lies between `wrt` and
    `output` has a derivative. `fused` holds losses that are differentiated in one with the activation
    before them (see `fusible`). Shapes of the new names are added to
    `shapes`. Raises Problem where the output is no scalar or a rule is missing.
    """
    if shapes.of(output) != SCALAR:
        raise Problem(
            f"only a number can be differentiated, `{output}` is {text_of(shapes.of(output))}",
            None, f"differentiate `sum({output})`, or name another output", "shape",
        )  # fmt: skip
    active = dependents(graph, wrt)
    if output not in active:
        return Graph(graph.names, ())
    own = _named(graph, known)
    arriving: dict[Name, list[tuple[Formula, Name, str]]] = {}
    equations = [Equation(gradient_of(output, output), num(1))]
    shapes.name(equations[0].name, SCALAR)
    bypassed: set[Name] = set()
    places = {equation.name: place for place, equation in enumerate(graph.equations)}
    for here in told(_backward_order(graph, output), "differentiating"):
        shares = sorted(arriving.pop(here, []), key=lambda share: places[share[1]])
        if here is not output and not shares:
            continue
        g: Formula = num(1)
        if here is not output:
            g = gradient_of(here, output)
            shapes.name(g, shapes.of(here))
            arrived = tidy(total([formula for formula, _, _ in shares]), shapes)
            via = tuple(dict.fromkeys(by for _, by, _ in shares))
            arrived = straight(named(arrived, own), shapes.of)
            equations.append(Equation(g, arrived, via, tuple(dict.fromkeys(rule for _, _, rule in shares))))
        equation = graph.by_name.get(here)
        if equation is None or here in bypassed:
            continue
        pulled = _pulled(equation, g, active, shapes, choose)
        if fused and here in fused:
            bypassed.add(fused[here].behind)
            pulled += _past(equation, fused[here], g, active, shapes, choose)
        for arg, formula, used in pulled:
            arriving.setdefault(arg, []).append((formula, here, used))
    return Graph(graph.names, tuple(equations))


def _named(graph: Graph, known: Mapping[Formula, Name] | None) -> dict[Formula, Formula]:
    """Return what stands for a formula: the name of what it is, of the transpose of what is turned."""
    every: dict[Formula, Name] = {**{eq.formula: eq.name for eq in reversed(graph.equations)}, **(known or {})}
    own: dict[Formula, Formula] = {formula: of for formula, of in every.items() if isinstance(formula, Call)}
    return {**{inner: call("transpose", of) for formula, of in own.items() for inner in _turned(formula)}, **own}


def _turned(formula: Formula) -> list[Formula]:
    """Return what a formula is the transpose of, if it is one of something that is computed.

    What acts on each row is that of what acts on each column.
    """
    if isinstance(formula, Call) and OPS[formula.op].base:
        other = in_columns(formula)
        return [other] if other is not None else []
    inner = formula.args[0] if is_call(formula, "transpose") else None
    return [inner] if isinstance(inner, Call) and inner.op != "transpose" else []


def received(equation: Equation, g: Formula, shapes: Shapes, active: Collection[Name]) -> dict[Name, Formula]:
    """Return what each of the names `active` in one equation receives of `g`, the gradient of its left side."""
    found: dict[Name, list[Formula]] = {}
    for by, formula, _ in _pulled(equation, g, set(active), shapes, None):
        found.setdefault(by, []).append(formula)
    return {by: tidy(total(formulas), shapes) for by, formulas in found.items()}


def _backward_order(graph: Graph, output: Name) -> list[Name]:
    """Return the quantities in the order their gradients are complete: a layer's parameters before its input."""
    first: dict[Name, int] = {}
    for place, equation in enumerate(graph.equations):
        for used in names_in(equation.formula):
            first.setdefault(used, place)
    found = [each for each in first if each is not output]
    found.sort(key=lambda each: (-first[each], each in graph.by_name))
    return [output, *found]


def fusible(graph: Graph) -> dict[Name, Fused]:
    """Return, for each equation that has one, a loss that goes together with the activation before it.

    The activation's result must be used by that loss alone. So `cross_entropy(yhat, y)` with
    `yhat = softmax(b)` goes with `cross_entropy_logits(b, y)`, whose derivative by b is softmax(b) - y.
    """
    uses: dict[Name, int] = {}
    for equation in graph.equations:
        for used in names_in(equation.formula):
            uses[used] = uses.get(used, 0) + 1
    found: dict[Name, Fused] = {}
    for equation in graph.equations:
        for part in parts(equation.formula):
            behind = part.args[0] if isinstance(part, Call) and OPS[part.op].fused else None
            if not isinstance(behind, Name) or uses[behind] > 1 or behind not in graph.by_name:
                continue
            inner = graph.by_name[behind].formula
            assert isinstance(part, Call)
            others = {*names_in(part.args[1]), behind}
            calls = [each for each in parts(equation.formula) if isinstance(each, Call)]
            alone = sum(arg is behind for each in calls for arg in each.args) == 1
            whole = _in_one(part, inner) if alone and not others & set(names_in(inner)) else None
            if whole is not None:
                found[equation.name] = Fused(behind, part, whole)
    return found


def _in_one(part: Call, inner: Formula) -> Call | None:
    """Return the operation that a loss `part` and the formula `inner` of its prediction are in one; None for none.

    An activation of columns in the rows of a batch is turned and turned back; then its loss is that of columns.
    """
    kinds = OPS[part.op].fused
    turned = either_way(part.op) and bool(_turned(inner))
    active = _turned(inner)[0] if turned else inner
    if not isinstance(active, Call) or active.op not in kinds:
        return None
    others = [call("transpose", arg) if turned and not isinstance(arg, Num) else arg for arg in part.args[1:]]
    return call(kinds[active.op], active.args[0], *others)


def _past(
    equation: Equation, fused: Fused, g: Formula, active: set[Name], shapes: Shapes, choose: Choice | None
) -> list[tuple[Name, Formula, str]]:
    """Return what the names before a fused activation receive, past its result."""
    place = name("fused", of=fused.behind)
    shapes.name(place, shapes.of(fused.part))
    around = Equation(equation.name, replace(equation.formula, {fused.part: place}))
    arriving = next(share for found, share, _ in _pulled(around, g, {place}, shapes, choose) if found is place)
    before = set(names_in(fused.whole.args[0])) & active
    return _pulled(Equation(equation.name, fused.whole), arriving, before, shapes, choose)


def _pulled(
    equation: Equation, g: Formula, active: set[Name], shapes: Shapes, choose: Choice | None
) -> list[tuple[Name, Formula, str]]:
    """Return what each active name in one equation receives of `g`, the gradient of its left side, and the rule."""
    formula, here = equation.formula, equation.name
    if isinstance(formula, Name):
        return [(formula, g, "linear")]
    alike = pattern(formula, shapes.known) if isinstance(g, Name | Num) else None
    if alike is None:
        return _pulled_anew(equation, g, active, shapes, choose)
    names = (*alike.names, here, *([g] if isinstance(g, Name) else []))
    key = (g if isinstance(g, Num) else "pulled", alike.key, tuple([each in active for each in alike.names]))
    if choose is None or _PLAIN.issuperset(alike.ops):
        picked: tuple[bool, ...] | None = ()
    else:
        picked = _picked(shapes.templates.known.get(("asked", key)), names, choose)
    known = shapes.templates.known.get((key, picked))
    if known is None:
        return _pulled_first(equation, g, active, shapes, choose, key, names)
    written = known.written(names)
    used = formula.op if isinstance(formula, Call) else "linear"
    return [(by, share, used) for by, share in zip(written[::2], written[1::2], strict=True) if isinstance(by, Name)]


def _picked(asked: Template | None, names: Sequence[Name], choose: Choice) -> tuple[bool, ...] | None:
    """Return which of the spellings that were `asked` for is picked with these names; None where nothing was asked."""
    if asked is None:
        return None
    spellings = asked.written(names)
    questions = zip(spellings[::3], spellings[1::3], spellings[2::3], strict=True)
    return tuple([choose(plain, other, some=some is _SOME) is other for plain, other, some in questions])


#: What stands beside two spellings that are equal for some numbers only, and beside others.
_SOME, _ALWAYS = num(1), num(0)


def _pulled_first(  # noqa: PLR0913, PLR0917 -- those of `_pulled`, and where it is kept
    equation: Equation, g: Formula, active: set[Name], shapes: Shapes, choose: Choice | None,
    key: Hashable, names: Sequence[Name],
) -> list[tuple[Name, Formula, str]]:  # fmt: skip
    """Return what `_pulled` does, and keep it for the equations that are alike and have the same spellings picked."""
    asked: list[Formula] = []
    picked: list[bool] = []

    def choosing(plain: Formula, other: Formula, /, *, some: bool = False) -> Formula:
        assert choose is not None
        found = choose(plain, other, some=some)
        asked.extend((plain, other, _SOME if some else _ALWAYS))
        picked.append(found is other)
        return found

    found = _pulled_anew(equation, g, active, shapes, choosing if choose is not None else None)
    shapes.templates.keep(("asked", key), asked, names)
    shapes.templates.keep((key, tuple(picked)), [each for by, share, _ in found for each in (by, share)], names)
    return found


def _pulled_anew(
    equation: Equation, g: Formula, active: set[Name], shapes: Shapes, choose: Choice | None
) -> list[tuple[Name, Formula, str]]:
    """Return what `_pulled` does, found by the rules."""
    formula, here = equation.formula, equation.name
    formula = squared(formula)
    order = list(parts(formula))
    leading: set[Formula] = {part for part in order if isinstance(part, Name) and part in active}
    for part in order:
        if isinstance(part, Call) and any(arg in leading for arg in part.args):
            leading.add(part)
    arriving: dict[Formula, list[Formula]] = {formula: [g]}
    found: list[tuple[Name, Formula, str]] = []
    for part in reversed(order):
        if part not in leading or part not in arriving:  # what stands inside max(x, y, z) is only its beginning
            continue
        arrived = total(arriving[part][::-1])
        if isinstance(part, Name):
            found.append((part, arrived, equation.formula.op if isinstance(equation.formula, Call) else "linear"))
        elif isinstance(part, Call):
            out = here if part is formula and formula is equation.formula else part
            for place, arg in enumerate(arguments(part, shapes)):
                if arg in leading:
                    received = share_of(part, place, tidy(arrived, shapes), out, shapes, choose)
                    arriving.setdefault(arg, []).append(received)
    return found


def arguments(part: Call, shapes: Shapes) -> tuple[Formula, ...]:
    """Return what shares the gradient of a call: its arguments, of the largest of several all of them."""
    return unfolded(part) if shared_evenly(part, shapes.switches) else part.args


def share_of(part: Call, place: int, g: Formula, out: Formula, shapes: Shapes, choose: Choice | None = None) -> Formula:
    """Return what `share` does, of one of the `arguments` of a call."""
    if not shared_evenly(part, shapes.switches):
        return share(part, place, g, out, shapes, choose)
    flat = call("is_largest", *unfolded(part))  # entry by entry as well, and with an argument at each place
    arg = flat.args[place]
    return shared_inside(flat, place, g, shapes, lambda each: _each_entry(arg, each, slope(part, place), shapes))


def share(part: Call, place: int, g: Formula, out: Formula, shapes: Shapes, choose: Choice | None = None) -> Formula:
    """Return what argument `place` of the call `part` receives of `g`, the gradient of its value.

    `out` is how the value may be written. The formula has the argument's shape: where a scalar met
    every entry of a matrix, `sum(...)` stands in it. Raises Problem where there is no derivative.
    """
    return shared_inside(part, place, g, shapes, lambda each: _share(part, place, each, out, shapes, choose))


def _share(part: Call, place: int, g: Formula, out: Formula, shapes: Shapes, choose: Choice | None) -> Formula:
    """Return what `share` does, of a gradient that is there whatever conditions there are."""
    op = OPS[part.op]
    argument = op.args[min(place, len(op.args) - 1)]
    form, sizes = (None, {}) if op.entrywise else _form(part, shapes)
    other = switched(op, shapes.switches)
    found = rule(other[0][argument]) if other is not None else derivative(op, form, argument)
    if found is UNROLLED:
        return tidy(_UNROLLED[part.op](part, place, g, shapes), shapes)
    if isinstance(found, Flat):
        return _flat(part, place, argument, found, shapes)
    shape = shapes.of(part)
    ones = num(1) if shape == SCALAR or op.entrywise else call("ones", *map(size_formula, shape))
    new: dict[Formula, Formula] = {G: g, OUT: out, ONES: ones}
    new |= {name(argument): part.args[place]} if op.variadic else bound(part)
    new |= size_names(sizes)
    made = replace(spelled(op, form, argument, found, new, choose), new)
    return _each_entry(part.args[place], g, made, shapes) if op.entrywise else tidy(made, shapes)


def _each_entry(arg: Formula, g: Formula, slope: Formula, shapes: Shapes) -> Formula:
    """Return what an argument receives of g where an operation acts on each entry."""
    made = call("hadamard", g, slope)
    result = tidy(call("sum", made) if shapes.of(arg) == SCALAR else made, shapes)
    if shapes.of(result) != shapes.of(arg):
        result = call("hadamard", result, call("ones", *map(size_formula, shapes.of(arg))))
    return result


def _form(part: Call, shapes: Shapes) -> tuple[Form, Mapping[str, Size]]:
    """Return the form of a call that is not entry by entry, and what its letters are."""
    form = OPS[part.op].forms[0]
    return (form, {}) if form.shapes in ("sizes", "entries", "part") else shapes.form(part)


def spelled(
    op: Operation, form: Form | None, argument: str, found: Formula, new: Mapping[Formula, Formula],
    choose: Choice | None,
) -> Formula:  # fmt: skip
    """Return the rule of an argument, in the spelling that `choose` picks for the arguments in `new`."""
    if choose is None:
        return found
    if argument in op.careful:
        found = _chosen(choose, found, rule(op.careful[argument]), new)
    elif argument not in (op.slope if form is None else form.gradient):
        found = _chosen(choose, found, _derived(op, form, argument, careful=True), new)
    if argument in op.shorter:
        found = _chosen(choose, rule(op.shorter[argument]), found, new, some=True)
    return found


def _chosen(
    choose: Choice, plain: Formula, careful: Formula, new: Mapping[Formula, Formula], *, some: bool = False
) -> Formula:  # fmt: skip
    """Return the spelling of a rule that `choose` picks, for a gradient of ones: what arrives has no numbers yet."""
    if plain is careful:
        return plain
    one, other = (replace(each, {**new, G: new[ONES]}) for each in (plain, careful))
    return careful if choose(one, other, some=some) is other else plain


def derivative(op: Operation, form: Form | None, argument: str) -> Formula | Flat:
    """Return the rule of an argument: what it receives of g, of an operation that is entry by entry its slope.

    `form` is None for that; where an entry says no rule it is what follows from the meaning. Raises Problem where
    nothing says it.
    """
    given = op.slope.get(argument) if form is None else form.gradient.get(argument)
    if isinstance(given, Flat):
        return given
    return rule(given) if given is not None else _derived(op, form, argument)


def _derived(op: Operation, form: Form | None, argument: str, *, careful: bool = False) -> Formula:
    """Return the rule of an argument that follows from an operation's meaning; raise Problem where it has none."""
    if not op.meaning:
        raise Problem(f"`{op.name}` has no derivative by `{argument}`: no rule says it", None, None, "derivative")
    signed = form.shapes if form is not None else ""
    return _from_meaning(op.meaning, op.args, tuple(op.settings), signed, argument, careful)


@cache
def _from_meaning(
    meaning: str, args: tuple[str, ...], settings: tuple[str, ...], signed: str, argument: str, careful: bool
) -> Formula:
    """Return what `argument` receives of g through a meaning; of one that is entry by entry, its slope.

    The meaning is differentiated in reverse, for shapes that are symbols.
    """
    wanted, result = signature(signed) if signed else ([_ANY] * len(args), _ANY)
    given: dict[Name, Shape] = {name(letter): SCALAR for letter in settings}
    given.update((name(letter), sized_pair(pair)) for letter, pair in zip(args, wanted, strict=True))
    seed = G if signed else call("ones", *map(size_formula, sized_pair(result)))
    shapes = Shapes({**given, G: sized_pair(result), OUT: sized_pair(result)})
    choose: Choice | None = _careful if careful else None
    pulled = _pulled(Equation(OUT, rule(meaning)), seed, {name(argument)}, shapes, choose)
    arrived = tidy(total([share for _, share, _ in pulled]), shapes) if pulled else num(0)
    if signed:
        return arrived
    nothing = call("mul", num(0), name(argument))  # of whatever shape the argument has
    return replace(tidy(replace(arrived, {seed: num(1)}), shapes), {zeros(sized_pair(result)): nothing})


def _careful(_: Formula, other: Formula, /, *, some: bool = False) -> Formula:  # noqa: ARG001 -- as a `Choice` has it
    return other


_ANY = signature("m n -> m n")[1]


def _power_share(power: Call, _place: int, g: Formula, shapes: Shapes) -> Formula:
    """Return what A receives of `g`, the gradient of the matrix power A^k, a term for each factor.

    The terms are A'^i g A'^(k-1-i), for k > 0 with i from 0 to k-1, for k < 0 with a minus and i from -1 down to k.
    """
    if names_in(power.args[1]):
        return _symbolic_share(power, g, shapes)
    count = exponent(power)
    base = call("transpose", power.args[0])

    def raised(to: int) -> list[Formula]:
        return [call("pow", base, num(to))] if to else []

    places = range(count) if count > 0 else range(-1, count - 1, -1)
    terms = [product([*raised(i), g, *raised(count - 1 - i)]) for i in places]
    return total(terms if count > 0 else [call("neg", term) for term in terms])


def _symbolic_share(power: Call, g: Formula, shapes: Shapes) -> Formula:
    """Return what A receives of `g` through A^k: k terms, which are one where g is a multiple of the identity."""
    base, count = power.args
    rest = g
    while isinstance(rest, Call) and rest.op in ("mul", "div", "neg"):
        matrices = [arg for arg in rest.args if shapes.of(arg) != SCALAR]
        if len(matrices) != 1:
            break
        (rest,) = matrices
    if not (isinstance(rest, Call) and rest.op == "eye"):
        raise Problem(
            f"the derivative of `{show(power)}` by `{show(base)}` is a sum of as many terms as the exponent says, "
            "which has no short form here",
            None, f"write the exponent as a number, such as `{show(base)}^3`; that of `tr({show(power)})` is short",
            "derivative",
        )  # fmt: skip
    less = call("add", count, num(-1))
    return replace(g, {rest: call("mul", count, call("transpose", call("pow", base, less)))})


def _block_share(part: Call, place: int, g: Formula, shapes: Shapes) -> Formula:
    """Return what a block receives of `g`: the rows, or in a row the columns, where it stands."""
    if len(part.args) == 1:
        return g
    axis = part.op == "row"
    sizes = [shapes.of(arg)[axis] for arg in part.args[: place + 1]]
    first = added(*sizes[:-1], 1)
    last = added(*sizes)
    return part_of(g, axis, first, last, shapes)


def _part_share(part: Call, _place: int, g: Formula, shapes: Shapes) -> Formula:
    """Return what a matrix receives of `g`, the gradient of some of its rows or columns: zeros for all others."""
    inner = part.args[0]
    axis = shapes.across(part)
    shape = shapes.of(inner)
    before, upto = shapes.ends(part)
    above, below = without(before, 1), without(shape[axis], upto)
    if below is None and shape[axis] != upto:  # how many rows follow is no size: x[3] of n
        chosen = call("rows", call("eye", size_formula(shape[axis])), size_formula(before), size_formula(upto))
        return call("mul", g, chosen) if axis else call("mul", call("transpose", chosen), g)
    blocks = [g]
    for size, at in ((above, 0), (below, len(blocks) + 1)):
        if size is not None:
            blocks.insert(at, zeros((shape[0], size) if axis else (size, shape[1])))
    return joined(blocks, beside=axis)


def _generic_share(part: Call, _place: int, g: Formula, _shapes: Shapes) -> Formula:
    """Return what the argument of a function that nobody knows receives: through its next derivative."""
    inner, called, order = part.args
    return call("hadamard", g, call("generic", inner, called, call("add", order, num(1))))


#: The rules that are written out for the call at hand.
_UNROLLED: Mapping[str, Callable[[Call, int, Formula, Shapes], Formula]] = {
    "pow": _power_share, "column": _block_share, "row": _block_share, "matrix": _block_share, "rows": _part_share,
    "columns": _part_share, "entries": _part_share, "columns_0": _part_share, "entries_0": _part_share,
    "generic": _generic_share,
}  # fmt: skip


def _flat(part: Call, place: int, argument: str, why: Flat, shapes: Shapes) -> Formula:
    if why is Flat.DATA:
        raise Problem(f"`{show(part)}` is not differentiated by `{argument}`: {why.value}", None, None, "derivative")
    return zeros(shapes.of(part.args[place]))
