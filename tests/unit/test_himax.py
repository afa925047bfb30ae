"""What Himax' own app asks for beside the contract of its outputs."""

from pathlib import Path

import pytest
import tflite_bytes as fields
from tflite_bytes import TfliteBytes

from edgecask.firmware.family import family_of, family_rows
from edgecask.target.model_file import parse_model
from edgecask.target.target import load_target

VELA = Path(__file__).resolve().parents[1] / "data" / "raw_vela.tflite"
TARGET = load_target("grove-himax")


@pytest.mark.parametrize(("version", "verdict"), [(3, "pass"), (2, "fail"), (4, "fail")])
def test_the_app_asks_for_the_version_of_the_schema(version, verdict):
    file = TfliteBytes(VELA)
    model = parse_model(
        file.write(file.place(file.model, fields.MODEL_VERSION), "<I", version).content, name="x.tflite"
    )
    (row,) = family_rows(model, TARGET)
    assert (row.rule, row.verdict, row.found) == ("schema version", verdict, str(version))
    # Seeed's firmware never looks at it.
    assert not [row for row in family_rows(model, load_target("grove")) if row.verdict == "fail"]


def test_a_package_holds_the_model_alone():
    family = family_of(TARGET)
    assert family.model_name(TARGET, stem="best", image_size=256) == "model.tflite"
    assert family.package_files(TARGET, {}, b"") == {} and family.commands(TARGET, "model.tflite") == ()
    assert family.operator_counts(7) == {"npu_ops": 0, "cpu_ops": 7}
