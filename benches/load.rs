//! What a load costs, and how well it keeps its rate: against a null server in this process, beside a client that
//! sends the same request by hand on one connection.
//!
//! Run with `cargo bench --bench load`. The processor time per request is the sending thread's alone, and holds on a
//! busy machine too; the lateness is as much the machine's as the load's. To compare with other programs, let each send
//! to the same server in turn, several times, on one core: `taskset -c 0 oha -z 2s -c 16 URL` beside
//! `taskset -c 0 course lab load -d 2s -c 16 URL`.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use course::lab::load::{Arrivals, Figures, Load, Null, Pattern, Piece, run};

const LASTING: Duration = Duration::from_secs(1);
const ROUNDS: usize = 5;

fn main() -> io::Result<()> {
    let null = Null::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut out = io::stdout();
    writeln!(out, "closed          req/s  cpu us/req  ratio to by hand")?;
    let bare = median(
        (0..ROUNDS)
            .map(|_| by_hand(null.addr()))
            .collect::<Result<_, _>>()?,
    );
    writeln!(out, "by hand    {bare:>10.0}           -              1.00")?;
    for connections in [1, 16, 64] {
        let all = (0..ROUNDS)
            .map(|_| runtime.block_on(run(load(null.addr(), Arrivals::Closed, connections))));
        let all: Vec<Figures> = all.collect::<Result<_, _>>()?;
        let rate = median(all.iter().map(|f| f.rate).collect());
        let cost = median(all.iter().map(cost).collect());
        writeln!(
            out,
            "{connections:>3} conns. {rate:>11.0} {cost:>11.2} {:>17.2}",
            rate / bare
        )?;
    }
    writeln!(
        out,
        "\nopen        due/s    sent  cpu us/req  late p50 us  late p99 us"
    )?;
    for rate in [1_000, 10_000] {
        let all =
            (0..ROUNDS).map(|_| runtime.block_on(run(load(null.addr(), Arrivals::Open(rate), 10))));
        let all: Vec<Figures> = all.collect::<Result<_, _>>()?;
        let sent = median(all.iter().map(|f| number(f.sent)).collect());
        let cost = median(all.iter().map(cost).collect());
        let late = |of: fn(&Figures) -> Duration| {
            median(all.iter().map(|f| of(f).as_secs_f64() * 1e6).collect())
        };
        let (p50, p99) = (late(|f| f.lateness.p50), late(|f| f.lateness.p99));
        writeln!(
            out,
            "        {rate:>9} {sent:>7.0} {cost:>11.2} {p50:>12.0} {p99:>12.0}"
        )?;
    }
    Ok(())
}

fn load(target: SocketAddr, arrivals: Arrivals, connections: usize) -> Load {
    Load {
        arrivals,
        connections,
        warmup: Duration::from_millis(100),
        lasting: LASTING,
        count: None,
        timeout: Duration::from_secs(5),
        mix: vec![Pattern {
            weight: 1,
            target,
            method: "GET".to_owned(),
            path: vec![Piece::Plain("/items/1".to_owned())],
            headers: Vec::new(),
            body: Vec::new(),
        }],
        seed: 1,
    }
}

/// Processor time of the sending thread per request, in microseconds; not a number where the system does not tell.
fn cost(figures: &Figures) -> f64 {
    let busy = figures.busy.unwrap_or(f64::NAN);
    busy * figures.window.as_secs_f64() * 1e6 / number(figures.sent)
}

/// Requests per second of a client that only writes and reads.
fn by_hand(target: SocketAddr) -> io::Result<f64> {
    let mut stream = TcpStream::connect(target)?;
    stream.set_nodelay(true)?;
    let request = format!("GET /items/1 HTTP/1.1\r\nhost: {target}\r\n\r\n");
    let mut buffer = [0; 4096];
    let began = Instant::now();
    let mut sent = 0_u64;
    while began.elapsed() < LASTING {
        stream.write_all(request.as_bytes())?;
        // The answer of a null server comes in one piece.
        if stream.read(&mut buffer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        sent += 1;
    }
    Ok(number(sent) / began.elapsed().as_secs_f64())
}

fn number(n: u64) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
