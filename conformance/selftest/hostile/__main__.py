"""Judges all modes, two at a time, and fails when one of them ends otherwise than it has to.

python -m conformance.selftest.hostile            those whose name or kind contains one of the words, or all
python -m conformance.selftest.hostile --each 4   every fourth of these: for CI, where all take too long
python -m conformance.selftest.hostile --write    judges all, and writes docs/hostile-targets.md anew
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.errors import nearest
from conformance.selftest.hostile.mode import Mode
from conformance.selftest.hostile.modes import MODES
from conformance.selftest.hostile.page import PAGE, render
from conformance.selftest.hostile.trial import Result, judge

AT_A_TIME = 2


def main(arguments: list[str]) -> int:
    parser = _parser()
    asked = parser.parse_args(arguments)
    known = {word for mode in MODES for word in (mode.name, mode.kind)}
    for word in asked.words:
        if word not in known:
            parser.error(f"there is no mode or kind {word}; {nearest(word, known)}")
    named = [mode for mode in MODES if not asked.words or {mode.name, mode.kind} & set(asked.words)]
    chosen = MODES if asked.write else named[:: asked.each]
    began = time.monotonic()
    results = judge_all(chosen)
    if asked.write:
        PAGE.write_text(render(results), encoding="utf-8")
    wrong = [each for each in results if each.gaps]
    _say(
        f"{len(results) - len(wrong)} of {len(results)} modes end as they have to, in {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong or not results else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.selftest.hostile")
    parser.add_argument("words", nargs="*", metavar="NAME|KIND", help="modes, or kinds of them (default: all)")
    parser.add_argument("--each", type=int, default=1, metavar="N", help="every Nth of them")
    parser.add_argument("--write", action="store_true", help="judge all, and write the page anew")
    return parser


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
