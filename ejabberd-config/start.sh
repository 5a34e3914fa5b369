#!/usr/bin/env bash
# Runs a private throwaway ejabberd on loopback in the foreground, as any user, without touching an installed one.
#
#   ejabberd-config/start.sh [--dir DIR] [--domain NAME]… [--secret SECRET] [--no-grants] [--without muc|pubsub]… [user:password]…
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
command -v ejabberdctl >/dev/null || { echo "start.sh: ejabberd is missing; type: apt-get install ejabberd" >&2; exit 1; }

server=
made=
cleanup() {
  trap - EXIT INT TERM
  # SIGTERM is ejabberd's clean stop, about 2 s.
  if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  if [[ -n $made ]]; then rm -rf "$made"; fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [[ -z $dir ]]; then made=$(mktemp -d /tmp/referee-ejabberd.XXXXXX); dir=$made; fi
mkdir -p "$dir/spool" "$dir/log"
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

# The first domain's file is referee.yml whole; for further ones (tests) only the listener is repeated.
includes= components=() acl=$(IFS=,; echo "[${domains[*]}]")
for i in "${!domains[@]}"; do
  free_port
  components+=("${domains[i]}=127.0.0.1:$port")
  file=$dir/referee$i.yml
  sed -e "s/^    server: .*/    server: $acl/" -e "s/^      referee\.localhost:/      ${domains[i]}:/" \
    -e "s/port: 5347/port: $port/" -e "s/change-this-secret/$secret/" "$here/referee.yml" > "$file"
  ((i == 0)) || sed -i '/^acl:/,$d' "$file"
  includes+="  - $file"$'\n'
done
[[ $grants == yes ]] || sed -i 's/- allow: referee$/- deny: all/' "$dir/referee0.yml"
while IFS= read -r line; do
  line=${line//@C2S@/$c2s}; line=${line//@HTTP@/$http}
  printf '%s\n' "${line/@INCLUDES@/${includes%$'\n'}}"
done < "$here/private.yml.in" > "$dir/ejabberd.yml"
for service in "${without[@]}"; do
  # A module's lines: its own and the deeper ones after it; and those of what builds on it, such as mod_muc_admin.
  awk -v name="  mod_$service:" -v more="  mod_${service}_" '$0 == name || index($0, more) == 1 {cut = 1; next} cut && /^    / {next} {cut = 0; print}' \
    "$dir/ejabberd.yml" > "$dir/ejabberd.yml.new" && mv "$dir/ejabberd.yml.new" "$dir/ejabberd.yml"
done

# Plain erl, not ejabberdctl: that changes user, needs a node name and leaves epmd running.
erl_libs=$(sed -n "s/^ERL_LIBS='\(.*\)'$/\1/p" "$(command -v ejabberdctl)")
serve() {
  (
    cd "$dir/spool"
    export ERL_LIBS=$erl_libs EJABBERD_CONFIG_PATH=$dir/ejabberd.yml EJABBERD_LOG_PATH=$dir/log/ejabberd.log
    export ERL_CRASH_DUMP_BYTES=0 HOME=$dir
    # Its own session: Ctrl-C in the terminal reaches this script alone, which then stops the server in order; and if this
    # script itself is killed, the kernel ends the server.
    exec setpriv --pdeathsig TERM setsid erl +K true +P 250000 -noinput -mnesia dir "\"$dir/spool\"" -s ejabberd </dev/null >"$dir/log/erl.out" 2>&1
  ) &
  server=$!
}
serve

deadline=$((SECONDS + 60))
until (exec 3<>"/dev/tcp/127.0.0.1/$c2s") 2>/dev/null; do
  if ! kill -0 "$server" 2>/dev/null || ((SECONDS > deadline)); then
    echo "start.sh: ejabberd did not start; its last words:" >&2
    tail -n 5 "$dir/log/erl.out" "$dir/log/ejabberd.log" >&2 || true
    exit 1
  fi
  sleep 0.05
done

register() {
  local body="{\"user\":\"$1\",\"host\":\"localhost\",\"password\":\"$2\"}" reply
  exec 3<>"/dev/tcp/127.0.0.1/$http"
  printf 'POST /api/register HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "${#body}" "$body" >&3
  reply=$(cat <&3); exec 3>&-
  # 409: a kept folder has the account already.
  [[ $reply == HTTP/*' 200 '* || $reply == HTTP/*' 409 '* ]] || { echo "start.sh: could not make $1: $reply" >&2; exit 1; }
}
for user in "${users[@]}"; do register "${user%%:*}" "${user#*:}"; done

cat <<READY
SERVER=ejabberd
HOST=localhost
C2S=127.0.0.1:$c2s
WEBSOCKET=ws://127.0.0.1:$http/ws
COMPONENTS=${components[*]}
LOG=$dir/log/ejabberd.log
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
