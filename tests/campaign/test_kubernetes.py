"""The manifest of the documentation against the operator's own schema and those of Kubernetes. No cluster runs it.

The schemas come in packages of the package index: dask-kubernetes has the operator's definitions, kubernetes-validate
those of Kubernetes.
"""

import copy
import subprocess
import sys

import jsonschema
import pytest
import yaml
from locations import REPOSITORY

MANIFEST = REPOSITORY / "docs" / "examples" / "kubernetes.yaml"
PACKAGES = (
    "dask-kubernetes==2026.3.0",
    "kubernetes-validate==1.37.0",
    "importlib-resources",
    "typing-extensions",
    "packaging",
)
DEFINITION = "dask_kubernetes/operator/deployment/helm/dask-kubernetes-operator/crds/daskcluster.yaml"


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    command = [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps", f"--target={folder}", *PACKAGES]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture(scope="module")
def definition(packages):
    """The operator's schema of a DaskCluster, which refuses what it does not name: Kubernetes drops that in silence."""
    found = yaml.safe_load((packages / DEFINITION).read_text())
    (schema,) = [each["schema"]["openAPIV3Schema"] for each in found["spec"]["versions"] if each["name"] == "v1"]

    def close(part):
        if isinstance(part, dict):
            if "properties" in part and not part.get("x-kubernetes-preserve-unknown-fields"):
                part.setdefault("additionalProperties", False)
            for value in part.values():
                close(value)
        elif isinstance(part, list):
            for value in part:
                close(value)

    schema = copy.deepcopy(schema)
    for name in ("apiVersion", "kind", "metadata", "status"):
        schema["properties"].setdefault(name, {"x-kubernetes-preserve-unknown-fields": True})
    close(schema)
    return schema


def manifest():
    return yaml.safe_load(MANIFEST.read_text())


def parts(cluster):
    """What the operator makes of it, as objects of Kubernetes."""
    scheduler, worker = cluster["spec"]["scheduler"], cluster["spec"]["worker"]
    named = {"metadata": {"name": "x"}}
    return [
        {"apiVersion": "v1", "kind": "Pod", **named, "spec": scheduler["spec"]},
        {"apiVersion": "v1", "kind": "Pod", **named, "spec": worker["spec"]},
        {"apiVersion": "v1", "kind": "Service", **named, "spec": scheduler["service"]},
    ]


def check_parts(packages, cluster, folder):
    """By kubernetes-validate, strictly; its words where something is wrong, else ""."""
    paths = []
    for number, part in enumerate(parts(cluster)):
        paths.append(folder / f"{number}.yaml")
        paths[-1].write_text(yaml.safe_dump(part))
    command = [sys.executable, "-m", "kubernetes_validate", "--strict", "--quiet", *map(str, paths)]
    done = subprocess.run(command, env={"PYTHONPATH": str(packages)}, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.campaign
def test_the_manifest_is_what_the_operator_takes(definition):
    jsonschema.Draft7Validator(definition).validate(manifest())


@pytest.mark.campaign
def test_its_pods_and_its_service_are_what_kubernetes_takes(packages, tmp_path):
    assert check_parts(packages, manifest(), tmp_path) == ""


@pytest.mark.campaign
@pytest.mark.parametrize(
    "spoil",
    [
        lambda cluster: cluster["spec"]["worker"].update(replica=3),
        lambda cluster: cluster["spec"]["worker"].update(replicas="four"),
        lambda cluster: cluster["spec"].pop("scheduler"),
    ],
)
def test_a_slip_is_found_by_the_operators_schema(definition, spoil):
    cluster = manifest()
    spoil(cluster)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(definition).validate(cluster)


@pytest.mark.campaign
@pytest.mark.parametrize("name", ["volumeMount", "imagePullPolcy"])
def test_a_slip_is_found_by_kubernetes_schemas(packages, tmp_path, name):
    cluster = manifest()
    cluster["spec"]["worker"]["spec"]["containers"][0][name] = "x"
    assert name in check_parts(packages, cluster, tmp_path)


@pytest.mark.campaign
def test_names_in_the_manifest_are_those_of_the_code():
    import importlib

    arguments = manifest()["spec"]["worker"]["spec"]["containers"][0]["args"]
    (preload,) = [each.partition("=")[2] for each in arguments if each.startswith("--preload=")]
    assert hasattr(importlib.import_module(preload), "dask_setup")
