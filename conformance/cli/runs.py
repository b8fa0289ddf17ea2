"""Commands that judge a target, look at one, or serve a local one."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from conformance.command_line import KEY_VARIABLE, OF_SOAK, OPTIONS, of_suite, options_in_words, suite_command
from conformance.errors import ContractError, Inconclusive, UsageError
from conformance.paths import PROFILES
from conformance.verdict.result import Exit

PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


class _LikeRun(click.Command):
    """A command that hands its options on, and completes them in a shell."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002  click's names
        return [CompletionItem(name, help=how["help"]) for name, how in OPTIONS.items() if name.startswith(incomplete)]


def _values(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What may follow the word before: the name of a profile, or a file."""
    before = (ctx.params.get("arguments") or ctx.args or [""])[-1]
    if before != "--profile":
        return [CompletionItem(incomplete, type="file")]
    names = sorted(path.stem for path in PROFILES.glob("*.toml") if path.stem.startswith(incomplete))
    return [*(CompletionItem(name) for name in names), *([] if names else [CompletionItem(incomplete, type="file")])]


@click.command(cls=_LikeRun, context_settings=PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=_values)
def run(arguments: tuple[str, ...]) -> None:
    """Judge a target: `run --help` lists the options of the suite; it takes those of pytest, too."""
    if {"-h", "--help"} & set(arguments):
        _show_help_of_run("run")
        sys.exit(Exit.CONFORMANT.value)
    is_soak = any(each.partition("=")[0].replace("--conformance-", "--") in OF_SOAK for each in arguments)
    if is_soak and "--help-pytest" not in arguments:
        _soak(arguments)
    import pytest

    from conformance.run.live import OwnConsole

    options = ["--help" if each == "--help-pytest" else each for each in arguments]
    sys.exit(pytest.main(suite_command(of_suite(options)), plugins=[OwnConsole()]))


def _soak(arguments: tuple[str, ...]) -> NoReturn:
    from conformance.run.console import markup_of
    from conformance.run.rounds import ordered
    from conformance.run.soak import soak

    def say(line: str) -> None:
        how = markup_of(line)
        colour = next((name for name in how if name != "bold"), None)
        try:
            click.secho(line, fg=colour, bold=how.get("bold"))
        except BrokenPipeError:  # as in `... | head -1`: the report is still to be written
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    try:
        status = soak(ordered(arguments), say)
    except UsageError as error:
        click.echo(str(error), err=True)
        status = Exit.USAGE.value
    sys.exit(status)


_DOES = {
    "run": "Judge a target against the contract, write a report, and exit with 0 only if every MUST in scope passed.",
    "doctor": "Look at a target and a key, say what a run with the same options would do, and exit with 0 only if it "
    "could start. Nothing is judged, and no report is written.",
}


def _show_help_of_run(command: str) -> None:
    """command: `run`, or one that takes its options."""
    lines = click.HelpFormatter(max_width=120)
    lines.write_usage(f"ably-conformance {command}", "[OPTIONS] [TESTS]")
    lines.write_paragraph()
    lines.write_text(
        f"{_DOES[command]} Without --target it is the embedded reference server. TESTS are node ids of a report."
    )
    with lines.section("Options"):
        lines.write_dl(list(options_in_words()), col_max=28)
    click.echo(lines.getvalue(), nl=False)


@click.command(cls=_LikeRun, context_settings=PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=_values)
def doctor(arguments: tuple[str, ...]) -> None:
    """Say whether a run could start, and what it would do: takes the options of `run`, and sends a pre-flight."""
    if {"-h", "--help"} & set(arguments):
        _show_help_of_run("doctor")
        sys.exit(Exit.CONFORMANT.value)
    import pytest

    from conformance.run.live import OwnConsole

    sys.exit(pytest.main(suite_command(of_suite([*arguments, "--dry-run"])), plugins=[OwnConsole()]))


_OF_INIT = ("--target", "--key", "--ca-file", "--cert", "--cert-key", "--proxy")


@click.command()
@click.argument("file", default="conformance.toml", type=click.Path(path_type=Path))
@click.option("--profile", default="", metavar="NAME", help="the profile to extend: live, without a key sandbox")
def init(file: Path, profile: str, key: str, **way: str) -> None:
    """Ask a target what it has, and write a profile for it to FILE, which must not be there yet."""
    from conformance.report.text.safe_text import one_line
    from conformance.run.config import Aim
    from conformance.run.first_profile import write_first_profile
    from conformance.run.options import Options

    options = Options(
        profile=profile,
        target=way["target"],
        key=key or os.environ.get(KEY_VARIABLE, ""),
        is_key_from_environment=not key,
        parent=Path("reports"),
        ca_file=way["ca_file"],
        cert=way["cert"],
        cert_key=way["cert_key"],
        proxy=way["proxy"],
        aim=Aim.ANNOUNCE,
    )
    try:
        write_first_profile(options, file)
    except (UsageError, ContractError, Inconclusive) as error:
        click.echo(one_line(str(error)), err=True)
        sys.exit((Exit.INCONCLUSIVE if isinstance(error, Inconclusive) else Exit.USAGE).value)
    click.echo(f"{file} is written; `ably-conformance doctor --profile {shlex.quote(str(file))}` looks at it")


for _option in _OF_INIT:
    init = click.option(_option, default="", metavar=OPTIONS[_option]["metavar"], help=OPTIONS[_option]["help"])(init)


@click.command(context_settings=PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve a local Ably REST API in memory, the reference server (`serve --help` shows its options)."""
    from conformance.reference.__main__ import main as serve_reference

    sys.exit(serve_reference(list(arguments), "ably-conformance serve"))
