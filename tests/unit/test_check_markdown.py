"""A check for a job's summary."""

from edgecask.cli.check_markdown import as_markdown
from edgecask.target.contract import Report, Row


def report(*rows):
    return Report(model="dist/grove/model.tflite", target="grove", firmware="SSCMA-Micro", rows=rows)


def test_one_row_a_rule():
    text = as_markdown(report(Row(rule="input", verdict="pass", found="int8", needed="int8")))
    assert text.splitlines()[0] == "## dist/grove/model.tflite on grove"
    assert "No rule is broken." in text
    assert "| input | ✅ pass | int8 | int8 |" in text.splitlines()


def test_what_is_broken_comes_with_advice():
    text = as_markdown(
        report(
            Row(rule="input", verdict="fail", found="uint8", needed="int8", advice="Build it anew."),
            Row(rule="arena", verdict="warn", found="99 %", needed="less", advice="Little is left."),
        )
    )
    assert "**1 broken: do not flash this file.**" in text
    assert "- input: Build it anew." in text and "- arena: Little is left." in text


def test_what_a_file_is_called_stays_text():
    """GitHub renders HTML and Markdown in a summary."""
    found = "a|b\n<img src=x> [link](http://x) `code` *bold*"
    text = as_markdown(report(Row(rule="outputs", verdict="pass", found=found, needed="")))
    (line,) = [line for line in text.splitlines() if "outputs" in line]
    assert line == (r"| outputs | ✅ pass | a\|b &lt;img src=x&gt; \[link\](http:&#47;/x) \`code\` \*bold\* |  |")
