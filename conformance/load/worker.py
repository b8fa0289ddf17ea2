"""One process of a load: its users, what it counts at each rate, and what the checks find in every n-th answer.

Nothing here knows Locust. What one process found leaves it as the bytes of a journal, from which secrets are removed.
"""

from __future__ import annotations

import math
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from conformance import catalogue
from conformance.checks import Checks
from conformance.contract import Contract
from conformance.errors import ForbiddenError, Inconclusive
from conformance.evidence.journal import Journal
from conformance.load.beat import Beat, EndOfLoadError
from conformance.load.flows import Flow, Player, Rooms, Sight, playable
from conformance.load.settings import Settings
from conformance.load.tally import Tally
from conformance.model import Exchange, Finding, Selection
from conformance.names import Names
from conformance.run.config import RunConfig
from conformance.run.connection import known_secrets, open_target
from conformance.run.header import header_for
from conformance.run.observation import Observation
from conformance.run.observed import objection_to, requirements_in, write_observation
from conformance.target.cleanup import clean_up
from conformance.target.client import Target
from conformance.target.credentials import Key
from conformance.target.ledger import Ledger

MOST_KEPT = 500
"""Exchanges of one worker that are kept whatever they show; those that show something are kept beyond it."""

_CLEAN_UP = 10.0
"""Seconds that the removal of what one flow has left may take."""

_MOST_LEFT = 20

_COMING = 2.0
"""Seconds after which the users of a rate are there and ask."""


class Worker:
    """name: what its journal is called. workers: every process whose journal belongs to the load. tell: takes each
    exchange, and the requirements that it breaks.
    """

    def __init__(
        self,
        run_config: RunConfig,
        contract: Contract,
        settings: Settings,
        name: str,
        workers: tuple[str, ...],
        tell: Callable[[Exchange, tuple[str, ...]], None],
    ) -> None:
        self._config = run_config
        self._contract = contract
        self._settings = settings
        self._name = name
        self._workers = workers
        self._profile = run_config.profile
        self._limits = run_config.limits
        checks = Checks(contract, lambda head: not objection_to(contract, self._profile, head, self._limits))
        self._observation = Observation(contract, checks, known_secrets(run_config), most_kept=MOST_KEPT)
        self._asked: Counter[str] = Counter()
        self._names = Names(f"conf-{run_config.run}-{name}", self._profile.world)
        self._rooms = Rooms(self._names)
        heads = catalogue.collect().values()
        self._in_scope = {head.id for head in heads if not objection_to(contract, self._profile, head, self._limits)}
        self._flows = playable(self._profile, self._limits, contract)
        self._left: list[str] = []
        self._tell = tell
        self._began = 0.0
        self.tallies: list[Tally] = []
        self.is_over = False
        self.errors: Counter[str] = Counter()

    # The rates ------------------------------------------------------------------------------------------------------

    def begin(self, number: int) -> None:
        """The rate of this number, 0 for the first; its users are coming."""
        self._close()
        while len(self.tallies) <= number:
            self.tallies.append(Tally())
        self._began = time.monotonic()

    @property
    def _steady_since(self) -> float:
        """When all users of the rate are there."""
        return self._began + min(_COMING, self._settings.step / 4)

    def _be_late(self, seconds: float) -> None:
        if not self.is_over:
            self.tallies[-1].late += seconds * 1000

    def end(self) -> None:
        self._close()
        self.is_over = True

    def _close(self) -> None:
        if self.tallies and not self.is_over:
            now = time.monotonic()
            self.tallies[-1].seconds = max(now - self._steady_since, 0.0)
            self.tallies[-1].lasted = now - self._began

    def _interval(self) -> float | None:
        return None if self.is_over or not self.tallies else self._settings.interval_at(len(self.tallies) - 1)

    # Users ----------------------------------------------------------------------------------------------------------

    def user(self) -> User:
        target = open_target(self._config, self._contract, self._names.prefix, self.observe)
        target.names = self._names  # all users share them, so that each is made once
        pace = self._profile.pace
        beat = Beat(pace.timeout, pace.patience, target.clock, self._interval, self._be_late)
        target.pacer = beat
        return User(target, self._config.keys["full"], self._config.skew, beat, self)

    def observe(self, exchange: Exchange) -> None:
        """Counts each answer, and judges every n-th one of each operation, and each error of the target itself."""
        if self.is_over or not self.tallies:
            return
        tally = self.tallies[-1]
        tally.add(exchange, is_steady=time.monotonic() >= self._steady_since)
        broken: tuple[str, ...] = ()
        if exchange.response is not None and not exchange.interference and self._is_sample(exchange):
            tally.judged += 1
            broken = tuple(each.requirement for each in self._observation.judge(exchange))
            tally.findings.update(broken)
        self._tell(exchange, broken)

    def _is_sample(self, exchange: Exchange) -> bool:
        number = self._asked[exchange.operation]
        self._asked[exchange.operation] += 1
        is_error = exchange.response is not None and exchange.response.status >= 400
        return is_error or number % self._settings.judge_every == 0

    @property
    def number(self) -> int:
        """Of the rate at the moment."""
        return len(self.tallies) - 1

    def enter(self) -> str:
        """The name of a channel to which other users publish, too."""
        return self._rooms.enter()

    def draw(self) -> Flow:
        """A flow, by weight."""
        return random.choices(self._flows, [each.weight for each in self._flows])[0]  # noqa: S311  load, no secret

    def take(self, sight: Sight, number: int) -> None:
        """number: of the rate at which its flow began."""
        if sight.requirement not in self._in_scope:
            return
        finding = sight.finding and self._bound(sight, sight.finding)
        self._observation.take(sight.requirement, sight.operation, sight.exchanges, finding)
        if finding:
            self.tallies[number].findings[sight.requirement] += 1

    def _bound(self, sight: Sight, finding: Finding) -> Finding:
        exchanges = tuple(each.id for each in sight.exchanges)
        return replace(finding, requirement=sight.requirement, operation=sight.operation, exchanges=exchanges)

    @property
    def patience(self) -> float:
        """Seconds that a flow waits for an effect."""
        return self._profile.pace.patience

    def leave(self, words: tuple[str, ...]) -> None:
        """What a flow made and could not remove."""
        self._left += words

    # What it found --------------------------------------------------------------------------------------------------

    def journal(self) -> bytes:
        config = replace(self._config, circumstances=tuple(self._in_words()))
        seen = {id_ for id_, _ in self._observation.opportunities}
        every = tuple(requirements_in(self._contract, self._profile, seen, self._limits))
        header = header_for(
            config,
            self._contract,
            worker=self._name,
            workers=self._workers,
            chosen=Selection(rates=self._settings.rates),
            requirements=every,
            catalogue=len(every),
        )
        with tempfile.TemporaryDirectory(prefix="ably-conformance-") as folder:
            path = Path(folder) / "journal.jsonl"
            journal = Journal(path, self._observation.secrets)
            write_observation(journal, header, self._observation, config.now)
            return path.read_bytes()

    def _in_words(self) -> Iterator[str]:
        if self._left:
            shown = ", ".join(map(self._observation.secrets.strike_text, self._left[:_MOST_LEFT]))
            yield f"left behind by {self._name}: {len(self._left):,} resources; these requests remove them: {shown}"
        for words, times in self.errors.most_common(3):
            yield f"a flow of {self._name} ended {times:,} times with an error of the suite: {words}"


class User:
    """Plays one flow after the other."""

    def __init__(self, target: Target, key: Key, skew: int, beat: Beat, worker: Worker) -> None:
        self._player = Player(target, key, skew, worker.enter, self._tell)
        self._beat = beat
        self._worker = worker
        self._number = 0

    def _tell(self, sight: Sight) -> None:
        self._worker.take(sight, self._number)

    def play(self) -> None:
        """Play one flow, drawn by weight. Raises EndOfLoadError after the end of the load."""
        target, flow = self._player.target, self._worker.draw()
        self._number = self._worker.number
        target.ledger = Ledger()
        target.liveness.start_over(math.inf)
        is_complete = False
        try:
            with suppress(Inconclusive, ForbiddenError):  # what was answered is counted and judged as it came
                flow.play(self._player)
                is_complete = True
        except EndOfLoadError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the load goes on, and ends with the exit status 3
            self._worker.errors[f"{flow.play.__name__}: {type(error).__name__}"] += 1
        finally:
            if not is_complete:
                self._remove(target)

    def _remove(self, target: Target) -> None:
        if not target.ledger.latest_first():
            return
        self._beat.remove()
        try:
            self._worker.leave(clean_up(target, _CLEAN_UP))
        finally:
            self._beat.play()
