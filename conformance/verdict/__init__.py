"""From evidence to one result per requirement, one conclusion and one exit status."""
