//! An origin, asked as a cache asks it.

use super::*;
use crate::lab::http::{Body as Sent, Client, Connection, Request};
use crate::lab::transport::TransportError;

async fn origin(routes: Vec<Route>) -> Origin {
    Origin::start("o", "a", routes, 7, &Recorder::default())
        .await
        .unwrap()
}

fn segments() -> Vec<Route> {
    vec![
        Route {
            path: Pattern::new("/v/*"),
            headers: vec![("ETag".to_owned(), Text::plain("strong"))],
            body: Body::Random(50_000),
            ..Route::default()
        },
        Route {
            path: Pattern::new("/chunks"),
            body: Body::Text(Text(vec![
                Piece::Plain("for ".to_owned()),
                Piece::Header("x-user".to_owned()),
                Piece::Plain(", ".to_owned()),
                Piece::Version,
            ])),
            chunked: true,
            ..Route::default()
        },
        Route {
            path: Pattern::new("/v/*"),
            methods: vec!["POST".to_owned()],
            status: 204,
            changes: true,
            ..Route::default()
        },
    ]
}

fn ask(origin: &Origin, method: &str, target: &str, headers: &[(&str, &str)]) -> Request {
    Request {
        method: method.to_owned(),
        url: format!("{}{target}", origin.base_url()),
        headers: headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
        body: Sent::Empty,
        connection: Connection::Fresh,
        redirects: 0,
        limit: Duration::from_secs(10),
    }
}

#[tokio::test]
async fn it_answers_what_it_says_it_would_and_counts_by_kind() {
    let origin = origin(segments()).await;
    let client = Client::default();
    let get = client
        .send(&ask(&origin, "GET", "/v/1?a=1", &[]))
        .await
        .unwrap();
    let said = origin.answer(&Asked::new("GET", "/v/1?a=1"));
    assert_eq!((get.status, &get.body), (said.status, &said.body));
    assert!(get.header("date").is_some() && get.header("x-origin-nonce").is_some());
    let tag = get.header("etag").unwrap();
    let known = client
        .send(&ask(&origin, "GET", "/v/1?a=1", &[("If-None-Match", tag)]))
        .await
        .unwrap();
    assert_eq!((known.status, known.body.len()), (304, 0));
    let part = client
        .send(&ask(&origin, "GET", "/v/1?a=1", &[("Range", "bytes=0-9")]))
        .await
        .unwrap();
    assert_eq!((part.status, &part.body[..]), (206, &get.body[..10]));
    let head = client
        .send(&ask(&origin, "HEAD", "/v/1?a=1", &[]))
        .await
        .unwrap();
    assert_eq!(head.header("content-length"), Some("50000"));
    assert_eq!(
        client
            .send(&ask(&origin, "GET", "/none", &[]))
            .await
            .unwrap()
            .status,
        404
    );
    let counts = origin.counts(&Pattern::new("/v/1"));
    let kinds = (
        counts.requests,
        counts.full,
        counts.conditional,
        counts.ranges,
        counts.heads,
    );
    assert_eq!((kinds, counts.bytes), ((4, 1, 1, 1, 1), 50_010));
    origin.settle().await;
    assert_eq!(origin.counts(&Pattern::new("/v/1")), Counts::default());
}

#[tokio::test]
async fn words_are_filled_in_and_a_post_changes_its_path() {
    let origin = origin(segments()).await;
    let client = Client::default();
    let before = client
        .send(&ask(&origin, "GET", "/v/1", &[]))
        .await
        .unwrap();
    assert_eq!(
        client
            .send(&ask(&origin, "POST", "/v/1", &[]))
            .await
            .unwrap()
            .status,
        204
    );
    let after = client
        .send(&ask(&origin, "GET", "/v/1", &[]))
        .await
        .unwrap();
    assert_ne!(before.body, after.body);
    assert_ne!(before.header("etag"), after.header("etag"));
    origin.change("/chunks");
    let text = client
        .send(&ask(&origin, "GET", "/chunks", &[("X-User", "ann")]))
        .await
        .unwrap();
    assert_eq!(text.body, b"for ann, 1");
    assert_eq!(text.header("content-length"), None);
}

#[tokio::test]
async fn trouble_lasts_as_many_times_as_it_says() {
    let origin = origin(segments()).await;
    let client = Client::default();
    let trouble = |what| Trouble {
        at: Pattern::new("/v/1"),
        what,
        times: Some(1),
    };
    origin.trouble(trouble(What::Truncate(40_000)));
    let cut = client.send(&ask(&origin, "GET", "/v/1", &[])).await;
    assert!(
        matches!(cut, Err(TransportError::BodyCut { .. })),
        "{cut:?}"
    );
    origin.trouble(trouble(What::Status(500)));
    assert_eq!(
        client
            .send(&ask(&origin, "GET", "/v/1", &[]))
            .await
            .unwrap()
            .status,
        500
    );
    origin.trouble(trouble(What::Drip(20_000, Duration::from_millis(30))));
    let slow = client
        .send(&ask(&origin, "GET", "/v/1", &[]))
        .await
        .unwrap();
    assert!(
        slow.duration >= Duration::from_millis(60),
        "{:?}",
        slow.duration
    );
    let whole = client
        .send(&ask(&origin, "GET", "/v/1", &[]))
        .await
        .unwrap();
    assert_eq!((whole.status, whole.body.len()), (200, 50_000));
}

#[tokio::test]
async fn what_is_held_is_answered_when_it_is_released() {
    let origin = origin(segments()).await;
    let at = Pattern::new("/v/1");
    origin.trouble(Trouble {
        at: at.clone(),
        what: What::Hold,
        times: None,
    });
    let client = Client::default();
    let request = ask(&origin, "GET", "/v/1", &[]);
    let (answer, came) = tokio::join!(client.send(&request), async {
        let came = origin.wait_for(&at, 1, Duration::from_secs(5)).await;
        origin.release();
        came
    });
    assert_eq!((answer.unwrap().status, came), (200, 1));
}

#[tokio::test]
async fn while_it_is_down_connections_are_refused_and_open_ones_reset() {
    let origin = origin(segments()).await;
    let at = Pattern::new("/v/1");
    origin.trouble(Trouble {
        at: at.clone(),
        what: What::Hang,
        times: None,
    });
    let client = Client::default();
    let request = ask(&origin, "GET", "/v/1", &[]);
    let (cut, ()) = tokio::join!(client.send(&request), async {
        origin.wait_for(&at, 1, Duration::from_secs(5)).await;
        origin.set_down(true).await;
    });
    assert!(matches!(cut, Err(TransportError::Reset(_))), "{cut:?}");
    let refused = client.send(&request).await;
    assert!(
        matches!(refused, Err(TransportError::Refused(_))),
        "{refused:?}"
    );
    origin.settle().await;
    assert_eq!(client.send(&request).await.unwrap().status, 200);
}
