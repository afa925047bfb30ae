"""Every picture of a folder by the project's decoder and by Ultralytics' own, in the environment `export`: FOLDER.

Prints, as JSON, by file name: the problem that `check-data` would name, and whether training really gets the picture
(Ultralytics' check_image and imread) in the same colours.
"""

import io
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy
from ultralytics.data.utils import check_image

from pipeline.shared.images import UnreadableError, read_image
from pipeline.shared.training_reader import imread, reader_problem
from pipeline.shared.training_rules import training_problem

found = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    content, ours = path.read_bytes(), None
    try:
        ours = read_image(io.BytesIO(content), 3)
        problem = training_problem(content, ours) or reader_problem(path, ours)
    except UnreadableError as error:
        problem = str(error)
    with tempfile.TemporaryDirectory() as folder:  # check_image mends what it can, in the file itself
        copy = Path(shutil.copy(path, folder))
        try:
            shape = check_image(str(copy))[1]
            theirs = imread(copy)
            good = theirs is not None and theirs.dtype == numpy.uint8 and theirs.shape[:2] == shape
        except Exception:
            good = False
    difference = None
    if good and ours is not None and ours.size == theirs.shape[1::-1]:
        difference = float(abs(numpy.asarray(ours).astype(int) - theirs[..., ::-1]).mean())
    found[path.name] = {"problem": problem, "trains": good, "difference": difference}
print(json.dumps(found))
