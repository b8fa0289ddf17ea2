"""Workers of pytest-xdist that are not beside the controller: `--tx ssh=...`, or `--tx popen//chdir=...`.

Such a worker has the suite installed at another place. It may have another clock, and may not see the folder of the
run; then it writes its journal to a folder of its own and hands it over at the end, through the pipe of pytest-xdist.
"""

from __future__ import annotations

import os
import pickle
import re
import socket
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from conformance.command_line import OPTIONS, of_suite, suite_command, unambiguous
from conformance.errors import UsageError
from conformance.evidence.whole_files import write_whole
from conformance.paths import PACKAGE, SETTINGS
from conformance.profile import Start
from conformance.run import elsewhere
from conformance.run.config import RunConfig
from conformance.run.remote import PLACE
from conformance.target.pacer import Budget

_PIECE = 1024 * 1024
"""Bytes of one piece of a journal on the way."""

_SEVERAL = re.compile(r"(\d+)\*(.*)", re.DOTALL)
_BOOT = Path("/proc/sys/kernel/random/boot_id")


# Where the user is ---------------------------------------------------------------------------------------------------


def expanded(tx: Iterable[str]) -> list[str]:
    """One specification for each worker: "2*popen" is two."""
    found = [(each, _SEVERAL.fullmatch(each)) for each in tx]
    return [spec for each, several in found for spec in ([several[2]] * int(several[1]) if several else [each])]


def are_beside(specs: Iterable[str]) -> bool:
    """Whether every worker is a process with the folder and the paths of this one."""
    return all(_kind(each) == "popen" and "//chdir=" not in each for each in specs)


def refuse(specs: Sequence[str], run_config: RunConfig) -> None:
    """Raises UsageError for workers that could not judge this target."""
    for each in specs:
        if _kind(each) not in {"popen", "ssh"}:
            raise UsageError(f"--tx {each}: workers get the keys of the run; reach another machine with ssh=")
    if any(_kind(each) == "ssh" for each in specs) and run_config.profile.target.start is Start.EMBEDDED:
        raise UsageError(
            "--tx ssh=: no other machine reaches the embedded reference server; name a server with --target"
        )
    if run_config.also and not are_beside(specs):
        raise UsageError("--also: a worker in another folder or on another machine does not have these files; use -n")


def _kind(spec: str) -> str:
    return "via" if "//via=" in spec else re.split("=|//", spec, maxsplit=1)[0]


def relocatable(arguments: Iterable[str]) -> list[str]:
    """The arguments for a worker with the suite at another place, without the options that the controller resolves.

    Raises UsageError for a path that only this machine has.
    """
    own = list(_of_pytest(arguments))
    whole = own if str(SETTINGS) in own else suite_command(of_suite(own))  # plain pytest is at the root of a checkout
    marked = [each.replace(str(PACKAGE.parent), PLACE, 1) for each in whole]
    for before, each in pairwise(("", *marked)):
        if os.path.exists(each.partition("::")[0]):  # noqa: PTH110  Path.exists raises for a long text
            raise UsageError(_refusal_of_path(before, each))
    return marked


def _refusal_of_path(before: str, path: str) -> str:
    """before: the argument in front of it, of which it may be the value."""
    if before.startswith("-") and "=" not in before:
        return (
            f"--tx: `{before} {path}`: the workers do not have the path {path}; if it is none, write `{before}={path}`"
        )
    return f"--tx: the workers do not have the path {path}; leave it out"


def _of_pytest(arguments: Iterable[str]) -> Iterator[str]:
    ours = {
        name: how.get("action") != "store_true" for each, how in OPTIONS.items() for name in (each, unambiguous(each))
    }
    is_value = False
    for each in arguments:
        is_ours = is_value or each.partition("=")[0] in ours
        is_value = not is_value and ours.get(each, False)
        if not is_ours:
            yield each


class OtherMachines:
    """Makes each worker start with its own paths."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_getremotemodule(self) -> ModuleType:
        return elsewhere


# What is handed over -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Handover:
    """left: seconds of the budget. files: contents of those that the run reads, by path. machine: the controller's."""

    run_config: RunConfig
    left: float
    files: dict[str, bytes]
    machine: str


def handed(run_config: RunConfig, spec: str) -> bytes:
    """spec: of the worker. One that is beside reads the files of the run itself."""
    left = run_config.budget.until - time.monotonic()
    paths = [] if are_beside([spec]) else _files_of(run_config)
    files = {path: Path(path).read_bytes() for path in paths}
    return pickle.dumps((version("ably-conformance"), pickle.dumps(_Handover(run_config, left, files, _machine()))))


def _files_of(run_config: RunConfig) -> list[str]:
    target, contract = run_config.profile.target, run_config.profile.contract
    return [path for path in (target.ca_file, target.cert, target.cert_key, contract.path) if path]


def _machine() -> str:
    """Where it is the same, processes share the monotonic clock."""
    return _BOOT.read_text() if _BOOT.exists() else socket.gethostname()


# Where the worker is -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker makes of what it was handed. folder: of its own, where it does not see that of the run."""

    run_config: RunConfig
    folder: tempfile.TemporaryDirectory[str] | None = None

    def journal(self, name: str) -> list[bytes]:
        """The journal of the worker in pieces, none where the controller sees it, and nothing of it stays here."""
        if self.folder is None:
            return []
        content = zlib.compress((self.run_config.folder / f"journal-{name}.jsonl").read_bytes())
        self.folder.cleanup()
        return [content[start : start + _PIECE] for start in range(0, len(content), _PIECE)]


def taken(handed_over: bytes, seen: str) -> Place:
    """seen: the name of a file in the folder of the run, by which a worker knows that it sees that folder.

    Raises UsageError where another version of the suite is installed here.
    """
    there, packed = pickle.loads(handed_over)  # noqa: S301  from our own controller, over a pipe
    here = version("ably-conformance")
    if there != here:
        raise UsageError(f"{socket.gethostname()} has ably-conformance {here}, and the controller has {there}")
    handover: _Handover = pickle.loads(packed)  # noqa: S301  as above
    run_config = handover.run_config
    if handover.machine != _machine():
        budget = Budget(run_config.budget.seconds, time.monotonic() + handover.left)
        run_config = replace(run_config, clock=None, budget=budget)
    if (run_config.folder / seen).is_file() and os.access(run_config.folder, os.W_OK):
        return Place(run_config)
    folder = tempfile.TemporaryDirectory(prefix="ably-conformance-")
    return Place(_with_files(replace(run_config, folder=Path(folder.name)), handover.files), folder)


def _with_files(run_config: RunConfig, files: dict[str, bytes]) -> RunConfig:
    """With the files of the run beside the journal, each under its own name."""
    places = {}
    for number, (path, content) in enumerate(files.items()):
        place = run_config.folder / str(number) / Path(path).name
        place.parent.mkdir()
        place.touch(mode=0o600)
        place.write_bytes(content)
        places[path] = str(place)

    def placed(path: str) -> str:
        return places.get(path, path)

    profile = run_config.profile
    target, contract = profile.target, replace(profile.contract, path=placed(profile.contract.path))
    ca_file, cert, cert_key = map(placed, (target.ca_file, target.cert, target.cert_key))
    target = replace(target, ca_file=ca_file, cert=cert, cert_key=cert_key)
    return replace(run_config, profile=replace(profile, target=target, contract=contract))


def write_journal(folder: Path, name: str, pieces: Iterable[bytes]) -> None:
    """What a worker handed over, in the folder of the run. Raises OSError."""
    write_whole(folder / f"journal-{name}.jsonl", zlib.decompress(b"".join(pieces)))
