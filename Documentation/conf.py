# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx makes HTML and manual pages of this folder: see "make docs"."""
import pathlib
import sys

folder = pathlib.Path(__file__).parent
sys.path.insert(0, str(folder / "netlink"))
sys.dont_write_bytecode = True
sys.path.insert(0, str(folder.parent / "selftests/bench"))
import family  # noqa: E402
import figures  # noqa: E402
import functions  # noqa: E402

project = "teavmx"
author = "The teavmx authors"
copyright = author
release = (folder.parent / "VERSION").read_text().strip()
version = release

# A reference that leads nowhere is a warning, and "make docs" fails on it.
nitpicky = True
exclude_patterns = ["netlink/specs"]

# The blocks are assembly, C, TEA, shell or tables; none says which.
highlight_language = "none"
# Options keep their two hyphens, and quoted text keeps its quotation marks.
smartquotes = False

html_theme = "alabaster"
html_theme_options = {
    "description": "Programs in VMX guests, and every exit explained",
    "page_width": "64em",
    "fixed_sidebar": True,
    "show_powered_by": False,
}
# The pages define no terms that an index could list.
html_use_index = False
html_copy_source = False
html_show_sphinx = False

man_pages = [
    ("man/tea.1", "tea", "compile, assemble, run and debug TEA programs", "", 1),
    ("man/teavmx.8", "teavmx", "run TEA programs in VMX guests, watch exits", "", 8),
]


def add_family(app, page, source):
    """The page on events ends with what the netlink specification says."""
    if page == "events":
        source[0] += family.describe(folder / "netlink/specs/teavmx.yaml")


def add_figures(app, page, source):
    """The page on costs ends with the stored figures."""
    if page == "cost":
        bench = folder.parent / "selftests/bench"
        source[0] += figures.describe(bench / "baseline.json")
        source[0] += functions.describe(bench / "functions.json")


def setup(app):
    app.connect("source-read", add_family)
    app.connect("source-read", add_figures)
