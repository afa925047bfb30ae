"""`python -m pipeline PROGRAM`; see harness.py."""

import sys

from pipeline.harness import main

main(sys.argv[1:])
