"""Choices: each is a permitted difference of a correct server, and names what permits it."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from conformance.paths import PACKAGE, ROOT
from conformance.proof.choices import Trial, judge, trials
from conformance.reference.__main__ import main
from conformance.reference.choices import CHOICES, are_rivals, bundles, composed, parts_of
from conformance.reference.choices.__main__ import page
from conformance.reference.parts import UNMODIFIED, assemble
from conformance.reference.wire import Request
from conformance.verdict.result import Exit

every_choice = pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
every_bundle = pytest.mark.parametrize("names", bundles())


def tells_the_time(parts) -> bool:
    service = assemble(parts, allow_plain_basic=True)
    return service.answer(Request("GET", b"/time", {}, {}, b"", "http")).status == 200


def test_every_choice_of_the_modules_is_collected():
    folder = PACKAGE / "reference" / "choices"
    marked = [count for path in folder.glob("*.py") if (count := path.read_text(encoding="utf-8").count("\n@choice("))]

    assert len(CHOICES) == sum(marked) > 100


@every_choice
def test_a_choice_states_what_it_does_and_what_permits_it(choice):
    assert len(choice.does.split()) > 3
    assert len(choice.permitted_by.split()) > 3


@every_choice
def test_a_choice_overrides_something_of_each_of_its_parts(choice):
    names = {field.name for field in fields(UNMODIFIED)}

    assert set(choice.parts) <= names
    for part in choice.parts:
        assert {name for name in vars(choice.cls) if hasattr(getattr(UNMODIFIED, part), name)} - set(vars(object))


@every_choice
def test_a_server_with_one_choice_answers(choice):
    parts = parts_of([choice.name])

    assert all(issubclass(getattr(parts, part), choice.cls) for part in choice.parts)
    assert tells_the_time(parts)


@every_bundle
def test_a_server_with_a_bundle_of_choices_answers(names):
    parts = parts_of(names)

    assert all(issubclass(getattr(parts, part), CHOICES[name].cls) for name in names for part in CHOICES[name].parts)
    assert tells_the_time(parts)


@every_choice
def test_a_choice_states_whether_suites_of_sdks_can_be_provisioned(choice):
    """They make an application, read the whole keys from its details, and split each at its only colon."""
    service = assemble(parts_of([choice.name]), allow_plain_basic=True)
    headers = {b"host": b"localhost:8080", b"content-type": b"application/json"}

    made = service.answer(Request("POST", b"/apps", {}, headers, b'{"keys": [{}, {}]}', "http"))

    keys = [key.get("keyStr", "") for key in json.loads(made.body)["keys"]]
    is_usable = made.status == 201 and all(key.count(":") == 1 for key in keys)
    assert is_usable is not bool(choice.breaks_suites)


def test_every_choice_is_in_a_bundle():
    assert {name for names in bundles() for name in names} == set(CHOICES)


def test_every_bundle_is_judged_by_everything_and_every_choice_of_motion_alone_by_a_part():
    judged = trials()

    assert [each.choices for each in judged if not each.selection] == [len(names) for names in bundles()]
    alone = {each.name: each.selection for each in judged if each.selection}
    assert alone == {each.name: each.judged_alone_by for each in CHOICES.values() if each.judged_alone_by}


@every_bundle
def test_the_choices_of_a_bundle_are_compatible(names):
    rivals = [
        (one, other) for one in names for other in names if one < other and are_rivals(CHOICES[one], CHOICES[other])
    ]

    assert rivals == []


def test_all_is_the_first_bundle():
    assert [parts_of(["all"]).errors.__mro__[1:]] == [parts_of(["all:1"]).errors.__mro__[1:]]


def test_choices_that_exclude_each_other_are_rejected():
    with pytest.raises(ValueError, match="clock-ahead and clock-behind exclude each other"):
        composed([CHOICES["clock-ahead"], CHOICES["clock-behind"]])


@pytest.mark.parametrize(
    ("name", "words"), [("chunked-body", "nearest is chunked-bodies"), ("all:99", "bundles of choices")]
)
def test_an_unknown_name_is_rejected_with_the_nearest_one(name, words, capsys):
    with pytest.raises(SystemExit):
        main(["--choice", name])

    assert words in capsys.readouterr().err


def test_a_mutant_with_choices_is_rejected(capsys):
    with pytest.raises(SystemExit):
        main(["--choice", "all", "--mutant", "post-saves-nothing"])

    assert "a mutant makes no choices" in capsys.readouterr().err


def test_the_page_of_choices_is_up_to_date():
    written = (ROOT / "docs/choices.md").read_text(encoding="utf-8")

    assert written == page(), "write it anew: python -m conformance.reference.choices > docs/choices.md"


def test_a_trial_that_does_not_conclude_well_is_told_by_its_conclusion(tmp_path):
    result = judge(Trial("all:1", 1, "NOPE-99"), 1, ["--report-dir", str(tmp_path)])

    assert result.exit_status == Exit.NOTHING_SELECTED.value
    assert "note: nothing was judged" in result.conclusion
    assert result.conclusion.splitlines()[-1].startswith("inconclusive: nothing was judged")
