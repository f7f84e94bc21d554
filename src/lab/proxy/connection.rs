//! A connection of a proxy: a client's and a server's socket, and a pump each way.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::fault::Direction;
use super::pump::{End, Pump};
use super::switch::Switch;

/// How long the other side may go on sending after an orderly end.
const LINGER: Duration = Duration::from_secs(1);

/// Carries bytes both ways until both have ended, or a fault ends them.
pub(super) async fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    switch: &Switch,
    number: u64,
) {
    // Without it small pieces may wait for 40 ms; a socket that refuses the option still works.
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let pump =
            |from, to, way| Pump::new(from, to, switch.generator(number, way)).run(switch, way);
        let carried = async {
            tokio::try_join!(
                pump(from_client, to_server, Direction::Up),
                pump(from_server, to_client, Direction::Down),
            )
        };
        tokio::select! {
            biased;
            () = cut(switch) => Err(End::Reset),
            ended = carried => ended.map(|_| ()),
        }
    };
    match ended {
        Ok(()) => {}
        Err(End::Reset) => {
            reset(&client);
            reset(&server);
        }
        Err(End::Closed) => {
            tokio::join!(close(client), close(server));
        }
    }
}

/// Ends when every connection is cut. A reset knows no direction, and reaches a connection of which one half has ended.
async fn cut(switch: &Switch) {
    loop {
        let changed = switch.changed();
        if switch.at_the_door().1 {
            return;
        }
        changed.await;
    }
}

/// Makes the socket end in a reset when it is dropped.
pub(super) fn reset(stream: &TcpStream) {
    // A socket that refuses this is already gone.
    let _ = stream.set_zero_linger();
}

/// Ends the stream in order. What still comes is read, because closing a socket with unread bytes would reset it.
async fn close(mut stream: TcpStream) {
    let rest = async {
        stream.shutdown().await?;
        let mut sink = vec![0; 4096];
        while stream.read(&mut sink).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    let _ = timeout(LINGER, rest).await;
}
