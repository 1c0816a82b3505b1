//! keylint's rules: pages, kinds, conditions and their three-valued evaluation.
