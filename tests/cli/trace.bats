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
  mkdir -p "$group/below" 2>/dev/null || skip "no control groups of version 2 to write to"
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
  run unshare -m sh -c 'for at in $(awk "\$3 == \"cgroup2\" {print \$2}" /proc/mounts); do umount -l $at; done
    "$0" stat --cgroup x true' "$CR2"
  [ "$status" -eq 3 ]
  [[ $output == *"missing here: cgroup2 (it takes mount -t cgroup2"* ]]
}

@test "trace: filters" {
  traced trace --json -o faults --path file_cow --mapping file /bin/true
  [ "$status" -eq 0 ]
  [ -s faults ]
  run grep -v '"path":"file_cow"' faults
  [ "$status" -eq 1 ]
  traced trace --json -o none --slower 100s /bin/true
  [ ! -s none ]
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
  run "$CR2" trace --slower 5 true
  [ "$status" -eq 2 ]
  if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    run setpriv --reuid 65534 --clear-groups "$CR2" stat --source bpf true
    [ "$status" -eq 3 ]
    [[ $output == *"CAP_BPF"* ]]
  fi
}

# Numbers of the programs that a process has loaded. Others may trace on this machine too.
programs_of() {
  grep -h '^prog_id:' /proc/"$1"/fdinfo/* 2>/dev/null | awk '{print $2}' | sort -u
}

# bats test_tags=once
@test "nothing stays attached when cr2 is killed" {
  command -v bpftool >/dev/null || skip "no bpftool here"
  traced stat true
  "$CR2" stat sleep 1000 & pid=$!
  until target=$(pgrep -P $pid -x sleep); do
    kill -0 $pid
    sleep 0.1
  done
  programs=$(programs_of $pid)
  [ "$(wc -w <<<"$programs")" -ge 8 ]
  kill -KILL $pid
  wait $pid || true
  kill "$target"
  for program in $programs; do
    # What is given back at its end takes the kernel a moment.
    for i in 1 2 3 4 5 6 7 8 9 10; do
      bpftool prog show id "$program" >/dev/null 2>&1 || break
      sleep 0.2
    done
    run bpftool prog show id "$program"
    [ "$status" -ne 0 ]
  done
}
