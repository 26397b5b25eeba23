"""Formula to text: one printer for every alphabet, from the notation in the operation table.

`parse(show(f)) is f` is its law. Brackets are decided here and nowhere else. Knows
formulas and notation, neither shapes nor values: what is to be printed as a number is
a number in the formula.
"""

from typing import NamedTuple

from nncalc.alphabet import hatted, lowered, raised, spelled
from nncalc.formula import Call, Formula, Name, Num
from nncalc.ops import OPS
from nncalc.ops.kinds import Function, Infix, Postfix, Prefix
from nncalc.syntax import is_number

_ATOM = 100
_SUM, _NEGATIVE, _PRODUCT, _POWER = 10, 15, 20, 30


class Style(NamedTuple):
    """How formulas are spelled.

    `paper` is the blackboard's alphabet, else ASCII. With `dot` every product has its dot, as
    between numbers; without, a blank joins the factors, as between matrices. `whole` holds
    names with digits that are quantities of their own, so that an entry that looks the same
    is spelled (z)₁.
    """

    paper: bool = False
    dot: bool = True
    whole: frozenset[str] = frozenset()


ASCII = Style()
PAPER = Style(paper=True)


def show(formula: Formula, style: Style = ASCII) -> str:
    """Return the text of `formula`.

    >>> from nncalc.syntax import parse
    >>> show(parse("-x^2*(a - b)/sigmoid(y')"), PAPER)
    '−x² · (a − b) / σ(yᵀ)'
    """
    return _text(formula, style)[0]


def _text(formula: Formula, style: Style) -> tuple[str, int]:
    """Return the text and how tightly it holds together."""
    if isinstance(formula, Num):
        return formula.text, _ATOM
    if isinstance(formula, Name):
        return _name(formula, style), _ATOM
    special = _SPECIAL.get(formula.op)
    found = special(formula, style) if special else None
    if found is not None:
        return found
    notation = OPS[formula.op].notation
    match notation:
        case Function():
            word = notation.unicode if style.paper and notation.unicode else notation.word
            return f"{word}({', '.join(show(arg, style) for arg in formula.args)})", _ATOM
        case Infix():
            return _infix(formula, notation, style), notation.strength
        case Prefix():
            sign = notation.unicode if style.paper else notation.sign
            return sign + _bracketed(formula.args[0], _PRODUCT, style), notation.strength
        case Postfix():
            sign = notation.unicode if style.paper else notation.sign
            return _bracketed(formula.args[0], notation.strength, style) + sign, notation.strength


def _bracketed(formula: Formula, least: int, style: Style) -> str:
    """Return the text of `formula`, in brackets where it holds less tightly than `least`."""
    text, strength = _text(formula, style)
    return text if strength >= least else f"({text})"


def _infix(formula: Call, notation: Infix, style: Style) -> str:
    left, right = formula.args
    tighter = notation.strength + 1
    before = _bracketed(left, tighter if notation.right else notation.strength, style)
    after = _bracketed(right, notation.strength if notation.right else tighter, style)
    if notation.strength == _POWER:
        return f"{before}{notation.sign}{after}"
    if formula.op == "div" and isinstance(left, Num) and isinstance(right, Num):
        return f"{before}/{after}"
    if not style.paper:
        return f"{before} {notation.sign} {after}"
    if formula.op == "mul":
        sign = "·" if style.dot or after[0] in "0123456789−" else ""
    else:
        sign = notation.unicode
    return f"{before} {sign} {after}" if sign else f"{before} {after}"


def _sum(formula: Call, style: Style) -> tuple[str, int]:
    pieces: list[str] = []
    for term in formula.args:
        negative = isinstance(term, Call) and term.op == "neg" and bool(pieces)
        body = term.args[0] if negative and isinstance(term, Call) else term
        text = _bracketed(body, _PRODUCT if negative or pieces else _NEGATIVE, style)
        sign = ("−" if style.paper else "-") if negative else "+"
        pieces += [sign, text] if pieces else [text]
    return " ".join(pieces), _SUM


def _power(formula: Call, style: Style) -> tuple[str, int] | None:
    base, exponent = formula.args
    if style.paper and isinstance(exponent, Num) and exponent.text.isdecimal():
        return _bracketed(base, _POWER + 1, style) + raised(exponent.text), _POWER
    return None


def _step(formula: Call, style: Style) -> tuple[str, int] | None:
    return (f"1[{show(formula.args[0], style)} > 0]", _ATOM) if style.paper else None


def _intercept(formula: Call, style: Style) -> tuple[str, int] | None:
    inner = formula.args[0]
    if style.paper and isinstance(inner, Name) and not inner.index and not inner.of:
        hat = hatted(inner.base)
        if hat is not None:
            return hat, _ATOM
    return None


def _brackets(formula: Call, style: Style) -> tuple[str, int]:
    if formula.op == "matrix" and len(formula.args) == 1 and not isinstance(formula.args[0], Call):
        return f"[{show(formula.args[0], style)}]", _ATOM  # a matrix that was taken apart
    rows = [row.args if isinstance(row, Call) and row.op == "row" else (row,) for row in formula.args]
    if style.paper and all(is_number(entry) for row in rows for entry in row):
        return "[" + "; ".join(" ".join(show(entry, style) for entry in row) for row in rows) + "]", _ATOM
    if formula.op == "matrix":
        return "[" + ", ".join("[" + ", ".join(show(e, style) for e in row) + "]" for row in rows) + "]", _ATOM
    return "[" + ", ".join(show(entry, style) for entry in formula.args) + "]", _ATOM


def _name(formula: Name, style: Style) -> str:
    if not style.paper:
        return formula.id
    if formula.of is not None:
        return f"∂{_quantity(formula.of, style)}/∂{_quantity(formula, style)}"
    return _quantity(formula, style)


def _quantity(formula: Name, style: Style) -> str:
    """Return the text of a name or entry, leaving aside what it is the derivative of."""
    shown = spelled(formula.base)
    if not formula.index:
        return shown
    subscript = lowered(",".join(map(str, formula.index)))
    digits = formula.base[-1].isdecimal()
    clash = len(formula.index) == 1 and f"{formula.base}{formula.index[0]}" in style.whole
    return f"({shown}){subscript}" if digits or clash else shown + subscript


_SPECIAL = {
    "add": _sum,
    "pow": _power,
    "step": _step,
    "intercept": _intercept,
    "column": _brackets,
    "matrix": _brackets,
}
