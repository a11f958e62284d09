"""Hooks of mkdocs: the repository's pages, as they are read on GitHub, become the site.

Every page keeps its place in the repository, so that links from one to another lead to the same page in both. What is not
a page, such as a manifest or a folder of them, is linked to in the repository.
"""

import os
import posixpath
import re
import warnings
from pathlib import Path

from mkdocs.structure.files import File, Files

warnings.filterwarnings("ignore", "invalid escape sequence")  # of the theme's templates, in Jinja

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "CHANGELOG.md", "docs/**/*.md", "example/**/README.md"]
MEDIA = ["docs/images/*", "docs/site/*.css", "internal/dashboard/assets/icon.svg"]

LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
MARKER = re.compile(r"^ *<!-- .* -->$")
FENCE = re.compile(r"^ *```")


def on_config(config):
    config["mdx_configs"]["toc"]["slugify"] = anchor
    return config


def anchor(heading, separator):
    """The name of a heading in links, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", separator)


def on_files(files, config):
    """Replaces the files of docs/ by those of the whole repository; those of the theme stay."""
    kept = [f for f in files if not Path(f.abs_src_path).is_relative_to(ROOT)]
    found = sorted({path for pattern in PAGES + MEDIA for path in ROOT.glob(pattern)})
    ours = [File(path.relative_to(ROOT).as_posix(), str(ROOT), config["site_dir"], True) for path in found]
    return Files(kept + ours)


def on_page_markdown(markdown, page, config, files):
    """Mends the links of the prose, and drops the markers of blocks, which are for the tests."""
    if page.is_homepage:
        page.meta["hide"] = ["navigation"]  # it has no neighbours
    lines, fenced = [], False
    for line in markdown.split("\n"):
        if FENCE.match(line):
            fenced = not fenced
        if not fenced and MARKER.match(line):
            continue
        lines.append(line if fenced else LINK.sub(lambda m: m[1] + resolve(m[2], page, config, files) + m[3], line))
    return "\n".join(lines)


def resolve(link, page, config, files):
    """A link to what is no page: a folder's README, or what there is in the repository."""
    if re.match(r"\w+:", link):
        return link
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), link))
    if files.get_file_from_path(target):
        return link
    if files.get_file_from_path(target + "/README.md"):
        return link.rstrip("/") + "/README.md"
    if (ROOT / target).exists():
        kind = "tree" if os.path.isdir(ROOT / target) else "blob"
        return f"{config['extra']['repository']}/{kind}/main/{target}"
    return link  # mkdocs complains
