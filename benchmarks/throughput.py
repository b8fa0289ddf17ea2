"""How many requests a second the reference server answers on one core, over kept-alive connections.

    python benchmarks/throughput.py

Uses wrk where it is installed, else a client of its own, whose figures are lower: it shares the machine's
cores and is Python too. Exits with 1 where a figure misses what a conformance run needs.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECONDS = 5
CONNECTIONS = 16

SERVER = (sys.executable, "-m", "conformance.reference")
ROOT = Path(__file__).parent.parent

LUA = """
wrk.method = "{method}"
wrk.body = '{body}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "{authorization}"
"""

RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
FAULTS = re.compile(r"Non-2xx or 3xx responses: (\d+)")


@dataclass(frozen=True, slots=True)
class Load:
    name: str
    method: str
    path: str
    needed: int
    body: str = ""


LOADS = (
    Load("GET /time", "GET", "/time", needed=3000),
    Load(
        "POST /channels/{c}/messages", "POST", "/channels/bench/messages", needed=1500, body='{"name":"n","data":"d"}'
    ),
    Load("GET /channels/{c}/messages?limit=10", "GET", "/channels/short/messages?limit=10", needed=500),
)


def main() -> int:
    wrk = shutil.which("wrk")
    print(f"measured with {'wrk' if wrk else 'the built-in client'}, {CONNECTIONS} connections, {SECONDS} s each")  # noqa: T201
    with server() as (host, port, authorization):
        rates = [(load, rate(load, host, port, authorization, wrk)) for load in LOADS]
    for load, measured in rates:
        verdict = "enough" if measured >= load.needed else "TOO SLOW"
        print(f"{load.name:40}{measured:>10,.0f}/s   needed {load.needed:>6,}/s   {verdict}")  # noqa: T201
    return 0 if all(measured >= load.needed for load, measured in rates) else 1


@contextmanager
def server() -> Iterator[tuple[str, int, str]]:
    """Address and credentials of a server that is held to one core."""
    with subprocess.Popen(SERVER, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  our own module
        try:
            hold_to_one_core(process.pid)
            line = process.stdout.readline() if process.stdout else ""
            host, _, port = line.split()[1].removeprefix("http://").partition(":")
            yield host, int(port), provision(f"http://{host}:{port}")
        finally:
            process.terminate()


def hold_to_one_core(pid: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))})


def provision(base: str) -> str:
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{base}/apps", b"{}", headers), timeout=10) as answer:  # noqa: S310  our own server
        key = json.load(answer)["keys"][0]["keyStr"]
    return f"Basic {b64encode(key.encode()).decode()}"


def rate(load: Load, host: str, port: int, authorization: str, wrk: str | None) -> float:
    if wrk:
        return rate_by_wrk(wrk, load, f"http://{host}:{port}", authorization)
    return asyncio.run(rate_by_ourselves(load, host, port, authorization))


def rate_by_wrk(wrk: str, load: Load, base: str, authorization: str) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA.format(method=load.method, body=load.body, authorization=authorization))
        script.flush()
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script.name, base + load.path]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  fixed arguments
    faults = FAULTS.search(done.stdout)
    if faults:
        raise SystemExit(f"{load.name}: {faults[1]} answers were no success")
    found = RATE.search(done.stdout)
    return float(found[1]) if found else 0.0


async def rate_by_ourselves(load: Load, host: str, port: int, authorization: str) -> float:
    head = [f"{load.method} {load.path} HTTP/1.1", f"Host: {host}", f"Authorization: {authorization}"]
    head += ["Content-Type: application/json", f"Content-Length: {len(load.body)}", "", load.body]
    request = "\r\n".join(head).encode()
    end = time.monotonic() + SECONDS
    counts = await asyncio.gather(*(exchange_until(end, host, port, request) for _ in range(CONNECTIONS)))
    return sum(counts) / SECONDS


async def exchange_until(end: float, host: str, port: int, request: bytes) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    while time.monotonic() < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 20"):
            raise SystemExit(f"no success: {head.splitlines()[0].decode()}")
        length = re.search(rb"content-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        count += 1
    writer.close()
    return count


if __name__ == "__main__":
    sys.exit(main())
