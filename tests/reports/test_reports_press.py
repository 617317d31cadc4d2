"""A run that is asked for press kits leaves one of each picture, and nothing else is another."""

from __future__ import annotations

import json
import re
import zipfile

import pytest
from typer.testing import CliRunner

from rareearth_research.cli.root import app
from rareearth_research.errors import SpecificationError
from rareearth_research.reports import run_study, write_site
from tests.support.synthetic import write_data, write_notebook

TITLED = """\
frame = pd.DataFrame({"x": range(count), "square": [i * i for i in range(count)]})
from rareearth_research.plots import figure, finish
fig, ax = figure()
ax.plot(frame["x"], frame["square"])
finish(ax, "It rose by 12.5 %", sample="squares")"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setenv("RAREEARTH_DATA", str(write_data(tmp_path / "data")))
    return write_notebook(tmp_path, analysis=TITLED)


@pytest.mark.end_to_end
@pytest.mark.thorough
def test_each_picture_of_a_run_has_a_kit_and_a_link_to_it(study, tmp_path):
    plain = run_study(study, out=tmp_path / "plain")
    run = run_study(study, out=tmp_path / "out", press="de")
    kits = [f"picture-{number:02d}.zip" for number in (1, 2)]  # ours, and one of plain matplotlib
    assert run.record["press"] == kits
    assert (
        re.findall(r'href="press/([^"]+)"[^>]* download>press kit<', run.html.read_text()) == kits
    )
    with zipfile.ZipFile(run.directory / "press" / kits[0]) as book:
        said = book.read("text.txt").decode()
    assert said.startswith("It rose by 12,5 %\n")
    assert "Sample: squares." in said
    for one, other in zip(plain.figures, run.figures, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert 'press/picture-02.zip">press kit 2</a>' in write_site(tmp_path / "out").read_text()
    assert "Press kits: <code>--press</code>" in write_site(tmp_path / "plain").read_text()
    assert json.loads((plain.directory / "run.json").read_text())["press"] == []


def test_a_locale_that_is_not_known_is_refused_before_anything_runs(study, tmp_path):
    with pytest.raises(
        SpecificationError, match=r"locale 'dee' is not known.*choose one of: .*de,"
    ):
        run_study(study, out=tmp_path / "out", press="dee")
    assert not (tmp_path / "out").exists()


def test_a_locale_without_press_kits_is_refused():
    with pytest.raises(SpecificationError, match="add --press, or leave it out"):
        CliRunner().invoke(app, ["report", "00", "--locale", "de"], catch_exceptions=False)
