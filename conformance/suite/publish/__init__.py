"""Requirements on publishing messages."""
