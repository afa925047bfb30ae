"""Ultralytics' own conversion of a COCO JSON, in the environment `export`: FILE FOLDER pose|detect."""

import shutil
import sys
import tempfile

from ultralytics.data.converter import convert_coco

with tempfile.TemporaryDirectory() as temporary:
    shutil.copy(sys.argv[1], temporary)
    convert_coco(temporary, sys.argv[2], use_keypoints=sys.argv[3] == "pose", cls91to80=False)
