"""Lies about the form of answers: errors, headers, links, pages."""

# ruff: noqa: ARG002  a lie often ignores what it is told

from collections.abc import Sequence

from conformance.reference.errors import Errors, Refusal
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Entry, Paging, Window
from conformance.reference.presenting import Presenting
from conformance.reference.wire import Headers, Json


@mutant(breaks="ERR-01")
class ErrorsAreFlat(Errors):
    """Answers the members of an error without the object around them."""

    def body(self, refusal: Refusal) -> Json:
        return super().body(refusal)["error"]


@mutant(breaks="HDR-01")
class LinksShareOneLine(Presenting):
    """Joins all relations into one Link header."""

    def link_headers(self, links: Headers) -> Headers:
        lines = super().link_headers(links)
        return (("Link", ", ".join(value for _, value in lines)),) if lines else ()


@mutant(breaks="PAG-05")
class FullLastPageHasNext(Paging):
    """Promises a next page whenever a page is full, also after the last item."""

    def has_next(self, chosen: Sequence[Entry], rest: Sequence[Entry], window: Window) -> bool:
        return len(chosen) == window.limit
