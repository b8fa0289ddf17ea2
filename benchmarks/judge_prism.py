"""Judge a third party: Prism's mock of openapi.yaml, by the letter of the contract.

    python benchmarks/judge_prism.py FOLDER_WITH_NODE_MODULES [arguments for pytest]

Exits with 0 when the report says of Prism what the README says, and with 1 when it says less or more.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAULTS = {"HDR-02", "PAG-01", "RSP-14"}
"""What Prism really does: it answers `link: string`, which is no link, and sends members that are write-only."""
_PATIENCE = 60.0


def prism_mock(folder: Path) -> AbstractContextManager[str]:
    """Serve the published contract on a free port of loopback."""
    return _prism(folder, "mock", ROOT / "openapi.yaml")


def prism_proxy(folder: Path, contract: Path, url: str) -> AbstractContextManager[str]:
    """Pass requests on to a server, and say in `sl-violations` what breaks the contract."""
    return _prism(folder, "proxy", contract, url)


@contextmanager
def _prism(folder: Path, *arguments: str | Path) -> Iterator[str]:
    port = _free_port()
    command = [folder / "node_modules/.bin/prism", *arguments, "-h", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603  the command is ours
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"Prism did not listen within {_PATIENCE:g} s")


def judge(url: str, arguments: list[str]) -> set[str]:
    """Run the suite against a URL and return the requirements that failed."""
    command = [sys.executable, "-m", "pytest", "--profile", "mock", "--target", url, "--tb=no", *arguments]
    subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  the command is ours
    report = json.loads((ROOT / "reports/latest/report.json").read_text(encoding="utf-8"))
    return {each["id"] for each in report["requirements"] if each["verdict"] == "fail"}


def main() -> int:
    with prism_mock(Path(sys.argv[1])) as url:
        found = judge(url, sys.argv[2:])
    sys.stdout.write(f"Prism: expected {sorted(FAULTS)}, found {sorted(found)}\n")
    return 0 if found == FAULTS else 1


if __name__ == "__main__":
    sys.exit(main())
