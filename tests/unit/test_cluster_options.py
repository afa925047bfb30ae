import io

import pytest

from edgecask.cli.cluster_options import ClusterOptions
from edgecask.errors import UsageError
from edgecask.progress import PlainDisplay


@pytest.mark.parametrize(
    ("cluster", "insecure", "is_said"),
    [
        ("local", True, False),
        ("tls://host:1", True, False),
        ("tcp://host:1", False, False),
        ("tcp://host:1", True, True),
    ],
)
def test_what_insecure_allows_is_said_once(cluster, insecure, is_said):
    said = io.StringIO()
    ClusterOptions(cluster=cluster, insecure=insecure).warn(PlainDisplay(said))
    assert said.getvalue().count("is not encrypted") == is_said


def test_files_of_tls_are_there_or_are_told(tmp_path):
    for name in ("ca.pem", "key.pem"):
        (tmp_path / name).touch()
    given = ClusterOptions(tls_ca=tmp_path / "ca.pem", tls_key=tmp_path / "key.pem")
    assert given.security() == {"ca": str(tmp_path / "ca.pem"), "key": str(tmp_path / "key.pem")}
    with pytest.raises(UsageError, match=r"gone\.pem is no file"):
        ClusterOptions(tls_cert=tmp_path / "gone.pem").security()
