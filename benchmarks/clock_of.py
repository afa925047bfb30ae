"""In the environment `vela`: the event timeline of any file compiled for an Ethos-U55, as JSON.

clock_of.py REPOSITORY MODEL.tflite
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from pipeline.npu.clock import clocked

found = clocked(
    Path(sys.argv[2]).read_bytes(),
    config=Path(sys.argv[1]) / "targets" / "grove" / "vela_config.ini",
    system_config="My_Sys_Cfg",
    memory_mode="My_Mem_Mode_Parent",
)
print(json.dumps({name: value for name, value in found.items() if name != "spans"}))
