"""Writes the man page `man/nncalc.1` from the help of every command: `python docs/manual.py`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import typer

from nncalc import __version__
from nncalc.cli.app import COMMANDS, app

PAGE = Path(__file__).parent / "man" / "nncalc.1"
#: From how many commands on an option is explained once, for all.
SEVERAL = 3
SUMMARY = "a calculator that shows its work on small neural networks"
EXIT = {
    "0": "It is done.",
    "1": "A check found a difference, an answer is wrong, or training failed.",
    "2": "The input was wrong; standard error says where, and what to do.",
}
ENVIRONMENT = {
    "NO_COLOR, CLICOLOR=0": "Print without colour.",
    "FORCE_COLOR, CLICOLOR_FORCE": "Print in colour, in a pipe too. NO_COLOR goes before them.",
    "PAGER": "What --pager prints through; less where it is not set.",
    "COLUMNS": "How wide a page may be on a terminal.",
}


def manual() -> str:
    """Return the page, as groff and mandoc read it."""
    group = typer.main.get_command(app)
    with group.make_context("nncalc", ["--help"], resilient_parsing=True) as context:
        commands = {name: group.get_command(None, name) for name in COMMANDS}
        records = {
            name: command.make_context(name, [], parent=context, resilient_parsing=True)
            for name, command in commands.items()
        }
        options = {name: _records(commands[name], records[name]) for name in commands}
        seen = Counter(record for found in options.values() for record in found)
        shared = [record for record, count in seen.items() if count >= SEVERAL]
        lines = [
            f'.TH NNCALC 1 "" "nncalc {__version__}" "User Commands"',
            ".ad l",
            ".nh",
            *_section("NAME", rf"nncalc \- {SUMMARY}"),
            *_section("SYNOPSIS", r"\fBnncalc\fR \fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]"),
            *_section("DESCRIPTION"),
            *_described(group.help),
            *_section("COMMANDS"),
        ]
        for name, command in commands.items():
            usage = " ".join(command.collect_usage_pieces(records[name]))
            lines += [rf'.SS "nncalc {name}"', rf"\fBnncalc {name}\fR {_text(usage)}", ".PP", *_described(command.help)]
            own = [record for record in options[name] if record not in shared]
            also = [record[0].split(" ")[0].rstrip(",") for record in options[name] if record in shared]
            also.remove("-h")
            lines += _listed(own)
            lines += [".PP", _text(f"And, as of several commands: {', '.join(also)}.")] if also else []
        lines += [*_section("OPTIONS OF SEVERAL COMMANDS"), *_listed(shared)]
        lines += [*_section("OPTIONS WITHOUT A COMMAND"), *_listed(_records(group, context))]
    lines += [*_section("EXIT STATUS"), *_listed(EXIT.items())]
    lines += [*_section("ENVIRONMENT"), *_listed(ENVIRONMENT.items())]
    return "".join(f"{line}\n" for line in lines)


def _records(command: Any, context: Any) -> list[tuple[str, str]]:
    """Return the options of a command, and its arguments, as its help has them."""
    found = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    return [tuple(each) for each in found if each is not None]


def _section(heading: str, *lines: str) -> list[str]:
    return [f'.SH "{heading}"', *lines]


def _described(text: str) -> list[str]:
    """Return what a command says of itself, its examples line by line."""
    words, _, examples = text.partition("\n\n\b\nExamples:\n")
    found = [part for each in words.split("\n\n") for part in (".PP", _text(" ".join(each.split())))][1:]
    if examples:
        lines = [_text(line.removeprefix("  ")) for line in examples.splitlines()]
        found += [".PP", ".nf", ".RS 2", *lines, ".RE", ".fi"]
    return found


def _listed(records: Any) -> list[str]:
    """Return words with what they mean, one under the other."""
    return [line for word, said in records for line in (".TP", rf"\fB{_text(word)}\fR", _text(said))]


#: Signs that roff would read, or draw, as others.
_SIGNS = str.maketrans({"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"})


def _text(text: str) -> str:
    """Return text whose signs stay as they are, and that begins with nothing that is an order."""
    return (r"\&" if text.startswith(".") else "") + text.translate(_SIGNS)


def main() -> None:
    """Write the page anew."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(manual(), encoding="utf-8")


if __name__ == "__main__":
    main()
