"""What the tests of the suite share: loopback servers, exchanges, journals and whole runs."""
