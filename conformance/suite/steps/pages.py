"""Follows the `next` links of a paginated list."""

from __future__ import annotations

from collections.abc import Callable

from conformance.model import Json
from conformance.target.answer import Answer
from conformance.target.client import Target


def next_page(target: Target, page: Answer) -> Answer:
    return target.follow(page.links["next"], page)


def leads_to(target: Target, page: Answer, relation: str, body: Json) -> bool:
    """Whether a link leads to a page with this body, before patience ends: a refetch can return fewer items."""
    followed = target.repeat(lambda: target.follow(page.links[relation], page), until=lambda page: page.body == body)
    return bool(followed.body == body)


def pages_from(
    target: Target, first: Answer, most: int, follow: Callable[[Target, Answer], Answer] = next_page
) -> list[Answer]:
    """The first page and the pages that its `next` links lead to, at most `most` of them.

    The last of them still has a `next` link if there are more. `target.pages` gives up instead, and is for set-up and
    for tests that do not judge paging.
    """
    pages = [first]
    while "next" in pages[-1].links and len(pages) < most:
        pages.append(follow(target, pages[-1]))
    return pages
