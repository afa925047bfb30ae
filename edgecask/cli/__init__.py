"""The tasks: options to values, one call each, text."""
