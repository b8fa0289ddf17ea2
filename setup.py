"""Packs what stands at the root for people, and is needed to run elsewhere: the contract and the profiles."""

import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class PackRootFiles(build_py):
    """The files of an editable install are read where they stand."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            packed = Path(self.build_lib) / "conformance" / "root"
            (packed / "profiles").mkdir(parents=True, exist_ok=True)
            for path in (ROOT / "openapi.yaml", *sorted((ROOT / "profiles").glob("*.toml"))):
                shutil.copy(path, packed / path.relative_to(ROOT))


ENTRY_POINTS = {"console_scripts": ["ably-conformance = conformance.cli:main"]}
if (
    "ABLY_CONFORMANCE_IS_EDITABLE" in os.environ
):  # build_backend.py: nothing of ours is loaded where a wheel is installed
    ENTRY_POINTS["pytest11"] = ["conformance-checkout = conformance.checkout"]

setup(cmdclass={"build_py": PackRootFiles}, entry_points=ENTRY_POINTS)
