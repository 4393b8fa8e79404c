# SPDX-License-Identifier: MIT
# cr2 report: call stacks, and what else is made of a recording.

bats_require_minimum_version 1.5.0

load tracing

# Each start of cr2 record costs more than the faults that it records here: three recordings for all tests.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  record_for_all -o plain.data "$STORM" 500
  record_for_all -g -o frames.data "$STORM" 500
  # shellcheck disable=SC2016
  record_for_all --call-graph dwarf,4096 -o copied.data sh -c '"$0" 500; exec "$0" -k 300' "$STORM"
}

# Where the kernel or the rights do not allow it, `why` says so.
record_for_all() {
  [ -e why ] || timeout -k 5 60 "$CR2" record --source bpf "$@" 2>said || { [ $? -eq 3 ] && head -1 said >why; }
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  [ ! -e "$BATS_FILE_TMPDIR/why" ] || skip "$(cat "$BATS_FILE_TMPDIR/why")"
}

# recorded NAME: one of these, as r.data.
recorded() {
  cp "$BATS_FILE_TMPDIR/$1.data" r.data
}

# touch_pages, called from main, took 500 faults: in cr2's report and in perf's.
check_calls() {
  "$CR2" report -i r.data --json --by stack,path >rows
  grep '"function":"touch_pages"' rows | grep '"depth":1' >storm
  [ "$(wc -l <storm)" -eq 1 ]
  grep -q '"count":500,' storm
  grep -q '"calls":\[{"function":"touch_pages",[^}]*"source_file":"[^"]*storm.c","file_line":[0-9]*},.*{"function":"main",' storm
  run --separate-stderr "$CR2" report -i r.data --by stack
  [[ $(tr -s ' \n' ' ' <<<"$output") == *" 500 "*" touch_pages storm.c:"*" main storm.c:"* ]]
}

# Of the same bytes with sanitizers: perf need not say so twice.
check_perf_calls() {
  [ -z "$CR2_SANITIZED" ] || return 0
  need_perf
  perf script --no-inline -i r.data -F comm,event,ip,sym >script 2>err || { cat err; return 1; }
  [ "$(grep -A2 ' touch_pages$' script | grep -c ' main$')" -eq 500 ] || { cat err; head -50 script; return 1; }
}

@test "record -g: stacks by frame pointers" {
  recorded frames
  check_calls
  check_perf_calls
}

@test "record --call-graph dwarf: stacks unwound later" {
  recorded copied
  check_calls
  # A function without a frame pointer is there, and all up to the first: what is below main is libc's.
  grep -q '"function":"touch_pages",[^}]*},{"function":"touch_again",[^}]*},{"function":"main"' storm
  grep -q '"function":"_start"' storm
  check_perf_calls
}

@test "record -g: a fault in kernel mode has the kernel's calls, then the program's" {
  recorded copied
  "$CR2" report -i r.data --json --by stack >rows
  grep '"object_path":"\[kernel\]".*"function":"read_pages",.*"count":300,' rows >kernel
  # Named where the kernel shows addresses, else that is said.
  if awk '$1 ~ /[1-9a-f]/ {found = 1; exit} END {exit !found}' /proc/kallsyms; then
    grep -q '"function":"vfs_read"' kernel
  else
    grep -q kernel.kptr_restrict "$BATS_FILE_TMPDIR/said"
  fi
}

@test "record: kernel functions have no names where the kernel hides addresses" {
  unshare -m true 2>/dev/null || skip "no mount namespace of its own"
  awk '{print "0000000000000000", $2, $3}' /proc/kallsyms | head -100 >hidden
  run --separate-stderr unshare -m sh -c 'mount --bind hidden /proc/kallsyms && exec "$0" record -o r.data "$1" -k 300' "$CR2" "$STORM"
  [ "$status" -eq 0 ]
  [[ $stderr == *"the kernel's functions have no names"*"kernel.kptr_restrict"* ]]
  "$CR2" report -i r.data --json --by function | grep -q '"function":"0xffffffff'
}

@test "report --by cgroup: by the group's path, also of one that is made meanwhile" {
  root=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
  [ -n "$root" ] || skip "no hierarchy of version 2 is mounted"
  mkdir "$root/cr2-test-$$" 2>/dev/null || skip "no rights to make a control group"
  rmdir "$root/cr2-test-$$"
  record --all-cgroups -o r.data sh -c 'mkdir "$1" && sh -c "echo \$\$ >\"\$1\"/cgroup.procs; exec \"\$0\" 500" "$0" "$1"; rmdir "$1"' \
    "$STORM" "$root/cr2-test-$$"
  "$CR2" report -i r.data --json --by process,cgroup | grep "\"comm\":\"storm\",\"cgroup\":\"/cr2-test-$$\""
  "$CR2" report -i r.data --by cgroup | grep "/cr2-test-$$"
  recorded plain
  run --separate-stderr "$CR2" report -i r.data --by cgroup
  [[ $stderr == *"without control groups"* ]]
}

@test "record --call-graph: what it does not know" {
  for how in lbr dwarf, dwarf,7 dwarf,99999999; do
    run --separate-stderr "$CR2" record --call-graph $how true
    [ "$status" -eq 2 ]
    [[ $stderr == "cr2: record: --call-graph: "* ]]
    [ ! -e perf.data ]
  done
}

@test "report: by line; by stack where there are none" {
  recorded plain
  run --separate-stderr "$CR2" report -i r.data --by line
  [[ $(tr -s ' \n' ' ' <<<"$output") == *" 500 "*" touch_pages storm.c:"* ]]
  run --separate-stderr "$CR2" report -i r.data --by stack
  [ "$status" -eq 0 ]
  [[ $stderr == *"recorded without call stacks"*"cr2 record -g"* ]]
}

@test "report --folded: a line a stack, weighed by faults, time or bytes" {
  recorded copied
  run --separate-stderr "$CR2" report -i r.data --folded
  [ "$status" -eq 0 ]
  grep -q '^storm;_start;.*;main;touch_again;touch_pages;anon_alloc 500$' <<<"$output"
  run --separate-stderr "$CR2" report -i r.data --folded --weight bytes --by function,path
  grep -q '^touch_pages;anon_alloc 2048000$' <<<"$output"
  run --separate-stderr "$CR2" report -i r.data --folded --weight size
  [ "$status" -eq 2 ]
  [[ $stderr == *"none of count, time, bytes" ]]
  run --separate-stderr "$CR2" report -i r.data --folded --html
  [ "$status" -eq 2 ]
  [[ $stderr == *"one format at a time"* ]]
}

@test "report --html: one page, that shows the faults without a network" {
  recorded copied
  "$CR2" report -i r.data --html -o r.html
  ! grep -E 'https?:|src=|href=|@import|fetch\(' r.html
  [ -z "$CR2_SANITIZED" ] || skip "a browser sees the same page with sanitizers"
  chromium=$(command -v chromium) || skip "no chromium here"
  # What it starts must not hold bats's descriptor, for whose end bats waits.
  timeout -k 5 60 "$chromium" --headless --no-sandbox --disable-gpu --user-data-dir="$PWD/profile" \
    --virtual-time-budget=2000 --dump-dom "file://$PWD/r.html" >dom 2>err 3>&- || skip "chromium does not run here: $(tail -1 err)"
  grep -q 'aria-label="touch_pages: 500 faults, ' dom
}

@test "report --pprof: a profile that pprof reads" {
  recorded copied
  run --separate-stderr "$CR2" report -i r.data --pprof -o r.pb.gz
  [[ $stderr != *"built without protobuf-c"* ]] || skip "$stderr"
  [ "$status" -eq 0 ]
  gzip -t r.pb.gz
  [ -z "$CR2_SANITIZED" ] || return 0
  # Go's own, where it is at hand; else the numbers of its fields.
  if timeout -k 5 60 go tool -n pprof >/dev/null 2>&1; then
    timeout -k 5 60 go tool pprof -top -flat r.pb.gz >top 2>err
    grep -Eq '^ +500 .* touch_pages$' top
    timeout -k 5 60 go tool pprof -tags r.pb.gz 2>err | grep -q 'anon_alloc$'
  elif command -v protoc >/dev/null; then
    gzip -dc r.pb.gz | protoc --decode pprof.Profile -I "$CR2_SOURCE/src/export" profile.proto >text
    grep -q 'string_table: "touch_pages"' text
  else
    skip "neither go nor protoc here"
  fi
}

@test "report --trace-event: an event a fault" {
  recorded copied
  "$CR2" report -i r.data --perfetto -o r.json
  python3 - r.json <<'END'
import json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
storm = [e for e in events if e["ph"] == "X" and e["args"]["calls"][0] == "touch_pages"]
assert len(storm) == 500, len(storm)
assert all(e["name"] == "anon_alloc" and e["dur"] > 0 and e["args"]["zeroed"] == 4096 for e in storm)
assert all(a["ts"] + a["dur"] <= b["ts"] + 1e-6 for a, b in zip(storm, storm[1:]))
assert any(e["ph"] == "M" and e["args"]["name"] == "storm" for e in events)
END
  run --separate-stderr "$CR2" report -i r.data --trace-event --by path
  [ "$status" -eq 2 ]
  # It is not the recording that the disk has no room for.
  for where in '-o /dev/full' '>/dev/full'; do
    run --separate-stderr bash -c "\"\$CR2\" report -i r.data --trace-event $where"
    [ "$status" -eq 3 ]
    [[ $stderr == *"cannot write"* && $stderr != *r.data* ]]
  done
}

@test "diff: what became more, by the same rows" {
  recorded frames
  mv r.data a.data
  record -g -o b.data "$STORM" 700
  [ "$status" -eq 0 ]
  run --separate-stderr "$CR2" diff a.data b.data --by process,stack
  [ "$status" -eq 0 ]
  [[ $(tr -s ' \n' ' ' <<<"$output") == *" 500 700 +200 "*" +800 KiB touch_pages storm.c:"* ]]
  "$CR2" diff a.data b.data --by process,function,path --json >rows
  grep '"depth":2,"comm":"storm","function":"touch_pages","path":"anon_alloc","earlier":{"count":500,' rows |
    grep '"later":{"count":700,' | grep -q '"delta":{"count":200,.*"zeroed":819200,"copied":0}'
  grep -q '"kind":"summary","earlier":{"recorded":' rows
  run --separate-stderr "$CR2" diff a.data
  [ "$status" -eq 2 ]
  [[ $stderr == *"cr2 diff BEFORE AFTER"* ]]
  run --separate-stderr "$CR2" diff a.data none.data
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: diff: none.data: No such file or directory" ]]
  head -c 80000 b.data >cut.data
  run --separate-stderr "$CR2" diff a.data cut.data
  [ "$status" -eq 2 ]
  [[ $stderr == *"what stands before is reported"* ]]
  [[ $output == *"anon_alloc"* ]]
}

@test "report --resident: pages that are there at the end, by whose faults brought them" {
  "$STORM" -h 60 >out 3>&- & storm=$!
  await_lines out 1
  "$CR2" record --source bpf --resident -g -o r.data -p $storm 2>err 3>&- & cr2=$!
  await_followed $cr2
  kill -USR1 $storm
  await_lines out 2
  kill -INT $cr2 2>/dev/null || true
  status=0
  wait $cr2 || status=$?
  kill -KILL $storm
  [ "$status" -ne 3 ] || skip "$(head -1 err)"
  # 60 were written to, ten of them dropped.
  "$CR2" report -i r.data --resident --by function --json >rows
  grep '"function":"touch_pages"' rows | grep -q '"count":60,.*"resident":204800}'
  grep -q '"kind":"summary".*"resident":[1-9][0-9]*,"unowned":[1-9]' rows
  run --separate-stderr "$CR2" report -i r.data --resident
  [[ $(tr -s ' \n' ' ' <<<"$output") == *" 60 "*" 200 KiB "*"touch_pages storm.c:"* ]]
  # A command that has ended has none, and that is no mistake.
  record --resident -g -o ended.data true
  run --separate-stderr "$CR2" report -i ended.data --resident
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  run --separate-stderr "$CR2" report -i "$BATS_FILE_TMPDIR/plain.data" --resident
  [ "$status" -eq 0 ]
  [[ $stderr == *"'cr2 record --resident' has them"* ]]
  run --separate-stderr "$CR2" report -i r.data --resident --html
  [ "$status" -eq 2 ]
}
