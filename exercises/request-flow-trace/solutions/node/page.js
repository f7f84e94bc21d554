// The page: which files it needs, and in which order a browser shows it.
//
// This is the part of the HTML Standard that decides when somebody sees
// something: what stops the parser, what waits for style sheets, and what holds
// back nothing.

// A comment, a script with what is inside it, or a tag. What is inside a comment
// or a script is text, whatever it looks like.
const PIECE = /<!--[^]*?-->|(<script\b(?:"[^"]*"|'[^']*'|[^>"'])*>)[^]*?<\/script\s*>|<\/?[a-z](?:"[^"]*"|'[^']*'|[^>"'])*>/gi;
const ATTRIBUTE = /([^\s=\/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g;

class Page {
  // `resources` are in document order, each URL once: { kind, url, mode, inHead }
  // with kind style, script, image, and for a script the mode plain, defer, async.
  resources = [];

  constructor(url, html) {
    this.url = url;
    let inHead = true;
    let inert = 0; // inside how many elements whose content is not shown
    for (const [piece, script] of html.matchAll(PIECE)) {
      if (piece.startsWith("<!--")) continue;
      const { name, attributes } = parseTag(script ?? piece);
      if (name === "/head" || name === "body") inHead = false;
      if (name === "template" || name === "noscript") inert++;
      if (name === "/template" || name === "/noscript") inert--;
      const resource = inert > 0 ? undefined : resourceOf(name, attributes);
      if (resource?.reference) this.#add({ ...resource, inHead });
    }
  }

  #add({ reference, ...resource }) {
    let url;
    try {
      url = new URL(reference, this.url);
    } catch {
      return; // not a URL
    }
    url.hash = "";
    if (this.resources.some((other) => other.url === url.href)) return;
    this.resources.push({ ...resource, url: url.href });
  }

  // Yields { event, resource } in the order in which things happen. `loaded` are
  // the URLs that arrived; what did not is neither run nor shown.
  *render(loaded) {
    const resources = this.resources.filter(({ url }) => loaded.has(url));
    let painted = false;
    for (const { kind, url, mode, inHead } of resources) {
      if (!inHead && !painted) {
        painted = true;
        yield { event: "paint", resource: this.url };
      }
      // A plain script stops the parser until it has run, and it waits for the
      // style sheets above it: that is document order.
      if (kind === "style" || mode === "plain") yield { event: kind, resource: url };
    }
    if (!painted) yield { event: "paint", resource: this.url };
    yield { event: "parsed", resource: this.url };
    const having = (key, value) => resources.filter((resource) => resource[key] === value);
    for (const { url } of [...having("mode", "defer"), ...having("mode", "async")]) {
      yield { event: "script", resource: url };
    }
    for (const { url } of having("kind", "image")) yield { event: "image", resource: url };
    yield { event: "load", resource: this.url };
  }
}

function resourceOf(name, attributes) {
  if (name === "link" && /(^|\s)stylesheet(\s|$)/i.test(attributes.get("rel"))) {
    return { kind: "style", reference: attributes.get("href") };
  }
  if (name === "script") {
    return { kind: "script", reference: attributes.get("src"), mode: modeOf(attributes) };
  }
  if (name === "img") return { kind: "image", reference: attributes.get("src") };
  return undefined;
}

function modeOf(attributes) {
  if (attributes.has("async")) return "async";
  if (attributes.has("defer") || attributes.get("type") === "module") return "defer";
  return "plain";
}

function parseTag(tag) {
  const [, name, rest] = /^<(\/?[a-z][^\s\/>]*)([^]*?)>$/i.exec(tag);
  const attributes = new Map();
  for (const [, key, double, single, bare] of rest.matchAll(ATTRIBUTE)) {
    const value = (double ?? single ?? bare ?? "").replaceAll("&amp;", "&").trim();
    if (!attributes.has(key.toLowerCase())) attributes.set(key.toLowerCase(), value);
  }
  return { name: name.toLowerCase(), attributes };
}

module.exports = { Page };
