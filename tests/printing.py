"""What a command prints of a calculation, as one text."""

from __future__ import annotations

from typing import Literal

from nncalc.cli import presentation
from nncalc.cli.presentation import Wish
from nncalc.sheet.calculation import Calculation


def present(command: Literal["forward", "backward"], found: Calculation, wish: Wish) -> str:
    return "".join(presentation.present(command, found, wish))
