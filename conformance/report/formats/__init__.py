"""The files for machines: JUnit, SARIF, CTRF, Markdown, a badge, replay scripts."""
