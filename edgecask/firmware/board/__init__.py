"""Asking a board what it runs, what it sees and how long that takes, by its serial line."""
