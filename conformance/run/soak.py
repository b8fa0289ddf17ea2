"""A soak: rounds of the same run with fresh seeds, each in a process of its own, and one report of all of them.

A round can keep no memory from the next one, and a round that dies takes nothing of the others with it.
"""

from __future__ import annotations

import math
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from conformance.command_line import unambiguous
from conformance.errors import UsageError
from conformance.evidence.journal import WHOLE, journals_in, read
from conformance.model import Json
from conformance.report import CONTRACT, writing
from conformance.report.analysis import comparison
from conformance.report.text.safe_text import for_terminal, one_line
from conformance.run.config import run_folder
from conformance.run.console import ERROR, OwnEnding, last_words
from conformance.run.folder import point_latest_at, relative
from conformance.run.folding import MOST_DIFFERENT, WORKER, Fold
from conformance.run.progress import duration
from conformance.run.rounds import Order
from conformance.verdict.judge import judge
from conformance.verdict.result import Exit

Say = Callable[[str], None]

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_ROUND = (
    "from conformance.run.parent import end_with_parent; end_with_parent(); from conformance.cli import main; main()"
)
_COMMAND = (sys.executable, "-P", "-c", _ROUND, "run")
_LAST_LINES = 20
_MOST_NAMED = 3
_NEVER_BEGAN = (Exit.USAGE.value, Exit.NOTHING_SELECTED.value)
_FINAL = (Exit.SUITE_ERROR.value, *_NEVER_BEGAN)
"""Statuses of a round after which another round would tell nothing."""


def soak(order: Order, say: Say) -> int:
    """Judge until the order is met, say what came of it, and return the exit status.

    Raises UsageError for an earlier report that cannot be read, and for a folder that cannot be made.
    """
    earlier = comparison.read(order.compare_to) if order.compare_to else None
    run, started = secrets.token_hex(3), time.time()
    folder = run_folder(order.parent, run, started)
    aside = _made(folder / "rounds")
    journal = folder / f"journal-{WORKER}.jsonl"
    rounds = Rounds(order, Fold(journal, aside, run), say)
    say(_beginning(order))
    try:
        rounds.judge()
        rounds.end()
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    if journal.exists():
        journal.replace(folder / WHOLE)
        return _conclude(order, rounds, folder, earlier)
    shutil.rmtree(folder, ignore_errors=True)
    return _conclude_without_evidence(rounds)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"--report-dir: {error.filename} cannot be written: {error.strerror}") from error
    return folder


def _beginning(order: Order) -> str:
    how_long = f"{order.rounds:,.0f} rounds" if order.rounds < math.inf else "rounds"
    how_long += f" for {duration(order.seconds)}" if order.seconds < math.inf else ""
    end = "" if order.seconds == math.inf else "; the round that runs when the time is up is judged to its end"
    return f"soak: {how_long}, with the seeds from {order.seed} on{end}"


class Rounds:
    """One round after the other, each in a process of its own. status: of the last one. error: of the suite, or ""."""

    def __init__(self, order: Order, fold: Fold, say: Say) -> None:
        self.fold = fold
        self.status = 0
        self.error = ""
        self.is_interrupted = False
        self._order = order
        self.say = say
        self._process: subprocess.Popen[bytes] | None = None

    def judge(self) -> None:
        began = time.monotonic()
        with self._forwarding_signals():
            while not self._is_over and self._order.goes_on(self.fold.rounds, time.monotonic() - began):
                self._judge_next(self._order.seed_of(self.fold.rounds + 1))

    def end(self) -> None:
        """Write the footer of the journal, if a round was taken in."""
        if self.fold.is_empty:
            return
        with self._noting_accidents():
            self.fold.end(interrupted=self.is_interrupted)
        self.error = self.error or self.fold.failure

    @property
    def _is_over(self) -> bool:
        """Whether another round would tell nothing, or may not be begun."""
        fold = self.fold
        is_stopped = self.is_interrupted or self.status in _FINAL or bool(self.error)
        return is_stopped or (fold.rounds > 0 and (fold.is_empty or fold.is_blocked or not fold.has_room))

    def _judge_next(self, seed: int) -> None:
        began, before = time.monotonic(), self.fold.rounds
        new: tuple[str, ...] = ()
        with self._noting_accidents():
            self.status = self._run(seed)
            new = self._take_in(seed)
        self.error = self.error or self.fold.failure
        if self.error:
            tell = self.fold.lose if self.fold.rounds == before else self.fold.tell_cut
            tell(seed, f"it was not taken in whole: {self.error}")
        took = duration(time.monotonic() - began)
        words = self._in_words(new) if self.fold.rounds > before else "nothing was judged"
        self.say(for_terminal(f"round {before + 1}, seed {seed}: {took}, {words}"))
        if not self.error and (self.status in _FINAL or self.status < 0 or self.fold.is_empty):
            self._say_last_lines(before + 1)
        shutil.rmtree(self._parent, ignore_errors=True)

    @contextmanager
    def _noting_accidents(self) -> Iterator[None]:
        """On a full disk, for one, the soak ends, and what was judged before is reported."""
        try:
            yield
        except OSError as error:
            self.error = self.error or (f"{error.filename}: {error.strerror}" if error.filename else str(error))

    def _run(self, seed: int) -> int:
        """In a session of its own, so that Ctrl-C reaches it once: from here."""
        own = {"--seed": seed, "--report-dir": self._parent}
        options = [f"{unambiguous(name)}={value}" for name, value in own.items()]
        command = [*_COMMAND, *self._order.arguments, *options, unambiguous("--journal-only")]
        with self._console.open("wb") as console:
            self._process = subprocess.Popen(  # noqa: S603  this interpreter, with the arguments of the user
                command, stdin=subprocess.PIPE, stdout=console, stderr=subprocess.STDOUT, start_new_session=True
            )
            with self._process:  # its standard input stays open until it ended
                if self.is_interrupted:  # since the last round ended
                    self._process.terminate()
                return self._process.wait()

    def _take_in(self, seed: int) -> tuple[str, ...]:
        """The requirements that failed as never before."""
        if self.status in _NEVER_BEGAN:
            if not self.fold.is_empty:
                self.fold.lose(seed, f"it did not begin, and ended with the status {self.status}")
            return ()
        folder = next((each for each in self._parent.glob("*Z-*") if not each.is_symlink()), self._parent)
        self._keep_contract(folder)
        try:
            new = self.fold.add(journals_in(folder), seed)
        except UsageError:
            if not self.is_interrupted:  # before it had begun, otherwise
                self.fold.lose(seed, f"it {self._end} and left no journal")
            return ()
        if self.status < 0 or self.status == Exit.SUITE_ERROR.value:
            self.fold.tell_cut(seed, f"it {self._end}")
        if not self.fold.has_room:
            self.fold.tell_cut(seed, f"with it there are {MOST_DIFFERENT:,} different findings, and the soak ended")
        return new

    def _keep_contract(self, folder: Path) -> None:
        """The report needs the contract of the rounds where it is not the packed one."""
        kept = self.fold.path.with_name(CONTRACT)
        if (folder / CONTRACT).is_file() and not kept.exists():
            shutil.copyfile(folder / CONTRACT, kept)

    @property
    def _end(self) -> str:
        return f"was killed by signal {-self.status}" if self.status < 0 else f"ended with the status {self.status}"

    @property
    def _parent(self) -> Path:
        """The folder in which the round that runs has its own."""
        return self.fold.aside / "round"

    @property
    def _console(self) -> Path:
        return self.fold.aside / "console.txt"

    def _in_words(self, new: tuple[str, ...]) -> str:
        more = f" and {len(new) - _MOST_NAMED:,} more" if len(new) > _MOST_NAMED else ""
        found = f"new findings in {', '.join(new[:_MOST_NAMED])}{more}" if new else "no new findings"
        return f"{found}, not judged whole" if self.fold.is_last_cut else found

    def _say_last_lines(self, number: int) -> None:
        """A round that could not be made says why at its end."""
        lines = self._console.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines[-_LAST_LINES:]:
            self.say(for_terminal(line))
        never_began = self.fold.is_empty and self.status in _NEVER_BEGAN  # which those lines explain
        if not (self.is_interrupted or never_began) and (self.status in _FINAL or self.fold.is_empty):
            told = next((each for each in reversed(lines) if each.startswith(ERROR)), "")
            self.error = told.removeprefix(ERROR) or f"round {number} {self._end}"

    # Signals ---------------------------------------------------------------------------------------------------------

    @contextmanager
    def _forwarding_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():  # no other thread may set handlers
            yield
            return
        previous = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        """The round that runs ends as a run does: after its test, and at once with a second signal."""
        self.is_interrupted = True
        if self._process:
            self._process.send_signal(number if number in {signal.SIGINT, signal.SIGTERM} else signal.SIGTERM)


def _conclude(order: Order, rounds: Rounds, folder: Path, earlier: Json | None) -> int:
    evidence = read([folder / WHOLE])
    judgement = judge(evidence)
    contract = writing.contract_of(evidence, [folder])
    notes, error = [*evidence.header.circumstances, *judgement.problems], rounds.error
    if not order.journal_only:
        try:
            history = order.parent / "history.sqlite"
            notes += writing.write(evidence, judgement, folder, contract, earlier=earlier, history_file=history)
        except Exception as failure:  # noqa: BLE001  a broken report must not hide the verdict
            error = error or f"the report could not be written: {type(failure).__name__}: {failure}"
    notes += point_latest_at(folder)
    written = folder / (WHOLE if order.journal_only else "report.html")
    ending = OwnEnding()
    ending.judged(evidence, judgement, contract, str(relative(folder)))
    for line in ending.lines(last_words(notes, written, judgement.sentence, error, one_line)):
        rounds.say(for_terminal(line))
    if rounds.is_interrupted:
        return Exit.INTERRUPTED.value
    is_ours = bool(error) and judgement.exit is not Exit.NOT_CONFORMANT
    return (Exit.SUITE_ERROR if is_ours else judgement.exit).value


def _conclude_without_evidence(rounds: Rounds) -> int:
    if rounds.error:
        rounds.say(f"{ERROR}{one_line(rounds.error)}")
        return Exit.SUITE_ERROR.value
    return Exit.INTERRUPTED.value if rounds.is_interrupted else rounds.status
