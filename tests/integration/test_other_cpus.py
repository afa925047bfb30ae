"""The libraries of the environments on other CPUs, which QEMU's user mode emulates: with the pins they round alike.

That what is compared tells CPUs apart is part of the test: without the pins some results differ. Whole programs are
compared by benchmarks/other_cpu.py, which takes an hour.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from locations import REPOSITORY

from edgecask.plan.program import CPU_PINS, Program

pytestmark = pytest.mark.campaign
SCRIPT = Path(__file__).with_name("compute_numbers.py")
MODEL = REPOSITORY / "tests" / "data" / "raw_float.tflite"
CPUS = ("Haswell", "EPYC-v1")
"""Of two makers, both without AVX-512."""


@pytest.fixture(scope="module")
def computed(environment_python):
    """The digests by name, of an environment on a CPU (this machine's by default), with pins or without."""
    emulator = shutil.which("qemu-x86_64")
    if emulator is None:
        pytest.skip("qemu-x86_64 is not installed (apt-get install qemu-user)")
    known = {}

    def call(environment, cpu="", *, pinned=True):
        key = environment, cpu, pinned
        if key not in known:
            variables = Program(name="export", environment=environment).variables
            if not pinned:
                variables = {name: value for name, value in variables.items() if name not in CPU_PINS}
            before = [emulator, "-cpu", cpu] if cpu else []
            done = subprocess.run(
                [*before, environment_python(environment), SCRIPT, MODEL], capture_output=True, text=True, check=True,
                env={**variables, "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"},
            )  # fmt: skip
            known[key] = json.loads(done.stdout.splitlines()[-1])
        return known[key]

    return call


@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("environment", ["export", "convert", "evaluate"])
def test_with_the_pins_every_result_is_the_same(computed, environment, cpu):
    here, there = computed(environment), computed(environment, cpu)
    assert len(here) > 10
    assert ("network output" in " ".join(here)) == (environment == "convert")
    assert here == there


def test_without_the_pins_products_differ_where_this_machine_has_avx_512(computed):
    if "avx512f" not in Path("/proc/cpuinfo").read_text():
        pytest.skip("this machine computes as the emulated ones do")
    here, there = (computed("export", cpu, pinned=False) for cpu in ("", "Haswell"))
    assert {"numpy product 32", "torch product", "torch convolution"} <= {
        name for name in here if here[name] != there[name]
    }
