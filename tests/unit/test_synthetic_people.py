"""The people that `invoke make-demo-data` draws: their bodies, and that their labels say what was drawn."""

import numpy
import pytest
from PIL import Image

from pipeline.heads.pose import COCO_NAMES as NAMES
from pipeline.synthetic_people.canvas import IN_FRONT, Canvas
from pipeline.synthetic_people.clothes import sample_outfit
from pipeline.synthetic_people.labels import IDENTITIES, label
from pipeline.synthetic_people.layout import Camera, Person, sample_person
from pipeline.synthetic_people.mesh import build_mesh
from pipeline.synthetic_people.photo import photograph
from pipeline.synthetic_people.pose import KINDS, Pose, place, sample_body, sample_pose
from pipeline.synthetic_people.scene import draw_person, draw_scene
from pipeline.synthetic_people.tube import PARTS, SECTORS

SIZE = 480
AT_EASE = {"arms": dict.fromkeys(("left", "right"), (0.0, 10.0, 0.0, 5.0))}
STANDING = {"legs": dict.fromkeys(("left", "right"), (0.0, 4.0, 5.0, 2.0, 0.0))}
SITTING = {"legs": dict.fromkeys(("left", "right"), (90.0, 5.0, 5.0, 90.0, 0.0))}


def of(name, found):
    return found.keypoints[NAMES.index(name)]


def somebody(pose=None, *, yaw=0.0, seed=0, x=SIZE / 2):
    random = numpy.random.default_rng(seed)
    body = sample_body(random)
    skeleton = place(body, pose or Pose(kind="standing", **AT_EASE, **STANDING), yaw)
    camera = Camera(distance=4.0, focal=1.0, turn=numpy.eye(3))
    mesh = build_mesh(skeleton, body, sample_outfit(random), [])
    person = Person(body=body, skeleton=skeleton, mesh=mesh, camera=camera)
    person.place(stature=0.8 * SIZE, x=x, foot=0.95 * SIZE)
    return person


def drawn(*people, hide=None):
    """The labels of people on an empty canvas; `hide` is a box that is in front of them."""
    canvas = Canvas(numpy.random.default_rng(0), Image.new("RGB", (SIZE, SIZE)), SIZE)
    for number, person in enumerate(people):
        draw_person(canvas, person, number, numpy.array([0.0, 0.6, 0.8]), 0.5)
        identities = numpy.asarray(canvas.image.getchannel("A"))
        person.drawn = int(((identities > number * IDENTITIES) & (identities <= (number + 1) * IDENTITIES)).sum())
    if hide:
        canvas.draw.rectangle(hide, fill=(9, 9, 9, IN_FRONT))
    identities = numpy.asarray(canvas.image.getchannel("A"))
    return [label(identities, person, number) for number, person in enumerate(people)]


@pytest.mark.parametrize("seed", range(20))
def test_bones_keep_their_length_in_every_pose(seed):
    random = numpy.random.default_rng(seed)
    body, pose = sample_body(random), sample_pose(random)
    points = place(body, pose, 360 * random.random()).points
    for side in ("left", "right"):
        for upper, lower, length in (
            ("shoulder", "elbow", body.upper_arm),
            ("elbow", "wrist", body.forearm),
            ("hip", "knee", body.thigh),
            ("knee", "ankle", body.shank),
        ):
            bone = points[f"{side}_{upper}"] - points[f"{side}_{lower}"]
            assert numpy.linalg.norm(bone) == pytest.approx(length)
    assert min(point[1] for point in points.values()) >= 0


def test_joints_bend_to_their_own_side():
    body = sample_body(numpy.random.default_rng(0))
    points = place(body, Pose(kind="sitting", **AT_EASE, **SITTING), 0).points
    assert points["left_knee"][2] > points["left_hip"][2] + 0.15  # forwards
    assert points["left_ankle"][1] < points["left_knee"][1] - 0.15
    bent = Pose(kind="standing", arms=dict.fromkeys(("left", "right"), (0.0, 0.0, 0.0, 90.0)), **STANDING)
    points = place(body, bent, 0).points
    assert points["right_wrist"][2] > points["right_elbow"][2] + 0.1


def test_a_front_view():
    (found,) = drawn(somebody())
    assert of("left_shoulder", found)[0] > of("right_shoulder", found)[0]  # as in a photograph
    assert of("nose", found)[1] < of("left_hip", found)[1] < of("left_ankle", found)[1]
    assert {name for name in NAMES if of(name, found)[2] == 2} >= {*NAMES} - {"left_ear", "right_ear"}
    left, top, right, bottom = found.box
    for x, y, _ in found.keypoints:
        assert left <= x <= right and top <= y <= bottom


def test_a_back_view_hides_the_face():
    (found,) = drawn(somebody(yaw=180))
    assert of("left_shoulder", found)[0] < of("right_shoulder", found)[0]
    assert [int(of(name, found)[2]) for name in ("nose", "left_eye", "right_eye")] == [1, 1, 1]


def test_a_side_view_hides_the_far_side():
    (found,) = drawn(somebody(yaw=90))  # turned to its left: the right side is near
    assert of("right_shoulder", found)[2] == 2 and of("left_shoulder", found)[2] == 1
    assert of("left_ear", found)[2] == 1 and of("left_eye", found)[2] == 1


def test_things_in_front_hide_keypoints():
    (free,) = drawn(somebody())
    knee = of("left_knee", free)[1] * 2
    (found,) = drawn(somebody(), hide=(0, knee - 10, SIZE, knee + 10))
    assert of("left_knee", found)[2] == 1 and of("left_ankle", found)[2] == 2
    assert tuple(of("left_knee", found)[:2]) == tuple(of("left_knee", free)[:2])
    (found,) = drawn(somebody(), hide=(0, knee - 10, SIZE, SIZE))
    assert of("left_knee", found)[2] == 1  # the hip is seen
    assert tuple(of("left_ankle", found)) == (0, 0, 0)  # nothing of the shank is
    assert found.box[3] <= (knee - 10) / 2 + 1
    assert drawn(somebody(), hide=(0, 0, SIZE, SIZE - 40)) == [None]


def test_people_hide_each_other():
    behind, front = drawn(somebody(), somebody(seed=1, x=SIZE / 2 + 60))
    assert sum(front.keypoints[:, 2] == 2) > 12
    assert sum(behind.keypoints[:, 2] == 2) < sum(front.keypoints[:, 2] == 2)


def test_what_lies_outside_the_image_is_not_labelled():
    (found,) = drawn(somebody(x=10))
    assert tuple(of("right_wrist", found)) == (0, 0, 0)
    assert found.box[0] == 0


@pytest.mark.parametrize("seed", range(12))
def test_faces_look_outwards(seed):
    """The tubes of a body are closed, so what looks at the camera is nearer than what looks away."""
    person = sample_person(numpy.random.default_rng(seed), close=False, facing=0.5)
    corners = person.mesh.corners[person.mesh.parts == PARTS.index("torso")]
    assert len(corners) % SECTORS == 0
    normals = numpy.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    outwards = corners.mean(axis=1) - corners.mean(axis=(0, 1))
    assert (numpy.einsum("fi,fi->f", normals, outwards) > 0).mean() > 0.85


def test_scenes_are_within_the_image_and_vary():
    empty, kinds = 0, set()
    for seed in range(40):
        image, people = draw_scene(numpy.random.default_rng([0, seed]), 128, 96, facing=0.5)
        assert image.size == (128, 96) and image.mode == "RGB"
        empty += not people
        kinds.add(len(people))
        for person in people:
            left, top, right, bottom = person.box
            assert 0 <= left < right <= 128 and 0 <= top < bottom <= 96
            labelled = person.keypoints[person.keypoints[:, 2] > 0]
            assert (labelled[:, 2] == 2).sum() >= 4
            assert (labelled[:, 0] < 128).all() and (labelled[:, 1] < 96).all() and (labelled >= 0).all()
    assert empty < 12 and {1, 2} <= kinds


def test_all_kinds_of_poses_come():
    random = numpy.random.default_rng(0)
    assert {sample_pose(random).kind for _ in range(300)} == set(KINDS)


def test_a_photograph_has_the_same_size():
    for seed in range(20):
        taken = photograph(numpy.random.default_rng(seed), Image.new("RGB", (64, 48), (200, 100, 50)))
        assert taken.size == (64, 48) and taken.mode == "RGB"
