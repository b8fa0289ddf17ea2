"""The process that leads a load: it prepares the target, tells the workers what to do, and makes one report of theirs.

Nothing here knows Locust.
"""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from conformance import catalogue, profile
from conformance.command_line import KEY_VARIABLE
from conformance.contract import Contract
from conformance.errors import Inconclusive, UsageError
from conformance.evidence.journal import Journal, join
from conformance.evidence.whole_files import write_whole
from conformance.load.brief import Brief
from conformance.load.flows import playable
from conformance.load.settings import TYPED_VARIABLE, Settings
from conformance.load.tally import Tally, steps_of
from conformance.model import Evidence, Exchange, Selection
from conformance.profile import Blast, Start
from conformance.run.config import RunConfig
from conformance.run.connection import known_secrets, open_target
from conformance.run.edition import circumstances
from conformance.run.header import header_for
from conformance.run.observed import clear, report, requirements_in
from conformance.run.options import Options, contract_of, resolve
from conformance.series import LoadStep
from conformance.target.client import Target
from conformance.target.credentials import parse_key
from conformance.target.embedded import reference_server
from conformance.target.limits import Limits
from conformance.target.preflight import allowed_to, clock_skew, require_accepted_key
from conformance.target.provisioning import Application, give_back, provision
from conformance.target.proxy import proxy_in_words
from conformance.verdict.judge import Judgement
from conformance.verdict.result import Exit

MASTER = "master"
"""What the journal of this process is called."""

_MOST_BYTES = 256 * 1024 * 1024
"""Of the journals of all workers."""


def options_of(options: dict[str, str], target: str) -> Options:
    """options: of a load, by their names. The key is in the environment."""
    return Options(
        profile=options["--profile"],
        target=target,
        key=os.environ.get(KEY_VARIABLE, ""),
        is_key_from_environment=TYPED_VARIABLE not in os.environ,
        parent=Path(options["--into"]).parent,
        mutant=options["--mutant"],
        ca_file=options["--ca-file"],
        cert=options["--cert"],
        cert_key=options["--cert-key"],
        proxy=options["--proxy"],
        contract=options["--contract"],
    )


def config_of(brief: Brief) -> RunConfig:
    """What a worker needs of the load that the master has prepared. Raises UsageError, as for want of a key.

    A key of the environment is of no use to a load that has an application of its own.
    """
    given = options_of({**brief.options, "--mutant": ""}, brief.url)
    found = resolve(replace(given, key="") if brief.keys else given)
    keys = {name: parse_key(text) for name, text in brief.keys.items()}
    return replace(
        found,
        run=brief.run,
        url=brief.url,
        started=brief.started,
        keys=keys or found.keys,
        skew=brief.skew,
        limits=Limits(brief.capability, brief.no_push),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    evidence: Evidence
    judgement: Judgement
    contract: Contract
    status: Exit


class Master:
    """workers: of the load. Raises UsageError for options that contradict each other or lack something, before the
    first request.
    """

    def __init__(self, options: dict[str, str], target: str, settings: Settings, workers: int = 1) -> None:
        self._options = options
        self._settings = settings
        self._into = Path(options["--into"])
        self._config = replace(
            resolve(options_of(options, target)), folder=self._into, reproduce=_reproduce(options, target, workers)
        )
        self.contract = contract_of(self._config.profile)
        labels = [each.label for each in self.contract.operations]
        profile.refuse_unknown_scope(self._config.profile, catalogue.places(), labels)
        _refuse_unwritable(self._into)
        self._open = ExitStack()
        self._application: Application | None = None
        self._exchanges: list[Exchange] = []
        self._names: list[str] = []
        self._journals: dict[str, bytearray] = {}
        self._tallies: dict[str, list[Tally]] = {}
        self._size = 0
        self._notes: list[str] = []
        self._errors: list[str] = []

    # Before the load ------------------------------------------------------------------------------------------------

    @property
    def is_blocked(self) -> bool:
        return bool(self._config.blockers)

    @property
    def patience(self) -> float:
        """Seconds that a flow waits for an effect."""
        return self._config.profile.pace.patience

    def prepare(self) -> None:
        """Find the target and its application. Raises SuiteError where the embedded server does not start."""
        self._notes += self._config.notes
        self._notes += circumstances(self.contract, self._config.profile)
        if self._settings.step < self.patience:
            self._notes.append(
                f"a rate lasts {self._settings.step:g} s, and a client waits up to {self.patience:g} s for what it "
                "published: such reads go on at the next rate, and their findings count for the rate of the publish"
            )
        start = self._config.profile.target.start
        if start is Start.EMBEDDED:
            url = self._open.enter_context(reference_server(self._config.mutant))
            self._config = replace(self._config, url=url)
        self._notes += proxy_in_words(self._config.url, self._config.profile.target.proxy)
        try:
            self._config = replace(self._config, skew=clock_skew(self._target) or 0)
            if start is not Start.GIVEN:
                self._application = provision(self._target)
                self._config = replace(self._config, keys=self._application.keys)
            if "credentials" in self._config.profile.target.offers:
                require_accepted_key(self._target)
            if start is Start.GIVEN:
                self._find_limits()
        except Inconclusive as reason:
            self._config = self._config.unusable(str(reason))
        if not playable(self._config.profile, self._config.limits, self.contract):
            words = "the profile and the key allow none of the load's flows"
            self._config = self._config.unusable(words)

    def _find_limits(self) -> None:
        """What key and application of the user do not allow is not asked."""
        chosen, key = self._config.profile, self._config.keys["full"]
        found = allowed_to(key, chosen, self._config.skew, self._target_within)
        self._config = replace(self._config, limits=found.limits)
        self._notes += found.limits.in_words(chosen.world)

    @property
    def _target(self) -> Target:
        return self._target_within(self._config.limits)

    def _target_within(self, limits: Limits) -> Target:
        prefix = f"conf-{self._config.run}-{MASTER}{len(self._exchanges)}"
        config = replace(self._config, limits=limits)
        return open_target(config, self.contract, prefix, self._exchanges.append, blast=Blast.EXCLUSIVE)

    def brief(self) -> Brief:
        """For one more worker."""
        name = f"w{len(self._names) + 1}"
        self._names.append(name)
        made = self._application.keys if self._application else {}
        return Brief(
            run=self._config.run,
            url=self._config.url,
            started=self._config.started,
            worker=name,
            workers=(MASTER, *self._names),
            options={**self._options, "--profile": self._options["--profile"] or self._config.profile.name},
            keys={name: key.text for name, key in made.items()},
            skew=self._config.skew,
            capability=self._config.limits.capability,
            no_push=self._config.limits.no_push,
        )

    # What the workers found -----------------------------------------------------------------------------------------

    def take_part(self, name: str, part: bytes) -> None:
        """A part of the journal of a worker, in order."""
        self._size += len(part)
        if self._size <= _MOST_BYTES:  # else the journal has no end, and the report says so
            self._journals.setdefault(name, bytearray()).extend(part)

    def take_tallies(self, name: str, tallies: list[Tally]) -> None:
        self._tallies[name] = tallies

    def take_error(self, words: str) -> None:
        """A defect of the suite."""
        self._errors.append(words)

    def note(self, words: str) -> None:
        """A sentence for the report."""
        self._notes.append(words)

    @property
    def steps(self) -> tuple[LoadStep, ...]:
        return tuple(steps_of(self._settings.rates, self._settings.step, self._tallies.values()))

    # After the load -------------------------------------------------------------------------------------------------

    def release(self) -> tuple[str, ...]:
        """Delete the application of the load, as far as it made one, and stop the embedded server. Gives a sentence for
        what is left behind.
        """
        left = give_back(self._target, self._application) if self._application else ()
        self._application = None
        self._open.close()
        return left

    def conclude(self, *, is_interrupted: bool) -> Judged:
        """Write one journal and the report of all workers. Raises OSError for what cannot be written."""
        clear(self._into)
        parts = [self._into / f"journal-{name}.jsonl" for name in (MASTER, *self._names)]
        self._write_journal(parts[0], is_interrupted=is_interrupted)
        for name, path in zip(self._names, parts[1:], strict=True):
            write_whole(path, bytes(self._journals.get(name, b"")))
        join(parts, self._into)
        evidence, judgement = report(self._into, self.contract)
        return Judged(evidence, judgement, self.contract, self._status(judgement, is_interrupted=is_interrupted))

    def _status(self, judgement: Judgement, *, is_interrupted: bool) -> Exit:
        if is_interrupted:
            return Exit.INTERRUPTED
        is_ours = bool(self._errors) and judgement.exit is not Exit.NOT_CONFORMANT
        return Exit.SUITE_ERROR if is_ours else judgement.exit

    def _write_journal(self, path: Path, *, is_interrupted: bool) -> None:
        config = replace(self._config, circumstances=tuple(self._in_words()))
        every = tuple(requirements_in(self.contract, config.profile, (), config.limits))
        header = header_for(
            config,
            self.contract,
            worker=MASTER,
            workers=(MASTER, *self._names),
            chosen=Selection(rates=self._settings.rates),
            requirements=every,
            catalogue=len(every),
        )
        journal = Journal(path, known_secrets(config))
        journal.write_header(replace(header, load=self.steps))
        for number, exchange in enumerate(self._exchanges, 1):
            journal.write_exchange(replace(exchange, id=f"{exchange.id}-{number}"))
        journal.write_footer(config.now, interrupted=is_interrupted)

    def _in_words(self) -> Iterator[str]:
        yield (
            "the answers were judged under load: only what the clients of the load asked is judged, "
            f"one answer of {self._settings.judge_every} of each operation, and each error of the target itself"
        )
        yield from self._notes
        yield from self._errors


def _reproduce(options: dict[str, str], target: str, workers: int) -> str:
    given = {"--target": target, "--workers": str(workers), **options}
    parts = [f"{name} {shlex.quote(value)}" for name, value in given.items() if value]
    return " ".join(["ably-conformance load", *parts])


def _refuse_unwritable(folder: Path) -> None:
    """A load that cannot write its report would be for nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"--into: {folder} cannot be written: {error.strerror}") from error
