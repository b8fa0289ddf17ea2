"""Every REST area, driven through `ably` from npm by Node's own test runner, in JSON and in MessagePack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.sdk.local_ably import PATIENCE, LocalAbly

FOLDER = Path(__file__).parent / "ably_js"
AREAS = sorted(path.name.removesuffix(".test.mjs") for path in FOLDER.glob("*.test.mjs"))


@pytest.fixture
def environment(local_ably: LocalAbly, tmp_path: Path) -> Mapping[str, str]:
    """Where the server is, and an application of its own for each run."""
    details = tmp_path / "app.json"
    details.write_text(json.dumps(local_ably.provision()), encoding="utf-8")
    return {
        **os.environ,
        "NODE_EXTRA_CA_CERTS": str(local_ably.ca_file),
        "ABLY_APP": str(details),
        "ABLY_PORT": str(local_ably.port),
        "ABLY_TLS_PORT": str(local_ably.tls_port),
    }


@pytest.mark.parametrize("protocol", ["json", "msgpack"])
@pytest.mark.parametrize("area", AREAS)
def test_ably_js_finds_an_ably(environment: Mapping[str, str], area: str, protocol: str) -> None:
    node = shutil.which("node")
    assert node, "Node is not installed"
    command = [node, "--test", str(FOLDER / f"{area}.test.mjs")]
    told = {**environment, "ABLY_PROTOCOL": protocol}
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=2 * PATIENCE, check=False)  # noqa: S603  our own tests
    assert done.returncode == 0, done.stdout + done.stderr
