"""Runs the program in copies of a process that has its modules, and no threads, which those of other libraries are."""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import nncalc.commands
import nncalc.render

_COPIES = multiprocessing.get_context("forkserver")
_ROOMS = (nncalc.commands, nncalc.render)
_COPIES.set_forkserver_preload(
    [f"{room.__name__}.{each.name}" for room in _ROOMS for each in pkgutil.iter_modules(room.__path__)]
)


def copied(words: list[str], desk: Path) -> tuple[str, int]:
    """Run the program in a folder; return what it prints and its exit status."""
    source, sink = _COPIES.Pipe(duplex=False)
    process = _COPIES.Process(target=_run, args=(words, str(desk), sink))
    process.start()
    sink.close()
    with os.fdopen(os.dup(source.fileno()), encoding="utf-8") as printed:
        text = printed.read()
    process.join()
    assert process.exitcode is not None
    return text, process.exitcode


def _run(words: list[str], desk: str, sink: Connection) -> None:
    from nncalc.cli.app import run

    status = 1
    try:
        os.chdir(desk)
        os.environ.update({"HOME": desk, "LANG": "C.UTF-8"})
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
        sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8")  # each line at once, as it is
        status = run(words)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)
