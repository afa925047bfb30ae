"""A client with one long stage, for a test that ends it: toy_client.py ADDRESS HOME SHARED PIPELINE SECONDS."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "unit")]

from edgecask.matrix.cluster import DaskCluster, open_cluster
from edgecask.matrix.run import MatrixRun
from edgecask.plan import program as program_module
from edgecask.plan.graph import Graph, Node
from edgecask.plan.program import Program
from edgecask.store.remote import Remote, RemoteSettings
from edgecask.store.store import Store


def main(address: str, home: str, shared: str, pipeline: str, seconds: str) -> None:
    program_module.PIPELINE = Path(pipeline)
    store = Store(Path(home), remote=Remote(RemoteSettings(url=shared), warn=print))
    program = Program(name="sum", environment="vela")
    node = Node(
        name="long", program=program, outputs=("out",), inputs={}, parameters={"add": 1, "seconds": float(seconds)}
    )
    with open_cluster(address, slots=0, memory_mib=0, security={}, insecure=False) as client:
        cluster = DaskCluster(client)
        try:
            MatrixRun(
                [Graph([node])],
                cluster=cluster,
                key=lambda stage: stage.key("local"),
                find=store.find,
                share=store.share,
                ended=lambda number, build: None,
            ).run()
        except BaseException:  # as the command does
            cluster.close()
            raise


if __name__ == "__main__":
    main(*sys.argv[1:])
