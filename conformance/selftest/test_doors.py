"""Every private door of a library is listed, is guarded, and still does what it is used for."""

from __future__ import annotations

import ast
import re
import tomllib
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal import charmap
from hypothesis.internal.conjecture import engine, providers

from conformance.cases.seed import draw_by_seed_alone
from conformance.checkout import _read_no_settings_of_others
from conformance.doors import replace_private
from conformance.errors import SuiteError
from conformance.paths import PACKAGE, ROOT
from conformance.run.hypothesis_profile import draw_by
from conformance.run.outcome import OutOfScope

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
TABLE = PAGE[PAGE.index("### Private doors") : PAGE.index("Considered and left out")]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if line.startswith("| ")][
    1:
]
PRIVATE = re.compile(
    r"^(?:from|import) (?:_pytest|hypothesis\.internal|openapi_core\.casting|schemathesis\.generation)\b"
)


def test_every_door_has_a_reason_and_a_guard_that_exists():
    assert len(ROWS) > 10
    for door, where, why, guard in ROWS:
        assert door
        assert why
        assert (PACKAGE / where.strip("`")).is_file(), where
        file, _, name = guard.strip("`").partition("::")
        tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
        assert name in {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}, guard


def test_every_module_that_uses_a_door_is_listed():
    listed = {where.strip("`") for _, where, _, _ in ROWS}
    using = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "selftest" not in path.parts
        for line in path.read_text(encoding="utf-8").splitlines()
        if PRIVATE.match(line) or "noqa: SLF001" in line or "replace_private(" in line
    }
    assert using - {"doors.py"} <= listed


def test_a_library_with_a_private_door_has_a_ceiling():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    for library in {door.split()[0].strip(",") for door, *_ in ROWS}:
        (line,) = [each for each in wanted if re.match(rf"{library}[<>=~]", each)]
        assert "<" in line or "~=" in line, line


def test_a_door_that_is_gone_is_an_error_with_a_sentence():
    with pytest.raises(SuiteError, match="engine has no MAX_SHRINKING_SECOND any more"):
        replace_private(engine, "MAX_SHRINKING_SECOND", 1)


# Hypothesis ----------------------------------------------------------------------------------------------------------


def attempts(seconds: float, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a property that fails is tried, when shrinking may last for some seconds."""
    monkeypatch.setattr(engine, "MAX_SHRINKING_SECONDS", seconds)
    tried: list[int] = []

    @hypothesis.seed(7)
    @settings(database=None, deadline=None, phases=(Phase.generate, Phase.shrink), suppress_health_check=HealthCheck)
    @given(st.lists(st.integers(), min_size=20))
    def fails(numbers: list[int]) -> None:
        tried.append(1)
        assert sum(numbers) < 1000

    with pytest.raises(AssertionError):
        fails()
    return len(tried)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_shrinking_ends_with_its_seconds(monkeypatch):
    assert attempts(-1, monkeypatch) < attempts(60, monkeypatch) / 4


def test_a_run_sets_the_seconds_of_shrinking(monkeypatch):
    monkeypatch.setattr(engine, "MAX_SHRINKING_SECONDS", 300)
    before = settings.get_current_profile_name()
    draw_by(SimpleNamespace(examples=3))
    settings.load_profile(before)

    assert engine.MAX_SHRINKING_SECONDS == 10


def test_the_table_of_utf_8_is_read_and_is_right(monkeypatch, tmp_path):
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY", raising=False)
    before = settings.get_current_profile_name()
    draw_by(SimpleNamespace(examples=3))
    settings.load_profile(before)
    charmap.intervals_from_codec.cache_clear()
    with monkeypatch.context() as nothing_to_try:
        nothing_to_try.setattr("sys.maxunicode", 0)
        read = charmap.intervals_from_codec("utf-8")

    set_hypothesis_home_dir(tmp_path)
    charmap.intervals_from_codec.cache_clear()
    assert read == charmap.intervals_from_codec("utf-8")
    set_hypothesis_home_dir(None)


@hypothesis.seed(7)
@settings(max_examples=300, database=None)
@given(st.integers())
def drawing(_number: int) -> None:
    """One draw in twenty is a constant."""


def test_no_constant_of_a_loaded_module_is_drawn(monkeypatch):
    asked: list[int] = []
    draw_by_seed_alone()
    without = providers._get_local_constants  # noqa: SLF001

    def asking() -> object:
        asked.append(1)
        return without()

    monkeypatch.setattr(providers, "_get_local_constants", asking)
    assert [list(without().set_for_type(kind)) for kind in ("integer", "string", "bytes", "float")] == [[]] * 4

    providers.CONSTANTS_CACHE.cache.clear()
    drawing()
    assert asked


def test_constants_of_earlier_draws_are_forgotten():
    draw_by_seed_alone()
    drawing()
    assert len(providers.CONSTANTS_CACHE.cache) > 0
    draw_by_seed_alone()
    assert len(providers.CONSTANTS_CACHE.cache) == 0


# Pytest --------------------------------------------------------------------------------------------------------------


def test_out_of_scope_is_a_skip_to_pytest():
    assert issubclass(OutOfScope, pytest.skip.Exception)
    with pytest.raises(pytest.skip.Exception, match="the key is narrow"):
        raise OutOfScope("the key is narrow")


def test_what_another_plugin_raises_is_pytests_own_failure():
    with pytest.raises(pytest.fail.Exception, match="Timeout"):
        pytest.fail("Timeout")
    assert not issubclass(pytest.fail.Exception, AssertionError)


def test_settings_that_were_read_once_can_be_set(pytestconfig, monkeypatch):
    monkeypatch.setattr(pytestconfig, "_inicache", dict(pytestconfig._inicache))  # noqa: SLF001
    pytestconfig.getini("python_files")
    _read_no_settings_of_others(pytestconfig)

    assert pytestconfig.getini("python_functions") == ["test"]
    assert pytestconfig.getini("filterwarnings") == []
