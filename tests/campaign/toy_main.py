"""edgecask's command with toy programs in place of its own: toy_main.py PIPELINE COMMAND…"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edgecask.__main__ import main
from edgecask.plan import program as program_module

if __name__ == "__main__":
    program_module.PIPELINE = Path(sys.argv.pop(1))
    sys.exit(main())
