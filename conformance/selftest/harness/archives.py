"""HAR documents built by hand: one sound entry, and the ways in which recorders write others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from conformance.cli import main

URL = "https://rest.example"
DATE = {"name": "date", "value": "Sat, 28 Nov 2026 12:00:00 GMT"}
SERVER = {"name": "x-ably-serverid", "value": "frontend.1"}
JSON_TYPE = {"name": "content-type", "value": "application/json"}
ACCEPT = {"name": "accept", "value": "application/json"}


def entry(
    path: str = "/time", text: str | None = "[1795000000000]", *, method: str = "GET", status: int = 200, **more: Any
) -> dict[str, Any]:
    """more: members of the response, or `asked`, members of the request, or `beside`, members of the entry."""
    asked, beside = more.pop("asked", {}), more.pop("beside", {})
    content = {"size": len((text or "").encode()), "mimeType": "application/json"}
    return {
        "startedDateTime": "2026-11-28T12:00:00.000Z",
        "time": 12.5,
        "request": {
            "method": method,
            "url": path if "://" in path else f"{URL}{path}",
            "httpVersion": "HTTP/2",
            "cookies": [],
            "headers": [{"name": ":authority", "value": "rest.example"}, ACCEPT],
            "queryString": [],
            "headersSize": -1,
            "bodySize": 0,
            **asked,
        },
        "response": {
            "status": status,
            "statusText": "",
            "httpVersion": "HTTP/2",
            "cookies": [],
            "headers": [DATE, SERVER, JSON_TYPE],
            "content": content if text is None else {**content, "text": text},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            **more,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 12.5, "receive": 0},
        **beside,
    }


def document(*entries: Any, creator: str = "WebInspector") -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": creator, "version": "1"}, "pages": [], "entries": [*entries]}}


def written(path: Path, *entries: Any, creator: str = "WebInspector") -> Path:
    path.write_text(json.dumps(document(*entries, creator=creator)))
    return path


def judged(into: Path, *arguments: Any) -> tuple[Result, Any]:
    """What `ably-conformance judge` says, and its report.json, None where it wrote none."""
    run = CliRunner().invoke(main, ["judge", *map(str, arguments), "--into", str(into)])
    assert run.exception is None or isinstance(run.exception, SystemExit), run.exception
    return run, json.loads((into / "report.json").read_text()) if (into / "report.json").exists() else None


def findings_of(report: Any) -> set[tuple[str, str]]:
    """Requirement and fingerprint of each finding."""
    return {(each["id"], one["fingerprint"]) for each in report["requirements"] for one in each["findings"]}
