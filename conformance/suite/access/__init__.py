"""Requirements on authentication, authorization, tokens and isolation."""
