"""`openapi.yaml` as operations, corrected by the errata, with a line for every pointer."""

from conformance.contract.document import Contract, Operation
from conformance.contract.loading import load

__all__ = ["Contract", "Operation", "load"]
