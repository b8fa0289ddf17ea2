"""Profiles: a mistake stops before the first request, in a sentence that names the thing and the nearest right one."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from conformance.errors import UsageError
from conformance.model import Waiver
from conformance.paths import PROFILES
from conformance.profile import (
    FEATURES,
    Blast,
    ErrataMode,
    PaceSection,
    Profile,
    Start,
    TargetSection,
    check_url,
    load,
    parse,
    refuse_contradiction,
)

SHIPPED = sorted(path.stem for path in PROFILES.glob("*.toml"))
WAIVER = '[[waiver]]\nrequirement = "HDR-01"\nreason = "known"\nissue = "https://issues.example/1"\n'


def read(text: str) -> Profile:
    return parse("mine", tomllib.loads(text))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_loads_and_says_what_it_is_for(name):
    profile = load(name)

    assert profile.name == name
    assert profile.description
    refuse_contradiction(profile)


def test_a_profile_has_what_it_says():
    profile = read(
        'description = "mine"\n[target]\nstart = "provision"\nurl = "https://host:8443/base"\n'
        'offers = ["push", "state"]\nblast_radius = "exclusive"\n[contract]\nerrata = "repairs"\n'
        "[pace]\nexamples = 3\ntimeout = 2\npatience = 0\nrequests_per_second = 0.5\n"
        f'{WAIVER}until = 2026-12-31\noperation = "GET /time"\nowner = "us"\n'
    )

    assert profile.target == TargetSection(
        Start.PROVISION, "https://host:8443/base", ("push", "state"), Blast.EXCLUSIVE
    )
    assert profile.contract.errata is ErrataMode.REPAIRS
    assert profile.pace == PaceSection(3, 2.0, 0.0, 0.5)
    assert profile.waivers == (
        Waiver("HDR-01", "known", "https://issues.example/1", date(2026, 12, 31), "GET /time", "us"),
    )


def test_what_a_profile_does_not_say_is_careful():
    profile = read("")

    assert profile.target == TargetSection(Start.GIVEN, "", tuple(FEATURES), Blast.NAMESPACED)
    assert profile.contract.errata is ErrataMode.ALL
    assert profile.waivers == ()


MISTAKES = [
    ("targt = 1", "profile mine: unknown key 'targt'; did you mean 'target'?"),
    ("[target]\nstrat = 1", "profile mine: [target]: unknown key 'strat'; did you mean 'start'?"),
    ("[pace]\ntimeuot = 1", "profile mine: [pace]: unknown key 'timeuot'; did you mean 'timeout'?"),
    ("[zzz]", "profile mine: unknown key 'zzz'; known are: contract, description, gate, pace, scope, target, waiver"),
    ("target = 5", "profile mine: [target]: expected a table, received 5"),
    ("description = 5", "profile mine: description: expected a text, received 5"),
    ('[target]\nstart = "embeded"', "[target] start: 'embeded' is not one of its values; did you mean 'embedded'?"),
    ("[target]\nstart = 5", "[target] start: 5 is not one of its values; known are: embedded, given, provision"),
    ('[target]\nblast_radius = "readonly"', "'readonly' is not one of its values; did you mean 'read-only'?"),
    ('[contract]\nerrata = "al"', "[contract] errata: 'al' is not one of its values; did you mean 'all'?"),
    ('[target]\noffers = ["pusch"]', "[target] offers: unknown feature 'pusch'; did you mean 'push'?"),
    ('[target]\noffers = "push"', "[target] offers: expected a list of texts, received 'push'"),
    ("[target]\noffers = [1]", "[target] offers: expected a list of texts, received [1]"),
    ("[target]\nurl = 5", "[target] url: expected a text, received 5"),
    (
        '[target]\nurl = "localhost:8080"',
        "[target] url: expected a URL like https://host:port, received 'localhost:8080'",
    ),
    ("[pace]\nexamples = 1.5", "[pace] examples: expected a whole number, received 1.5"),
    ("[pace]\nexamples = true", "[pace] examples: expected a whole number, received True"),
    ('[pace]\ntimeout = "5"', "[pace] timeout: expected a number, received '5'"),
    ("[pace]\nexamples = 0", "[pace] examples: expected a number, more than 0, received 0"),
    ("[pace]\ntimeout = 0.0", "[pace] timeout: expected a number, more than 0, received 0.0"),
    ("[pace]\npatience = -1", "[pace] patience: expected a number, 0 or more, received -1"),
    ("[pace]\ntimeout = nan", "[pace] timeout: expected a number, more than 0, received nan"),
    ("[pace]\nrequests_per_second = inf", "expected a number, 0 or more, received inf"),
    ("waiver = 5", "profile mine: waiver: write each one under [[waiver]], in two brackets"),
    (
        WAIVER.replace("[[waiver]]", "[waiver]"),
        "profile mine: waiver: write each one under [[waiver]], in two brackets",
    ),
    (WAIVER, "profile mine: waiver 1: until missing; a waiver says what, why, where and until when"),
    ("[[waiver]]", "waiver 1: issue, reason, requirement, until missing"),
    (f"{WAIVER.replace('known', '')}until = 2026-12-31", "waiver 1: reason missing"),
    (f'{WAIVER}until = "2026-12-31"', "waiver 1: until: expected a date like 2026-12-31, received '2026-12-31'"),
    (f"{WAIVER}until = 2026-12-31T00:00:00", "waiver 1: until: expected a date like 2026-12-31"),
    (f"{WAIVER}untill = 2026-12-31", "waiver 1: unknown key 'untill'; did you mean 'until'?"),
    (f"{WAIVER}until = 2026-12-31\nowner = 5", "waiver 1: owner: expected a text, received 5"),
    (f"{WAIVER}until = 2026-12-31\n{WAIVER}", "profile mine: waiver 2: until missing"),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_named_with_the_nearest_right_thing(text, sentence):
    with pytest.raises(UsageError) as caught:
        read(text)

    assert sentence in str(caught.value)
    assert str(caught.value).startswith("profile mine: ")


def test_an_unknown_name_is_answered_with_the_nearest_known_one():
    with pytest.raises(UsageError) as caught:
        load("sandbx")

    assert str(caught.value) == ("profile 'sandbx': there is none of that name in profiles/; did you mean 'sandbox'?")


def test_a_name_like_no_other_is_answered_with_all_of_them():
    with pytest.raises(UsageError) as caught:
        load("zzz")

    assert str(caught.value).endswith(f"known are: {', '.join(SHIPPED)}")


def test_a_profile_may_lie_anywhere(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('description = "elsewhere"')

    assert load(str(path)) == Profile("own", "elsewhere")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no such file"),
        (b"[target", "profile own.toml: not TOML: "),
        (b"\xff\xfe", "profile own.toml: cannot be read: "),
    ],
)
def test_a_file_that_cannot_be_read_is_said(tmp_path, content, sentence):
    path = tmp_path / "own.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        load(str(path))

    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "https://host", "http://[::1]:80/base/", "http://127.0.0.1:1"]
)
def test_a_base_url_is_one(url):
    check_url("--target", url)


@pytest.mark.parametrize(
    "url",
    [
        "localhost",
        "localhost:80",
        "ftp://host",
        "http://",
        "http:///x",
        "http://host:port",
        "http://ho st",
        "http://[x",
        "",
    ],
)
def test_what_is_no_base_url_is_said(url):
    with pytest.raises(UsageError, match="--target: expected a URL like https://host:port"):
        check_url("--target", url)


@pytest.mark.parametrize("url", ["http://host?x=1", "http://host/#x"])
def test_a_base_url_with_a_query_is_refused(url):
    with pytest.raises(UsageError, match="a base URL has neither query nor fragment"):
        check_url("--target", url)


@pytest.mark.parametrize("url", ["http://app.key:very-secret@host", "https://very-secret@host"])
def test_credentials_in_a_url_are_refused_without_repeating_them(url):
    with pytest.raises(UsageError, match="it may hold no credentials") as caught:
        check_url("--target", url)

    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("start", ["provision", "embedded"])
def test_a_read_only_run_cannot_make_an_application(start):
    profile = read(f'[target]\nblast_radius = "read-only"\nstart = "{start}"')

    with pytest.raises(UsageError, match="a read-only run makes no application"):
        refuse_contradiction(profile)


def test_every_feature_is_explained():
    assert all(text and not text.endswith(".") for text in FEATURES.values())
