//! flowchart
