"""An application that exists from the start, with keys that its user chose."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from re import compile as pattern

from conformance.reference.errors import Refusal
from conformance.reference.provisioning import Provisioning
from conformance.reference.state import App
from conformance.reference.wire import Json

KEY_TEXT = pattern(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+):([!-~]+)\Z")


@dataclass(frozen=True, slots=True)
class FixedApp:
    """description: as the body of POST /apps. keys: texts such as "app.key:secret", one for each described key."""

    description: Json
    keys: tuple[str, ...]


def read_fixed_app(path: Path | None, keys: Sequence[str]) -> FixedApp | None:
    """None where neither is given. Raises ValueError with a sentence for the user."""
    if not keys and path is None:
        return None
    if not keys:
        raise ValueError("--app: give the key of the application with --key APP.KEY:SECRET")
    description = {"keys": [{}] * len(keys)} if path is None else read_description(path)
    described = len(description.get("keys") or [{}])
    if described != len(keys):
        raise ValueError(f"--key: {path} describes {described} keys, and --key was given {len(keys)} times")
    return FixedApp(description, tuple(keys))


def read_description(path: Path) -> dict[str, Json]:
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"--app: {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"--app: {path} is not JSON: {error}") from error
    if not isinstance(description, dict):
        raise ValueError(f"--app: {path} must contain a JSON object, as the body of POST /apps")  # noqa: TRY004  a user's
    return description


def add_fixed_app(provisioning: Provisioning, fixed: FixedApp) -> None:
    """Raises ValueError for a description that POST /apps would reject, and for keys of another form."""
    app_id = only_app(fixed.keys)
    try:
        made = provisioning.app(fixed.description)
    except Refusal as refusal:
        raise ValueError(f"--app: {refusal.message}") from refusal
    provisioning.apps.add(with_keys(made, app_id, fixed.keys))


def only_app(keys: Sequence[str]) -> str:
    parsed = [KEY_TEXT.match(key) for key in keys]
    apps = {match[1] for match in parsed if match}
    if None in parsed:
        raise ValueError("--key: expected APP.KEY:SECRET, such as app.key:secret")
    if len(apps) > 1:
        raise ValueError(f"--key: the keys belong to several applications: {', '.join(sorted(apps))}")
    if len({match[2] for match in parsed if match}) < len(keys):
        raise ValueError("--key: the same key is given twice")
    return apps.pop()


def with_keys(app: App, app_id: str, keys: Sequence[str]) -> App:
    """The same application under these names."""
    fixed = {}
    for text, key in zip(keys, app.keys.values(), strict=True):
        name, _, secret = text.partition(":")
        key_id = name.partition(".")[2]
        fixed[key_id] = replace(key, app_id=app_id, id=key_id, secret=secret)
    return replace(app, id=app_id, keys=fixed)
