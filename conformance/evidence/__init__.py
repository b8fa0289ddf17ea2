"""The journal of a run, with secrets removed as it is written."""
