"""Runs one mode as a user would meet it, in a process and a folder of its own, and says what came of it."""

from __future__ import annotations

import atexit
import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from conformance.command_line import suite_command
from conformance.evidence.journal import WHOLE
from conformance.paths import ROOT
from conformance.selftest.harness.runs import environment
from conformance.selftest.hostile.mode import (
    ERROR,
    FAIL,
    INCONCLUSIVE,
    PASS,
    USAGE,
    ClientMode,
    JournalMode,
    Mode,
    TargetMode,
)
from conformance.selftest.hostile.server import Part, hostile
from conformance.target.embedded import reference_server
from conformance.verdict.result import Exit

BUDGET = 120.0
"""Seconds of a run, on a machine that has other work to do."""

MOST_MEMORY = 300
"""MB."""

LARGEST_REPORT = 15
"""MB of all files of a run."""

PROFILE = """description = "A hostile target"
[target]
start = "provision"
blast_radius = "exclusive"
[pace]
examples = 2
timeout = 1.0
patience = 0.3
"""
_VERDICTS = {
    Exit.CONFORMANT.value: PASS,
    Exit.NOT_CONFORMANT.value: FAIL,
    Exit.INCONCLUSIVE.value: INCONCLUSIVE,
    Exit.SUITE_ERROR.value: ERROR,
    Exit.USAGE.value: USAGE,
}
_CONTROLS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae|(?m:^::|^##\[)")
_JOURNAL = Lock()


@dataclass(frozen=True)
class Done:
    """A process that ended. status: None when it had to be killed. memory: its peak, in MB."""

    status: int | None
    said: bytes
    seconds: float
    memory: float


@dataclass(frozen=True)
class Result:
    """verdict: what came of the mode. gaps: what is wrong about it, a sentence each."""

    mode: Mode
    verdict: str
    seconds: float
    memory: float
    gaps: tuple[str, ...]


def judge(mode: Mode, folder: Path) -> Result:
    """folder: an empty one, which the mode may fill."""
    if isinstance(mode, TargetMode):
        return _judge_target(mode, folder)
    if isinstance(mode, JournalMode):
        return _judge_journal(mode, folder)
    assert isinstance(mode, ClientMode)
    return _judge_client(mode)


# Targets -------------------------------------------------------------------------------------------------------------


def _judge_target(mode: TargetMode, folder: Path) -> Result:
    reports = folder / "out"
    reports.mkdir()
    if mode.prepare:
        mode.prepare(reports)
    (folder / "hostile.toml").write_text(PROFILE)
    (folder / "mode_plugin.py").write_text(mode.plugin)
    with hostile(mode.act, mode.scheme) as server:
        select = [str(ROOT / each) if each.startswith("conformance/") else each for each in mode.select]
        target = () if mode.is_embedded else (f"--target={server.url}", f"--profile={folder / 'hostile.toml'}")
        options = [*target, f"--report-dir={reports}"]
        args = [*select, "-q", "--tb=short", "--seed=7", "-p", "mode_plugin", *options, *mode.options]
        done = _run([sys.executable, "-m", "pytest", *suite_command(args)], folder)
        secrets = server.secrets | set(mode.canaries)
    verdict = _verdict(done.status)
    run = next((each for each in reports.glob("2*Z-*") if each.is_dir()), reports)
    gaps = [*_usual_gaps(mode, verdict, done), *_report_gaps(mode, run, done), *_foreign(folder)]
    gaps += _leaks(secrets, run, done) if mode.kind == "secrets" else ()
    return Result(mode, verdict, done.seconds, done.memory, tuple(gaps))


def _report_gaps(mode: Mode, run: Path, done: Done) -> Iterator[str]:
    """The report has to be whole, to tell no error of the suite, and to give the reason."""
    try:
        report = json.loads((run / "report.json").read_text())
        ET.parse(run / "junit.xml")
        [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]
        page = (run / "report.html").read_text()
    except (OSError, ValueError, ET.ParseError) as error:
        yield f"the report is not whole: {type(error).__name__}: {error}"
        return
    if "</html>" not in page:
        yield "the page is not whole"
    wrong = [each["id"] for each in report["requirements"] if each["verdict"] == "error"]
    if wrong and mode.expect != ERROR:
        reasons = {each["reason"] for each in report["requirements"] if each["id"] in wrong}
        yield f"{len(wrong)} verdicts are error: {', '.join(sorted(reasons))[:200]}"
    if mode.says and mode.says not in json.dumps(report, ensure_ascii=False).replace('\\"', '"'):
        yield f'the reason does not say "{mode.says}": {report["sentence"][:200]}'
    size = sum(each.stat().st_size for each in run.rglob("*") if each.is_file()) / 1e6
    if size > LARGEST_REPORT:
        yield f"the report has {size:.0f} MB"
    found = _CONTROLS.search(done.said)
    if found:
        yield f"the console has {found[0]!r}: {done.said[max(found.start() - 40, 0) : found.end() + 40]!r}"


def _foreign(folder: Path) -> Iterator[str]:
    known = {"out", "hostile.toml", "mode_plugin.py", "__pycache__"}
    if more := sorted({each.name for each in folder.iterdir()} - known):
        yield f"written outside of the report: {', '.join(more)}"


def _leaks(secrets: set[str], run: Path, done: Done) -> Iterator[str]:
    files = {each.name: each.read_bytes() for each in run.rglob("*") if each.is_file()} | {"console": done.said}
    forms = {(form, words) for secret in secrets for form, words in _forms(secret)}
    for each in sorted({form for form, _ in forms}):
        leaking = [
            name for name, content in files.items() if any(words in content for form, words in forms if form == each)
        ]
        if leaking:
            yield f"a secret {each} is in {', '.join(sorted(leaking))}"


def _forms(secret: str) -> Iterator[tuple[str, bytes]]:
    raw = secret.encode()
    yield "as it is", raw
    yield "in hex", raw.hex().encode()
    yield "in base64", base64.b64encode(raw).rstrip(b"=")[:-1]
    yield "in escapes", "".join(f"\\u{ord(each):04x}" for each in secret).encode()


# Journals ------------------------------------------------------------------------------------------------------------


def _judge_journal(mode: JournalMode, folder: Path) -> Result:
    with _JOURNAL:
        genuine = _genuine_journals()
    shard = folder / "shard"
    shutil.copytree(genuine, shard)
    path = shard / WHOLE
    path.write_text("\n".join(mode.change(path.read_text().splitlines())) + "\n")
    merge = [sys.executable, "-m", "conformance.cli", "merge", str(shard), "--into", str(folder / "merged")]
    done = _run([sys.executable, "-c", "from conformance.cli import main; main()", *merge[3:]], folder)
    verdict = _verdict(done.status)
    gaps = [*_usual_gaps(mode, verdict, done)]
    gaps += ["a traceback"] if b"Traceback" in done.said else []
    return Result(mode, verdict, done.seconds, done.memory, tuple(gaps))


@cache
def _shared() -> Path:
    """A folder that all modes share, for the time of this process."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _genuine_journals() -> Path:
    """The journals of a run that is right."""
    folder = _shared() / "right"
    folder.mkdir()
    args = ["-q", "-k", "TIM-01", "--seed=7", "--journal-only", f"--report-dir={folder}"]
    suite = [str(ROOT / "conformance/suite/protocol/test_time.py"), *args]
    _run([sys.executable, "-m", "pytest", *suite_command(suite)], folder)
    return (folder / "latest").resolve()


# Clients -------------------------------------------------------------------------------------------------------------


def _judge_client(mode: ClientMode) -> Result:
    began = time.monotonic()
    with reference_server() as url:
        port = int(url.rpartition(":")[2])
        said = _talk(port, mode.parts)
        well = _talk(port, (b"GET /time HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",))
        memory = max(map(_peak, _reference_servers()))
    verdict = _status(said)
    gaps = [] if mode.allows(verdict) else [f"expected {mode.expect}, received {verdict}"]
    gaps += [] if _status(well) == "200" else ["the server does not answer any more"]
    gaps += [] if memory < MOST_MEMORY else [f"{memory:.0f} MB"]
    return Result(mode, verdict, time.monotonic() - began, memory, tuple(gaps))


def _talk(port: int, parts: Sequence[Part]) -> bytes:
    """What the server answers before it closes the connection."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=BUDGET) as connection:
        for part in parts:
            assert isinstance(part, bytes)
            with suppress(OSError):
                connection.sendall(part)
        with suppress(OSError):
            while more := connection.recv(65536):
                said += more
    return said


def _status(said: bytes) -> str:
    words = said.split(maxsplit=2)[1:2]
    return words[0].decode("latin-1") if words else "no answer"


def _reference_servers() -> Iterator[int]:
    """The process ids of those that this process started."""
    for children in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for each in children.read_text().split():
            with suppress(OSError):
                if b"conformance.reference" in Path(f"/proc/{each}/cmdline").read_bytes():
                    yield int(each)


def _peak(process: int) -> float:
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
        return int(found[1]) / 1000 if found else 0.0
    return 0.0


# Processes -----------------------------------------------------------------------------------------------------------


def _run(command: Sequence[str], folder: Path) -> Done:
    began = time.monotonic()
    output = folder.parent / f"{folder.name}.console"
    with output.open("wb") as console:
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(folder), stdout=console, stderr=subprocess.STDOUT
        )
        status, memory = _wait(process.pid, began + BUDGET)
        process.returncode = status if status is not None else -9
    said = output.read_bytes()
    output.unlink()
    return Done(status, said, time.monotonic() - began, memory)


def _environment(folder: Path) -> dict[str, str]:
    """Compiled modules are kept, because most of a short run is spent on compiling what pytest rewrites."""
    own = environment(PYTHONPATH=str(folder), PYTHONPYCACHEPREFIX=str(_shared() / "compiled"))
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return own


def _wait(pid: int, until: float) -> tuple[int | None, float]:
    """The exit status and the peak memory in MB; None for a process that has to be killed."""
    is_late, memory = False, 0.0
    while True:
        memory = max(memory, _peak(pid))  # the kernel's own sum counts what this process had when it forked
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return None if is_late else os.waitstatus_to_exitcode(status), memory
        if not is_late and time.monotonic() > until:
            is_late = True
            os.kill(pid, 9)
        time.sleep(0.05)


def _verdict(status: int | None) -> str:
    return "killed" if status is None else _VERDICTS.get(status, f"exit status {status}")


def _usual_gaps(mode: Mode, verdict: str, done: Done) -> Iterator[str]:
    if not mode.allows(verdict):
        tail = done.said.decode("utf-8", "replace").strip().splitlines()[-1:]
        yield f"expected {mode.expect}, received {verdict}: {''.join(tail)[:200]}"
    if done.seconds > BUDGET:
        yield f"{done.seconds:.0f} s"
    if done.memory > MOST_MEMORY:
        yield f"{done.memory:.0f} MB"
