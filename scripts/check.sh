#!/usr/bin/env bash
# Everything that can be said about the code without running it: format, lints, documentation, dependencies, scripts.
#
# DENY=1 (or CI=true) builds cargo-deny below target/tools where it is not installed; that takes some minutes once.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh

mkdir -p target
rm -f "$not_run_file"
failed=()

step() {
  printf '\n== %s\n' "$*"
  "$@" || failed+=("$*")
}

find_cargo_deny() {
  command -v cargo-deny && return 0
  local own=$PWD/target/tools/bin/cargo-deny
  if [ ! -x "$own" ] && { [ "${CI:-}" = true ] || [ "${DENY:-}" = 1 ]; }; then
    cargo install --quiet --locked --root target/tools cargo-deny >&2 || return 1
  fi
  [ -x "$own" ] && printf '%s\n' "$own"
}

step cargo fmt --check
step cargo clippy --quiet --all-targets --features train -- -D warnings
step cargo clippy --quiet --no-default-features --lib -- -D warnings
step env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --no-deps --document-private-items --features train

if deny=$(find_cargo_deny); then
  step "$deny" check --hide-inclusion-graph bans licenses sources
else
  not_run 'cargo deny: not installed (DENY=1 scripts/check.sh builds it below target/tools)'
fi
if shellcheck=$(program shellcheck shellcheck); then
  step "$shellcheck" -x .ci/run scripts/*.sh scripts/kafka/*.sh deploy/compose/*.sh
else
  not_run 'shellcheck: not installed, and it could not be fetched (apt-get update && apt-get install shellcheck)'
fi

print_not_run
if [ "${#failed[@]}" -gt 0 ]; then
  printf '\nfailed: %s\n' "${failed[@]}" >&2
  exit 1
fi
printf '\nall checks passed\n'
