//! The JSON Schemas of the files that authors write.
