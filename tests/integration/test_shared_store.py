"""A store that machines share on a real S3 server: results travel, credentials do not, a dead server costs a line."""

import pytest

from edgecask.store.record import MadeFrom
from edgecask.store.remote import Remote, RemoteSettings
from edgecask.store.store import Store

SECRET = "not-to-be-seen-anywhere"
URL = "s3://team/edgecask"
MADE_FROM = MadeFrom(
    algorithm=1, stage="toy", environment="e", parameters={}, inputs={}, outputs=["out"], programs={}, variables={}
)


@pytest.fixture
def server(monkeypatch):
    """Moto's server with a bucket, and the variables by which everything of AWS finds it."""
    moto_server = pytest.importorskip("moto.server")
    import boto3
    import s3fs

    running = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    _, port = running.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "team", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    boto3.client("s3").create_bucket(Bucket="team")
    yield running
    running.stop()


@pytest.mark.extended
def test_results_by_s3(server, tmp_path):
    warnings = []
    stores = [
        Store(tmp_path / name, remote=Remote(RemoteSettings(url=URL), warn=warnings.append)) for name in ("one", "two")
    ]
    with stores[0].temporary() as folder:
        (folder / "out").write_bytes(b"result")
        made = stores[0].publish(MADE_FROM, outputs={"out": folder / "out"}, report={}, toolchain={})
    found = stores[1].find(made.key)
    assert found.outputs["out"].path.read_bytes() == b"result" and not warnings
    server.stop()
    assert stores[1].find(made.key), "what is here needs nobody"
    assert stores[1].find("0" * 64) is None and stores[1].find("1" * 64) is None
    assert len(warnings) == 1 and "going on with the local one" in warnings[0]
    seen = [*warnings, *(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())]
    assert not any(SECRET in text for text in seen)
