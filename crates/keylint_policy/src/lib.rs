//! The AWS policy language for keylint: documents, kinds, matching, decisions.
