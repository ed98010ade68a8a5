# What the peer scripts share. Sourced, never run.
#
# Every peer has a folder `$SAFFRON_RUN/NAME` (default: out/run/NAME) with
#   pids    the processes that make it up, one a line; each leads its own process group
#   facts   KEY=VALUE lines: what `start` printed
#   *.log   what its processes said
#
# Environment of every peer script:
#   SAFFRON_RUN       where those folders are
#   SAFFRON_DEADLINE  seconds after which a peer ends whatever happens (default 900)
#   SAFFRON_KEEP      anything: `stop` leaves the folder there
#   SAFFRON_OWNER     a process id; when that process ends, so does the peer
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
runs=${SAFFRON_RUN:-$root/out/run}
deadline=${SAFFRON_DEADLINE:-900}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(basename "$0")
kept=()

say() { printf '%s: %s\n' "$program" "$*" >&2; }

die() {
  say "$*"
  exit 1
}

need() {
  local tool=$1 package=$2
  command -v "$tool" >/dev/null || die "$tool is missing: it comes with $package. Run Scripts/bootstrap test"
}

# The folder of the peer NAME, made anew; a peer of that name that still runs is ended first.
fresh_folder() {
  need setsid util-linux
  case $1 in *[!A-Za-z0-9._:-]* | '') die "the name '$1' is no file name: use letters, digits, '.', '_' and '-'" ;; esac
  folder=$runs/$1
  end_watch
  end_peer
  rm -rf "$folder"
  mkdir -p "$folder"
  chmod 700 "$folder"
}

# Sets `port` to one nobody listens on and that no other peer of ours has taken. The claim is a lock on a file whose
# descriptor (`port_lock`) the server inherits: it lasts as long as the server and no longer.
# Ports stay below 32768, where Linux begins to hand out ports to programs that ask for any.
claim_port() {
  local locks=${TMPDIR:-/tmp}/saffron-ports-$(id -u)
  mkdir -p "$locks"
  for _ in {1..200}; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 10000))
    exec {port_lock}>"$locks/$port"
    if flock --nonblock "$port_lock" && ! listens "$port"; then
      kept+=("$port_lock")
      return
    fi
    exec {port_lock}>&-
  done
  die "found no free port between 20000 and 29999 in 200 tries"
}

# A port that the caller chose; empty is none.
want_port() {
  [ -z "$1" ] || ! listens "$1" || die "somebody listens on 127.0.0.1:$1 already: take another port, or auto"
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start_process LOG COMMAND...: in a process group of its own, with a deadline, its output in LOG. Sets `pid`.
start_process() {
  local log=$1
  shift
  (
    # Whoever started this script may wait for the end of what it has open: keep the port's lock and nothing of theirs.
    for descriptor in /proc/self/fd/*; do
      descriptor=${descriptor##*/}
      case " 0 1 2 ${kept[*]} " in *" $descriptor "*) ;; *) eval "exec $descriptor>&-" ;; esac
    done
    exec setsid timeout --signal=TERM --kill-after=5 "$deadline" "$@" </dev/null >"$folder/$log" 2>&1
  ) &
  pid=$!
  echo "$pid" >>"$folder/pids"
}

alive() { kill -0 "$1" 2>/dev/null; }

# wait_until SECONDS WHAT LOG CONDITION...: until the condition holds; ends the script if `pid` dies or time is up.
wait_until() {
  local seconds=$1 what=$2 log=$3
  shift 3
  local end=$((SECONDS + seconds))
  until "$@"; do
    if ! alive "$pid"; then
      fail_start "it ended before $what" "$log"
    elif ((SECONDS >= end)); then
      fail_start "$what did not happen within $seconds s" "$log"
    fi
    sleep 0.1
  done
}

fail_start() {
  say "$1. The end of $folder/$2:"
  tail -n 15 "$folder/$2" >&2 || true
  end_peer
  exit 1
}

# Ends what `$folder/pids` lists: TERM, and KILL to what is left after three seconds. Waits until all are gone.
end_peer() {
  [ -f "$folder/pids" ] || return 0
  local pids=() one
  while read -r one; do
    # A process id may have been given to somebody else since; ours are the ones that lead their own group.
    if alive "$one" && [ "$(ps -o pgid= -p "$one" | tr -d ' ')" = "$one" ]; then pids+=("$one"); fi
  done <"$folder/pids"
  for one in "${pids[@]}"; do kill -TERM "$one" 2>/dev/null || true; done
  for one in "${pids[@]}"; do
    for _ in {1..30}; do
      alive "$one" || break
      sleep 0.1
    done
    kill -KILL -- "-$one" 2>/dev/null || true
  done
  rm -f "$folder/pids"
}

# After the peer's processes stand: ends them when SAFFRON_OWNER ends.
watch_owner() {
  [ -n "${SAFFRON_OWNER:-}" ] || return 0
  local pid kept=()
  start_process watch.log bash -c "tail --pid='$SAFFRON_OWNER' -f /dev/null; exec '$here/$program' stop '$1'"
  sed -i '$d' "$folder/pids"
  echo "$pid" >"$folder/watch"
}

# stop_peer NAME: ends all of it and removes its folder.
stop_peer() {
  folder=$runs/$1
  end_watch
  end_peer
  [ -n "${SAFFRON_KEEP:-}" ] || rm -rf "$folder"
}

end_watch() {
  [ -f "$folder/watch" ] || return 0
  local watch
  watch=$(cat "$folder/watch")
  rm -f "$folder/watch"
  # The watcher itself may be who stops the peer. It leads its own group, as all that start_process starts.
  if alive "$watch" && [ "$(ps -o pgid= -p "$watch" | tr -d ' ')" = "$watch" ] &&
    [ "$(ps -o pgid= -p $$ | tr -d ' ')" != "$watch" ]; then
    kill -TERM -- "-$watch" 2>/dev/null || true
  fi
}

# fact KEY VALUE: printed for the caller and kept.
fact() { printf '%s=%s\n' "$1" "$2" | tee -a "$folder/facts"; }
