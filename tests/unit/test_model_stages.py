"""What the stages of a build depend on."""

from edgecask.common_options import QuantizationOptions
from edgecask.plan.model_stages import quantize_stage
from edgecask.store.result import Blob
from edgecask.target.target import load_target


def test_devices_that_quantise_alike_share_the_result(tmp_path):
    """How fast the flash is matters to compressed weights alone."""
    (tmp_path / "blob").write_bytes(b"x")
    blob = Blob(path=tmp_path / "blob", sha256="0" * 64, size=1)

    def parameters(name, **chosen):
        stage = quantize_stage(
            load_target(name).quantized_as(QuantizationOptions(**chosen)),
            saved_model=blob,
            floating=blob,
            calibration=blob,
        )
        return stage.parameters

    assert parameters("grove")["macs_per_byte"] is parameters("xiao")["macs_per_byte"] is None
    assert parameters("grove", rounding="nearest", compress_weights="smaller")["macs_per_byte"] > 0
