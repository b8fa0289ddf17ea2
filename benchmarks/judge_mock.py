"""Judge a third party: a mock that others make of openapi.yaml, by the letter of the contract.

    python benchmarks/judge_mock.py prism|mockoon FOLDER_WITH_NODE_MODULES [arguments for pytest]

Exits with 0 when the report says of the mock what docs/outside-evidence.md says, and with 1 when it says less or more.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "openapi.yaml"
_PATIENCE = 60.0


@dataclass(frozen=True)
class Mock:
    """arguments: those that serve the contract as published on a port of loopback. faults: what it really does wrong,
    checked by hand.
    """

    program: str
    arguments: Callable[[int], list[str]]
    faults: frozenset[str]

    @contextmanager
    def serve(self, folder: Path) -> Iterator[str]:
        port = _free_port()
        with _serving([str(folder / "node_modules/.bin" / self.program), *self.arguments(port)], port):
            yield f"http://127.0.0.1:{port}"


MOCKS = {
    # It answers `link: string`, which is no link, and sends members that are write-only.
    "prism": Mock(
        "prism",
        lambda port: ["mock", str(CONTRACT), "-h", "127.0.0.1", "-p", str(port)],
        frozenset({"HDR-02", "PAG-01", "RSP-14"}),
    ),
    # It does not know the status 2XX of the contract and answers `default`, the error, with status 200 (RSP-01), or
    # with no body where `default` has none (RSP-12); and it leaves out each header that is a string (HDR-01).
    "mockoon": Mock(
        "mockoon-cli",
        lambda port: [
            *("start", "--data", str(CONTRACT), "--hostname", "127.0.0.1", "--port", str(port)),
            *("--faker-seed", "7", "--disable-admin-api", "--disable-external-refs", "--disable-log-to-file"),
        ],
        frozenset({"HDR-01", "RSP-01", "RSP-12"}),
    ),
}


def prism_proxy(folder: Path, contract: Path, url: str) -> AbstractContextManager[str]:
    """Pass requests on to a server, and say in `sl-violations` what breaks the contract."""
    proxy = Mock(
        "prism", lambda port: ["proxy", str(contract), url, "-h", "127.0.0.1", "-p", str(port)], faults=frozenset()
    )
    return proxy.serve(folder)


@contextmanager
def _serving(command: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603  the command is ours
        try:
            _wait_for(port)
            yield
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
    raise SystemExit(f"the mock did not listen within {_PATIENCE:g} s")


def judge(url: str, arguments: list[str]) -> set[str]:
    """Run the suite against a URL and return the requirements that failed."""
    command = [sys.executable, "-m", "pytest", "--profile", "mock", "--target", url, "--tb=no", *arguments]
    subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  the command is ours
    report = json.loads((ROOT / "reports/latest/report.json").read_text(encoding="utf-8"))
    return {each["id"] for each in report["requirements"] if each["verdict"] == "fail"}


def main() -> int:
    name, folder, *arguments = sys.argv[1:]
    with MOCKS[name].serve(Path(folder)) as url:
        found = judge(url, arguments)
    expected = MOCKS[name].faults
    sys.stdout.write(f"{name}: expected {sorted(expected)}, found {sorted(found)}\n")
    return 0 if found == expected else 1


if __name__ == "__main__":
    sys.exit(main())
