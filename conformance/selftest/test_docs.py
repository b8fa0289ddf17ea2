"""The documentation names files that exist, and its words are those of the code."""

from __future__ import annotations

import re

import pytest

from conformance.paths import PACKAGE, ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_FILE = re.compile(r"`([\w./-]+/[\w.-]*|[\w-]+\.(?:py|md|yaml|toml|j2|css|js))`")
_MADE_BY_A_RUN = re.compile(r"reports/|replay/|\.(?:json|xml|sarif|svg|jsonl|html|sqlite)$")
WITHDRAWN = re.compile(
    r"\b(director|examiner|standing|kinship|liar|stranger|forgive[sn]?|appointment|furnish|honest|lies?)\b",
    re.IGNORECASE,
)
"""Words that had another word's meaning; the table of words in docs/architecture.md names them as "not"."""


def files_named_in(text: str) -> list[str]:
    return [name for name in _FILE.findall(text) if not _MADE_BY_A_RUN.search(name)]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_files_that_a_page_names_exist(name):
    named = files_named_in((ROOT / name).read_text(encoding="utf-8"))

    assert len(named) > 10
    assert [each for each in named if not (ROOT / each).exists() and not (PACKAGE / each).exists()] == []


def test_a_file_that_does_not_exist_is_found():
    assert files_named_in("see `conformance/no/such.py` and `selftest/`") == ["conformance/no/such.py", "selftest/"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_uses_none_of_the_withdrawn_words(page):
    text = page.read_text(encoding="utf-8")
    if page.name == "architecture.md":
        text = re.sub(r"(?m)^\|.*\|$", "", text)

    assert sorted(set(WITHDRAWN.findall(text))) == []
