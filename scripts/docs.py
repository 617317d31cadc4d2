"""Build the documentation: pages, executed notebooks, reference, data guide and gallery.

Whatever follows from code or data is written from it into a folder beside copies of the pages, so
that the tree holds nothing that could be out of date. Sphinx's warnings are errors, and so is a
picture that cannot be drawn.
"""

from __future__ import annotations

import ast
import inspect
import re
import shutil
import sys
import tomllib
import warnings
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import seaborn as sns
from sphinx.cmd.build import build_main

import rareearth_research as rer
from rareearth_research import plots
from rareearth_research.labels import readable

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / ".cache" / "docs"
PACKAGES = ("datasets", "timing", "eventstudy", "dynamics", "studies", "plots", "reports", "errors")
COPIED = (
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CITATION.cff",
    "data/README.md", "data/CLEANING.md",
)  # fmt: skip


def main(target: Path) -> int:
    """Put the sources together, build the pages, and return 0 if nothing is wrong with them."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.copytree(ROOT / "docs", SOURCE / "docs")
    for path in (*COPIED, *(p.relative_to(ROOT) for p in (ROOT / "notebooks").glob("*.ipynb"))):
        (SOURCE / path).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / path, SOURCE / path)
    (SOURCE / "docs" / "index.md").rename(SOURCE / "index.md")
    reference(SOURCE / "docs" / "reference")
    with ProcessPoolExecutor(2) as pool:
        drawn = [pool.submit(data_guide), pool.submit(gallery)]
    for each in drawn:
        each.result()
    strict = ["--fail-on-warning", "--keep-going", "--quiet", "--fresh-env", "--jobs=2"]
    failed = build_main([*strict, "--conf-dir", str(ROOT / "docs"), str(SOURCE), str(target)])
    outside = re.compile(r"<(?:script|link|img)\b[^>]*(?:src|href)=.(?:https?:)?//[^>]*>")
    for page in target.rglob("*.html"):
        for tag in outside.findall(page.read_text(encoding="utf-8")):
            print(f"{page} asks the network: {tag}", file=sys.stderr)
            failed = 1
    return failed


def reference(folder: Path) -> None:
    """Write a page for each package with its public names, and one for those of the top."""
    homes = {}
    for short in PACKAGES:
        package = import_module(f"rareearth_research.{short}")
        about = package.__doc__.strip().splitlines()[0]
        homes |= {id(getattr(package, name)): f"{short}.{name}" for name in package.__all__}
        text = "".join(entry(package, name) for name in package.__all__)
        write(folder / f"{short}.md", f"# rareearth_research.{short}", about, rst(text))
    names = {name: getattr(rer, name) for name in rer.__all__ if name[0] != "_"}
    own = [n for n, thing in names.items() if not (inspect.ismodule(thing) or id(thing) in homes)]
    links = (
        f"- {{py:obj}}`rer.{name} <rareearth_research.{homes[id(thing)]}>`"
        for name, thing in names.items()
        if id(thing) in homes
    )
    about = (
        "`import rareearth_research as rer` brings these names; each is described where it lives."
    )
    text = "".join(entry(rer, name) for name in own)
    write(folder / "index.md", "# What `rer.` offers", about, "\n".join(links), rst(text))


def write(page: Path, *parts: str) -> None:
    """Write the parts of a page."""
    page.parent.mkdir(exist_ok=True)
    page.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def rst(text: str) -> str:
    """Return reStructuredText as a part of a page in Markdown."""
    return f"```{{eval-rst}}\n{text}```"


def entry(package: Any, name: str) -> str:
    """Return the directive that describes one public name."""
    thing, path = getattr(package, name), f"{package.__name__}.{name}"
    if inspect.isclass(thing):
        return f".. autoclass:: {path}\n   :members:\n\n"
    if inspect.isfunction(thing):
        return f".. autofunction:: {path}\n\n"
    return f".. py:data:: {path}\n   :type: {type(thing).__name__}\n\n"


def data_guide() -> None:
    """Write a page for each table: what it holds, how to load it, its fields, and a picture."""
    folder = SOURCE / "docs" / "tables"
    folder.mkdir()
    recipes = tomllib.loads((ROOT / "docs" / "tables.toml").read_text(encoding="utf-8"))
    described = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^##|\Z)", described, re.M | re.S))
    for name, table in rer.catalog().iterrows():
        draw(name, table, **recipes[name]).savefig(folder / f"{name}.png", dpi=110)
        plt.close("all")
        load = f"{table['loader']}()" if table["loader"] else f'datasets.read("{name}")'
        span = f", {table['first']} to {table['last']}" if table["first"] else ""
        write(
            folder / f"{name}.md",
            f"# {table['title']}",
            f"```python\nrer.{load}\n```",
            f"`{table['path']}`: {table['rows']:,} rows{span}.",
            f"![{table['title']}]({name}.png)",
            f"{fields[name]}Passing on: {table['redistribution']} ({table['licence']}).",
        )


def draw(name: str, table: Any, **recipe: Any) -> Any:
    """Draw one table as `docs/tables.toml` says."""
    sns.set_palette("colorblind")
    frame = readable(rer.datasets.read(name))
    kind, column = next(iter(recipe.items()))
    of, value, added = (recipe.get(key) for key in ("of", "value", "sum"))
    figure, ax = plots.figure(8.0, 3.6)
    if kind == "lines" and of:
        wide = frame.pivot_table(index=column, columns=of, values=value)
        shown, label = wide / wide.bfill().iloc[0] * 100, f"{value}, first = 100"
        ax.set_yscale("log")
    elif kind == "lines":
        shown = frame.set_index(column)[added].cumsum() if added else frame.set_index(column)[value]
        label = "Sum since the start" if added else value
    elif kind == "columns":
        shown, label = frame.set_index(column).notna().sum(axis=1), "Securities with a figure"
    else:
        keys = frame[column].dt.year if kind == "years" and column != "year" else frame[column]
        keys = [keys.rename("key")] + ([frame[of]] if of else [])
        counted = frame.groupby(keys)[added].sum() if added else frame.groupby(keys).size()
        shown, label = counted.unstack(fill_value=0) if of else counted, added or "Rows"
    if kind == "bars":
        shown.iloc[::-1].plot.barh(stacked=True, ax=ax, width=0.75)
    elif kind == "years":
        shown.plot.bar(stacked=True, ax=ax, width=0.8)
    else:  # points, where a line would run through years without a session
        shown.plot(ax=ax, **({"style": ".", "markersize": 2} if kind == "columns" else {"lw": 1}))
    ax.set(xlabel="", ylabel="")
    if ax.get_legend():
        ax.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return plots.finish(ax, table["title"], **{"xlabel" if kind == "bars" else "ylabel": label})


def gallery() -> None:
    """Draw every picture of `docs/gallery.toml` and write the page that shows them."""
    warnings.simplefilter("ignore", UserWarning)  # of short series, which the pictures are about
    page = SOURCE / "docs" / "gallery.md"
    listed = tomllib.loads((ROOT / "docs" / "gallery.toml").read_text(encoding="utf-8"))
    given = listed.pop("given")
    known = {"rer": rer} | {name: getattr(plots, name) for name in plots.__all__}
    text = [page.read_text(encoding="utf-8")]
    (page.parent / "gallery").mkdir()
    for section, pictures in listed.items():
        text.append(f"## {section}")
        for name, picture in pictures.items():
            used = [n.id for n in ast.walk(ast.parse(picture["call"])) if isinstance(n, ast.Name)]
            made = [n for n in given if n in used]
            for each in made:
                if each not in known:
                    known[each] = eval(given[each], known)
            eval(picture["call"], known).savefig(page.parent / "gallery" / f"{name}.png", dpi=100)
            plt.close("all")
            code = "\n".join([*(f"{each} = {given[each]}" for each in made), picture["call"]])
            shown = f"![{picture['look']}](gallery/{name}.png)"
            text += [f"### {name}", picture["look"], f"```python\n{code}\n```", shown]
    write(page, *text)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "reports" / "docs"))
