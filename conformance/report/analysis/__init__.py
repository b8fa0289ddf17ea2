"""What a report knows: causes, families, suspects, coverage, timing, comparison, history."""
