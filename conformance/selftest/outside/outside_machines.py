"""A run whose workers are reached over ssh and do not see its folder: an own sshd on loopback, and namespaces.

    pytest conformance/selftest/outside/outside_machines.py

It needs ssh, sshd, and unshare with the right to mount: each worker has an empty folder where the reports are.
"""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.selftest.harness.runs import Run, environment
from conformance.target.embedded import reference_server

COMMAND = [sys.executable, "-P", "-c", "from conformance.cli import main; main()", "run", "--profile", "sandbox"]
PATIENCE = 30


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert found, f"{name} is not installed: Debian has it in openssh-server, openssh-client and util-linux"
    return found


@dataclass(frozen=True)
class Machine:
    """config: of the ssh client, for the host `elsewhere`. python: begins a worker there, and notes its process."""

    config: Path
    python: Path
    home: Path
    pids: Path
    reports: Path

    @property
    def spec(self) -> str:
        return f"2*ssh=-F {self.config} elsewhere//python={self.python}//chdir={self.home / 'work'}"


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    reports, home = folder / "reports", folder / "home"
    reports.mkdir()
    home.mkdir()
    for name in ("host", "user"):
        subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
        f"PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
    )
    key = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}\n")
    config = folder / "ssh_config"
    config.write_text(
        f"Host elsewhere\n  HostName 127.0.0.1\n  Port {port}\n  User {getpass.getuser()}\n  BatchMode yes\n"
        f"  IdentityFile {folder}/user\n  IdentitiesOnly yes\n  UserKnownHostsFile {folder}/known_hosts\n"
    )
    made = Machine(config, _python_of(folder, reports, home), home, folder / "pids", reports)
    with Server(folder, port):
        yield made


def _python_of(folder: Path, reports: Path, home: Path) -> Path:
    """An interpreter whose processes see an empty folder in the place of the reports."""
    python = folder / "python"
    hide = f'mount -t tmpfs none {shlex.quote(str(reports))} && exec "$@"'
    python.write_text(
        f"#!/bin/sh\necho $$ >> {folder}/pids\nexport HOME={home}\n"
        f'exec {program("unshare")} {_rights()} sh -c {shlex.quote(hide)} - {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    return python


def _rights() -> str:
    return "--mount" if os.geteuid() == 0 else "--map-root-user --mount"


class Server:
    """An sshd. That of root wants a folder of its own below /run, which here is one that nobody else sees."""

    def __init__(self, folder: Path, port: int) -> None:
        self._command = [program("sshd"), "-D", "-e", "-f", str(folder / "sshd_config")]
        if os.geteuid() == 0:
            private = 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"'
            self._command = [program("unshare"), "--mount", "sh", "-c", private, "-", *self._command]
        self._log = folder / "sshd.log"
        self._port = port

    def __enter__(self) -> None:
        with self._log.open("w") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait(self._answers)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self._port)) == 0

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)


def wait(has_come: Callable[[], bool], patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not has_come():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


def begun(machine: Machine, url: str, parent: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, f"--report-dir={parent}", "--target", url, "--seed", "7", "--examples", "1", *args],
        cwd=machine.home,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(running: subprocess.Popen[str], parent: Path) -> Run:
    said, _ = running.communicate(timeout=300)
    return Run(running.returncode, said, parent, 0.0)


def test_workers_on_another_machine_judge_as_workers_beside_do(machine, reference, tmp_path):
    over_ssh = ("-k", "TIM or TOK-0", "--tx", machine.spec, "--dist", "loadfile")
    apart = ended(begun(machine, reference, machine.reports, *over_ssh), machine.reports)
    beside = ended(begun(machine, reference, tmp_path, "-k", "TIM or TOK-0", "-n", "2"), tmp_path)
    assert (apart.status, beside.status) == (0, 0), apart.said
    assert apart.verdicts == beside.verdicts
    journals = [each["worker"] for each in apart.records if each["kind"] == "header"]
    assert sorted(journals) == ["controller", "gw0", "gw1"]
    tests = [{each["test"] for each in run.records if each["kind"] == "outcome"} for run in (apart, beside)]
    assert tests[0] == tests[1]


def test_the_workers_did_not_see_the_folder(machine):
    """Otherwise the test above shows nothing."""
    (machine.reports / "something").touch()
    seen = subprocess.run(
        [machine.python, "-c", f"import os; print(os.listdir({str(machine.reports)!r}), os.environ['HOME'])"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert seen.stdout.split() == ["[]", str(machine.home)]


def test_a_worker_that_dies_there_is_a_cut(machine, reference):
    machine.pids.write_text("")
    slowly = ("-k", "TIM or PUB", "--rps", "40", "--tx", machine.spec, "--dist", "load")
    running = begun(machine, reference, machine.reports, *slowly)
    wait(lambda: len(machine.pids.read_text().split()) >= 2, 120)
    time.sleep(6)  # it has to import the suite, and to judge something
    os.kill(int(machine.pids.read_text().split()[0]), signal.SIGKILL)
    done = ended(running, machine.reports)
    assert done.status == 6, done.said
    assert done.report["complete"] is False
    assert "the journal of worker gw" in " ".join(done.report["problems"])
    assert "is missing" in " ".join(done.report["problems"])


def test_the_embedded_server_is_refused_in_a_sentence(machine):
    refused = subprocess.run(
        [*COMMAND, "--profile", "reference", "-k", "TIM-01", "--tx", machine.spec, "--dist", "load"],
        cwd=machine.home,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert refused.returncode == 4
    assert "no other machine reaches the embedded reference server" in refused.stdout
