"""The console command `ably-conformance`, over the same code that pytest runs.

Each command imports what it needs when it is called, so that none waits for the libraries of another.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from click.shell_completion import CompletionItem

from conformance.command_line import OPTIONS, of_suite, options_in_words, suite_command
from conformance.errors import ContractError, Inconclusive, UsageError, nearest
from conformance.paths import PROFILES
from conformance.verdict.result import Exit

if TYPE_CHECKING:
    from conformance.contract import Contract
    from conformance.declared import Declared
    from conformance.model import Evidence
    from conformance.reference.mutants import Mutant
    from conformance.verdict.judge import Judgement

_PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="ably-conformance", prog_name="ably-conformance")
def main() -> None:
    """Judge a server against the contract of the Ably REST API, or serve a conformant one."""


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


@main.command(cls=_LikeRun, context_settings=_PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, shell_complete=_values)
def run(arguments: tuple[str, ...]) -> None:
    """Judge a target: `run --help` lists the options of the suite; it takes those of pytest, too."""
    if {"-h", "--help"} & set(arguments):
        _show_help_of_run("run")
        sys.exit(Exit.CONFORMANT.value)
    import pytest

    from conformance.run.live import OwnConsole

    options = ["--help" if each == "--help-pytest" else each for each in arguments]
    sys.exit(pytest.main(suite_command(of_suite(options)), plugins=[OwnConsole()]))


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


@main.command(cls=_LikeRun, context_settings=_PASS_ON, add_help_option=False)
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


@main.command()
@click.argument("file", default="conformance.toml", type=click.Path(path_type=Path))
@click.option("--profile", default="", metavar="NAME", help="the profile to extend: live, without a key sandbox")
def init(file: Path, profile: str, key: str, **way: str) -> None:
    """Ask a target what it has, and write a profile for it to FILE, which must not be there yet."""
    from conformance.report.text.safe_text import one_line
    from conformance.run.config import Aim
    from conformance.run.first_profile import write_first_profile
    from conformance.run.options import KEY_VARIABLE, Options

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


@main.command(context_settings=_PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve a local Ably REST API in memory, the reference server (`serve --help` shows its options)."""
    from conformance.reference.__main__ import main as serve_reference

    sys.exit(serve_reference(list(arguments), "ably-conformance serve"))


@main.command(name="mutants")
def mutants_() -> None:
    """List the mutants: each is the reference server with one fault on purpose (serve --mutant NAME)."""
    from conformance.reference.mutants import MUTANTS

    width = max(map(len, MUTANTS))
    for mutant in sorted(MUTANTS.values(), key=lambda each: (each.breaks, each.name)):
        click.echo(f"{mutant.breaks:8}{mutant.name:{width}}  {mutant.fault}")


@main.command()
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


@main.command(name="spread")
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


@main.command(name="choices", context_settings=_PASS_ON, add_help_option=False)
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


@main.command(name="constants")
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


@main.command(name="costs")
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


@main.command(name="answers")
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


@main.command(name="circumstances")
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


@main.command()
@click.argument("words", nargs=-1)
@click.option("--write", is_flag=True, help="Write docs/requirements.md and docs/coverage.md anew.")
@click.option("--table", is_flag=True, help="Print every parameter and member under every condition instead.")
def requirements(words: tuple[str, ...], write: bool, table: bool) -> None:  # noqa: FBT001  click passes keywords
    """List all requirements, or those of AREA or ID: id, level and title."""
    if write:
        from conformance import catalogue
        from conformance.proof.coverage import page as coverage

        catalogue.PAGE.write_text(catalogue.render(), encoding="utf-8")
        coverage.PAGE.write_text(coverage.render(), encoding="utf-8")
    if table:
        sys.exit(_table())
    for each in _declared(words):
        click.echo(f"{each.id:8}{each.level:8}{each.title}")


@main.command()
@click.argument("words", metavar="ID...", nargs=-1, required=True)
def explain(words: tuple[str, ...]) -> None:
    """Say all of a requirement: where it stands, what is asked and expected, and which mutants it kills."""
    declared = _declared(words)
    from conformance.contract import load
    from conformance.proof.explanation import explanation

    contract = load("all")
    for each in declared:
        for line in explanation(each.head(), contract):
            click.echo(line)


@main.command(name="list")
def list_() -> None:
    """List the areas of the requirements, and the profiles."""
    from conformance.declared import declared
    from conformance.profile import load as load_profile
    from conformance.requirement import AREAS

    of_suite = declared()
    for area, title in AREAS.items():
        own = [each for each in of_suite.values() if each.area == area]
        musts = sum(each.level == "must" for each in own)
        click.echo(f"{area}  {len(own):4} requirements, {musts:3} of them MUST: {title}")
    for path in sorted(PROFILES.glob("*.toml")):
        click.echo(f"--profile {path.stem:10} {load_profile(path.stem).description}")
    click.echo("`ably-conformance requirements AREA` lists titles, and `ably-conformance explain ID` says all of one.")


def _declared(words: Sequence[str]) -> list[Declared]:
    """The requirements of areas or ids, all where there are no words; exits with a sentence for an unknown word."""
    from conformance.declared import declared

    wanted, of_suite = [word.upper() for word in words], declared()
    known = {word for each in of_suite.values() for word in (each.id, each.area)}
    for word in wanted:
        if word not in known:
            click.echo(f"there is no requirement or area {word}; {nearest(word, known)}", err=True)
            sys.exit(Exit.USAGE.value)
    return [each for each in of_suite.values() if not wanted or {each.id, each.area} & set(wanted)]


def _table() -> int:
    from conformance.proof.coverage import page as coverage
    from conformance.proof.coverage import rules as coverage_rules

    for line in coverage.lines():
        click.echo(line)
    gaps = list(coverage_rules.gaps(coverage_rules.table()))
    for gap in gaps:
        click.secho(gap, fg="red")
    click.echo(coverage.summary())
    return 1 if gaps else 0


@main.group(name="contract")
def contract_() -> None:
    """Work with another version of the contract."""


@contract_.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """List what has to be mended before the suite is sound for the contract in FILE; exits with 0 when nothing has."""
    from conformance.contract import load
    from conformance.proof import fitness

    try:
        found = fitness.problems(file)
        name = load("all", file).name
    except ContractError as error:
        click.echo(str(error), err=True)
        sys.exit(Exit.USAGE.value)
    for problem in found:
        click.echo(str(problem))
    click.echo(f"{len(found)} problems: the suite is {'not ' if found else ''}sound for {name}")
    sys.exit(1 if found else 0)


@main.command(name="judge")
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


@main.command()
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
    from conformance import report
    from conformance.evidence.journal import WHOLE, journals_in
    from conformance.evidence.shards import read_shards
    from conformance.evidence.whole_files import write_whole
    from conformance.har import writing
    from conformance.verdict.baseline import Rewriting, rewrite_baseline
    from conformance.verdict.judge import judge

    baselines = {Rewriting.UPDATE: baseline_update, Rewriting.PRUNE: baseline_prune}
    notes = []
    try:
        found = read_shards(folders)
        contract = _contract_of(found, folders)
        for rewriting, path in baselines.items():
            if path:
                rewritten = rewrite_baseline(path, rewriting, found, judge(found).rows)
                notes.append(rewritten.sentence)
                found = _accepting(found, rewritten.marks)
    except (UsageError, ContractError) as error:
        click.echo(str(error), err=True)
        sys.exit(Exit.USAGE.value)
    judgement = judge(found)
    whole = b"".join(journal.read_bytes() for folder in folders for journal in journals_in(folder))
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


def _contract_of(found: Evidence, folders: Iterable[Path]) -> Contract:
    """The contract that the run was judged by. Raises UsageError when no folder has the one that it names."""
    from conformance import report
    from conformance.contract import load

    facts, errata = found.header.contract, found.header.profile.errata
    if not facts.file:
        return load(errata)
    kept = (folder / report.CONTRACT for folder in folders)
    for contract in (load(errata, path.resolve()) for path in kept if path.is_file()):
        if contract.sha256 == facts.sha256:
            return replace(contract, file=facts.file)
    raise UsageError(f"the run was judged by {facts.name}, and no folder has it as {report.CONTRACT}")
