"""One reference server on loopback, with TLS, and an application on it: what both SDKs are pointed at."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

SANDBOX = Path(__file__).parent / "sandbox.json"

HOST = "localhost"

# Seconds to start, to answer, and to stop.
PATIENCE = 20


@dataclass(frozen=True, slots=True)
class LocalAbly:
    port: int
    tls_port: int
    ca_file: Path

    def provision(self) -> dict[str, Any]:
        """A new application: its keys are the only way to what it holds."""
        headers = {"Content-Type": "application/json"}
        url = f"http://{HOST}:{self.port}/apps"
        made: dict[str, Any] = requests.post(url, SANDBOX.read_bytes(), headers=headers, timeout=PATIENCE).json()
        return made


@contextmanager
def running(folder: Path) -> Iterator[LocalAbly]:
    """The server, for as long as the block lasts; the authority of its certificate is written into the folder."""
    ca_file = folder / "ca.pem"
    command = [sys.executable, "-m", "conformance.reference", "--https-port", "0", "--ca-file", str(ca_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  our own module
        try:
            port, tls_port = ports(process)
            yield LocalAbly(port, tls_port, ca_file)
        finally:
            stop(process)


def ports(process: subprocess.Popen[str]) -> tuple[int, int]:
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], PATIENCE)[0], "the reference server did not say that it is ready"
    ready, http, https = process.stdout.readline().split()
    assert ready == "ready"
    return urlsplit(http).port or 0, urlsplit(https).port or 0


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
