"""Names in a list, as they are typed."""

from __future__ import annotations

from nncalc.language.alphabet import SUBSCRIPTS


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
