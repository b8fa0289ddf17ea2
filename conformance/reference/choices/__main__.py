"""`python -m conformance.reference.choices`: the page of all choices, docs/choices.md."""

import sys
from collections.abc import Iterator

from conformance.reference.choices import CHOICES, MODULES, Choice

HEAD = """\
# What the suite accepts

Where documents leave room, two correct servers differ. Each line is a choice that such a server may make: the reference
server makes it on demand, `python -m conformance.reference --choice NAME`, and no requirement of level MUST may fail on
it (`tox -e choices` judges servers that make as many at once as go together). This page is written by
`python -m conformance.reference.choices`.
"""


def page() -> str:
    return "\n".join([HEAD, *sections()])


def sections() -> Iterator[str]:
    for module in MODULES:
        yield f"## {title(module.__doc__ or '')}\n"
        yield "| choice | what it does | what permits it |\n|---|---|---|"
        yield from (row(each) for each in CHOICES.values() if each.cls.__module__ == module.__name__)
        yield ""


def title(doc: str) -> str:
    return doc.strip().partition(":")[0].rstrip(".").removeprefix("Choices of ").capitalize()


def row(choice: Choice) -> str:
    return f"| `{choice.name}` | {choice.does} | {choice.permitted_by} |"


if __name__ == "__main__":
    sys.stdout.write(page())
