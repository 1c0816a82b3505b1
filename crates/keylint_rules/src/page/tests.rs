//! Tests of reading and checking pages.
