"""Text to formula: the precedence parser. The printer is `show`'s business.

    formula  = term { ("+" | "-") term }
    term     = "-" product | product
    product  = factor { ("*" | "@" | "/" | ".*" | "./") factor }
    factor   = "-" factor | power
    power    = suffixed [ ("^" | "**" | ".^") ( factor | "{" formula "}" ) ]      right associative
    suffixed = atom { "'" | ".T" | suffix }
    suffix   = "[" range [ "," range ] "]"                       of whole quantities: an index or a slice
    atom     = number | name [ "[" index { "," index } "]" ]     an entry, one quantity
             | word "(" formula { "," formula } { "," word "=" number } [ "," "over" "=" ( "rows" | "columns" ) ] ")"
             | "(" formula ")" | "[" formula { "," formula } "]"  a column, or rows of a matrix
             | "d(" name ")/d(" name ")"                          a derivative, one quantity

So `-x^2` is `-(x^2)`, and `-a*b` is `-(a*b)`. A comment runs from `#` to the end of its
line. What nncalc prints is read as well: `∂ℓ/∂α₁,₁`, `ẑᵀ`, `x²`, `1[a₁ > 0]`, and, where
`paper` is asked for, a blank as the product, `[4 4 8; 8 8 16]` as a matrix, `X⁻¹`, `‖u‖`, `|x|`,
`A ⊗ B`, `X ⋆ K` and `⟨A, B⟩`. Operators and functions come from the operation table. Knows text and
that table, neither shapes nor values.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Set
from functools import partial, reduce
from types import MappingProxyType
from typing import NamedTuple, NoReturn, Protocol

from nncalc.language.alphabet import (
    HAT,
    LOW_LETTERS,
    RAISED_RIGHT,
    SUBSCRIPTS,
    canonical_name,
    indexed,
    meant,
    plain,
)
from nncalc.language.figures import whole_point
from nncalc.language.formula import (
    PI,
    Call,
    Formula,
    Name,
    Num,
    call,
    is_call,
    joined,
    length,
    literal,
    name,
    names_in,
    num,
    parts,
    replace,
)
from nncalc.language.indexing import TAKING, Range
from nncalc.language.indexing import indexed as taken
from nncalc.language.tokens import FENCES, INFIX, POSTFIX, Token, tokens
from nncalc.ops import FUNCTIONS, OPS, OVER
from nncalc.ops.arithmetic import COMPARED
from nncalc.ops.elementary import UNKNOWN_FUNCTIONS
from nncalc.ops.kinds import Function, Infix, Operation
from nncalc.problems import Problem, Span, nearest

MAX_LENGTH = 20_000
MAX_DEPTH = 100

_PREFIX_STRENGTH = 15
_TIGHT = 25
#: Signs that only the blackboard has.
_PAPER_INFIX = {**INFIX, "⊗": ("kron", Infix("⊗", 22)), "⋆": ("conv2d", Infix("⋆", 22))}
_PAPER_POSTFIX = {**POSTFIX, "⁻¹": "inv"}
#: What stands below the line.
_LOW = SUBSCRIPTS + LOW_LETTERS + ","
#: A letter that stands before brackets as a function does.
_BOARD_FUNCTIONS = {"I": "eye"}


#: The setting that says what an operation acts on one by one, what it may be, how paper begins it; what libraries say.
_OVER, LINES, _EACH = "over", ("rows", "columns"), "each"
ALONG = frozenset({_OVER, "axis", "dim", "keepdims", "keepdim"})

#: Signs of derivatives of a function that nobody knows, and how many each is.
_PRIMES = {"'": 1, "′": 1, "″": 2}
#: What is put first where brackets open so on the blackboard.
_PUT_FIRST = {"0|": "pad", "1;": "intercept"}
#: The signs that a factor may begin with.
_OPENING = {"(", "[", "∑", *FENCES}


class Parsed(NamedTuple):
    """A formula and where each of its parts stands in the text."""

    formula: Formula
    spans: Mapping[Formula, Span]


class Known(NamedTuple):
    """What is known of the names in a text: all, those that have entries, those whose hat takes off a column.

    `functions` are names of functions that nobody knows, `definitions` those that were defined. With `whole` the names
    are of whole quantities, so that an index takes something of one; else `x[2]` is a name itself. Where settings are
    `open`, in rules, they are formulas.
    """

    names: Collection[str] = ()
    arrays: Set[str] = frozenset()
    trimmed: Set[str] = frozenset()
    functions: Set[str] = frozenset()
    whole: bool = False
    definitions: Mapping[str, Defined] = MappingProxyType({})
    open: bool = False


class Defined(Protocol):
    """A function that was defined: its arguments, and its formula of them."""

    @property
    def args(self) -> tuple[str, ...]: ...
    @property
    def formula(self) -> Formula: ...


def parse(
    text: str, names: Collection[str] | Known = (), *, paper: bool = False, rule: bool = False, calculus: bool = False
) -> Formula:
    """Return the formula that `text` spells, as `read` does.

    >>> parse("-x^2 + 2*x")
    add(neg(pow(x, 2)), mul(2, x))
    """
    return read(text, names, paper=paper, rule=rule, calculus=calculus).formula


def read(
    text: str, names: Collection[str] | Known = (), *, paper: bool = False, rule: bool = False, calculus: bool = False
) -> Parsed:
    """Return the formula that `text` spells, with spans.

    A subscript belongs to a name when `names` has the two as one (z₁ in a graph with `z1`), else it
    is an entry's index; with no `names` it belongs to the name. Of a name among `arrays`, which have entries, the
    digits are not below it: b₁ is an entry of b beside b⁽¹⁾. `paper` reads the blackboard, where a blank is the
    product. `rule` lets an index be a variable, and `sum(k, ...)` run over it. `calculus` does too, and reads what
    derivations are written in: `d(x*y)`, `(A*x)[j]`, `delta(i, j)`, and on paper dx for one of `names`, xᵢ, Σₖ, δᵢ,ⱼ.
    Raises Problem (`syntax` or `name`) with a Span.
    """
    if len(text) > MAX_LENGTH:
        raise Problem(f"the expression has {len(text)} characters, at most {MAX_LENGTH:,} are read", code="syntax")
    known = names if isinstance(names, Known) else Known(names)
    return _Parser(_tokens(text, calculus=calculus), known, paper, rule, calculus).whole()


def _tokens(text: str, *, calculus: bool) -> list[Token]:
    try:
        return tokens(text, calculus=calculus)
    except Problem as problem:
        from nncalc.language.remedies import unreadable

        hint = unreadable(text, problem.where.start) if isinstance(problem.where, Span) else None
        raise Problem(problem.message, problem.where, hint, problem.code) from None


class _Parser:
    """Reads one list of tokens; a class because the position moves through every method."""

    def __init__(self, found: list[Token], known: Known, paper: bool, rule: bool, calculus: bool) -> None:
        self.tokens = found
        self.position = 0
        self.token = found[0]
        self.names, self.arrays, self.trimmed, self.functions, self.whole_names, self.definitions, self.open = known
        self.paper = paper
        self.rule = rule or calculus
        self.calculus = calculus
        self.infix = _PAPER_INFIX if paper else INFIX
        self.postfix = _PAPER_POSTFIX if paper else POSTFIX
        self.low = SUBSCRIPTS + "," + (LOW_LETTERS if calculus else "")
        self.level = 0
        self.depth: dict[Formula, int] = {}
        self.spans: dict[Formula, Span] = {}

    # -- moving -------------------------------------------------------------------------

    def take(self) -> Token:
        token = self.token
        self.move(self.position + 1)
        return token

    def move(self, position: int) -> None:
        self.position = position
        self.token = self.tokens[position] if position < len(self.tokens) else self.tokens[-1]

    def at(self, sign: str) -> bool:
        return self.token.kind == "sign" and self.token.text == sign

    def touches(self) -> bool:
        """Return whether no blank stands between the token and the one before it."""
        before = self.tokens[self.position - 1]
        return self.token.start == before.start + len(before.text)

    def minus(self) -> bool:
        return self.token.kind == "sign" and self.token.text in "-−"

    def expect(self, sign: str, opened: Token | None = None) -> None:
        if not self.at(sign):
            from nncalc.language.remedies import unclosed

            found = f"`{self.token.text}`" if self.token.text else "the end"
            hint = unclosed(opened, self.tokens[: self.position], self.tokens[self.position :]) if opened else None
            raise Problem(f"expected `{sign}`, found {found}", self.token.span, hint, "syntax")
        self.take()

    def deeper(self) -> None:
        self.level += 1
        if self.level > MAX_DEPTH:
            self.too_deep(self.token.span)

    def too_deep(self, span: Span) -> NoReturn:
        raise Problem(
            f"nested more than {MAX_DEPTH} levels deep", span, "give parts of it names, an equation each", "syntax"
        )

    def built(self, formula: Formula, start: int) -> Formula:
        """Note where `formula` stands and how deep it is."""
        if isinstance(formula, Call):
            depths = [self.depth.get(arg, 1) for arg in formula.args]
            if _continued(formula):
                depths[0] -= 1  # another factor of the same product
            self.depth[formula] = deep = 1 + max(depths, default=0)
            if deep > MAX_DEPTH:
                self.too_deep(Span(start, start + 1))
        if formula not in self.spans:
            before = self.tokens[self.position - 1]
            self.spans[formula] = Span(start, before.start + len(before.text))
        return formula

    # -- the grammar ----------------------------------------------------------------------

    def whole(self) -> Parsed:
        if self.token.kind == "end":
            raise Problem("the expression is empty", Span(0, 1), None, "syntax")
        formula = self.comparison()
        if self.token.kind != "end":
            self.misplaced()
        return Parsed(formula, self.spans)

    def misplaced(self) -> NoReturn:
        from nncalc.language.remedies import misplaced

        token = self.token
        hint = misplaced(self.tokens[: self.position], self.tokens[self.position :])
        raise Problem(f"unexpected `{token.text}` at column {token.start + 1}", token.span, hint, "syntax")

    def comparison(self) -> Formula:
        """Read a sum, or two that are compared."""
        start = self.token.start
        left = self.sum()
        compared = self.compares()
        if compared is None:
            return left
        sign = self.take()
        right = self.sum()
        if self.compares() is not None:
            from nncalc.language.remedies import chained

            raise Problem("a comparison is of two", self.token.span, chained(sign.text, self.token.text), "syntax")
        return self.built(call(compared, left, right), start)

    def compares(self) -> str | None:
        """Return the operation of a comparison whose sign stands here."""
        op, infix = self.infix.get(self.token.text, ("", None)) if self.token.kind == "sign" else ("", None)
        return op if infix is not None and infix.strength == COMPARED else None

    def sum(self) -> Formula:
        self.deeper()
        start = self.token.start
        terms = [self.term()]
        while self.at("+") or self.minus():
            negative = self.take().text != "+"
            here = self.token.start
            term = self.term()
            terms.append(self.built(call("neg", term), here) if negative else term)
        self.level -= 1
        return terms[0] if len(terms) == 1 else self.built(call("add", *terms), start)

    def term(self) -> Formula:
        if self.minus():
            start = self.take().start
            return self.built(call("neg", self.product(_PREFIX_STRENGTH)), start)
        return self.product(_PREFIX_STRENGTH)

    def product(self, weakest: int) -> Formula:
        """Read factors joined by operators that bind more tightly than `weakest`."""
        start = self.token.start
        left = self.factor()
        while True:
            op, infix = self.operator()
            if infix is None or infix.strength <= weakest:
                break
            if self.token.kind == "sign" and self.token.text in self.infix:
                self.take()
            self.deeper()
            if infix.right and self.at("{"):
                right = self.braces()
            else:
                right = self.product(infix.strength - 1 if infix.right else infix.strength)
            self.level -= 1
            usual = [literal(default) for default in OPS[op].settings.values()]
            left = self.built(call(op, left, right, *usual), start)
        return left

    def braces(self) -> Formula:
        """Read an exponent in braces, as LaTeX has them: `x^{k + 1}`."""
        opened = self.take()
        following = self.tokens[self.position + 1].text
        if self.token.text in ("T", "t") and following == "}":
            from nncalc.language.remedies import TRANSPOSE

            raise Problem(f"`{{{self.token.text}}}` is no exponent here", self.token.span, TRANSPOSE, "syntax")
        formula = self.sum()
        self.expect("}", opened)
        return formula

    def operator(self) -> tuple[str, Infix | None]:
        """Return the operation that joins what was read to what follows, without taking its sign."""
        token = self.token
        if token.kind == "sign" and token.text in self.infix:
            return self.infix[token.text]
        starts = token.kind in ("number", "word") or (token.kind == "sign" and token.text in _OPENING)
        if self.paper and starts and not self.touches():
            return INFIX["*"]
        return "", None

    def factor(self) -> Formula:
        if self.minus():
            self.deeper()
            start = self.take().start
            inner = call("neg", self.product(_TIGHT))
            self.level -= 1
            return self.built(inner, start)
        start = self.token.start
        formula = self.atom()
        while True:
            if self.token.kind == "sign" and self.token.text in self.postfix:
                formula = self.built(call(self.postfix[self.take().text], formula), start)
            elif self.paper and self.at("⁻ᵀ"):
                self.take()
                formula = self.built(call("transpose", self.built(call("inv", formula), start)), start)
            elif self.token.kind == "sup":
                formula = self.built(call("pow", formula, num(plain(self.take().text))), start)
            elif self.indexes():
                formula = self.built(self.taken(formula), start)
            elif self.entered():
                formula = self.built(call("entry", formula, *map(_index, self.subscript())), start)
            else:
                return formula

    def indexes(self) -> bool:
        """Return whether an index of the formula that was read follows."""
        before = self.tokens[self.position - 1]
        closed = before.kind in ("word", "sub") or before.text in (")", "]") or before.text in self.postfix
        lowered = self.token.kind == "sub" and before.text == ")"
        whole = self.whole_names or (lowered and not self.rule)  # brackets are no name
        return whole and closed and self.touches() and (lowered or self.at("["))

    def taken(self, formula: Formula) -> Formula:
        """Read an index, or two, each of which may be a slice, and return what they take of a formula."""
        if self.token.kind == "sub":
            return self.lowered(formula, indexed(self.take().text))
        opened = self.take()
        ranges = [self.range()]
        while self.at(","):
            self.take()
            ranges.append(self.range())
        if not self.at("]"):
            from nncalc.language.remedies import no_index

            no_index(self.token, opened, self.tokens[: self.position], self.tokens[self.position :])
        self.take()
        if len(ranges) > 2:
            end = self.tokens[self.position - 1].start + 1
            raise Problem(
                f"{len(ranges)} indices, a matrix has two", Span(opened.start, end), "such as `A[1,2]`", "syntax"
            )
        return taken(formula, ranges)

    def range(self) -> Range:
        """Read an index, `2:3` or a colon, which is all of them."""
        first = num(1) if self.at(":") else self.place()
        if not self.at(":"):
            return first, first
        self.take()
        if self.at(":"):
            from nncalc.language.remedies import no_index

            no_index(self.token, self.token, [], [])
        if self.at(",") or self.at("]"):
            before = self.tokens[self.position - 2].text
            if before in ("[", ","):
                return None
            raise Problem(
                "a slice says its last index",
                self.token.span,
                f"of n entries, up to the last: `{self.tokens[self.position - 2].text}:n`",
                "syntax",
            )
        return first, self.place()

    def place(self) -> Formula:
        """Read one index: a whole number, a letter, or a sum or product of these."""
        from nncalc.language.remedies import place

        start = self.token.start
        if self.at("]") or self.at(","):
            raise Problem("an index is missing", self.token.span, "such as `x[2]`, `A[1,2]`, `A[1,:]`", "syntax")
        formula = self.sum()
        before = self.tokens[self.position - 1]
        return place(formula, Span(start, before.start + len(before.text)))

    def lowered(self, formula: Formula, index: tuple[int | str, ...]) -> Formula:
        """Return the entry of a formula that an index below the line says."""
        if len(index) > 2:
            raise Problem(f"{len(index)} indices, a matrix has two", self.token.span, "such as `A[1,2]`", "syntax")
        return taken(formula, [(_index(each), _index(each)) for each in index])

    def entered(self) -> bool:
        """Return whether the index of an entry follows the bracket that closed a formula."""
        closed = self.calculus and self.tokens[self.position - 1].text == ")" and self.touches()
        return closed and (self.token.kind == "sub" or self.at("["))

    def subscript(self) -> tuple[int | str, ...]:
        """Read an index, lowered or in brackets."""
        return indexed(self.take().text) if self.token.kind == "sub" else self.index()

    def atom(self) -> Formula:
        if self.at("+") and self.tokens[self.position + 1].kind == "number":
            self.take()
        token = self.token
        if token.kind == "number":
            return self.number()
        if token.kind == "word":
            return self.word()
        if self.at("("):
            return self.group()
        if self.at("["):
            return self.brackets()
        if self.paper and token.kind == "sign" and token.text in FENCES:
            return self.fenced()
        if self.paper and self.calculus and self.at("∑"):
            self.take()
            return self.built(self.sum_over(self.subscript()), token.start)
        if token.kind == "end":
            raise Problem("the expression ends too soon", token.span, "a value is missing", "syntax")
        from nncalc.language.remedies import valueless

        hint = valueless(self.tokens[self.position :])
        raise Problem(f"unexpected `{token.text}` at column {token.start + 1}", token.span, hint, "syntax")

    def group(self) -> Formula:
        opened = self.take()
        if self.at(")"):
            raise Problem("empty brackets", Span(opened.start, self.token.start + 1), None, "syntax")
        formula = self.comparison()
        self.expect(")", opened)
        derived = self.calculus and isinstance(formula, Name) and formula.of is not None  # (∂y/∂x)ᵢ,ⱼ is an entry
        derived = derived or self.whole_names
        if self.token.kind == "sub" and isinstance(formula, Name) and not formula.index and not derived:
            return self.built(name(formula.base, indexed(self.take().text), formula.of), opened.start)
        return formula

    def fenced(self) -> Formula:
        """Read `‖u‖`, `‖A‖_F`, `‖u‖₁`, `|x|` or `⟨A, B⟩`; a blank is before what opens a fence, none before its end."""
        opened = self.take()
        args = self.listed()
        (_, fence), *others = FENCES[opened.text]
        if fence.matrix and self.at(f"{fence.right}_{fence.matrix}"):
            self.take()
        else:
            self.expect(fence.right, opened)
        op = FENCES[opened.text][0][0]
        for other, marked in others:
            if self.token.kind == "sub" and plain(self.token.text) == marked.below and self.touches():
                self.take()
                op = other
        if len(args) != len(OPS[op].args):
            raise Problem(f"`{op}` takes {len(OPS[op].args)}, found {len(args)}", opened.span, None, "syntax")
        return self.built(call(op, *args), opened.start)

    def sum_over(self, index: tuple[int | str, ...]) -> Formula:
        """Read what follows `Σₖ`: every factor up to the next `+` or `-`."""
        if len(index) != 1 or not isinstance(index[0], str):
            raise Problem("a sum runs over one index: `Σₖ xₖ`", self.token.span, None, "syntax")
        self.deeper()
        body = self.product(_PREFIX_STRENGTH)
        self.level -= 1
        return call("over_sum", name(index[0]), body)

    def number(self) -> Formula:
        """Read a number, or what begins with a 1: an indicator or ones."""
        token = self.take()
        if token.text == "1" and self.at("[") and self.touches():
            return self.indicator(token.start)
        if token.text == "1" and self.sized():
            sizes = self.take().text
            while self.at(",") and self.touches() and self.sized(1):
                self.take()
                sizes += f",{self.take().text}"
            return self.built(call("ones", *map(_index, indexed(sizes))), token.start)
        return self.built(num(whole_point(token.text)), token.start)

    def sized(self, ahead: int = 0) -> bool:
        """Return whether what follows is a size below the line."""
        token, before = self.tokens[self.position + ahead], self.tokens[self.position + ahead - 1]
        touches = token.start == before.start + len(before.text)
        return token.kind in ("sub", "word") and touches and not token.text.strip(_LOW)

    def indicator(self, start: int) -> Formula:
        """Read `1[x > 0]`, `1[x > y]` or `1[x ≥ y, z]`, of which the 1 is taken."""
        opened = self.take()
        formula = self.sum()
        if not self.at(">") and self.compares() is not None:
            op = self.infix[self.take().text][0]
            others = [self.sum()]
            while op == "greater_equal" and self.at(","):
                self.take()
                others.append(self.sum())
            self.expect("]", opened)
            return self.built(call("is_largest" if others[1:] else op, formula, *others), start)
        self.expect(">")
        other = self.sum()
        self.expect("]", opened)
        return self.built(call("step", formula) if other is num(0) else call("above", formula, other), start)

    def brackets(self) -> Formula:
        numbers = self.numbers()
        if numbers is not None:
            return numbers
        opened = self.take()
        start = opened.start
        first = _PUT_FIRST.get("".join(token.text for token in self.tokens[self.position : self.position + 2]))
        if self.paper and first is not None:
            self.move(self.position + 2)
            put = call(first, self.sum())
            self.expect("]", opened)
            return self.built(put, start)
        lists: list[Formula] = []
        entries = [] if self.at("]") else self.listed(lists)
        self.expect("]", opened)
        if not entries:
            raise Problem("empty brackets", Span(start, self.token.start), None, "syntax")
        rows = [entry for entry in lists if isinstance(entry, Call) and entry.op == "column"]
        if not rows:
            alone = len(entries) == 1
            return self.built(call("column", *entries) if alone else joined(entries, beside=False), start)
        widths = {len(row.args) for row in rows}
        if len(rows) < len(entries) or len(widths) > 1:
            raise Problem("the rows of a matrix are lists of one length", Span(start, self.token.start), None, "syntax")
        return self.built(call("matrix", *[call("row", *row.args) for row in rows]), start)

    def numbers(self) -> Formula | None:
        """Read `[1 2; 3 4]`, or return None, having read nothing, where the brackets hold something else.

        A minus after a blank that touches its number is the number's: `[3 -1]` has two entries, `[3 - 1]` one. Off
        paper one entry alone is left to the grammar.
        """
        begin, rows, row = self.position, [], []  # type: tuple[int, list[list[Formula]], list[Formula]]
        self.take()
        apart = self.paper
        while not self.at("]"):
            if self.at(";") and row:
                self.take()
                rows.append(row)
                row, apart = [], True
                continue
            entry = self.signed(first=not row)
            if entry is None:
                self.move(begin)
                return None
            apart = apart or bool(row)
            row.append(entry)
        if not apart:
            self.move(begin)
            return None
        self.take()
        rows.append(row)
        start = self.tokens[begin].start
        if len({len(row) for row in rows}) > 1 or not row:
            raise Problem("the rows of a matrix have one length", self.tokens[begin].span, None, "syntax")
        if len(row) == 1:
            return self.built(call("column", *[row[0] for row in rows]), start)
        return self.built(call("matrix", *[call("row", *row) for row in rows]), start)

    def signed(self, *, first: bool) -> Formula | None:
        """Read a number or a fraction with the minus that belongs to it; return None where there is none."""
        negative = self.minus()
        if negative:
            begins = first or not self.touches()
            self.take()
            if not (begins and self.touches()):
                return None
        if self.token.kind != "number":
            return None
        entry: Formula = num(whole_point(self.take().text))
        if self.at("/") and self.tokens[self.position + 1].kind == "number":
            self.take()
            entry = call("div", entry, num(whole_point(self.take().text)))
        return call("neg", entry) if negative else entry

    def listed(self, lists: list[Formula] | None = None) -> list[Formula]:
        """Read entries between commas; those that begin with a bracket are noted in `lists`."""
        entries: list[Formula] = []
        while True:
            begins = self.at("[")
            entries.append(self.comparison())
            if begins and lists is not None:
                lists.append(entries[-1])
            if not self.at(","):
                return entries
            comma = self.take()
            if self.at(")") or self.at("]"):
                raise Problem("nothing follows the last comma", comma.span, None, "syntax")

    # -- names and calls ------------------------------------------------------------------

    def word(self) -> Formula:
        token = self.take()
        if canonical_name(token.text) in self.functions:
            return self.unknown_function(token)
        if self.at("(") and canonical_name(token.text) in self.definitions:
            return self.expanded(token)
        following = self.at("(") and (self.token.start == token.start + len(token.text) or not self.paper)
        if token.text == "∂":
            return self.built(self.derivative("∂"), token.start)
        if following and token.text == "d":
            return self.built(self.derivative("d"), token.start)
        if following:
            return self.function(token)
        if token.text in ("pi", "π") and "pi" not in self.names:
            return self.built(PI, token.start)
        found = self.written(token) if self.paper and self.calculus else None
        return self.built(found if found is not None else self.named(token), token.start)

    def expanded(self, word: Token) -> Formula:
        """Read a call of a function that was defined: its formula with the arguments put in."""
        defined = self.definitions[canonical_name(word.text) or ""]
        opened = self.take()
        args, _ = self.passed(None)
        self.expect(")", opened)
        if len(args) != len(defined.args):
            count = len(defined.args)
            raise Problem(
                f"`{word.text}` takes {count} argument{'s' if count > 1 else ''}, found {len(args)}", word.span,
                f"it is defined as `{word.text}({', '.join(defined.args)})`", "syntax",
            )  # fmt: skip
        found = replace(defined.formula, dict(zip(map(name, defined.args), args, strict=True)))
        if length(found) > MAX_LENGTH:
            raise Problem(
                f"`{word.text}(...)` written out has more than {MAX_LENGTH:,} names, numbers and signs", word.span,
                "give parts of it names, an equation each", "syntax",
            )  # fmt: skip
        return self.built(found, word.start)

    def unknown_function(self, word: Token) -> Formula:
        """Read a call of a function that nobody knows, or of a derivative of it: `g(x)`, `g'(x)`, `g″(x)`."""
        order = 0
        while self.token.text in _PRIMES:
            order += _PRIMES[self.take().text]
        if not self.at("("):
            raise Problem(
                f"`{word.text}` is a function", word.span, f"it acts on something: `{word.text}(x)`", "syntax"
            )
        opened = self.take()
        inner = self.sum()
        self.expect(")", opened)
        place = UNKNOWN_FUNCTIONS.index(canonical_name(word.text) or "")
        return self.built(call("generic", inner, num(place), num(order)), word.start)

    def derivative(self, mark: str) -> Formula:
        """Read what follows the first ∂ of ∂ℓ/∂α₁,₁, or the first d of d(loss)/d(alpha[1,1])."""
        of = self.differentiated(mark)
        ahead = self.tokens[self.position : self.position + 3]
        if mark == "d" and self.calculus and [token.text for token in ahead] != ["/", "d", "("]:
            return call("differential", of)
        if [token.text for token in ahead[:2]] != ["/", mark]:
            self.no_derivative(mark, ahead[self.at("/")])
        self.move(self.position + 2)
        by = self.variable(mark)
        if not isinstance(of, Name) or of.of is not None:
            return call("derivative", of, by)
        found = name(by.base, by.index, of=of)
        if self.token.text not in ("│", "|") or self.tokens[self.position + 1].text != "direct":
            return found
        self.move(self.position + 2)
        return call("direct", found)

    def no_derivative(self, mark: str, token: Token) -> NoReturn:
        raise Problem(f"a derivative is written {'∂f/∂x' if mark == '∂' else 'd(f)/d(x)'}", token.span, None, "syntax")

    def differentiated(self, mark: str) -> Formula:
        """Read a name, in calculus also a formula in brackets or an entry of one."""
        if not (self.calculus and self.at("(")):
            return self.variable(mark)
        formula = self.group()
        while self.entered() and mark == "∂":
            formula = self.built(call("entry", formula, *map(_index, self.subscript())), self.token.start)
        return formula

    def variable(self, mark: str) -> Name:
        """Read the name by which is differentiated, in brackets or without."""
        bracketed = self.at("(")
        if bracketed:
            self.take()
        token = self.take()
        whole, self.whole_names = self.whole_names, False
        found = self.named(token) if token.kind == "word" else None
        self.whole_names = whole
        if not isinstance(found, Name):
            raise Problem(f"expected a name after `{mark}`", token.span, None, "syntax")
        if bracketed:
            if not self.at(")"):
                self.no_derivative(mark, self.token)
            self.take()
            if self.token.kind == "sub":
                found = name(found.base, indexed(self.take().text))
        return found

    def written(self, token: Token) -> Formula | None:
        """Return what a derivation writes as one word: Σₖ and what it sums, δᵢ,ⱼ, or dx where x is one of `names`."""
        stem = token.text.rstrip(self.low)
        index = indexed(token.text[len(stem) :]) if stem != token.text else ()
        if stem == "Σ" and "Sigma" not in self.names and any(isinstance(part, str) for part in index):
            return self.sum_over(index)
        if stem == "δ" and "delta" not in self.names and len(index) == 2:
            return call("delta", *map(_index, index))
        if stem[0] != "d" or len(stem) == 1 or self.is_name(token.text) or self.is_name(stem):
            return None
        inner = self.named(Token("word", token.text[1:], token.start + 1))
        return call("differential", inner) if isinstance(inner, Name) and inner.base in self.names else None

    def is_name(self, text: str) -> bool:
        return canonical_name(text) in self.names

    def named(self, token: Token) -> Formula:
        if token.text.isascii():
            joined = canonical_name(token.text)
            if joined is not None:
                return name(joined, self.index())
        text = unicodedata.normalize("NFD", token.text)
        own = canonical_name(token.text) in self.names or text[0] == "y" or "_" in text
        if text[1:2] == HAT and not own:  # elsewhere it is a mark of the letter: coût
            base = self.spelled(unicodedata.normalize("NFC", text.replace(HAT, "", 1)))
            if base is not None:
                return call("trim" if base in self.trimmed else "intercept", self.built(name(base), token.start))
        stem = token.text.rstrip(self.low)
        subscript = token.text[len(stem) :]
        sizes = token.text.removeprefix("I")
        if sizes != token.text and sizes and not sizes.strip(_LOW) and not {"I", f"I{plain(sizes)}"} & {*self.names}:
            return call("eye", *map(_index, indexed(sizes)))
        base = self.spelled(stem)
        low = all(c in SUBSCRIPTS for c in subscript) and (not subscript or stem[-1] != RAISED_RIGHT)
        joined = self.spelled(stem + plain(subscript)) if low else None
        entered = subscript and base in self.names and not self.arrays.isdisjoint((base, joined))  # b₁ beside b⁽¹⁾
        if joined is not None and not entered and (not subscript or not self.names or joined in self.names):
            return name(joined, self.index())
        if base is None or (joined is None and not subscript):
            from nncalc.language.remedies import no_name

            raise Problem(f"`{token.text}` is not a name", token.span, no_name(token.text), "name")
        if self.whole_names and subscript:
            return self.lowered(name(base), indexed(subscript))
        return name(base, indexed(subscript))

    def spelled(self, text: str) -> str | None:
        """Return the name that a word spells: λ is `lam` where that is one of `names`, and `lambda` is none."""
        word = canonical_name(text)
        return meant(word, self.names) if word is not None else None

    def index(self) -> tuple[int | str, ...]:
        """Read the `[1,0]` that touches a name, if any."""
        if self.whole_names or not (self.at("[") and self.touches()):
            return ()
        opened = self.take()
        found: list[int | str] = []
        while True:
            token = self.take()
            if token.kind == "number" and token.text.isdecimal() and len(token.text) < 10:
                found.append(int(token.text))
            elif token.kind == "word" and self.rule:
                found.append(token.text)
            else:
                raise Problem("an index is a whole number", token.span, None, "syntax")
            if not self.at(","):
                break
            self.take()
        self.expect("]", opened)
        return tuple(found)

    def function(self, word: Token) -> Formula:
        text = word.text if word.text.isascii() else unicodedata.normalize("NFKC", word.text)
        op = FUNCTIONS.get(word.text) or FUNCTIONS.get(text)
        if op is None and text not in self.names:
            op = OPS.get(_BOARD_FUNCTIONS.get(text, ""))
        delta = self.calculus and op is None and canonical_name(text) == "delta"
        if op is None and not delta:
            self.unknown(word)
        opened = self.take()
        args, settings = self.passed(op)
        self.expect(")", opened)
        if op is None:
            if len(args) != 2:
                raise Problem(f"`delta(i, j)` has two indices, found {len(args)}", word.span, None, "syntax")
            return self.built(call("delta", *args), word.start)
        over = settings.pop(_OVER, None)
        if over is not None:
            op = OVER[op.name, str(over)]
        elif args and is_call(args[0], "range"):
            return self.built(self.over_range(op, word, args), word.start)
        elif op.runs and len(args) == 2 and self.runs(op, *args):
            return self.built(call("over_" + op.name, *args), word.start)
        self.check_count(op, word, len(args))
        if op.name in ("column", "row"):
            return self.built(joined(args, beside=op.name == "row"), word.start)
        if op.folds:
            return self.built(reduce(partial(call, op.name), args), word.start)
        args += [settings.get(setting) or literal(default) for setting, default in op.settings.items()]
        return self.built(call(op.name, *args), word.start)

    def passed(self, op: Operation | None) -> tuple[list[Formula], dict[str, Formula]]:
        """Read what stands in the brackets of a call: arguments, then settings such as `slope=0.1`."""
        args: list[Formula] = []
        settings: dict[str, Formula] = {}
        while not self.at(")"):
            if self.token.kind == "word" and self.tokens[self.position + 1].text == "=":
                if self.ranged(op) and not args:
                    args.append(self.index_range())
                else:
                    self.setting(op, settings)
            elif args and self.each_line():
                self.over(op, self.take(), settings)
            elif settings:
                raise Problem("settings follow the arguments", self.token.span, None, "syntax")
            else:
                args.append(self.comparison())
            if not self.at(","):
                break
            comma = self.take()
            if self.at(")"):
                raise Problem("nothing follows the last comma", comma.span, None, "syntax")
        return args, settings

    def setting(self, op: Operation | None, found: dict[str, Formula]) -> None:
        """Read `slope=0.1` into `found`; a setting is a number that is written out."""
        word = self.take()
        if word.text in ALONG:
            self.over(op, word, found)
            return
        known = op.settings if op is not None else {}
        setting = canonical_name(word.text) or word.text
        if setting not in known:
            if op is not None and op.chooses:
                raise Problem("`=` sets something", self.token.span, "`==` compares: `where(x == 0, a, b)`", "syntax")
            says = (
                f"`{op.notation.word}` has no setting `{word.text}`" if op and isinstance(op.notation, Function) else ""
            )
            meant = nearest(setting, known)
            hint = f"did you mean `{meant}`?" if meant else None
            if known and not meant:
                hint = "it has " + ", ".join(f"`{each}={default}`" for each, default in known.items())
            raise Problem(says or f"there is no setting `{word.text}`", word.span, hint, "name")
        if setting in found:
            raise Problem(f"`{setting}` is set twice", word.span, None, "syntax")
        self.take()
        start = self.token.start
        value = self.sum()
        if not (is_number(value) or self.open):
            end = self.tokens[self.position - 1]
            span = Span(start, end.start + len(end.text))
            raise Problem(f"the setting `{setting}` is a number, such as {known[setting]}", span, None, "syntax")
        found[setting] = value

    def each_line(self) -> bool:
        """Return whether `each row` or `each column` stands here, as paper has it."""
        two = [token.text for token in self.tokens[self.position : self.position + 2]]
        return two[0] == _EACH and two[1] + "s" in LINES and _EACH not in self.names

    def over(self, op: Operation | None, word: Token, settings: dict[str, Formula]) -> None:
        """Read what an operation acts on one by one: `over="rows"`, or `each row`; the word before it is taken."""
        if self.at("="):
            self.take()
        token = self.take()
        text = token.text.strip('"') + "s" * (word.text == _EACH)
        if word.text not in (_EACH, _OVER) or text not in LINES or op is None or (op.name, text) not in OVER:
            from nncalc.language.remedies import no_lines

            raise no_lines(op, word, token)
        if _OVER in settings:
            raise Problem(f"`{_OVER}` is set twice", word.span, None, "syntax")
        settings[_OVER] = name(text)

    def ranged(self, op: Operation | None) -> bool:
        """Return whether a word before `=` is an index with its range, `i=1:n`, and no setting."""
        text = self.token.text
        return self.whole_names and op is not None and op.runs and text not in ALONG and text not in op.settings

    def over_range(self, op: Operation, word: Token, args: list[Formula]) -> Formula:
        """Return what runs over an index with its range, the first of the arguments."""
        ranged, *rest = args
        assert isinstance(ranged, Call)
        if len(rest) != 1:
            raise Problem(
                f"after its range, `{word.text}` takes what it runs over", word.span,
                f"such as `{word.text}(i=1:n, x[i])`", "syntax",
            )  # fmt: skip
        index, *ends = ranged.args
        return call("over_" + op.name, index, rest[0], *ends)

    def index_range(self) -> Formula:
        """Read the index of a sum and from where to where it runs: `i=1:n`."""
        index = name(self.take().text)
        self.take()
        first = self.place()
        if not self.at(":"):
            raise Problem("a range has two ends", self.token.span, f"such as `{index}=1:n`", "syntax")
        self.take()
        return call("range", index, first, self.place())

    def runs(self, op: Operation, index: Formula, body: Formula) -> bool:
        """Return whether `index` is an index that a sum of `body` runs over, and no argument of an operation on two."""
        if self.whole_names and isinstance(index, Name) and index.base not in self.names:
            taken = [part for part in parts(body) if isinstance(part, Call) and part.op in TAKING]
            return any(index in names_in(end) for part in taken for end in part.args[1:])
        if not self.rule or not isinstance(index, Name) or index.index or index.base in self.names:
            return False
        return len(op.args) == 1 or any(index.base in each.index for each in names_in(body))

    def unknown(self, word: Token) -> NoReturn:
        from nncalc.language.remedies import function

        hint = function(word.text, self.arguments(), self.names, FUNCTIONS)
        if word.text in self.names or (hint and hint.startswith("a product")):
            raise Problem(f"`{word.text}` is not a function", word.span, hint, "name")
        raise Problem(f"unknown function `{word.text}`", word.span, hint, "name")

    def arguments(self) -> list[str]:
        """Return the text of each argument in the brackets that open here, without reading them."""
        level, found = 0, [""]
        for token in self.tokens[self.position + 1 :]:
            level += (token.text in ("(", "[")) - (token.text in (")", "]"))
            if level < 0 or token.kind == "end":
                break
            if token.text == "," and not level:
                found.append("")
            else:
                found[-1] += f" {token.text} " if token.text in ("+", "-") and found[-1] else token.text
        return [text for text in found if text]

    def check_count(self, op: Operation, word: Token, count: int) -> None:
        sizes = bool(op.forms) and op.forms[0].shapes == "sizes"
        column = sizes and len(op.args) == len(op.forms[0].sized.split()[0].split("*")) + 1  # of one size
        least = len(op.args) - column
        if count < least or (count > len(op.args) and not op.variadic and not op.folds):
            most = f"{len(op.args)} {'size' if sizes else 'argument'}{'s' * (len(op.args) > 1)}{' or more' * op.folds}"
            wanted = most if least == len(op.args) else f"{least} or {most}"
            says = f"`{word.text}` takes {wanted}: `{word.text}({', '.join(op.args)})`, found {count}"
            setting = next(iter(op.settings.items()), None) if count > len(op.args) else None
            hint = f"a setting is given by its name: `{setting[0]}={setting[1]}`" if setting else None
            if self.whole_names and op.runs and not setting:
                hint = f"over an index it takes entries, `{word.text}(i, x[i])`; one in another for two indices"
            if op.lines is not None and count == 1:
                hint = f'of each row of a matrix it is `{word.text}(A, over="rows")`'
            raise Problem(says, word.span, hint, "syntax")


def _continued(formula: Call) -> bool:
    """Return whether `formula` is a product, or its like, that goes on with another: `a*b*c` with `a*b`.

    It is as flat as a sum, however many factors there are.
    """
    left = formula.args[0] if formula.args else None
    one = OPS[formula.op].notation if formula.op in OPS else None
    other = OPS[left.op].notation if isinstance(left, Call) and left.op in OPS else None
    return isinstance(one, Infix) and isinstance(other, Infix) and not one.right and one.strength == other.strength


def _index(part: int | str) -> Formula:
    return num(part) if isinstance(part, int) else name(part)


def is_number(formula: Formula) -> bool:
    """Return whether `formula` is a number or a quotient of two, with or without a minus."""
    if isinstance(formula, Call) and formula.op == "neg":
        formula = formula.args[0]
    if isinstance(formula, Call) and formula.op == "div":
        return all(isinstance(arg, Num) for arg in formula.args)
    return isinstance(formula, Num)
