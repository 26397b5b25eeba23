"""Formula to text, in ASCII and on paper; `latex` and `mathml` hold two more alphabets.

`parse(show(f)) is f` is its law. Notation comes from the operation table, brackets from `writing`. Knows formulas
and notation, neither shapes nor values: what is to be printed as a number is a number in the formula.

Outside the operation table are `over_sum` (a sum over an index), `entry` (of a formula), `differential`,
`derivative` (of a formula; that of a name is a name) and `delta` (Kronecker's).
"""

from __future__ import annotations

from collections.abc import Sequence

from nncalc.language.alphabet import RAISED_RIGHT, canonical_name, hatted, layered, lowered, raised, spelled
from nncalc.language.brackets import (
    ATOM,
    CELL,
    CLOSE,
    INVERSE,
    KRONECKER,
    OPEN,
    OPEN_TALL,
    POSTFIX,
    POWER,
    ROW,
    Alphabet,
    Special,
    Style,
    Text,
    Writer,
    added,
    all_numbers,
    compared,
    hats,
    is_indicator,
    is_layer,
    is_taken,
    kronecker,
    largest,
    ranges_of,
    rows_of,
    slid,
)
from nncalc.language.formula import PI, Call, Formula, Name, Num, is_call, parts
from nncalc.language.indexing import TAKING, entry_of
from nncalc.language.parser import is_number
from nncalc.ops import OPS
from nncalc.ops.elementary import UNKNOWN_FUNCTIONS
from nncalc.ops.kinds import Fence, Function, Infix, Prefix

__all__ = ["ASCII", "PAPER", "Style", "show"]

ASCII = Style()
PAPER = Style(paper=True)


def show(formula: Formula, style: Style = ASCII) -> str:
    """Return the text of `formula`.

    >>> from nncalc.language.parser import parse
    >>> show(parse("-x^2*(a - b)/sigmoid(y')"), PAPER)
    '−x² · (a − b) / σ(yᵀ)'
    """
    return Writer(style, _alphabet(style)).show(formula)


def _alphabet(style: Style) -> Alphabet:
    if style.latex:
        from nncalc.language.latex import LATEX

        return LATEX
    if style.mathml:
        from nncalc.language.mathml import MATHML

        return MATHML
    return _PAPER if style.paper else _ASCII


def _bracketed(text: str) -> str:
    return f"({text})"


# -- ASCII --------------------------------------------------------------------------------------


def _plain_join(_: Writer, formula: Call, before: str, after: str) -> Text:
    notation = OPS[formula.op].notation
    assert isinstance(notation, Infix)
    left, right = formula.args
    if notation.strength == POWER or (formula.op == "div" and isinstance(left, Num) and isinstance(right, Num)):
        return before + notation.sign + after, notation.strength
    if formula.op == "div" and after.startswith("d(") and _ends_in_differential(left):
        after = f"({after})"  # d(x)/d(y) is a derivative
    return f"{before} {notation.sign} {after}", notation.strength


def _ends_in_differential(formula: Formula) -> bool:
    while isinstance(formula, Call) and formula.op != "differential":
        if not isinstance(OPS[formula.op].notation if formula.op in OPS else None, Infix | Prefix):
            return False
        formula = formula.args[-1]
    return isinstance(formula, Call)


def _brackets(writer: Writer, formula: Call) -> Text:
    if formula.op == "matrix" and len(formula.args) == 1 and not isinstance(formula.args[0], Call):
        return f"[{writer.show(formula.args[0])}]", ATOM  # a matrix that was taken apart
    rows = rows_of(formula)
    if writer.style.tall and all(len(row) == len(rows[0]) for row in rows) and (len(rows) > 1 or all_numbers(rows)):
        flat = writer._replace(style=writer.style._replace(tall=False))
        kind = "⎡" if writer.style.paper else "["
        return OPEN_TALL + kind + ROW.join(CELL.join(map(flat.show, row)) for row in rows) + CLOSE, ATOM
    if writer.style.paper and all_numbers(rows):
        return "[" + "; ".join(" ".join(map(writer.show, row)) for row in rows) + "]", ATOM
    if formula.op == "matrix":
        return "[" + ", ".join("[" + ", ".join(map(writer.show, row)) + "]" for row in rows) + "]", ATOM
    return "[" + ", ".join(map(writer.show, formula.args)) + "]", ATOM


def _over(writer: Writer, formula: Call) -> Text:
    index, body, *ends = formula.args
    runs = f"{index}={':'.join(map(writer.show, ends)).replace(' ', '')}" if ends else _listed([index])
    return f"{formula.op.removeprefix('over_')}({runs}, {writer.show(body)})", ATOM


def _entry(writer: Writer, formula: Call) -> Text:
    whole, *index = formula.args
    return f"{_entered(writer, whole)}[{_listed(index, ',')}]", ATOM


def _part(writer: Writer, formula: Call) -> Text:
    """Write an index or a slice behind what it is of: A[1,:]."""
    inner, ranges = ranges_of(writer, formula)
    return f"{writer.held(inner, ATOM)}[{','.join(ranges).replace(' ', '')}]", ATOM


def _listed(index: Sequence[Formula], between: str = ", ") -> str:
    """Return index variables, which are spelled in one way whatever they are called."""
    return between.join(map(str, index))


def _entered(writer: Writer, whole: Formula) -> str:
    """Return the text of what an entry is taken from, closed by a bracket."""
    called = isinstance(whole, Call) and whole.op in OPS and isinstance(OPS[whole.op].notation, Function)
    text = writer.show(whole)
    return text if called and text.endswith(")") else f"({text})"


def _differential(writer: Writer, formula: Call) -> Text:
    return writer.called("d", formula.args), ATOM


def _derivative(writer: Writer, formula: Call) -> Text:
    of, by = formula.args
    return f"d({writer.show(of)})/d({writer.show(by)})", ATOM


def _direct(writer: Writer, formula: Call) -> Text:
    """Write the part of a derivative that comes through no other quantity."""
    return f"{writer.show(formula.args[0])}{'│' if writer.style.paper else '|'}direct", ATOM


def _generic(writer: Writer, formula: Call) -> Text:
    """Write a function that nobody knows with the primes of a derivative: g′(u)."""
    inner, called, order = formula.args
    word = UNKNOWN_FUNCTIONS[int(str(called))]
    count = int(str(order))
    if not writer.style.paper:
        return writer.called(word + "'" * count, (inner,)), ATOM
    return writer.called(spelled(word) + "″" * (count // 2) + "′" * (count % 2), (inner,)), ATOM


def _delta(_: Writer, formula: Call) -> Text:
    return f"delta({_listed(formula.args)})", ATOM


_SPECIAL: dict[str, Special] = {
    "add": added,
    "half_turns": lambda _, formula: ("pi", ATOM) if formula is PI else None,
    "column": _brackets,
    "generic": _generic,
    "matrix": _brackets,
    **{f"over_{op.name}": _over for op in OPS.values() if op.runs},
    "entry": _entry,
    "differential": _differential,
    "derivative": _derivative,
    "delta": _delta,
    "direct": _direct,
    **dict.fromkeys(TAKING, _part),
}

_ASCII = Alphabet(
    number=lambda formula: (formula.text if formula.text.isascii() else "...", ATOM),
    name=lambda formula, _: (formula.id, ATOM),
    word=lambda notation: notation.word,
    sign=lambda notation: notation.sign,
    bracketed=_bracketed,
    joined=_plain_join,
    special=_SPECIAL,
    each=lambda over: f'over="{over}"',
)


# -- on paper -----------------------------------------------------------------------------------


def _paper_join(writer: Writer, formula: Call, before: str, after: str) -> Text:
    notation = OPS[formula.op].notation
    assert isinstance(notation, Infix)
    left, right = formula.args
    if notation.strength == POWER:
        return before + notation.sign + after, POWER
    if formula.op == "mul":
        if writer.style.dot or after[0] in "0123456789−":
            return f"{before} · {after}", notation.strength
        below = is_call(left, "derivative") and not is_call(right, "derivative")  # the stroke of (∂y/∂x) u
        return f"({before}) {after}" if below else f"{before} {after}", notation.strength
    if formula.op == "div":
        if isinstance(left, Num) and isinstance(right, Num):
            return f"{before}/{after}", notation.strength
        if after.startswith("d(") and _ends_in_differential(left):
            after = f"({after})"
    return f"{before} {notation.unicode} {after}", notation.strength


def _name(formula: Name, style: Style) -> Text:
    if formula.of is not None:
        found = f"∂{_quantity(formula.of, style)}/∂{_quantity(formula, style)}"
        return found, POSTFIX - 1  # a power and a transpose of it have brackets
    shown = _quantity(formula, style)
    return shown, POSTFIX if RAISED_RIGHT in shown else ATOM


def _quantity(formula: Name, style: Style) -> str:
    """Return the text of a name or entry, leaving aside what it is the derivative of."""
    base = formula.base
    if is_layer(formula, style):
        shown = layered(base)
    else:
        shown = base if is_taken(base, style) else spelled(base)
    if not formula.index:
        return shown
    subscript = lowered(formula.index)
    if subscript is None or (base not in style.arrays and f"{base}{formula.index[0]}" in style.whole - style.arrays):
        return f"{shown}[{','.join(map(str, formula.index))}]"
    return shown + subscript


def _power(writer: Writer, formula: Call) -> Text | None:
    base, exponent = formula.args
    if isinstance(exponent, Num) and exponent.text.isdecimal():
        return writer.held(base, POSTFIX + 1) + raised(exponent.text), POWER
    return None


def _hatted(writer: Writer, formula: Call) -> Text | None:
    inner = hats(formula, writer.style)
    hat = hatted(inner.base, long=True) if inner is not None else None
    if hat is not None:
        return hat, POSTFIX if RAISED_RIGHT in hat else ATOM
    if is_number(formula.args[0]):  # [1; 2] is a column
        return writer.called(formula.op, formula.args), ATOM
    return None


def _inverse(writer: Writer, formula: Call) -> Text:
    return writer.held(formula.args[0], POSTFIX + 1) + "⁻¹", INVERSE


def _transposed(writer: Writer, formula: Call) -> Text | None:
    (inner,) = formula.args
    if isinstance(inner, Call) and inner.op == "inv":
        return writer.held(inner.args[0], POSTFIX + 1) + "⁻ᵀ", INVERSE
    return None


def _sized(writer: Writer, formula: Call) -> Text | None:
    """Return Iₙ or 1ₙ, where Unicode has the sizes as subscripts and no quantity is called so."""
    sizes = tuple(each.base if isinstance(each, Name) else writer.show(each) for each in formula.args)
    subscript = lowered(sizes) if all(len(size) == 1 for size in sizes) else None
    if subscript is None or (formula.op == "eye" and "I" in writer.style.whole):
        return None
    return ("I" if formula.op == "eye" else "1") + subscript, ATOM


def _above(writer: Writer, formula: Call) -> Text | None:
    """Return 1[x > y] where it is one."""
    return (f"1[{' > '.join(compared(writer, formula))}]", ATOM) if is_indicator(formula) else None


def _largest(writer: Writer, formula: Call) -> Text | None:
    sides = largest(writer, formula)
    return (f"1[{' ≥ '.join(sides)}]", ATOM) if sides is not None else None


def _kron(writer: Writer, formula: Call) -> Text:
    return kronecker(writer, formula, " ⊗ "), KRONECKER


def _slid(writer: Writer, formula: Call) -> Text | None:
    return slid(writer, formula, " ⋆ ")


def _sum_over(writer: Writer, formula: Call) -> Text:
    index, body, *ends = formula.args
    subscript = lowered((index.base,)) if isinstance(index, Name) else None
    if subscript is None or ends or any(isinstance(part, Call) and part.op in TAKING for part in parts(body)):
        return _over(writer, formula)
    return f"{'∑' if 'Sigma' in writer.style.whole else 'Σ'}{subscript} {writer.held(body, OPEN)}", OPEN


def _paper_entry(writer: Writer, formula: Call) -> Text:
    whole, *index = formula.args
    subscript = lowered(tuple(map(str, index)))
    if subscript is None or (isinstance(whole, Name) and not whole.index and whole.of is None):
        return _entry(writer, formula)
    return _entered(writer, whole) + subscript, ATOM


def _paper_part(writer: Writer, formula: Call) -> Text:
    """Write an entry with its index below the line, where Unicode has it."""
    own = entry_of(formula)
    if own is not None and own.base in writer.style.whole:
        return _quantity(own, writer.style), ATOM
    inner, ranges = ranges_of(writer, formula)
    subscript = lowered(tuple(map(int, ranges))) if all(map(str.isdecimal, ranges)) else None
    if subscript is None or not isinstance(inner, Call) or inner.op in ("column", "matrix", *TAKING):
        return _part(writer, formula)
    return _entered(writer, inner) + subscript, ATOM


def _paper_differential(writer: Writer, formula: Call) -> Text:
    """Return dz for a quantity z, where neither dz nor an entry of it could be meant."""
    (inner,) = formula.args
    if isinstance(inner, Name) and inner.of is None and inner.base in writer.style.whole:
        shown = _quantity(inner, writer.style)
        word = canonical_name("d" + inner.base)
        taken = {word, f"{word}{inner.index[0]}" if inner.index else word, (word or "").rstrip("0123456789")}
        if shown[-1] not in ")]" and shown[0] != "(" and not taken & writer.style.whole:
            return "d" + shown, POSTFIX
    return _differential(writer, formula)


def _paper_derivative(writer: Writer, formula: Call) -> Text:
    of, by = formula.args
    shown = writer.show(of)
    if not (isinstance(of, Call) and of.op == "entry" and shown[-1] != "]" and shown[0] == "("):
        shown = f"({shown})"
    return f"∂{shown}/∂{writer.show(by)}", ATOM


def _paper_delta(writer: Writer, formula: Call) -> Text:
    subscript = lowered(tuple(map(str, formula.args)))
    if subscript is None or "delta" in writer.style.whole:
        return _delta(writer, formula)
    return "δ" + subscript, ATOM


def _fenced(fence: Fence, text: str) -> str:
    below = lowered((int(fence.below),)) if fence.below.isdecimal() else f"_{fence.below}" if fence.below else ""
    return f"{fence.left}{text}{fence.right}{below}"


_PAPER = Alphabet(
    number=lambda formula: (formula.text, ATOM),
    name=_name,
    word=lambda notation: notation.unicode or notation.word,
    sign=lambda notation: notation.unicode,
    bracketed=_bracketed,
    joined=_paper_join,
    special={
        **_SPECIAL,
        "pow": _power,
        "intercept": _hatted,
        "trim": _hatted,
        "inv": _inverse,
        "transpose": _transposed,
        "eye": _sized,
        "ones": _sized,
        "above": _above,
        "is_largest": _largest,
        "half_turns": lambda _, formula: ("π", ATOM) if formula is PI else None,
        "kron": _kron,
        "conv2d": _slid,
        "over_sum": _sum_over,
        "entry": _paper_entry,
        **dict.fromkeys(TAKING, _paper_part),
        "differential": _paper_differential,
        "derivative": _paper_derivative,
        "delta": _paper_delta,
    },
    pattern=lambda notation: notation.paper,
    fenced=_fenced,
)
