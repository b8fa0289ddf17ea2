"""The server process: ports, TLS, signals, command line and mutants."""

import ast
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import conformance.reference
from conformance.reference import parts
from conformance.reference.__main__ import main
from conformance.reference.mutants import MARK, MUTANTS, describe, parts_of
from conformance.reference.variants import collect
from conformance.selftest.reference.client import ROOT, refusal, running, running_app

PACKAGE = Path(conformance.reference.__file__).parent


def test_http_and_https_serve_the_same_state(tmp_path):
    authority = tmp_path / "ca.pem"
    options = ("--https-port", "0", "--tls-name", "a.example", "--tls-name", "localhost", "--ca-file", str(authority))
    with running(*options) as server, server.app() as app:
        app.publish("both", {"data": "x"})
        port = server.https.rpartition(":")[2]
        answer = requests.get(
            f"https://localhost:{port}/channels/both/messages",
            headers=app.credentials(0, None),
            verify=str(authority),
            timeout=10,
        )
        assert len(answer.json()) == 1
        assert server.https.startswith("https://127.0.0.1:")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_status_0(number):
    with running() as server:
        requests.get(f"{server.http}/time", timeout=10).close()
        server.process.send_signal(number)
        assert server.process.wait(timeout=10) == 0


def test_a_server_that_watches_its_input_ends_with_status_0_and_at_once():
    """It was aborted a second later, at the lock of the input that its thread was reading."""
    command = [sys.executable, "-m", "conformance.reference", "--exit-with-parent"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout.readline().startswith("ready ")
        process.terminate()
        _, errors = process.communicate(timeout=10)

    assert (process.returncode, errors) == (0, "")


def test_a_server_ends_with_status_0_when_its_parent_does():
    command = [sys.executable, "-m", "conformance.reference", "--exit-with-parent"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout.readline().startswith("ready ")
        process.stdin.close()
        assert process.wait(10) == 0


def test_the_server_prints_only_one_line():
    with running() as server:
        requests.get(f"{server.http}/nowhere", timeout=10).close()
        server.process.terminate()
        assert server.process.stdout.read() == ""


def test_a_port_in_use_is_reported(capsys):
    with running() as server:
        assert main(["--http-port", server.http.rpartition(":")[2]]) == 4
    assert "cannot listen" in capsys.readouterr().err


def test_an_unknown_mutant_is_rejected():
    command = [sys.executable, "-m", "conformance.reference", "--mutant", "errors-are-falt"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "the nearest is errors-are-flat" in done.stderr


def test_a_mutant_has_its_own_fault_and_no_other():
    with running_app("--mutant", "errors-are-flat") as app:
        assert app.get("/nowhere").json()["code"] == 40400
    with running_app("--mutant", "full-last-page-has-next") as app:
        assert refusal(app.get("/nowhere")) == (404, 40400)


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mutant_overrides_a_method_of_its_part(name):
    item = MUTANTS[name]
    unmodified = getattr(parts.UNMODIFIED, item.part)
    faulty = [base for base in item.cls.__mro__ if issubclass(base, unmodified) and base is not unmodified]
    overridden = {member for base in faulty for member in vars(base) if not member.startswith("__")}
    assert overridden & set(dir(unmodified))
    assert getattr(parts_of(name), item.part) is item.cls
    assert item.fault.endswith(".")
    assert item.breaks.partition("-")[2].isdecimal()


def test_all_mutants_can_be_assembled():
    for item in MUTANTS.values():
        assert parts.assemble(item.parts, allow_plain_basic=True).operations


def test_two_mutants_of_one_name_are_rejected():
    module = sys.modules[next(iter(MUTANTS.values())).cls.__module__]
    with pytest.raises(ValueError, match="two variants"):
        collect((module, module), MARK, describe)


def test_every_operation_has_a_route():
    service = parts.assemble(parts.UNMODIFIED, allow_plain_basic=True)
    routed = {route.operation for entries in service.routing.by_length.values() for route, _ in entries}
    assert routed == set(service.operations)


def test_the_reference_server_imports_nothing_else_of_the_project():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            foreign = [name for name in names if name and name.startswith("conformance")]
            assert all(name.startswith("conformance.reference") for name in foreign), path
