"""Runs a stage, or finds its result in the store."""

from __future__ import annotations

import threading

from pipeline.directories import Directories, lock
from pipeline.display import Display
from pipeline.environment import load_environment
from pipeline.runner import Runner
from pipeline.stage import Stage, StageResult
from pipeline.store import Store


class Execution:
    """The stages of one build, on one runner and one store. Stages may be run from several threads."""

    def __init__(self, *, directories: Directories, store: Store, runner: Runner, display: Display) -> None:
        self._directories = directories
        self.store = store
        self.runner = runner
        self.display = display
        self._preparing = threading.Lock()

    def run(self, stage: Stage) -> StageResult:
        """The stage's result: from the store where nothing it depends on has changed, else by running it.

        Two builds that need the same result at once make it once: the second waits for the first.
        """
        environment = load_environment(stage.environment)
        with self.display.stage(stage.name) as line:
            result = self.store.find(stage.key(self.runner.environment_key(environment)))
            if result is None:
                with self._preparing:
                    toolchain = self.runner.prepare(environment, line.say)
                # The first environment on a machine settles the base image, and with it the key.
                key = stage.key(self.runner.environment_key(environment))
                with lock(self._directories, f"stage-{key}"):
                    result = self.store.find(key)
                    if result is None:
                        with self.store.temporary() as folder:
                            report = self.runner.run(environment, stage, folder, line.say)
                            result = self.store.publish(
                                key,
                                outputs={name: folder / name for name in stage.outputs},
                                report=report,
                                toolchain={"environment": environment.name, **toolchain},
                            )
            line.cached = result.cached
        return result
