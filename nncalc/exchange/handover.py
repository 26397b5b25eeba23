"""What is handed over to another program."""

from __future__ import annotations

from typing import NamedTuple


class Written(NamedTuple):
    """The bytes of a file, and what is to be said of it."""

    data: bytes
    remarks: tuple[str, ...] = ()
