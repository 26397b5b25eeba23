"""What the alphabets share: how tightly each notation holds, and where brackets are needed.

An alphabet (`show`, `latex`) is data for a `Writer`: how names, numbers and signs are spelled, and which
operations have a notation of their own there. Brackets are decided here and nowhere else, by the strength that
comes with each text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from nncalc.language.alphabet import SHORT, hatted, layer_of, parted
from nncalc.language.formula import Call, Formula, Name, Num, literal, name, num, number_of, unfolded
from nncalc.language.indexing import indices_of
from nncalc.language.parser import is_number
from nncalc.ops import OPS, PRODUCTS, QUOTIENTS
from nncalc.ops.arithmetic import COMPARED
from nncalc.ops.kinds import Fence, Function, Infix, Pattern, Postfix, Prefix

SUM: Final = 10
NEGATIVE: Final = 15
#: `Σₖ` takes in every factor on its right, so nothing may follow it in a product.
OPEN: Final = 16
#: A ⊗ B, which no reader has to weigh against a product: it is in brackets in one.
KRONECKER: Final = 17
PRODUCT: Final = 20
#: A fraction with its bar, and what else is whole among factors but not under an exponent.
FRACTION: Final = 28
INVERSE: Final = 29
POWER: Final = 30
POSTFIX: Final = 40
ATOM: Final = 100

_ENTRYWISE = frozenset({"hadamard", "hdiv"})
#: How many products and quotients in a row are a long chain.
_LONG = 8

#: A text and how tightly it holds together.
Text: TypeAlias = tuple[str, int]


#: Marks of a matrix that a page draws over several lines: before and after it, between its rows and their entries.
OPEN_TALL, CLOSE, ROW, CELL = "\x02", "\x03", "\x1e", "\x1f"


class Style(NamedTuple):
    """How formulas are spelled.

    `paper` is the blackboard's alphabet, `latex` that of LaTeX, `mathml` that of browsers, else ASCII. With
    `dot` every product has its dot, as between numbers; without, a blank joins the factors, as between matrices.
    `whole` holds the names of all quantities, of which alone the differential is spelled dz, `arrays` those that have
    entries: W1 is W⁽¹⁾ where it is one of them; a hat on one of those `trimmed` takes off its first column, on others
    it puts 1 first. `numbers` holds products of matrices that are numbers, which stand in brackets in a product.
    `frobenius` holds the norms that are of a matrix, ‖A‖_F.
    With `tall` matrices are marked, so that they can be drawn over as many lines as they have rows.
    """

    paper: bool = False
    dot: bool = True
    whole: frozenset[str] = frozenset()
    arrays: frozenset[str] = frozenset()
    trimmed: frozenset[str] = frozenset()
    latex: bool = False
    tall: bool = False
    mathml: bool = False
    numbers: frozenset[Formula] = frozenset()
    frobenius: frozenset[Formula] = frozenset()


def is_layer(formula: Name, style: Style) -> bool:
    """Return whether the digits that a name ends in count a layer: it has entries, or several such numbers."""
    found = layer_of(formula.base)
    return found is not None and (bool(formula.index) or formula.base in style.arrays or "," in found[1])


def hats(formula: Call, style: Style) -> Name | None:
    """Return the name that stands with a hat for an intercept put first, or a first column taken off."""
    inner = formula.args[0]
    if not isinstance(inner, Name) or inner.index or inner.of or hatted(inner.base, long=formula.op == "trim") is None:
        return None
    return inner if (inner.base in style.trimmed) == (formula.op == "trim") else None


def is_taken(base: str, style: Style) -> bool:
    """Return whether another quantity, or an entry of one, is written as the number `base` would be."""
    stem, digits = parted(base)
    return (bool(digits) and stem in style.arrays) or (stem in SHORT and SHORT[stem] + digits in style.whole)


class Alphabet(NamedTuple):
    """How one alphabet spells names, numbers, words, signs and brackets.

    `joined` puts a sign between two operands that have their brackets. `pattern` is how a call is written here in place
    of its word, `fenced` puts a fence around the text of arguments, which a `comma` parts; a setting `equals`
    its value, and `each` says what an operation is over. `special` are the operations with a
    notation of their own, and those outside the operation table; None from one means that it has none there.
    """

    number: Callable[[Num], Text]
    name: Callable[[Name, Style], Text]
    word: Callable[[Function], str]
    sign: Callable[[Infix | Prefix | Postfix], str]
    bracketed: Callable[[str], str]
    joined: Callable[[Writer, Call, str, str], Text]
    special: Mapping[str, Special]
    pattern: Callable[[Function], Pattern | None] = lambda _: None
    fenced: Callable[[Fence, str], str] | None = None
    comma: str = ", "
    equals: str = "="
    each: Callable[[str], str] = lambda over: f"each {over.removesuffix('s')}"


class Writer(NamedTuple):
    """Writes formulas in one alphabet and style."""

    style: Style
    alphabet: Alphabet

    def text(self, formula: Formula) -> Text:
        """Return the text and how tightly it holds together."""
        if isinstance(formula, Num):
            return self.alphabet.number(formula)
        if isinstance(formula, Name):
            return self.alphabet.name(formula, self.style)
        special = self.alphabet.special.get(formula.op)
        found = special(self, formula) if special else None
        return found if found is not None else self.noted(formula)

    def noted(self, formula: Call) -> Text:
        """Return the text that the notation in the operation table says."""
        notation = OPS[formula.op].notation
        match notation:
            case Function():
                return self.function(formula, notation)
            case Infix():
                return self.infix(formula, notation)
            case Prefix():
                return self.alphabet.sign(notation) + self.held(formula.args[0], OPEN), notation.strength
            case Postfix():
                inner = self.held(formula.args[0], notation.strength)
                return inner + self.alphabet.sign(notation), notation.strength

    def show(self, formula: Formula) -> str:
        return self.text(formula)[0]

    def held(self, formula: Formula, least: int) -> str:
        """Return the text of `formula`, in brackets where it holds less tightly than `least`."""
        text, strength = self.text(formula)
        return text if strength >= least else self.alphabet.bracketed(text)

    def called(self, word: str, args: tuple[Formula, ...], settings: Sequence[str] = ()) -> str:
        return word + self.alphabet.bracketed(self.alphabet.comma.join([*map(self.show, args), *settings]))

    def function(self, formula: Call, notation: Function) -> Text:
        """Return a call: in its fence or pattern, else with its arguments and the settings that are not the default."""
        pattern = self.alphabet.pattern(notation)
        if pattern is not None:
            return pattern.text.format(*map(self.show, formula.args)), pattern.strength
        if notation.fence is not None and self.alphabet.fenced is not None:
            fence = notation.fence
            if fence.matrix and (formula in self.style.frobenius or _has_rows_and_columns(formula.args[0])):
                fence = fence._replace(below=fence.matrix)
            return self.alphabet.fenced(fence, self.alphabet.comma.join(map(self.show, formula.args))), ATOM
        settings = OPS[formula.op].settings
        args = unfolded(formula) if OPS[formula.op].folds else formula.args[: len(formula.args) - len(settings)]
        given = zip(settings.items(), formula.args[len(args) :], strict=True)
        changed = [
            f"{self.show(name(word))}{self.alphabet.equals}{self.show(value)}"
            for (word, default), value in given
            if value is not literal(default)
        ]
        if notation.over:
            changed.append(self.alphabet.each(notation.over))
        return self.called(self.alphabet.word(notation), args, changed), ATOM

    def infix(self, formula: Call, notation: Infix) -> Text:
        """Return the text of operands and the sign between them; a flat product has any number of them."""
        chain = [(formula, notation)]
        while (before := self.plain_infix(chain[-1][0].args[0])) is not None:
            chain.append(before)
        found = self.text(chain[-1][0].args[0])
        for each, sign in reversed(chain):
            found = self.followed(found, each, sign)
        return found

    def plain_infix(self, formula: Formula) -> tuple[Call, Infix] | None:
        """Return `formula` and its sign where it is two operands with one between, and nothing special here."""
        if not isinstance(formula, Call) or formula.op in self.alphabet.special:
            return None
        notation = OPS[formula.op].notation
        return (formula, notation) if isinstance(notation, Infix) else None

    def followed(self, first: Text, formula: Call, notation: Infix) -> Text:
        """Return the text of an infix call whose first operand has the text `first`."""
        left, right = formula.args
        tighter = notation.strength + 1
        before, strength = first
        bound = (
            notation.right or notation.strength == COMPARED or left in self.style.numbers or self.apart(left, formula)
        )
        if strength < (tighter if bound else notation.strength):
            before = self.alphabet.bracketed(before)
        text, strength = self.text(right)
        if formula.op == "mul" and isinstance(right, Call) and right.op == "over_sum" and strength == OPEN:
            return self.alphabet.joined(self, formula, before, text)[0], OPEN
        least = notation.strength if notation.right else tighter
        after = text if strength >= least else self.alphabet.bracketed(text)
        return self.alphabet.joined(self, formula, before, after)

    def apart(self, left: Formula, formula: Call) -> bool:
        """Return whether the first operand of a product or quotient says by brackets that it is computed first.

        So does a quotient in a product, and where entries are multiplied and matrices too: (a ⊙ b) cᵀ, (A b) ⊙ c. A
        long chain is read from the left without.
        """
        if not isinstance(left, Call) or formula.op not in PRODUCTS or _is_long(left):
            return False
        if left.op in QUOTIENTS:
            return formula.op in QUOTIENTS or not all(isinstance(arg, Num) for arg in left.args)
        if left.op == "hadamard":
            return formula.op == "mul"
        return left.op == "mul" and formula.op in _ENTRYWISE and len(self.matrices(left)) > 1

    def matrices(self, formula: Formula) -> list[Formula]:
        """Return the factors of a product that are not seen to be numbers."""
        factors: list[Formula] = []
        while isinstance(formula, Call) and formula.op == "mul" and formula not in self.style.numbers:
            formula, last = formula.args
            factors.append(last)
        return [each for each in (formula, *factors) if not is_number(each) and each not in self.style.numbers]


def _is_long(chain: Formula) -> bool:
    for _ in range(_LONG):
        if not isinstance(chain, Call) or chain.op not in PRODUCTS:
            return False
        chain = chain.args[0]
    return True


Special: TypeAlias = Callable[[Writer, Call], Text | None]


def added(writer: Writer, formula: Call) -> Text:
    """Return a sum, in which a negative term is taken away."""
    return " ".join(terms(writer, formula)), SUM


def terms(writer: Writer, formula: Call) -> list[str]:
    """Return the terms of a sum, each with its sign but for the first."""
    minus = writer.alphabet.sign(OPS["neg"].notation)  # type: ignore[arg-type]
    pieces: list[str] = []
    for term in formula.args:
        negative = isinstance(term, Call) and term.op == "neg" and bool(pieces)
        body = term.args[0] if negative and isinstance(term, Call) else term
        text = writer.held(body, OPEN if negative or pieces else NEGATIVE)
        pieces.append(f"{minus if negative else '+'} {text}" if pieces else text)
    return pieces


def ranges_of(writer: Writer, formula: Call, colon: str = ":") -> tuple[Formula, list[str]]:
    """Return what a call takes some rows, columns or entries of, and its indices and slices as they are written."""
    inner, ranges = indices_of(formula)
    texts = [colon if each is None else colon.join(writer.show(end) for end in dict.fromkeys(each)) for each in ranges]
    return inner, texts


def kronecker(writer: Writer, formula: Call, sign: str) -> str:
    """Return factors joined by `sign`, products among them in brackets."""
    left, right = formula.args
    chained = isinstance(left, Call) and left.op == "kron"
    return writer.held(left, KRONECKER if chained else PRODUCT + 1) + sign + writer.held(right, PRODUCT + 1)


def slid(writer: Writer, formula: Call, sign: str) -> Text | None:
    """Return a picture and a kernel joined by `sign`, unless the kernel moves in another way than one by one."""
    picture, kernel, *settings = formula.args
    usual = [literal(default) for default in OPS[formula.op].settings.values()]
    if any(found is not default for found, default in zip(settings, usual, strict=True)):
        return None
    return writer.held(picture, PRODUCT + 1) + sign + writer.held(kernel, PRODUCT + 1), KRONECKER


def _has_rows_and_columns(formula: Formula) -> bool:
    """Return whether brackets hold a matrix, of more than one row and column."""
    return isinstance(formula, Call) and formula.op == "matrix" and min(len(formula.args), len(rows_of(formula)[0])) > 1


def rows_of(formula: Call) -> list[tuple[Formula, ...]]:
    """Return the rows of brackets: of a column, of a matrix, or of a row that stands alone."""
    return [row.args if isinstance(row, Call) and row.op == "row" else (row,) for row in formula.args]


def all_numbers(rows: list[tuple[Formula, ...]]) -> bool:
    return all(is_number(entry) for row in rows for entry in row)


def is_indicator(formula: Call) -> bool:
    """Return whether `above` is written 1[x > y]: x > 0 is a step's, and of two numbers that are equal it is 1/2."""
    one, other = formula.args
    equal = is_number(one) and (one is other or number_of(one) == number_of(other) is not None)
    return other is not num(0) and not equal


def compared(writer: Writer, formula: Call) -> list[str]:
    """Return the texts of what an indicator compares, with comparisons among them in brackets."""
    return [writer.held(arg, COMPARED + 1) for arg in formula.args]


def largest(writer: Writer, formula: Call) -> tuple[str, str] | None:
    """Return the sides of 1[x ≥ y, z]; None of one other number, for which that is a comparison."""
    one, *others = compared(writer, formula)
    return (one, writer.alphabet.comma.join(others)) if len(others) > 1 else None
