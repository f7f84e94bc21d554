//! A page: a document with stylesheets, scripts and images, and the order in which a browser must deal with them.
//!
//! The order is that of the HTML Standard: scripts in §4.12.1.1, blocking stylesheets in §4.2.7, the end of parsing in
//! §13.2.7. It is partial: what it leaves open may happen in any order.

use std::fmt::Write as _;

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

/// What kind of thing a page needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A stylesheet.
    Style,
    /// A script that the parser waits for.
    Sync,
    /// A script that waits for the parser.
    Defer,
    /// A script that nothing waits for but `load`.
    Async,
    /// An image.
    Image,
}

/// Where in the document it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the head.
    Head,
    /// In the body.
    Body,
}

/// Something that the page needs, in document order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
    /// Its absolute URL.
    pub url: String,
    /// Its content.
    pub body: String,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The URL of the document.
    pub url: String,
    /// What it needs, in document order.
    pub resources: Vec<Resource>,
}

/// An event of rendering: what happened, and to which URL.
pub type Event = (String, String);

/// One event that comes before another, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The earlier.
    pub first: Event,
    /// The later.
    pub then: Event,
    /// Why, with its source.
    pub why: &'static str,
}

impl Resource {
    fn event(&self) -> Event {
        let name = match self.kind {
            Kind::Style => "style",
            Kind::Image => "image",
            Kind::Sync | Kind::Defer | Kind::Async => "script",
        };
        (name.to_owned(), self.url.clone())
    }

    fn tag(&self, site: &str) -> String {
        let url = self.url.strip_prefix(site).unwrap_or(&self.url);
        match self.kind {
            Kind::Style => format!("<link rel=\"stylesheet\" href=\"{url}\">"),
            Kind::Sync => format!("<script src=\"{url}\"></script>"),
            Kind::Defer => format!("<script src=\"{url}\" defer></script>"),
            Kind::Async => format!("<script async src=\"{url}\"></script>"),
            Kind::Image => format!("<img alt=\"\" src=\"{url}\">"),
        }
    }
}

impl Page {
    /// A page of the site `site` that takes one thing from `external`, both as `https://host`.
    pub(super) fn draw(site: &str, external: &str, random: &mut ChaCha8Rng) -> Self {
        use Kind::{Async, Defer, Image, Style, Sync};
        let mut head = vec![Style, Style, Sync, Defer, Defer, Async];
        head.shuffle(random);
        let mut body = vec![Image; random.random_range(2..=3)];
        if random.random() {
            body.push(Sync);
        }
        let mut resources: Vec<Resource> = Vec::new();
        for (place, kinds) in [(Place::Head, head), (Place::Body, body)] {
            for kind in kinds {
                resources.push(resource(kind, place, site, random));
            }
        }
        let kind = [Image, Async, Defer][random.random_range(0..3)];
        let outside = resource(kind, Place::Body, external, random);
        let body = resources.iter().position(|r| r.place == Place::Body);
        let at = random.random_range(body.unwrap_or(0)..=resources.len());
        resources.insert(at, outside);
        Self {
            url: format!("{site}/"),
            resources,
        }
    }

    /// The document. `stock` is what the database says.
    pub(super) fn html(&self, stock: &str) -> String {
        let site = self.url.trim_end_matches('/');
        let mut html = "<!doctype html>\n<html>\n<head>\n<title>Shop</title>\n".to_owned();
        // What stands in a comment is not part of the page, however much it looks so.
        html.push_str("<!-- <script src=\"/retired.js\"></script> -->\n");
        let mut open = Place::Head;
        for resource in &self.resources {
            if open == Place::Head && resource.place == Place::Body {
                let _ = write!(html, "</head>\n<body>\n<p>{stock} in stock</p>\n");
                html.push_str("<a href=\"/about\">about</a>\n");
                open = Place::Body;
            }
            html.push_str(&resource.tag(site));
            html.push('\n');
        }
        html.push_str("</body>\n</html>\n");
        html
    }

    /// Every event of rendering it; each happens once.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let own = ["parsed", "paint", "load"].map(|name| self.own(name));
        let theirs = self.resources.iter().map(Resource::event);
        theirs.chain(own).collect()
    }

    fn own(&self, name: &str) -> Event {
        (name.to_owned(), self.url.clone())
    }

    /// What must come before what.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        let mut add = |first: Event, then: Event, why| rules.push(Rule { first, then, why });
        let (parsed, paint, load) = (self.own("parsed"), self.own("paint"), self.own("load"));
        let of = |kind| self.resources.iter().filter(move |r| r.kind == kind);
        for (i, resource) in self.resources.iter().enumerate() {
            let above = &self.resources[..i];
            let (this, kind) = (resource.event(), resource.kind);
            for style in above
                .iter()
                .filter(|r| r.kind == Kind::Style && kind == Kind::Sync)
            {
                add(style.event(), this.clone(), STYLE_THEN_SYNC);
            }
            for before in above
                .iter()
                .filter(|r| r.kind == kind && kind == Kind::Sync)
            {
                add(before.event(), this.clone(), SYNC_IN_ORDER);
            }
            for before in above
                .iter()
                .filter(|r| r.kind == kind && kind == Kind::Defer)
            {
                add(before.event(), this.clone(), DEFER_IN_ORDER);
            }
            if kind == Kind::Sync {
                add(this.clone(), parsed.clone(), SYNC_THEN_PARSED);
            }
            if kind == Kind::Defer {
                add(parsed.clone(), this.clone(), PARSED_THEN_DEFER);
                for style in of(Kind::Style) {
                    add(style.event(), this.clone(), STYLE_THEN_DEFER);
                }
            }
            let blocks = matches!(kind, Kind::Style | Kind::Sync);
            if blocks && resource.place == Place::Head {
                add(this.clone(), paint.clone(), HEAD_THEN_PAINT);
            }
            add(this, load.clone(), ALL_THEN_LOAD);
        }
        add(parsed, load.clone(), ALL_THEN_LOAD);
        add(paint, load, ALL_THEN_LOAD);
        rules
    }
}

const STYLE_THEN_SYNC: &str =
    "a script waits for the stylesheets above it (HTML Standard, 4.12.1.1)";
const SYNC_IN_ORDER: &str =
    "scripts without defer or async run in document order (HTML Standard, 4.12.1.1)";
const DEFER_IN_ORDER: &str = "deferred scripts run in document order (HTML Standard, 13.2.7)";
const SYNC_THEN_PARSED: &str =
    "the parser waits for a script without defer or async (HTML Standard, 4.12.1.1)";
const PARSED_THEN_DEFER: &str =
    "a deferred script waits until the document is parsed (HTML Standard, 13.2.7)";
const STYLE_THEN_DEFER: &str =
    "deferred scripts wait for the stylesheets that block scripts (HTML Standard, 13.2.7)";
const HEAD_THEN_PAINT: &str = "stylesheets and parser-blocking scripts of the head block the first paint (HTML Standard, 4.2.7)";
const ALL_THEN_LOAD: &str = "`load` waits for everything (HTML Standard, 13.2.7)";

fn resource(kind: Kind, place: Place, site: &str, random: &mut ChaCha8Rng) -> Resource {
    let nonce: u32 = random.random();
    let end = match kind {
        Kind::Style => "css",
        Kind::Image => "svg",
        Kind::Sync | Kind::Defer | Kind::Async => "js",
    };
    let filler = "0123456789abcdef".repeat(random.random_range(20..120));
    let body = match kind {
        Kind::Image => format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><!-- {filler} --></svg>"),
        _ => format!("/* {nonce:08x} {filler} */\n"),
    };
    Resource {
        kind,
        place,
        url: format!("{site}/{nonce:08x}.{end}"),
        body,
    }
}
