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
    {"model", "errors", "names", "paths"},
    {"contract", "wire", "requirement", "profile", "evidence"},
    {"cases", "target", "checks", "verdict"},
    {"report", "catalogue"},
    {"run", "proof"},
    {"suite", "plugin", "cli"},
)
"""The rooms of the package, floor by floor. A room imports from the floors below it, never from its own or above."""

REFERENCE = {"reference": {"proof", "cli"}}
"""An oracle must not grade itself: the reference imports nothing of ours, and only these import it."""

HIDDEN_FROM_SUITE = {"checks", "verdict", "report", "proof", "catalogue"}
"""The suite asks and compares; it sees neither checks nor verdicts."""

HOMES = {
    "schemathesis": {"cases.generator"},
    "openapi_core": {"checks.schemas"},
    "jsonschema_path": {"checks.schemas"},
    "requests": {"wire.transport"},
    "urllib3": {"wire.transport"},
    "msgpack": {"wire.codec", "evidence.redaction", "reference", "suite"},
    "jsonpath": {"contract"},
    "yaml": {"contract.source"},
    "jinja2": {"report.page", "proof"},
    "markupsafe": {"report.page"},
    "jwt": {"reference"},
    "uvicorn": {"reference"},
    "uvloop": {"reference"},
    "httptools": {"reference"},
    "trustme": {"reference"},
    "click": {"cli"},
    "hypothesis": {"cases.generator", "run", "suite"},
    "pytest": {"plugin", "run", "proof", "cli", "suite"},
    "_pytest": {"run.outcome"},
}
"""Each third-party library and where it lives. The tests of the project, and its outside parties, import at will."""

OUTSIDE = {
    *("time", "socket", "ssl", "http", "urllib.request", "os", "pathlib", "io", "tempfile", "shutil", "subprocess"),
    *("threading", "multiprocessing", "random", "secrets", "sqlite3", "requests", "urllib3", "pytest"),
}
"""What a pure module does without: the wire, the clock, the disk, chance and the test runner."""

PURE = {
    *("model", "errors", "requirement", "names", "wire.links", "wire.codec", "evidence.redaction"),
    *("contract.pointers", "contract.templates", "contract.overlay", "contract.errata"),
    *("target.blast_radius", "target.ledger", "target.credentials", "target.provisioning", "cases.binding"),
    *("verdict", "checks", "report.text", "report.formats", "proof.mutation_page", "suite.steps.capability"),
    *("report.analysis.causes", "report.analysis.coverage", "report.analysis.digest", "report.analysis.families"),
    *("report.analysis.schema_members", "report.analysis.status", "report.analysis.suspects", "report.analysis.timing"),
    *("report.page.access", "report.page.body_view", "report.page.charts", "report.page.exchange_view"),
    *("report.page.highlight", "report.page.json_layout", "report.page.matrix", "report.page.sequence"),
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
FLOORS = {room: floor for floor, rooms in enumerate(LAYERS, 1) for room in rooms}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def imports_of(module: str) -> set[str]:
    """Every import, dotted, those for annotations alone too: a circle of annotations is a circle to its reader."""
    return {name for node in ast.walk(tree_of(module)) for name in names_in(node)}


def names_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative imports hide where they lead"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def modules_in(module: str) -> frozenset[str]:
    """Our own modules that it imports: the longest name that is one."""
    found = (name.removeprefix("conformance.") for name in imports_of(module) if name.startswith("conformance."))
    return frozenset(_longest_module(name) for name in found) - {module}


def _longest_module(name: str) -> str:
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def rooms_in(module: str) -> set[str]:
    return {name.partition(".")[0] for name in modules_in(module)} - {room_of(module)}


def room_of(module: str) -> str:
    return module.partition(".")[0]


def lives_in(module: str, homes: set[str]) -> bool:
    return any(module == home or module.startswith(f"{home}.") for home in homes)


# Imports -------------------------------------------------------------------------------------------------------------


def test_every_room_has_its_floor():
    rooms = {room_of(name) for name in PRODUCT} - set(REFERENCE)

    assert rooms - set(FLOORS) == set(), "give the new room a floor in LAYERS"
    assert set(FLOORS) - rooms == set(), "LAYERS names a room that is gone"


def test_imports_point_downwards():
    upward = [
        f"{module} imports {room}"
        for module in PRODUCT
        for room in rooms_in(module) & set(FLOORS)
        if room_of(module) in FLOORS and FLOORS[room] >= FLOORS[room_of(module)]
    ]

    assert upward == []


def test_no_modules_import_each_other_in_a_circle():
    assert circles({module: modules_in(module) & set(PRODUCT) for module in PRODUCT}) == []


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """What is left when modules that import nothing of the rest are taken away, again and again."""
    rest = dict(graph)
    while free := [module for module, others in rest.items() if not others & set(rest)]:
        rest = {module: others for module, others in rest.items() if module not in free}
    return [sorted(rest)] if rest else []


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == [["a", "b", "c"]]


def test_the_reference_stands_apart():
    imports = {module: rooms_in(module) for module in PRODUCT if room_of(module) in REFERENCE}
    importers = {room_of(module) for module in PRODUCT if "reference" in rooms_in(module)}

    assert {module: rooms for module, rooms in imports.items() if rooms} == {}
    assert importers <= REFERENCE["reference"]


def test_the_suite_sees_neither_checks_nor_verdicts():
    curious = {module: rooms_in(module) & HIDDEN_FROM_SUITE for module in PRODUCT if room_of(module) == "suite"}

    assert {module: rooms for module, rooms in curious.items() if rooms} == {}


def test_nothing_imports_the_tests():
    assert [module for module in PRODUCT if rooms_in(module) & set(TESTS)] == []


def test_every_library_has_its_home():
    found = {(module, library) for module in PRODUCT for library in libraries_of(module)}

    assert {library for _, library in found} <= set(HOMES), "give the new library a home"
    assert [(module, library) for module, library in found if not lives_in(module, HOMES[library])] == []


def libraries_of(module: str) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(module)} - sys.stdlib_module_names - {"conformance"}


def test_a_pure_module_touches_nothing_outside():
    calls = {"open", "print", "input", "eval", "exec", "now", "utcnow", "today"}
    pure = [name for name in PRODUCT if lives_in(name, PURE)]

    assert {module: found for module in pure if (found := imports_of(module) & OUTSIDE)} == {}
    assert {module: found for module in pure if (found := last_names(calls_of(module)) & calls)} == {}


def last_names(dotted: set[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in dotted}


def test_who_calls_itself_pure_is_held_to_it():
    says_so = [name for name in PRODUCT if re.search(r"\bPure[.:]", ast.get_docstring(tree_of(name)) or "")]

    assert [name for name in says_so if not lives_in(name, PURE) and room_of(name) not in REFERENCE] == []


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
