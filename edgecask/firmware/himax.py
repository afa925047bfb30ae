"""Himax' own apps for the WE2: tflm_yolov8_pose.

It prints an error and gives up at any version of the schema but TensorFlow Lite's own (cv_yolov8_pose_init,
cvapp_yolov8_pose.cpp:308 of Seeed_Grove_Vision_AI_Module_V2 @d3265e2), where Seeed's firmware does not look at it.
"""

from __future__ import annotations

from edgecask.firmware.plain import Plain


class Himax(Plain):
    """See edgecask.firmware.family.Family."""
