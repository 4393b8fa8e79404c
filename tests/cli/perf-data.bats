# SPDX-License-Identifier: MIT
# cr2 report of what perf itself recorded.

bats_require_minimum_version 1.5.0

load tracing

# perf_record OPTION...: into p.data; without build ids, which others who trace may ask for meanwhile: perf 6.1 then
# fails an assertion of its own, since the kernel says that its records have them too.
perf_record() {
  need_perf
  perf record -q -B -o p.data "$@" >out 2>err || skip "perf cannot record here: $(perf_says err)"
}

report() {
  run --separate-stderr "$CR2" report -i p.data "$@"
}

@test "exceptions: each fault, with process, mapping, function and calls" {
  perf_record -e exceptions:page_fault_user,exceptions:page_fault_kernel -g -d "$STORM" 500
  report --json --by process,path,function
  [ "$status" -eq 0 ]
  grep -q '"comm":"storm","path":"unknown","function":"touch_pages","count":500,"major":null,"ns":null,"max":null,"zeroed":null,"copied":null}' \
    <<<"$output"
  [[ $output == *'"kind":"summary","recorded":'*'"source":"perf.data","evidence":"unknown"'* ]]
  report --by mapping,stack
  [[ $(tr -s ' \n' ' ' <<<"$output") == *" 500 "*touch_pages\ storm.c:*main\ storm.c:* ]]
  [[ $output == *" anon"* ]]
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"neither what settled them nor how long they took is known"* ]]
  # In kernel mode: the exception's own functions are not the fault's.
  perf_record -e exceptions:page_fault_user,exceptions:page_fault_kernel -g "$STORM" -k 300
  report --json --by stack
  grep '"calls":\[{[^}]*kernel.*"function":"main"' <<<"$output" | grep -q '"count":300,'
}

@test "page-faults: counted one by one, and as samples that stand for others" {
  perf_record -e page-faults -c 1 -d "$STORM" 500
  report --json --by function,line
  grep -q '"depth":0,"function":"touch_pages","count":500,' <<<"$output"
  grep -q '"source_file":"[^"]*storm.c"' <<<"$output"
  perf_record -e page-faults -c 10 "$STORM" 5000
  report --by function
  [[ $(tr -s ' \n' ' ' <<<"$output") =~ ": "([0-9]+)" faults, of which "([0-9]+)" were seen, and stand for the others" ]]
  [ "${BASH_REMATCH[1]}" -eq $((10 * BASH_REMATCH[2])) ]
  [ "${BASH_REMATCH[1]}" -ge 5000 ]
  report
  [[ $stderr == *"recorded without addresses"*"perf record -d"* ]]
}

# bats test_tags=once
@test "minor-faults and major-faults, of all processes; the same faults twice" {
  perf_record -e minor-faults,major-faults -c 1 -d -a "$STORM" 500
  report --json --by process,function
  grep '"comm":"storm","function":"touch_pages"' <<<"$output" | grep -q '"count":500,"major":0,'
  perf_record -e page-faults,minor-faults -c 1 "$STORM" 500
  report --json --by function
  grep -q '"function":"touch_pages","count":500,' <<<"$output"
  [[ $stderr == *"those of one kind are counted"* ]]
}

@test "what it cannot read" {
  perf_record -e page-faults -c 1 "$STORM" 500
  cp p.data whole
  # Cut off: what stands before is reported.
  # In the records, that is: what follows them is as long as the BPF programs that were loaded meanwhile make it.
  read -r offset size < <(od -An -tu8 -j40 -N16 whole)
  head -c $((offset + size * 9 / 10)) whole >p.data
  report --by function
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: report: p.data: it is cut off at byte "*"; what stands before is reported" ]]
  [[ $output == *touch_pages* ]]
  # What stands behind the records: all of these are there.
  for n in 1 $((8 * 16)); do
    head -c $((offset + size + n)) whole >p.data
    report --json --by function
    [ "$status" -eq 2 ]
    [[ $stderr == "cr2: report: p.data: what stands behind its records is cut off at byte $((offset + size + n)); what stands before is reported" ]]
    grep -q '"function":"touch_pages","count":500,' <<<"$output"
  done
  # A file has to be read from several places.
  run --separate-stderr "$CR2" report -i - < <(cat whole)
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: report: standard input: it is a file's recording, "*"'< FILE' reads it" ]]
}

# Faults of touch_pages in what the command on standard input reads, or the options of report name.
touched() {
  run --separate-stderr "$CR2" report --json --by function "$@"
  grep -o '"function":"touch_pages","count":[0-9]*' <<<"$output" | cut -d : -f 3
}

# bats test_tags=once
@test "from a pipe, as it is recorded or later" {
  need_perf
  perf record -q -B -d -e exceptions:page_fault_user -o - "$STORM" 500 2>err >piped || skip "perf cannot record here: $(perf_says err)"
  [ "$(touched -i - <piped)" -eq 500 ]
  [ "$(touched -i - < <(cat piped))" -eq 500 ]
  run --separate-stderr "$CR2" report --json --by mapping -i - < <(perf record -q -B -d -e page-faults -c 1 -o - "$STORM" 500)
  [ "$status" -eq 0 ]
  [ "$(grep '"mapping":"anon"' <<<"$output" | grep -o '"count":[0-9]*' | cut -d : -f 2)" -ge 500 ]
  # Cut off: what stands before is reported.
  n=$(($(stat -c %s piped) * 9 / 10))
  head -c $n piped >p.data
  report --by function
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: report: p.data: it is cut off at byte "*"; what stands before is reported" ]]
  [[ $output == *touch_pages* ]]
  head -c 3000 piped >p.data
  report
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: report: p.data: "*"cut off"* ]]
}

@test "compressed" {
  need_perf
  # With call stacks, of which compressing makes something, and room for all.
  perf record -q -B -z -m 4M --call-graph dwarf,1024 -e page-faults -c 1 -o p.data "$STORM" 500 >out 2>err ||
    skip "perf cannot compress here: $(perf_says err)"
  report --by stack
  [ "$status" -eq 0 ]
  [[ $(tr -s ' \n' ' ' <<<"$output") == *" 500 "*touch_pages\ storm.c:*main\ storm.c:* ]]
  read -r offset size < <(od -An -tu8 -j40 -N16 p.data)
  cp p.data whole
  head -c $((offset + size / 2)) whole >p.data
  report
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: report: p.data: it is cut off at byte "*"; what stands before is reported" ]]
  # What is no zstd: it begins with another number.
  cp whole p.data
  offset=$(LC_ALL=C grep -obUaP -m 1 '\x28\xb5\x2f\xfd' whole | head -1 | cut -d : -f 1)
  printf '\377%.0s' {1..4} | dd of=p.data bs=1 seek="$offset" conv=notrunc status=none
  report
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: report: p.data: "*" at byte "*"; what stands before is reported" ]]
  run --separate-stderr "$CR2" report --by function -i - < <(perf record -q -B -z -e page-faults -c 1 -o - "$STORM" 500)
  [ "$status" -eq 0 ]
  [[ $output == *" 500  touch_pages"* ]]
}

# bats test_tags=once
@test "perf that records beside cr2 gets what it asked for" {
  need_perf
  "$CR2" record -a -o all.data 2>all.err &
  cr2=$!
  # The file has its head when the kernel tells of mappings.
  until [ -s all.data ] || ! kill -0 "$cr2" 2>/dev/null; do sleep 0.05; done
  kill -0 "$cr2" 2>/dev/null || skip "$(head -1 all.err)"
  perf record -q -d -e page-faults -c 1 -o p.data "$STORM" 500 >out 2>err || skip "perf cannot record here: $(perf_says err)"
  kill -INT "$cr2"
  wait "$cr2" || true
  perf script -i p.data --show-mmap-events >events
  # Device and inode, where the kernel would have said that a build id stands.
  grep -q 'PERF_RECORD_MMAP2.* r-xp .*storm' events
  ! grep -q 'PERF_RECORD_MMAP2.*<[0-9a-f]*>' events
}
