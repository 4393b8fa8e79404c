# SPDX-License-Identifier: MIT
# cr2 record, cr2 report: what is recorded is what happened, and perf reads it too.

bats_require_minimum_version 1.5.0

load tracing

@test "record: a known number of faults of each path, each told right by report" {
  record -o r.data "$PRIMES"
  [ "$status" -eq 0 ]
  echo "$output" > expected
  "$CR2" report -i r.data --json --by process,path,page > rows
  "$CR2_SOURCE"/tests/trace/check-primes expected rows
  summary=$(grep '"kind":"summary"' rows)
  [ "$(number lost "$summary")" -eq 0 ]
  [[ $summary == *'"finished":true'* ]]
  [[ $stderr == *"cr2: $(number recorded "$summary") faults in r.data, "*", 0 lost, 0 not determined"* ]]
}

# bats test_tags=once
@test "perf script: an event a path, with the fields by name" {
  need_perf
  record -o r.data "$PRIMES"
  [ "$status" -eq 0 ]
  summary=$("$CR2" report -i r.data --json | grep '"kind":"summary"')
  perf script -i r.data -F comm,pid,tid,time,event,ip,addr,weight,trace >script 2>err
  [ "$(wc -l < script)" -eq "$(number recorded "$summary")" ]
  grep -q '^ *primes .* cr2:wp_copy: path=wp_copy addr=0x[0-9a-f]* .*error=0x7 mapping=anon .*before=anon after=anon' script
  # The same numbers of each path as report has.
  "$CR2" report -i r.data --json --by path >rows
  while read -r row; do
    path=$(grep -o '"path":"[a-z_]*"' <<<"$row" | cut -d '"' -f 4)
    [ "$(grep -c " cr2:$path: " script)" -eq "$(number count "$row")" ]
  done < <(grep '"kind":"row"' rows)
}

# bats test_tags=once
@test "perf report and its kind open it: events by name, the program's file" {
  need_perf
  record -o r.data "$PRIMES"
  [ "$status" -eq 0 ]
  perf report -i r.data --stdio >report 2>err
  grep -q "of event 'cr2:wp_copy'" report
  grep -q '^ *[0-9.]*% *primes *primes ' report
  perf evlist -i r.data >events
  grep -q '^cr2:wp_copy$' events
  perf report -i r.data --header-only >header
  grep -q "^# hostname : $(uname -n)" header
  run grep -i -E 'error|fail|out of order' err
  [ "$status" -eq 1 ]
}

# bats test_tags=once
@test "record: at most 100 bytes a fault; children and their files are told" {
  record -o r.data sh -c '/bin/true; exec "$0"' "$PRIMES"
  [ "$status" -eq 0 ]
  run --separate-stderr "$CR2" report -i r.data --json --by process,mapping
  [ "$status" -eq 0 ]
  [[ $output == *'"comm":"true"'* ]]
  [[ $output == *'"comm":"primes"'* ]]
  [[ $output == *'"file":"'*'/libc.so.6"'* ]]
  record -o r.data "$STORM" 20000
  [ "$status" -eq 0 ]
  # 64 KiB say what stands in it.
  [ "$(stat -c %s r.data)" -lt $((20500 * 100 + 65536)) ]
}

@test "report: functions by name, nested, for people" {
  record -o r.data "$STORM" 5000
  [ "$status" -eq 0 ]
  run --separate-stderr "$CR2" report -i r.data --by function,path
  [ "$status" -eq 0 ]
  [[ $output == *"touch_pages"* ]]
  [[ $(tr -s ' ' <<<"$output") == *"function > path"* ]]
  run --separate-stderr "$CR2" report -i r.data --by process,function,page --json
  [[ $output == *'"depth":2,"pid":'*',"comm":"storm","function":"touch_pages","addr":"0x'* ]]
}

@test "record -p: a process that runs, with what it had mapped before" {
  "$STORM" 0 >out 3>&- & storm=$!
  await_lines out 1
  "$CR2" record --source bpf -o r.data -p $storm 2>err 3>&- & cr2=$!
  await_followed $cr2
  kill -USR1 $storm
  wait $storm
  status=0
  wait $cr2 || status=$?
  [ "$status" -ne 3 ] || skip "$(head -1 err)"
  [ "$status" -eq 0 ]
  run --separate-stderr "$CR2" report -i r.data --by function
  [[ $output == *"touch_pages"* ]]
}

# bats test_tags=once
@test "a recorder that is killed leaves a file that reports up to that point" {
  record -o r.data true
  "$CR2" record --source bpf -o killed.data "$STORM" 100000000 3>&- & pid=$!
  # Until two writes have come: the size then counts faults.
  until [ "$(stat -c %s killed.data 2>/dev/null || echo 0)" -gt 4000000 ]; do
    kill -0 $pid
    sleep 0.1
  done
  storm=$(pgrep -P $pid -x storm)
  kill -KILL $pid
  wait $pid || true
  kill -KILL "$storm"
  run --separate-stderr "$CR2" report -i killed.data
  [ "$status" -eq 0 ]
  [[ $(tr -s '\n ' ' ' <<<"$output") == *"the recorder was ended before its time"* ]]
  [[ $output == *"anon_alloc"* ]]
  if perf --version >/dev/null 2>&1; then
    perf script -i killed.data 2>err | head -1000 >script
    [ "$(wc -l <script)" -eq 1000 ]
    grep -q 'cr2:anon_alloc' script
  fi
}

@test "report: files that are cut off, others', and none" {
  record -o r.data "$PRIMES"
  [ "$status" -eq 0 ]
  head -c 100000 r.data > cut.data
  run --separate-stderr "$CR2" report -i cut.data
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: report: cut.data: it is cut off at byte "*"; what stands before is reported" ]]
  [[ $output == *"file_read"* ]]
  head -c 50 r.data > cut.data
  run --separate-stderr "$CR2" report -i cut.data
  [ "$status" -eq 2 ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  run --separate-stderr "$CR2" report -i "$CR2_SOURCE"/README.md
  [ "$status" -eq 2 ]
  [[ $stderr == *"it is no perf.data file"* ]]
  run --separate-stderr "$CR2" report
  [ "$status" -eq 2 ]
  [[ $stderr == *"perf.data: No such file or directory" ]]
  run --separate-stderr "$CR2" report -i r.data --by path,pat
  [ "$status" -eq 2 ]
  [[ $stderr == *"did you mean 'path'?"* ]]
  if perf record -q -e dummy:u -o p.data true 2>/dev/null; then
    run --separate-stderr "$CR2" report -i p.data
    [ "$status" -eq 2 ]
    [[ $stderr == *"it has no page faults: none of "* ]]
  fi
}

# The line says how many faults stand in the file, and that many are reported; nothing runs on.
check_full() {
  [[ $(cat err) =~ ^"cr2: record: cannot write $1: $2; it holds "([0-9]+)" faults up to there, and the command is ended"$ ]]
  [ "${BASH_REMATCH[1]}" -gt 1000 ]
  [ "$(number recorded "$(grep '"kind":"summary"' rows)")" -eq "${BASH_REMATCH[1]}" ]
  run ! pgrep -f "^$STORM 10000000$"
}

# bats test_tags=once
@test "record: a full disk ends it and the command, with one line, and what was written stays" {
  record -o r.data true
  unshare -m true 2>/dev/null || skip "no mount namespace of its own"
  mkdir disk
  # shellcheck disable=SC2016
  run timeout -k 5 60 unshare -m sh -c 'mount -t tmpfs -o size=2m none disk &&
    "$0" record -o disk/r.data "$1" 10000000 2>err >out; echo "exit $?"; "$0" report -i disk/r.data --json >rows' \
    "$CR2" "$STORM"
  [ "$output" = "exit 3" ]
  check_full disk/r.data "No space left on device"
}

# bats test_tags=once
@test "record: a limit of the file's size is as good as a full disk" {
  record -o r.data true
  # shellcheck disable=SC2016
  run timeout -k 5 60 sh -c 'ulimit -f 4096; "$0" record -o full.data "$1" 10000000 2>err >out; echo "exit $?"' "$CR2" "$STORM"
  [ "$output" = "exit 3" ]
  "$CR2" report -i full.data --json >rows
  check_full full.data "File too large"
}

# bats test_tags=once
@test "record: a command that does not heed SIGTERM is killed when nobody can record it any more" {
  record -o r.data true
  # shellcheck disable=SC2016
  run timeout -k 5 60 sh -c 'ulimit -f 1024; exec "$0" record -o full.data sh -c "trap : TERM; $1 20000; while :; do sleep 0.2; done" 2>err' \
    "$CR2" "$STORM"
  [ "$status" -eq 3 ]
  [[ $(tail -1 err) == "cr2: record: the command did not end by SIGTERM within 2 seconds: it is killed" ]]
}

@test "record: the command's exit code, no command, a folder" {
  record -o r.data sh -c 'exit 7'
  [ "$status" -eq 7 ]
  # What is sure to fail leaves an earlier recording as it is.
  before=$(cksum r.data)
  for what in no-such-command /etc/passwd '-p 2147483647'; do
    # shellcheck disable=SC2086
    record -o r.data $what
    [ "$status" -eq 2 ]
    [ "$(cksum r.data)" = "$before" ]
  done
  run --separate-stderr "$CR2" record -o - true
  [ "$status" -eq 2 ]
  [ ! -e ./- ]
  run --separate-stderr "$CR2" record -o .
  [ "$status" -eq 2 ]
  run --separate-stderr "$CR2" record -o /dev/null true
  [ "$status" -eq 2 ]
  [[ $stderr == *"no regular file"* ]]
}

# bats test_tags=once
@test "two recorders at once count the same" {
  record -o a.data "$CR2" record -o b.data "$PRIMES"
  [ "$status" -eq 0 ]
  echo "$output" > expected
  for file in a.data b.data; do
    "$CR2" report -i $file --json --by process,path,page > rows
    "$CR2_SOURCE"/tests/trace/check-primes expected rows
  done
}
