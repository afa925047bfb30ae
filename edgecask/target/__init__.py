"""What a device accepts, and whether a file satisfies it."""
