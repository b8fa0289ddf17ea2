"""Parses Link headers by RFC 8288 (quoted strings, several links in a line, several lines) and resolves their targets.

Pure. `requests.utils.parse_header_links` splits inside quoted strings, so it is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

_NAME = r"[!#$%&'*+.^_`|~\w-]+"
_IN_QUOTES = r'(?:[^"\\]|\\.)*'
_BARE = r'[^\s;,"]+'
_LINK = re.compile(
    rf"""\s*<(?P<target>[^<>\s]*)>(?P<parameters>(?:\s*;\s*{_NAME}(?:\s*=\s*(?:"{_IN_QUOTES}"|{_BARE}))?)*)\s*"""
)
_PARAMETER = re.compile(rf""";\s*(?P<name>{_NAME})(?:\s*=\s*(?:"(?P<quoted>{_IN_QUOTES})"|(?P<token>{_BARE})))?""")

_DEFAULT_PORTS = {"http": 80, "https": 443}


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
    """Relation to absolute URL, as `resolve` makes it from the URL of the request. Malformed lines are skipped."""
    found: dict[str, str] = {}
    for line in lines:
        try:
            for link in parse(line):
                for relation in link.relations:
                    found.setdefault(relation, resolve(link.target, url))
        except ValueError:
            continue
    return found


def resolve(target: str, url: str) -> str:
    """The absolute URL of a link, by RFC 3986 from the URL of the request. Raises ValueError where there is none.

    The service writes the links of its push lists from the root of the API, `./push/channels?limit=1`, which by the RFC
    lead to a path that does not exist. ably-ruby follows this form alone and ably-php both, so both lead to the list.
    """
    found = urlsplit(urljoin(url, target))
    own = urlsplit(url).path
    folder, _, name = own.rpartition("/")
    is_from_the_root = folder.endswith("/push") and target.removeprefix("./").startswith(f"push/{name}")
    if is_from_the_root and found.path == f"{folder}/push/{name}":
        return found._replace(path=own).geturl()
    return found.geturl()


def origin(url: str) -> str:
    """Scheme, host and port of a URL; equal for two URLs exactly when they have the same origin (RFC 6454)."""
    parts = urlsplit(url)
    try:
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:  # a port that is no number
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}://{parts.hostname}:{port}"
