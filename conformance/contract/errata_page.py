"""docs/errata.md, rendered from the errata; `python -m conformance.contract.errata_page` writes it anew."""

from __future__ import annotations

import json
from collections.abc import Iterable

from conformance.contract import load
from conformance.contract.errata import REPAIRS, TIGHTENS, Erratum
from conformance.paths import ROOT

PAGE = "docs/errata.md"
COMMAND = "python -m conformance.contract.errata_page"


def render_errata(title: str, errata: Iterable[Erratum]) -> str:
    """docs/errata.md. title: of the contract, with its version."""
    listed = tuple(errata)
    counts = {effect: sum(each.effect == effect for each in listed) for effect in (REPAIRS, TIGHTENS)}
    head = (
        "# Errata of the contract\n\n"
        f"<!-- Written by `{COMMAND}` from conformance/contract/errata.yaml. Do not edit. -->\n\n"
        f"The published contract, {title}, is never edited. These {len(listed)} corrections are laid over it: "
        f"{counts[REPAIRS]} repair what no correct server or client can satisfy, {counts[TIGHTENS]} tighten what it "
        "leaves open although the service documents it. A profile chooses `all`, `repairs` or `none`. Lines of "
        "ably/docs rest-api.mdx are those of its commit c20d2c4f.\n"
    )
    return head + "".join(_section(each) for each in listed)


def _section(erratum: Erratum) -> str:
    places = list(zip(erratum.subject, erratum.lines, strict=True))
    shown = ", ".join(f"`{pointer}` (line {line})" for pointer, line in places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    probe = ", ".join(
        f"{name} `{value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)}`"
        for name, value in erratum.probe.items()
    )
    return "\n".join(
        (
            f"\n## {erratum.id} {erratum.effect}\n",
            f"- **The contract says** {erratum.says}",
            f"- **What holds** {erratum.reason}",
            f"- **Evidence** {erratum.evidence}",
            f"- **Where** {shown}{more}",
            f"- **Probe** {probe}\n",
        )
    )


def main() -> None:
    contract = load()
    (ROOT / PAGE).write_text(render_errata(f"{contract.title} {contract.version}", contract.errata), encoding="utf-8")


if __name__ == "__main__":
    main()
