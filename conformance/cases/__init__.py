"""Requests generated from the contract: drawn first, bound to the run afterwards."""
