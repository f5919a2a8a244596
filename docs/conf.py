"""Sphinx: the site of these documents (`tox -e docs`). It asks nothing of the network, and a warning is an error."""

project = "contracts"
author = "the authors of contracts"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
nitpicky = True
# Links to headings, as `page.md#a-heading`, are checked down to this level.
myst_heading_anchors = 4
html_theme = "furo"
html_title = "contracts"
html_copy_source = False
html_show_copyright = False
