//! The home of a cluster: a temporary folder that whoever runs the cluster owns.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use nix::unistd::{Uid, User};
use tempfile::TempDir;

use super::cluster::ClusterError;
use crate::lab::guard::{FOLDER_PREFIX, Guard};

/// Who runs the cluster when `course` is run by root, which PostgreSQL refuses to be.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// The temporary folder with its data. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Home {
    folder: Option<TempDir>,
    account: Option<(u32, u32)>,
    guard: Guard,
}

impl Home {
    /// A folder for whoever may run a cluster, with the administrator's password in the file `password`.
    pub(super) fn new(password: &str, guard: &Guard) -> Result<Self, ClusterError> {
        let machine = |e: std::io::Error| ClusterError::Machine(e.to_string());
        let account = account()?;
        let folder = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir();
        let folder = folder.map_err(machine)?;
        guard.add_folder(folder.path());
        let home = Self {
            folder: Some(folder),
            account,
            guard: guard.clone(),
        };
        prepare(home.path(), password, account).map_err(machine)?;
        match account.and_then(|account| closed(home.path(), account)) {
            None => Ok(home),
            Some(closed) => Err(ClusterError::Machine(format!(
                "it runs as another user than root, who may not enter `{}`; set TMPDIR to a folder that everybody may \
                 enter, such as /tmp",
                closed.display()
            ))),
        }
    }

    /// What the program that was started last has printed, which goes into the file `output`.
    pub(super) fn output(&self) -> String {
        let output = fs::read(self.path().join("output")).unwrap_or_default();
        String::from_utf8_lossy(&output).into_owned()
    }

    /// Who must run the cluster, when it cannot be us.
    pub(super) fn account(&self) -> Option<(u32, u32)> {
        self.account
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new(""), TempDir::path)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            let path = folder.path().to_owned();
            drop(folder);
            self.guard.remove_folder(&path);
        }
    }
}

/// The user and group to run as, when it cannot be our own.
fn account() -> Result<Option<(u32, u32)>, ClusterError> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let mut users = USERS
        .iter()
        .filter_map(|name| User::from_name(name).ok().flatten());
    let user = users.find(|user| !user.uid.is_root()).ok_or_else(|| {
        ClusterError::Machine(
            "root may not run it, and this machine has neither a user `postgres` nor `nobody`; run `course` as \
             another user"
                .to_owned(),
        )
    })?;
    Ok(Some((user.uid.as_raw(), user.gid.as_raw())))
}

/// Gives the folder, with the password in a file that only its owner can read, to whoever runs the cluster.
fn prepare(folder: &Path, password: &str, account: Option<(u32, u32)>) -> std::io::Result<()> {
    let file = folder.join("password");
    fs::write(&file, "")?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    fs::write(&file, password)?;
    if let Some((user, group)) = account {
        chown(&file, Some(user), Some(group))?;
        chown(folder, Some(user), Some(group))?;
    }
    Ok(())
}

/// The first folder on the way to this one that the account may not enter.
fn closed(folder: &Path, (user, group): (u32, u32)) -> Option<&Path> {
    let admits = |folder: &&Path| {
        fs::metadata(folder).is_ok_and(|found| {
            let mode = found.mode();
            let theirs = |owner: u32, own: u32, bit: u32| owner == own && mode & bit != 0;
            mode & 0o001 != 0
                || theirs(found.uid(), user, 0o100)
                || theirs(found.gid(), group, 0o010)
        })
    };
    folder.ancestors().find(|folder| !admits(folder))
}
