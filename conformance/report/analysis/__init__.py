"""The analysis behind a report: causes, families, suspects, coverage, timing, comparison and history."""
