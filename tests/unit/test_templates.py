import pytest
from jinja2 import UndefinedError

from edgecask.templates import page_templates, text_templates


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGECASK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "page.j2").write_text("{% if name %}\n  <b>{{ name }}</b>\n{% endif %}\n")
    return tmp_path


def test_pages_escape_and_text_does_not(home, folder):
    assert page_templates(folder).get_template("page.j2").render(name="<i>") == "  <b>&lt;i&gt;</b>\n"
    (folder / "text.j2").write_text("# {{ name }}\n")
    assert text_templates(folder).get_template("text.j2").render(name="<i>") == "# <i>\n"


def test_a_template_is_compiled_once_and_again_when_it_changes(home, folder, monkeypatch):
    assert "<b>x</b>" in page_templates(folder).get_template("page.j2").render(name="x")
    (compiled,) = (home / "templates").iterdir()
    environment = page_templates(folder)
    monkeypatch.setattr(environment, "compile", None)  # it would be called
    assert "<b>y</b>" in environment.get_template("page.j2").render(name="y")
    (folder / "page.j2").write_text("changed")
    assert page_templates(folder).get_template("page.j2").render() == "changed"
    compiled.write_bytes(b"damaged")
    assert page_templates(folder).get_template("page.j2").render() == "changed"


def test_a_home_that_cannot_be_written_is_left_alone(home, folder):
    home.write_text("a file in its place")
    assert page_templates(folder).get_template("page.j2").render(name="x")


def test_a_name_that_nobody_gave_is_an_error(home, folder):
    with pytest.raises(UndefinedError):
        page_templates(folder).get_template("page.j2").render()
