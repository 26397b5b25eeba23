"""Letters: how a name is spelled in ASCII and on paper.

`alpha` and α, `yhat` and ŷ, `loss` and ℓ, `z1` and z₁ are one name; its ASCII spelling
is the name itself. Knows letters, not formulas.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import cache

GREEK = dict(
    zip(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "omicron",
            "pi",
            "rho",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "chi",
            "psi",
            "omega",
        ],
        "αβγδεζηθικλμνξοπρστυφχψω",
        strict=True,
    )
) | dict(
    zip(
        ["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"],
        "ΓΔΘΛΞΠΣΥΦΨΩ",
        strict=True,
    )
)
#: Words that are written with the letter of another, where no quantity has that one's name.
SHORT = {"lam": "lambda", "eps": "epsilon"}
WORDS = {letter: word for word, letter in GREEK.items()} | {"ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "ς": "sigma"}
SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
#: The letters that Unicode has as subscripts, for index variables.
LETTERS = "aehijklmnoprstuvx"
LOW_LETTERS = "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
#: What stands around the digits of a name that has entries: W⁽¹⁾.
RAISED_LEFT, RAISED_RIGHT = "⁽⁾"
HAT = "\u0302"
_LOWER = str.maketrans("0123456789,", SUBSCRIPTS + ",")
_LOWER_INDEX = str.maketrans("0123456789," + LETTERS, SUBSCRIPTS + "," + LOW_LETTERS)
_RAISE = str.maketrans("0123456789", SUPERSCRIPTS)
_PLAIN = str.maketrans(SUBSCRIPTS + SUPERSCRIPTS, "01234567890123456789")
_PLAIN_INDEX = str.maketrans(SUBSCRIPTS + LOW_LETTERS, "0123456789" + LETTERS)
#: Signs of paper that stand in words, and how they are typed.
_TYPED = str.maketrans(
    {
        "×": "x", "·": "*", "⊙": ".*", "⊘": "./", "−": "-", "→": "->", "≠": "!=", "≈": "~=", "′": "'", "½": "1/2",
        "‖": "||", "∂": "d", "…": "...", "ŷ": "yhat", "ℓ": "loss",
        **{digit: f"_{place}" for place, digit in enumerate(SUBSCRIPTS)},
        **{digit: f"^{place}" for place, digit in enumerate(SUPERSCRIPTS)},
        RAISED_LEFT: "(", RAISED_RIGHT: ")",
        "←": "<-", "█": "#", "▌": "",
        **WORDS,
    }
)  # fmt: skip
_LAYER = re.compile(f"[{SUPERSCRIPTS}]+(?:,[{SUPERSCRIPTS}]+)*")
#: Digits at the end of a name: of one thing, or of several in each other.
_NUMBERED = re.compile(r"(.*[^\d_])(\d+(?:_\d+)*)", re.ASCII)
_LEGAL = re.compile(r"[^\W\d_]\w*")


def canonical_name(text: str) -> str | None:
    """Return the name that `text` spells, in its ASCII or plainest form, or None if it spells none.

    >>> canonical_name("α₁"), canonical_name("ŷ"), canonical_name("ℓ"), canonical_name("W⁽¹⁾"), canonical_name("a b")
    ('alpha1', 'yhat', 'loss', 'W1', None)
    """
    if text.isascii():
        return text if _LEGAL.fullmatch(text) else None
    if text == "ℓ":
        return "loss"
    if text[-1] == RAISED_RIGHT:
        before, _, layer = text[:-1].partition(RAISED_LEFT)
        stem = canonical_name(before)
        layered = stem and not stem[-1].isdecimal() and _LAYER.fullmatch(layer)
        return f"{stem}{plain(layer).replace(',', '_')}" if layered else None
    text = unicodedata.normalize("NFC", text)
    body = text.rstrip(SUBSCRIPTS).rstrip("0123456789")
    digits = text[len(body) :].translate(_PLAIN)
    if body in ("ŷ", "y" + HAT):
        return "yhat" + digits
    body = unicodedata.normalize("NFKC", body)
    body = "_".join(_word(each) for each in body.split("_")) if "_" in body else WORDS.get(body, body)
    word = body + digits
    return word if _LEGAL.fullmatch(word) and not any(c in HAT for c in word) else None


def _word(letter: str) -> str:
    """Return the word for a letter with something below it."""
    plain = unicodedata.normalize("NFD", letter)
    return f"{plain[0]}hat" if len(plain) == 2 and plain[1] == HAT else WORDS.get(letter, letter)


def below(word: str) -> tuple[str, str] | None:
    """Return a letter, or a letter and `hat`, and the word below it, of a name such as `m_alpha`; None of any other.

    >>> below("m_alpha"), below("mhat_W1"), below("W_out"), below("in_W")
    (('m', 'alpha'), ('mhat', 'W1'), None, None)
    """
    letter, found, rest = word.partition("_")
    stem = rest.rstrip("0123456789")
    one = len(letter.removesuffix("hat")) == 1 and letter.isascii()
    return (letter, rest) if found and one and (len(stem) == 1 or stem in GREEK) else None


@cache
def spelled(word: str) -> str:
    """Return the name `word` as it is written on paper.

    >>> spelled("alpha"), spelled("z1"), spelled("yhat"), spelled("W_out"), spelled("m_alpha"), spelled("lam")
    ('α', 'z₁', 'ŷ', 'W_out', 'm_α', 'λ')
    """
    if word == "loss":
        return "ℓ"
    parts = below(word)
    if parts is not None:
        letter, rest = parts
        hat = unicodedata.normalize("NFC", letter[0] + HAT) if letter.endswith("hat") else letter
        return f"{hat}_{GREEK.get(rest, rest)}"
    stem, digits = parted(word)
    letter = _letter(stem)
    if digits and (len(letter) > 1 or "_" in stem):
        return letter + digits
    return letter + digits.translate(_LOWER)


def _letter(stem: str) -> str:
    return "ŷ" if stem == "yhat" else GREEK.get(SHORT.get(stem, stem), stem)


def meant(word: str, names: Container[str]) -> str:
    """Return which of some names a word spells: `lam` and `lambda` are one letter, where only one of them is a name.

    >>> meant("lambda", {"lam"}), meant("lam1", {"lambda1"}), meant("lam", {"lam", "lambda"}), meant("x", {"lam"})
    ('lam', 'lambda1', 'lam', 'x')
    """
    if word in names:
        return word
    stem, digits = parted(word)
    others = [other for pair in SHORT.items() for other in pair if stem in pair and other != stem]
    return next((other + digits for other in others if other + digits in names), word)


def parted(word: str) -> tuple[str, str]:
    """Return a name and the digits that it ends in.

    >>> parted("W12"), parted("x")
    (('W', '12'), ('x', ''))
    """
    stem = word.rstrip("0123456789")
    return stem, word[len(stem) :]


def layered(word: str) -> str:
    """Return the name of a quantity that has entries as it is written on paper: its digits count a layer.

    >>> layered("W1"), layered("yhat"), layered("hidden12"), layered("K2_1")
    ('W⁽¹⁾', 'ŷ', 'hidden⁽¹²⁾', 'K⁽²,¹⁾')
    """
    found = layer_of(word)
    return f"{spelled(found[0])}{RAISED_LEFT}{raised(found[1])}{RAISED_RIGHT}" if found else spelled(word)


def layer_of(word: str) -> tuple[str, str] | None:
    """Return a name and the numbers that it ends in, those of a layer and of what is in it, if there are any.

    >>> layer_of("W12"), layer_of("K2_1"), layer_of("x_1"), layer_of("x")
    (('W', '12'), ('K', '2,1'), None, None)
    """
    found = _NUMBERED.fullmatch(word)
    return (found[1], found[2].replace("_", ",")) if found else None


def lowered(index: tuple[int | str, ...]) -> str | None:
    """Return an index as a subscript, or None where Unicode lacks a letter of it.

    >>> lowered((1, 0)), lowered(("i", "k")), lowered(("q",))
    ('₁,₀', 'ᵢ,ₖ', None)
    """
    text = ",".join(map(str, index)).translate(_LOWER_INDEX)
    return text if all(c in SUBSCRIPTS or c in LOW_LETTERS or c == "," for c in text) else None


def indexed(subscript: str) -> tuple[int | str, ...]:
    """Return the index that a subscript spells: what `lowered` came from."""
    found = subscript.translate(_PLAIN_INDEX).split(",")
    return tuple(int(part) if part.isdecimal() else part for part in found)


def raised(text: str) -> str:
    """Return digits as a superscript."""
    return text.translate(_RAISE)


def plain(text: str) -> str:
    """Return subscript and superscript digits as ordinary ones."""
    return text.translate(_PLAIN)


def hatted(word: str, *, long: bool = False) -> str | None:
    """Return the name of one letter with a hat, the mark of a folded intercept, or None where it has none.

    ŷ is a name of its own, so y takes no hat. A `long` name may have one on its first letter.

    >>> hatted("z1"), hatted("y"), hatted("hidden"), hatted("hidden", long=True)
    ('ẑ⁽¹⁾', None, None, 'ĥidden')
    """
    stem, _ = parted(word)
    body = spelled(stem)
    if long and len(body) > 1 and word.isascii() and stem.isalpha() and body[0] != "y" and not stem.endswith("hat"):
        return unicodedata.normalize("NFC", body[0] + HAT) + layered(word)[1:]
    if len(body) != 1 or body == "y" or not body.isalpha() or body == "ℓ" or stem.endswith("hat"):
        return None
    return unicodedata.normalize("NFC", body + HAT) + layered(word)[1:]


def in_ascii(text: str) -> str:
    """Return words with the signs and letters of paper as they are typed; what is neither stays.

    >>> in_ascii("(d·n)×1"), in_ascii("‖A‖₂′ = 0 at 0"), in_ascii("n×1 − ½ ŷ")
    ('(d*n)x1', "||A||_2' = 0 at 0", 'nx1 - 1/2 yhat')
    """
    return text if text.isascii() else text.translate(_TYPED)


def listed(text: str) -> list[str]:
    """Return the names in `text`; a comma inside an index does not part them.

    >>> listed("x, alpha[1,1],α₁,₂")
    ['x', 'alpha[1,1]', 'α₁,₂']
    """
    found, depth = [""], 0
    for place, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0 and text[place + 1 : place + 2] not in SUBSCRIPTS:
            found.append("")
        else:
            found[-1] += character
    return [part.strip() for part in found]
