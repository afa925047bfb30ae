"""The tutorial's recipe, step by step, as benchmarks/build_time.py times it.

    recipe.py export WEIGHTS SIZE     Ultralytics' own ONNX export with the board's head patched in
    recipe.py calibration SIZE        the calibration array that `onnx2tf -cind` wants

The wiki has people edit `Detect.forward` and `Pose.forward` in an Ultralytics checkout. The same functions are put in
place here; as printed there, `Detect.forward` crashes (it reads `x.shape` of a list), so that is mended.
"""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path


def export(weights: str, size: int) -> None:
    """The patched export: head outputs as (1, anchors, channels)."""
    import torch
    from ultralytics import YOLO
    from ultralytics.nn.modules import head

    def pose_forward(self, x):  # noqa: ANN001, ANN202
        keypoints = torch.cat([self.cv4[i](x[i]).view(1, self.nk, -1) for i in range(self.nl)], 2).permute(0, 2, 1)
        boxes = [self.cv2[i](x[i]).permute(0, 2, 3, 1).reshape(1, -1, 4 * self.reg_max) for i in range(self.nl)]
        scores = [self.cv3[i](x[i]).permute(0, 2, 3, 1).reshape(1, -1, self.nc) for i in range(self.nl)]
        return (*boxes, *scores, keypoints)

    head.Pose.forward = pose_forward
    model = YOLO(weights).model.float().eval()
    model.fuse(verbose=False)
    for module in model.modules():
        if type(module).__name__ == "C2f":
            module.forward = module.forward_split
    names = [f"output{index}" for index in range(7)]
    torch.onnx.export(
        model, (torch.zeros(1, 3, size, size),), "model.onnx", input_names=["images"], output_names=names,
        opset_version=12, dynamo=False,
    )  # fmt: skip
    import onnx

    onnx.save(onnx.shape_inference.infer_shapes(onnx.load("model.onnx")), "model.onnx")
    assets = [
        f for f in importlib.metadata.files("ultralytics") or [] if f.parent.name == "assets" and f.suffix == ".jpg"
    ]
    for asset in assets:
        Path(asset.name).write_bytes(Path(str(asset.locate())).read_bytes())


def calibration(size: int) -> None:
    """As many pictures as our build calibrates with when it is given none."""
    import numpy
    from PIL import Image

    images = [
        numpy.asarray(Image.open(path).convert("RGB").resize((size, size)), numpy.float32) / 255
        for path in sorted(Path.cwd().glob("*.jpg"))
    ]
    numpy.save("calibration.npy", numpy.stack(images * 6))
    numpy.save("calibration_image_sample_data_20x128x128x3_float32.npy", numpy.zeros((20, 128, 128, 3), numpy.float32))


if __name__ == "__main__":
    if sys.argv[1] == "export":
        export(sys.argv[2], int(sys.argv[3]))
    else:
        calibration(int(sys.argv[2]))
