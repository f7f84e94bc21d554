//! What an internet leaves behind: no socket, no thread, no file, whatever ends it.
//!
//! They are counted over the whole process, so the count is done alone in one: the test starts itself again.

use std::fs::read_dir;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tokio::net::TcpStream;

use super::*;

/// How many sockets and threads this process has.
fn held() -> (usize, usize) {
    let fds = read_dir("/proc/self/fd").unwrap().flatten();
    let sockets = fds.filter_map(|fd| std::fs::read_link(fd.path()).ok());
    let sockets = sockets.filter(|to| to.to_string_lossy().starts_with("socket:"));
    let threads = read_dir("/proc/self/task").unwrap();
    (sockets.count(), threads.count())
}

/// Waits until everything of an internet that was dropped is gone.
async fn gone(held: std::sync::Weak<Shared>) {
    let gone = async {
        while held.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, gone).await.unwrap();
}

/// Ends after a whole visit, with its connections still open.
async fn after_a_visit(folder: &Path) {
    let net = Internet::start(70, folder).await.unwrap();
    let mut client = Client::new(&net.env());
    let (report, _) = differences(&net, &mut client, &site(&net)).await;
    assert!(report.get("error").is_none(), "{report}");
    let held = Arc::downgrade(&net.shared);
    drop(net);
    drop(client);
    gone(held).await;
}

/// Ends while somebody stands at every port and has said half a word.
async fn in_the_middle(folder: &Path) {
    let net = Internet::start(71, folder).await.unwrap();
    let mut open = Vec::new();
    for (name, addr) in &net.map {
        if name.starts_with("tcp") && !name.contains(&net.shared.plan.closed.to_string()) {
            let stream = TcpStream::connect(addr).await.unwrap();
            let sent = stream.try_write(&[22]);
            assert!(sent.is_ok_and(|n| n == 1), "{name}");
            open.push(stream);
        }
    }
    net.settle().await;
    let held = Arc::downgrade(&net.shared);
    drop(net);
    gone(held).await;
}

/// Ends before it has begun, wherever it may be by then.
async fn while_it_starts(folder: &Path) {
    for steps in 0..40 {
        let mut start = std::pin::pin!(Internet::start(72, folder));
        for _ in 0..steps {
            let turn = std::time::Duration::ZERO;
            if tokio::time::timeout(turn, &mut start).await.is_ok() {
                break;
            }
        }
    }
    // What was started has no task that runs; whoever was spawned ends at its next turn.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[test]
#[ignore = "counts the whole process, so the test below runs it alone in one"]
fn alone() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        // What the runtime itself opens with its first socket stays.
        after_a_visit(folder.path()).await;
        let before = held();
        for _ in 0..5 {
            after_a_visit(folder.path()).await;
            in_the_middle(folder.path()).await;
            while_it_starts(folder.path()).await;
            assert_eq!(held(), before, "sockets and threads");
        }
        let files: Vec<_> = read_dir(folder.path()).unwrap().flatten().collect();
        assert_eq!(
            files.len(),
            1,
            "the certificate, which goes with its folder: {files:?}"
        );
    });
}

#[test]
fn no_socket_thread_or_file_is_left_after_any_end() {
    let name = format!("{}::alone", module_path!().split_once("::").unwrap().1);
    let program = std::env::current_exe().unwrap();
    let ran = Command::new(program)
        .args(["--exact", &name, "--ignored", "--test-threads=1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}
