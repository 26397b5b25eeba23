"""The program: which commands there are, how a problem is printed, which exit status follows.

0 done, 1 a check found a difference, 2 the input was wrong. A command's module is imported
when the command is called, so that one costs nothing to the others.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from itertools import pairwise
from keyword import iskeyword
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from nncalc import __version__
from nncalc.interface.depth import deep
from nncalc.problems import Problem, Span, Where

#: What Typer raises for a command line it cannot use.
UsageError: type[Exception] = typer.BadParameter.__mro__[2]

#: Every command, and what it is for; `nncalc.commands.NAME` holds the function NAME.
COMMANDS = {
    "forward": "Run a network or a formula forward.",
    "backward": "Run it forward and backward: the loss and its gradients.",
    "train": "Take steps of an optimizer: every update a line, or the loss along the way.",
    "check": "Check gradients against another method, or your answers: where is the mistake?",
    "worksheet": "Print a worked page with boxes to fill in, and the key to it.",
    "graph": "Draw the computation graph, as DOT for Graphviz.",
    "derive": "Derive a gradient, a Jacobian or a Hessian of matrices, step by step.",
    "shapes": "Match shapes: of a chain of derivatives, or of all a network has.",
    "export": "Write a network as a program for another library, or as ONNX or safetensors.",
    "import": "Make a spec of a file of weights or of an ONNX model.",
    "init": "Begin a spec: one with comments, which runs as it stands.",
    "schema": "Print the JSON Schema of specs, by which editors mark what is misspelt.",
    "examples": "List the networks that are built in, or copy one.",
    "ops": "Look up an operation: what it is, its slope, its settings and a plot; or list them all.",
}


class Written(TyperCommand):
    """A command whose output takes the form that the name of its file says."""

    def invoke(self, ctx: Any) -> Any:
        output = ctx.params.get("output")
        if output is not None and "format_" in ctx.params:
            from nncalc.cli.endings import form_of, forms_of, is_same

            if any(is_same(output, each) for each in ctx.params.get("spec") or ()):
                return super().invoke(ctx)  # which is refused when it is written
            chosen = ctx.get_parameter_source("format_").name != "DEFAULT"
            forms = forms_of(ctx.info_name)
            if ctx.params.get("equations"):
                forms = ("json", "toml") if ctx.info_name == "forward" else ("toml",)
            found = form_of(output, ctx.params["format_"] if chosen else None, forms)
            if found not in (None, "toml"):  # equations are in TOML unless something else is said
                ctx.params["format_"] = found
        return super().invoke(ctx)


class Signed(Written):
    """A command whose first word is a formula, which may begin with a minus: `-x'*x` is no option."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        known = {name: parameter for parameter in self.params for name in (*parameter.opts, *parameter.secondary_opts)}
        words: list[str] = []
        signed: list[str] = []
        rest = iter(args)
        for word in rest:
            name = word.partition("=")[0] if word.startswith("--") else word
            if name in known and not getattr(known[name], "is_flag", False) and "=" not in word:
                words += [word, *[value for value in [next(rest, None)] if value is not None]]
            elif word == "--":
                signed += rest
            elif word.startswith("-") and not word.startswith("--") and len(word) > 1 and word not in known | HELP:
                signed.append(word)
            else:
                words.append(word)
        return super().parse_args(ctx, [*words, *(["--", *signed] if signed else [])])


HELP = {"-h": None, "--help": None}
#: Commands that take a formula as their first word, and those that write files of other kinds.
SIGNED, NAMED_APART = frozenset({"derive"}), frozenset({"graph", "train"})


class Commands(TyperGroup):
    """The commands of `COMMANDS`, each imported when it is asked for."""

    def list_commands(self, _ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        kind = Signed if cmd_name in SIGNED else TyperCommand if cmd_name in NAMED_APART else Written
        called = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        app.command(cmd_name, cls=kind)(getattr(import_module(f"nncalc.commands.{called}"), called))
        found = typer.main.get_command(app)
        if ctx is not None and ctx.resilient_parsing:  # a shell asks how words may go on
            from nncalc.cli.completion import completing

            completing(found)
        return found

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Return the commands that begin so, without importing them, or the options."""
        from nncalc.cli.completion import begun

        return begun(COMMANDS, incomplete, COMMANDS) or super().shell_complete(ctx, incomplete)

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: Any) -> Any:
        """Run a command; where standard error is a terminal, long work says there how far it is."""
        if sys.stderr is None or not sys.stderr.isatty():
            return super().invoke(ctx)
        from nncalc.progress import listening
        from nncalc.render.progress import Progress

        progress = Progress()
        with listening(progress.at, progress.end):
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        from nncalc.problems import nearest

        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            meant = nearest(args[0], COMMANDS)
            raise Problem(
                f"unknown command `{args[0][:80]}`", None,
                f"did you mean `{meant}`?" if meant else f"there are {', '.join(COMMANDS)}", "usage",
            )  # fmt: skip
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"nncalc {__version__}\n")
        raise typer.Exit


@app.callback()
def nncalc(
    version: Annotated[
        bool, typer.Option("-V", "--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Calculate and show the work: small neural networks and formulas, forward and backward.

    \b
    Examples:
      nncalc backward --show-steps       a worked backward pass, of the built-in example
      nncalc forward net.toml            the values of a network of your own
      nncalc graph net.toml | dot -Tpng > net.png
      nncalc backward -e 'f = x*exp(y)' x=2 y=1 --show-steps
    """  # noqa: D301 -- \b keeps the lines of the examples


def run(args: list[str]) -> int:
    """Run the program on `args`; return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace", newline="\n")
    if os.environ.get("_NNCALC_COMPLETE") == "complete_bash":
        from nncalc.cli.completion import rejoin

        rejoin()
    try:
        with deep():
            found = app(args=_without_help(args), standalone_mode=False, prog_name="nncalc")
    except Problem as problem:
        return _refuse(problem, args)
    except typer.Abort:
        return 130
    except UsageError as error:
        return _refuse(_usage(error), args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _forget_output()
        return 141
    return found if isinstance(found, int) else 0


def _without_help(args: list[str]) -> list[str]:
    """Return the command line without the word `help`, and that of no words: both ask for the option.

    >>> _without_help(["help", "derive"]), _without_help([])
    (['derive', '--help'], ['--help'])
    """
    if args[:1] == ["help"]:
        return [*(word for word in args[1:] if word != "help"), "--help"]
    return args or ["--help"]


def _usage(error: Any) -> Problem:
    hint = "see `nncalc --help`"
    context = getattr(error, "ctx", None)
    if context is not None:
        hint = f"see `{context.command_path} --help`"
    return Problem(error.format_message(), None, hint, "usage")


def _forget_output() -> None:
    """Point standard output at nothing, so that closing it says nothing more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _refuse(problem: Problem, args: list[str]) -> int:
    """Print a problem on standard error; return the exit status."""
    as_json = "--format=json" in args or any(one == "--format" and two == "json" for one, two in pairwise(args))
    text = _as_json(problem) if as_json else f"{problem}\n"
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        pass  # a closed standard error hears nothing; the exit status still says it
    return 2


def _as_json(problem: Problem) -> str:
    import json

    where = problem.where if isinstance(problem.where, Where) else None
    column = problem.where.start + 1 if isinstance(problem.where, Span) else where.column if where else None
    found = {
        "code": problem.code,
        "message": problem.message,
        "file": where.source if where else None,
        "line": where.line if where else None,
        "column": column,
        "path": where.path if where else None,
        "hint": problem.hint,
    }
    return json.dumps({"errors": [found]}) + "\n"
