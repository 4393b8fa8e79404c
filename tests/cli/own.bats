# SPDX-License-Identifier: MIT
# cr2 stat, cr2 trace and cr2 record by perf events, as those see it who have no rights.

bats_require_minimum_version 1.5.0

load tracing

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  chmod 777 .
}

# Nobody is asked in root's place, since root sees all.
nobody() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$@"
  else
    "$@"
  fi
}

owned() {
  [ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ] || skip "kernel.perf_event_paranoid is above 2"
  command -v setpriv >/dev/null || skip "no setpriv"
  nobody "$CR2" features --json >features || skip "another user cannot run it"
  grep -q '"source":"perf"' features || skip "no perf events of one's own processes"
  run --separate-stderr nobody "$CR2" "$@"
}

@test "without rights stat counts by perf events, and says so" {
  owned stat "$PRIMES"
  [ "$status" -eq 0 ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == "cr2: stat by perf events, in user mode alone and without what settled them, since "*cap_bpf* ]]
  said=$(tr -s '\n ' ' ' <<<"$output")
  [[ $said == *"none of these lost; the kernel counted "*" more"* ]]
  [[ $said == *" shmem 149 0 "* ]]
  run ! grep -q ' time ' <<<"$output"
}

@test "in JSON what is not known is null" {
  owned stat --json --source perf "$PRIMES"
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  summary=$(grep '"kind":"summary"' <<<"$output")
  [[ $summary == *'"source":"perf"'* && $summary == *'"reference_only":null'* ]]
  [ "$(number lost "$summary")" -eq 0 ]
  [ "$(number recorded "$summary")" -gt 800 ]
  [ "$(number kernel_counted "$summary")" -gt "$(number recorded "$summary")" ]
  [ "$(grep '"kind":"row"' <<<"$output" | grep -o '"count":[0-9]*' | awk -F : '{n += $2} END {print n}')" -eq \
    "$(number recorded "$summary")" ]
  run ! grep '"kind":"row"' <<<"$(grep -v '"ns":null' <<<"$output")"
}

@test "trace: address, mapping, and what the instruction did" {
  owned trace --json --source perf -o faults "$PRIMES"
  [ "$status" -eq 0 ]
  # Of each range that primes has written or read in user mode, its faults.
  python3 - faults <<END
import json, sys
faults = [json.loads(line) for line in open(sys.argv[1])]
expected = """$output"""
for line in expected.splitlines():
    path, start, end, n = line.split()
    there = [f for f in faults if int(start, 16) <= int(f["addr"], 16) < int(end, 16)]
    if path.startswith(("seg", "sig", "ef", "-")) or (path == "anon_alloc" and n == "107"):
        assert not there, line # a signal is not counted, a system call is the kernel's
        continue
    assert len(there) == int(n), (line, len(there))
    access = "read" if path == "file_read" else "write"
    assert all(f["access"] == access for f in there), (line, [f["access"] for f in there])
    assert all(f["path"] == "unknown" and f["error"] is None and f["ns"] is None for f in there), line
END
}

# bats test_tags=once
@test "the access is what the error code says, fault by fault" {
  [ "$(id -u)" -eq 0 ] || skip "not root"
  run --separate-stderr "$CR2" trace --source bpf --json -o bpf.json -- "$CR2" trace --source perf --json -o perf.json -- \
    sh -c 'awk "BEGIN {for (i = 0; i < 20000; i++) a[i] = i}"; ls -l / | sort' 2>/dev/null
  [ "$status" -eq 0 ] || skip "${stderr_lines[0]}"
  python3 - <<'END'
import collections, json
bpf = collections.defaultdict(list)
for line in open("bpf.json"):
    fault = json.loads(line)
    bpf[fault["tid"], fault["addr"], fault["ip"]].append(int(fault["error"], 16))
told = 0
for line in open("perf.json"):
    fault = json.loads(line)
    error = bpf[fault["tid"], fault["addr"], fault["ip"]].pop(0)
    if fault["access"]:
        told += 1
        assert fault["access"] == ("fetch" if error & 16 else "write" if error & 2 else "read"), (fault, error)
assert told > 100
END
}

# bats test_tags=once
@test "-p: a process that is there already" {
  owned stat --source perf true
  "$CR2_BUILD"/tests/trace/storm 0 >storm 3>&- & target=$!
  "$CR2" stat --source perf --json -p $target >out 3>&- & cr2=$!
  # It waits for the process by a descriptor, and follows it before it waits for the first time.
  until [ -s storm ] && ls -l /proc/$cr2/fd 2>/dev/null | grep -q perf_event; do
    kill -0 $cr2
    sleep 0.05
  done
  sleep 0.2
  kill -USR1 $target
  wait $cr2
  [ "$(grep '"mapping":"anon"' out | grep -o '"count":[0-9]*' | cut -d : -f 2)" -ge 100 ]
}

@test "record: what trace sees, in a file that cr2 and perf open" {
  owned record -o r.data "$PRIMES"
  [ "$status" -eq 0 ]
  [[ ${stderr_lines[0]} == "cr2: record by perf events, in user mode alone "* ]]
  [[ ${stderr_lines[1]} =~ ^"cr2: "([0-9]+)" faults in r.data, "[0-9]+" bytes; 0 lost; "[0-9]+" more that the kernel counted were taken in kernel mode" ]]
  n=${BASH_REMATCH[1]}
  [ "$(stat -c %s r.data)" -lt $((n * 80 + 65536)) ]
  expected=$output
  run "$CR2" report -i r.data
  [[ $(tr -s ' \n' ' ' <<<"$output") == *" $n faults of user mode, recorded without BPF, so that neither what settled them "*"those of kernel mode were not seen"*"nothing lost"* ]]
  run "$CR2" report -i r.data --json --by path,function
  summary=$(grep '"kind":"summary"' <<<"$output")
  [[ $summary == *'"lost":0,'*'"finished":true'*'"evidence":"unknown"'* && $(number recorded "$summary") -eq $n ]]
  grep -q '"depth":0,"path":"unknown","count":'"$n"',"major":[0-9]*,"ns":null,"max":null,"zeroed":null,"copied":null}' <<<"$output"
  "$CR2" report -i r.data --json --by page >pages
  python3 - <<END
import json
rows = [row for row in map(json.loads, open("pages")) if row["kind"] == "row"]
for line in """$expected""".splitlines():
    path, start, end, n = line.split()
    there = sum(row["count"] for row in rows if int(start, 16) <= int(row["addr"], 16) < int(end, 16))
    if not path.startswith(("seg", "sig", "ef", "-")) and (path, n) != ("anon_alloc", "107"): # as for trace
        assert there == int(n), (line, there)
END
}

# bats test_tags=once
@test "record: perf script and perf report open it; call stacks of both kinds" {
  need_perf
  owned record -g -o g.data "$STORM" 500
  [ "$status" -eq 0 ]
  cp g.data r.data
  perf script -i r.data -F event,ip,sym,addr,trace >script 2>err
  [ "$(grep -c 'cr2:unknown: path=unknown addr=0x[0-9a-f]* mapping=anon major=0 access=write' script)" -ge 500 ]
  grep -A1 'touch_pages' script | grep -q ' main$'
  perf report -i r.data --stdio >report 2>err
  grep -q "of event 'cr2:unknown'" report
  owned record --call-graph dwarf,1024 -o d.data "$STORM" 100
  [ "$status" -eq 0 ]
  run --separate-stderr "$CR2" report -i d.data --by stack
  [[ $(tr -s ' \n' ' ' <<<"$output") =~ " 100 touch_pages storm.c:"[0-9]+" touch_again storm.c:"[0-9]+" main storm.c:" ]]
  "$CR2" report -i d.data --trace-event >events
  grep -q '"error":null,"access":"write",.*"before":null,"after":null,"zeroed":null,' events
  run "$CR2" diff --json g.data d.data
  grep '"kind":"row"' <<<"$output" | grep -q '"delta":{"count":-[0-9]*,"major":0,"ns":null,'
}

# bats test_tags=once
@test "record: killed, and of a process that is there already" {
  owned stat --source perf true
  "$STORM" -h 50 >storm 3>&- & storm=$!
  "$CR2" record --source perf -o r.data -p $storm 2>err 3>&- & cr2=$!
  await_lines storm 1
  await_followed $cr2
  kill -USR1 $storm
  # Written at the latest after a second.
  until "$CR2" report -i r.data --json --by function 2>out | grep -q '"function":"touch_pages","count":50,'; do sleep 0.1; done
  kill -KILL $cr2
  run -0 "$CR2" report -i r.data
  [[ $(tr -s ' \n' ' ' <<<"$output") == *" the recorder was ended before its time"* ]]
}

@test "what perf events cannot do is refused" {
  owned stat -a --source perf
  [ "$status" -eq 3 ]
  [[ $stderr == *"of one's own processes: a command, or -p"* ]]
  owned stat --source bpf true
  [ "$status" -eq 3 ]
  owned record --all-cgroups true
  [ "$status" -eq 3 ]
  run "$CR2" stat --source x true
  [ "$status" -eq 2 ]
}
