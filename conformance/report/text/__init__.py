"""Words for people: findings, steps, curl commands, dates, and text made safe to show."""
