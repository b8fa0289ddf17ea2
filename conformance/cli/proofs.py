"""Commands that prove the suite right, by mutants, choices, constant servers, circumstances and recorded answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.runs import PASS_ON
from conformance.errors import UsageError
from conformance.verdict.result import Exit

if TYPE_CHECKING:
    from conformance.reference.mutants import Mutant


@click.command(name="mutants")
def mutants_() -> None:
    """List the mutants: each is the reference server with one fault on purpose (serve --mutant NAME)."""
    from conformance.reference.mutants import MUTANTS

    width = max(map(len, MUTANTS))
    for mutant in sorted(MUTANTS.values(), key=lambda each: (each.breaks, each.name)):
        click.echo(f"{mutant.breaks:8}{mutant.name:{width}}  {mutant.fault}")


@click.command()
@click.argument("words", nargs=-1)
@click.option("--into", default="reports/mutants", show_default=True, type=click.Path(path_type=Path))
@click.option(
    "--again-every",
    type=click.IntRange(1),
    metavar="N",
    help="Judge every Nth again, and compare fingerprints: 1 for all.",
)
def matrix(words: tuple[str, ...], into: Path, again_every: int | None) -> None:
    """Prove that every check can fail: judge all mutants, or those of AREA, ID or NAME."""
    from conformance.proof import mutants

    chosen = _chosen(words)
    repeated = chosen[::again_every] if again_every else []
    kills, again = [], []
    with (
        mutants.workers(mutants.processes()) as pool,
        click.progressbar(length=len(chosen) + len(repeated), label=f"mutants: {len(chosen)}", file=sys.stderr) as bar,
    ):
        unmodified = [pool.submit(mutants.failed_by_unmodified, each) for each in mutants.selections_of(chosen)]
        for kill in mutants.judge_all(pool, chosen):
            kills.append(kill)
            bar.update(1)
        for kill in mutants.judge_all(pool, repeated, mutants.SEED + 1):
            again.append(kill)
            bar.update(1)
    mutants.write(kills, into)
    gaps = list(mutants.gaps(kills, {id_ for each in unmodified for id_ in each.result()}))
    gaps += mutants.unstable(kills, again)
    for gap in gaps:
        click.echo(gap)
    click.echo(f"{sum(kill.is_killed for kill in kills)} of {len(kills)} mutants killed; {into / 'matrix.json'}")
    sys.exit(1 if gaps else 0)


@click.command(name="spread")
@click.argument("words", nargs=-1)
@click.option("--into", default="reports/mutants", show_default=True, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write docs/spread.md anew.")
def spread_(words: tuple[str, ...], into: Path, write: bool) -> None:  # noqa: FBT001  click passes options as keywords
    """Measure how one fault spreads through a report, and how near the top its cause stands."""
    from conformance.proof import localization

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


@click.command(name="choices", context_settings=PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def choices_(arguments: tuple[str, ...]) -> None:
    """Prove that no MUST is a false alarm: judge servers that choose otherwise; takes the options of pytest."""
    from conformance.proof import choices

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


@click.command(name="constants")
@click.option("--write", is_flag=True, help="Write docs/constant-servers.md anew.")
def constants_(write: bool) -> None:  # noqa: FBT001  click passes options as keywords
    """Prove that no MUST passes for nothing: judge servers that give every request the same answer."""
    from conformance.proof import constants, mutants

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


@click.command(name="costs")
@click.option("--into", default="reports/costs", show_default=True, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write the packed costs anew.")
def costs_(into: Path, write: bool) -> None:  # noqa: FBT001  click passes options as keywords
    """Measure how many requests each requirement takes, in two whole runs: what a run says of its length."""
    from conformance.costs import DATA
    from conformance.proof import costs

    found = costs.measure(into)
    if write:
        DATA.write_text(costs.render(found), encoding="utf-8")
    click.echo(f"{len(found)} requirements measured{f'; {DATA}' if write else ''}")


@click.command(name="answers")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def answers_(files: tuple[Path, ...]) -> None:
    """Prove that no MUST is a false alarm: judge recorded answers of the real service, ours or those of FILES."""
    from conformance.proof import answers

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


@click.command(name="circumstances")
@click.option("--write", is_flag=True, help="Write docs/interruptions.md anew.")
def circumstances_(write: bool) -> None:  # noqa: FBT001  click passes options as keywords
    """Prove that interruptions, other plugins and gateways never make a run look conformant."""
    from conformance.proof import circumstances

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
    from conformance.proof import mutants

    try:
        return mutants.select(words)
    except UsageError as error:
        click.echo(str(error), err=True)
        sys.exit(Exit.USAGE.value)
