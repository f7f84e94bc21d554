//! A name that somebody typed, and the nearest ones when it is not there.

use crate::base::text::nearest;
use crate::course::Course;
use crate::exercises::Exercise;
use crate::lessons::Lesson;

use super::error::Error;

/// The lesson with this number, slug, or beginning of one slug only.
///
/// # Errors
/// When there is none, or several begin so.
pub fn lesson<'c>(course: &'c Course, typed: &str) -> Result<&'c Lesson, Error> {
    if let Ok(number) = typed.parse::<u32>() {
        let found = course.lessons.iter().find(|l| l.number == number);
        let last = course.lessons.last().map_or(0, |l| l.number);
        return found.ok_or_else(|| {
            Error::Usage(format!(
                "there is no lesson {number}; lessons go from 1 to {last}, see `course list`"
            ))
        });
    }
    let slugs: Vec<&str> = course.lessons.iter().map(|l| l.slug.as_str()).collect();
    Ok(&course.lessons[pick("lesson", typed, &slugs)?])
}

/// The exercise with this slug, or the beginning of one slug only.
///
/// # Errors
/// When there is none, or several begin so.
pub fn exercise<'c>(course: &'c Course, typed: &str) -> Result<&'c Exercise, Error> {
    let slugs: Vec<&str> = course.exercises.iter().map(|e| e.slug.as_str()).collect();
    Ok(&course.exercises[pick("exercise", typed, &slugs)?])
}

/// The place of `typed` among `names`: the whole of one, or the beginning of one only.
///
/// # Errors
/// When there is none, with the nearest, or when several begin so.
pub fn pick(noun: &str, typed: &str, names: &[&str]) -> Result<usize, Error> {
    if let Some(place) = names.iter().position(|name| *name == typed) {
        return Ok(place);
    }
    let begin: Vec<usize> = (0..names.len())
        .filter(|i| !typed.is_empty() && names[*i].starts_with(typed))
        .collect();
    match begin.as_slice() {
        [only] => Ok(*only),
        [] => Err(Error::Usage(unknown(noun, typed, names))),
        several => {
            let names: Vec<String> = several.iter().map(|i| format!("`{}`", names[*i])).collect();
            let names = names.join(", ");
            Err(Error::Usage(format!(
                "several names begin with `{typed}`: {names}; type more of one"
            )))
        }
    }
}

/// Says that there is no such thing, and what is near.
#[must_use]
pub fn unknown(noun: &str, typed: &str, names: &[&str]) -> String {
    // People leave words out more often than letters, so a name that contains what was typed is near too.
    let near = nearest(typed, names.iter().copied())
        .or_else(|| {
            names
                .iter()
                .copied()
                .find(|name| typed.len() > 2 && name.contains(typed))
        })
        .or_else(|| {
            let head = |name: &'_ str| name.split('-').next().map(str::to_owned);
            names
                .iter()
                .copied()
                .find(|name| head(name).is_some_and(|h| nearest(typed, [h.as_str()]).is_some()))
        });
    match near {
        Some(near) => format!("there is no {noun} `{typed}`; did you mean `{near}`?"),
        None if names.is_empty() => {
            format!("there is no {noun} `{typed}`, and no other {noun} here")
        }
        None => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "there is no {noun} `{typed}`; there is {}",
                names.join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["where-state-lives", "where-from", "saying-ok"];

    fn error(typed: &str) -> String {
        pick("lesson", typed, &NAMES).unwrap_err().to_string()
    }

    #[test]
    fn a_beginning_is_enough_when_it_is_the_only_one() {
        assert_eq!(pick("lesson", "say", &NAMES).unwrap(), 2);
        assert_eq!(
            error("where"),
            "several names begin with `where`: `where-state-lives`, `where-from`; type more of one"
        );
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest() {
        assert_eq!(
            error("where-stat-lifes"),
            "there is no lesson `where-stat-lifes`; did you mean `where-state-lives`?"
        );
        assert_eq!(
            error("state"),
            "there is no lesson `state`; did you mean `where-state-lives`?"
        );
        assert_eq!(
            error("sayng"),
            "there is no lesson `sayng`; did you mean `saying-ok`?"
        );
        assert_eq!(
            error("zzz"),
            "there is no lesson `zzz`; there is `where-state-lives`, `where-from`, `saying-ok`"
        );
    }
}
