"""Judge servers that choose otherwise where documents leave room: no MUST may fail on any of them.

    python benchmarks/judge_choices.py [arguments for pytest]

Exits with 0 when every bundle of choices is found conformant.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from conformance.reference.choices import bundles
from conformance.target.embedded import reference_server

ROOT = Path(__file__).resolve().parent.parent


def judge(bundle: str, seed: int, arguments: list[str]) -> int:
    """The exit status of a run of the whole suite against a server that makes these choices."""
    with reference_server(choices=[bundle]) as url:
        command = [sys.executable, "-m", "pytest", "--profile", "sandbox", "--target", url, "--tb=no", "-q"]
        return subprocess.run([*command, f"--seed={seed}", *arguments], cwd=ROOT, check=False).returncode  # noqa: S603


def main() -> int:
    found = {}
    for number, choices in enumerate(bundles(), 1):
        bundle, began = f"all:{number}", time.monotonic()
        found[bundle] = judge(bundle, number, sys.argv[1:])
        seconds = time.monotonic() - began
        sys.stdout.write(f"{bundle}: {len(choices)} choices, exit status {found[bundle]}, {seconds:.0f} s\n")
    return max(found.values())


if __name__ == "__main__":
    sys.exit(main())
