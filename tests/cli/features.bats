# SPDX-License-Identifier: MIT
# cr2 features: what it says is missing is what stat, trace and record fail on.

bats_require_minimum_version 1.5.0

missing() {
  grep -o '"absent":[^}]*' <<<"$1" | cut -d : -f 2 | tr -d '"'
}

@test "features: what it says of this machine holds for stat" {
  run --separate-stderr "$CR2" features --json
  [ "$status" -eq 0 ]
  [ "$(grep -c '"kind":"feature"' <<<"$output")" -ge 17 ]
  missing=$(missing "$output")
  run --separate-stderr "$CR2" stat --source bpf true
  if [ "$missing" = null ]; then
    [ "$status" -eq 0 ]
  else
    [ "$status" -eq 3 ]
    [[ $stderr == *"missing here: $missing (it takes "* ]]
  fi
}

@test "features: without rights, what would bring them" {
  [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip "not root, or no setpriv"
  setpriv --reuid 65534 --clear-groups test -x "$CR2" || skip "nobody else may read this build"
  run --separate-stderr setpriv --reuid 65534 --clear-groups "$CR2" features
  [ "$status" -eq 0 ]
  if [[ $output == *"one's own processes, by perf events"* ]]; then
    [[ $(tr -s '\n ' ' ' <<<"$output") == *"all of it is not seen: cap_bpf is missing"* ]]
  else
    [[ $output == *"do not work here: cap_bpf is missing"* ]]
  fi
  [[ $(tr -s '\n ' ' ' <<<"$output") == *"would bring it: root, or CAP_BPF and CAP_PERFMON"* ]]
  for command in 'stat --source bpf' 'trace --source bpf' 'record --source bpf -o /tmp/cr2-never'; do
    run --separate-stderr setpriv --reuid 65534 --clear-groups "$CR2" $command true
    [ "$status" -eq 3 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"missing here: cap_bpf (it takes root, or CAP_BPF"* ]]
  done
  rm -f /tmp/cr2-never
}
