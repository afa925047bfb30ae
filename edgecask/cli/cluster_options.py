"""Options about the cluster, of a matrix and of a worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from edgecask.errors import UsageError
from edgecask.options import Request, option

if TYPE_CHECKING:
    from edgecask.progress import Display


@dataclass(frozen=True, kw_only=True)
class ClusterOptions(Request):
    """Where the stages of a matrix run."""

    GROUP: ClassVar[str] = "Cluster"

    cluster: str = option(
        "local",
        help="local, local:4 for so many stages at once, or the address of a Dask scheduler",
        placeholder="local[:N]|tls://HOST:PORT",
    )
    tls_ca: Path | None = option(None, help="certificate authority of the cluster")
    tls_cert: Path | None = option(None, help="this machine's certificate")
    tls_key: Path | None = option(None, help="its private key")
    insecure: bool = option(
        False, help="allow a scheduler without TLS: whoever reaches it can run anything on its workers"
    )

    def warn(self, display: Display) -> None:
        """Say it once where the cluster is not safe."""
        from edgecask.matrix.cluster_address import warning_of

        if (warning := warning_of(self.cluster)) is not None and self.insecure:
            display.warn(warning)

    def security(self) -> dict[str, str]:
        """The files of TLS by what they are; raises UsageError for one that is not there."""
        given = {"ca": self.tls_ca, "certificate": self.tls_cert, "key": self.tls_key}
        for path in given.values():
            if path is not None and not path.is_file():
                raise UsageError(
                    f"{path} is no file.", advice="Pass the cluster's own --tls-ca, --tls-cert, --tls-key."
                )
        return {name: str(path) for name, path in given.items() if path is not None}
