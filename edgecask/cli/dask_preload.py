"""`dask worker … --preload edgecask.cli.dask_preload --runner=venv`: one of Dask's own workers runs stages of edgecask.

For deployers that start workers themselves: dask-jobqueue, dask-kubernetes. Where the command is
yours, `edgecask worker` does the same and checks more.
"""

from __future__ import annotations

from typing import Any

import click

from edgecask.cli.worker import OfferOptions
from edgecask.matrix.resources import offer_of
from edgecask.matrix.work import use
from edgecask.option_kinds import Choice
from edgecask.options import Option, options_of


def _as_click(declared: Option) -> click.Option:
    """An option of ours for Dask's command line, which is click's."""
    names = [declared.flag, declared.attribute]
    if declared.is_switch:
        return click.Option(names, is_flag=True, help=declared.help)
    assert isinstance(declared.kind, Choice)
    return click.Option(names, type=click.Choice(declared.kind.choices), default=declared.default, help=declared.help)


def _setup(worker: Any, **given: Any) -> None:
    """Called by Dask before the worker registers: offer a stage for each of its threads, and this machine's memory."""
    from edgecask.progress import make_display

    offer = OfferOptions(**given)
    display = make_display()
    use(offer.make_execution(display).apart, tell=display.note)
    for name, amount in offer_of(worker.state.nthreads, gpus=offer.gpus).items():
        # What `--resources` of the command line says comes first.
        worker.state.total_resources.setdefault(name, amount)
        worker.state.available_resources.setdefault(name, worker.state.total_resources[name])


dask_setup = click.Command("dask_setup", callback=_setup, params=[_as_click(each) for each in options_of(OfferOptions)])
