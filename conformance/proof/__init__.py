"""The commands that test the suite itself, against mutants and against other correct servers."""
