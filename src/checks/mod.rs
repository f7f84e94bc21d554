//! The check language: check files, and what they can say.

pub mod cache_status;
pub mod check;
pub mod curl;
pub mod declaration;
pub mod document;
pub mod drawing;
pub mod expectation;
pub mod file;
pub mod like;
pub mod matcher;
pub mod names;
pub mod observation;
pub mod origin;
pub mod part;
pub mod pattern;
pub mod reading;
pub mod record;
pub mod reference;
pub mod schema;
pub mod secret;
pub mod shape;
pub mod step;
pub mod steps;
pub mod template;
pub mod variable;
pub mod world;
