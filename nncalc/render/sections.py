"""The sections of a worksheet, in reading order."""

from __future__ import annotations

from nncalc.sheet.worksheet import Line, Worksheet

HEADINGS = {"given": "Given", "forward": "Forward", "backward": "Backward"}


def with_shapes(worksheet: Worksheet) -> bool:
    """Return whether shapes are worth a word: in vector form, where something is larger than a number."""
    return worksheet.form == "vector" and any(line.shape != (1, 1) for line in worksheet.lines)


def sections(worksheet: Worksheet) -> list[tuple[str, list[Line]]]:
    """Return each heading that has lines, with its lines."""
    found = [(heading, worksheet.phase(phase)) for phase, heading in HEADINGS.items()]
    return [(heading, lines) for heading, lines in found if lines]
