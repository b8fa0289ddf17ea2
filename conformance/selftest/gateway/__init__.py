"""A gateway in front of the reference server, with the mistakes of an average team: a report has to lead to each."""
