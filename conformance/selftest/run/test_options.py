"""`run.options` resolves the command line, the environment and the profile into a `RunConfig`."""

from __future__ import annotations

import math
import re
import time

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from conformance.errors import UsageError
from conformance.profile import Blast, Start
from conformance.run.options import Options, choose_profile, resolve

SECRET = "a-secret-without-access"
KEY = f"app123.key456:{SECRET}"


def options(folder, **given) -> Options:
    known = {"profile": "", "target": "", "key": "", "seed": 7, "examples": None, "mutant": ""}
    return Options(**{**known, "parent": folder, **given})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"profile": "live"}, "profile live: give the base URL of the target with --target URL"),
        ({"profile": "live", "target": "http://x"}, r"give a key with --key or in \$ABLY_API_KEY"),
        ({"profile": "live", "target": "http://x", "key": "no-key"}, "the key is not of the form"),
        ({"target": "localhost:80"}, "--target: expected a URL like https://host:port"),
        ({"target": "http://user:secret@x"}, "must not contain credentials"),
        ({"labels": ("commit",)}, "--label: expected a name and a value, like commit=4f2a91c, received 'commit'"),
        ({"labels": ("a b=c",)}, "--label: expected a name and a value"),
        ({"shard": "5/4"}, "--shard: expected a part and the number of parts, like 2/4"),
        ({"max_time": -1.0}, "--max-time: expected seconds, 0 or more, received -1"),
        ({"max_time": float("inf")}, "--max-time: expected seconds, 0 or more, received inf"),
        ({"max_time": float("nan")}, "--max-time: expected seconds, 0 or more, received nan"),
        ({"rps": -1.0}, "--rps: expected requests a second, 0 or more, received -1"),
        ({"rps": float("inf")}, "--rps: expected requests a second, 0 or more, received inf"),
        ({"examples": 0}, "--examples: expected a number, more than 0, received 0"),
        ({"target": "http://x", "mutant": "any"}, "--mutant works only with the embedded reference server"),
        (
            {"profile": "sandbox", "target": "http://x", "key": KEY},
            "--key: the profile sandbox creates its own application; remove --key, or judge an existing application",
        ),
        ({"key": KEY}, "--key: the profile reference creates its own application; remove --key"),
    ],
)
def test_options_that_cannot_be_resolved_are_rejected(tmp_path, given, sentence):
    with pytest.raises(UsageError, match=sentence):
        resolve(options(tmp_path, **given))


@pytest.mark.parametrize(
    ("given", "name", "start"),
    [
        ({}, "reference", Start.EMBEDDED),
        ({"target": "http://x"}, "sandbox", Start.PROVISION),
        ({"target": "http://x", "key": KEY}, "live", Start.GIVEN),
        ({"profile": "reference", "target": "http://x"}, "reference", Start.PROVISION),
        ({"profile": "sandbox", "target": "http://x", "key": KEY}, "sandbox", Start.PROVISION),
    ],
)
def test_the_default_profile_follows_from_target_and_key(tmp_path, given, name, start):
    chosen = choose_profile(options(tmp_path, **given))

    assert (chosen.name, chosen.target.start) == (name, start)


@pytest.mark.parametrize(("given", "seconds"), [({}, 3600), ({"max_time": 90.0}, 90), ({"max_time": 0.0}, 0)])
def test_the_time_of_a_run_is_that_of_the_option_or_of_the_profile(tmp_path, given, seconds):
    before = time.monotonic()

    found = resolve(options(tmp_path, **given))

    assert found.budget.seconds == seconds
    assert (found.budget.until == math.inf) is (seconds == 0)
    assert found.budget.until >= before + seconds
    assert ("--max-time" in found.reproduce) is bool(given)


@pytest.mark.parametrize(("given", "rate"), [({}, 20), ({"rps": 3.5}, 3.5), ({"rps": 0.0}, 0)])
def test_the_pace_of_a_run_is_that_of_the_option_or_of_the_profile(tmp_path, given, rate):
    found = resolve(options(tmp_path, target="http://x", key=KEY, **given))

    assert found.profile.pace.requests_per_second == rate
    assert ("--rps" in found.reproduce) is bool(given)


def test_a_file_is_named_once_in_the_command_that_reproduces_a_run(pem):
    assert routed(pem, ca_file=str(pem / "cert.pem")).reproduce.count("--ca-file") == 1


def test_a_read_only_run_cannot_create_an_application(tmp_path):
    path = tmp_path / "careful.toml"
    path.write_text('[target]\nblast_radius = "read-only"\n')

    careful = choose_profile(options(tmp_path, profile=str(path), target="http://x", key=KEY))

    assert careful.target.blast_radius is Blast.READ_ONLY
    path.write_text('[target]\nblast_radius = "read-only"\nstart = "provision"\n')
    with pytest.raises(UsageError, match="a read-only run cannot create an application"):
        choose_profile(options(tmp_path, profile=str(path), target="http://x"))


def test_the_command_that_reproduces_a_run_has_no_key(tmp_path):
    asked = options(tmp_path, target="http://x", key=KEY)

    reproduce = resolve(asked).reproduce

    assert "--seed 7" in reproduce
    assert "--target http://x" in reproduce
    assert SECRET not in reproduce


def test_a_profile_given_by_path_is_reproduced_by_path(tmp_path):
    """The name of a profile outside of profiles/ does not find it."""
    own = tmp_path / "my own.toml"
    own.write_text('description = "staging"\n')
    asked = options(tmp_path, profile=str(own), target="http://x", key=KEY)

    assert f"--profile '{own}'" in resolve(asked).reproduce


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read: No such file"), ("no certificate", "contains no PEM certificate")]
)
def test_a_ca_file_that_cannot_be_read_is_rejected(tmp_path, content, sentence):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(UsageError, match=f"--ca-file: {path} {sentence}"):
        choose_profile(options(tmp_path, target="https://x", key=KEY, ca_file=str(path)))


def test_every_run_has_a_name_of_its_own(tmp_path):
    asked = options(tmp_path, target="http://x", key=KEY)

    runs = {resolve(asked).run for _ in range(50)}

    assert len(runs) == 50
    assert all(re.fullmatch("[0-9a-f]{6}", run) for run in runs)


def test_a_run_without_a_seed_states_the_one_it_took(tmp_path):
    asked = options(tmp_path, seed=None)

    found = resolve(asked)

    assert f"--seed {found.seed}" in found.reproduce


@pytest.mark.parametrize(
    ("given", "name"), [({}, "reference"), ({"profile": "sandbox", "target": "http://x"}, "sandbox")]
)
def test_a_key_of_the_environment_that_is_not_used_is_noted(tmp_path, given, name):
    found = resolve(options(tmp_path, key=KEY, is_key_from_environment=True, **given))

    assert found.notes == (f"ABLY_API_KEY is not used: the profile {name} creates its own application",)
    assert found.keys == {}


@pytest.mark.parametrize("from_environment", [True, False])
def test_a_key_that_is_used_is_not_noted(tmp_path, from_environment):
    found = resolve(options(tmp_path, target="http://x", key=KEY, is_key_from_environment=from_environment))

    assert found.notes == ()
    assert found.keys["full"].text == KEY


# The way to the target -----------------------------------------------------------------------------------------------


@pytest.fixture
def pem(tmp_path):
    """A client certificate: whole, in two files, and with an encrypted key."""
    made = trustme.CA().issue_cert("client.example")
    made.private_key_and_cert_chain_pem.write_to_path(tmp_path / "whole.pem")
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    locked = serialization.load_pem_private_key(made.private_key_pem.bytes(), None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    return tmp_path


def routed(folder, **given):
    return resolve(options(folder, target="https://x", key=KEY, **given))


def test_options_of_the_way_reach_the_profile_and_the_command(pem):
    files = {"ca_file": str(pem / "cert.pem"), "cert": str(pem / "cert.pem"), "cert_key": str(pem / "key.pem")}
    found = routed(pem, proxy="http://proxy.example:3128", **files)

    target = found.profile.target
    assert (target.ca_file, target.cert, target.cert_key) == tuple(files.values())
    assert target.proxy == "http://proxy.example:3128"
    for option in (f"--cert {pem}/cert.pem", f"--cert-key {pem}/key.pem", "--proxy http://proxy.example:3128"):
        assert option in found.reproduce


def test_a_certificate_of_the_command_line_does_not_take_the_key_of_the_profile(pem):
    own = pem / "own.toml"
    own.write_text('[target]\ncert = "cert.pem"\ncert_key = "key.pem"\nproxy = "http://one.example"\n')

    given = routed(pem, profile=str(own)).profile.target
    replaced = routed(pem, profile=str(own), cert=str(pem / "whole.pem"), proxy="environment").profile.target

    assert (given.cert, given.cert_key, given.proxy) == (f"{pem}/cert.pem", f"{pem}/key.pem", "http://one.example")
    assert (replaced.cert, replaced.cert_key, replaced.proxy) == (f"{pem}/whole.pem", "", "environment")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"cert": "nothing.pem"}, "--cert: .*nothing.pem cannot be read: No such file"),
        ({"cert": "cert.pem"}, "--cert: .*cert.pem contains no PEM certificate with its private key"),
        ({"cert": "cert.pem", "cert_key": "locked.pem"}, "--cert: the key in .*locked.pem is encrypted"),
        ({"cert_key": "key.pem"}, "--cert: a key of a client certificate needs the certificate itself"),
    ],
)
def test_a_client_certificate_that_cannot_be_used_is_rejected(pem, given, sentence):
    with pytest.raises(UsageError, match=sentence):
        routed(pem, **{name: str(pem / file) for name, file in given.items()})


@pytest.mark.parametrize(
    ("proxy", "sentence"),
    [
        ("proxy.example:3128", "--proxy: expected a URL like https://host:port"),
        (
            "$NO_SUCH_PROXY",
            "--proxy: the variable NO_SUCH_PROXY has to hold a URL like http://user:password@host:port",
        ),
        ("$", "--proxy: expected the name of a variable of the environment"),
        ("http://me:secret@proxy.example", "--proxy: the URL appears in reports and must not contain credentials"),
    ],
)
def test_a_proxy_that_is_no_url_without_credentials_is_rejected(tmp_path, proxy, sentence):
    with pytest.raises(UsageError, match=sentence):
        routed(tmp_path, proxy=proxy)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http+unix://%2Frun%2Fably.sock", "/run/ably.sock"),
        ("unix:///run/ably.sock", "/run/ably.sock"),
        ("unix:/run/ably.sock", "/run/ably.sock"),
        ("/run/my ably.sock", "'/run/my ably.sock'"),
    ],
)
def test_a_unix_socket_is_answered_with_the_bridge_to_it(tmp_path, url, path):
    with pytest.raises(UsageError) as raised:
        resolve(options(tmp_path, target=url, key=KEY))

    assert f"run `socat TCP-LISTEN:8080,bind=127.0.0.1,reuseaddr,fork UNIX-CONNECT:{path}`" in str(raised.value)
    assert "give http://127.0.0.1:8080" in str(raised.value)
