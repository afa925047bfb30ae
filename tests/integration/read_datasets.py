"""What Ultralytics makes of data sets, in the environment `validate`: FOLDER…, each with a data.yaml.

Prints, as JSON, by folder: the names of the classes, and the images and label files of each split, as it would read
them (check_det_dataset, BaseDataset.get_img_files, img2label_paths).
"""

import json
import sys
from types import SimpleNamespace

from ultralytics.data.base import BaseDataset
from ultralytics.data.utils import check_det_dataset, img2label_paths

found = {}
for folder in sys.argv[1:]:
    data = check_det_dataset(f"{folder}/data.yaml", autodownload=False)
    images = {
        split: BaseDataset.get_img_files(SimpleNamespace(fraction=1.0, prefix=""), data[split])
        for split in ("train", "val", "test")
        if data.get(split)
    }
    found[folder] = {
        "names": [data["names"][index] for index in sorted(data["names"])],
        "images": images,
        "labels": {split: img2label_paths(paths) for split, paths in images.items()},
    }
print(json.dumps(found))
