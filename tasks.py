"""The commands of edgecask as tasks of Invoke, so that `invoke build --target=grove` works in a clone."""

from edgecask.cli.program import parse_as_edgecask
from edgecask.cli.tasks import collection

namespace = collection(development=True)
parse_as_edgecask()
