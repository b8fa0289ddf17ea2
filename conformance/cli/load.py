"""The command that judges a target under load."""

from __future__ import annotations

import sys

import click

from conformance.command_line import OPTIONS as OF_RUN
from conformance.errors import SuiteError, UsageError
from conformance.load.settings import OPTIONS
from conformance.verdict.result import Exit


@click.command()
@click.option("--target", default="", metavar="URL", help=f"{OF_RUN['--target']['help']} (default: the embedded one)")
@click.option("--key", default="", metavar="KEY", help=OF_RUN["--key"]["help"])
@click.option("--workers", default=1, show_default=True, metavar="N", type=click.IntRange(1, 64), help="processes")
def load(target: str, key: str, workers: int, **given: str) -> None:
    """Judge a target under load: clients ask it at rising rates, and every n-th answer is judged."""
    from conformance.load.launch import environment_with, launch
    from conformance.report.text.safe_text import one_line

    options = {name: given[name.removeprefix("--").replace("-", "_")] for name in OPTIONS}
    try:
        sys.exit(launch(options, target, workers, environment_with(key)))
    except UsageError as error:
        click.echo(one_line(str(error)), err=True)
        sys.exit(Exit.USAGE.value)
    except SuiteError as error:
        click.echo(f"suite error: {one_line(str(error))}", err=True)
        sys.exit(Exit.SUITE_ERROR.value)


for _name, _how in OPTIONS.items():
    load = click.option(
        _name, metavar=_how["metavar"], help=_how["help"], default=_how["default"], show_default=bool(_how["default"])
    )(load)
