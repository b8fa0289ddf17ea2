"""`run.options` resolves the command line, the environment and the profile into a `RunConfig`."""

from __future__ import annotations

import math
import re
import time

import pytest

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
        ({"max_time": -1.0}, "--max-time: expected seconds, 0 or more, received -1"),
        ({"max_time": float("inf")}, "--max-time: expected seconds, 0 or more, received inf"),
        ({"max_time": float("nan")}, "--max-time: expected seconds, 0 or more, received nan"),
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
