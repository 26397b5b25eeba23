r"""The alphabet of LaTeX, for amsmath and amssymb, inside mathematics.

Nothing in a name acts in LaTeX: it is letters, digits and `_`. Letters beyond ASCII stand in words as they are. Loaded
only where LaTeX is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from nncalc.language.alphabet import GREEK, SHORT, layer_of, parted
from nncalc.language.brackets import (
    ATOM,
    FRACTION,
    KRONECKER,
    OPEN,
    POWER,
    PRODUCT,
    SUM,
    Alphabet,
    Style,
    Text,
    Writer,
    added,
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
    terms,
)
from nncalc.language.formula import ACROSS, BOX, DOWN, PI, Call, Formula, Name, Num
from nncalc.language.indexing import TAKING, entry_of
from nncalc.language.parser import is_number
from nncalc.ops import OPS
from nncalc.ops.elementary import UNKNOWN_FUNCTIONS
from nncalc.ops.kinds import Fence, Function, Infix, Postfix, Prefix

#: What is taller than a letter, so that brackets around it must grow.
_TALL = (r"\frac", r"\left", r"\begin", r"\sum")
#: How many columns the matrices of amsmath have.
_MOST_COLUMNS = 10


def quantity(base: str) -> str:
    r"""Return the name `base` as LaTeX spells it.

    >>> quantity("theta1"), quantity("yhat"), quantity("W_out"), quantity("größe")
    ('\\theta_{1}', '\\hat{y}', '\\mathrm{W\\_out}', '\\text{größe}')
    >>> quantity("mu_k"), quantity("xhat"), quantity("muhat_1"), quantity("in_size")
    ('{\\mu_{k}}', '\\hat{x}', '{\\hat{\\mu}_{1}}', '\\mathrm{in\\_size}')
    """
    if base == "loss":
        return r"\ell"
    over, _, under = base.partition("_")
    letter = _letter(over)
    if letter is not None and (under.isdecimal() or _letter(parted(under)[0]) is not None):
        return rf"{{{letter}_{{{under if under.isdecimal() else quantity(under)}}}}}"
    stem, digits = parted(base)
    letter = _letter(stem)
    if letter is not None:
        return letter + (f"_{{{digits}}}" if digits else "")
    return rf"\{'mathrm' if base.isascii() else 'text'}{{{base.replace('_', chr(92) + '_')}}}"


def _letter(stem: str) -> str | None:
    """Return one letter of mathematics, or None where `stem` is a word."""
    if stem.endswith("hat") and _letter(stem.removesuffix("hat")) is not None:
        return rf"\hat{{{_letter(stem.removesuffix('hat'))}}}"
    word = SHORT.get(stem, stem)
    if word in GREEK and word != "omicron":
        return rf"\{word}"
    return stem if len(stem) == 1 and stem.isascii() else None


def _bracketed(text: str) -> str:
    return rf"\left({text}\right)" if any(tall in text for tall in _TALL) else f"({text})"


def _number(formula: Num) -> Text:
    if formula.text == BOX:
        return r"\underline{\hspace{4em}}", ATOM
    if formula.text in (ACROSS, DOWN):
        return r"\cdots" if formula.text == ACROSS else r"\vdots", ATOM
    mantissa, mark, exponent = formula.text.lower().partition("e")
    if not mark:
        return formula.text, ATOM
    power = f"10^{{{int(exponent)}}}"
    return (power, POWER) if mantissa == "1" else (rf"{mantissa} \cdot {power}", PRODUCT)


def _name(formula: Name, style: Style) -> Text:
    if formula.of is not None:
        above, below = _entry_of(formula.of, style), _entry_of(formula, style)
        return rf"\frac{{\partial {above}}}{{\partial {below}}}", FRACTION
    return _entry_of(formula, style), POWER if is_layer(formula, style) else ATOM


def slashed(formula: Name, style: Style) -> str:
    """Return a name for a line of words, where a fraction would be too tall."""
    shown = _entry_of(formula, style)
    return shown if formula.of is None else rf"\partial {_entry_of(formula.of, style)}/\partial {shown}"


def _entry_of(formula: Name, style: Style, above: str = "") -> str:
    """Return a name or entry with a mark `above` the digits of a layer, leaving aside what it is the derivative of."""
    found = layer_of(formula.base)
    if found is not None and is_layer(formula, style):
        stem, digits = found
        shown = rf"{quantity(stem)}^{{({digits}){above}}}"
    elif is_taken(formula.base, style):
        shown = rf"\mathrm{{{formula.base}}}"
    else:
        shown = quantity(formula.base)
    return f"{shown}_{{{_subscript(formula.index)}}}" if formula.index else shown


def _subscript(index: Sequence[int | str]) -> str:
    return ",".join(quantity(part) if isinstance(part, str) else str(part) for part in index)


def _index(index: Sequence[Formula]) -> str:
    return _subscript([part.base if isinstance(part, Name) else str(part) for part in index])


def _word(notation: Function) -> str:
    return notation.latex or rf"\operatorname{{{notation.word.replace('_', chr(92) + '_')}}}"


def _sign(notation: Infix | Prefix | Postfix) -> str:
    return notation.latex.strip() or notation.sign


def _joined(writer: Writer, formula: Call, before: str, after: str) -> Text:
    notation = OPS[formula.op].notation
    assert isinstance(notation, Infix)
    if formula.op == "mul":
        if writer.style.dot or after[0] in "0123456789-" or is_number(formula.args[1]):
            return rf"{before} \cdot {after}", notation.strength
        apart = r" \, " if _is_word(formula.args[0]) or _is_word(formula.args[1]) else " "
        return before + apart + after, notation.strength
    return f"{before} {_sign(notation)} {after}", notation.strength


def _is_word(formula: Formula) -> bool:
    """Return whether a factor begins or ends in a name of several letters, which needs room beside another."""
    while isinstance(formula, Call) and formula.op == "mul":
        formula = formula.args[1]
    return isinstance(formula, Name) and not formula.of and quantity(formula.base).startswith((r"\mathrm", r"\text"))


# -- notations of their own ---------------------------------------------------------------------


def _fraction(writer: Writer, formula: Call) -> Text:
    above, below = (_without_bar(writer, part) for part in formula.args)
    return rf"\frac{{{above}}}{{{below}}}", FRACTION


def _without_bar(writer: Writer, formula: Formula) -> str:
    """Return what stands in a fraction; a quotient there has no second bar."""
    if isinstance(formula, Call) and formula.op == "div":
        above, below = formula.args
        return f"{writer.held(above, PRODUCT)} / {writer.held(below, PRODUCT + 1)}"
    return writer.show(formula)


def _raised(writer: Writer, base: Formula, exponent: str) -> Text:
    """Return a base with an exponent; a base that has one already is in brackets, as LaTeX wants one a letter."""
    return f"{writer.held(base, POWER + 1)}^{{{exponent}}}", POWER


def _power(writer: Writer, formula: Call) -> Text:
    return _raised(writer, formula.args[0], writer.show(formula.args[1]))


def _entry_power(writer: Writer, formula: Call) -> Text:
    return _raised(writer, formula.args[0], rf"\circ {writer.held(formula.args[1], POWER)}")


def _above(writer: Writer, formula: Call) -> Text | None:
    return (rf"\mathbf{{1}}[{' > '.join(compared(writer, formula))}]", ATOM) if is_indicator(formula) else None


def _largest(writer: Writer, formula: Call) -> Text | None:
    sides = largest(writer, formula)
    return (rf"\mathbf{{1}}[{sides[0]} \ge {sides[1]}]", ATOM) if sides is not None else None


def _transpose(writer: Writer, formula: Call) -> Text:
    (inner,) = formula.args
    if isinstance(inner, Name) and inner.of is None and is_layer(inner, writer.style):
        return _entry_of(inner, writer.style, r"\top"), POWER
    if isinstance(inner, Call) and inner.op == "inv":
        return _raised(writer, inner.args[0], r"-\top")
    return _raised(writer, inner, r"\top")


def _inverse(writer: Writer, formula: Call) -> Text:
    return _raised(writer, formula.args[0], "-1")


def _fenced(fence: Fence, text: str) -> str:
    left, right = fence.latex_left, fence.latex_right
    found = rf"\left{left} {text} \right{right}" if any(tall in text for tall in _TALL) else f"{left} {text} {right}"
    return found + (f"_{{{fence.below}}}" if fence.below else "")


def _kron(writer: Writer, formula: Call) -> Text:
    return kronecker(writer, formula, r" \otimes "), KRONECKER


def _slid(writer: Writer, formula: Call) -> Text | None:
    return slid(writer, formula, r" \star ")


def _hatted(writer: Writer, formula: Call) -> Text | None:
    inner = hats(formula, writer.style)
    if inner is None:
        return None
    stem, digits = parted(inner.base)
    letter = _letter(stem)
    hat = rf"\hat{{{letter}}}" if letter is not None else rf"\widehat{{{quantity(stem)}}}"
    return (f"{hat}^{{({digits})}}", POWER) if digits else (hat, ATOM)


def _direct(writer: Writer, formula: Call) -> Text:
    return rf"\left.{writer.show(formula.args[0])}\right|_{{\text{{direct}}}}", ATOM


def _ones(writer: Writer, formula: Call) -> Text:
    sizes = r" \times ".join(writer.held(size, PRODUCT + 1) for size in formula.args)
    return rf"\mathbf{{{'1' if formula.op == 'ones' else '0'}}}_{{{sizes}}}", ATOM


def _brackets(writer: Writer, formula: Call) -> Text:
    rows = [" & ".join(map(writer.show, row)) for row in rows_of(formula)]
    columns = max(len(row) for row in rows_of(formula))
    body = r" \\ ".join(rows)
    if columns > _MOST_COLUMNS:
        return rf"\left[\begin{{array}}{{{'c' * columns}}} {body} \end{{array}}\right]", ATOM
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}", ATOM


def _part(writer: Writer, formula: Call) -> Text:
    """Write indices and slices below what they are of: A with 1:n and a colon for all."""
    own = entry_of(formula)
    if own is not None:
        return _name(own, writer.style)
    inner, ranges = ranges_of(writer, formula)
    text = writer.held(inner, ATOM)
    text = f"{{{text}}}" if "_" in text and text[0] not in "{(" else text
    return f"{text}_{{{(',' if all(':' not in each for each in ranges) else f',{chr(92)},').join(ranges)}}}", ATOM


def _sum_over(writer: Writer, formula: Call) -> Text:
    index, body, *ends = formula.args
    if ends:
        first, last = map(writer.show, ends)
        return rf"\sum_{{{_index([index])}={first}}}^{{{last}}} {writer.held(body, OPEN)}", OPEN
    return rf"\sum_{{{_index([index])}}} {writer.held(body, OPEN)}", OPEN


def _over(writer: Writer, formula: Call) -> Text:
    index, body, *_ = formula.args
    word = formula.op.removeprefix("over_")
    return rf"\operatorname{{{word}}}_{{{_index([index])}}}{_bracketed(writer.show(body))}", ATOM


def _entry(writer: Writer, formula: Call) -> Text:
    whole, *index = formula.args
    called = isinstance(whole, Call) and writer.show(whole)[-1] == ")" and writer.text(whole)[1] == ATOM
    text = writer.show(whole) if called else _bracketed(writer.show(whole))
    return f"{text}_{{{_index(index)}}}", ATOM


def _differential(writer: Writer, formula: Call) -> Text:
    (inner,) = formula.args
    if isinstance(inner, Name) and inner.of is None and _letter(inner.base.rstrip("0123456789")) is not None:
        return rf"\mathrm{{d}}{writer.show(inner)}", ATOM
    return rf"\mathrm{{d}}{_bracketed(writer.show(inner))}", ATOM


def _derivative(writer: Writer, formula: Call) -> Text:
    of, by = formula.args
    above = writer.show(of) if isinstance(of, Call) and of.op == "entry" else _bracketed(writer.show(of))
    return rf"\frac{{\partial {above}}}{{\partial {writer.show(by)}}}", FRACTION


def _generic(writer: Writer, formula: Call) -> Text:
    inner, called, order = formula.args
    return writer.called(quantity(UNKNOWN_FUNCTIONS[int(str(called))]) + "'" * int(str(order)), (inner,)), ATOM


def _delta(_: Writer, formula: Call) -> Text:
    return rf"\delta_{{{_index(formula.args)}}}", ATOM


#: Where a line may be broken: before a sign, or where factors stand side by side, which want a dot on the next line.
_SIGN, _BARE = "\n", "\f"
_DEPTH = re.compile(r"\\begin|\\left(?![A-Za-z])|\\end|\\right(?![A-Za-z])|\\.|[{}\n\f]")
_DEEPER = (r"\begin", r"\left", "{")


class Piece(NamedTuple):
    """A part of a formula from one sign to the next; a `bare` one is a factor without a sign before it."""

    text: str
    bare: bool


def pieces(formula: Formula, style: Style) -> list[Piece]:
    """Return what a formula may be parted into, where a line is too short for all of it."""
    text = Writer(style, _MARKED).show(formula)
    found, start, depth, bare = [], 0, 0, False
    for each in _DEPTH.finditer(text):
        mark = each[0]
        if mark in (_SIGN, _BARE):
            if not depth:
                found.append(Piece(_unmarked(text[start : each.start()]), bare))
                start, bare = each.end(), mark == _BARE
        elif mark in _DEEPER:
            depth += 1
        elif mark in (r"\end", r"\right", "}"):
            depth -= 1
    return [*found, Piece(_unmarked(text[start:]), bare)]


def _unmarked(text: str) -> str:
    return text.replace(_SIGN, "").replace(_BARE, "").strip()


def _marked(writer: Writer, formula: Call, before: str, after: str) -> Text:
    text, strength = _joined(writer, formula, before, after)
    end = len(before)
    bare = formula.op == "mul" and not text[end:].startswith(r" \cdot")
    return f"{text[:end]}{_BARE if bare else _SIGN}{text[end:]}", strength


def _marked_sum(writer: Writer, formula: Call) -> Text:
    return f" {_SIGN}".join(terms(writer, formula)), SUM


LATEX = Alphabet(
    number=_number,
    name=_name,
    word=_word,
    sign=_sign,
    bracketed=_bracketed,
    joined=_joined,
    special={
        "add": added,
        "div": _fraction,
        "pow": _power,
        "hpow": _entry_power,
        "transpose": _transpose,
        "above": _above,
        "is_largest": _largest,
        "half_turns": lambda _, formula: (r"\pi", ATOM) if formula is PI else None,
        "inv": _inverse,
        "kron": _kron,
        "conv2d": _slid,
        "intercept": _hatted,
        "trim": _hatted,
        "ones": _ones,
        "zeros": _ones,
        "column": _brackets,
        "generic": _generic,
        "row": _brackets,
        "matrix": _brackets,
        **dict.fromkeys(TAKING, _part),
        **{f"over_{op.name}": _over for op in OPS.values() if op.runs},
        "over_sum": _sum_over,
        "entry": _entry,
        "differential": _differential,
        "derivative": _derivative,
        "delta": _delta,
        "direct": _direct,
    },
    pattern=lambda notation: notation.tex,
    fenced=_fenced,
    each=lambda over: rf"\text{{each {over.removesuffix('s')}}}",
)
_MARKED = LATEX._replace(joined=_marked, special={**LATEX.special, "add": _marked_sum})
