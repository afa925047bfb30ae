"""What runs can be ended from another thread, and what has ended is left alone."""

import contextlib
import subprocess
import sys
import threading

import pytest

from edgecask.runner.cancellation import Running


def test_what_runs_is_ended_and_nothing_else():
    running, ended = Running(), []
    with running.entry(lambda: ended.append("first")):
        pass
    with running.entry(lambda: ended.append("second")), running.entry(lambda: ended.append("third")):
        running.stop()
    running.stop()
    assert ended == ["second", "third"]


def test_a_failure_ends_the_entry_too():
    running, ended = Running(), []
    with pytest.raises(ZeroDivisionError), running.entry(lambda: ended.append(1)):
        raise ZeroDivisionError
    running.stop()
    assert ended == []


def test_ending_a_process_lets_the_thread_that_waits_go_on():
    running, started, statuses = Running(), threading.Event(), []

    def wait():
        program = [sys.executable, "-c", "import time; time.sleep(600)"]
        with subprocess.Popen(program) as process, running.entry(process.kill):
            started.set()
            statuses.append(process.wait())

    thread = threading.Thread(target=wait)
    thread.start()
    assert started.wait(60)
    running.stop()
    thread.join(60)
    assert not thread.is_alive() and statuses[0] != 0


def test_an_end_may_open_and_close_entries_itself():
    """The lock isn't held while ends are called."""
    running, seen = Running(), []

    def end():
        with contextlib.ExitStack() as stack:
            stack.enter_context(running.entry(lambda: None))
            seen.append(True)

    with running.entry(end):
        thread = threading.Thread(target=running.stop, daemon=True)
        thread.start()
        thread.join(30)
    assert seen == [True]
