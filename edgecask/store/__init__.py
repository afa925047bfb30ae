"""Content-addressed results."""
