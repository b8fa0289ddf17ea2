"""Texts for people: findings, steps, curl commands and dates, and the removal of control characters."""
