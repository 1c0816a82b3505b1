//! One call that lints a project, for the command line, the hook and the editor.
