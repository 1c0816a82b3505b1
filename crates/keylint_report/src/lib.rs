//! keylint's output formats.
