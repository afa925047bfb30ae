import pytest

from edgecask.errors import UsageError
from edgecask.matrix.cluster_address import check_address, security_of, warning_of


@pytest.mark.parametrize(
    ("address", "scheme"), [("tls://host:8786", "tls"), ("tcp://127.0.0.1:1", "tcp"), ("tcp://[::1]:1", "tcp")]
)
def test_addresses(address, scheme):
    assert check_address(address, insecure=False) == scheme


@pytest.mark.parametrize(
    "address",
    [
        "tcp://scheduler:8786",
        "tcp://10.0.0.1:8786",
        "http://h:1",
        "host:1",
        "tls://h",
        "tls://h:x",
        "lokal",
        "tls://[::1:8786",
    ],
)
def test_what_is_no_address_or_not_safe(address):
    with pytest.raises(UsageError):
        check_address(address, insecure=False)


def test_insecure_is_allowed_when_it_is_asked_for_and_said():
    assert check_address("tcp://scheduler:8786", insecure=True) == "tcp"
    assert "tcp://scheduler:8786 is not encrypted" in warning_of("tcp://scheduler:8786")
    for safe in ("tls://scheduler:8786", "tcp://127.0.0.1:1", "local:4"):
        assert warning_of(safe) is None


def test_tls_needs_its_files():
    with pytest.raises(UsageError, match="--tls-ca"):
        security_of("tls://host:1", {"ca": "ca.pem"}, insecure=False)
