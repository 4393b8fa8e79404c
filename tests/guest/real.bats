# SPDX-License-Identifier: MIT
# Real programs in a guest, CR2_GUEST_VERSION: each exception beside kprobes is a fault of cr2 trace, and what it says; and
# one that is there before it is recorded.

bats_require_minimum_version 1.5.0

load files

# What the columns are stands in scripts/accuracy.
@test "accuracy --guest: every fault of real programs beside kprobes, and in the model of this kernel" {
  command -v strace >/dev/null || skip "no strace here"
  cd "$BATS_TEST_TMPDIR"
  "$CR2_SOURCE"/scripts/accuracy --guest "$CR2_GUEST_VERSION" >rows 2>wrong
  cat rows wrong
  ! grep -q 'exit 125' rows || skip "$(grep -m 1 'exit 125' rows)"
  # Below the heading; those that are not here are left out.
  tail -n +3 rows | grep -v ' not here: ' >run
  [ -s run ] || skip "none of these programs is here"
  while IFS='|' read -r _ name faults undetermined _ books compared other replayed agree accepted differ pages _ _ pages_differ _; do
    echo "$name"
    [ "${faults//[ ,]/}" -ge 100 ]
    [ "$undetermined" -eq 0 ]
    [ "$books" = " exact " ]
    [ "${compared//[ ,]/}" -ge 100 ]
    [ "$other" -eq 0 ]
    # One in ten thousand, and one.
    [ "${replayed//[ ,]/}" -eq $((${agree//[ ,]/} + ${accepted//[ ,]/} + ${differ//[ ,]/})) ]
    [ "${differ//[ ,]/}" -le $((${replayed//[ ,]/} / 10000 + 1)) ]
    [ "${pages_differ//[ ,]/}" -le $((${pages//[ ,]/} / 10000 + 1)) ]
  done <run
}

@test "what trace and stat do not load works here too: call stacks of both kinds, top, the exporter" {
  cd "$BATS_TEST_TMPDIR"
  cat >all <<'END'
/cr2 record --source bpf -g -o /tmp/frames /bin/storm 200
/cr2 report -i /tmp/frames --json --by stack
/cr2 record --source bpf --call-graph dwarf,1024 -o /tmp/copied /bin/storm 300
/cr2 report -i /tmp/copied --json --by stack
/cr2 exporter --textfile /tmp/cr2.prom --interval 1 &
until [ -s /tmp/cr2.prom ]; do sleep 0.2; done
exporter=$!
/bin/storm 700
while :; do /bin/storm 500; done &
/cr2 top --batch --json -n 1
kill $!
kill -INT $exporter
wait $exporter
while read -r line; do echo "$line"; done </tmp/cr2.prom
/cr2 trace --json -o /tmp/ends /bin/leavers
grep -c '"error":"0x3","path":"wp_reuse".*"mode":"kernel"' /tmp/ends
grep -c '"path":"efault"' /tmp/ends
/bin/storm 0 & storm=$!
/cr2 stat -p $storm >/dev/null & cr2=$!
until ls -l /proc/$cr2/fd | grep -q pidfd; do kill -0 $cr2 || exit; sleep 0.2; done
grep -E '^(tp_name|link_type):' /proc/$cr2/fdinfo/*
kill $storm
wait $cr2
END
  files=(-f /all=all -f /bin/storm="$BUILD/tests/trace/storm" -f /bin/leavers="$BUILD/tests/trace/leavers")
  programs sh sleep ls grep
  run --separate-stderr "$BUILD/tests/guest/guest-run" -o "${files[@]}" "$CR2_GUEST_VERSION" /bin/sh /all
  [ "$status" -ne 125 ] || skip "${stderr_lines[0]}"
  [ "$status" -eq 0 ]
  grep -q '"calls":\[{"function":"touch_pages",[^]]*"function":"main",.*"count":200,' <<<"$output"
  grep -q '"calls":\[{"function":"touch_pages",[^]]*"function":"touch_again",[^]]*"function":"main",.*"count":300,' <<<"$output"
  grep -q '"comm":"storm",.*"path":"anon_alloc"' <<<"$output"
  # The last writing has all that was counted.
  n=$(grep -o '^cr2_page_faults_total{.*path="anon_alloc".*} [0-9]*' <<<"$output" | awk '{n += $NF} END {print n + 0}')
  [ "$n" -ge 700 ]
  grep -q '^cr2_page_fault_duration_seconds_bucket{.*path="anon_alloc",le="+Inf"} [1-9]' <<<"$output"
  # What threads fault on as they exit is seen, and nobody else's faults pay for it.
  [ "$(grep -xE '[0-9]+' <<<"$output" | head -1)" -ge 4 ]
  [ "$(grep -xE '[0-9]+' <<<"$output" | tail -1)" -eq 0 ]
  grep -q 'link_type:.*tracing' <<<"$output"
  ! grep -q 'tp_name:.*mmap_lock' <<<"$output"
}

# attach PROGRAM [WORD]...: in the guest the program, which prints "ready" or its processes' numbers and waits for SIGUSR1, is
# recorded from there on; then $replays, lines of a shell. $status and $output.
attach() {
  cat >all <<END
cd /tmp
/bin/$* >out & program=\$!
until [ -s out ]; do kill -0 \$program || exit 3; sleep 0.5; done
read -r pids <out
[ "\$pids" != ready ] || pids=\$program
/cr2 record --ops -o r.data -p \$pids & cr2=\$!
until ls -l /proc/\$cr2/fd | grep -q pidfd; do kill -0 \$cr2 || exit; sleep 0.5; done
kill -USR1 \$program
wait \$cr2
$replays
END
  files=(-f /all=all -f "/bin/$1=$BUILD/tests/trace/$1")
  programs sh sleep ls grep
  run --separate-stderr "$BUILD/tests/guest/guest-run" -o "${files[@]}" "$CR2_GUEST_VERSION" /bin/sh /all
  [ "$status" -ne 125 ] || skip "${stderr_lines[0]}"
  grep '"kind":"summary"' <<<"$output" >summaries
  read -r summary <summaries
  echo "$summary"
}

# number NAME: in $summary.
number() {
  grep -o "\"$1\":[0-9]*" <<<"$summary" | cut -d : -f 2
}

# agrees SPACES: so many were found whole, and nothing differs.
agrees() {
  [[ $summary == *"\"profile\":\"$CR2_GUEST_VERSION\""*"\"spaces_found\":$1,\"spaces_found_in_part\":0,"* ]]
  [[ $summary == *'"differ":{"path":0,"error":0,"missing":0},"not_modelled":0,"unplaced":0,'* ]]
  [[ $summary == *'"pages_differ":{"absent":0,"present":0,"kind":0,"writable":0,"once":0},'* ]]
  [[ $summary == *'"lost":0,'* ]]
}

@test "replay: a process that is attached to goes on from what was there, in the model of this kernel" {
  cd "$BATS_TEST_TMPDIR"
  replays='/cr2 replay -i r.data --json
/cr2 replay -i r.data --without found --json'
  attach attached
  # The last one is the control: faults differ where nothing was found.
  [ "$status" -eq 1 ]
  [ "$(wc -l <summaries)" -eq 2 ]
  agrees 1
  [ "$(number spaces_compared)" -eq 2 ]
  [ "$(number compared)" -ge 150 ]
  [ "$(number pages_found)" -ge 150 ]
}

@test "replay: relatives that are attached to have the same frames, in the model of this kernel" {
  cd "$BATS_TEST_TMPDIR"
  replays='/cr2 replay -i r.data --json'
  attach family
  [ "$status" -eq 0 ]
  agrees 4
  [ "$(number spaces_compared)" -eq 5 ]
  [ "$(number unrecorded | sort -u)" = 0 ]
  [ "$(number compared)" -ge 300 ]
}

@test "replay: memory that was locked when somebody attached, in the model of this kernel" {
  cd "$BATS_TEST_TMPDIR"
  replays='/cr2 replay -i r.data --json
/cr2 replay -i r.data --without locks --json'
  attach locked
  [ "$status" -eq 1 ]
  [ "$(wc -l <summaries)" -eq 2 ]
  agrees 1
  [ "$(number spaces_compared)" -eq 2 ]
  [ "$(number compared)" -ge 100 ]
}

@test "replay: pages that were in swap when somebody attached, in the model of this kernel" {
  cd "$BATS_TEST_TMPDIR"
  replays='/cr2 replay -i r.data --json
/cr2 replay -i r.data --without found --json'
  attach swapped /dev/swap
  [ "$status" -eq 1 ]
  [ "$(wc -l <summaries)" -eq 2 ]
  agrees 2
  [ "$(number spaces_compared)" -eq 3 ]
  [ "$(number compared)" -ge 200 ]
  [ "$(number pages_swapped)" -ge 700 ]
  [[ $output == *'"path":"swap_in","mapping":"anon","count":1'* ]]
  # The control: what is not in swap in the model did not come from there.
  summary=$(tail -n 1 summaries)
  [ "$(number not_modelled)" -ge 100 ]
  [ "$(number pages_swapped)" -eq 0 ]
}

@test "replay: pages of the pool that somebody had when he was attached to, in the model of this kernel" {
  cd "$BATS_TEST_TMPDIR"
  replays='/cr2 replay -i r.data --json
/cr2 replay -i r.data --without found --json'
  attach pool 24
  [ "$status" -eq 1 ]
  [ "$(wc -l <summaries)" -eq 2 ]
  agrees 2
  [ "$(number spaces_compared)" -eq 3 ]
  [ "$(number pages_found)" -ge 5000 ]
  [ "$(number pages_compared)" -ge 15000 ]
  # All of them, and as many with other outcomes where nothing was found.
  grep '"path":"hugetlb","mapping":"hugetlb","count":2[0-9],' <<<"$output" >rows
  [ "$(wc -l <rows)" -eq 2 ]
  [[ $(tail -n 1 rows) != *'"error":0,'* ]]
}
