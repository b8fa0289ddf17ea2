"""The structure of the project: imports point downwards, each library has one home, pure modules do no I/O."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent

LAYERS = (
    {"series", "facts", "errors", "names", "paths"},
    {"model"},
    {"contract", "wire", "requirement", "profile", "evidence", "command_line", "costs", "doors"},
    {"cases", "target", "checks", "verdict", "declared", "har"},
    {"report", "catalogue"},
    {"run", "proof"},
    {"load"},
    {"suite", "plugin", "checkout", "cli"},
)
"""The modules and packages at the top of `conformance`, floor by floor; each imports from lower floors only."""

REFERENCE = {"reference": {"proof", "cli"}}
"""The reference server shares no mistake with the suite: it imports no other package, and only these import it."""

HIDDEN_FROM_SUITE = {"checks", "verdict", "report", "proof", "catalogue"}
"""The suite sends requests and compares; it does not import checks or verdicts."""

HOMES = {
    "schemathesis": {"cases.generator"},
    "openapi_core": {"checks.schemas"},
    "jsonschema_path": {"checks.schemas"},
    "requests": {"wire.transport", "wire.failure"},
    "urllib3": {"wire.transport", "wire.failure"},
    "msgpack": {"wire.codec", "evidence.sources", "reference", "suite"},
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
    "harfile": {"har.writing"},
    "hypothesis": {"cases.generator", "cases.seed", "run", "suite"},
    "locust": {"load"},
    "gevent": {"load"},
    "pytest": {"plugin", "checkout", "command_line", "run", "proof", "cli", "suite"},
    "_pytest": {"run.outcome"},
}
"""Each third-party library and the modules that may import it; the selftests may import any."""

OUTSIDE = {
    *("time", "socket", "ssl", "http.client", "http.server", "urllib.request", "requests", "urllib3", "sqlite3"),
    *("os", "pathlib", "io", "tempfile", "shutil", "subprocess", "threading", "multiprocessing"),
    *("random", "secrets", "pytest"),
}
"""Modules that a pure module does not import: for sockets, clocks, files, random numbers and the test runner."""

PURE = {
    *("wire.framing", "har.entry"),
    *("evidence.encodings", "evidence.records", "evidence.shape", "evidence.sources"),
    *("model", "series", "facts", "errors", "requirement", "names", "wire.links", "wire.codec", "checks"),
    *("cases.binding", "cases.case"),
    *(
        "evidence.header",
        "evidence.recipes",
        "evidence.redaction",
        "evidence.selection",
        "evidence.soaks",
        "verdict.gate",
        "verdict.judge",
        "verdict.result",
        "verdict.waivers",
    ),
    *("verdict.under_load", "load.settings", "load.tally", "load.flows"),
    *("verdict.unserved", "verdict.doubts", "run.witnesses", "report.analysis.replay_plan"),
    *("verdict.edition", "run.edition", "run.order", "run.progress", "run.outset", "run.readiness"),
    *("contract.pointers", "contract.templates", "contract.overlay", "contract.errata", "contract.document"),
    *("contract.difference", "contract.corrections", "contract.members", "proof.probes", "proof.contents"),
    *("target.blast_radius", "target.ledger", "target.credentials", "target.provisioning", "target.interference"),
    *("target.capability", "target.limits"),
    *("report.text", "report.formats", "proof.mutation_page", "proof.readability", "proof.coverage.subjects"),
    *("report.analysis.causes", "report.analysis.coverage", "report.analysis.digest", "report.analysis.families"),
    *("report.analysis.schema_members", "report.analysis.status", "report.analysis.suspects", "report.analysis.timing"),
    *("report.page.access", "report.page.body_view", "report.page.charts", "report.page.exchange_view"),
    *("report.page.findings", "report.page.highlight", "report.page.json_layout", "report.page.matrix"),
    *(
        "report.page.sequence",
        "report.page.examples",
        "report.page.first_screen",
        "report.analysis.symptoms",
        "report.analysis.worklist",
    ),
}

TEMPLATES = {"proof.mutation_page": {"pathlib.Path"}}
"""The path of a template is no I/O; the template engine reads it."""

LONGEST = 500
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "tools", "lib"}


def module_of(path: Path) -> str:
    """The dotted name, without that of the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TESTS = ("selftest", "sdk")
PRODUCT = [name for name in MODULES if name and name.partition(".")[0] not in TESTS]
FLOORS = {top: floor for floor, tops in enumerate(LAYERS, 1) for top in tops}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def imports_of(module: str) -> set[str]:
    """The dotted names of all imports, including those for annotations only."""
    return {name for node in ast.walk(tree_of(module)) for name in names_in(node)}


def names_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "write imports in full"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def modules_in(module: str) -> frozenset[str]:
    """The modules of the project that a module imports."""
    found = (name.removeprefix("conformance.") for name in imports_of(module) if name.startswith("conformance."))
    return frozenset(_longest_module(name) for name in found) - {module}


def _longest_module(name: str) -> str:
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def tops_in(module: str) -> set[str]:
    """The other top-level modules and packages that a module imports from."""
    return {top_of(name) for name in modules_in(module)} - {top_of(module)}


def top_of(module: str) -> str:
    return module.partition(".")[0]


def lives_in(module: str, homes: set[str]) -> bool:
    return any(module == home or module.startswith(f"{home}.") for home in homes)


# Imports -------------------------------------------------------------------------------------------------------------


def test_every_module_has_a_floor():
    tops = {top_of(name) for name in PRODUCT} - set(REFERENCE)

    assert tops - set(FLOORS) == set(), "give the new module or package a floor in LAYERS"
    assert set(FLOORS) - tops == set(), "LAYERS names a module or package that does not exist"


def test_imports_point_downwards():
    upward = [
        f"{module} imports {top}"
        for module in PRODUCT
        for top in tops_in(module) & set(FLOORS)
        if top_of(module) in FLOORS and FLOORS[top] >= FLOORS[top_of(module)]
    ]

    assert upward == []


def test_no_modules_import_each_other_in_a_circle():
    assert circles({module: modules_in(module) & set(PRODUCT) for module in PRODUCT}) == []


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The modules left after repeatedly removing those that import none of the rest."""
    rest = dict(graph)
    while free := [module for module, others in rest.items() if not others & set(rest)]:
        rest = {module: others for module, others in rest.items() if module not in free}
    return [sorted(rest)] if rest else []


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == [["a", "b", "c"]]


def test_the_reference_server_is_independent():
    imports = {module: tops_in(module) for module in PRODUCT if top_of(module) in REFERENCE}
    importers = {top_of(module) for module in PRODUCT if "reference" in tops_in(module)}

    assert {module: tops for module, tops in imports.items() if tops} == {}
    assert importers <= REFERENCE["reference"]


def test_the_suite_imports_no_checks_and_no_verdicts():
    hidden = {module: tops_in(module) & HIDDEN_FROM_SUITE for module in PRODUCT if top_of(module) == "suite"}

    assert {module: tops for module, tops in hidden.items() if tops} == {}


def test_nothing_imports_the_tests():
    assert [module for module in PRODUCT if tops_in(module) & set(TESTS)] == []


def test_every_library_is_imported_where_it_may_be():
    found = {(module, library) for module in PRODUCT for library in libraries_of(module)}

    assert {library for _, library in found} <= set(HOMES), "give the new library a home"
    assert [(module, library) for module, library in found if not lives_in(module, HOMES[library])] == []


def libraries_of(module: str) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(module)} - sys.stdlib_module_names - {"conformance"}


def test_a_pure_module_does_no_io():
    calls = {"open", "print", "input", "eval", "exec", "now", "utcnow", "today"}
    pure = [name for name in PRODUCT if lives_in(name, PURE)]

    assert {
        module: found for module in pure if (found := outside(imports_of(module)) - TEMPLATES.get(module, set()))
    } == {}
    assert {module: found for module in pure if (found := last_names(calls_of(module)) & calls)} == {}


def outside(imports: set[str]) -> set[str]:
    return {name for name in imports if lives_in(name, OUTSIDE)}


def test_an_import_from_an_outside_module_is_found():
    assert outside({"pathlib.Path", "os", "os.path", "json", "ostrich"}) == {"pathlib.Path", "os", "os.path"}


def last_names(dotted: set[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in dotted}


def test_a_module_that_calls_itself_pure_is_listed_in_pure():
    says_so = [name for name in PRODUCT if re.search(r"\bPure[.:]", ast.get_docstring(tree_of(name)) or "")]

    assert [name for name in says_so if not lives_in(name, PURE) and top_of(name) not in REFERENCE] == []


# Files ---------------------------------------------------------------------------------------------------------------


def test_every_file_of_tests_holds_one():
    """A file that was emptied by mistake fails nothing."""
    named = [name for name in MODULES if name.rpartition(".")[2].startswith(("test_", "outside_"))]
    empty = [
        name
        for name in named
        if not any(getattr(each, "name", "").startswith(("test_", "Test")) for each in ast.walk(tree_of(name)))
    ]

    assert empty == []
    assert len(named) > 100


def test_a_module_is_at_most_500_lines_long():
    lengths = {name: path.read_text(encoding="utf-8").count("\n") for name, path in MODULES.items()}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST and not name.startswith("sdk")} == {}


def test_no_module_has_a_vague_name():
    assert [module for module in MODULES if set(module.split(".")) & VAGUE] == []


def test_every_module_has_a_docstring():
    assert [module for module in PRODUCT if not ast.get_docstring(tree_of(module))] == []


def test_no_class_of_the_product_is_named_like_a_test():
    """The test runner would try to collect it."""
    classes = [node for module in PRODUCT for node in ast.walk(tree_of(module)) if isinstance(node, ast.ClassDef)]

    assert [each.name for each in classes if each.name.startswith("Test")] == []


def test_every_assertion_of_the_suite_shows_what_was_received():
    """A comparison shows both sides; any other assertion needs a message, or the report would show False."""
    asserts = [(name, node) for name in MODULES if lives_in(name, {"suite"}) for node in ast.walk(tree_of(name))]
    silent = [
        f"{name}:{node.lineno}"
        for name, node in asserts
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Compare) and node.msg is None
    ]

    assert silent == []


def test_no_module_sleeps_without_a_clock_that_tests_can_replace():
    """A test cannot shorten a sleep, so it makes every run slower."""
    sleeping = [
        module for module in PRODUCT if not lives_in(module, {"reference"}) and "time.sleep" in calls_of(module)
    ]

    assert sleeping == []


@cache
def calls_of(module: str) -> set[str]:
    """The dotted names of all called functions, as written."""
    return {ast.unparse(node.func) for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call)}
