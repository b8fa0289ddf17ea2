"""How fast a run is, beside `st run` on the same contract, the same server and the same machine.

    python benchmarks/bench.py --rounds 3 --write

Each comparison is made in pairs of runs that alternate, and what is told is the median of the ratios of the pairs: what
else the machine does changes both runs of a pair. --only takes some of the measurements, such as `rate,start`; --write
puts the table and the plot into docs/performance.md and docs/images/performance.svg.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from conformance.contract import load

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "images" / "performance.svg"
BEGIN, END = "<!-- benchmark -->", "<!-- end of benchmark -->"

SEED = 7
EXAMPLES = 40
"""Random cases for each operation: `st run` draws valid and invalid ones out of it, the suite half of it of each."""

LATE = 0.02
"""Seconds that the slow server takes for an answer."""

FEW_TO_MANY = (20, 100, 1_000)
"""Examples; with fewer than the first, formats take turns, and an exchange is another thing."""

MANY = "8"
"""The workers that `-n auto` starts on two cores where connecting takes LATE; the slow server here connects at once."""

MUTANTS = ("time-is-text", "links-are-left-out", "publish-is-merely-ok")
_KEPT = {name: value for name, value in os.environ.items() if name not in {"ABLY_API_KEY", "PYTHONDONTWRITEBYTECODE"}}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. bar: what the plot shows of it, 0 for nothing."""

    what: str
    measured: str
    goal: str
    bar: float = 0.0


@dataclass(frozen=True, slots=True)
class Timed:
    """seconds: of the whole command. first: until its first request. requests: how many. memory: the peak of its
    largest process, in MB.
    """

    seconds: float
    first: float
    requests: int
    memory: float


class Server:
    """A reference server in a process of its own, and when each request reached it."""

    def __init__(self, url: str, arrivals: list[float]) -> None:
        self.url = url
        self.arrivals = arrivals

    def timed(self, command: list[str], **environment: str) -> Timed:
        self.arrivals.clear()
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603  our own commands
            command, cwd=ROOT, env=_KEPT | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - began
        time.sleep(0.2)  # the last lines of the log
        first = self.arrivals[0] - began if self.arrivals else took
        return Timed(took, first, len(self.arrivals), used.ru_maxrss / 1024)


@contextmanager
def serving(*options: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "conformance.reference", "--http-port", "0", "--log", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603  our own
        arrivals: list[float] = []
        threading.Thread(target=_note, args=(process.stderr, arrivals), daemon=True).start()
        try:
            yield Server((process.stdout.readline() if process.stdout else "").split()[1], arrivals)
        finally:
            process.terminate()


def _note(lines: Iterator[str], arrivals: list[float]) -> None:
    arrivals.extend(time.monotonic() for _ in lines)


def suite(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-q", f"--seed={SEED}", f"--report-dir={folder}", *arguments]


def schemathesis(folder: Path, url: str) -> list[str]:
    """`st run` with every check and phase, and its own number of workers."""
    contract = folder / "contract.json"
    contract.write_text(json.dumps(load("all").document), encoding="utf-8")
    application = json.dumps({"keys": [{}], "namespaces": [{"id": "pushenabled", "pushEnabled": True}]}).encode()
    asked = Request(f"{url}/apps", application, {"Content-Type": "application/json"})  # noqa: S310  our own server
    with urlopen(asked, timeout=10) as answer:  # noqa: S310  as above
        made = json.load(answer)
    key = f"{made['appId']}.{made['keys'][0]['id']}:{made['keys'][0]['value']}"
    arguments = ["--url", url, "--auth", key, "-n", str(EXAMPLES), "--seed", str(SEED), "--checks", "all"]
    arguments += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure"]
    return [str(Path(sys.executable).with_name("st")), "run", str(contract), *arguments]


# The measurements -----------------------------------------------------------------------------------------------------


def rate(rounds: int, folder: Path) -> Iterator[Row]:
    """Exchanges a second of generated cases, with the same number of random ones, and all coverage cases of both."""
    generated = ("-k", "generated", f"--examples={EXAMPLES // 2}", "--journal-only")
    ratios: dict[str, list[float]] = {"0": [], "2": []}
    rates: dict[str, list[float]] = {"st": [], "0": [], "2": []}
    for _ in range(rounds):
        with serving() as server:
            hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)}
            theirs = server.timed(schemathesis(folder, server.url), **hooks)
            rates["st"].append(theirs.requests / theirs.seconds)
            for workers, found in ratios.items():
                ours = server.timed(suite(folder, "--target", server.url, "-n", workers, *generated))
                rates[workers].append(ours.requests / ours.seconds)
                found.append(rates[workers][-1] / rates["st"][-1])
    yield Row("`st run`, all checks", f"{median(rates['st']):.0f} exchanges a second", "")
    for workers, goal in (("0", 1.3), ("2", 2.5)):
        words = f"{median(ratios[workers]):.2f} times `st run` ({median(rates[workers]):.0f} exchanges a second)"
        name = "one process" if workers == "0" else "`-n 2`"
        yield Row(f"generated cases, {name}", words, f"{goal} times", median(ratios[workers]))


def default(rounds: int, folder: Path) -> Iterator[Row]:
    """The default run, on a server nearby and on one whose answers come late."""
    near, late, many = [], [], []
    for _ in range(rounds):
        with serving() as server:
            near.append(server.timed(suite(folder, "--target", server.url, "-n", "2")))
            with delayed(server.url) as url:
                late.append(server.timed(suite(folder, "--target", url, "-n", "2")))
                many.append(server.timed(suite(folder, "--target", url, "-n", MANY)))
    yield Row("default run, `-n 2`", f"{median(each.seconds for each in near):.1f} s", "20 s")
    for workers, runs in (("2", late), (MANY, many)):
        took = median(each.seconds for each in runs)
        yield Row(f"default run, `-n {workers}`, answers {LATE * 1000:.0f} ms late", f"{took:.1f} s", "")
    yield Row("default run, start to first request", f"{median(each.first for each in near):.1f} s", "2 s")
    yield Row("default run, peak memory of a process", f"{max(each.memory for each in near):.0f} MB", "")


def start(rounds: int, _: Path) -> Iterator[Row]:
    """Commands that only tell something, and the local server."""
    console = str(Path(sys.executable).with_name("ably-conformance"))
    for words, arguments, goal in (
        ("`ably-conformance --help`", ["--help"], "0.5 s"),
        ("`ably-conformance explain DEV-07`", ["explain", "DEV-07"], "0.5 s"),
    ):
        seconds = median(_seconds([console, *arguments]) for _ in range(rounds))
        yield Row(words, f"{seconds:.2f} s", goal)
    ready = median(_seconds_to_ready([console, "serve", "--http-port", "0"]) for _ in range(rounds))
    yield Row("`ably-conformance serve` to ready", f"{ready:.2f} s", "2 s")


def _seconds(command: list[str]) -> float:
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True, env=_KEPT)  # noqa: S603  our own command
    return time.monotonic() - began


def _seconds_to_ready(command: list[str]) -> float:
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_KEPT) as process:  # noqa: S603  as above
        if process.stdout:
            process.stdout.readline()
        took = time.monotonic() - began
        process.terminate()
    return took


def split(_: int, folder: Path) -> Iterator[Row]:
    """Where the time of a judged exchange goes."""
    found = folder / "split.json"
    with serving() as server:
        arguments = ("-p", "clock_split", "-n", "0", "--target", server.url)
        environment = {"CLOCK_SPLIT": str(found), "PYTHONPATH": str(HERE)}
        whole = server.timed(suite(folder, *arguments), **environment)
    seconds = json.loads(found.read_text(encoding="utf-8"))
    parts = sorted(seconds.items(), key=lambda each: -each[1])
    parts.append(("all else", whole.seconds - sum(seconds.values())))
    words = ", ".join(f"{part} {took / whole.seconds:.0%}" for part, took in parts)
    yield Row(f"one process, {whole.requests:,} exchanges", words, "journal and redaction 5 %")


def linear(_: int, folder: Path) -> Iterator[Row]:
    """What one more generated exchange costs, with few and with many examples."""
    runs = []
    with serving() as server:
        for examples in FEW_TO_MANY:
            arguments = ("-n", "0", "--target", server.url, "-k", "generated and stats", f"--examples={examples}")
            runs.append(server.timed(suite(folder, *arguments, "--journal-only")))
    costs = [1000 * (more.seconds - few.seconds) / (more.requests - few.requests) for few, more in pairwise(runs)]
    few, more, many = FEW_TO_MANY
    words = f"{costs[0]:.1f} ms from {few} to {more} examples, {costs[1]:.1f} ms from {more} to {many:,}"
    yield Row("one more exchange of GET /stats", words, "the same")
    memory = ", ".join(f"{each.memory:.0f} MB" for each in runs)
    yield Row(f"peak memory with {few}, {more} and {many:,} examples", memory, "the same")


def finding(rounds: int, folder: Path) -> Iterator[Row]:
    """How long until the first finding, over mutants that `st run` can see, too."""
    for mutant in MUTANTS:
        ours, theirs = [], []
        for _ in range(rounds):
            with serving("--mutant", mutant) as server:
                hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)}
                command = schemathesis(folder, server.url)
                command.remove("--continue-on-failure")
                theirs.append(server.timed([*command, "--max-failures", "1"], **hooks).seconds)
                began = time.time()
                server.timed(suite(folder, "--target", server.url, "-n", "2", "-k", "generated", "--journal-only"))
                ours.append(_first_finding(folder) - began)
        words = f"{median(ours):.1f} s, `st run` {median(theirs):.1f} s"
        yield Row(f"first finding of the mutant {mutant}", words, "")


def _first_finding(folder: Path) -> float:
    """When its exchange was sent, by the clock of the run."""
    lines = (folder / "latest" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    sent = {each["id"]: each["started"] for each in records if each["kind"] == "exchange"}
    found = [sent[id_] for each in records if each["kind"] == "finding" for id_ in each["exchanges"] if id_ in sent]
    return float(min(found))


MEASUREMENTS: dict[str, Callable[[int, Path], Iterator[Row]]] = {
    "rate": rate,
    "default": default,
    "start": start,
    "finding": finding,
    "split": split,
    "linear": linear,
}


# A server far away ----------------------------------------------------------------------------------------------------


@contextmanager
def delayed(url: str) -> Iterator[str]:
    """The URL of a forwarder that hands every answer on a little later."""
    parts, loop, port = urlsplit(url), asyncio.new_event_loop(), []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(_pumped(reader, back, 0), _pumped(there, writer, LATE), return_exceptions=True)

    async def listening() -> None:
        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        port.append(server.sockets[0].getsockname()[1])

    loop.run_until_complete(listening())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port[0]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late: float) -> None:
    """Each piece is handed on so long after it came, also when the next one follows at once."""
    clock = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def hand_on() -> None:
        while (piece := await pieces.get())[1]:
            await asyncio.sleep(piece[0] - clock.time())
            writer.write(piece[1])
            await writer.drain()
        writer.close()

    async def take_in() -> None:
        while data := await reader.read(65536):
            pieces.put_nowait((clock.time() + late, data))

    task = asyncio.create_task(hand_on())
    with suppress(OSError):
        await take_in()
    pieces.put_nowait((0.0, b""))
    with suppress(OSError):
        await task


# The page -------------------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(MEASUREMENTS))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only.split(","):
            for row in MEASUREMENTS[name](options.rounds, Path(folder)):
                sys.stderr.write(f"{row.what}: {row.measured}\n")
                rows.append(row)
    table = _table(rows, options.rounds, options.only)
    sys.stdout.write(table)
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(f"{text.partition(BEGIN)[0]}{BEGIN}\n{table}{END}{text.partition(END)[2]}", encoding="utf-8")
        PLOT.write_text(_plot([row for row in rows if row.bar]), encoding="utf-8")
    return 0


def _table(rows: list[Row], rounds: int, only: str) -> str:
    average = os.getloadavg()[2]
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with {os.cpu_count()} cores and Python {sys.version.split()[0]}, by",
        f"`tox run -e bench -- --rounds {rounds} --only {only} --write`. The load of the machine was",
        f"{average:.1f} over a quarter of an hour, with the benchmark.",
        "",
        "| what | measured | goal |",
        "|---|---|---|",
        *(f"| {row.what} | {row.measured} | {row.goal} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _plot(rows: list[Row]) -> str:
    """Bars, with `st run` as 1."""
    scale, height = 160, 28
    bars = [("st run", 1.0), *((re.sub(r"`", "", row.what), row.bar) for row in rows)]
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="880" height="{height * len(bars) + 12}" font-size="14"']
    lines[0] += ' font-family="sans-serif" role="img" aria-label="exchanges a second, st run as 1">'
    lines += ['<rect width="100%" height="100%" fill="#fff"/>']
    for number, (what, ratio) in enumerate(bars):
        top = height * number + 8
        lines += [
            f'<text x="330" y="{top + 15}" text-anchor="end">{what}</text>',
            f'<rect x="340" y="{top}" width="{ratio * scale:.0f}" height="20" fill="#4a7ab5"/>',
            f'<text x="{346 + ratio * scale:.0f}" y="{top + 15}">{ratio:.2f}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
