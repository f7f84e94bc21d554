//! A prediction: a number that is said before it is measured.
//!
//! It is kept at once, and compared when a check has measured the figure. Nobody fails by it.

use super::Verdict;
use super::number::{parse_number, read_tempting};
use super::reading::each_wrong;
use crate::base::slug::Slug;
use crate::base::toml::{Fields, Reader, Value, list};

/// A question answered by a number that a run will measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// What measures it.
    pub measured: Measured,
    /// How far off still counts as close.
    pub tolerance: Tolerance,
    /// What is counted, as in `buyers`; may be empty.
    pub unit: String,
    /// About what is measured, for somebody who never runs it.
    pub otherwise: f64,
    /// Why it comes out as it does.
    pub why: String,
    /// Tempting numbers and why it is not those.
    pub wrong: Vec<(f64, String)>,
}

/// A figure that a check records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Check and name, as in `last-five.sold`.
    pub figure: String,
    /// Which of its measurements.
    pub of: Which,
}

/// Which measurement of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first ever: that of the starter.
    First,
    /// That of the latest run.
    Latest,
}

/// How far off a number may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// By this much.
    By(f64),
    /// By this part of the figure.
    Part(f64),
}

impl Tolerance {
    /// Whether `given` is close enough to `figure`.
    #[must_use]
    pub fn allows(self, given: f64, figure: f64) -> bool {
        let room = match self {
            Self::By(much) => much,
            Self::Part(part) => part * figure.abs(),
        };
        (given - figure).abs() <= room + f64::EPSILON
    }
}

impl Prediction {
    pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Option<Self> {
        let measured = reader
            .required(fields, "measured")
            .and_then(|value| Measured::read(reader, value));
        let tolerance = match fields.value("tolerance") {
            None => Some(Tolerance::By(0.0)),
            Some(value) => read_tolerance(reader, value),
        };
        let unit = reader.text_if_any(fields, "unit").unwrap_or_default();
        let otherwise = reader
            .required(fields, "otherwise")
            .and_then(|value| reader.as_number(value, "otherwise"));
        let why = reader.text(fields, "why");
        let wrong = each_wrong(reader, fields, |reader, wrong| {
            let (value, why) = read_tempting(reader, wrong)?;
            if tolerance?.allows(value, otherwise?) {
                let message = "this wrong value is within the tolerance of `otherwise`";
                reader.note("E206", wrong.place_of("value"), message);
            }
            Some((value, why))
        });
        Some(Self {
            measured: measured?,
            tolerance: tolerance?,
            unit,
            otherwise: otherwise?,
            why: why?,
            wrong: wrong?,
        })
    }

    pub(super) fn judge(&self, answer: &str) -> Option<Verdict> {
        self.number(answer).map(|_| Verdict::Kept)
    }

    /// The number that was typed.
    #[must_use]
    pub fn number(&self, answer: &str) -> Option<f64> {
        parse_number(answer, &self.unit)
    }

    /// Compares what was predicted with what was measured.
    #[must_use]
    pub fn compare(&self, given: f64, figure: f64) -> Verdict {
        if self.tolerance.allows(given, figure) {
            return Verdict::Right(self.why.clone());
        }
        let near = |(value, _): &&(f64, String)| self.tolerance.allows(given, *value);
        let tempting = self.wrong.iter().find(near);
        Verdict::Wrong(tempting.map_or_else(|| self.why.clone(), |(_, why)| why.clone()))
    }

    /// A number with its unit.
    #[must_use]
    pub fn with_unit(&self, number: f64) -> String {
        let rounded = (number * 10.0).round() / 10.0;
        format!("{rounded} {}", self.unit).trim_end().to_owned()
    }
}

impl Measured {
    fn read(reader: &mut Reader, value: &Value) -> Option<Self> {
        let fields = reader.as_table(value, "measured", "`measured`")?;
        reader.only(&fields, &["figure", "of"]);
        let figure = reader.text(&fields, "figure");
        let named = |figure: &String| {
            let parts = figure.split_once('.');
            parts.is_some_and(|(check, name)| Slug::new(check).is_ok() && !name.is_empty())
        };
        if let Some(figure) = figure.as_ref().filter(|figure| !named(figure)) {
            let message = format!("`{figure}` is not the name of a figure");
            let help = String::from("write check and name, as in `last-five.sold`");
            reader.note("E206", fields.place_of("figure"), message).help = help;
        }
        let of = match reader.text_if_any(&fields, "of").as_deref() {
            None | Some("latest") => Some(Which::Latest),
            Some("first") => Some(Which::First),
            Some(other) => {
                let message = format!("`of` cannot be `{other}`");
                let help = format!("it is one of {}", list(&["first", "latest"]));
                reader.note("E206", fields.place_of("of"), message).help = help;
                None
            }
        };
        Some(Self {
            figure: figure?,
            of: of?,
        })
    }
}

/// A number, or a text with a percentage.
fn read_tolerance(reader: &mut Reader, value: &Value) -> Option<Tolerance> {
    let tolerance = if let Some(text) = value.get_ref().as_str() {
        let percent = text.trim().strip_suffix('%');
        let percent = percent.and_then(|number| number.trim().parse::<f64>().ok());
        percent.map(|percent| Tolerance::Part(percent / 100.0))
    } else {
        Some(Tolerance::By(reader.as_number(value, "tolerance")?))
    };
    let fits = |t: &Tolerance| match t {
        Tolerance::By(much) | Tolerance::Part(much) => much.is_finite() && *much >= 0.0,
    };
    let tolerance = tolerance.filter(fits);
    if tolerance.is_none() {
        let message = "`tolerance` must be a number that is not negative, or a percentage";
        reader.note("E209", value.span(), message).help = String::from("as in 2 or \"10%\"");
    }
    tolerance
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::super::tests::{one, question};
    use super::*;

    fn prediction(rest: &str) -> String {
        let fixed = "[[quiz]]\nid = \"q\"\nkind = \"prediction\"\nask = \"?\"\nunit = \"buyers\"\nwhy = \"because\"\n\
                     wrong = [{ value = 5, why = \"that is a correct shop\" }]\n";
        format!("{fixed}{rest}")
    }

    const MEASURED: &str =
        "otherwise = 20\nmeasured = { figure = \"last-five.sold\", of = \"first\" }\n";

    fn read(rest: &str) -> Prediction {
        match question(&prediction(rest)).kind {
            Kind::Prediction(prediction) => prediction,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_prediction_is_kept_whatever_it_is() {
        let question = question(&prediction(MEASURED));
        for answer in ["5", "20 buyers", "1,000"] {
            assert_eq!(question.judge(answer), Verdict::Kept, "{answer}");
        }
        let how = Verdict::Unclear("answer with a number of buyers, in digits".to_owned());
        assert_eq!(question.judge("many"), how);
    }

    #[test]
    fn a_prediction_is_compared_with_what_was_measured() {
        let right = Verdict::Right("because".to_owned());
        let wrong = |why: &str| Verdict::Wrong(why.to_owned());
        let by = read(&format!("{MEASURED}tolerance = 2"));
        let part = read(&format!("{MEASURED}tolerance = \"10%\""));
        let table = [
            (&by, 18.0, 20.0, right.clone()),
            (&by, 17.0, 20.0, wrong("because")),
            (&by, 4.0, 20.0, wrong("that is a correct shop")),
            (&by, 5.0, 5.0, right.clone()),
            (&part, 90.0, 100.0, right.clone()),
            (&part, 89.0, 100.0, wrong("because")),
            (&part, 0.0, 0.0, right.clone()),
            (&part, 5.0, 20.0, wrong("that is a correct shop")),
        ];
        for (prediction, given, figure, verdict) in table {
            assert_eq!(
                prediction.compare(given, figure),
                verdict,
                "{given} {figure}"
            );
        }
        assert_eq!(by.with_unit(187.26), "187.3 buyers");
        assert_eq!(by.with_unit(12.0), "12 buyers");
    }

    #[test]
    fn the_latest_measurement_counts_unless_told() {
        assert_eq!(read(MEASURED).measured.of, Which::First);
        let untold = MEASURED.replace(", of = \"first\"", "");
        assert_eq!(read(&untold).measured.of, Which::Latest);
    }

    #[test]
    fn a_figure_is_named_by_check_and_name() {
        for figure in ["sold", "Last Five.sold", "last-five."] {
            let rest = MEASURED.replace("last-five.sold", figure);
            let message = format!("`{figure}` is not the name of a figure");
            one(
                &prediction(&rest),
                "E206",
                &format!("\"{figure}\""),
                &message,
            );
        }
        let rest = MEASURED.replace("\"first\"", "\"last\"");
        one(
            &prediction(&rest),
            "E206",
            "\"last\"",
            "`of` cannot be `last`",
        );
    }

    #[test]
    fn a_tolerance_is_a_number_or_a_percentage() {
        for tolerance in ["\"10\"", "\"ten %\"", "-1", "\"-5%\""] {
            one(
                &prediction(&format!("{MEASURED}tolerance = {tolerance}")),
                "E209",
                tolerance,
                "`tolerance` must be a number that is not negative, or a percentage",
            );
        }
        one(
            &prediction(&format!("{MEASURED}tolerance = 15")),
            "E206",
            "5",
            "this wrong value is within the tolerance of `otherwise`",
        );
    }
}
