//! What a check costs: 1,000 checks of one request and three expectations each, against a server in this process,
//! beside a client that sends the same requests by hand and looks at nothing.
//!
//! Run with `cargo bench --bench grade`. The ratios hold on any machine; the times are this machine's. To compare with
//! other programs, write the same requests in their form and time each whole process in turn, several times, on one
//! core: `taskset -c 0 hurl --no-output FILE` beside `taskset -c 0 course check --file FILE --url URL`.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use course::base::mask::Mask;
use course::checks::check::CheckFile;
use course::checks::file::{Anchors, decode};
use course::checks::variable::Seed;
use course::checks::world::{Plan, Submission};
use course::grading::permit::Permits;
use course::grading::runner::{AfterFailure, Run, run};
use course::lab::database::Databases;
use course::lab::guard::Guard;
use course::lab::http::Client;

const CHECKS: usize = 1_000;
const ROUNDS: usize = 9;
const BODY: &str = r#"{"name":"alice","nested":{"n":3}}"#;

fn main() -> io::Result<()> {
    let address = serve()?;
    let text = checks();
    let (mut decoded, mut graded, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let file = decode("bench.toml", &text, &Anchors::new(), &|_| None);
        let file = file.map_err(|problems| io::Error::other(format!("{problems:?}")))?;
        decoded.push(began.elapsed());
        let began = Instant::now();
        grade(&file, address)?;
        graded.push(began.elapsed());
        let began = Instant::now();
        by_hand(address)?;
        bare.push(began.elapsed());
    }
    let (decoded, graded, bare) = (median(decoded), median(graded), median(bare));
    let mut out = io::stdout();
    writeln!(out, "{CHECKS} checks       per check  ratio to bare")?;
    for (name, took) in [
        ("decode", decoded),
        ("grade", graded),
        ("bare requests", bare),
    ] {
        let each = took / u32::try_from(CHECKS).expect("a thousand fits");
        let ratio = took.as_secs_f64() / bare.as_secs_f64();
        writeln!(out, "{name:14} {each:>12.1?} {ratio:>14.2}")?;
    }
    Ok(())
}

fn checks() -> String {
    let mut text = "course = 1\nexercise = \"bench\"\n[instance.a]\n".to_owned();
    for i in 0..CHECKS {
        let _ = write!(
            text,
            "[[check]]\nid = \"c{i}\"\ntitle = \"It answers\"\npoints = 1\n[[check.step]]\n\
             http = {{ on = \"a\", get = \"/json?n={i}\" }}\nexpect.status = 200\n\
             expect.json.\"$.name\" = \"alice\"\nexpect.json.\"$.nested.n\" = 3\n"
        );
    }
    text
}

fn grade(file: &CheckFile, address: SocketAddr) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let request = Run {
        file,
        title: "bench",
        plan: Plan {
            submission: Submission::Url(format!("http://{address}")),
            seed: Seed::new("81f2"),
            guard: Guard::none(),
            mask: Mask::default(),
            client: Client::default(),
            databases: Databases::Sqlite,
            answered: None,
        },
        wanted: Vec::new(),
        after_failure: AfterFailure::GoOn,
        permits: Permits::new(1, 1),
        bodies: PathBuf::new(),
    };
    let done = runtime
        .block_on(run(&request, &mut |_| {}))
        .map_err(io::Error::other)?;
    if done.grade.earned as usize == CHECKS {
        Ok(())
    } else {
        Err(io::Error::other("some checks failed"))
    }
}

/// The same requests, one after the other on one connection.
fn by_hand(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    for i in 0..CHECKS {
        let request = format!("GET /json?n={i} HTTP/1.1\r\nhost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut got = 0;
        while !buffer[..got].ends_with(BODY.as_bytes()) {
            let n = stream.read(&mut buffer[got..])?;
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            got += n;
        }
    }
    Ok(())
}

/// Answers every request with the same body, each connection on a thread of its own.
fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream.try_clone()?);
    let length = BODY.len();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{BODY}");
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        if line == "\r\n" {
            stream.write_all(answer.as_bytes())?;
        }
        line.clear();
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
