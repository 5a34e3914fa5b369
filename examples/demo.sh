#!/usr/bin/env bash
# The main job in one command: a private Jabber server on loopback, the referee, and two bots that play a match here.
# Then it stays up, so that you can log in with any Jabber client and play a bot yourself. Ctrl-C stops everything.
#
#   examples/demo.sh [--once]        --once: one match, then exit 0
#
# REFEREE_BIN names a referee that is built already. Nothing is written outside target/ and a temporary folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
once=no
case ${1-} in
  '') ;;
  --once) once=yes ;;
  *) echo "demo.sh: I know only the option --once" >&2; exit 2 ;;
esac

say() { printf '\n== %s\n' "$*"; }

# Debian packages that are missing: installed when we may, else named in the exact line to type.
need=()
command -v ejabberdctl >/dev/null || need+=(ejabberd)
/usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null || need+=(python3 python3-venv)
if ((${#need[@]})); then
  if ((EUID == 0)); then
    say "Installing ${need[*]} from Debian"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q </dev/null >/dev/null && apt-get install -y -q "${need[@]}" </dev/null >/dev/null ||
      { echo "demo.sh: the installation failed; try: apt-get install ${need[*]}" >&2; exit 1; }
  else
    echo "demo.sh: ${need[*]} missing, and I may not install packages. Type:  sudo apt-get install ${need[*]}" >&2
    exit 1
  fi
fi
command -v cargo >/dev/null || [[ -n ${REFEREE_BIN-} ]] ||
  { echo "demo.sh: Rust is missing; see https://rustup.rs" >&2; exit 1; }

target=${CARGO_TARGET_DIR:-$PWD/target}
python=$target/venv/bin/python
if ! "$python" -c 'import slixmpp' 2>/dev/null; then
  say "Fetching slixmpp for the bots (into $target/venv)"
  /usr/bin/python3 -m venv "$target/venv"
  "$python" -m pip install -q --disable-pip-version-check 'slixmpp==1.17.0'
fi
referee=${REFEREE_BIN-}
if [[ -z $referee ]]; then
  say "Building the referee (a few minutes the first time)"
  cargo build --quiet --bin referee
  referee=$target/debug/referee
fi

work=$(mktemp -d /tmp/referee-demo.XXXXXX)
children=()
cleanup() {
  trap - EXIT INT TERM
  # Bots and referee first, so that rooms hear a last word; the server last.
  for ((i = ${#children[@]} - 1; i >= 0; i--)); do
    kill "${children[i]}" 2>/dev/null || true
    wait "${children[i]}" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Children live in sessions of their own: Ctrl-C reaches this script alone, which ends them in order. If the script is
# killed, the kernel ends them.
child() { setpriv --pdeathsig TERM setsid "$@" </dev/null & children+=($!); }

# Waits for a line in a file, as long as its writer lives.
await_line() {
  local file=$1 line=$2 writer=$3 deadline=$((SECONDS + 60))
  until grep -q "$line" "$file" 2>/dev/null; do
    if ! kill -0 "$writer" 2>/dev/null || ((SECONDS > deadline)); then
      echo "demo.sh: waited in vain for \`$line\`; the last lines were:" >&2
      tail -n 10 "$file" >&2
      exit 1
    fi
    sleep 0.05
  done
}

say "Starting a private ejabberd on this machine"
password=demo
secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
child ejabberd-config/start.sh --dir "$work/server" --secret "$secret" \
  alice:$password bob:$password adhocbot:$password roombot:$password admin:$password > "$work/server.out" 2>&1
await_line "$work/server.out" '^ready$' "${children[-1]}"
c2s=$(sed -n 's/^C2S=//p' "$work/server.out")
component=$(sed -n 's/^COMPONENTS=referee\.localhost=//p' "$work/server.out")

say "Starting the referee"
cat > "$work/referee.toml" <<CONFIG
[component]
domain = "referee.localhost"
server = "$component"
secret = "$secret"
[store]
path = "$work/data"
[admins]
jids = ["admin@localhost"]
CONFIG
chmod 600 "$work/referee.toml"
child "$referee" serve -c "$work/referee.toml" > "$work/referee.log" 2>&1
await_line "$work/referee.log" 'referee ready' "${children[-1]}"

bot() { child "$python" "examples/bots/$1_bot.py" "$1bot@localhost" $password --referee referee.localhost --server "$c2s" --plaintext "${@:2}"; }

say "Two bots play tic-tac-toe: adhocbot by ad-hoc commands, roombot by !commands in the match's room"
bot room --once
guest=${children[-1]}
bot adhoc --once --challenge roombot@localhost --game tic-tac-toe
host=${children[-1]}
deadline=$((SECONDS + 120))
while kill -0 "$host" 2>/dev/null || kill -0 "$guest" 2>/dev/null; do
  ((SECONDS < deadline)) || { echo "demo.sh: the match did not end; the referee's log:" >&2; tail -n 20 "$work/referee.log" >&2; exit 1; }
  sleep 0.1
done
wait "$host"
wait "$guest"
if [[ $once == yes ]]; then
  say "The match is over"
  exit 0
fi

bot adhoc
bot room
cat <<HELP

== Your turn. Log in with any Jabber client, without TLS:

   account    alice@localhost   (or bob@localhost, or admin@localhost, who is the referee's admin)
   password   $password
   server     ${c2s%:*}, port ${c2s#*:}
   profanity  /connect alice@localhost server ${c2s%:*} port ${c2s#*:} tls disable

   Write to   referee@referee.localhost
   help                                     what you can say
   challenge adhocbot@localhost chess       play a bot; then just type a move, such as e4
   challenge bob@localhost tic-tac-toe      play a friend who logs in as bob

   Rooms are at conference.localhost, feeds at pubsub.localhost, everything else is found from referee.localhost.
   The referee's log: $work/referee.log

== Ctrl-C stops everything.
HELP
wait "${children[1]}"
echo "demo.sh: the referee stopped; its log:" >&2
tail -n 20 "$work/referee.log" >&2
exit 1
