"""A profile that extends another one: keys go before those of the other, and mistakes are told with their place."""

from __future__ import annotations

import pytest

from conformance.errors import UsageError
from conformance.profile import Blast, Start, load

WAIVER = '[[waiver]]\nrequirement = "{}"\nreason = "a"\nissue = "b"\nuntil = 2026-12-31\n'


@pytest.fixture
def write(tmp_path):
    def written(name: str, text: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return str(path)

    return written


def test_a_key_goes_before_that_of_the_extended_profile_and_all_others_stay(write):
    mine = write("mine.toml", 'extends = "live"\n[target]\noffers = ["push"]\n[pace]\npatience = 1\n')

    found, base = load(mine), load("live")

    assert (found.name, found.description) == ("mine", base.description)
    assert (found.target.offers, found.target.start) == (("push",), Start.GIVEN)
    assert (found.pace.patience, found.pace.requests_per_second) == (1, base.pace.requests_per_second)


def test_what_a_start_offers_is_that_of_the_whole(write):
    mine = write("mine.toml", 'extends = "sandbox"\n[scope]\nwithout = ["STT"]\n')

    assert load(mine).target.offers == load("sandbox").target.offers
    assert load(mine).target.blast_radius is Blast.EXCLUSIVE


def test_waivers_are_those_of_both(write):
    write("base.toml", WAIVER.format("TIM-01"))
    mine = write("mine.toml", f'extends = "base.toml"\n{WAIVER.format("TIM-02")}')

    assert [each.requirement for each in load(mine).waivers] == ["TIM-01", "TIM-02"]


def test_paths_are_relative_to_the_profile_that_names_them(write, tmp_path):
    write("base/base.toml", '[gate]\nbaseline = "known.json"\n[target]\nca_file = "ca.pem"\n')
    mine = write("mine.toml", 'extends = "base/base.toml"\n[target]\nca_file = "own.pem"\n')

    assert load(mine).gate.baseline == str(tmp_path / "base" / "known.json")
    assert load(mine).target.ca_file == str(tmp_path / "own.pem")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('extends = "lve"', "profile mine: extends: profile 'lve': there is no such profile .* did you mean 'live'"),
        ('extends = "no.toml"', "profile mine: extends: profile .*no.toml: there is no such file"),
        ("extends = 5", "profile mine: extends: expected a string, received 5"),
        ('extends = "mine.toml"', "profile mine: extends: a profile cannot extend itself: mine extends mine"),
        ('extends = "other.toml"', "a profile cannot extend itself: mine extends other extends mine"),
        ('extends = "broken.toml"', "profile broken: \\[pace\\]: unknown key 'patince'; did you mean 'patience'"),
        ('extend = "live"', "profile mine: unknown key 'extend'; did you mean 'extends'"),
    ],
)
def test_a_mistake_is_one_sentence(write, text, sentence):
    write("other.toml", 'extends = "mine.toml"')
    write("broken.toml", "[pace]\npatince = 1")

    with pytest.raises(UsageError, match=sentence):
        load(write("mine.toml", text))
