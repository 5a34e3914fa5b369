#!/usr/bin/env bash
# Runs a private throwaway Prosody on loopback in the foreground, as any user, without touching an installed one.
#
#   examples/prosody/start.sh [--dir DIR] [--domain NAME]… [--secret SECRET] [--no-grants] [--without muc|pubsub]… [user:password]…
#
# It chooses free ports, prints them as NAME=value lines, makes the accounts (at localhost), prints `ready`, and stops
# the server and removes its folder on Ctrl-C or SIGTERM. A folder given by --dir is kept, for its logs.
# --no-grants leaves out the right to create rooms and nodes; --without leaves out a service.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

dir= secret=secret grants=yes
domains=() users=() without=()
while (($#)); do
  case $1 in
    --dir) dir=$2; shift 2 ;;
    --domain) domains+=("$2"); shift 2 ;;
    --secret) secret=$2; shift 2 ;;
    --no-grants) grants=no; shift ;;
    --without) without+=("$2"); shift 2 ;;
    *:*) users+=("$1"); shift ;;
    *) echo "start.sh: I do not know the option $1; the head of this file lists them" >&2; exit 2 ;;
  esac
done
((${#domains[@]})) || domains=(referee.localhost)
command -v prosody >/dev/null || { echo "start.sh: Prosody is missing; type: apt-get install prosody" >&2; exit 1; }

server=
made=
cleanup() {
  trap - EXIT INT TERM
  if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  if [[ -n $made ]]; then rm -rf "$made"; fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [[ -z $dir ]]; then made=$(mktemp -d /tmp/referee-prosody.XXXXXX); dir=$made; fi
# Prosody complains when there is no folder for certificates beside its configuration.
mkdir -p "$dir/data/localhost/accounts" "$dir/certs"
dir=$(cd "$dir" && pwd)

# Below the range from which the kernel takes the ports of outgoing connections.
taken=" "
free_port() {
  while :; do
    port=$((15000 + (RANDOM * 32768 + RANDOM) % 17000))
    [[ $taken == *" $port "* ]] && continue
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  taken+="$port "
}
free_port; c2s=$port
free_port; http=$port
free_port; component=$port

# The first domain's part is referee.cfg.lua whole; for further ones (tests) only the component is repeated.
admins=$(printf '"%s", ' "${domains[@]}")
components=("${domains[0]}=127.0.0.1:$component")
{
  sed -e "s|@DIR@|$dir|g" -e "s|@C2S@|$c2s|; s|@HTTP@|$http|; s|@COMPONENT@|$component|" "$here/private.cfg.lua.in"
  sed -e "s/^Component \"referee\.localhost\"/Component \"${domains[0]}\"/" -e "s/change-this-secret/$secret/" \
    -e "s/^  admins = .*/  admins = { ${admins%, } }/" "$here/referee.cfg.lua"
  for domain in "${domains[@]:1}"; do
    printf 'Component "%s"\n  component_secret = "%s"; component_conflict_resolve = "kick_old"\n' "$domain" "$secret"
    components+=("$domain=127.0.0.1:$component")
  done
} > "$dir/prosody.cfg.lua"
if [[ $grants == no ]]; then
  sed -i -e '/^  admins = /d' -e 's/^Component "conference.localhost" "muc"/&\n  restrict_room_creation = "local"/' "$dir/prosody.cfg.lua"
fi
for service in "${without[@]}"; do
  # A component's lines: its own and the indented ones after it.
  awk -v kind="\"$service\"" '/^Component/ && $3 == kind {cut = 1; next} cut && /^  / {next} {cut = 0; print}' \
    "$dir/prosody.cfg.lua" > "$dir/prosody.cfg.lua.new" && mv "$dir/prosody.cfg.lua.new" "$dir/prosody.cfg.lua"
done

# Accounts are plain files; written beforehand, they cost nothing.
for user in "${users[@]}"; do
  printf 'return { ["password"] = "%s"; };\n' "${user#*:}" > "$dir/data/localhost/accounts/${user%%:*}.dat"
done

cd "$dir"
# Its own session: Ctrl-C in the terminal reaches this script alone, which then stops the server in order; and if this
# script itself is killed, the kernel ends the server.
serve() {
  setpriv --pdeathsig TERM setsid prosody -F --config "$dir/prosody.cfg.lua" </dev/null >"$dir/prosody.out" 2>&1 &
  server=$!
}
serve
deadline=$((SECONDS + 60))
until (exec 3<>"/dev/tcp/127.0.0.1/$c2s") 2>/dev/null && (exec 3<>"/dev/tcp/127.0.0.1/$component") 2>/dev/null; do
  if ! kill -0 "$server" 2>/dev/null || ((SECONDS > deadline)); then
    echo "start.sh: Prosody did not start; its last words:" >&2
    tail -n 5 "$dir/prosody.out" "$dir/prosody.log" >&2 || true
    exit 1
  fi
  sleep 0.05
done

cat <<READY
SERVER=prosody
HOST=localhost
C2S=127.0.0.1:$c2s
WEBSOCKET=ws://127.0.0.1:$http/xmpp-websocket
COMPONENTS=${components[*]}
LOG=$dir/prosody.log
ready
READY
# SIGHUP kills the server and starts it again in its place, as a crash would (tests).
restart() { kill -9 "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; serve; }
trap restart HUP
waited= status=0
while [[ $waited != "$server" ]]; do
  waited=$server
  wait "$server" && status=0 || status=$?
done
exit "$status"
