"""The packed contract moved on: published again with five changes, as text, so that all else stays word for word."""

from __future__ import annotations

from pathlib import Path

from conformance.contract import load
from conformance.paths import OPENAPI

NEW_OPERATION = "GET /channels/{channel_id}/messages/{serial}"

CHANGES = {
    "a version": (f'  version: "{load().version}"\n', '  version: "1.2.0"\n'),
    "an optional property": (
        "      description: Message object.\n      properties:\n",
        "      description: Message object.\n      properties:\n        version:\n          type: string\n",
    ),
    "an operation with a path parameter": (
        "  /channels/{channel_id}/presence:\n",
        """\
  /channels/{channel_id}/messages/{serial}:
    parameters:
      - $ref: '#/components/parameters/versionHeader'
      - $ref: '#/components/parameters/responseFormat'
    get:
      summary: Get one message
      operationId: getMessage
      parameters:
        - $ref: '#/components/parameters/channelId'
        - name: serial
          in: path
          required: true
          schema:
            type: string
      responses:
        '2XX':
          description: OK
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Message'
            application/x-msgpack:
              schema:
                $ref: '#/components/schemas/Message'
        default:
          $ref: '#/components/responses/Error'
  /channels/{channel_id}/presence:
""",
    ),
    "a repaired default": ("        default: '100'\n", "        default: 100\n"),
    "a removed parameter": (
        """\
        - in: query
          name: prefix
          schema:
            type: string
          description: Optionally limits the query to only those channels whose name starts with the given prefix
""",
        "",
    ),
    "a renamed sentence": (
        "          description: The string encoded payload, with the encoding specified below.\n",
        "          description: The payload as text, in the encoding that is specified below.\n",
    ),
}


def moved(folder: Path, *changes: str) -> Path:
    """The file of the moved contract, with all changes or with those that are named."""
    text = OPENAPI.read_text(encoding="utf-8")
    for name in changes or CHANGES:
        before, after = CHANGES[name]
        assert text.count(before) == 1, name
        text = text.replace(before, after)
    path = folder / "moved.yaml"
    path.write_text(text, encoding="utf-8")
    return path
