"""Starts a worker of pytest-xdist on its own machine: the text of this module is sent there and executed."""

if __name__ == "__channelexec__":  # as pytest-xdist has its own module begin
    from conformance.run.remote import begin

    begin(channel)  # type: ignore[name-defined]  # noqa: F821  given by execnet
