"""`ably-conformance contract check` names everything that a contract which moved on asks to mend, in one list."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.contract import load
from conformance.paths import OPENAPI
from conformance.proof.fitness import problems
from conformance.selftest.harness.moved import NEW_OPERATION, moved

SECRET = "        deviceSecret:\n          type: string\n          description: Secret value for the device.\n"
LISTED, PUBLISHING = "GET /channels", "POST /channels/{channel_id}/messages"
CHANGING = "PATCH /push/deviceRegistrations/{device_id}"


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> list[str]:
    return list(map(str, problems(moved(tmp_path_factory.mktemp("moved")))))


def test_the_suite_is_sound_for_the_packed_contract():
    assert problems(OPENAPI) == ()


@pytest.mark.parametrize(
    "line",
    [
        "E-001: changes nothing at $.components.parameters.filterLimit.schema. Delete the erratum.",
        (
            f"{LISTED}: has no parameter prefix of the query any more, and the suite still has it, for STA-13, STA-14, "
            "STA-15, STA-62"
        ),
        f"{PUBLISHING}: has the new member version of the request, which no requirement decides",
        f"{NEW_OPERATION}: is new",
        f"{NEW_OPERATION}: has no requirement that names it and no route of the reference server and no mutant",
        f'{NEW_OPERATION}: nothing fills {{serial}}; give a value in the profile, serial = "..." under [world]',
    ],
)
def test_each_change_is_in_the_list(found, line):
    assert line in found


def test_a_quotation_that_changed_and_a_pointer_that_is_dead_are_named_with_what_is_there(found):
    quoted = [line for line in found if line.startswith("PUB-") and "quotes" in line]
    assert quoted
    assert all(
        line.endswith("there is now: The payload as text, in the encoding that is specified below.") for line in quoted
    )
    dead = next(line for line in found if line.startswith("STA-13: "))
    assert dead.endswith("There is #/paths/~1channels/get/parameters, without 'prefix'; known: by, limit")


def test_the_list_is_in_the_order_of_ids_and_each_line_is_there_once(found):
    heads = [line.partition(": ")[0] for line in found]
    ranks = [2 if " " in head else int(not head.startswith("E-")) for head in heads]
    assert list(zip(ranks, heads, strict=True)) == sorted(zip(ranks, heads, strict=True))
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("  /time:\n", "  /clock:\n", "E-033: its probe asks for GET /time, which the contract lacks"),
        ("  /time:\n", "  /clock:\n", "GET /time: is gone"),
        (
            SECRET,
            "",
            "E-053: still has deviceSecret, which the request of POST /push/deviceRegistrations lost",
        ),
        (
            SECRET,
            f"        model:\n          type: string\n{SECRET}",
            f"E-053: replaces a schema without model, which the request of {CHANGING} gained",
        ),
        (
            "            enum: [ minute, hour, day, month ]\n",
            "",
            "GET /stats: has another parameter unit of the query: enum, optional before, string, optional now",
        ),
        (
            "          type: string\n          enum: [ ABSENT, PRESENT, ENTER, LEAVE, UPDATE ]\n",
            "          type: integer\n",
            "E-005: is not needed any more: its probe passes without it. Delete the erratum",
        ),
    ],
)
def test_other_changes_are_named(tmp_path, before, after, line):
    text = OPENAPI.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path = tmp_path / "moved.yaml"
    path.write_text(text.replace(before, after), encoding="utf-8")

    assert line in list(map(str, problems(path)))


def test_the_exit_status_says_whether_the_suite_is_sound(tmp_path):
    sound = CliRunner().invoke(main, ["contract", "check", str(OPENAPI)])
    unsound = CliRunner().invoke(main, ["contract", "check", str(moved(tmp_path))])
    unusable = CliRunner().invoke(main, ["contract", "check", str(Path(__file__))])

    assert (sound.exit_code, unsound.exit_code, unusable.exit_code) == (0, 1, 4)
    assert sound.output == f"0 problems: the suite is sound for {load().name}\n"
    assert unsound.output.splitlines()[-1].endswith("the suite is not sound for moved.yaml (Platform API 1.2.0)")
    assert "is no OpenAPI document" in unusable.output or "is not YAML" in unusable.output
