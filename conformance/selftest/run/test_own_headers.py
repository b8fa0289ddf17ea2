"""Headers of the user go with every request, and those from the environment are in nothing that a run leaves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.run.options import resolve
from conformance.selftest.harness.loopback import forwarding, loopback, reply
from conformance.selftest.harness.runs import suite
from conformance.selftest.reference.client import running
from conformance.selftest.run.test_options import KEY, options

PASS = "a-pass-for-the-gateway"
HEADERS = 'headers = { "X-Gateway" = "blue", "X-Pass" = { variable = "STAGING_PASS" } }'


def replayed(script: Path, **env: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": "/usr/bin:/bin", **env}
    return subprocess.run(["sh", script], env=given, capture_output=True, text=True, timeout=60, check=False)


def test_a_gateway_that_demands_them_is_judged_and_the_secret_one_is_struck(tmp_path):
    profile = tmp_path / "own.toml"
    profile.write_text(f'extends = "mutants"\n[target]\n{HEADERS}\n')
    crossed: list[bytes] = []
    with running("--mutant", "time-in-seconds") as server:
        forward = forwarding(server.http, crossed)

        def gateway(request: bytes) -> bytes:
            has_both = b"X-Gateway: blue\r\n" in request and f"X-Pass: {PASS}\r\n".encode() in request
            return forward(request) if has_both else reply(403)

        with loopback(gateway) as proxy:
            given = ("--profile", str(profile), "--target", proxy.url, "--seed", "7", "-k", "TIM-01")
            run = suite(tmp_path / "reports", *given, STAGING_PASS=PASS)
            before = len(crossed)
            (script,) = (run.folder / "replay").glob("TIM-01-*.sh")
            again = replayed(script, STAGING_PASS=PASS)
            without = replayed(script)

    assert run.verdicts["TIM-01"] == "fail", run.said
    assert "HTTP/1.1 200" in again.stdout
    assert len(crossed) > before
    assert "STAGING_PASS: set it to the value of the header X-Pass" in without.stderr
    texts = [path.read_text(errors="replace") for path in run.parent.rglob("*") if path.is_file()]
    assert not [text for text in [*texts, run.said] if PASS in text]
    assert any("X-Gateway" in text and "blue" in text for text in texts)


@pytest.mark.parametrize("value", [None, "short", "with a\nbreak in it"])
def test_a_variable_without_a_value_that_can_be_kept_secret_is_one_sentence(tmp_path, monkeypatch, value):
    profile = tmp_path / "own.toml"
    profile.write_text(f"[target]\n{HEADERS}\n")
    if value:
        monkeypatch.setenv("STAGING_PASS", value)

    with pytest.raises(UsageError, match=r"profile own: \[target\] headers X-Pass"):
        resolve(options(tmp_path, profile=str(profile), target="http://x", key=KEY))


def test_the_key_is_that_of_its_variable_unless_it_is_typed(tmp_path, monkeypatch):
    profile = tmp_path / "own.toml"
    profile.write_text('[target]\nkey_variable = "STAGING_KEY"\n')
    asked = {"profile": str(profile), "target": "http://x"}

    with pytest.raises(UsageError, match=r"give a key with --key or in \$STAGING_KEY"):
        resolve(options(tmp_path, key=KEY, is_key_from_environment=True, **asked))
    monkeypatch.setenv("STAGING_KEY", "staging.key:another-secret")
    named = resolve(options(tmp_path, key=KEY, is_key_from_environment=True, **asked))
    typed = resolve(options(tmp_path, key=KEY, **asked))

    assert named.keys["full"].text == "staging.key:another-secret"
    assert typed.keys["full"].text == KEY
