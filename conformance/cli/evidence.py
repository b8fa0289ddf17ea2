"""Commands that make a report without a target: from recordings, and from the journals of runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from conformance.errors import ContractError, UsageError
from conformance.verdict.result import Exit

if TYPE_CHECKING:
    from conformance.model import Evidence
    from conformance.verdict.judge import Judgement


@click.command(name="judge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--into", default="reports/judged", show_default=True, type=click.Path(path_type=Path))
@click.option(
    "--base-url", multiple=True, metavar="URL", help="Where the service is in the recordings; may be repeated."
)
@click.option("--profile", default="live", show_default=True, help="For scope, errata, gate and waivers.")
@click.option("--contract", default="", metavar="FILE", help="Judge by another version of the contract.")
def judge_(files: tuple[Path, ...], into: Path, base_url: tuple[str, ...], profile: str, contract: str) -> None:
    """Judge recorded traffic, HAR files and journals, offline: 0 when no MUST failed, 5 when nothing was judged."""
    from conformance.report.formats import console
    from conformance.report.text.safe_text import one_line
    from conformance.run.judging import Order, judge_recordings

    try:
        done = judge_recordings(Order(files, into, base_url, profile, contract))
    except (UsageError, ContractError) as error:
        click.echo(one_line(str(error)), err=True)
        sys.exit(Exit.USAGE.value)
    except OSError as error:
        click.echo(f"--into: {error.filename or into} cannot be written: {error.strerror}", err=True)
        sys.exit(Exit.USAGE.value)
    for line in console.render(done.evidence, done.judgement, done.contract):
        click.echo(line)
    _say_the_end(done.evidence, done.judgement, into)


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--into", required=True, type=click.Path(path_type=Path), help="The folder of the merged report.")
@click.option("--baseline-update", type=click.Path(path_type=Path), help="Write the findings to this baseline.")
@click.option("--baseline-prune", type=click.Path(path_type=Path), help="Remove what is fixed from this baseline.")
@click.option("--har", is_flag=True, help="Write the requests of the runs to traffic.har, too.")
def merge(
    folders: tuple[Path, ...],
    into: Path,
    baseline_update: Path | None,
    baseline_prune: Path | None,
    har: bool,  # noqa: FBT001  click passes options as keywords
) -> None:
    """Make one report from the journals of several runs or shards; exits with the status of a run."""
    from conformance.evidence.journal import WHOLE, joined, journals_in
    from conformance.evidence.shards import read_shards
    from conformance.evidence.whole_files import write_whole
    from conformance.har import writing
    from conformance.report import writing as report
    from conformance.verdict.baseline import Rewriting, rewrite_baseline
    from conformance.verdict.judge import judge

    baselines = {Rewriting.UPDATE: baseline_update, Rewriting.PRUNE: baseline_prune}
    notes = []
    try:
        found = read_shards(folders)
        contract = report.contract_of(found, folders)
        for rewriting, path in baselines.items():
            if path:
                rewritten = rewrite_baseline(path, rewriting, found, judge(found).rows)
                notes.append(rewritten.sentence)
                found = _accepting(found, rewritten.marks)
    except (UsageError, ContractError) as error:
        click.echo(str(error), err=True)
        sys.exit(Exit.USAGE.value)
    judgement = judge(found)
    whole = joined(journal for folder in folders for journal in journals_in(folder))
    try:
        report.write(found, judgement, into, contract)
        write_whole(into / WHOLE, whole)
        if har:
            writing.write([into / WHOLE], into / writing.TRAFFIC)
    except OSError as error:
        click.echo(f"--into: {error.filename or into} cannot be written: {error.strerror}", err=True)
        sys.exit(Exit.USAGE.value)
    _say_the_end(found, judgement, into, notes)


def _say_the_end(found: Evidence, judgement: Judgement, into: Path, notes: Sequence[str] = ()) -> NoReturn:
    from conformance.report.text.safe_text import one_line

    for note in (*found.header.circumstances, *judgement.problems, *notes):
        click.echo(f"note: {one_line(note)}")
    click.echo(f"report: {into / 'report.html'}")
    click.echo(one_line(judgement.sentence))
    sys.exit(judgement.exit.value)


def _accepting(found: Evidence, marks: tuple[str, ...]) -> Evidence:
    gate = replace(found.header.gate, baseline=marks)
    return replace(found, header=replace(found.header, gate=gate))
