"""What a YOLOv8 detection network gives, for programs; edgecask/task/detect.py says the same to the host.

The letters are those of pipeline/heads/pose.py, and C is the number of classes.
Needs no library, so that every environment can read it.
"""

from __future__ import annotations

from pipeline.heads.pose import BINS as BINS
from pipeline.heads.pose import BOX_CHANNELS as BOX_CHANNELS
from pipeline.heads.pose import STRIDES as STRIDES

NETWORK = "YOLOv8 or YOLO11 (detection)"
BOX_VALUES = 4
"""Of the decoded head: cx, cy, w, h; the scores of all classes come behind them."""
KINDS = ("box", "score")
MAPS = tuple(f"{kind}_s{stride}" for kind in KINDS for stride in STRIDES)
"""The feature maps that the ONNX file ends in, in this order; (1, channels, n, n) with BOX_CHANNELS and C channels."""
BRANCHES = {"cv2": "boxes", "cv3": "scores"}
"""What Ultralytics' Detect head computes in which of its attributes."""
RAW_OUTPUTS = MAPS
"""Of the raw head: boxes (1, n², 64) and scores (1, n², C) by stride."""
DECODED_OUTPUTS = ("detections",)
"""Of the decoded head: (1, 4 + C, F), rows cx, cy, w, h, then C scores."""
LEVELS_OUTPUTS = tuple(f"level_s{stride}" for stride in STRIDES)
"""Of the head of feature maps: (1, n, n, 64 + C), boxes before scores."""
SPLIT_OUTPUTS = ("boxes", "scores")
"""Of the split head: (1, 4, F) and (1, F, C)."""
