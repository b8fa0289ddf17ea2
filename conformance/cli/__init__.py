"""The console command `ably-conformance`, over the same code that pytest runs.

Each command imports what it needs when it is called, so that none waits for the libraries of another.
"""

from __future__ import annotations

import click

from conformance.cli import evidence, load, lookups, proofs, runs


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="ably-conformance", prog_name="ably-conformance")
def main() -> None:
    """Judge a server against the contract of the Ably REST API, or serve a conformant one."""


for _command in (
    runs.run,
    runs.doctor,
    runs.init,
    runs.serve,
    load.load,
    lookups.requirements,
    lookups.explain,
    lookups.list_,
    lookups.contract_,
    evidence.judge_,
    evidence.merge,
    proofs.mutants_,
    proofs.matrix,
    proofs.spread_,
    proofs.choices_,
    proofs.constants_,
    proofs.costs_,
    proofs.answers_,
    proofs.circumstances_,
):
    main.add_command(_command)
