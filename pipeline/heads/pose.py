"""What a YOLOv8-pose network gives, for programs; edgecask/task/pose.py says the same to the host.

The letters: S is the input's side in pixels, n = S/stride a grid's, F = Σn² the number of anchors, K that of keypoints.
Needs no library, so that every environment can read it.
"""

from __future__ import annotations

NETWORK = "YOLOv8-pose or YOLO11-pose"
STRIDES = (8, 16, 32)
"""Pixels a cell, of the three grids."""
BINS = 16
"""A side of a box is the expectation over so many bins, in cells (Ultralytics' DFL, `reg_max`)."""
BOX_CHANNELS = 4 * BINS
SCORE_ROW = 4
"""Of the decoded head: it comes behind cx, cy, w, h."""
BOX_ROWS = SCORE_ROW + 1
KEYPOINT_VALUES = 3
"""x, y, visibility."""
KINDS = ("box", "score", "keypoints")
MAPS = tuple(f"{kind}_s{stride}" for kind in KINDS for stride in STRIDES)
"""The feature maps that the ONNX file ends in, in this order; (1, C, n, n) with C = BOX_CHANNELS, 1 and 3K."""
BRANCHES = {"cv2": "boxes", "cv3": "scores", "cv4": "keypoints"}
"""What Ultralytics' Pose head computes in which of its attributes."""
RAW_OUTPUTS = (*(f"{kind}_s{stride}" for kind in ("box", "score") for stride in STRIDES), "keypoints")
"""Of the raw head: boxes (1, n², 64) and scores (1, n², 1) by stride, and keypoints (1, F, 3K)."""
DECODED_OUTPUTS = ("detections",)
"""Of the decoded head: (1, 5 + 3K, F), rows cx, cy, w, h, score, then K × (x, y, visibility)."""

COCO_NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
"""COCO's keypoints, in its order."""
