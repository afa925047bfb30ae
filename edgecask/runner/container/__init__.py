"""Stages in containers."""
