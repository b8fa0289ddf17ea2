"""Judges all modes, two at a time, and fails when one of them ends otherwise than it has to.

python -m conformance.selftest.hostile            those whose name or kind contains one of the words, or all
python -m conformance.selftest.hostile --write    writes docs/hostile-targets.md anew
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.selftest.hostile.mode import Mode
from conformance.selftest.hostile.modes import MODES
from conformance.selftest.hostile.page import PAGE, render
from conformance.selftest.hostile.trial import Result, judge

AT_A_TIME = 2


def main(arguments: list[str]) -> int:
    words = [each for each in arguments if each != "--write"]
    chosen = [each for each in MODES if not words or any(word in {each.name, each.kind} for word in words)]
    began = time.monotonic()
    results = judge_all(chosen)
    if "--write" in arguments:
        PAGE.write_text(render(results), encoding="utf-8")
    wrong = [each for each in results if each.gaps]
    _say(
        f"{len(results) - len(wrong)} of {len(results)} modes end as they have to, in {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong or not results else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def judge_all(modes: Iterable[Mode]) -> list[Result]:
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        results = []
        for result in pool.map(_judge_in_a_folder, modes):
            results.append(result)
            _say(f"{result.verdict:13}{result.seconds:5.1f} s {result.memory:4.0f} MB  {result.mode.name}")
            for gap in result.gaps:
                _say(f"    {result.mode.name}: {gap}")
    return results


def _judge_in_a_folder(mode: Mode) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "run"
        own.mkdir()
        return judge(mode, own)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
