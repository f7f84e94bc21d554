//! Memory: how much of it a process group holds. Linux says it in `/proc`, macOS through `ps`.

/// The resident memory of all processes of a group, in bytes; `None` where it cannot be read.
#[must_use]
pub fn resident(group: u32) -> Option<u64> {
    if cfg!(target_os = "linux") {
        from_proc(group)
    } else if cfg!(target_os = "macos") {
        from_ps(group)
    } else {
        None
    }
}

fn from_proc(group: u32) -> Option<u64> {
    let mut sum = None;
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let path = entry.path();
        // A process may end at any moment between two looks at it.
        let Ok(stat) = std::fs::read_to_string(path.join("stat")) else {
            continue;
        };
        // The name, in parentheses, may itself hold spaces and parentheses.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        if fields
            .split_whitespace()
            .nth(2)
            .and_then(|text| text.parse().ok())
            != Some(group)
        {
            continue;
        }
        let status = std::fs::read_to_string(path.join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        sum = Some(sum.unwrap_or(0) + kilobytes.unwrap_or(0) * 1024);
    }
    sum
}

fn from_ps(group: u32) -> Option<u64> {
    let listed = std::process::Command::new("ps")
        .args(["-axo", "pgid=,rss="])
        .output()
        .ok()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let of_group = listed.lines().filter_map(|line| {
        let (of, kilobytes) = line.trim().split_once(char::is_whitespace)?;
        (of.parse() == Ok(group)).then(|| kilobytes.trim().parse::<u64>().ok())?
    });
    let all: Vec<u64> = of_group.collect();
    (!all.is_empty()).then(|| all.iter().sum::<u64>() * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_group_holds_some_memory_and_a_group_that_is_not_there_none() {
        let group = u32::try_from(nix::unistd::getpgrp().as_raw()).unwrap();
        assert!(from_ps(group).is_some_and(|bytes| bytes > 1_000_000));
        assert!(resident(group).is_some_and(|bytes| bytes > 1_000_000));
        assert_eq!(resident(u32::MAX), None);
    }
}
