"""Text to formula: the tokenizer and the precedence parser. The printer is `show`'s business.

    formula  = term { ("+" | "-") term }
    term     = "-" product | product
    product  = factor { ("*" | "@" | "/" | ".*" | "./") factor }
    factor   = "-" factor | power
    power    = suffixed [ ("^" | "**" | ".^") factor ]           right associative
    suffixed = atom { "'" | ".T" }
    atom     = number | name [ "[" index { "," index } "]" ] | word "(" formula { "," formula } ")"
             | "(" formula ")" | "[" formula { "," formula } "]"  a column, or rows of a matrix
             | "d(" name ")/d(" name ")"                          a derivative, one quantity

So `-x^2` is `-(x^2)`, and `-a*b` is `-(a*b)`. A comment runs from `#` to the end of its
line. What nncalc prints is read as well: `∂ℓ/∂α₁,₁`, `ẑᵀ`, `x²`, `1[a₁ > 0]`, and, where
`paper` is asked for, a blank as the product and `[4 4 8; 8 8 16]` as a matrix. Operators
and functions come from the operation table. Knows text and that table, neither shapes
nor values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import NamedTuple, NoReturn

from nncalc.alphabet import HAT, SUBSCRIPTS, SUPERSCRIPTS, canonical_name, plain
from nncalc.formula import Call, Formula, Name, Num, call, name, num
from nncalc.ops import OPS
from nncalc.ops.kinds import Function, Infix, Operation, Postfix
from nncalc.problems import Problem, Span, nearest

MAX_LENGTH = 20_000
MAX_DEPTH = 100

INFIX: Mapping[str, tuple[str, Infix]] = {
    sign: (op.name, op.notation)
    for op in OPS.values()
    if isinstance(op.notation, Infix) and op.name != "add"
    for sign in {op.notation.sign, *op.notation.also, op.notation.unicode} - {"", " "}
} | {sign: ("mul", OPS["mul"].notation) for sign in "·×" if isinstance(OPS["mul"].notation, Infix)}
POSTFIX: Mapping[str, str] = {
    sign: op.name
    for op in OPS.values()
    if isinstance(op.notation, Postfix)
    for sign in (op.notation.sign, *op.notation.also, op.notation.unicode)
}
FUNCTIONS: Mapping[str, Operation] = {
    word: op
    for op in OPS.values()
    if isinstance(op.notation, Function) and op.name not in ("column", "row", "matrix")
    for word in (op.notation.word, op.notation.unicode)
    if word
}
_PREFIX_STRENGTH = 15
_TIGHT = 25

_SIGNS = sorted({*INFIX, *POSTFIX, *"+-−()[],;=<>"} | {"⁻¹"}, key=lambda sign: -len(sign))
_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?"
_TOKEN = re.compile(
    rf"(?P<blank>[ \t\r\n]+|\#[^\n]*)|(?P<number>{_NUMBER})"
    rf"|(?P<word>∂|ℓ|(?![{SUPERSCRIPTS}{SUBSCRIPTS}ᵀ])[^\W\d_](?:\u0302|(?![{SUPERSCRIPTS}{SUBSCRIPTS}ᵀ])\w)*"
    rf"[{SUBSCRIPTS}]*(?:,[{SUBSCRIPTS}]+)*)"
    rf"|(?P<sub>[{SUBSCRIPTS}]+(?:,[{SUBSCRIPTS}]+)*)|(?P<sup>[{SUPERSCRIPTS}]+)"
    rf"|(?P<sign>{'|'.join(map(re.escape, _SIGNS))})"
)


class Token(NamedTuple):
    """A word of the text: its kind (`number word sub sup sign end`), its characters, where it starts."""

    kind: str
    text: str
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.start + max(1, len(self.text)))


class Parsed(NamedTuple):
    """A formula and where each of its parts stands in the text."""

    formula: Formula
    spans: Mapping[Formula, Span]


def parse(text: str, names: Collection[str] = (), *, paper: bool = False, rule: bool = False) -> Formula:
    """Return the formula that `text` spells, as `read` does.

    >>> parse("-x^2 + 2*x")
    add(neg(pow(x, 2)), mul(2, x))
    """
    return read(text, names, paper=paper, rule=rule).formula


def read(text: str, names: Collection[str] = (), *, paper: bool = False, rule: bool = False) -> Parsed:
    """Return the formula that `text` spells, with spans.

    A subscript belongs to a name when `names` has the two as one (z₁ in a graph with `z1`), else it
    is an entry's index; with no `names` it belongs to the name. `paper` reads a blank as the product and
    `[1 2; 3 4]` as a matrix; `rule` lets an index be a variable, and `sum(k, ...)` run over it.
    Raises Problem (`syntax` or `name`) with a Span.
    """
    if len(text) > MAX_LENGTH:
        raise Problem(f"the expression has {len(text)} characters, at most {MAX_LENGTH:,} are read", code="syntax")
    return _Parser(tokens(text), names, paper, rule).whole()


def tokens(text: str) -> list[Token]:
    """Return the tokens of `text`, without blanks and comments, closed by one of kind `end`."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            _unreadable(text, position)
        kind = match.lastgroup or ""
        if kind != "blank":
            found.append(Token(kind, match.group(), position))
        position = match.end()
    return [*found, Token("end", "", len(text))]


def _unreadable(text: str, position: int) -> NoReturn:
    character = text[position]
    hints = {
        "%": "there is no remainder here",
        "!": "there is no factorial here",
        "’": "the transpose is `'`",
        "{": "group with `(` and `)`",
        "}": "group with `(` and `)`",
        '"': "text has no place in a formula",
        ".": "a decimal number has digits on both sides of the point",
    }
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    raise Problem(
        f"unexpected `{shown}` at column {position - text.rfind(chr(10), 0, position)}",
        Span(position, position + 1), hints.get(character), "syntax",
    )  # fmt: skip


class _Parser:
    """Reads one list of tokens; a class because the position moves through every method."""

    def __init__(self, found: list[Token], names: Collection[str], paper: bool, rule: bool) -> None:
        self.tokens = found
        self.position = 0
        self.names = names
        self.paper = paper
        self.rule = rule
        self.level = 0
        self.depth: dict[Formula, int] = {}
        self.spans: dict[Formula, Span] = {}

    # -- moving -------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def at(self, sign: str) -> bool:
        return self.token.kind == "sign" and self.token.text == sign

    def minus(self) -> bool:
        return self.token.kind == "sign" and self.token.text in "-−"

    def expect(self, sign: str, opened: Token | None = None) -> None:
        if not self.at(sign):
            found = f"`{self.token.text}`" if self.token.text else "the end"
            hint = f"`{opened.text}` at column {opened.start + 1} is not closed" if opened else None
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
            self.depth[formula] = 1 + max((self.depth.get(arg, 1) for arg in formula.args), default=0)
            if self.depth[formula] > MAX_DEPTH:
                self.too_deep(Span(start, start + 1))
        before = self.tokens[self.position - 1]
        self.spans.setdefault(formula, Span(start, before.start + len(before.text)))
        return formula

    # -- the grammar ----------------------------------------------------------------------

    def whole(self) -> Parsed:
        if self.token.kind == "end":
            raise Problem("the expression is empty", Span(0, 1), None, "syntax")
        formula = self.sum()
        if self.token.kind != "end":
            self.misplaced()
        return Parsed(formula, self.spans)

    def misplaced(self) -> NoReturn:
        token = self.token
        before = self.tokens[self.position - 1]
        hint = None
        if token.kind in ("number", "word", "sub", "sup") or token.text in ("(", "["):
            left, right = before.text, token.text
            if before.kind in ("number", "word") or before.text in (")", "]"):
                hint = f"a product is written with `*`: `{left}*{right}`"
        elif token.text == "=":
            hint = "the part before `=` belongs to the name of the equation"
        elif token.text in "<>":
            hint = "there are no comparisons; `step(x)` is 1 where x > 0"
        elif token.text == ";":
            hint = "one formula at a time"
        raise Problem(f"unexpected `{token.text}` at column {token.start + 1}", token.span, hint, "syntax")

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
            if self.token.kind == "sign" and self.token.text in INFIX:
                self.take()
            self.deeper()
            right = self.product(infix.strength - 1 if infix.right else infix.strength)
            self.level -= 1
            left = self.built(call(op, left, right), start)
        return left

    def operator(self) -> tuple[str, Infix | None]:
        """Return the operation that joins what was read to what follows, without taking its sign."""
        token = self.token
        if token.kind == "sign" and token.text in INFIX:
            return INFIX[token.text]
        starts = token.kind in ("number", "word") or (token.kind == "sign" and token.text in ("(", "["))
        if self.paper and starts and token.start > self.tokens[self.position - 1].span.end:
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
            if self.token.kind == "sign" and self.token.text in POSTFIX:
                formula = self.built(call(POSTFIX[self.take().text], formula), start)
            elif self.token.kind == "sup":
                formula = self.built(call("pow", formula, num(plain(self.take().text))), start)
            else:
                return formula

    def atom(self) -> Formula:
        token = self.token
        if token.kind == "number":
            self.take()
            if token.text == "1" and self.at("[") and self.token.start == token.start + 1:
                return self.indicator(token.start)
            return self.built(num(token.text), token.start)
        if token.kind == "word":
            return self.word()
        if self.at("("):
            return self.group()
        if self.at("["):
            return self.brackets()
        if token.kind == "end":
            raise Problem("the expression ends too soon", token.span, "a value is missing", "syntax")
        raise Problem(
            f"unexpected `{token.text}` at column {token.start + 1}", token.span, "a value is expected here", "syntax"
        )

    def group(self) -> Formula:
        opened = self.take()
        if self.at(")"):
            raise Problem("empty brackets", Span(opened.start, self.token.start + 1), None, "syntax")
        formula = self.sum()
        self.expect(")", opened)
        if self.token.kind == "sub" and isinstance(formula, Name) and not formula.index:
            index = tuple(int(part) for part in plain(self.take().text).split(","))
            return self.built(name(formula.base, index), opened.start)
        return formula

    def indicator(self, start: int) -> Formula:
        """Read `1[x > 0]`, of which the 1 is taken."""
        opened = self.take()
        formula = self.sum()
        self.expect(">")
        if self.token.text != "0":
            raise Problem("an indicator compares with 0: `1[x > 0]`", self.token.span, None, "syntax")
        self.take()
        self.expect("]", opened)
        return self.built(call("step", formula), start)

    def brackets(self) -> Formula:
        numbers = self.numbers() if self.paper else None
        if numbers is not None:
            return numbers
        opened = self.take()
        start = opened.start
        entries = [] if self.at("]") else self.listed()
        self.expect("]", opened)
        if not entries:
            raise Problem("empty brackets", Span(start, self.token.start), None, "syntax")
        rows = [entry for entry in entries if isinstance(entry, Call) and entry.op == "column"]
        if not rows:
            return self.built(call("column", *entries), start)
        widths = {len(row.args) for row in rows}
        if len(rows) < len(entries) or len(widths) > 1:
            raise Problem("the rows of a matrix are lists of one length", Span(start, self.token.start), None, "syntax")
        return self.built(call("matrix", *[call("row", *row.args) for row in rows]), start)

    def numbers(self) -> Formula | None:
        """Read `[1 2; 3 4]`, or return None, having read nothing, where the brackets hold something else."""
        begin, rows, row = self.position, [], []  # type: tuple[int, list[list[Formula]], list[Formula]]
        self.take()
        while not self.at("]"):
            negative = self.minus()
            if negative:
                self.take()
            if self.token.kind == "number":
                entry: Formula = num(self.take().text)
                if self.at("/") and self.tokens[self.position + 1].kind == "number":
                    self.take()
                    entry = call("div", entry, num(self.take().text))
                row.append(call("neg", entry) if negative else entry)
            elif self.at(";") and row and not negative:
                self.take()
                rows.append(row)
                row = []
            else:
                self.position = begin
                return None
        self.take()
        rows.append(row)
        start = self.tokens[begin].start
        if len({len(row) for row in rows}) > 1 or not row:
            raise Problem("the rows of a matrix have one length", self.tokens[begin].span, None, "syntax")
        if len(row) == 1:
            return self.built(call("column", *[row[0] for row in rows]), start)
        return self.built(call("matrix", *[call("row", *row) for row in rows]), start)

    def listed(self) -> list[Formula]:
        entries = [self.sum()]
        while self.at(","):
            comma = self.take()
            if self.at(")") or self.at("]"):
                raise Problem("nothing follows the last comma", comma.span, None, "syntax")
            entries.append(self.sum())
        return entries

    # -- names and calls ------------------------------------------------------------------

    def word(self) -> Formula:
        token = self.take()
        following = self.at("(") and (self.token.start == token.start + len(token.text) or not self.paper)
        if token.text == "∂":
            return self.built(self.derivative("∂"), token.start)
        if following and token.text == "d":
            return self.built(self.derivative("d"), token.start)
        if following:
            return self.function(token)
        return self.built(self.named(token), token.start)

    def derivative(self, mark: str) -> Name:
        """Read what follows the first ∂ of ∂ℓ/∂α₁,₁, or the first d of d(loss)/d(alpha[1,1])."""
        of = self.differential(mark)
        self.expect("/")
        if self.take().text != mark:
            raise Problem(
                f"a derivative is written {'∂f/∂x' if mark == '∂' else 'd(f)/d(x)'}",
                self.tokens[self.position - 1].span, None, "syntax",
            )  # fmt: skip
        by = self.differential(mark)
        return name(by.base, by.index, of=of)

    def differential(self, mark: str) -> Name:
        opened = self.token
        bracketed = self.at("(")
        if bracketed:
            self.take()
        token = self.take()
        found = self.named(token) if token.kind == "word" else None
        if not isinstance(found, Name):
            raise Problem(f"expected a name after `{mark}`", token.span, None, "syntax")
        if bracketed:
            self.expect(")", opened)
            if self.token.kind == "sub":
                found = name(found.base, tuple(int(part) for part in plain(self.take().text).split(",")))
        return found

    def named(self, token: Token) -> Formula:
        text = unicodedata.normalize("NFD", token.text)
        if HAT in text and not text.startswith("y"):
            base = canonical_name(unicodedata.normalize("NFC", text.replace(HAT, "", 1)))
            if base is not None:
                return call("intercept", name(base))
        stem = token.text.rstrip(SUBSCRIPTS + ",")
        subscript = plain(token.text[len(stem) :])
        joined = canonical_name(stem + subscript) if "," not in subscript else None
        if joined is not None and (not subscript or not self.names or joined in self.names):
            return name(joined, self.index())
        base = canonical_name(stem)
        if base is None or (joined is None and not subscript):
            raise Problem(f"`{token.text}` is not a name", token.span, None, "name")
        return name(base, tuple(int(part) for part in subscript.split(",")))

    def index(self) -> tuple[int | str, ...]:
        """Read the `[1,0]` that touches a name, if any."""
        before = self.tokens[self.position - 1]
        if not (self.at("[") and self.token.start == before.start + len(before.text)):
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
        op = FUNCTIONS.get(word.text)
        if op is None:
            op = FUNCTIONS.get(unicodedata.normalize("NFKC", word.text))
        opened = self.take()
        if op is None:
            meant = nearest(word.text, FUNCTIONS)
            hint = f"did you mean `{meant}`?" if meant else None
            if word.text in self.names or (len(word.text) == 1 and meant is None):
                raise Problem(
                    f"`{word.text}` is not a function", word.span, f"a product is written `{word.text}*(...)`", "name"
                )
            raise Problem(f"unknown function `{word.text}`", word.span, hint, "name")
        args = [] if self.at(")") else self.listed()
        self.expect(")", opened)
        if self.rule and len(args) == 2 and op.name in ("sum", "lse"):
            return call("over_" + op.name, *args)
        self.check_count(op, word, len(args))
        return self.built(call(op.name, *args), word.start)

    def check_count(self, op: Operation, word: Token, count: int) -> None:
        least = 1 if op.name == "ones" else len(op.args)
        if count < least or (count > len(op.args) and not op.variadic):
            wanted = f"{len(op.args)} argument{'s' * (len(op.args) > 1)}: `{word.text}({', '.join(op.args)})`"
            raise Problem(f"`{word.text}` takes {wanted}, found {count}", word.span, None, "syntax")


def is_number(formula: Formula) -> bool:
    """Return whether `formula` is a number or a quotient of two, with or without a minus."""
    if isinstance(formula, Call) and formula.op == "neg":
        formula = formula.args[0]
    if isinstance(formula, Call) and formula.op == "div":
        return all(isinstance(arg, Num) for arg in formula.args)
    return isinstance(formula, Num)
