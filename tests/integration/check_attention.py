"""In the environment `export`: an attention by heads against Ultralytics' own, in PyTorch and as ONNX says it.

    check_attention.py REPOSITORY FOLDER

The ONNX file is computed by ONNX's reference implementation, which knows nothing of ours but the function in the file.
"""

import json
import sys
from pathlib import Path

import numpy
import onnx
import onnx.reference
import torch
from ultralytics.nn.modules import block

sys.path.insert(0, sys.argv[1])

from pipeline.export.attention import DOMAIN, NODE, by_heads, with_meaning

SIDE, CHANNELS, HEADS = 5, 48, 3

torch.manual_seed(0)
torch.set_num_threads(1)
model = torch.nn.Sequential(torch.nn.Identity(), block.Attention(CHANNELS, num_heads=HEADS))
for layer in model.modules():
    if isinstance(layer, torch.nn.BatchNorm2d):
        layer.running_mean.normal_()
        layer.running_var.uniform_(0.2, 2)
model.eval()
values = 3 * torch.randn(1, CHANNELS, SIDE, SIDE)
with torch.no_grad():
    wanted = model(values)
    for each in model[1].qkv, model[1].pe, model[1].proj:
        each.conv = torch.nn.utils.fusion.fuse_conv_bn_eval(each.conv, each.bn)
        del each.bn
        each.forward = each.forward_fuse
    by_heads(model)
    path = Path(sys.argv[2]) / "attention.onnx"
    found = model(values)
    torch.onnx.export(
        model, (values,), str(path), opset_version=12, dynamo=False, custom_opsets={DOMAIN: 1}, input_names=["values"]
    )
graph = onnx.shape_inference.infer_shapes(
    with_meaning(onnx.load(path)), check_type=True, strict_mode=True, data_prop=True
)
onnx.checker.check_model(graph, full_check=True)
(of_onnx,) = onnx.reference.ReferenceEvaluator(graph).run(None, {"values": values.numpy()})
shapes = {value.name: [side.dim_value for side in value.type.tensor_type.shape.dim] for value in graph.graph.value_info}
nodes = [node for node in graph.graph.node if node.op_type == NODE]
print(
    json.dumps(
        {
            "nodes": len(nodes),
            "shapes": [shapes.get(node.output[0]) for node in nodes],
            "spread": float(wanted.std()),
            "pytorch": float((found - wanted).abs().max()),
            "onnx": float(numpy.abs(of_onnx - wanted.numpy()).max()),
        }
    )
)
