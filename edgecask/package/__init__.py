"""What the user takes away: dist/TARGET/ with manifest and report."""
