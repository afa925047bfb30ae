"""`python -m edgecask`, and the entry point of the command `edgecask`."""

from __future__ import annotations


def main() -> None:
    """Run the command line; see edgecask/cli/program.py."""
    from edgecask.cli.program import main as run

    run()


if __name__ == "__main__":
    main()
