"""A picture fits a column of a newspaper: read in grey, whole, numbers as its readers write."""

from __future__ import annotations

import itertools
import re
import zipfile
from pathlib import Path
from unittest.mock import patch

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

import rareearth_research as rer
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.numerals import localised
from rareearth_research.plots import plot_groups, plot_power_curves, plot_size_table
from rareearth_research.plots.drawing.print import SMALLEST, fit, legible
from rareearth_research.plots.drawing.small import small
from rareearth_research.plots.drawing.style import DASHES, LINES, MARKERS, PALETTE, facts_of
from tests.support.answers import answer_of
from tests.support.thorough import first_of

FILES = ["85mm.svg", "85mm.png", "180mm.svg", "180mm.png", "text.txt"]
STUDIES = {
    "origin_article": ("plot_clock", "plot", "plot_car"),
    "policy_timeline": ("plot", "plot_measures", "plot_clock"),
    "event_study": ("plot", "plot_car", "plot_placebo"),
    "anticipation": ("plot", "plot_run_up"),
    "price_dynamics": ("plot", "plot_response", "plot_nervous"),
    "trade_response": ("plot", "plot_published"),
    "counterfactual": ("plot", "plot_impact"),
    "robustness": ("plot",),
}
SIZES = {
    "size_table": lambda: plot_size_table(rer.load_size_table()),
    "power_curves": lambda: plot_power_curves(rer.load_power_table()),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture
def plain() -> Figure:
    """A picture of somebody else's, with numbers of every kind. Synthetic."""
    figure, ax = plt.subplots(figsize=(8, 4))
    ax.plot([0, 1], [0.0, 1250.5])
    ax.set_title("12.5 of 1,082 in version 1.2.3 of 600111.SS", loc="left")
    figure.suptitle("A title that is far too long for one line of one column of a newspaper")
    return figure


def drawn_texts(figure: Figure) -> list[tuple[Text, np.ndarray]]:
    """Return every text that a picture draws, with its box in points."""
    found, draw = [], Text.draw

    def recorded(text: Text, renderer, *more, **options):
        if text.get_visible() and text.get_text().strip():
            found.append((text, text.get_window_extent(renderer).extents / figure.dpi * 72))
        return draw(text, renderer, *more, **options)

    figure.set_dpi(300)
    with patch.object(Text, "draw", recorded):
        figure.draw_without_rendering()
        found.clear()  # the layout has settled
        figure.draw_without_rendering()
    return found


def faults(figure: Figure) -> list[str]:
    """Say which texts are too small, leave the picture, or cover one another."""
    texts = drawn_texts(figure)
    width, height = figure.get_size_inches() * 72
    said = [t.get_text() for t, _ in texts if t.get_fontsize() < min(6.0, SMALLEST)]
    for text, (x0, y0, x1, y1) in texts:
        if x0 < -0.5 or y0 < -0.5 or x1 > width + 0.5 or y1 > height + 0.5:
            said.append(f"{text.get_text()!r} leaves the picture")
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        if min(a[2], b[2]) - max(a[0], b[0]) > 0.8 and min(a[3], b[3]) - max(a[1], b[1]) > 0.8:
            said.append(f"{one.get_text()!r} covers {other.get_text()!r}")
    return said


def picture(study: str, name: str) -> Figure:
    if study in SIZES:
        return SIZES[study]()
    return getattr(answer_of(study), name)(source="the publishers of the figures")


SHIPPED = [(study, name) for study, names in STUDIES.items() for name in names]
SHIPPED += [(name, "") for name in SIZES]
OF_EACH_STUDY = [(study, names[0]) for study, names in STUDIES.items()]


@pytest.mark.end_to_end
@pytest.mark.parametrize(("study", "name"), first_of(SHIPPED, *OF_EACH_STUDY))
def test_no_text_of_a_shipped_picture_is_small_or_cut_or_covers_another(study, name):
    figure = picture(study, name)
    facts = facts_of(figure)
    for width in (85, 180):
        fitted = fit(figure, width, facts, "de")
        assert round(fitted.get_figwidth() * 25.4) == width
        assert faults(fitted) == []
    if name == "plot":  # on an index
        assert faults(small(figure)) == []


def test_what_is_drawn_for_a_column_keeps_days_and_titles_and_says_what_it_cannot_hold():
    figure, axes = plt.subplots(1, 2, figsize=(8, 4))
    for ax in axes:
        ax.plot([0, 1], [0, 1], label="a line of its own")
        ax.set_title("A title of one of two", loc="left")
        ax.legend()
        ax.set_yticks([0], ["Export licences for seven medium and heavy rare earths  4 Apr 2025"])
    drawn = fit(figure, 85, facts_of(figure))
    assert faults(drawn) == []
    assert [ax.get_yticklabels()[0].get_text().split("\n")[1] for ax in drawn.axes] == [
        "4 Apr 2025"
    ] * 2
    assert legible(drawn)
    for x in (0.4, 0.5):
        axes[0].text(x, 0.5, "two texts that touch")
    assert not legible(fit(figure, 85, facts_of(figure)))


def test_names_of_rows_leave_a_small_picture_to_what_is_drawn():
    groups = ["producers in New York", "users: cars", "a name of more than thirty letters"] * 3
    table = pd.DataFrame({"group": groups, "announcements": 10, "effect": 0.0, "verdict": "moved"})
    drawn = small(plot_groups(table.assign(lower=-0.1, upper=0.1)))
    assert faults(drawn) == []
    assert drawn.axes[0].get_position().width > 0.45


@pytest.mark.end_to_end
@pytest.mark.parametrize(("study", "name"), SHIPPED)
def test_a_shipped_picture_knows_its_sample_and_most_of_them_their_last_day(study, name):
    facts = facts_of(picture(study, name))
    assert facts.sample
    assert facts.until is not None or study in SIZES


def lightness(colour: object) -> float:
    """CIE L* of a colour, which is what is left of it in grey (IEC 61966-2-1, CIE 15)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722]
    return 116 * np.cbrt(y) - 16 if y > (6 / 29) ** 3 else 903.3 * y


def test_lightness_is_that_of_the_standard():
    assert lightness("white") == pytest.approx(100)
    assert lightness("#777777") == pytest.approx(50.03, abs=0.01)  # CIE 15 for sRGB 119


def test_what_colour_tells_apart_a_second_sign_does_too():
    assert len({MARKERS[name] for name in PALETTE}) == len(PALETTE)
    assert len(set(DASHES)) == len(DASHES)
    for grey in ("#9A9A9A", "#BBBBBB", "#C8C8C8"):  # what is not marked, beside what is
        assert abs(lightness(grey) - lightness(LINES[0])) > 15


@pytest.mark.end_to_end
@pytest.mark.parametrize(("study", "name"), [s for s in SHIPPED if s[1] != "plot_measures"])
def test_lines_of_a_picture_that_look_alike_in_grey_are_of_one_colour(study, name):
    """In the picture of measures a heading says what the colour says."""
    figure = picture(study, name)
    for ax in figure.axes:
        looks: dict[tuple, set[str]] = {}
        for line in ax.findobj(Line2D):
            upright = len(set(np.asarray(line.get_xdata(), dtype=object).tolist())) == 1
            dash = str(vars(line)["_dash_pattern"])
            wide = round(line.get_linewidth(), 1) if line.get_linestyle() != "None" else 0
            look = (line.get_marker(), dash, upright, wide, line.get_markerfacecolor() == "white")
            alone = line.get_alpha() is None  # else it lies beneath a marker that tells
            if line in ax.lines and not upright and alone:
                looks.setdefault(look, set()).add(to_rgb(line.get_color()))
        for colours in looks.values():
            levels = sorted(map(lightness, colours))
            assert all(b - a > 10 for a, b in itertools.pairwise(levels)), (study, name, looks)


def test_a_kit_is_a_folder_of_two_widths_two_forms_and_the_text(plain, tmp_path):
    before = plain.get_size_inches().tolist()
    files = rer.press_kit(plain, tmp_path / "kit", source="Nobody", sample="two points",
                          until="2026-10-05", locale="de")  # fmt: skip
    assert [path.name for path in files] == FILES
    for width in (85, 180):
        with Image.open(tmp_path / f"kit/{width}mm.png") as image:
            assert image.size[0] == pytest.approx(width / 25.4 * 300, abs=1)
            assert image.info["dpi"][0] == pytest.approx(300, abs=0.1)
            assert "newspaper" in image.info["Title"]
        svg = (tmp_path / f"kit/{width}mm.svg").read_text()
        assert "<text" not in svg  # outlines, which need no font
        assert "12,5 of 1.082 in version 1.2.3 of 600111.SS" in svg  # its description
    words = files[-1].read_text()
    assert "Alternative text:\nA title that is far too long" in words
    assert "Source: Nobody. Sample: two points. Figures until 5 October 2026." in words
    assert plain.get_size_inches().tolist() == before


def test_source_sample_and_last_day_stand_inside_the_picture(plain):
    from rareearth_research.plots.drawing.style import Facts

    facts = Facts("Nobody", "two points", pd.Timestamp("2026-10-05"))
    shown = " ".join(" ".join(t.get_text() for t, _ in drawn_texts(fit(plain, 85, facts))).split())
    assert "Source: Nobody. Sample: two points. Figures until 5 October 2026." in shown


def test_ticks_and_texts_are_written_as_a_language_does(plain):
    texts = [t.get_text() for t, _ in drawn_texts(fit(plain, 85, facts_of(plain), "de"))]
    assert {"0,0", "0,8", "1,0"} <= set(texts)
    assert not [text for text in texts if re.fullmatch(r"\d\.\d", text)]


def test_a_kit_as_one_zip_is_the_same_every_time(plain, tmp_path):
    for name in ("a", "b"):
        (path,) = rer.press_kit(plain, tmp_path / f"{name}.zip", source="Nobody")
    assert zipfile.ZipFile(path).namelist() == FILES
    assert path.read_bytes() == (tmp_path / "a.zip").read_bytes()


@pytest.mark.parametrize(
    ("text", "locale", "written"),
    [
        ("+1,082.5 %", "de", "+1.082,5 %"),
        ("1,082,000 t", "fr-FR", "1\u202f082\u202f000 t"),
        ("1,082.5", "de_CH.UTF-8", "1\u2019082.5"),
        ("[0, 1], p = 0.004, 0.5", "pl", "[0, 1], p = 0,004, 0,5"),
        ("1.2.3 of 2025-10-09, 600111.SS, No. 61", "de", "1.2.3 of 2025-10-09, 600111.SS, No. 61"),
        ("1,082.5", "en-GB", "1,082.5"),
    ],
)
def test_numbers_change_their_marks_and_nothing_else_does(text, locale, written):
    assert localised(text, locale) == written


def test_a_picture_without_a_source_is_refused_and_the_remedy_works(plain, tmp_path):
    with pytest.raises(SpecificationError, match=r"source: .* give source='…'"):
        rer.press_kit(plain, tmp_path)
    assert rer.press_kit(plain, tmp_path, source="Nobody")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"picture": 3}, "picture must be a picture"),
        ({"folder": ""}, "folder must be the path"),
        ({"locale": "dr"}, r"locale 'dr' is not known"),
        ({"until": "soon"}, "until"),
        ({"sample": 5}, "sample"),
    ],
)
def test_what_has_no_meaning_is_refused(plain, tmp_path, change, said):
    given = {"picture": plain, "folder": tmp_path, "source": "Nobody"} | change
    with pytest.raises(SpecificationError, match=said):
        rer.press_kit(**given)


def test_a_folder_that_cannot_be_written_is_named(plain, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file.* cannot be written.*choose another folder"):
        rer.press_kit(plain, tmp_path / "file", source="Nobody")
