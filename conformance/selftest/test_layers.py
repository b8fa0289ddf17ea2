"""The shape of the project, held as tables: imports point one way, each library has one home, pure modules are pure."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent

LAYERS = (
    {"model", "errors", "links", "capability"},
    {"decoding", "overlay", "redaction", "requirement", "principals", "profile"},
    {"reach", "errata", "row"},
    {"ledger", "contract", "waived"},
    {"checks", "gate"},
    {"verdict", "situation"},
    {"wire", "evidence", "embedded"},
    {"cases", "target"},
    {"aim", "provisioning"},
    {"report"},
    {"examiner"},
    {"director", "catalogue"},
    {"appointment", "mutation"},
    {"spread"},
    {"plugin", "cli"},
)
"""From the nouns to the doors. What stands here may import what stands in a line above, never beside or below."""

STEPS = {
    "errata": {"overlay"},
    "contract": {"overlay", "errata"},
    "gate": {"waived"},
}
"""Neighbours that read like one: listed, so that nobody needs to wonder."""

APART = {
    "reference": set(),
    "suite": {
        *("aim", "appointment", "capability", "cases", "contract", "decoding", "errors", "examiner", "ledger", "links"),
        *("model", "principals", "profile", "provisioning", "requirement", "target", "wire"),
    },
}
"""An oracle must not grade itself, so the reference imports nothing of the suite; and the suite, which asks and
compares, sees neither checks nor verdicts nor the reference."""

HOMES = {
    "schemathesis": {"cases"},
    "openapi_core": {"checks.schemas"},
    "jsonschema_path": {"checks.schemas"},
    "requests": {"wire"},
    "urllib3": {"wire"},
    "msgpack": {"decoding", "wire", "redaction", "reference", "suite"},
    "jsonpath": {"overlay"},
    "yaml": {"contract"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "jwt": {"reference"},
    "starlette": {"reference"},
    "uvicorn": {"reference"},
    "uvloop": {"reference"},
    "httptools": {"reference"},
    "trustme": {"reference"},
    "click": {"cli"},
    "rich": {"cli", "report"},
    "hypothesis": {"cases", "examiner", "suite"},
    "pytest": {"plugin", "appointment", "director", "examiner", "mutation", "cli", "suite"},
    "_pytest": {"examiner"},
    "xdist": {"plugin", "appointment", "director"},
}
"""Each third-party library and where it lives. The tests of the project, and its outside parties, import at will."""

OUTSIDE = {
    *("time", "socket", "ssl", "http", "urllib.request", "os", "pathlib", "io", "tempfile", "shutil", "subprocess"),
    *("threading", "multiprocessing", "random", "secrets", "sqlite3", "requests", "urllib3", "pytest"),
}
"""What a pure module does without: the wire, the clock, the disk, chance and the test runner."""

PURE = {
    *("model", "errors", "requirement", "links", "capability", "decoding", "overlay", "redaction", "errata", "reach"),
    *("ledger", "row", "waived", "gate", "verdict", "checks", "principals", "aim", "provisioning"),
}

LONGEST = 500
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "tools", "lib"}


def module_of(path: Path) -> str:
    """Dotted, without the name of the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TESTS = ("selftest", "sdk")
PRODUCT = [name for name in MODULES if name and name.partition(".")[0] not in TESTS]
RANKS = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def imports_of(module: str) -> set[str]:
    """Every import that is executed, dotted; those for annotations alone are not."""
    return {name for node in executed(tree_of(module)) for name in names_in(node)}


def executed(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from executed(child)


def names_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative imports hide where they lead"
        yield node.module or ""
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours_in(module: str) -> set[str]:
    """First names of our own modules that it imports, itself aside."""
    found = (name.removeprefix("conformance.") for name in imports_of(module) if name.startswith("conformance."))
    return {name.partition(".")[0] for name in found if name in MODULES} - {module.partition(".")[0]}


def lives_in(module: str, homes: set[str]) -> bool:
    return any(module == home or module.startswith(f"{home}.") for home in homes)


# Imports -------------------------------------------------------------------------------------------------------------


def test_every_module_has_its_place():
    tops = {name.partition(".")[0] for name in PRODUCT}

    assert tops - set(RANKS) - set(APART) == set(), "give the new module a line of LAYERS"
    assert set(RANKS) - tops == set(), "LAYERS names a module that is gone"


def test_imports_point_one_way():
    assert {module: against for module in PRODUCT if (against := against_the_flow(module))} == {}


def against_the_flow(module: str) -> set[str]:
    top = module.partition(".")[0]
    level = [name for name in ours_in(module) if top in RANKS and name in RANKS and RANKS[name] >= RANKS[top]]
    return set(level) - STEPS.get(top, set())


def test_what_stands_apart_imports_what_it_may():
    found = {module: ours_in(module) - APART.get(module.partition(".")[0], ours_in(module)) for module in PRODUCT}

    assert {module: others for module, others in found.items() if others} == {}


def test_only_the_doors_know_the_suite_and_the_reference():
    doors = {
        "suite": {"suite", "examiner", "plugin", "catalogue", "mutation", "spread", "cli"},
        "reference": {"reference", "mutation", "spread", "cli"},
        **{tests: set() for tests in TESTS},
    }
    strangers = [(name, door) for name in PRODUCT for door in doors if door in ours_in(name)]

    assert [each for each in strangers if not lives_in(each[0], doors[each[1]])] == []


def test_every_library_has_its_home():
    found = {(module, library) for module in PRODUCT for library in libraries_of(module)}

    assert {library for _, library in found} <= set(HOMES), "give the new library a home"
    assert [(module, library) for module, library in found if not lives_in(module, HOMES[library])] == []


def libraries_of(module: str) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(module)} - sys.stdlib_module_names - {"conformance"}


def test_a_pure_module_touches_nothing_outside():
    calls = {"open", "print", "input", "eval", "exec", "now", "utcnow", "today"}
    pure = [name for name in PRODUCT if name.partition(".")[0] in PURE]

    assert {module: found for module in pure if (found := imports_of(module) & OUTSIDE)} == {}
    assert {module: found for module in pure if (found := last_names(calls_of(module)) & calls)} == {}


def last_names(dotted: set[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in dotted}


def test_who_calls_itself_pure_is_held_to_it():
    says_so = [name for name in RANKS if re.search(r"\bPure[.:]", ast.get_docstring(tree_of(name)) or "")]

    assert set(says_so) <= PURE


# Files ---------------------------------------------------------------------------------------------------------------


def test_a_module_is_read_at_one_sitting():
    lengths = {name: path.read_text(encoding="utf-8").count("\n") for name, path in MODULES.items()}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST and not name.startswith("sdk")} == {}


def test_no_file_has_a_name_that_says_nothing():
    assert [module for module in MODULES if set(module.split(".")) & VAGUE] == []


def test_a_module_opens_with_what_it_is():
    assert [module for module in PRODUCT if not ast.get_docstring(tree_of(module))] == []


def test_no_class_of_the_product_looks_like_a_test():
    """The test runner would try to collect it."""
    classes = [node for module in PRODUCT for node in ast.walk(tree_of(module)) if isinstance(node, ast.ClassDef)]

    assert [each.name for each in classes if each.name.startswith("Test")] == []


def test_every_assertion_of_the_suite_says_what_was_received():
    """A comparison shows both sides; whatever else is asserted carries its own words, or the report would say False."""
    asserts = [(name, node) for name in MODULES if lives_in(name, {"suite"}) for node in ast.walk(tree_of(name))]
    mute = [
        f"{name}:{node.lineno}"
        for name, node in asserts
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Compare) and node.msg is None
    ]

    assert mute == []


def test_nothing_sleeps_but_by_the_clock_of_the_target():
    """A wait that a test cannot shorten makes every run slower, and hides what it waits for."""
    asleep = [module for module in PRODUCT if not lives_in(module, {"reference"}) and "time.sleep" in calls_of(module)]

    assert asleep == []


@cache
def calls_of(module: str) -> set[str]:
    """Dotted, as they are written."""
    return {ast.unparse(node.func) for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call)}
