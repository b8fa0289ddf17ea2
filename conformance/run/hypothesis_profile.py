"""The Hypothesis settings of a run."""

from __future__ import annotations

import atexit
import gzip
import json
import os
import shutil
import tempfile
import unicodedata
from contextlib import suppress
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal.conjecture import engine

from conformance.cases.seed import draw_by_seed_alone
from conformance.doors import replace_private
from conformance.run.config import RunConfig

_LONGEST_SHRINKING = 10
"""Seconds."""

_ENCODABLE = [[0, 0xD7FF], [0xE000, 0x10FFFF]]
"""Ranges of the characters that UTF-8 can encode: all but surrogates."""

_CHANGED_BY_DECODING: list[list[int]] = []


def draw_by(run_config: RunConfig) -> None:
    """Set the settings of all properties, before their modules are imported: no deadline, no example database."""
    hypothesis.settings.register_profile(
        "conformance",
        max_examples=run_config.examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        # The network is slow, and some properties ask for large data on purpose; the other health checks stay.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    hypothesis.settings.load_profile("conformance")
    _keep_out_of_the_users_folder()
    draw_by_seed_alone()
    # Not a setting: Hypothesis would shrink for five minutes, and each attempt sends requests.
    replace_private(engine, "MAX_SHRINKING_SECONDS", _LONGEST_SHRINKING)


def _keep_out_of_the_users_folder() -> None:
    """Hypothesis keeps its tables of Unicode in .hypothesis of the current folder, which belongs to the user."""
    if "HYPOTHESIS_STORAGE_DIRECTORY" in os.environ:
        return
    with suppress(OSError):  # no folder for temporary files: Hypothesis does without, too
        folder = tempfile.mkdtemp(prefix="ably-conformance-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        set_hypothesis_home_dir(folder)
        _write_table_of_utf_8(Path(folder) / "unicode_data" / unicodedata.unidata_version)


def _write_table_of_utf_8(folder: Path) -> None:
    """Hypothesis would try each character, which takes a second and 200 MB in each process."""
    folder.mkdir(parents=True)
    with gzip.open(folder / "codec-v2-utf-8.json.gz", "wt") as table:
        json.dump([_ENCODABLE, _CHANGED_BY_DECODING], table)
