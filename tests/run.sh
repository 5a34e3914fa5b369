#!/usr/bin/env bash
# Installs what the tests need and runs every test.
#
#   tests/run.sh [rust|live|clients]…     all three when none is named
#
#   rust     cargo fmt --check, clippy with warnings denied, cargo test
#   live     private ejabberd and Prosody, driven by slixmpp and raw clients
#   clients  profanity and Converse.js, driven by what they show
#
# The last line is `N passed, N failed, N skipped`; the exit status is 0 when nothing failed. What is skipped is said.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null
parts=("$@")
((${#parts[@]})) || parts=(rust live clients)
for part in "${parts[@]}"; do
  [[ $part =~ ^(rust|live|clients)$ ]] || { echo "run.sh: I know the parts rust, live and clients, not $part" >&2; exit 2; }
done
wanted() { [[ " ${parts[*]} " == *" $1 "* ]]; }

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TERM_COLOR=never DEBIAN_FRONTEND=noninteractive
mkdir -p "$CARGO_TARGET_DIR"
python=$CARGO_TARGET_DIR/venv/bin/python
passed=0 failed=0 skipped=0
notes=()

say() { printf '\n=== %s\n' "$*"; }
fail() { failed=$((failed + 1)); notes+=("FAILED  $1"); }
skip() { skipped=$((skipped + 1)); notes+=("SKIPPED $1"); printf '\n!!! SKIPPED: %s\n' "$1"; }

# Installs the Debian packages whose programs are missing; whatever cannot be had is a skip later on, said there.
install() {
  local need=()
  while (($#)); do
    command -v "$1" >/dev/null || need+=("$2")
    shift 2
  done
  ((${#need[@]})) || return 0
  if ((EUID != 0)); then
    echo "run.sh: missing, and I may not install packages. Type:  sudo apt-get install ${need[*]}" >&2
    return 1
  fi
  say "Installing ${need[*]} from Debian"
  apt-get update -q >/dev/null
  # A second try: another apt at work on the machine may have cleaned the archives away.
  apt-get install -y -q "${need[@]}" >/dev/null || apt-get install -y -q "${need[@]}" >/dev/null
}

# One check that either passes or fails, such as fmt.
check() {
  local name=$1
  shift
  say "$name"
  if "$@"; then passed=$((passed + 1)); else fail "$name"; fi
}

rust_tests() {
  say "cargo test"
  if ((EUID == 0)); then
    install mkfs.ext4 e2fsprogs
  else
    export REFEREE_NO_MOUNTS=1
    skip "the tests on mounted file systems (they take root)"
  fi
  local log=$CARGO_TARGET_DIR/cargo-test.log status
  cargo test --no-fail-fast --features ldap 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  local sums
  sums=$(awk '/^test result:/ {for (i = 1; i < NF; i++) {if ($(i+1) ~ /^passed/) p += $i; if ($(i+1) ~ /^failed/) f += $i; if ($(i+1) ~ /^ignored/) s += $i}}
              END {print p+0, f+0, s+0}' "$log")
  read -r p f s <<< "$sums"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  while read -r name; do notes+=("FAILED  $name"); done < <(sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$log")
  while read -r name; do notes+=("SKIPPED $name"); done < <(sed -n 's/^test \(.*\) \.\.\. ignored/\1/p' "$log")
  # A build that breaks, or a test program that dies, reports no failed test.
  if ((status != 0 && f == 0)); then fail "cargo test (it did not build or did not end)"; fi
  check "planted bugs are caught" cargo test --quiet --features planted --test planted
}

venv() {
  "$python" -c 'import slixmpp, pytest, pytest_asyncio, nacl' 2>/dev/null && return 0
  say "Fetching slixmpp, pytest and PyNaCl into $CARGO_TARGET_DIR/venv"
  /usr/bin/python3 -m venv "$CARGO_TARGET_DIR/venv" &&
    "$python" -m pip install -q --disable-pip-version-check 'slixmpp==1.17.0' 'pytest==9.2.0' 'pytest-asyncio==1.5.0' 'pynacl==1.6.2'
}

# Runs pytest on the files given and adds up its report.
live_tests() {
  local name=$1 report=$CARGO_TARGET_DIR/$1-tests.xml status counts
  shift
  say "$name tests"
  rm -f "$report"
  "$python" -m pytest -c tests/live/pytest.ini --rootdir tests/live --junitxml "$report" "$@"
  status=$?
  if ! counts=$("$python" tests/live/count.py "$report"); then
    fail "$name tests (pytest ended with $status and no report)"
    return
  fi
  while read -r verdict test; do
    case $verdict in
      passed) passed=$((passed + test)) ;;
      FAILED) fail "$test" ;;
      SKIPPED) skip "$test" ;;
    esac
  done <<< "$counts"
  if ((status != 0)) && ! grep -q '^FAILED' <<< "$counts"; then fail "$name tests (pytest ended with $status)"; fi
}

if wanted rust; then
  check "cargo fmt" cargo fmt --check
  # One build for all: the default build has no LDAP, and is only looked at.
  check "clippy" cargo clippy --quiet --all-targets --features ldap -- -D warnings
  check "clippy without options" cargo clippy --quiet -- -D warnings
  rust_tests
fi

if wanted live || wanted clients; then
  install ejabberdctl ejabberd prosody prosody ldapsearch ldap-utils apache2 apache2-bin
  # The federated Prosody asks a name server of the tests' own, by a library that has no program.
  compgen -G '/usr/lib/*/lua/5.*/lunbound.so' >/dev/null || install "(none)" lua-unbound
  # python3-venv has no program of its own; pip's bundle is what it brings.
  /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null || install "(none)" python3-venv
  if [[ -z ${REFEREE_BIN-} ]]; then
    check "the referee's debug build" cargo build --quiet --features ldap --bin referee
  fi
  if ! venv; then
    fail "live tests (no Python environment: is python3-venv installed, and is there a network?)"
  else
    if wanted live; then
      files=(tests/live/test_*.py)
      live_tests live "${files[@]/#tests\/live\/test_clients.py/--ignore=tests/live/test_clients.py}"
    fi
    if wanted clients; then
      install tmux tmux profanity profanity chromium chromium npm npm node nodejs
      modules=$CARGO_TARGET_DIR/clients
      if [[ ! -d $modules/node_modules/converse.js || ! -d $modules/node_modules/playwright-core ]] && command -v npm >/dev/null; then
        say "Fetching Converse.js and playwright-core into $modules"
        mkdir -p "$modules"
        npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$modules" playwright-core@1.65.1 converse.js@14.0.0 ||
          echo "npm failed; the Converse.js tests will be skipped" >&2
      fi
      live_tests clients tests/live/test_clients.py
    fi
  fi
fi

echo
for note in "${notes[@]}"; do echo "$note"; done
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
