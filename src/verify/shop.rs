//! The shop: where the servers of an exercise come from, each as a fresh copy that can be run.

use std::path::{Path, PathBuf};

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::base::source::{Source, SourceError};
use crate::checks::check::CheckFile;
use crate::checks::world::Submission;
use crate::exercises::{Exercise, File, Language};
use crate::lab::guard::Guard;

use super::claim::Claim;
use super::expect::{self, Expect};
use super::folder;
use super::junk::{self, Junk};
use super::mutant::{self, Kind, Mutation};
use super::server::{Absence, Server};

/// Where servers come from and what they are run with.
pub struct Shop<'a> {
    /// The content.
    pub source: &'a Source,
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The languages of the course.
    pub languages: &'a [Language],
    /// The checks.
    pub checks: &'a CheckFile,
    /// This very program, for junk servers and mutants.
    pub program: &'a Path,
    /// Where packages are kept.
    pub packages: PathBuf,
    /// Cleans up after `course` if it is killed.
    pub guard: &'a Guard,
    /// Whether this machine has a program.
    pub has: Box<dyn Fn(&str) -> bool + 'a>,
}

/// Why the servers of an exercise cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// Files of the course cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// `expect.toml` or `mutants.toml` files have mistakes.
    #[error("the files of wrong servers have mistakes")]
    Mistakes(Vec<Diagnostic>),
}

impl Shop<'_> {
    /// The solutions.
    ///
    /// # Errors
    /// When their files cannot be read.
    pub fn solutions(&self, wants: &dyn Fn(&str) -> bool) -> Result<Vec<Server>, ShopError> {
        let slugs = self.exercise.solutions(self.source)?;
        self.in_languages(&slugs, "solutions", wants, &Claim::Solution)
    }

    /// The starters.
    ///
    /// # Errors
    /// When their files cannot be read.
    pub fn starters(&self, wants: &dyn Fn(&str) -> bool) -> Result<Vec<Server>, ShopError> {
        let slugs = self.exercise.starters(self.source)?;
        let claim = Claim::Starter(self.exercise.starter_fails.clone());
        self.in_languages(&slugs, "starters", wants, &claim)
    }

    fn in_languages(
        &self,
        slugs: &[Slug],
        kind: &str,
        wants: &dyn Fn(&str) -> bool,
        claim: &Claim,
    ) -> Result<Vec<Server>, ShopError> {
        let mut servers = Vec::new();
        for slug in slugs {
            let name = format!("{kind}/{slug}");
            let language = self.languages.iter().find(|l| l.slug == *slug);
            // What has no command is notes for people, not a server.
            if !wants(&name) || language.is_some_and(|l| l.run.is_empty()) {
                continue;
            }
            let files = if kind == "solutions" {
                self.exercise.solution(self.source, slug)?
            } else {
                self.exercise.starter(self.source, slug)?
            };
            servers.push(match language {
                Some(language) => self.server(name, claim.clone(), &language.run, &files),
                None => Server::absent(
                    name,
                    claim.clone(),
                    Absence::Wrong(format!("`exercises/languages.toml` has no `{slug}`")),
                ),
            });
        }
        Ok(servers)
    }

    /// The broken servers.
    ///
    /// # Errors
    /// When their files cannot be read, and every mistake in their `expect.toml`.
    pub fn broken(&self, wants: &dyn Fn(&str) -> bool) -> Result<Vec<Server>, ShopError> {
        let solutions = self.exercise.solutions(self.source)?;
        let mut servers = Vec::new();
        let mut mistakes = Vec::new();
        for slug in self.exercise.broken(self.source)? {
            let name = format!("broken/{slug}");
            if !wants(&name) {
                continue;
            }
            let path = format!("exercises/{}/{name}/{}", self.exercise.slug, expect::FILE);
            let text = self.source.text(&path)?;
            match Expect::read(&path, &text, self.checks, &solutions) {
                Ok(expect) => {
                    let files = self.broken_files(&slug, &expect)?;
                    let run = expect.run.clone();
                    servers.push(self.server(name, Claim::Broken(expect), &run, &files));
                }
                Err(found) => mistakes.extend(found),
            }
        }
        if mistakes.is_empty() {
            Ok(servers)
        } else {
            Err(ShopError::Mistakes(mistakes))
        }
    }

    /// The files of a broken server, and those of the solution that it is made from where it has none of its own.
    fn broken_files(&self, slug: &Slug, expect: &Expect) -> Result<Vec<File>, ShopError> {
        let mut files = self.exercise.broken_files(self.source, slug)?;
        if let Some(base) = &expect.base {
            for file in self.exercise.solution(self.source, base)? {
                if !files.iter().any(|own| own.path == file.path) {
                    files.push(file);
                }
            }
        }
        Ok(files)
    }

    /// The server that an author means by `solution`, `starter`, one of these with its language as in
    /// `solution/python`, or `broken/NAME`. Without a language it is the first that can be run here. `None` when the
    /// exercise has no such server.
    ///
    /// # Errors
    /// When its files cannot be read, or have mistakes.
    pub fn one(&self, typed: &str) -> Result<Option<Server>, ShopError> {
        let (kind, name) = match typed.split_once('/') {
            Some((kind, name)) => (kind, Some(name)),
            None => (typed, None),
        };
        let kind = match kind {
            "solution" => "solutions",
            "starter" => "starters",
            other => other,
        };
        let meant = |of: &Slug| name.is_none_or(|name| name == of.as_str());
        let mut slugs = match kind {
            "solutions" => self.exercise.solutions(self.source)?,
            "starters" => self.exercise.starters(self.source)?,
            "broken" if name.is_some() => self.exercise.broken(self.source)?,
            _ => Vec::new(),
        };
        slugs.retain(meant);
        slugs.sort_by_key(|slug| self.installs(slug));
        let mut found = None;
        for slug in slugs {
            let wanted = format!("{kind}/{slug}");
            let wants = |name: &str| name == wanted;
            let made = match kind {
                "solutions" => self.solutions(&wants)?,
                "starters" => self.starters(&wants)?,
                _ => self.broken(&wants)?,
            };
            for server in made {
                if server.submission.is_ok() {
                    return Ok(Some(server));
                }
                found.get_or_insert(server);
            }
        }
        Ok(found)
    }

    /// Whether a language has packages to install.
    fn installs(&self, slug: &Slug) -> bool {
        let language = self.languages.iter().find(|l| l.slug == *slug);
        language.is_none_or(|l| l.install.is_some())
    }

    /// The junk servers.
    #[must_use]
    pub fn junk(&self, wants: &dyn Fn(&str) -> bool) -> Vec<Server> {
        let server = |kind: Junk| Server {
            name: format!("junk/{}", kind.name()),
            claim: Claim::Junk,
            submission: Ok(Submission::Managed {
                command: vec![
                    self.program.display().to_string(),
                    junk::ARGUMENT.to_owned(),
                    kind.name().to_owned(),
                    self.checks.server.ready_path.clone(),
                ],
                folder: std::env::temp_dir(),
            }),
            folder: None,
            mutation: None,
        };
        let all = Junk::ALL.into_iter().map(server);
        all.filter(|s| wants(&s.name)).collect()
    }

    /// The mutants of a solution: of the first that needs no packages, else of the first that can be run here.
    ///
    /// # Errors
    /// When files cannot be read, or `mutants.toml` has mistakes.
    pub fn mutants(&self, wants: &dyn Fn(&str) -> bool) -> Result<Vec<Server>, ShopError> {
        let survivors = self.survivors()?;
        let mut solutions = self.exercise.solutions(self.source)?;
        solutions.sort_by_key(|slug| self.installs(slug));
        let mut servers = Vec::new();
        for mutation in &mutant::ALL {
            let name = format!("mutants/{}", mutation.name);
            if !wants(&name) {
                continue;
            }
            let survivor = survivors.iter().find(|(known, _)| known == mutation.name);
            let claim = match (mutation.kind, survivor) {
                (Kind::Nothing, _) => Claim::Solution,
                (_, Some((_, why))) => Claim::Survivor(why.clone()),
                (_, None) => Claim::Mutant,
            };
            for slug in &solutions {
                let Some(language) = self.languages.iter().find(|l| l.slug == *slug) else {
                    continue;
                };
                let files = self.exercise.solution(self.source, slug)?;
                let server = self.server(name.clone(), claim.clone(), &language.run, &files);
                if server.submission.is_ok() {
                    servers.push(self.mutant(server, mutation));
                    break;
                }
            }
        }
        Ok(servers)
    }

    fn survivors(&self) -> Result<Vec<(String, String)>, ShopError> {
        let path = format!("exercises/{}/{}", self.exercise.slug, mutant::FILE);
        if !self.source.has(&path) {
            return Ok(Vec::new());
        }
        mutant::survivors(&path, &self.source.text(&path)?).map_err(ShopError::Mistakes)
    }

    /// The server behind the proxy of a mutation.
    fn mutant(&self, mut server: Server, mutation: &'static Mutation) -> Server {
        if let Ok(Submission::Managed { command, folder }) = &mut server.submission {
            let log = folder.join("course-mutant.log");
            let mut proxied = vec![
                self.program.display().to_string(),
                mutant::ARGUMENT.to_owned(),
                mutation.name.to_owned(),
                self.checks.server.ready_path.clone(),
                log.display().to_string(),
                "--".to_owned(),
            ];
            proxied.append(command);
            *command = proxied;
            server.mutation = Some((mutation, log));
        }
        server
    }

    /// A server of these files, run by this command in a copy of its own.
    fn server(&self, name: String, claim: Claim, run: &str, files: &[File]) -> Server {
        let Some(command) = shlex::split(run).filter(|words| !words.is_empty()) else {
            let reason = format!("`{run}` is no command");
            return Server::absent(name, claim, Absence::Wrong(reason));
        };
        // The language that starts its servers with this program says what else is needed.
        let language = self
            .languages
            .iter()
            .find(|l| shlex::split(&l.run).is_some_and(|w| w.first() == command.first()));
        let needs = language.iter().flat_map(|l| &l.needs);
        let programs = needs.map(|need| &need.command).chain(command.first());
        if let Some(program) = programs.into_iter().find(|p| !(self.has)(p)) {
            let reason = format!("`{program}` is not installed");
            return Server::absent(name, claim, Absence::Missing(reason));
        }
        let install = language.and_then(|l| l.install.as_deref());
        match folder::copy(files, install, &self.packages, self.guard) {
            Ok(folder) => Server {
                name,
                claim,
                submission: Ok(Submission::Managed {
                    command,
                    folder: folder.path().to_owned(),
                }),
                folder: Some(folder),
                mutation: None,
            },
            Err(reason) => Server::absent(name, claim, Absence::Wrong(reason)),
        }
    }
}
