# SPDX-License-Identifier: MIT
# cr2 stat, trace and record in a guest, CR2_GUEST_VERSION: each fault of a program is what the kernel says that it was.

bats_require_minimum_version 1.5.0

load files

@test "trace: every fault of primes beside kprobes, and as many as are known" {
  cd "$BATS_TEST_TMPDIR"
  run --separate-stderr "$CR2_GUEST_RUN" -o -f /witness="$CR2_WITNESS" -f /bin/primes="$CR2_BUILD/tests/trace/primes" \
    "$CR2_GUEST_VERSION" /witness /cr2 trace --json -o /tmp/faults /bin/primes more
  [ "$status" -ne 125 ] || skip "${stderr_lines[0]}"
  echo "$output" >all
  [ "$status" -eq 0 ]
  [[ $stderr == *" by reference only, 0 lost, 0 not determined"* ]]
  grep -E '^([a-z_]+|-) [0-9a-f]+ [0-9a-f]+ [0-9]+$' all >expected
  [ "$(wc -l <expected)" -ge 20 ]
  grep '^{' all >faults
  # All that with the kernel locked down to integrity; confidentiality forbids to read kernel memory.
  grep -q '^lockdown 3$' all
  [[ $stderr == *"missing here: lockdown (it takes booting without lockdown=confidentiality)"* ]]
  "$CR2_SOURCE"/tests/trace/check-primes expected faults
  "$CR2_SOURCE"/tests/guest/check-witness all
}

@test "replay: the faults of primes, and of a shell with pipes, in the model of this kernel" {
  cd "$BATS_TEST_TMPDIR"
  cat >both <<'END'
/cr2 record --ops -o /tmp/primes /bin/primes >/dev/null
/cr2 replay -i /tmp/primes --json
/cr2 record --ops -o /tmp/pipes /bin/sh -c 'for i in 1 2 3; do (echo $i | cat); done' >/dev/null
/cr2 replay -i /tmp/pipes --json
END
  files=(-f /both=both -f /bin/primes="$CR2_BUILD/tests/trace/primes")
  programs sh cat
  run --separate-stderr "$CR2_GUEST_RUN" -o "${files[@]}" "$CR2_GUEST_VERSION" /bin/sh /both
  [ "$status" -ne 125 ] || skip "${stderr_lines[0]}"
  grep '"kind":"summary"' <<<"$output" >summaries
  [ "$(wc -l <summaries)" -eq 2 ]
  # Where parent and child meet, Linux has a choice that the recording does not always show.
  grep -c '"differ":{"path":0,"error":0,"missing":0}' summaries | grep -q 2 ||
    grep -q '"differ":{"path":1,"error":0,"missing":0}' summaries
  [ "$(grep -c "\"profile\":\"$CR2_GUEST_VERSION\"" summaries)" -eq 2 ]
  while read -r summary; do
    [ "$(grep -o '"compared":[0-9]*' <<<"$summary" | cut -d : -f 2)" -ge 300 ]
    # And the pages that all address spaces had at their ends.
    spaces=$(grep -o '"address_spaces":[0-9]*' <<<"$summary" | cut -d : -f 2)
    grep -q "\"spaces_compared\":$spaces," <<<"$summary"
    grep -Eq '"pages_differ":\{"absent":[01],"present":0,"kind":0,"writable":0,"once":0\}' <<<"$summary"
  done <summaries
}
