"""Requirements on channels, history and presence."""
