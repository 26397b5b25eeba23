"""Whether what is printed is in colour: what the environment says of that, in the words that programs agree on."""

from __future__ import annotations

import os


def is_forced() -> bool:
    """Return whether a page is in colour wherever it goes."""
    return any(os.getenv(word, "0") not in ("", "0") for word in ("FORCE_COLOR", "CLICOLOR_FORCE"))


def is_wanted() -> bool:
    """Return whether a page that may be in colour is; NO_COLOR goes before all else, and a dumb terminal has none."""
    if os.getenv("NO_COLOR"):
        return False
    return is_forced() or (os.getenv("CLICOLOR") != "0" and os.getenv("TERM") not in ("dumb", "unknown"))
