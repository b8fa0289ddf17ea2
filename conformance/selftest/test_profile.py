"""Profiles are read strictly: a mistake is rejected with its key and the nearest valid one."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from conformance.errors import UsageError
from conformance.model import Waiver
from conformance.names import Namespaces
from conformance.paths import PROFILES
from conformance.profile import (
    FEATURES,
    PROVISIONED,
    Blast,
    ErrataMode,
    PaceSection,
    Profile,
    Start,
    TargetSection,
    load,
    parse,
    refuse_contradiction,
)
from conformance.profile.way import check_url

SHIPPED = sorted(path.stem for path in PROFILES.glob("*.toml"))
WAIVER = '[[waiver]]\nrequirement = "HDR-01"\nreason = "known"\nissue = "https://issues.example/1"\n'


def read(text: str) -> Profile:
    return parse("mine", tomllib.loads(text))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_loads_and_has_a_description(name):
    profile = load(name)

    assert profile.name == name
    assert profile.description
    refuse_contradiction(profile)


def test_every_key_of_a_profile_is_read():
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


def test_the_defaults_of_a_profile_are_careful():
    profile = read("")

    assert profile.target == TargetSection(Start.GIVEN, "", profile.target.offers, Blast.NAMESPACED)
    assert profile.contract.errata is ErrataMode.ALL
    assert profile.waivers == ()


MISTAKES = [
    ("targt = 1", "profile mine: unknown key 'targt'; did you mean 'target'?"),
    ("[target]\nstrat = 1", "profile mine: [target]: unknown key 'strat'; did you mean 'start'?"),
    ("[pace]\ntimeuot = 1", "profile mine: [pace]: unknown key 'timeuot'; did you mean 'timeout'?"),
    (
        "[zzz]",
        "profile mine: unknown key 'zzz'; known: contract, description, extends, gate, pace, scope, target, waiver",
    ),
    ("target = 5", "profile mine: [target]: expected a table, received 5"),
    ("description = 5", "profile mine: description: expected a string, received 5"),
    ('[target]\nstart = "embeded"', "[target] start: unknown value 'embeded'; did you mean 'embedded'?"),
    ("[target]\nstart = 5", "[target] start: unknown value 5; known: embedded, given, provision"),
    ('[target]\nstart = ["given"]', "[target] start: unknown value ['given']; did you mean 'given'?"),
    ("[gate]\ninconclusive = []", "[gate] inconclusive: unknown value []; known: fails, passes"),
    (
        '[target]\nblast_radius = "readonly"',
        "[target] blast_radius: unknown value 'readonly'; did you mean 'read-only'?",
    ),
    ('[contract]\nerrata = "al"', "[contract] errata: unknown value 'al'; did you mean 'all'?"),
    ('[target]\noffers = ["pusch"]', "[target] offers: unknown feature 'pusch'; did you mean 'push'?"),
    ('[target]\noffers = "push"', "[target] offers: expected a list of strings, received 'push'"),
    ("[target]\noffers = [1]", "[target] offers: expected a list of strings, received [1]"),
    ("[target]\nurl = 5", "[target] url: expected a string, received 5"),
    (
        '[target]\nurl = "localhost:8080"',
        "[target] url: expected a URL like https://host:port, received 'localhost:8080'",
    ),
    ('[target]\nkey_variable = "app.key:secret"', "[target] key_variable: expected the name of a variable"),
    ("[target]\nheaders = 5", '[target] headers: expected a table like { "X-Gateway" = "blue" }, received 5'),
    ('[target]\nheaders = {"X Y" = "a"}', "[target] headers: 'X Y' is not the name of a header"),
    ('[target]\nheaders = {"accept" = "a"}', "[target] headers: accept is a header that the suite sends itself"),
    ('[target]\nheaders = {"X-Ably-Version" = "2"}', "X-Ably-Version is a header that the suite sends itself"),
    ('[target]\nheaders = {"X-A" = "a\\nb"}', "[target] headers X-A: expected printable characters"),
    ('[target]\nheaders = {"X-A" = 5}', "[target] headers X-A: expected a table, received 5"),
    ('[target]\nheaders = {"X-A" = {varible = "A"}}', "unknown key 'varible'; did you mean 'variable'?"),
    ('[target]\nheaders = {"X-A" = {}}', "[target] headers X-A variable: expected the name of a variable"),
    ("[pace]\nexamples = 1.5", "[pace] examples: expected a whole number, received 1.5"),
    ("[pace]\nexamples = true", "[pace] examples: expected a whole number, received True"),
    ('[pace]\ntimeout = "5"', "[pace] timeout: expected a number, received '5'"),
    ("[pace]\nmax_time = -1", "[pace] max_time: expected a number, 0 or more, received -1"),
    ("[pace]\nexamples = 0", "[pace] examples: expected a number, more than 0, received 0"),
    ("[pace]\ntimeout = 0.0", "[pace] timeout: expected a number, more than 0, received 0.0"),
    ("[pace]\npatience = -1", "[pace] patience: expected a number, 0 or more, received -1"),
    ("[pace]\ntimeout = nan", "[pace] timeout: expected a number, more than 0, received nan"),
    ("[pace]\nrequests_per_second = inf", "expected a number, 0 or more, received inf"),
    ("waiver = 5", "profile mine: waiver: write each waiver as a [[waiver]] table, in double brackets"),
    (
        WAIVER.replace("[[waiver]]", "[waiver]"),
        "profile mine: waiver: write each waiver as a [[waiver]] table, in double brackets",
    ),
    (WAIVER, "profile mine: waiver 1: until missing; a waiver needs requirement, reason, issue and until"),
    ("[[waiver]]", "waiver 1: issue, reason, requirement, until missing"),
    (f"{WAIVER.replace('known', '')}until = 2026-12-31", "waiver 1: reason missing"),
    (f'{WAIVER}until = "2026-12-31"', "waiver 1: until: expected a date like 2026-12-31, received '2026-12-31'"),
    (f"{WAIVER}until = 2026-12-31T00:00:00", "waiver 1: until: expected a date like 2026-12-31"),
    (f"{WAIVER}untill = 2026-12-31", "waiver 1: unknown key 'untill'; did you mean 'until'?"),
    (f"{WAIVER}until = 2026-12-31\nowner = 5", "waiver 1: owner: expected a string, received 5"),
    (f"{WAIVER}until = 2026-12-31\n{WAIVER}", "profile mine: waiver 2: until missing"),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_rejected_with_its_place_and_the_nearest_valid_value(text, sentence):
    with pytest.raises(UsageError) as caught:
        read(text)

    assert sentence in str(caught.value)
    assert str(caught.value).startswith("profile mine: ")


def test_an_unknown_profile_is_rejected_with_the_nearest_one():
    with pytest.raises(UsageError) as caught:
        load("sandbx")

    assert str(caught.value) == ("profile 'sandbx': there is no such profile in profiles/; did you mean 'sandbox'?")


def test_a_name_without_a_near_one_is_rejected_with_all_profiles():
    with pytest.raises(UsageError) as caught:
        load("zzz")

    assert str(caught.value).endswith(f"known: {', '.join(SHIPPED)}")


def test_a_profile_is_read_from_any_path(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('description = "elsewhere"')

    assert load(str(path)) == Profile("own", "elsewhere")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no such file"),
        (b"[target", "profile own.toml: invalid TOML: "),
        (b"\xff\xfe", "profile own.toml: cannot be read: "),
    ],
)
def test_a_file_that_cannot_be_read_is_rejected(tmp_path, content, sentence):
    path = tmp_path / "own.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        load(str(path))

    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "https://host", "http://[::1]:80/base/", "http://127.0.0.1:1"]
)
def test_a_base_url_is_accepted(url):
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
def test_a_text_that_is_no_base_url_is_rejected(url):
    with pytest.raises(UsageError, match="--target: expected a URL like https://host:port"):
        check_url("--target", url)


@pytest.mark.parametrize("url", ["http://host?x=1", "http://host/#x"])
def test_a_base_url_with_a_query_is_rejected(url):
    with pytest.raises(UsageError, match="a base URL has no query and no fragment"):
        check_url("--target", url)


@pytest.mark.parametrize("url", ["http://app.key:very-secret@host", "https://very-secret@host"])
def test_credentials_in_a_url_are_rejected_and_not_repeated(url):
    with pytest.raises(UsageError, match="must not contain credentials") as caught:
        check_url("--target", url)

    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("start", ["provision", "embedded"])
def test_a_read_only_run_cannot_create_an_application(start):
    profile = read(f'[target]\nblast_radius = "read-only"\nstart = "{start}"')

    with pytest.raises(UsageError, match="a read-only run cannot create an application"):
        refuse_contradiction(profile)


def test_every_feature_is_explained():
    assert all(text and not text.endswith(".") for text in FEATURES.values())


def test_a_byte_order_mark_and_windows_lines_are_accepted(tmp_path):
    path = tmp_path / "größe.toml"
    path.write_bytes(b"\xef\xbb\xbf" + 'description = "ü"\r\n[pace]\r\nexamples = 3\r\n'.encode())

    found = load(str(path))

    assert (found.name, found.description, found.pace.examples) == ("größe", "ü", 3)


def test_paths_in_a_profile_are_relative_to_its_folder(tmp_path, monkeypatch):
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "ci.toml").write_text('[target]\nca_file = "ca.pem"\n[gate]\nbaseline = "baseline.json"\n')
    monkeypatch.chdir(tmp_path)

    found = load("other/ci.toml")

    assert (found.target.ca_file, found.gate.baseline) == (str(folder / "ca.pem"), str(folder / "baseline.json"))


def test_a_profile_without_paths_has_none(tmp_path):
    (tmp_path / "plain.toml").write_text("")

    found = load(str(tmp_path / "plain.toml"))

    assert (found.target.ca_file, found.gate.baseline) == ("", "")


@pytest.mark.parametrize("start", list(Start))
def test_a_profile_that_names_no_offers_offers_what_its_start_allows(start):
    found = parse("mine", {"target": {"start": start.value}})

    assert set(found.target.offers) == (set(FEATURES) - PROVISIONED if start is Start.GIVEN else set(FEATURES))
    refuse_contradiction(found)


@pytest.mark.parametrize("word", ["provisioning", "two-apps", "presence-fixtures"])
def test_a_given_application_does_not_have_what_only_a_provisioned_one_has(word):
    with pytest.raises(UsageError, match=f"offers: {word} needs an application that the run creates"):
        refuse_contradiction(parse("mine", {"target": {"start": "given", "offers": ["state", word]}}))


@pytest.mark.parametrize("word", ["", "a b", "a:", "*", "a,b", "[meta]a"])
def test_a_namespace_of_the_world_is_a_name(word):
    with pytest.raises(UsageError, match=r"\[world\] push: expected a namespace like orders"):
        parse("mine", {"world": {"push": word}})


def test_the_world_names_the_namespaces_of_the_application():
    found = parse("mine", {"world": {"channels": "team:a", "push": "alerts"}})

    assert found.world == Namespaces("team:a", "persisted", "alerts")
