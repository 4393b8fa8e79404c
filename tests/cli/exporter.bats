# SPDX-License-Identifier: MIT
# cr2 exporter: what it says over HTTP and in a file, and what the real Prometheus makes of it.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
  for pid in $exporter $prometheus; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" || true
  done
  [ -z "$groups" ] || rmdir "$groups"/* "$groups" 2>/dev/null || true
}

# exporter OPTION...: in the background, its address in $url.
export_at() {
  "$CR2" exporter --listen 127.0.0.1:0 "$@" 2>said 3>&- & exporter=$!
  for _ in $(seq 400); do
    url=$(grep -o 'http://[^ ]*' said) && return
    kill -0 $exporter 2>/dev/null || skip "$(cat said)"
    sleep 0.05
  done
  return 1
}

# get URL [ACCEPT [METHOD]]: the status, the type, the body.
get() {
  python3 -c '
import sys, urllib.request, urllib.error
request = urllib.request.Request(sys.argv[1], headers={"Accept": sys.argv[2]} if sys.argv[2] else {}, method=sys.argv[3])
try:
    answer = urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.headers["Content-Type"])
sys.stdout.write(answer.read().decode())' "$1" "${2:-}" "${3:-GET}"
}

sample() { # NAME{LABELS}
  awk -v name="$1" '$1 == name {print $2}' "$2"
}

# $groups: a folder for control groups of our own.
need_groups() {
  local top

  top=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)
  groups=${top:+$top/cr2-exporter-$$}
  [ -n "$groups" ] && mkdir -p "$groups" 2>/dev/null || skip "no control groups of version 2 to write to"
}

# Runs primes in a control group of its own, $1.
primes_in() {
  need_groups
  mkdir -p "$groups/$1"
  sh -c "echo \$\$ >'$groups/$1/cgroup.procs' && exec '$CR2_BUILD/tests/trace/primes'" >expected
}

@test "exporter: two formats, by what the asker prefers; nothing else is there" {
  export_at
  get "$url" >text
  [ "$(head -n 1 text)" = "200 text/plain; version=0.0.4; charset=utf-8" ]
  grep -q '^# TYPE cr2_page_faults_total counter' text
  run ! grep -q '^# EOF' text
  get "$url" 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3' >text
  [ "$(head -n 1 text)" = "200 application/openmetrics-text; version=1.0.0; charset=utf-8" ]
  [ "$(tail -n 1 text)" = '# EOF' ]
  grep -q '^# TYPE cr2_page_faults counter' text
  grep -q '^# UNIT cr2_page_fault_duration_seconds seconds' text
  [ -n "$(sample cr2_books_lost_total text)" ]
  get "$url" 'application/openmetrics-text;q=0.1,text/plain' | grep -q '^200 text/plain'
  get "${url%/metrics}" | grep -q '/metrics$'
  [[ $(get "$url/x") == 404* ]]
  [[ $(get "$url" '' POST) == 405* ]]
  kill $exporter
  wait $exporter
}

@test "exporter: a control group's faults are its series, and are kept when it is gone" {
  export_at
  get "$url" >before
  primes_in a
  get "$url" >text
  name="/${groups##*/}/a"
  [ "$(sample "cr2_page_faults_total{cgroup=\"$name\",path=\"file_shared\"}" text)" -eq 276 ]
  [ "$(sample "cr2_page_fault_duration_seconds_count{cgroup=\"$name\",path=\"file_shared\"}" text)" -eq 276 ]
  [ "$(sample "cr2_page_faults_total{cgroup=\"$name\",path=\"efault\"}" text)" -eq 13 ]
  rmdir "$groups/a"
  for _ in 1 2 3; do
    get "$url" >text
  done
  run ! grep -q "\"$name\"" text
  [ "$(sample 'cr2_page_faults_removed_total{path="efault"}' text)" -ge 13 ]
}

# bats test_tags=once
@test "exporter: more control groups than may have series are other, which never falls" {
  need_groups
  export_at --cgroups 1
  get "$url" >text
  [ "$(sample cr2_cgroups_limit text)" -eq 1 ]
  [ "$(sample 'cr2_cgroups{series="own"}' text)" -eq 1 ]
  primes_in a
  get "$url" >text
  [ "$(sample 'cr2_page_faults_total{cgroup="other",path="efault"}' text)" -ge 13 ]
  before=$(sample 'cr2_page_faults_total{cgroup="other",path="file_shared"}' text)
  rmdir "$groups/a"
  for _ in 1 2 3; do
    get "$url" >text
    [ "$(sample 'cr2_page_faults_total{cgroup="other",path="file_shared"}' text)" -ge "$before" ]
  done
}

@test "exporter --textfile: whole, and readable by others" {
  "$CR2" exporter --textfile cr2.prom --interval 1 2>said 3>&- & exporter=$!
  for _ in $(seq 400); do
    [ ! -s cr2.prom ] || break
    kill -0 $exporter 2>/dev/null || skip "$(cat said)"
    sleep 0.05
  done
  grep -q '^cr2_build_info{version=' cr2.prom
  [ "$(stat -c %a cr2.prom)" = 644 ]
  kill $exporter
  wait $exporter
  exporter=
  [ "$(ls)" = "$(printf 'cr2.prom\nsaid')" ]
  ! command -v promtool >/dev/null || promtool check metrics <cr2.prom
  run "$CR2" exporter --textfile no/such/folder/x.prom
  [ "$status" -eq 3 ]
  [[ $output == *"cannot write no/such/folder/x.prom: No such file"* ]]
  run "$CR2" exporter --textfile x.txt
  [ "$status" -eq 2 ]
  [[ $output == *"'x.txt' does not end in .prom"* ]]
}

# bats test_tags=long
@test "exporter: CAP_BPF and CAP_PERFMON are enough" {
  [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip "not root, or no setpriv"
  setpriv --reuid 65534 --clear-groups test -x "$CR2" || skip "nobody else may read this build"
  export_at
  kill $exporter
  wait $exporter
  setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon \
    --bounding-set=-all,+bpf,+perfmon --no-new-privs true 2>/dev/null || skip "no such capabilities to be given"
  setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon \
    --bounding-set=-all,+bpf,+perfmon --no-new-privs "$CR2" exporter --listen 127.0.0.1:0 2>said 3>&- & exporter=$!
  for _ in $(seq 400); do
    ! grep -q http said || break
    kill -0 $exporter
    sleep 0.05
  done
  get "$(grep -o 'http://[^ ]*' said)" | grep -q '^cr2_page_faults_total'
}

# bats test_tags=long
@test "exporter: the real Prometheus scrapes it, and its queries say what it said" {
  command -v prometheus >/dev/null || skip "no prometheus"
  export_at
  address=${url#http://}
  cat >prometheus.yml <<END
global: {scrape_interval: 1s}
scrape_configs: [{job_name: cr2, static_configs: [{targets: ['${address%/metrics}']}]}]
END
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$port" \
    >log 2>&1 3>&- & prometheus=$!
  primes_in a
  query="http://127.0.0.1:$port/api/v1/query?query="
  for _ in $(seq 150); do
    answer=$(get "${query}cr2_page_faults_total%7Bpath%3D%22efault%22%2Ccgroup%3D%22%2F${groups##*/}%2Fa%22%7D" \
      2>/dev/null) || answer=
    [[ $answer != *'"13"'* ]] || break
    sleep 0.1
  done
  [[ $answer == *'"13"'* ]]
  get "http://127.0.0.1:$port/api/v1/metadata?metric=cr2_page_fault_zeroed_bytes" | grep -q '"unit":"bytes"'
}

@test "exporter: arguments that make no sense" {
  for wrong in '--listen x' '--listen 127.0.0.1' '--listen 127.0.0.1:99999' '--cgroups 0' '--interval x' x; do
    # shellcheck disable=SC2086 # words
    run "$CR2" exporter $wrong
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
  done
}
