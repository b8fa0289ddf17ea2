"""The report of a run: what its journals say, for people and for machines."""

CONTRACT = "contract.yaml"
"""The copy of the contract in the folder of a run, where it is not the one that the suite was written for."""
