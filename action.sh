#!/usr/bin/env bash
# The steps of action.yml: `build` puts keylint where `check` finds it, `check` runs it.
set -euo pipefail

root=${GITHUB_ACTION_PATH:-$(cd "$(dirname "$0")" && pwd)}
bin=${RUNNER_TEMP:-$root/target}/keylint/bin

build() {
  if command -v keylint >/dev/null 2>&1; then
    return
  fi
  cargo install --quiet --locked --path "$root/crates/keylint" --root "$(dirname "$bin")"
}

check() {
  PATH="$bin:$PATH"
  local annotations
  annotations=$(mktemp)
  local arguments=(--fail-on "${KEYLINT_FAIL_ON:-low}" --output-format full --output-format "github:$annotations")
  [ -z "${KEYLINT_MIN_SEVERITY:-}" ] || arguments+=(--min-severity "$KEYLINT_MIN_SEVERITY")
  [ -z "${KEYLINT_SELECT:-}" ] || arguments+=(--select "$KEYLINT_SELECT")
  [ -z "${KEYLINT_IGNORE:-}" ] || arguments+=(--ignore "$KEYLINT_IGNORE")
  [ -z "${KEYLINT_SARIF_FILE:-}" ] || arguments+=(--output-format "sarif:$KEYLINT_SARIF_FILE")
  local paths=()
  read -r -a paths <<<"${KEYLINT_PATHS:-.}"

  local code=0
  keylint check "${arguments[@]}" -- "${paths[@]}" || code=$?
  # Workflow commands are read from standard output, where the report for people is too.
  cat "$annotations"
  rm -f "$annotations"
  output exit-code "$code"
  output sarif-file "${KEYLINT_SARIF_FILE:-}"
  return "$code"
}

output() {
  printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/null}"
}

"$@"
