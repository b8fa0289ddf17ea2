"""What scenarios do: the steps that the tests of several areas share."""
