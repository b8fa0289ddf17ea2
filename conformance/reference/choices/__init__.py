"""Choices: variants of the reference server that decide otherwise where the documentation leaves room.

Each choice is a subclass of one of the classes in `Parts`. The first sentence of its docstring states the decision, the
decorator names the document that permits it. No requirement of level MUST may fail on any choice, which proves that the
suite requires nothing that is not documented.
"""

import dataclasses
import inspect
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from conformance.reference.choices.mark import MARK, Mark
from conformance.reference.parts import UNMODIFIED, Parts
from conformance.reference.variants import collect, first_sentence, kebab, modules_of, part_of

MODULES = modules_of(__name__, __path__)


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """parts: those that it replaces. permitted_by: the document that permits it. is_slow: it makes a run longer.

    breaks_suites: why the test suites of SDKs cannot use an application of such a server, "" where they can.
    judged_alone_by: an expression for pytest's -k, "" for a choice that is judged in its bundle only.
    """

    name: str
    does: str
    permitted_by: str
    parts: tuple[str, ...]
    cls: type
    is_slow: bool = False
    breaks_suites: str = ""
    judged_alone_by: str = ""

    @property
    def alone(self) -> frozenset[str]:
        """Methods that it replaces without calling super(): no two combined choices may replace the same one."""
        return frozenset(f"{part}.{name}" for part in self.parts for name in replaced(self.cls))


def replaced(cls: type) -> Iterator[str]:
    for name, member in vars(cls).items():
        if inspect.isfunction(member) and "__class__" not in member.__code__.co_freevars:
            yield name


def describe(cls: type) -> Choice:
    mark: Mark = vars(cls)[MARK]
    if not cls.__doc__:
        raise ValueError(f"{cls.__name__} has no docstring that states its decision")
    parts = (part_of(cls), *mark.also)
    return Choice(
        kebab(cls.__name__),
        first_sentence(cls.__doc__),
        mark.permitted_by,
        parts,
        cls,
        mark.is_slow,
        mark.breaks_suites,
        mark.alone,
    )


CHOICES = collect(MODULES, MARK, describe)


def parts_of(names: Iterable[str]) -> Parts:
    """The parts of a server that makes all of these choices; `all` is the first bundle, `all:2` the second.

    Raises LookupError for an unknown name and suggests the nearest one, ValueError for choices that exclude each other.
    """
    return composed([CHOICES[each] for name in names for each in resolved(name)])


def resolved(name: str) -> Sequence[str]:
    if name == "all" or name.startswith("all:"):
        return numbered(name)
    if name not in CHOICES:
        nearest = get_close_matches(name, CHOICES, n=1, cutoff=0.0)
        raise LookupError(f"unknown choice {name}; the nearest is {''.join(nearest)}")
    return (name,)


def numbered(name: str) -> Sequence[str]:
    known = bundles()
    number = name.removeprefix("all").removeprefix(":") or "1"
    if not number.isdecimal() or not 0 < int(number) <= len(known):
        raise LookupError(f"there are {len(known)} bundles of choices, all:1 to all:{len(known)}")
    return known[int(number) - 1]


def composed(choices: Sequence[Choice]) -> Parts:
    refuse_rivals(choices)
    # Classes that call super() go first in the MRO: a class that replaces a method would hide them.
    ordered = sorted(choices, key=lambda choice: bool(choice.alone))
    return dataclasses.replace(
        UNMODIFIED, **{part: joined(part, ordered) for choice in choices for part in choice.parts}
    )


def joined(part: str, choices: Sequence[Choice]) -> type:
    chosen = tuple(choice.cls for choice in choices if part in choice.parts)
    return type(f"Chosen{part.title()}", (*chosen, getattr(UNMODIFIED, part)), {})


def refuse_rivals(choices: Sequence[Choice]) -> None:
    for number, choice in enumerate(choices):
        for other in choices[:number]:
            if are_rivals(choice, other):
                raise ValueError(f"{other.name} and {choice.name} exclude each other")


def are_rivals(one: Choice, other: Choice) -> bool:
    return bool(one.alone & other.alone) or frozenset((one.name, other.name)) in RIVALS


RIVALS = frozenset(
    {
        frozenset(("clock-ahead", "clock-behind")),
        frozenset(("push-is-ok", "push-answers-an-object")),
        frozenset(("subscribing-is-ok", "subscribing-answers-nothing")),
        frozenset(("unknown-key-is-invalid", "unknown-key-is-unauthorized")),
        frozenset(("terse-errors", "detailed-errors")),
        frozenset(("no-serials", "versioned-messages")),
        frozenset(("more-metrics", "no-object-metrics")),
        frozenset(("busy-enumeration", "ragged-enumeration")),
        frozenset(("form-factor-stays", "platform-may-change")),
        frozenset(("path-id-wins", "id-is-part-of-the-body")),
    }
)
"""Pairs that contradict each other although both call super()."""


def bundles() -> Sequence[Sequence[str]]:
    """Bundles of compatible choices that together cover all choices. Slow choices have bundles of their own."""
    sorted_out = [[each for each in CHOICES.values() if each.is_slow is slow] for slow in (False, True)]
    return tuple(tuple(each.name for each in bundle) for choices in sorted_out for bundle in distributed(choices))


def distributed(choices: Sequence[Choice]) -> Sequence[Sequence[Choice]]:
    """Spreads choices that exclude each other over bundles, then adds every compatible choice to each bundle."""
    spread: list[list[Choice]] = []
    for choice in choices:
        free = next((each for each in spread if not any(are_rivals(choice, other) for other in each)), None)
        if free is None:
            spread.append(free := [])
        free.append(choice)
    return [filled(each, choices) for each in spread]


def filled(bundle: Sequence[Choice], choices: Sequence[Choice]) -> Sequence[Choice]:
    full = list(bundle)
    for choice in choices:
        if choice not in full and not any(are_rivals(choice, other) for other in full):
            full.append(choice)
    return full
