"""Reads a HAR document one entry at a time, so that a file of any size needs the memory of its largest entry.

The standard library's parser takes one value after the other from a window of the file. ijson has no place here: its
fast backend replaces lone surrogates, in which mitmproxy keeps bytes that are no UTF-8, or stops there; its other one
takes minutes for a large file; and both keep a path for each level of nesting.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from conformance.model import Json

CHUNK = 256 * 1024
LARGEST = 64 * 1024 * 1024
"""Characters of one entry, or of another value beside the entries."""

_BLANK = " \t\r\n"
_NEAR = 16
"""Characters before the end of the window in which a value may be cut: an escape, a number or a word."""


class NotHar(ValueError):  # noqa: N818  of a file, and no error of ours
    """The file is not a HAR document; the sentence says why and where."""


@dataclass(slots=True)
class Document:
    """A HAR document that is being read. creator: the name of the recorder, once it was read. entry: the number of the
    current entry, 0 before the first.
    """

    file: IO[bytes]
    creator: str = ""
    entry: int = 0
    _text: str = ""
    _at: int = 0
    _is_whole: bool = False
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8-sig"))
    _scanner: json.JSONDecoder = field(default_factory=json.JSONDecoder)

    def entries(self) -> Iterator[Json]:
        """The values of `log.entries`, of whatever type they are. Raises NotHar."""
        self._find("log", "it")
        self._find("entries", "its member log")
        yield from self._items()

    def _find(self, wanted: str, where: str) -> None:
        """Pass over the members of an object that come before one, and take the name of the recorder from them."""
        for name in self._members():
            if name == wanted:
                return
            value = self._value()
            if name == "creator" and isinstance(value, dict):
                self.creator = str(value.get("name", ""))
        raise NotHar(f"{where} has no member {wanted}")

    def _members(self) -> Iterator[str]:
        """The names of an object, whose values the caller reads."""
        self._expect("{", "an object")
        while self._next() != "}":
            name = self._value()
            if not isinstance(name, str):
                raise NotHar(f"it is not JSON{self._place()}: a name is expected")
            self._expect(":", "a colon")
            yield name
            if self._next() != ",":
                break
            self._at += 1
        self._expect("}", "a comma or the end of an object")

    def _items(self) -> Iterator[Json]:
        self._expect("[", "an array as log.entries")
        while self._next() != "]":
            self.entry += 1
            yield self._value()
            if self._next() != ",":
                break
            self._at += 1
        self._expect("]", "a comma or the end of an array")

    def _value(self) -> Json:
        self._next()
        while True:
            try:
                value, end = self._scanner.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _NEAR
                if self._is_whole or not is_cut:
                    raise NotHar(self._in_words(error)) from error
            except RecursionError as error:
                raise NotHar(f"it is nested too deeply to be read{self._place()}") from error
            except ValueError as error:  # a number of thousands of digits
                raise NotHar(f"it holds a number that cannot be read{self._place()}") from error
            else:
                if end < len(self._text) or self._is_whole:
                    self._at = end
                    return value
            if len(self._text) - self._at > LARGEST:
                raise NotHar(f"a value is larger than {LARGEST // 1024 // 1024} MB{self._place()}")
            self._fill()

    def _in_words(self, error: json.JSONDecodeError) -> str:
        if self._is_whole and (error.msg.startswith("Unterminated") or error.pos >= len(self._text)):
            return f"it ends too early{self._place()}"
        return f"it is not JSON{self._place()}: {error.msg}"

    def _place(self) -> str:
        return f" at entry {self.entry}" if self.entry else " before its entries"

    def _expect(self, sign: str, what: str) -> None:
        found = self._next()
        if found != sign:
            if not found:
                raise NotHar(f"it ends too early{self._place()}")
            raise NotHar(f"it is not a HAR document{self._place()}: {what} is expected")
        self._at += 1

    def _next(self) -> str:
        """The next character that is no blank, which is not taken; "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANK:
                    return self._text[self._at]
                self._at += 1
            if self._is_whole:
                return ""
            self._fill()

    def _fill(self) -> None:
        """Read on; a window that holds one large value grows by its own size, so that it is not parsed too often."""
        self._text = self._text[self._at :]
        self._at = 0
        raw = self.file.read(max(CHUNK, len(self._text)))
        self._is_whole = not raw
        try:
            self._text += self._decoder.decode(raw, final=self._is_whole)
        except UnicodeDecodeError as error:
            raise NotHar(f"it is not written in UTF-8{self._place()}") from error
