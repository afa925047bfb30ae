"""A worker of edgecask's whose stages are toy programs: toy_worker.py ADDRESS HOME SHARED PIPELINE NAME LOG.

Each stage that really runs is a line of LOG: its name and its key, so that what ran twice can be counted.
"""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "unit")]

from local_runner import LocalRunner

from edgecask.directories import Directories
from edgecask.matrix.worker import serve
from edgecask.plan import program as program_module
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.remote import Remote, RemoteSettings
from edgecask.store.store import Store


def main(address: str, home: str, shared: str, pipeline: str, name: str, log: str) -> None:
    program_module.PIPELINE = Path(pipeline)
    directories = Directories(home=Path(home), store=Path(home) / "store")
    store = Store(directories.store, remote=Remote(RemoteSettings(url=shared), warn=print))

    class Runner(LocalRunner):
        def run(self, environment, stage, destination, say, listener=None):
            with Path(log).open("a") as stream:
                stream.write(f"{stage.name} {stage.key('local')}\n")
            return super().run(environment, stage, destination, say, listener)

    def make():
        return Execution(directories=directories, store=store, runner=Runner(directories), display=PlainDisplay())

    serve(address, make_execution=make, stages=2, gpus=False, name=name, security={}, insecure=False, say=print)


if __name__ == "__main__":
    main(*sys.argv[1:])
