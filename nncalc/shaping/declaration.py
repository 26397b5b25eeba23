"""Declarations: the shapes of a formula's names, as they were said or as they must be.

`X: n x d, y: n, lam: 1` says shapes, `S: symmetric` an assumption. Names that nothing is said
about get the shape their formula allows (see `inference`). Knows formulas and shapes, neither
numbers nor files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from nncalc.graph.shapes import PARTS, SCALAR, Shape, Shapes, Unknown, letters_in, text_of
from nncalc.graph.sizes import size_formula
from nncalc.language.formula import Call, Formula, Name, call, name, names_in, parts, replace
from nncalc.language.parser import Parsed
from nncalc.language.printer import show
from nncalc.ops import OPS
from nncalc.problems import Problem, nearest
from nncalc.shaping.inference import Question, infer, with_sizes
from nncalc.shaping.shape_text import Said, cut, declared, pieces, read_name

#: What may be assumed of a quantity, each with the words for it and what follows from it.
ASSUMPTIONS: Mapping[str, tuple[str, ...]] = {
    "diagonal": ("diagonal", "symmetric"),
    "orthogonal": ("orthogonal", "invertible"),
    "skew": ("skew",),
    "psd": ("psd", "symmetric"),
    "symmetric": ("symmetric",),
    "spd": ("spd", "symmetric", "invertible"),
    "invertible": ("invertible",),
    "positive": ("positive",),
    "probability": ("probability", "positive"),
    "small": ("small",),
    "large": ("large", "positive"),
    "sign": ("sign",),
    "integer": ("integer",),
    "in (0, 1)": ("in (0, 1)", "positive"),
}
_ALSO = {
    "in(0,1)": "in (0, 1)", "whole": "integer", "int": "integer", "diag": "diagonal", "orthonormal": "orthogonal",
    "skew-symmetric": "skew", "antisymmetric": "skew", "positive-semidefinite": "psd", "semidefinite": "psd",
    "tiny": "small", "big": "large", "signs": "sign", "pm1": "sign",
    "prob": "probability", "onehot": "probability", "one-hot": "probability", "probabilities": "probability",
    "sym": "symmetric", "posdef": "spd", "pd": "spd", "positive-definite": "spd", "positive_definite": "spd",
    "positive definite": "spd", "nonsingular": "invertible", "non-singular": "invertible", "regular": "invertible",
}  # fmt: skip
#: Letters that, where they are the size of a declared shape, are that number in the expression, too.
COUNTS = frozenset("nmdkpqrNMDK")
_SQUARE = frozenset({"symmetric", "spd", "invertible", "diagonal", "orthogonal", "skew", "psd"})


class Declaration(NamedTuple):
    """The shape of every name of a formula, and what is assumed of them.

    `quantities` are the names that are no sizes, in reading order; a letter of a declared shape is one, and in the
    expression it is a number. `answers` holds the shapes that were asked for with `?`, `reasons` why a name that
    nobody declared has its shape, `remarks` what else was taken for granted.
    """

    shapes: Shapes
    quantities: tuple[Name, ...]
    assumptions: Mapping[Name, frozenset[str]]
    answers: Mapping[Name, Shape]
    reasons: Mapping[Name, str]
    remarks: tuple[str, ...]

    @property
    def assumed(self) -> tuple[str, ...]:
        """What was not said by the user and is to be told, a sentence each."""
        told = [f"`{n}` is {text_of(self.shapes.of(n))}: {why}" for n, why in self.reasons.items()]
        return (*told, *self.remarks)


#: Names that are constants elsewhere; and the identity, which is one here too where nobody says what it is.
_CONSTANTS = frozenset({"e"})
IDENTITY = name("I")
_MINUS_T = call("neg", name("T"))


def declare(
    parsed: Parsed,
    wrt: Name,
    shapes_text: Sequence[str],
    assume_text: Sequence[str],
    defined: Mapping[Name, Formula] = MappingProxyType({}),
    ranges: Sequence[Formula] = (),
) -> Declaration:
    """Return the shapes of all names of a formula and what is assumed of them; raise Problem.

    `defined` are names with what they stand for, which the formula has in their place; `ranges` are formulas that fit
    where an index runs as far as a letter says, `sum(i=1:n, ...)`.
    What does not fit is a problem of code `shape` at the span of the part, a wrong name one of code
    `name`, and text that cannot be read one of code `usage`.
    """
    said, assumptions = declared(shapes_text), _assumed(assume_text)
    quantities, sizes = _named(parsed, wrt, said, assumptions, defined, ranges)
    constant = frozenset({IDENTITY} & {*quantities} - {*said, *assumptions, wrt})
    square = frozenset(n for n, words in assumptions.items() if not _SQUARE.isdisjoint(words)) | constant
    known = _squared(said, assumptions, square)
    whole = frozenset(_exponents(parsed.formula) - {wrt})
    told_of = tuple(n for n in defined if n in known)
    same = tuple(call("inner", n, defined[n]) for n in told_of)  # of one shape, which nothing else says of two formulas
    every = (*quantities, *told_of)
    question = Question((*same, *ranges, parsed.formula), parsed.spans, every, frozenset(sizes), known, square, whole)
    found = infer(question)
    shapes = with_sizes(question, found.given, lambda of: "assumed" if of in found.reasons else "")
    _shaped(shapes, parsed.formula, defined)
    powers = _symbolic(parsed, shapes)
    assumptions |= {n: assumptions.get(n, frozenset()) | {"integer"} for n in powers}
    _vectors(assumptions, shapes)
    answers = {n: shapes.of(n) for n, each in said.items() if each.asked}
    told = [
        *(f"`{n}` is the identity of size {text_of(found.given[n])}" for n in constant),
        *_told_squares(square, said, assumptions, found.given),
        *(f"`{n}` is a whole number: it is the exponent of a matrix" for n in powers),
        *_no_sizes(parsed.formula, [n for n in quantities if n not in said and n is not wrt], shapes),
        *_any_size(answers, found.free), *_no_constants([n for n in quantities if n not in said]),
    ]  # fmt: skip
    quantities = tuple(n for n in quantities if n not in constant)
    why = {n: found.reasons[n] for n in quantities if n in found.reasons}
    return Declaration(shapes, quantities, assumptions, answers, why, tuple(told))


def _named(
    parsed: Parsed,
    wrt: Name,
    said: Mapping[Name, Said],
    assumptions: Mapping[Name, frozenset[str]],
    defined: Mapping[Name, Formula],
    ranges: Sequence[Formula],
) -> tuple[tuple[Name, ...], set[str]]:
    """Return the quantities and the sizes of a formula; raise Problem for a name that is wrong."""
    letters = {letter for each in said.values() for letter in letters_in(each.shape or SCALAR)}
    ends = _ends_in(parsed.formula).union(*map(sizes_in, ranges))
    sizes = sizes_in(parsed.formula) | letters | ends
    inside = quantities_in(parsed.formula)
    counts = (letters | ends) & COUNTS - {wrt.base} - {n.base for n in said}
    quantities = tuple(n for n in inside if n.base not in counts)
    quantities = quantities if wrt in defined else _with(wrt, quantities, sizes, said)
    _transposed(parsed, said)
    _apart(parsed, [*quantities, *defined], sizes, said)
    _free(assumptions, defined)
    _present(assumptions, quantities, "the subject of an assumption")
    _whole(parsed)
    if wrt not in [*quantities, *defined]:
        raise _unknown(wrt, [*quantities, *defined], sizes)
    return quantities, sizes


def _ends_in(formula: Formula) -> set[str]:
    """Return the names that say where a slice ends, as `x[1:n]` does, of which a sum may be divided by."""
    taken = [part for part in parts(formula) if isinstance(part, Call) and part.op in PARTS]
    slices = [part for part in taken if part.args[1] is not part.args[2]]
    return {n.base for part in slices for end in part.args[1:] for n in names_in(end)}


def _with(wrt: Name, inside: tuple[Name, ...], sizes: set[str], said: Mapping[Name, Said]) -> tuple[Name, ...]:
    """Return the quantities of a formula and the variable, by which it may be constant, unless that is a slip."""
    slip = wrt not in said and nearest(wrt.base, [n.base for n in inside]) is not None
    return inside if wrt in inside or wrt.base in sizes or slip else (*inside, wrt)


def _unknown(wrt: Name, quantities: Sequence[Name], sizes: set[str]) -> Problem:
    if wrt.base in sizes:
        return Problem(f"`{wrt}` is a size, which nothing is differentiated by", None, None, "name")
    return _stranger(wrt, quantities, f"the expression has no `{wrt}` to differentiate by")


def _free(assumptions: Mapping[Name, frozenset[str]], defined: Mapping[Name, Formula]) -> None:
    """Raise Problem (`usage`) for an assumption on a name that is defined: it is what it is made of."""
    for n in assumptions:
        if n in defined:
            raise Problem(
                f"`{n}` is `{show(defined[n])}`, so nothing is assumed of it", None,
                "say what its quantities are, or give it no definition", "usage",
            )  # fmt: skip


def _shaped(shapes: Shapes, formula: Formula, defined: Mapping[Name, Formula]) -> None:
    """Find the shapes of all parts of a formula, and give names those of what they stand for."""
    shapes.of(formula)
    for n, meaning in defined.items():
        shapes.name(n, shapes.of(meaning))


def _vectors(assumptions: Mapping[Name, frozenset[str]], shapes: Shapes) -> None:
    """Raise Problem (`shape`) for a probability that is assumed of a matrix."""
    for n, words in assumptions.items():
        if "probability" in words and 1 not in shapes.of(n):
            raise Problem(
                f"`{n}` is {text_of(shapes.of(n))}: a probability is assumed of a vector, whose entries sum to 1", None,
                "of a matrix with an example a column, say it for one example", "shape",
            )  # fmt: skip


def _no_sizes(formula: Formula, quantities: Sequence[Name], shapes: Shapes) -> Iterator[str]:
    """Yield what is said of numbers that something is divided by, and that are called as sizes are."""
    below = {
        n for part in parts(formula) if isinstance(part, Call) and part.op == "div" for n in names_in(part.args[1])
    }
    long = [n for n in names_in(formula) if n in shapes.known and shapes.of(n)[0] != 1]
    long.sort(key=lambda n: shapes.of(n)[1] == 1)
    for each in quantities:
        if each in below and each.base in COUNTS and long and shapes.of(each) == SCALAR:
            columns = shapes.of(long[0])[1]
            shape = str(each) if columns == 1 else f"{each} x {columns}"
            yield (
                f"`{each}` is a number of its own, no size; with --shapes '{long[0]}: {shape}' it is how many rows "
                f"`{long[0]}` has"
            )


def _no_constants(quantities: Sequence[Name]) -> Iterator[str]:
    """Yield what is said of quantities that nobody declared, and that are called as constants are elsewhere."""
    for each in quantities:
        if each.base in _CONSTANTS:
            from nncalc.language.remedies import unknown_name

            yield f"{each} is a quantity as any other; {unknown_name(each.base)}"


def inverses(parsed: Parsed, said: Mapping[Name, Said]) -> Parsed:
    """Return a formula in which A^-T is the inverse transposed, as nobody says what T is."""
    new: dict[Formula, Formula] = {}
    for part in parts(parsed.formula):
        if isinstance(part, Call) and part.op == "pow" and part.args[1] is _MINUS_T and name("T") not in said:
            new[part] = call("transpose", call("inv", replace(part.args[0], new)))
    return parsed._replace(formula=replace(parsed.formula, new)) if new else parsed


def identified(formula: Formula, declaration: Declaration) -> Formula:
    """Return a formula with the identity where `I` stands for it, as nobody said that it is another quantity."""
    if IDENTITY not in names_in(formula) or IDENTITY in declaration.quantities:
        return formula
    return replace(formula, {IDENTITY: call("eye", size_formula(declaration.shapes.of(IDENTITY)[0]))})


# -- names ---------------------------------------------------------------------------------------------


def quantities_in(formula: Formula) -> tuple[Name, ...]:
    """Return the names of `formula` that stand for quantities, not for sizes as in `ones(n)`, in reading order.

    >>> from nncalc.language.parser import parse
    >>> quantities_in(parse("X*w + ones(n)*b"))
    (X, w, b)
    """
    found: dict[Name, None] = {}
    seen: set[Formula] = set()
    stack: list[Formula] = [formula]
    while stack:
        part = stack.pop()
        if part in seen:
            continue
        seen.add(part)
        if isinstance(part, Name):
            found[part] = None
        elif isinstance(part, Call):
            stack.extend(part.args[place] for place in reversed(range(len(part.args))) if not is_size(part, place))
    return tuple(found)


def sizes_in(formula: Formula) -> set[str]:
    """Return the names that `formula` uses as sizes.

    >>> from nncalc.language.parser import parse
    >>> sizes_in(parse("X + ones(n, 2)"))
    {'n'}
    """
    calls = [part for part in parts(formula) if isinstance(part, Call)]
    said = [arg for part in calls for place, arg in enumerate(part.args) if is_size(part, place)]
    return {n.base for arg in said for n in names_in(arg)}


def is_size(part: Call, place: int) -> bool:
    """Return whether an argument of `part` is a size: all of `ones`, where to begin and to end of `rows`."""
    return is_sized(part) or (place > 0 and OPS[part.op].forms[:1] != () and OPS[part.op].forms[0].shapes == "part")


def is_sized(part: Call) -> bool:
    """Return whether the arguments of `part` are sizes, as those of `ones` are."""
    forms = OPS[part.op].forms
    return bool(forms) and forms[0].shapes == "sizes"


def _whole(parsed: Parsed) -> None:
    for used in names_in(parsed.formula):
        if used.index or used.of:
            raise Problem(
                f"`{used}` is not a whole quantity", parsed.spans.get(used), "there are no indices here", "name"
            )


def _transposed(parsed: Parsed, said: Mapping[Name, Said]) -> None:
    """Raise Problem (`syntax`) for `x^T`, where nobody says what T is: it is meant as a transpose."""
    for part in parts(parsed.formula):
        if isinstance(part, Call) and part.op in ("pow", "hpow"):
            exponent = part.args[1]
            if isinstance(exponent, Name) and exponent.base == "T" and exponent not in said:
                shown = show(part.args[0])
                raise Problem(
                    f"`{show(part)}` is a power, and nothing says what `T` is", parsed.spans.get(part),
                    f"the transpose is `{shown}'` or `{shown}.T`; for a power, say `--shapes 'T: 1'`", "syntax",
                )  # fmt: skip


def _exponents(formula: Formula) -> set[Name]:
    """Return the names that stand in exponents."""
    powers = [part for part in parts(formula) if isinstance(part, Call) and part.op == "pow"]
    return {n for part in powers for n in names_in(part.args[1]) if n.base != "T"}


def _symbolic(parsed: Parsed, shapes: Shapes) -> list[Name]:
    """Return the names in exponents of matrices; raise Problem (`syntax`) for X^t, which is meant as a transpose."""
    found: dict[Name, None] = {}
    for part in parts(parsed.formula):
        if isinstance(part, Call) and part.op == "pow" and shapes.of(part) != SCALAR and names_in(part.args[1]):
            if part.args[1] is name("t"):
                shown = show(part.args[0])
                raise Problem(
                    f"`{show(part)}` is a power of a matrix, whose exponent is a whole number", parsed.spans.get(part),
                    f"the transpose is `{shown}'` or `{shown}.T`; another letter can be a whole number", "syntax",
                )  # fmt: skip
            found |= dict.fromkeys(names_in(part.args[1]))
    return list(found)


def _apart(parsed: Parsed, quantities: Sequence[Name], sizes: set[str], said: Mapping[Name, Said]) -> None:
    """Raise Problem (`name`) for a name that is a quantity and a size, or that is declared and does not occur."""
    for n in [*quantities, *said]:
        if n.base in sizes:
            hint = "call one of them something else"
            if n in said and n not in quantities:
                hint = f"a size has no shape of its own; to set it, write the number in its place, not `{n}`"
                if said[n].text == n.base:
                    hint = f"the length of `{n}` needs a name of its own"
            raise Problem(f"`{n}` is both a quantity and a size", parsed.spans.get(n), hint, "name")
    _present(said, quantities, "declared")


def _present(names: Iterable[Name], quantities: Sequence[Name], how: str) -> None:
    for n in names:
        if n not in quantities:
            raise _stranger(n, quantities, f"`{n}` is {how} but the expression has no `{n}`")


def _stranger(of: Name, quantities: Sequence[Name], message: str) -> Problem:
    meant = nearest(of.base, [n.base for n in quantities])
    listed = ", ".join(f"`{n}`" for n in quantities[:12]) + (" ..." if len(quantities) > 12 else "")
    hint = f"did you mean `{meant}`?" if meant else f"it has {listed}" if quantities else None
    return Problem(message, None, hint, "name")


# -- assumptions ---------------------------------------------------------------------------------------


def _assumed(texts: Sequence[str]) -> dict[Name, frozenset[str]]:
    """Return what is assumed of each name, with what follows from it; raise Problem (`usage`)."""
    found: dict[Name, set[str]] = {}
    for text in texts:
        of: Name | None = None
        for piece in pieces(text, "--assume"):
            left, colon, right = piece.partition(":")
            if colon:
                of = read_name(left, piece)
            elif of is None:
                raise Problem(
                    f"`{cut(piece)}` does not say what is assumed of which quantity", None,
                    "an assumption is written `S: symmetric`", "usage",
                )  # fmt: skip
            found.setdefault(of, set()).update(_following(right if colon else piece, piece))
    return {n: frozenset(words) for n, words in found.items()}


def _following(text: str, piece: str) -> Iterator[str]:
    """Yield the assumptions that `text` spells, and what follows from them."""
    plainer = re.sub(r"in\s*\(\s*0\s*,\s*1\s*\)", "in(0,1)", text.casefold())
    plainer = re.sub(r"positive\s+semi-?definite", "psd", plainer)
    words = re.sub(r"positive\s+definite", "spd", plainer).replace(" and ", " ").split()
    if not words:
        raise Problem(f"`{cut(piece)}` assumes nothing", None, _allowed(), "usage")
    for word in words:
        plain = _ALSO.get(word, word)
        if plain not in ASSUMPTIONS:
            meant = nearest(word, [*ASSUMPTIONS, *_ALSO])
            raise Problem(
                f"`{cut(word)}` in `{cut(piece)}` is not an assumption", None,
                f"did you mean `{meant}`?" if meant else _allowed(), "usage",
            )  # fmt: skip
        yield from ASSUMPTIONS[plain]


def _allowed() -> str:
    return "what can be assumed is " + ", ".join(f"`{word}`" for word in ASSUMPTIONS)


def _squared(
    said: Mapping[Name, Said], assumptions: Mapping[Name, frozenset[str]], square: frozenset[Name]
) -> dict[Name, Shape]:
    """Return the declared shapes, square where that is assumed; raise Problem (`shape`) where it cannot be."""
    found: dict[Name, Shape] = {}
    for n, each in said.items():
        if each.shape is None:
            continue
        rows, columns = each.shape
        if n in square:
            if isinstance(rows, Unknown):
                rows = columns
            columns = rows if isinstance(columns, Unknown) else columns
            if rows != columns:
                word = next(word for word in ASSUMPTIONS if word in assumptions[n] and word in _SQUARE)
                if "spd" in assumptions[n]:
                    word = "positive definite"
                raise Problem(
                    f"`{n}` is {text_of(each.shape)} and cannot be {word}: that needs a square matrix",
                    None, f"declare it square, `{n}: n x n`, or leave the assumption out", "shape",
                )  # fmt: skip
        found[n] = (rows, columns)
    return found


def _told_squares(
    square: frozenset[Name], said: Mapping[Name, Said], assumptions: Mapping[Name, frozenset[str]],
    given: Mapping[Name, Shape],
) -> list[str]:  # fmt: skip
    """Return what an assumption said of shapes."""
    found: list[str] = []
    for n in assumptions:
        if n in square and (n not in said or said[n].shape is None):
            word = "spd" if "spd" in assumptions[n] else next(w for w in ASSUMPTIONS if w in assumptions[n] & _SQUARE)
            found.append(f"`{n}` is {text_of(given[n])}: {word} matrices are square")
    return found


def _any_size(answers: Mapping[Name, Shape], free: frozenset[str]) -> list[str]:
    """Return what has to be said of sizes that were asked for and that nothing decides."""
    found: list[str] = []
    for n, shape in answers.items():
        open_sizes = [str(size) for size in dict.fromkeys(shape) if size in free]
        if open_sizes:
            found.append(f"`{n}` is {text_of(shape)}, {' and '.join(open_sizes)} being any size: nothing decides it")
    return found
