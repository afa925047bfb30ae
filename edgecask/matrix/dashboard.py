"""Where Dask's own pages are: tasks as they run, and what workers do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

ANSWER_SECONDS = 2


def dashboard_of(client: Client) -> str | None:
    """The address of the scheduler's dashboard; None where this machine does not see one.

    It needs Bokeh beside the scheduler, which may have been told to do without, or to show it to its own machine alone.
    """
    import requests

    try:
        link = str(client.dashboard_link)
        with requests.get(link, timeout=ANSWER_SECONDS, stream=True) as answer:
            return link if answer.status_code == requests.codes.ok and answer.url == link else None
    except (requests.RequestException, KeyError, ValueError):
        return None
