//! Raw bytes on a TCP connection, for what no HTTP client would send.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::transport::TransportError;

/// What came back on the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// The bytes, 1 MiB at most.
    pub bytes: Vec<u8>,
    /// How the reading ended.
    pub end: End,
    /// Time from the connection to that end.
    pub duration: Duration,
}

/// How reading from a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The server closed it, in order or by a reset.
    Closed,
    /// The limit on time or size was reached.
    Limit,
}

/// How bytes are sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// One byte at a time with this pause.
    pub drip: Option<Duration>,
    /// Whether the sending side is closed after the bytes.
    pub half_close: bool,
}

/// Sends `bytes` and reads until the server closes or the limit is reached.
///
/// # Errors
/// When no connection can be made.
pub async fn talk(
    address: SocketAddr,
    bytes: &[u8],
    manner: Manner,
    limit: Duration,
) -> Result<RawAnswer, TransportError> {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address)
        .await
        .map_err(|e| match e.kind() {
            io::ErrorKind::ConnectionRefused => TransportError::Refused(address.to_string()),
            _ => TransportError::Other(e.to_string()),
        })?;
    let mut received = Vec::new();
    let conversation = async {
        let (mut reader, mut writer) = stream.split();
        let sending = async {
            // The server may close before everything is sent, which is an answer too.
            let _ = match manner.drip {
                None => writer.write_all(bytes).await,
                Some(pause) => drip(&mut writer, bytes, pause).await,
            };
            if manner.half_close {
                let _ = writer.shutdown().await;
            }
        };
        let reading = read_all(&mut reader, &mut received);
        tokio::pin!(sending);
        tokio::select! {
            end = reading => return end,
            () = &mut sending => {}
        }
        read_all(&mut reader, &mut received).await
    };
    let end = tokio::time::timeout(limit, conversation)
        .await
        .unwrap_or(End::Limit);
    Ok(RawAnswer {
        bytes: received,
        end,
        duration: began.elapsed(),
    })
}

async fn drip(
    writer: &mut (impl tokio::io::AsyncWrite + Unpin),
    bytes: &[u8],
    pause: Duration,
) -> io::Result<()> {
    for byte in bytes {
        writer.write_all(&[*byte]).await?;
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

async fn read_all(reader: &mut (impl tokio::io::AsyncRead + Unpin), into: &mut Vec<u8>) -> End {
    let mut chunk = vec![0; 16 * 1024];
    loop {
        match reader.read(&mut chunk).await {
            Ok(0) | Err(_) => return End::Closed,
            Ok(n) => into.extend_from_slice(&chunk[..n]),
        }
        if into.len() > super::http::BODY_LIMIT {
            return End::Limit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_half_close_reaches_the_server_and_its_answer_comes_back() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            stream.write_all(&all).await.unwrap();
        });
        let manner = Manner {
            half_close: true,
            drip: Some(Duration::from_millis(1)),
        };
        let answer = talk(address, b"hello", manner, Duration::from_secs(20))
            .await
            .unwrap();
        assert_eq!(
            (answer.bytes.as_slice(), answer.end),
            (&b"hello"[..], End::Closed)
        );
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_ends_at_the_limit() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = talk(address, b"x", Manner::default(), Duration::from_millis(20))
            .await
            .unwrap();
        assert_eq!(
            (answer.bytes.as_slice(), answer.end),
            (&b""[..], End::Limit)
        );
    }
}
