"""`edgecask verify` on packages that tests of packages write."""

import pytest
from test_package import contents, write  # noqa: F401

from edgecask.cli.verify import Verify, run
from edgecask.errors import VerificationError


def test_a_package_is_what_was_built_until_somebody_touches_it(contents, write, tmp_path, capsys):  # noqa: F811
    folder = write(contents(), tmp_path / "dist" / "grove").folder
    request = Verify(target="grove", output=tmp_path / "dist")
    run(request)
    output = capsys.readouterr().out
    assert "no rule of the firmware is broken" in output and "not signed" in output
    (folder / "README.md").write_text("flash this instead")
    with pytest.raises(VerificationError, match="is not what was built: 1 file differs"):
        run(request)
    assert "README.md is another file than was packed" in capsys.readouterr().out
