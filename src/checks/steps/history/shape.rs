//! The keys of a history, and what it can expect.

use crate::checks::shape::{Field, Kind as Takes};

/// What can be expected of the order of events.
const CONSISTENCIES: &[&str] = &[
    "linearizable",
    "sequential",
    "read-your-writes",
    "monotonic-reads",
];

const GET: Field = Field::optional("get", Takes::Text, "GET this path");
const POST: Field = Field::optional("post", Takes::Text, "POST to this path");
const PUT: Field = Field::optional("put", Takes::Text, "PUT to this path");
const PATCH: Field = Field::optional("patch", Takes::Text, "PATCH this path");
const DELETE: Field = Field::optional("delete", Takes::Text, "DELETE this path");
const QUERY: Field = Field::optional("query", Takes::Map(&Takes::Text), "query parameters");
const HEADERS: Field = Field::optional("headers", Takes::Map(&Takes::Text), "request headers");
const BEARER: Field = Field::optional("bearer", Takes::Text, "the token of the request");
const JSON: Field = Field::optional("json", Takes::Json, "a JSON body");
const FORM: Field = Field::optional("form", Takes::Map(&Takes::Text), "a form body");
const BODY: Field = Field::optional("body", Takes::Text, "a raw body");
const TIMEOUT: Field = Field::optional(
    "timeout",
    Takes::Duration,
    "gives up after this long; 5s unless told",
);

const CHANGE: &[Field] = &[
    POST, PUT, PATCH, DELETE, GET, QUERY, HEADERS, BEARER, JSON, FORM, BODY, TIMEOUT,
];

const READ: &[Field] = &[
    GET,
    POST,
    PUT,
    QUERY,
    HEADERS,
    BEARER,
    JSON,
    FORM,
    BODY,
    TIMEOUT,
    Field::required(
        "value",
        Takes::Text,
        "where the value stands in the JSON body, by JSONPath; nothing there, or 404, means no value yet",
    ),
    Field::optional(
        "twin",
        Takes::Text,
        "a second place that must always hold the same value; a read where it does not is torn",
    ),
];

pub(super) const FIELDS: &[Field] = &[
    Field::required(
        "on",
        Takes::List(&Takes::Text),
        "the instances and balancers that are asked, drawn anew for each request",
    ),
    Field::required(
        "clients",
        Takes::Count(1),
        "how many clients work side by side",
    ),
    Field::required(
        "keys",
        Takes::Count(1),
        "how many keys there are; {{ key }} counts from 0, and {{ token[key] }} is the capture of that repetition",
    ),
    Field::required(
        "operations",
        Takes::Count(1),
        "how many operations they do together, spread over the time",
    ),
    Field::required(
        "for",
        Takes::Duration,
        "how long they go on; on a slow machine until what is to be done meanwhile is done",
    ),
    Field::optional(
        "write",
        Takes::Table(CHANGE),
        "replaces the value of {{ key }} by {{ value }}; half of the operations. Without a clear answer it is never sent again",
    ),
    Field::optional(
        "add",
        Takes::Table(CHANGE),
        "adds `delta` to the value of {{ key }}, once for each {{ value }}; without a clear answer it is sent again as it was",
    ),
    Field::optional("delta", Takes::Count(1), "what one `add` adds"),
    Field::required(
        "read",
        Takes::Table(READ),
        "reads the value of {{ key }}; every key is read before the clients begin, and through every part after they have ended",
    ),
    Field::optional(
        "minimum",
        Takes::Count(1),
        "how many operations must be answered for a verdict, else it is inconclusive; a quarter unless told",
    ),
];

pub(super) const EXPECT: &[Field] = &[
    Field::optional(
        "consistency",
        Takes::Choice(CONSISTENCIES),
        "what explains every answer, for each key by itself",
    ),
    Field::optional(
        "lost",
        Takes::Matcher,
        "acknowledged writes that were gone at the end: neither they nor a later one was read",
    ),
    Field::optional(
        "doubled",
        Takes::Matcher,
        "additions that counted more than once",
    ),
    Field::optional(
        "torn",
        Takes::Matcher,
        "reads that saw halves of different writes",
    ),
    Field::optional(
        "acknowledged",
        Takes::Matcher,
        "writes or additions that were acknowledged",
    ),
    Field::optional("reads", Takes::Matcher, "reads that were answered"),
    Field::optional(
        "unknown",
        Takes::Matcher,
        "writes or additions without a clear answer: a timeout, a reset, a 5xx",
    ),
    Field::optional(
        "failed",
        Takes::Matcher,
        "answers that acknowledged nothing; refused connections are not among them",
    ),
];
