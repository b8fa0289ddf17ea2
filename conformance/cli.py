"""The console command `ably-conformance`, over the same code that pytest runs."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest

from conformance import catalogue, report
from conformance.command_line import suite_command
from conformance.errors import UsageError
from conformance.evidence.journal import read
from conformance.evidence.whole_files import write_whole
from conformance.paths import OPENAPI, SUITE
from conformance.proof import answers, choices, circumstances, constants, localization, mutants
from conformance.proof.coverage import page as coverage
from conformance.proof.coverage import rules as coverage_rules
from conformance.reference.__main__ import main as serve_reference
from conformance.reference.mutants import MUTANTS, Mutant
from conformance.verdict.judge import judge
from conformance.verdict.result import Exit

_PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="ably-conformance")
def main() -> None:
    """Judge a server against the contract of the Ably REST API, or serve a conformant one."""


@main.command(context_settings=_PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(arguments: tuple[str, ...]) -> None:
    """Judge a target; takes the options of pytest and of the suite (`run --help` shows both)."""
    sys.exit(pytest.main(suite_command([str(SUITE), *arguments])))


@main.command(context_settings=_PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve a local Ably REST API in memory, the reference server (`serve --help` shows its options)."""
    sys.exit(serve_reference(list(arguments)))


@main.command(name="mutants")
def mutants_() -> None:
    """List the mutants: each is the reference server with one fault on purpose (serve --mutant NAME)."""
    width = max(map(len, MUTANTS))
    for mutant in sorted(MUTANTS.values(), key=lambda each: (each.breaks, each.name)):
        click.echo(f"{mutant.breaks:8}{mutant.name:{width}}  {mutant.fault}")


@main.command()
@click.argument("words", nargs=-1)
@click.option("--into", default="reports/mutants", show_default=True, type=click.Path(path_type=Path))
@click.option("--twice", is_flag=True, help="Judge each mutant again with another seed, and compare fingerprints.")
def matrix(words: tuple[str, ...], into: Path, twice: bool) -> None:  # noqa: FBT001  click passes options as keywords
    """Prove that every check can fail: judge all mutants, or those of AREA, ID or NAME."""
    chosen = _chosen(words)
    kills, again = [], []
    with (
        mutants.workers(mutants.processes()) as pool,
        click.progressbar(length=len(chosen) * (1 + twice), label=f"mutants: {len(chosen)}", file=sys.stderr) as bar,
    ):
        unmodified = [pool.submit(mutants.failed_by_unmodified, file) for file in mutants.files_of(chosen)]
        for kill in mutants.judge_all(pool, chosen):
            kills.append(kill)
            bar.update(1)
        for kill in mutants.judge_all(pool, chosen, mutants.SEED + 1) if twice else ():
            again.append(kill)
            bar.update(1)
    mutants.write(kills, into)
    gaps = list(mutants.gaps(kills, {id_ for each in unmodified for id_ in each.result()}))
    gaps += mutants.unstable(kills, again) if twice else ()
    for gap in gaps:
        click.echo(gap)
    click.echo(f"{sum(kill.is_killed for kill in kills)} of {len(kills)} mutants killed; {into / 'matrix.json'}")
    sys.exit(1 if gaps else 0)


@main.command(name="spread")
@click.argument("words", nargs=-1)
@click.option("--into", default="reports/mutants", show_default=True, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help=f"Write {localization.PAGE.name} anew.")
def spread_(words: tuple[str, ...], into: Path, write: bool) -> None:  # noqa: FBT001  click passes options as keywords
    """Measure how one fault spreads through a report, and how near the top its cause stands."""
    chosen = [each.name for each in _chosen(words or localization.SAMPLE)]
    found = {}
    with click.progressbar(length=len(chosen), label=f"whole runs: {len(chosen)}", file=sys.stderr) as bar:
        for each in localization.judge_all(chosen):
            found[each.mutant] = each
            bar.update(1)
    spreads = [found[name] for name in chosen]
    localization.write(spreads, into)
    if write:
        localization.PAGE.write_text(localization.render(spreads), encoding="utf-8")
    gaps = list(localization.gaps(spreads))
    for gap in gaps:
        click.echo(gap)
    near = sum(1 <= each.place <= localization.NEAR_THE_TOP for each in spreads)
    click.echo(f"{near} of {len(spreads)} faults are among the first entries of their report; {into / 'spread.json'}")
    sys.exit(1 if gaps else 0)


@main.command(name="choices", context_settings=_PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def choices_(arguments: tuple[str, ...]) -> None:
    """Prove that no MUST is a false alarm: judge servers that choose otherwise; takes the options of pytest."""
    failed = []
    for result in choices.judge_all(arguments):
        trial = result.trial
        what = f"by {trial.selection}" if trial.selection else f"{trial.choices} choices"
        click.echo(f"{trial.name}: {what}, exit status {result.exit_status}, {result.seconds:.0f} s")
        if result.exit_status:
            failed.append(result)
    for result in failed:
        click.echo(f"\n{result.trial.name} ended with exit status {result.exit_status}:\n{result.conclusion}")
    sys.exit(max((each.exit_status for each in failed), default=0))


@main.command(name="constants")
@click.option("--write", is_flag=True, help=f"Write {constants.PAGE.name} anew.")
def constants_(write: bool) -> None:  # noqa: FBT001  click passes options as keywords
    """Prove that no MUST passes for nothing: judge servers that give every request the same answer."""
    passes = {}
    with mutants.workers(mutants.processes()) as pool:
        for name, passed in constants.judge_all(pool, [each.name for each in constants.servers()]):
            click.echo(f"{name}: {len(passed)} MUST requirements pass")
            passes[name] = passed
    if write:
        constants.PAGE.write_text(constants.render(constants.reasons()), encoding="utf-8")
    gaps = list(constants.gaps(passes, constants.reasons()))
    for gap in gaps:
        click.echo(gap)
    sys.exit(1 if gaps else 0)


@main.command(name="answers")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def answers_(files: tuple[Path, ...]) -> None:
    """Prove that no MUST is a false alarm: judge recorded answers of the real service, ours or those of FILES."""
    level = answers.levels()
    try:
        judged = [each for file in files or (answers.ANSWERS,) for each in answers.judge_file(file)]
    except UsageError as error:
        click.echo(str(error), err=True)
        sys.exit(Exit.USAGE.value)
    for line in (line for each in judged for line in answers.lines(each, level)):
        click.echo(line)
    gaps = list(answers.gaps(judged, () if files else answers.accepted_fails()))
    for gap in gaps:
        click.echo(gap)
    click.echo(f"{len(gaps)} false alarms at MUST in {len(judged)} recorded answers")
    sys.exit(1 if gaps else 0)


@main.command(name="circumstances")
@click.option("--write", is_flag=True, help=f"Write {circumstances.PAGE.name} anew.")
def circumstances_(write: bool) -> None:  # noqa: FBT001  click passes options as keywords
    """Prove that interruptions, other plugins and gateways never make a run look conformant."""
    outcomes = []
    for outcome in circumstances.provoke_all():
        click.echo(f"{outcome.exit_status}  {outcome.circumstance.event}: {outcome.sentence}")
        outcomes.append(outcome)
    if write:
        circumstances.PAGE.write_text(circumstances.render(outcomes), encoding="utf-8")
    gaps = list(circumstances.gaps(outcomes))
    for gap in gaps:
        click.echo(gap)
    click.echo(f"{len(outcomes) - len(gaps)} of {len(outcomes)} circumstances have the right exit status")
    sys.exit(1 if gaps else 0)


def _chosen(words: tuple[str, ...]) -> list[Mutant]:
    try:
        return mutants.select(words)
    except UsageError as error:
        click.echo(str(error), err=True)
        sys.exit(Exit.USAGE.value)


@main.command()
@click.option("--write", is_flag=True, help=f"Write {catalogue.PAGE.name} and {coverage.PAGE.name} anew.")
@click.option("--table", is_flag=True, help="Print every parameter and member under every condition instead.")
def requirements(write: bool, table: bool) -> None:  # noqa: FBT001  click passes options as keywords
    """List all requirements: id, level and title."""
    if write:
        catalogue.PAGE.write_text(catalogue.render(), encoding="utf-8")
        coverage.PAGE.write_text(coverage.render(), encoding="utf-8")
    if table:
        sys.exit(_table())
    for head in catalogue.collect().values():
        click.echo(f"{head.id:8}{head.level.value:8}{head.title}")


def _table() -> int:
    for line in coverage.lines():
        click.echo(line)
    gaps = list(coverage_rules.gaps(coverage_rules.table()))
    for gap in gaps:
        click.secho(gap, fg="red")
    click.echo(coverage.summary())
    return 1 if gaps else 0


@main.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--into", required=True, type=click.Path(path_type=Path), help="The folder of the merged report.")
def merge(folders: tuple[Path, ...], into: Path) -> None:
    """Make one report from the journals of several runs or shards; exits with the status of a run."""
    try:
        found = read(journal for folder in folders for journal in _journals(folder))
    except UsageError as error:
        click.echo(str(error), err=True)
        sys.exit(Exit.USAGE.value)
    lost = tuple(f"the shard {folder} is missing: it has no journal" for folder in folders if not _journals(folder))
    found = replace(found, cut=(*found.cut, *lost))
    judgement = judge(found)
    whole = b"".join(journal.read_bytes() for folder in folders for journal in _journals(folder))
    try:
        report.write(found, judgement, into, OPENAPI.read_text(encoding="utf-8"))
        write_whole(into / "journal.jsonl", whole)
    except OSError as error:
        click.echo(f"--into: {error.filename or into} cannot be written: {error.strerror}", err=True)
        sys.exit(Exit.USAGE.value)
    click.echo(judgement.sentence)
    sys.exit(judgement.exit.value)


def _journals(folder: Path) -> list[Path]:
    """Those of the processes of a run, or the one journal of a merged report."""
    return sorted(folder.glob("journal-*.jsonl")) or sorted(folder.glob("journal.jsonl"))
