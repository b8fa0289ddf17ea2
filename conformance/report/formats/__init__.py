"""The formats beside the page: JUnit, SARIF, CTRF, Markdown, a badge and replay scripts."""
