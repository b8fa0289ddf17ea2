"""One pytest run: its options, the controller process and the worker processes."""
