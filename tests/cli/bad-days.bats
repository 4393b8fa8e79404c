# SPDX-License-Identifier: MIT
# cr2 stat, trace and record on bad days: what is followed is odd, or cr2 is in trouble itself.

bats_require_minimum_version 1.5.0

load tracing

# The summary of stat --json, in $summary: nothing is lost, all is known, and the kernel counted as much.
books_close() {
  summary=$(grep '"kind":"summary"' <<<"$output")
  [ "$(number lost "$summary")" -eq 0 ]
  [ "$(number undetermined "$summary")" -eq 0 ]
  [ $(($(number recorded "$summary") + $(number reference_only "$summary"))) -eq \
    "$(number kernel_counted "$summary")" ]
}

# Faults that one path settled, of stat --json.
settled() {
  grep "\"path\":\"$1\"" <<<"$output" | grep -o '"count":[0-9]*' | awk -F : '{n += $2} END {print n + 0}'
}

@test "a process that ends at once, and one that has ended" {
  traced stat --json true
  books_close
  # A child that nobody has waited for: it has a number, and nothing else. It ends when its parent has become one
  # that does not wait.
  bash -c '(until grep -q sleep /proc/$$/comm; do :; done) & echo $! >pid; exec sleep 1000' 3>&- & parent=$!
  until [ -s pid ] && grep -q '^State:.Z' /proc/"$(cat pid)"/status; do sleep 0.05; done
  run --separate-stderr "$CR2" stat --json -p "$(cat pid)"
  kill $parent
  [ "$status" -eq 0 ]
  [[ $output == *'"recorded":0,"kernel_counted":0,'* ]]
}

@test "a process that does not exist" {
  traced stat true
  # No number is as large (PID_MAX_LIMIT).
  for command in stat "record --ops -o r.data"; do
    # shellcheck disable=SC2086
    run --separate-stderr timeout -k 5 60 "$CR2" $command -p 4194304
    [ "$status" -eq 2 ]
    [ "$stderr" = "cr2: ${command%% *}: process 4194304: No such process" ]
  done
}

@test "a process that ends while it is attached to" {
  record -o r.data true
  for after in 0 0.2; do
    "$TRACED_PROGRAMS/crowd" -w fork 1 >out 3>&- & storm=$!
    await_lines out 1
    (sleep $after; kill -KILL $storm) 3>&- &
    run --separate-stderr timeout -k 5 60 "$CR2" record --source bpf --ops -o r.data -p $storm
    wait $storm || true
    if [ "$status" -eq 2 ]; then
      [ "$stderr" = "cr2: record: process $storm: No such process" ]
    else
      [ "$status" -eq 0 ]
      [[ $stderr == "cr2: "*" faults in r.data, "*" 0 lost, 0 not determined" ]]
      # It may have done nothing any more.
      run "$CR2" report -i r.data
      [ "$status" -eq 0 ] || [ "${#lines[@]}" -eq 1 ]
    fi
  done
}

# bats test_tags=once
@test "a program that becomes another user's (setuid)" {
  [ "$(id -u)" -eq 0 ] || skip "needs root"
  chmod 711 .
  mkdir open
  chmod 777 open
  cp "$TRACED_PROGRAMS/primes" .
  chown 65534 primes || skip "this user namespace has no other user"
  chmod 4755 primes
  run findmnt -n -o OPTIONS -T .
  [[ $output != *nosuid* ]] || skip "no setuid programs here"
  cd open
  traced trace --json -o ../faults ../primes
  [ "$status" -eq 0 ]
  echo "$output" >../expected
  "$CR2_SOURCE"/tests/trace/check-primes ../expected ../faults
  # Its events are gone, and come back: nothing is lost meanwhile.
  traced stat --json ../primes
  [ "$status" -eq 0 ]
  books_close
}

# crowd CHILDREN: in one run, since each start of cr2 costs more than what is traced here.
crowd() {
  traced stat --json --by path,process -- sh -c '"$0" fork "$1" && "$0" map 60000 && "$0" race 1000' \
    "$TRACED_PROGRAMS/crowd" "$1"
  [ "$status" -eq 0 ]
  books_close
  # A page of each child; of each second mapping; all pages of the race, some of them twice.
  [ "$(settled anon_alloc)" -ge $(($1 + 30000 + 1000)) ]
  [ "$(grep -o '"pid":[0-9]*' <<<"$output" | sort -u | wc -l)" -gt "$1" ]
}

@test "a crowd of children, 60,000 mappings, two threads that write to the same pages" {
  crowd 100
}

# bats test_tags=long
@test "ten thousand children" {
  crowd 10000
}

@test "a program that is killed in the midst of its faults" {
  traced stat --json sh -c '"$0" 100000000 & sleep 0.3; kill -KILL $!; kill -KILL $$' "$STORM"
  [ "$status" -eq 137 ]
  books_close
}

@test "a ring that runs full: what is lost is counted, and the books close" {
  traced record --ring 4096 -o r.data "$STORM" 20000
  [ "$status" -eq 0 ]
  said=$(sed -E 's/^cr2: ([0-9]+) faults in r.data, [0-9]+ bytes; [0-9]+ by reference only, ([0-9]+) lost.*/\1 \2/' \
    <<<"$stderr")
  read -r recorded lost <<<"$said"
  [ "$lost" -gt 0 ]
  # With those that came by reference alone they are what the kernel counts.
  by_reference=$(grep -o '[0-9]* by reference only' <<<"$stderr" | cut -d ' ' -f 1)
  traced stat --json "$STORM" 20000
  books_close
  counted=$(number kernel_counted "$summary")
  # Where its stack lies differs from run to run.
  [ $((recorded + lost + by_reference)) -ge $((counted - 5)) ]
  [ $((recorded + lost + by_reference)) -le $((counted + 5)) ]
  # The file says the same.
  run --separate-stderr "$CR2" report -i r.data --json
  summary=$(grep '"kind":"summary"' <<<"$output")
  [ "$(number lost "$summary")" -eq "$lost" ]
  [ "$(number recorded "$summary")" -eq "$recorded" ]
}

# bats test_tags=once
@test "perf on the same tracepoints and events loses nothing by it" {
  perf --version >/dev/null 2>&1 || skip "no perf here (package linux-perf)"
  perf stat -x, -o alone -e minor-faults,exceptions:page_fault_user "$STORM" 2000 2>err ||
    skip "$(perf_says err)"
  traced stat --json perf stat -x, -o traced -e minor-faults,exceptions:page_fault_user "$STORM" 2000
  [ "$status" -eq 0 ]
  books_close
  # Each way nearly the same: where libraries lie differs by some pages from run to run.
  for file in alone traced; do
    [ "$(awk -F, '$3 ~ /faults|page_fault/ && $1 >= 2000 && $1 < 2300' $file | wc -l)" -eq 2 ]
  done
}

# bats test_tags=once
@test "other BPF programs on the same tracepoints and events see as much" {
  bpftrace --version >/dev/null 2>&1 || skip "no bpftrace here (package bpftrace)"
  traced stat true
  cp "$STORM" seen-twice # by a name of its own: other tests run storms too
  # shellcheck disable=SC2016
  run --separate-stderr timeout -k 5 60 bpftrace -c "$CR2 stat --source bpf --json ./seen-twice 2000" -e '
    tracepoint:exceptions:page_fault_user /comm == "seen-twice"/ {@starts = count()}
    software:page-faults:1 /comm == "seen-twice"/ {@ends = count()}'
  [ "$status" -eq 0 ] || skip "${stderr_lines[0]}"
  books_close
  for seen in starts ends; do
    n=$(grep -o "@$seen: [0-9]*" <<<"$output" | cut -d ' ' -f 2)
    [ "$n" -ge 2000 ]
    [ "$n" -lt 2300 ]
  done
}

@test "a kernel without type information (BTF)" {
  traced stat true
  unshare -m true 2>/dev/null || skip "no mount namespace of its own"
  run unshare -m sh -c 'mount --bind /dev/null /sys/kernel/btf/vmlinux && exec "$0" stat --source bpf true' "$CR2"
  [ "$status" -eq 3 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == *"missing here: btf (it takes a kernel with CONFIG_DEBUG_INFO_BTF"* ]]
}

# bats test_tags=once
@test "a container with process numbers of its own" {
  traced stat true
  unshare -p -f --mount-proc true 2>/dev/null || skip "no namespace of process numbers of its own"
  run unshare -p -f --mount-proc "$CR2" trace --json -o faults sh -c 'echo $$; /bin/true; exec true'
  [ "$status" -eq 0 ]
  # cr2 is 1 there, the shell what it says, and its child comes after it.
  shell=${lines[0]}
  [ "$shell" -lt 10 ]
  [ "$(grep -o '"pid":[0-9]*' faults | sort -u | cut -d : -f 2 | sort -n | head -1)" -eq "$shell" ]
  [ "$(grep -o '"pid":[0-9]*' faults | sort -u | wc -l)" -eq 2 ]
  [ "$(grep -c "\"pid\":$shell,\"tid\":$shell,\"comm\":\"sh\"" faults)" -gt 20 ]
  # -p takes the numbers that are seen there, and a recording has them.
  run unshare -p -f --mount-proc bash -c '"$1" 0 >out & storm=$!
    until [ -s out ]; do sleep 0.1; done
    "$0" record -o r.data -p $storm & cr2=$!
    until ls -l /proc/$cr2/fd 2>/dev/null | grep -q pidfd; do kill -0 $cr2 || exit; sleep 0.1; done
    kill -USR1 $storm
    wait $cr2
    echo "storm $storm"' "$CR2" "$STORM"
  [ "$status" -eq 0 ]
  storm=$(grep -o 'storm [0-9]*' <<<"$output" | cut -d ' ' -f 2)
  "$CR2" report -i r.data --json --by process,function >rows
  grep -q "\"pid\":$storm,\"comm\":\"storm\",\"function\":\"touch_pages\",\"count\":100," rows
}

@test "Ctrl-C at any moment ends it" {
  traced stat true
  # While it loads, while it attaches, and when all runs, as far as the machine is as fast as that.
  for after in 0.03 0.15 0.3 0.6; do
    run timeout -k 20 -s INT $after "$CR2" record -o r.data sleep 1000
    [ "$status" -eq 124 ]
  done
}

# bats test_tags=once
@test "Ctrl-C or SIGKILL: nothing is left attached" {
  bpftool version >/dev/null 2>&1 || skip "no bpftool here (package bpftool)"
  traced stat true
  for signal in INT KILL; do
    env --default-signal=INT "$CR2" record --source bpf --ops -a -o r.data 2>err 3>&- & cr2=$!
    # Behind all that it loads and attaches comes the file's first write.
    until [ -s r.data ]; do kill -0 $cr2 && sleep 0.05; done
    programs=$(cat /proc/$cr2/fdinfo/* 2>/dev/null | awk '$1 == "prog_id:" {print $2}' | sort -u)
    [ "$(wc -w <<<"$programs")" -ge 10 ]
    kill -s $signal $cr2
    wait $cr2 || [ $signal = KILL ]
    rm r.data
    # The kernel lets go of them when nobody may be in them any more.
    for program in $programs; do
      while bpftool prog show id "$program" >/dev/null 2>&1; do sleep 0.05; done
    done
  done
}
