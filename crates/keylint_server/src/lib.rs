//! keylint's language server.
