"""Addresses of schedulers, and what is safe to say to them: without TLS a scheduler runs anything for anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from edgecask.errors import UsageError

LOCAL = "local"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def security_of(address: str, security: Mapping[str, str], *, insecure: bool) -> Any:
    """Dask's settings for an address: None without TLS; raises UsageError where files of TLS are missing."""
    if check_address(address, insecure=insecure) == "tcp":
        return None
    from distributed import Security

    keys = {
        "tls_ca_file": security.get("ca", ""),
        "tls_client_cert": security.get("certificate", ""),
        "tls_client_key": security.get("key", ""),
        "tls_worker_cert": security.get("certificate", ""),
        "tls_worker_key": security.get("key", ""),
    }
    if not all(keys.values()):
        raise UsageError(
            f"{address} needs a certificate authority, a certificate and a key.",
            advice="Pass --tls-ca, --tls-cert and --tls-key.",
        )
    return Security(require_encryption=True, **keys)


def check_address(address: str, *, insecure: bool) -> str:
    """The scheme of a scheduler's address; raises UsageError: without TLS a scheduler runs anything for anybody."""
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in ("tls", "tcp") and bool(parts.hostname) and parts.port is not None
    except ValueError:  # a port that is no number, or half a bracket
        is_whole = False
    if not is_whole:
        raise UsageError(
            f"--cluster={address[:80]} is no cluster.", advice="Use local, local:4, or tls://HOST:PORT of a scheduler."
        )
    warning = warning_of(address)
    if warning and not insecure:
        raise UsageError(
            f"{warning}.",
            advice="Use tls://, or --insecure in a network where nobody else is.",
        )
    return parts.scheme


def warning_of(address: str) -> str | None:
    """What to say of a scheduler that `--insecure` allows: without TLS, and not of this machine alone."""
    parts = urlsplit(address)
    if parts.scheme != "tcp" or parts.hostname in LOOPBACK:
        return None
    return f"{address} is not encrypted: whoever reaches that scheduler can run anything on its workers"
