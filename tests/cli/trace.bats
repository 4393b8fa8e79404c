# SPDX-License-Identifier: MIT
# cr2 stat, cr2 trace: real programs, and a program whose faults are known.

bats_require_minimum_version 1.5.0

load tracing

@test "trace: a known number of faults of each path, each told right" {
  traced trace --json -o faults "$PRIMES"
  [ "$status" -eq 0 ]
  echo "$output" > expected
  [ "${#lines[@]}" -ge 13 ]
  "$CR2_SOURCE"/tests/trace/check-primes expected faults
}

@test "trace: what threads fault on as they end is seen, and how it ended" {
  traced trace --json -o faults "$TRACED_PROGRAMS"/leavers
  [ "$status" -eq 0 ]
  # The last one's number is not written, and two that go at once may both take themselves for the last.
  grep '"error":"0x3","path":"wp_reuse".*"mode":"kernel"' faults >ends
  [ "$(wc -l <ends)" -ge 4 ]
  ! grep -q '"path":"efault"' faults
  traced stat --json "$TRACED_PROGRAMS"/leavers
  [ "$status" -eq 0 ]
  summary=$(grep '"kind":"summary"' <<<"$output")
  [ $(($(number recorded "$summary") + $(number reference_only "$summary"))) -eq "$(number kernel_counted "$summary")" ]
}

@test "stat: nobody else pays for threads that exit, where programs may stand at functions" {
  traced stat true
  sleep 1000 3>&- & storm=$!
  "$CR2" stat --source bpf -p $storm >/dev/null 3>&- & cr2=$!
  await_followed $cr2
  attached=$(cat /proc/$cr2/fdinfo/* | awk '$1 == "tp_name:" || $1 == "link_type:" {print $2}')
  kill -KILL $storm
  wait $cr2
  [[ $attached == *page_fault_user* ]]
  lock=$(grep -c mmap_lock <<<"$attached" || true)
  function=$(grep -cx tracing <<<"$attached" || true)
  if "$CR2" features --json | grep '"name":"fentry"' | grep -q '"found":true'; then
    [ "$function-$lock" = 1-0 ]
  else
    [ "$function-$lock" = 0-1 ]
  fi
}

@test "stat: the books close, on what the kernel counted" {
  traced stat --json "$PRIMES"
  [ "$status" -eq 0 ]
  summary=$(grep '"kind":"summary"' <<<"$output")
  [ "$(number lost "$summary")" -eq 0 ]
  [ "$(number undetermined "$summary")" -eq 0 ]
  [ "$(number signals "$summary")" -eq 65 ]
  [ "$(number reference_only "$summary")" -ge 97 ]
  [ "$(number recorded "$summary")" -gt 900 ]
  [ $(($(number recorded "$summary") + $(number reference_only "$summary"))) -eq \
    "$(number kernel_counted "$summary")" ]
}

@test "stat: children are followed, and the exit code is the command's" {
  traced stat --json -- sh -c 'for i in 1 2 3 4 5; do /bin/true; done; exit 7'
  [ "$status" -eq 7 ]
  summary=$(grep '"kind":"summary"' <<<"$output")
  [ "$(number recorded "$summary")" -gt 150 ]
  [ "$(number lost "$summary")" -eq 0 ]
}

@test "stat: rows by path for people, the dearest first, and the books" {
  traced stat "$PRIMES"
  [ "$status" -eq 0 ]
  [[ $output == *"wp_copy"*"a write to a shared page copies it"* ]]
  [[ $(tr -s '\n ' ' ' <<<"$output") == *"that the kernel counted; nothing lost"* ]]
}

@test "stat: by mapping and process" {
  traced stat --by path,mapping,process /bin/true
  [ "$status" -eq 0 ]
  [[ $output =~ [0-9]+\ true\ file_read\ file ]]
}

@test "stat -p: a process that runs; it ends with it" {
  traced stat true
  sleep 100 & target=$!
  "$CR2" stat --json -p $target >out & cr2=$!
  # It waits for the process by a descriptor: from then on the process may end.
  until ls -l /proc/$cr2/fd 2>/dev/null | grep -q pidfd; do
    kill -0 $cr2
    sleep 0.1
  done
  kill $target
  wait $cr2
  grep '"kind":"summary"' out
}

# bats test_tags=once
@test "stat -I: what came in each interval adds up to all" {
  traced stat --json -I 50 sh -c 'for i in 1 2 3 4 5 6; do /bin/true; sleep 0.05; done'
  [ "$status" -eq 0 ]
  sum() {
    grep "\"kind\":\"$1\"" <<<"$output" | grep -o '"count":[0-9]*' | awk -F : '{n += $2} END {print n}'
  }
  [ "$(grep -o '"kind":"interval","t":[0-9.]*' <<<"$output" | sort -u | wc -l)" -ge 3 ]
  [ "$(sum interval)" -eq "$(sum row)" ]
  traced stat -I 50 sleep 0.2
  [[ $output =~ ^0\.[0-9]{3}\ s:\ [0-9]+\ faults ]]
  run "$CR2" stat -I 5 true
  [ "$status" -eq 2 ]
}

# A group of our own, taken away at the end; "" where there is none to be made.
make_group() {
  local top
  top=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)
  group=${top:+$top/cr2-test-$$}
  [ -n "$group" ] && mkdir -p "$group/below" 2>/dev/null || skip "no control groups of version 2 to write to"
}

teardown() {
  [ -z "$group" ] || rmdir "$group/below" "$group" || true
}

# bats test_tags=once
@test "stat, record --cgroup: who is in the group or below it, and nobody else" {
  traced stat true
  make_group
  enter="echo \$\$ > $group/below/cgroup.procs && exec $PRIMES"
  # What runs outside is not counted.
  traced stat --json --cgroup "${group##*/}" -- sh -c 'for i in 1 2 3; do /bin/true; done'
  [[ $output == *'"recorded":0,"kernel_counted":0,'* ]]
  traced stat --json --cgroup "$group" -- sh -c "/bin/true; sh -c '$enter' >expected"
  [ "$status" -eq 0 ]
  summary=$(grep '"kind":"summary"' <<<"$output")
  [ "$(number recorded "$summary")" -gt 900 ]
  [ $(($(number recorded "$summary") + $(number reference_only "$summary"))) -eq \
    "$(number kernel_counted "$summary")" ]
  traced record -o r.data --cgroup "$group" -- sh -c "/bin/true; sh -c '$enter' >expected"
  [ "$status" -eq 0 ]
  "$CR2" report -i r.data --json --by process,path,page >rows
  "$CR2_SOURCE"/tests/trace/check-primes expected rows
  run "$CR2" report -i r.data --by process
  [[ $output == *primes* ]]
  [[ $output != *" true "* ]]
}

@test "--cgroup: no group of that name, no hierarchy, with another choice" {
  run "$CR2" stat --cgroup x -a true
  [ "$status" -eq 2 ]
  run "$CR2" stat --cgroup no/such/group true
  if [ "$status" -ne 3 ]; then
    [ "$status" -eq 2 ]
    [[ $output == *"no/such/group: No such file or directory; groups are the folders in /"* ]]
    run "$CR2" stat --cgroup "$BATS_TEST_TMPDIR" true
    [ "$status" -eq 2 ]
    [[ $output == *"is no control group of version 2"* ]]
  fi
  unshare -m true 2>/dev/null || skip "no mount namespace of its own"
  run unshare -m sh -c 'for at in $(awk "\$3 == \"cgroup2\" {print \$2}" /proc/mounts); do umount -l $at || exit 77; done
    "$0" stat --cgroup x true' "$CR2"
  [ "$status" -ne 77 ] || skip "no rights to take away the hierarchy of version 2: $output"
  [ "$status" -eq 3 ]
  [[ $output == *"missing here: cgroup2 (it takes mount -t cgroup2"* ]]
}

@test "trace -o: earlier lines stay until there are new ones" {
  echo earlier >lines
  run "$CR2" trace -o lines ./no-such-program
  [ "$status" -ne 0 ]
  [ "$(<lines)" = earlier ]
  traced trace -o lines true
  [ "$status" -eq 0 ]
  ! grep earlier lines
  [ -s lines ]
}

@test "trace: filters" {
  traced trace --json -o faults --path file_cow --mapping file /bin/true
  [ "$status" -eq 0 ]
  [ -s faults ]
  run grep -v '"path":"file_cow"' faults
  [ "$status" -eq 1 ]
  traced trace --json -o none --slower 100s /bin/true
  [ ! -s none ]
  # A name that matches, and a number.
  traced trace --json -o faults --process 'stor?,1' sh -c '"$0" 50; exit 0' "$STORM"
  [ "$(grep -c '"comm":"storm"' faults)" -ge 50 ]
  run grep -v '"comm":"storm"' faults
  [ "$status" -eq 1 ]
  traced trace --json -o faults --error 0x7 sh -c 'echo $$'
  [ -s faults ]
  run grep -v '"error":"0x7"' faults
  [ "$status" -eq 1 ]
  traced trace --json -o faults --error 'W,!P' --process "$$,storm" "$STORM" 50
  [ "$(wc -l <faults)" -ge 50 ]
  run grep -vE '"error":"0x[26]"' faults
  [ "$status" -eq 1 ]
}

@test "trace: function and line of the code, and none but those asked for" {
  traced trace --json --function 'touch_*' -o faults "$STORM" 50
  [ "$status" -eq 0 ]
  [ "$(wc -l <faults)" -eq 50 ]
  run grep -vE '"function":"touch_pages","object_path":"/[^"]*/storm","source_file":"[^"]*storm.c","file_line":[0-9]+,' faults
  [ "$status" -eq 1 ]
  traced trace --function touch_pages -o faults "$STORM" 50
  grep -qE ' ip 0x[0-9a-f]+ touch_pages storm.c:[0-9]+$' faults
  # In kernel mode the kernel's own.
  traced trace --json --path anon_alloc -o faults "$STORM" -k 50
  [ "$(grep -c '"object_path":"\[kernel\]"' faults)" -ge 50 ]
  if [ "$(awk '$1 != 0 {print "shown"; exit}' /proc/kallsyms)" ]; then
    ! grep '"object_path":"\[kernel\]"' faults | grep '"function":"0x'
  fi
}

@test "trace: all code of a program and its children has a file: loader, libraries, what it becomes" {
  traced trace --json -o faults sh -c 'python3 -c "import json, _ctypes" 2>/dev/null; /bin/true; exec /bin/true'
  [ "$status" -eq 0 ]
  grep '"mode":"user"' faults >user
  grep -q '"object_path":"[^"]*/ld-linux-x86-64.so.2"' user
  grep -q '"object_path":"[^"]*/libc.so.6"' user
  grep -q '"comm":"true",.*"object_path":"[^"]*/true"' user
  # Other programs' code is not theirs, whatever ran in the same process before.
  ! grep '"comm":"true"' user | grep -E '"object_path":"[^"]*/(dash|python[0-9.]*)"'
  ! grep '"function":"0x' user
}

# bats test_tags=once
@test "trace -p: what was mapped before; trace -a: of everybody; either while a command runs" {
  traced trace -a --json --function touch_pages -o faults "$STORM" 100
  [ "$(grep -c '"comm":"storm",.*"source_file":"[^"]*storm.c"' faults)" -ge 100 ]
  "$STORM" 0 >storm 3>&- & storm=$!
  await_lines storm 1
  "$CR2" trace --json --function touch_pages -o faults -p $storm 3>&- & cr2=$!
  await_followed $cr2
  kill -USR1 $storm
  wait $cr2 || true
  [ "$(grep -c '"source_file":"[^"]*storm.c"' faults)" -eq 100 ]
  "$STORM" 0 >storm 3>&- & storm=$!
  await_lines storm 1
  # The command's own faults are none of theirs.
  traced stat --json -p $storm -- sh -c "kill -USR1 $storm; while kill -0 $storm 2>/dev/null; do sleep 0.05; done"
  [ "$status" -eq 0 ]
  [ "$(number recorded "$(grep '"kind":"summary"' <<<"$output")")" -ge 100 ]
  [ "$(number recorded "$(grep '"kind":"summary"' <<<"$output")")" -le 120 ]
}

# made MODE COMMAND...: 50 faults in trace and in report have the name of code that was made while it ran.
made() {
  local mode=$1
  traced trace --json --function made_here -o faults "${@:2}" "$TRACED_PROGRAMS/jit" "$mode" 50
  [ "$status" -eq 0 ]
  rm -f "/tmp/perf-$output.map"
}

@test "code that programs make has names: map files, jitdumps, children, containers" {
  made map
  [ "$(grep -c '"function":"made_here","object_path":"\[jit\]","source_file":null' faults)" -eq 50 ]
  made dump
  [ "$(grep -c '"function":"made_here","object_path":"\[jit\]","source_file":"made.js","file_line":17' faults)" -eq 50 ]
  made child
  [ "$(grep -c '"source_file":"made.js"' faults)" -eq 100 ]
  for mode in map dump; do
    traced record -g -o r.data "$TRACED_PROGRAMS/jit" $mode 50
    "$CR2" report -i r.data --json --by stack >rows
    rm -f "/tmp/perf-$output.map"
    grep '"calls":\[{"function":"made_here","object_path":"\[jit\]"' rows | grep -q '"count":50,'
  done
}

# bats test_tags=once
@test "trace: a map file in a container, by the number that its process has there" {
  traced trace true
  unshare -mpf true 2>/dev/null || skip "no namespaces of its own"
  mkfifo go
  # shellcheck disable=SC2016
  "$CR2" trace --json --function made_here -o faults unshare -mpf sh -c 'mount -t tmpfs none /tmp && exec "$@"' sh \
    "$TRACED_PROGRAMS/jit" map 50 wait <go 3>&- & cr2=$!
  exec 5>go
  await_lines faults 50
  exec 5>&-
  wait $cr2
  [ "$(wc -l <faults)" -eq 50 ]
}

# bats test_tags=once
@test "functions of the vdso have their names, of the kernel that runs" {
  grep -q '\[vdso\]' /proc/self/maps || skip "no vdso here"
  record -o r.data date
  "$CR2" report -i r.data --by function --json >rows
  grep -qE '"function":"(__vdso_)?(clock_gettime|gettimeofday|time)","count"' rows
  traced trace --json -o faults date
  grep -qE '"function":"(__vdso_)?(clock_gettime|gettimeofday|time)","object_path":"\[vdso\]"' faults
  # Another's has its place.
  sed "s/$(uname -r)/$(uname -r | tr 0-9 1-9,0)/" r.data >other.data
  "$CR2" report -i other.data --by function --json >rows
  grep -q '"function":"\[vdso\]+0x' rows
}

# bats test_tags=once
@test "a command that there is not, a process that there is not, no rights" {
  traced stat no-such-command
  [ "$status" -eq 2 ]
  [[ $stderr == *"cannot run 'no-such-command': No such file or directory"* ]]
  traced stat -p 2147483647
  [ "$status" -eq 2 ]
  run "$CR2" stat
  [ "$status" -eq 2 ]
  run "$CR2" stat -p 1 -a
  [ "$status" -eq 2 ]
  run "$CR2" stat -p x
  [ "$status" -eq 2 ]
  run "$CR2" trace --path wp_cop true
  [ "$status" -eq 2 ]
  [[ $output == *"did you mean 'wp_copy'?"* ]]
  run "$CR2" trace --mapping nowhere true
  [ "$status" -eq 2 ]
  [[ $output == "cr2: trace: --mapping: 'nowhere' is none of "*"anon, heap, stack"* ]]
  run "$CR2" trace --slower 5 true
  [ "$status" -eq 2 ]
  run "$CR2" trace --error W,X true
  [ "$status" -eq 2 ]
  [[ $output == "cr2: trace: --error: 'X' is neither a code such as 0x7 nor one of its bits, such as W or !P"* ]]
  if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null &&
    setpriv --reuid 65534 --clear-groups test -x "$CR2"; then
    run setpriv --reuid 65534 --clear-groups "$CR2" stat --source bpf true
    [ "$status" -eq 3 ]
    [[ $output == *"CAP_BPF"* ]]
  fi
}
