"""What it costs to judge recorded traffic: time and peak memory for a HAR file of many entries.

    python benchmarks/judge_traffic.py [ENTRIES] [BYTES]    100,000 entries; BYTES more in the body of each answer

The entries are those that mitmdump recorded for the selftest, over and over, with a time of their own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECORDING = Path(__file__).parents[1] / "conformance" / "selftest" / "har" / "recordings" / "mitmdump.har"
PADDING = "padding"


def write(path: Path, entries: int, padding: int) -> None:
    log = json.loads(RECORDING.read_text(encoding="utf-8"))["log"]
    kept = [padded(entry, padding) for entry in log["entries"]]
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps({"log": {**log, "entries": []}})[: -len("]}}")])
        for number in range(entries):
            file.write(f"{', ' if number else ''}{kept[number % len(kept)]}")
        file.write("]}}")


def padded(entry: dict, padding: int) -> str:  # type: ignore[type-arg]  # as JSON has it
    """An entry whose answer is longer, where it is text in JSON."""
    content = entry["response"]["content"]
    text = content.get("text", "")
    if padding and text.startswith("[") and "encoding" not in content:
        content["text"] = text[:-1].rstrip() + " " * padding + "]"
        content["size"], content["compression"] = len(content["text"]), 0
    return json.dumps(entry)


def main() -> None:
    entries, padding = (int(each) for each in (*sys.argv[1:], *("100000", "0")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traffic.har"
        write(path, entries, padding)
        size = path.stat().st_size / 1e6
        tool, into = Path(sys.executable).with_name("ably-conformance"), Path(folder) / "judged"
        command = [str(each) for each in (tool, "judge", path, "--profile", "reference", "--into", into)]
        begun = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  our own command
        seconds = time.perf_counter() - begun
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(done.stdout.splitlines()[-1] if done.stdout else done.stderr)  # noqa: T201
    print(  # noqa: T201
        f"{entries:,} entries, {size:,.0f} MB: {seconds:.0f} s ({used.ru_utime + used.ru_stime:.0f} s of work), "
        f"{used.ru_maxrss / 1024:.0f} MiB at most"
    )


if __name__ == "__main__":
    main()
