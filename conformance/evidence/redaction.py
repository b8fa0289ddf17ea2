"""Removes secrets by value, in every encoding, before anything is stored.

A secret is known because it was given to the run, or because it crossed the wire under the name of a secret; a JWT is
known by its shape. Inside bodies it is overwritten with a marker of the same length, so that a MessagePack body stays
readable. The work grows with the length of a text, not with the number of secrets.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import compress, count

from conformance.evidence.encodings import encodings, unescaped, without_escapes
from conformance.evidence.recipes import Recipes
from conformance.evidence.sources import credential_forms, decoded, handed_out, named_secrets, token_spans
from conformance.model import Credential, Exchange, Headers, Json, Request, Response

_Marker = Callable[[str, int], bytes]

SHORTEST = 8
"""Characters. A shorter value is not treated as a secret: removing it everywhere would destroy the evidence."""

LONGEST = 4096
"""Characters of a secret that are known; of a longer one its beginning, which is cut with everything behind it."""

_DOTS, _ELLIPSIS = b"...", "…".encode()
_CUT = re.compile(rb"\.{3,}|\xe2\x80\xa6")
"""The end of a value that was cut for display; a secret may have been cut with it."""

_BETWEEN = "\n"
"""Texts are looked at as one with this between them; where one of them contains it, each by itself."""

_TOKEN = "token"  # noqa: S105  a name, and no token


_BLOCK = 4
"""Bytes of the aligned blocks of a text that are looked up at once. Wherever a text of SHORTEST bytes stands, one of
its first windows of that size is such a block.
"""


class _Index:
    """Texts by their first SHORTEST bytes."""

    def __init__(self) -> None:
        self._blocks: set[int] = set()
        self._sorted: dict[bytes, list[bytes]] = defaultdict(list)
        self._lengths: dict[bytes, list[int]] = defaultdict(list)

    def add(self, form: bytes) -> None:
        beginning = form[:SHORTEST]
        self._blocks.update(int.from_bytes(beginning[at : at + _BLOCK], sys.byteorder) for at in range(_BLOCK))
        insort(self._sorted[beginning], form)
        if -len(form) not in self._lengths[beginning]:
            insort(self._lengths[beginning], -len(form))  # the longest first

    def begun_at(self, raw: bytes) -> Iterator[int]:
        """The places where a text begins as one of these does, the first one first."""
        blocks = memoryview(raw)[: len(raw) // _BLOCK * _BLOCK].cast("I")
        for number in compress(count(), map(self._blocks.__contains__, blocks)):
            last = number * _BLOCK
            first = max(0, last - _BLOCK + 1)
            yield from (at for at in range(first, last + 1) if raw[at : at + SHORTEST] in self._sorted)

    def lengths_at(self, raw: bytes, at: int) -> Iterable[int]:
        return (-length for length in self._lengths[raw[at : at + SHORTEST]])

    def first_with(self, beginning: bytes) -> bytes | None:
        """One of these that begins so, and is longer."""
        known = self._sorted[beginning[:SHORTEST]]
        place = bisect_left(known, beginning)
        return known[place] if place < len(known) and known[place].startswith(beginning) else None


class Secrets:
    """Known secrets and the name that stands for each."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._names: dict[bytes, str] = {}
        self._beginnings = _Index()
        self._endings = _Index()  # of texts written backwards
        self._counts: Counter[str] = Counter()
        self._recipes = Recipes(self.strike_text)
        self._made: list[Credential] = []

    @property
    def known(self) -> tuple[tuple[str, str], ...]:
        """The name and the value of each. For another process of the run, never for a file."""
        return tuple((name, value) for value, name in self._values.items())

    def add_key(self, name: str, text: str) -> None:
        """A key of the run, "appId.keyId:secret"; its secret is removed where it stands alone, too."""
        self.add(name, text)
        self.add(name, text.partition(":")[2])
        self._counts[name] += 1
        self._made.append(self._recipes.add_key(name, text))

    def add(self, name: str, value: str) -> None:
        """name: the text shown in its place. All encodings of the value that HTTP uses are removed, too."""
        value = value[:LONGEST]
        if len(value) < SHORTEST or value in self._values:
            return
        self._values[value] = name
        for form in encodings(value):
            if len(form) >= SHORTEST and form not in self._names:
                self._names[form] = name
                self._beginnings.add(form)
                self._endings.add(form[::-1])

    def learn(self, exchange: Exchange) -> None:
        """Find secrets by their names in headers, query and bodies of an exchange; each has a name of its own."""
        for name, value in exchange.request.headers:
            if name.lower() == "authorization":
                self._learn_credential(exchange.principal or "credential", value)
        self._learn_mac(exchange.request)
        for name, values in named_secrets(exchange):
            self._learn(name, values)
        for name, value in handed_out(exchange.response):
            if len(value) >= SHORTEST:
                self._recipes.tokens.setdefault(value, self._name_of(value) or name)

    def take_credentials(self) -> list[Credential]:
        """How the credentials that were learned since the last call can be made again."""
        made, self._made = self._made, []
        return made

    def _learn(self, name: str, values: tuple[str, ...]) -> str:
        """values: the same secret in several forms, the whole of it first; returns its name."""
        known = next(filter(None, map(self._name_of, values[:2])), "")
        chosen = known or (self._numbered(name) if any(len(each) >= SHORTEST for each in values) else name)
        for each in values:
            self.add(chosen, each)
        return chosen

    def _name_of(self, value: str) -> str:
        return self._names.get(value[:LONGEST].encode("utf-8", "surrogatepass"), "")

    def _numbered(self, name: str) -> str:
        """The name for the first secret of that name, and "token 2" for the next one."""
        self._counts[name] += 1
        return name if self._counts[name] == 1 else f"{name} {self._counts[name]}"

    def _learn_credential(self, principal: str, header: str) -> None:
        credential, plain, _ = forms = credential_forms(header)
        if len(credential) < SHORTEST or self._name_of(credential) or self._name_of(plain):
            return
        recipe = self._recipes.of("", plain or credential, is_encoded=bool(plain))
        self._made.append(replace(recipe, name=self._learn(principal, forms)))

    def _learn_mac(self, request: Request) -> None:
        body = decoded(request.headers, request.body) if b"mac" in request.body else None
        if isinstance(body, dict) and isinstance(body.get("mac"), str) and not self._name_of(body["mac"]):
            recipe = self._recipes.of_mac("", body)
            name = self._learn("mac", (body["mac"],))
            self._made += [replace(recipe, name=name)] if recipe else []

    def may_be_in(self, raw: bytes) -> bool:
        """Whether anything could be removed from a text: a secret, or what was cut off one."""
        is_begun = self._replace_cut(raw) != raw
        return is_begun or next(self._spans(raw), None) is not None or self._is_escaped_in(raw)

    def _is_escaped_in(self, raw: bytes) -> bool:
        plain = without_escapes(raw)
        return plain is not None and next(self._spans(plain), None) is not None

    def strike_exchange(self, exchange: Exchange) -> Exchange:
        if not self.may_be_in(_whole(exchange)):
            return exchange
        request = exchange.request
        response = exchange.response
        method, url, *lines = self._strike_texts(
            (request.method, request.url, *_flat(request.headers), *_flat(response.headers if response else ()))
        )
        headers = tuple(zip(lines[::2], lines[1::2], strict=True))
        sent, received = headers[: len(request.headers)], headers[len(request.headers) :]
        return replace(
            exchange,
            request=Request(method, url, sent, self.strike_bytes(request.body)),
            response=response and Response(response.status, received, self.strike_bytes(response.body)),
        )

    def strike(self, value: Json) -> Json:
        """The same JSON value with every secret in its texts replaced."""
        if isinstance(value, str):
            return self.strike_text(value)
        if isinstance(value, dict):
            return {self.strike_text(str(key)): self.strike(member) for key, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.strike(member) for member in value]
        return value

    def strike_text(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass")
        if len(raw) < SHORTEST:
            return text
        return self._replace_cut(self._replace(raw, _in_words)).decode("utf-8", "surrogatepass")

    def strike_bytes(self, body: bytes) -> bytes:
        return self._replace(body, _in_place)

    def _strike_texts(self, texts: tuple[str, ...]) -> list[str]:
        """All at once, because most are short and without a secret."""
        whole = _BETWEEN.join(texts)
        struck = self.strike_text(whole).split(_BETWEEN)
        is_apart = whole.count(_BETWEEN) + 1 == len(texts) == len(struck)
        return struck if is_apart else [self.strike_text(text) for text in texts]

    def _replace(self, raw: bytes, marker: _Marker) -> bytes:
        parts: list[bytes] = []
        last = 0
        for start, end, name in _apart(self._spans_as_written(raw)):
            parts += [raw[last:start], marker(name, end - start)]
            last = end
        return b"".join([*parts, raw[last:]]) if parts else raw

    def _spans_as_written(self, raw: bytes) -> Iterator[tuple[int, int, str]]:
        """Where a text has secrets, also where it escapes some of their characters."""
        yield from self._spans(raw)
        plain = unescaped(raw) if self._is_escaped_in(raw) else None
        if plain:
            for start, end, name in self._spans(plain.text):
                yield plain.starts[start], plain.ends[end - 1], name

    def _spans(self, raw: bytes) -> Iterator[tuple[int, int, str]]:
        yield from ((start, end, _TOKEN) for start, end in token_spans(raw))
        for at in self._beginnings.begun_at(raw):
            for length in self._beginnings.lengths_at(raw, at):
                form = raw[at : at + length]  # shorter than that at the end of the text
                if form in self._names:
                    yield at, at + len(form), self._names[form]
                    break

    def _replace_cut(self, raw: bytes) -> bytes:
        """Removes the part of a secret on either side of a cut; the texts between cuts are looked at once."""
        if _DOTS not in raw and _ELLIPSIS not in raw:
            return raw
        cuts = [found[0] for found in _CUT.finditer(raw)]
        pieces = _CUT.split(raw)
        for place in range(len(cuts)):
            pieces[place] = self._without_end(pieces[place], self._beginnings, _forwards)
            behind = self._without_end(pieces[place + 1][::-1], self._endings, _backwards)
            pieces[place + 1] = behind[::-1]
        return b"".join(part for pair in zip(pieces, [*cuts, b""], strict=True) for part in pair)

    def _without_end(self, text: bytes, index: _Index, name_of: Callable[[bytes], bytes]) -> bytes:
        """The text without the beginning of a secret at its end."""
        near = text[-LONGEST:]
        for at in index.begun_at(near):
            form = index.first_with(near[at:])
            if form is not None:
                return text[: len(text) - len(near) + at] + self._cut_marker(form, name_of)
        return text

    def _cut_marker(self, form: bytes, direction: Callable[[bytes], bytes]) -> bytes:
        return direction(_in_words(self._names[direction(form)], 0))


def _forwards(text: bytes) -> bytes:
    return text


def _backwards(text: bytes) -> bytes:
    return text[::-1]


def _flat(headers: Headers) -> Iterator[str]:
    return (part for line in headers for part in line)


def _whole(exchange: Exchange) -> bytes:
    """Everything of an exchange that crossed the wire, as one text."""
    request, response = exchange.request, exchange.response
    lines = (*_flat(request.headers), *_flat(response.headers if response else ()))
    text = _BETWEEN.join((request.method, request.url, *lines))
    bodies = (request.body, response.body if response else b"")
    return b"\n".join((text.encode("utf-8", "surrogatepass"), *bodies))


def _apart(spans: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The spans in order, those that overlap as one with the name of the first."""
    found: tuple[int, int, str] | None = None
    for start, end, name in sorted(spans, key=lambda span: (span[0], -span[1])):
        if found and start < found[1]:
            found = (found[0], max(found[1], end), found[2])
            continue
        if found:
            yield found
        found = (start, end, name)
    if found:
        yield found


def _in_words(name: str, _: int) -> bytes:
    return f"<secret:{name}>".encode()


def _in_place(name: str, width: int) -> bytes:
    return f"<{name}>".encode()[:width].ljust(width, b"*")
