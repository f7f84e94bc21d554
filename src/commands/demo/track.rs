//! A track: the language that a lesson's demo runs in, and where its packages are.

use std::path::{Path, PathBuf};

use crate::course::Course;
use crate::exercises::Language;
use crate::lessons::Demo;

use super::super::context::Context;
use super::super::error::Error;
use super::super::{name, tool};

/// What a lesson's demo runs in.
pub(super) struct Track<'c> {
    /// The language.
    pub(super) language: &'c Language,
    /// The folder of its packages, when they are on this machine already.
    pub(super) packages: Option<PathBuf>,
}

impl<'c> Track<'c> {
    /// The language asked for; else the first whose packages are here; else the first that needs none.
    ///
    /// # Errors
    /// What to install, when nothing of it can run.
    pub(super) fn choose(
        typed: Option<&str>,
        course: &'c Course,
        demo: &Demo,
        ctx: &mut Context,
    ) -> Result<Self, Error> {
        let has = |language: &&Language| {
            let folder = format!("{}/{}", demo.folder, language.slug);
            let below = ctx.content.below(&folder);
            below.is_ok_and(|files| !files.is_empty())
        };
        let shipped: Vec<&Language> = course.languages.iter().filter(has).collect();
        if let Some(typed) = typed {
            let slugs: Vec<&str> = shipped.iter().map(|l| l.slug.as_str()).collect();
            let language = shipped[name::pick("language", typed, &slugs)?];
            if let Some(lack) = tool::missing(language, &ctx.env).first() {
                return Err(Error::Unreachable(lack.clone()));
            }
            let packages = packages(language, demo, ctx)?;
            return Ok(Self { language, packages });
        }
        let mut plain = None;
        let mut lacks = Vec::new();
        for language in shipped {
            let missing = tool::missing(language, &ctx.env);
            if !missing.is_empty() {
                lacks.extend(missing);
            } else if language.install.is_none() {
                plain = plain.or(Some(language));
            } else if let packages @ Some(_) = packages(language, demo, ctx)? {
                return Ok(Self { language, packages });
            }
        }
        let language = plain.ok_or_else(|| {
            let first = lacks.into_iter().next();
            Error::Unreachable(
                first.unwrap_or_else(|| "no language can run this demo here".to_owned()),
            )
        })?;
        let packages = None;
        Ok(Self { language, packages })
    }
}

/// The folder with the packages that the demo needs in a language: above this folder, or in that of an exercise which
/// was started.
fn packages(language: &Language, demo: &Demo, ctx: &mut Context) -> Result<Option<PathBuf>, Error> {
    let file = format!("{}/{}/package.json", demo.folder, language.slug);
    let Ok(text) = ctx.content.text(&file) else {
        return Ok(None);
    };
    let package: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let needed = package["dependencies"].as_object();
    let progress = ctx.progress()?;
    let started = progress
        .exercises
        .values()
        .filter_map(|e| e.started.as_ref());
    let has_all = |folder: &PathBuf| {
        let mut names = needed.into_iter().flat_map(serde_json::Map::keys);
        names.all(|name| folder.join(name).is_dir())
    };
    let above = ctx.folder.ancestors();
    let folders = above.chain(started.map(Path::new));
    Ok(folders
        .map(|folder| folder.join("node_modules"))
        .find(has_all))
}
