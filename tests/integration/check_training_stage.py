"""Run with the Python of the environment `train`: check_training_stage.py CHECKPOINTS; says what does not hold."""

import copy
import importlib.resources
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import torch
import yaml
from torch import nn
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.models.yolo.pose import PoseTrainer
from ultralytics.nn.tasks import DetectionModel, PoseModel
from ultralytics.utils.nms import TorchNMS

from edgecask.task.task import TASKS
from pipeline.harness import Refused
from pipeline.heads.trainings import TRAININGS
from pipeline.shared.checkpoint import load_checkpoint
from pipeline.shared.ultralytics_offline import MOST_KEPT, suppress
from pipeline.train.batch_norm import estimate, is_folded, unfold
from pipeline.train.model_yaml import activation_of, build_model, change_activation, clean, load_description
from pipeline.train.trainer import Trainer, trainer_of

CHECKPOINTS = Path(sys.argv[1])
SHAPE = {"task": "pose", "classes": ["person"], "keypoint_shape": [17, 3]}


def refused(function, *arguments):
    try:
        function(*arguments)
    except Refused:
        return True
    return False


# The suppression of boxes is Ultralytics' own, which is torchvision's, as far as anybody looks at it.
generator = torch.Generator().manual_seed(0)
for count in (0, 1, 7, 400, 2000):
    corner = torch.rand(count, 2, generator=generator) * 200
    boxes = torch.cat([corner, corner + 5 + torch.rand(count, 2, generator=generator) * 100], 1)
    scores = torch.rand(count, generator=generator)
    for threshold in (0.1, 0.45, 0.7):
        expected = TorchNMS.nms(boxes, scores, threshold)[:MOST_KEPT]
        assert torch.equal(suppress(boxes, scores, threshold), expected), (count, threshold)

# A description is data: whatever else it names is refused, and what remains builds the same network.
good = load_description("scale: [0.33, 0.125, 128]", "pose")
assert clean(yaml.safe_load(yaml.safe_dump(good)), "pose") == good
assert set(good) == {"nc", "kpt_shape", "scales", "scale", "backbone", "head"}
assert "activation" not in clean({**good, "activation": "__import__('os').system('true')"}, "pose")
for change in (
    {"backbone": [[-1, 1, "torch_safe_load", ["x.pt"]], *good["backbone"]]},
    {"backbone": [[-1, 1, "TorchVision", [64, "resnet18"]], *good["backbone"]]},
    {"backbone": [[-1, 1, "Conv", ["__import__('os')", 3, 2]], *good["backbone"]]},
    {"backbone": [[-1, 1, "Conv", [10**9, 3, 2]], *good["backbone"]]},
    {"backbone": []},
    {"backbone": "Conv"},
    {"head": good["head"][:-1]},
    {"head": [*good["head"], good["head"][-1]]},
    {"backbone": [[-1, 1, ["Conv"], [64, 3, 2]], *good["backbone"]]},
    {"scale": ["own"]},
    {"scales": {"own": [1, 2]}},
    {"scales": {"own": [1e9, 1, 64]}},
    {"kpt_shape": None},
    {"kpt_shape": [10**9, 3]},
):
    assert refused(clean, {**good, **change}, "pose"), change
assert clean({**good, "head": [*good["head"][:-1], [*good["head"][-1][:3], [80, [5, 2]]]]}, "pose") == good
for text in ("", "[1]", "scale: large", "scale: [0, 1, 64]", "{", "x: !!python/object/apply:os.system [true]"):
    assert refused(load_description, text, "pose") and refused(load_description, text, "detect"), text

# Every activation of a network is the one that was asked for.
torch.manual_seed(0)
network = build_model(good, activation="relu6", **SHAPE)
assert activation_of(network) == "relu6" and not any(isinstance(module, nn.SiLU) for module in network.modules())
plain = build_model(good, activation="silu", **SHAPE)
assert activation_of(plain) == "silu"  # the choice for one network does not last
change_activation(plain, "relu6")
assert activation_of(plain) == "relu6" and plain.yaml["activation"] == "torch.nn.ReLU6()"

# A folded network computes the same after unfolding, and then also in training.
torch.manual_seed(1)
network = build_model(good, activation="silu", **SHAPE)
assert not is_folded(network)  # fresh, not folded
for layer in network.modules():
    if isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.bias, 0, 2)
        layer.running_var.fill_(1 - layer.eps)
assert is_folded(network)
batches = [torch.rand(8, 3, 64, 64, generator=generator) for _ in range(4)]
network.eval()
with torch.no_grad():
    expected = network(batches[0])[0]
    unfolded = copy.deepcopy(network)
    unfold(unfolded, batches)
    assert not unfolded.training and not is_folded(unfolded)
    difference = (unfolded(batches[0])[0] - expected).abs().max() / expected.abs().max()
    assert difference < 1e-4, difference

    def features(model):
        return torch.cat([feature.flatten() for feature in model.train()(batches[0])["feats"]])

    def distance(model):
        scale = features(copy.deepcopy(model)).std()
        evaluated = copy.deepcopy(model).eval()
        maps = {}
        hooks = [
            evaluated.model[index].register_forward_hook(lambda m, i, o, index=index: maps.update({index: o}))
            for index in evaluated.model[-1].f
        ]
        evaluated(batches[0])
        for hook in hooks:
            hook.remove()
        wanted = torch.cat([maps[index].flatten() for index in evaluated.model[-1].f])
        return float((features(copy.deepcopy(model)) - wanted).abs().mean() / scale)

    assert distance(unfolded) < 0.2 * distance(network), (distance(unfolded), distance(network))

    # Estimated statistics are those of the batches.
    estimated = copy.deepcopy(network)
    estimate(estimated, batches[:1])
    first = next(module for module in estimated.modules() if isinstance(module, nn.BatchNorm2d))
    values = estimated.model[0].conv(batches[0])
    assert torch.allclose(first.running_mean, values.mean((0, 2, 3)), atol=1e-5)
    assert first.momentum == next(m for m in network.modules() if isinstance(m, nn.BatchNorm2d)).momentum

# A training that comes apart says so.
torn = SimpleNamespace(loss=torch.tensor(float("nan")), fitness=0.1, facts={"learning_rate": 1e-3})
assert refused(Trainer._handle_nan_recovery, torn, 3)
assert not Trainer._handle_nan_recovery(SimpleNamespace(loss=torch.tensor(1.0), fitness=0.1), 3)

# Weights with another number of keypoints lend all but the head.
model, _ = load_checkpoint(CHECKPOINTS / "five-keypoints.pt")
assert clean(model.yaml, "pose")["kpt_shape"] == [5, 3]

# Detection: its own head, any number of classes, and no keypoints; a network of the other task is refused.
boxes = load_description("scale: [0.33, 0.125, 128]", "detect")
assert clean(boxes, "detect") == boxes and "kpt_shape" not in boxes
assert refused(clean, good, "detect") and refused(clean, boxes, "pose")
network = build_model(boxes, task="detect", activation="silu", classes=["cup", "book", "ball"])
assert type(network) is DetectionModel and network.model[-1].nc == 3 and network.names[2] == "ball"


# YOLO11: the network that is built from a description is Ultralytics' own, at every scale and for both tasks.
def shapes(model):
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}


models = importlib.resources.files("ultralytics") / "cfg" / "models"
for file, task, kind in (
    ("11/yolo11.yaml", "detect", DetectionModel),
    ("11/yolo11-pose.yaml", "pose", PoseModel),
    ("v8/yolov8.yaml", "detect", DetectionModel),
):
    for scale in ("n", "m"):
        described = {**yaml.safe_load((models / file).read_text()), "scale": scale, "nc": 2}
        built = build_model(
            clean(described, task), task=task, activation="silu", classes=["a", "b"],
            keypoint_shape=described.get("kpt_shape"),
        )  # fmt: skip
        assert shapes(built) == shapes(kind(described, verbose=False)), (file, scale)
        # A checkpoint of ours says it in other words, and is the same network again.
        assert clean(built.yaml, task) == clean(described, task), (file, scale)
assert refused(clean, yaml.safe_load((models / "12" / "yolo12.yaml").read_text()), "detect")

# Host and programs know the same tasks, and the host finds the figures that it shows.
assert set(TRAININGS) == set(TASKS)
for name, task in TASKS.items():
    assert {f"{task.learned}_map50", f"{task.learned}_map"} <= TRAININGS[name].metrics.keys()
    assert task.has_keypoints == TRAININGS[name].has_keypoints and task.noun == TRAININGS[name].wanted.noun

# Trainers are Ultralytics' of the task, behind what is ours.
for task, own, metrics in (("pose", PoseTrainer, 4), ("detect", DetectionTrainer, 2)):
    trainer = trainer_of(task)
    assert trainer.__mro__[1:3] == (Trainer, own) and (trainer.task, len(trainer.metric_keys)) == (task, metrics)
print("all hold")
