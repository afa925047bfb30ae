import pytest

from edgecask.build_request import BuildRequest
from edgecask.common_options import CompileOptions, NumberFormatOptions, QuantizationOptions
from edgecask.errors import TargetError, UsageError
from edgecask.target.target import TARGETS, load_target, target_names


@pytest.mark.parametrize("name", target_names())
def test_every_target_is_valid_and_takes_its_own_sizes(name):
    target = load_target(name)
    assert target.image_size(None) == target.model.default_image_size
    for size in target.model.image_sizes:
        assert target.image_size(size) == size


@pytest.mark.parametrize("name", ["nope", "", "../targets/grove", "grove/", "."])
def test_an_unknown_target_lists_the_known(name):
    with pytest.raises(TargetError, match="grove"):
        load_target(name)


@pytest.mark.parametrize("size", [0, -32, 16, 33, 200])
def test_a_size_the_firmware_does_not_take(size):
    with pytest.raises(UsageError, match="multiple of 32"):
        load_target("grove").image_size(size)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('granularity = "per-tensor"', 'granularity = "per-row"', "granularity"),
        ("[outputs]", "[outputs]\nmisspelt = 1", "misspelt"),
        ("[model]", "[model", "not valid"),
        ("classes = 1", "", "classes"),
    ],
)
def test_a_target_that_is_not_valid_names_file_and_field(tmp_path, old, new, match):
    folder = tmp_path / "mine"
    folder.mkdir()
    text = (TARGETS / "grove" / "target.toml").read_text()
    assert old in text
    (folder / "target.toml").write_text(text.replace(old, new, 1))
    (folder / "vela_config.ini").write_text("")
    with pytest.raises(TargetError, match=match) as caught:
        load_target("mine", tmp_path)
    assert "mine/target.toml" in str(caught.value)


def own_target(folder, old="", new=""):
    """A device of somebody's own: grove under another name."""
    folder.mkdir()
    text = (TARGETS / "grove" / "target.toml").read_text()
    assert old in text
    (folder / "target.toml").write_text(text.replace(old, new, 1))
    (folder / "vela_config.ini").write_text("")
    return folder


def test_a_target_by_its_folder_or_its_file(tmp_path, monkeypatch):
    folder = own_target(tmp_path / "mine")
    for name in (str(folder), f"{folder}/", str(folder / "target.toml")):
        assert load_target(name).name == "mine" and load_target(name).folder == str(folder)
    monkeypatch.chdir(tmp_path)
    assert load_target("./mine").folder == str(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_target("~/mine").folder == str(folder)


@pytest.mark.parametrize("name", ["/nowhere", "./gone", "~nobody-of-that-name/x"])
def test_a_folder_that_is_no_target(name):
    with pytest.raises(TargetError, match="no target in"):
        load_target(name)


def test_a_folder_whose_name_cannot_stand_in_a_vendors_file(tmp_path):
    with pytest.raises(TargetError, match="folder's name"):
        load_target(str(own_target(tmp_path / "my board; rm")))


def test_what_was_probably_meant():
    with pytest.raises(TargetError, match="Did you mean grove"):
        load_target("grvoe")


def test_keys_of_the_release_before_still_work(tmp_path):
    """A target.toml that was written for 0.1."""
    folder = own_target(tmp_path / "mine", "zero_copy_concat = true", "in_place = false")
    compiled = load_target(str(folder)).compile
    assert compiled is not None and not compiled.zero_copy_concat


def test_thresholds_of_the_release_before_are_told_where_they_stand_now(tmp_path):
    folder = own_target(tmp_path / "mine", "[nms]", "[decode]")
    with pytest.raises(TargetError, match=r"is of edgecask 0\.1: .*\[decode\] are now in \[nms\].*\[camera\]"):
        load_target(str(folder))


def test_options_of_a_build_win_over_the_target():
    target = load_target("grove")
    assert target.quantized_as(QuantizationOptions()).quantization == target.quantization
    chosen = target.quantized_as(QuantizationOptions(gptq=True, compress_weights="smallest"))
    assert chosen.quantization.gptq and chosen.quantization.compress_weights == "smallest"
    assert target.quantized_as(NumberFormatOptions(granularity="per-channel")).quantization.granularity == "per-channel"
    separate = target.compiled_as(CompileOptions(fuse_silu=False, zero_copy_concat=False)).compile
    assert separate is not None and separate.silu == "separate" and not separate.zero_copy_concat
    assert target.compiled_as(CompileOptions()) is target


@pytest.mark.parametrize(
    ("chosen", "subject"),
    [
        ({"sram_limit": 300}, "SRAM"),
        ({"fuse_silu": False}, "SiLU"),
        ({"prefetch": False, "zero_copy_concat": True}, "copies and weights brought ahead"),
    ],
)
def test_where_nothing_is_compiled_a_choice_is_named(chosen, subject):
    with pytest.raises(UsageError, match=f"nothing to choose about {subject}\\."):
        load_target("xiao").compiled_as(CompileOptions(**chosen))


def test_by_sensitivity_is_left_where_another_way_is_asked_for_and_keeps_to_the_devices_steps():
    by_sensitivity = QuantizationOptions(rounding="sensitivity")
    made = {name: load_target(name).quantized_as(by_sensitivity) for name in ("grove", "xiao", "stm32mp2", "stm32n6")}
    assert {name: target.quantization.made for name, target in made.items()} == {
        "grove": "per-channel", "xiao": "per-channel", "stm32mp2": "per-tensor", "stm32n6": "per-channel",
    }  # fmt: skip
    asked = made["grove"].quantized_as(NumberFormatOptions(granularity="per-tensor"))
    assert asked.quantization.made == "per-tensor"
    for other in (QuantizationOptions(gptq=True), QuantizationOptions(range_search=False)):
        assert made["grove"].quantized_as(other).quantization.rounding == "nearest"
    assert made["grove"] == load_target("grove")
    nearest = load_target("grove").quantized_as(QuantizationOptions(rounding="nearest"))
    assert nearest.quantization.made == "per-tensor"


def test_fast_is_what_the_tools_do_by_themselves():
    target = load_target("grove").quantized_as(QuantizationOptions(fast=True))
    assert (target.quantization.rounding, target.quantization.range_search) == ("nearest", False)
    request = BuildRequest(target="grove", fast=True)
    compiled = load_target("grove").compiled_as(request).compile
    assert compiled is not None and not compiled.prefetch
    assert load_target("xiao").compiled_as(BuildRequest(target="xiao", fast=True)) == load_target("xiao")


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("grove", {"gptq": True, "range_search": False}, "--gptq and --no-range-search"),
        ("grove", {"compress_weights": "smallest", "range_search": False}, "--compress-weights and --no-range-search"),
        ("grove", {"rounding": "sensitivity", "range_search": False}, "--rounding=sensitivity and --no-range-search"),
        ("grove", {"rounding": "sensitivity", "gptq": True}, "--gptq and --rounding=sensitivity"),
        ("xiao", {"compress_weights": "smallest"}, "gains nothing"),
        ("grove", {"max_ms": 40.0, "rounding": "nearest"}, "--max-ms and --max-flash choose among"),
        ("grove", {"max_flash": 1700, "compress_weights": "smaller"}, "and so does --compress-weights"),
        ("xiao", {"max_flash": 1700}, "gains nothing"),
        ("grove", {"fast": True, "gptq": True}, "--fast and --gptq"),
        ("grove", {"fast": True, "compress_weights": "smallest"}, "--fast and --compress-weights"),
    ],
)
def test_options_that_contradict_each_other_or_the_device(name, options, match):
    with pytest.raises(UsageError, match=match):
        load_target(name).quantized_as(QuantizationOptions(**options))


def test_how_much_of_an_image_is_taken():
    grove = load_target("grove")
    assert grove.seen_with(None) is grove
    assert grove.seen_with("camera").view() == {
        "resize": "nearest-float32", "colour": "yuv422", "frame": [240, 240],
    }  # fmt: skip
    assert grove.seen_with("none").view()["frame"] is None


def changed(tmp_path, *pairs):
    folder = tmp_path / "mine"
    folder.mkdir()
    text = (TARGETS / "grove" / "target.toml").read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "target.toml").write_text(text)
    (folder / "vela_config.ini").write_text("")
    return load_target("mine", tmp_path)


@pytest.mark.parametrize("name", target_names())
def test_the_newest_firmware_is_the_default(name):
    target = load_target(name)
    assert target.firmware_date is None and target.firmware_named == target.firmware
    given_out = [change for change in target.changes if not change.own_build]
    if given_out:
        newest = target.as_of(str(given_out[-1].since))
        assert newest.memory == target.memory and newest.operators == target.operators
        assert newest.firmware_named == f"{target.firmware} of {given_out[-1].since}"


def test_an_older_firmware_registers_less():
    grove = load_target("grove")
    before = grove.as_of("2025-01-01").operators.registered
    assert set(grove.operators.registered) - set(before) == {"BATCH_MATMUL"}
    assert grove.as_of("2023-11-02").operators.registered == [
        "PADV2", "TRANSPOSE", "ETHOS_U", "DEQUANTIZE", "QUANTIZE", "FULLY_CONNECTED", "GATHER",
    ]  # fmt: skip
    assert grove.as_of("2024.12.07") == grove.as_of("2024-12-07")
    assert not grove.as_of("2024-01-10").is_decoded and grove.as_of("2024-01-11").is_decoded
    detection = grove.for_task("detect")
    assert not detection.as_of("2024-04-27").is_decoded and detection.as_of("2024-04-28").is_decoded


def test_a_firmware_that_people_build_themselves():
    """A XIAO's has another SSCMA-Micro than its day says, so that no day stands for it."""
    raw = next(form for form in load_target("xiao").forms() if (form.model.task, form.model.head) == ("detect", "raw"))
    assert not raw.is_decoded and not raw.as_of("2026-01-01").is_decoded
    own = raw.as_of("sscma-micro-1.0.x")
    assert own.is_decoded and own.firmware_named.endswith("built by yourself with sscma-micro-1.0.x")
    assert load_target("xiao").as_of("sscma-micro-1.0.x").is_decoded
    with pytest.raises(UsageError, match=r"is no date.*or sscma-micro-1\.0\.x for one that you build yourself"):
        raw.as_of("1.0")


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "2024", "07.12.2024", "2024-12-07T00:00"])
def test_what_is_no_date(text):
    with pytest.raises(UsageError, match="is no date"):
        load_target("grove").as_of(text)


def test_a_firmware_that_never_was():
    with pytest.raises(UsageError, match="2023-11-02"):
        load_target("grove").as_of("2023-11-01")
    with pytest.raises(UsageError, match="X-LINUX-AI"):
        load_target("stm32mp2").as_of("2024-12-07")


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("arena_limit_kib = 1110\ninterpreter", "arena_limit_kib = 512\ninterpreter", "512 in .memory. and 1110"),
        ('"MEAN", "BATCH_MATMUL",', '"MEAN",', "BATCH_MATMUL"),
        ('from = "2023-11-02"', 'from = "2026-11-02"', "order of their days"),
        ('from = "2023-11-02"', 'from = "someday"', "date"),
    ],
)
def test_a_history_that_contradicts_the_tables(tmp_path, old, new, match):
    with pytest.raises(TargetError, match=match):
        changed(tmp_path, (old, new))


def test_a_target_of_somebodys_own_from_before_there_were_families(tmp_path):
    old = [
        ('family = "sscma"\n', ""),
        ("[vendor]", "[sscma]"),
        ('product = "Ethos-U55"\n', ""),
        ("stream_version = 0\n", ""),
        ("custom_dma = false\n", ""),
    ]
    target, grove = changed(tmp_path, *old), load_target("grove")
    assert (target.family, target.vendor, target.npu) == ("sscma", grove.vendor, grove.npu)
