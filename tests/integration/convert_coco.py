"""Ultralytics' own conversion of a COCO keypoint JSON, in the environment `export`: FILE FOLDER."""

import shutil
import sys
import tempfile

from ultralytics.data.converter import convert_coco

with tempfile.TemporaryDirectory() as temporary:
    shutil.copy(sys.argv[1], temporary)
    convert_coco(temporary, sys.argv[2], use_keypoints=True, cls91to80=False)
