"""Commands that say what is judged, by which source, and what another version of the contract would change."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.errors import ContractError, nearest
from conformance.paths import PROFILES
from conformance.verdict.result import Exit

if TYPE_CHECKING:
    from conformance.declared import Declared


@click.command()
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


@click.command()
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


@click.command(name="list")
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


@click.group(name="contract")
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
