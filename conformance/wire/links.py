"""Parses Link headers by RFC 8288: quoted strings, several links in a line, several lines.

Pure. `requests.utils.parse_header_links` splits inside quoted strings, so it is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin

_NAME = r"[!#$%&'*+.^_`|~\w-]+"
_IN_QUOTES = r'(?:[^"\\]|\\.)*'
_BARE = r'[^\s;,"]+'
_LINK = re.compile(
    rf"""\s*<(?P<target>[^<>\s]*)>(?P<parameters>(?:\s*;\s*{_NAME}(?:\s*=\s*(?:"{_IN_QUOTES}"|{_BARE}))?)*)\s*"""
)
_PARAMETER = re.compile(rf""";\s*(?P<name>{_NAME})(?:\s*=\s*(?:"(?P<quoted>{_IN_QUOTES})"|(?P<token>{_BARE})))?""")


@dataclass(frozen=True, slots=True)
class Link:
    """target: as written, often relative. relations: the words of rel, in lower case."""

    target: str
    relations: tuple[str, ...]


def parse(line: str) -> tuple[Link, ...]:
    """The links of one header line, in order. Raises ValueError with the position of the first syntax error."""
    links: list[Link] = []
    position = 0
    while True:
        found = _LINK.match(line, position)
        if not found:
            raise ValueError(f"no link at character {position}: {_shown(line[position:])}")
        links.append(Link(found["target"], _relations(found["parameters"])))
        position = found.end()
        if position == len(line):
            return tuple(links)
        if line[position] != ",":
            raise ValueError(f"expected a comma at character {position}: {_shown(line[position:])}")
        position += 1


def _shown(rest: str, longest: int = 40) -> str:
    return f'"{rest}"' if len(rest) <= longest else f'"{rest[:longest]}..." ({len(rest)} characters)'


def _relations(parameters: str) -> tuple[str, ...]:
    for found in _PARAMETER.finditer(parameters):
        if found["name"].lower() == "rel":
            return tuple((found["quoted"] or found["token"] or "").lower().split())
    return ()


def by_relation(lines: Iterable[str], url: str) -> dict[str, str]:
    """Relation to absolute URL, resolved against the URL of the request. Malformed lines are skipped."""
    found: dict[str, str] = {}
    for line in lines:
        try:
            for link in parse(line):
                for relation in link.relations:
                    found.setdefault(relation, urljoin(url, link.target))
        except ValueError:
            continue
    return found
