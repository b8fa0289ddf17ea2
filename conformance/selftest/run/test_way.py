"""The way to a target, of a run and of its replays: a private authority, a client certificate, a proxy."""

from __future__ import annotations

import subprocess
from base64 import b64encode

import pytest

from conformance.selftest.harness.loopback import forwarding, loopback
from conformance.selftest.harness.runs import Run, suite
from conformance.selftest.reference.client import running

FAULT = ("--mutant", "time-in-seconds")
PART = ("--profile", "mutants", "--seed", "7", "-k", "TIM-01")


def replayed(run: Run) -> str:
    """What the only replay script of a run says."""
    (script,) = (run.folder / "replay").glob("TIM-01-*.sh")
    done = subprocess.run(
        ["sh", str(script)], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("is_shown", [True, False])
def test_a_target_that_demands_a_client_certificate(tmp_path, is_shown):
    authority, client = tmp_path / "ca.pem", tmp_path / "client.pem"
    options = ("--https-port", "0", "--ca-file", str(authority), "--client-cert", str(client))
    with running(*options, *FAULT) as server:
        cert = ("--cert", str(client)) if is_shown else ()
        run = suite(tmp_path, *PART, "--target", server.https, "--ca-file", str(authority), *cert)
        if is_shown:
            assert run.verdicts["TIM-01"] == "fail"
            assert "HTTP/1.1 200" in replayed(run)
        else:
            assert run.status == 6
            assert "cannot be reached" in run.said
    assert client.stat().st_mode & 0o077 == 0


def test_a_proxy_of_a_variable_gets_its_credentials_and_no_file_has_them(tmp_path):
    profile, crossed = tmp_path / "own.toml", []
    profile.write_text('extends = "mutants"\n[target]\nproxy = "$STAGING_PROXY"\n')
    with running(*FAULT) as server:
        forward = forwarding(server.http, crossed)
        with loopback(lambda request: forward(request.replace(f" {server.http}/".encode(), b" /", 1))) as proxy:
            own = proxy.url.replace("//", "//me:very-secret-word@")
            part = ("--profile", str(profile), *PART[2:])
            run = suite(tmp_path / "reports", *part, "--target", server.http, STAGING_PROXY=own)

    assert run.verdicts["TIM-01"] == "fail", run.said
    assert proxy.header_lines("Proxy-Authorization") == [f"Basic {b64encode(b'me:very-secret-word').decode()}"]
    assert f"requests go through the proxy {proxy.url}" in run.report["circumstances"]
    texts = [path.read_text(errors="replace") for path in run.parent.rglob("*") if path.is_file()]
    assert not [text for text in [*texts, run.said] if "very-secret-word" in text]


def test_a_proxy_of_the_command_line_is_used_by_the_run_and_by_its_replays(tmp_path):
    crossed: list[bytes] = []
    with running(*FAULT) as server:
        forward = forwarding(server.http, crossed)
        with loopback(lambda request: forward(request.replace(f" {server.http}/".encode(), b" /", 1))) as proxy:
            run = suite(tmp_path, *PART, "--target", server.http, "--proxy", proxy.url)
            assert run.verdicts["TIM-01"] == "fail"
            assert f"requests go through the proxy {proxy.url}" in run.report["circumstances"]
            assert all(target.startswith(server.http) for target in proxy.targets)
            before = len(proxy.targets)
            assert "HTTP/1.1 200" in replayed(run)
            assert len(proxy.targets) > before > 0
