"""HAR 1.2 (HTTP Archive): recorded traffic as exchanges, and the exchanges of a run as a HAR file."""
