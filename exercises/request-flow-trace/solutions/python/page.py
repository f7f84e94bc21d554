"""The page: which files it needs, and in which order a browser shows it.

This is the part of the HTML Standard that decides when somebody sees something:
what stops the parser, what waits for style sheets, and what holds back nothing.
"""

from collections import namedtuple
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

# `kind` is style, script, image; `mode` of a script is plain, defer, or async.
Resource = namedtuple("Resource", "kind url mode in_head")


class Page(HTMLParser):
    """Reads a document. `resources` are in document order, each URL once."""

    def __init__(self, url, html):
        super().__init__()
        self.url = url
        self.resources = []
        self._in_head = True
        self._inert = 0  # inside how many elements whose content is not shown
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "body":
            self._in_head = False
        elif tag in ("template", "noscript"):
            self._inert += 1
        elif tag == "link" and "stylesheet" in (attributes.get("rel") or "").lower().split():
            self._add("style", attributes.get("href"))
        elif tag == "script":
            self._add("script", attributes.get("src"), mode_of(attributes))
        elif tag == "img":
            self._add("image", attributes.get("src"))

    def handle_endtag(self, tag):
        if tag == "head":
            self._in_head = False
        elif tag in ("template", "noscript"):
            self._inert = max(0, self._inert - 1)

    def _add(self, kind, reference, mode=None):
        if not reference or self._inert:
            return
        url = urldefrag(urljoin(self.url, reference.strip())).url
        if all(resource.url != url for resource in self.resources):
            self.resources.append(Resource(kind, url, mode, self._in_head))

    def render(self, loaded):
        """Yields (event, URL) in the order in which things happen.

        `loaded` are the URLs that arrived. What did not is neither run nor shown.
        """
        resources = [resource for resource in self.resources if resource.url in loaded]
        painted = False
        for resource in resources:
            if not resource.in_head and not painted:
                painted = True
                yield "paint", self.url
            # A plain script stops the parser until it has run, and it waits for
            # the style sheets above it: that is document order.
            if resource.kind == "style" or resource.mode == "plain":
                yield resource.kind, resource.url
        if not painted:
            yield "paint", self.url
        yield "parsed", self.url
        for mode in ("defer", "async"):
            for resource in resources:
                if resource.mode == mode:
                    yield "script", resource.url
        for resource in resources:
            if resource.kind == "image":
                yield "image", resource.url
        yield "load", self.url


def mode_of(attributes):
    if "async" in attributes:
        return "async"
    if "defer" in attributes or attributes.get("type") == "module":
        return "defer"
    return "plain"
