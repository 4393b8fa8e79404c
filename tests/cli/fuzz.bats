#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# cr2 fuzz: scenarios from a seed, findings as files, a summary, exit codes.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
}

@test "a seed prints the same scenarios every time, and another seed others" {
  "$CR2" fuzz --seed 7 --print 20 > first
  "$CR2" fuzz --seed 7 --print 20 > second
  "$CR2" fuzz --seed 8 --print 20 > other
  cmp first second
  run cmp first other
  [ "$status" -eq 1 ]
  [ "$(grep -c '^# ' first)" -eq 20 ]
}

@test "printed scenarios run" {
  "$CR2" fuzz --seed 3 --print 1 > one.litmus
  run "$CR2" run one.litmus
  [ "$status" -eq 0 ]
}

@test "the model agrees with itself: summary, coverage, exit 0, no folder" {
  run --separate-stderr "$CR2" fuzz --on model --seed 1 --steps 2000
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ $output == *"seed 0x1: 2,"*" steps in "*"no difference" ]]
  [[ $output == *"wp_copy"*"private anon"* ]]
  [ ! -e cr2-fuzz ]
}

@test "a finding is reduced and saved with what both sides did: exit 1" {
  run --separate-stderr "$CR2" fuzz --on model --kernel course --seed 3 --max 1 --out found
  [ "$status" -eq 1 ]
  [[ $output == *"model course"*"≠"*"1 difference" ]]
  file=$(ls found/difference-????????????????.litmus)
  [ -s "${file%.litmus}.model.json" ]
  [ -s "${file%.litmus}.whole.litmus" ]
  [ "$(wc -l < "$file")" -lt "$(wc -l < "${file%.litmus}.whole.litmus")" ]
  # What was saved shows it again, step by step.
  steps() {
    "$CR2" run --on model --kernel "$1" --entries --vmas --json "$file" | sed -n 's/^{"kind":"step","file":"[^"]*","target":"[^"]*",/{/p'
  }
  [ "$(steps course)" = "$(cat "${file%.litmus}.model.json")" ]
  [ "$(steps 6.18)" = "$(cat "${file%.litmus}.target.json")" ]
}

@test "--json: an object for each finding, then the summary" {
  run --separate-stderr "$CR2" fuzz --on model --kernel course --seed 3 --max 2 --json
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 3 ]
  [[ ${lines[0]} == '{"kind":"difference",'*'"differences":[{"step":'* ]]
  [[ ${lines[2]} == '{"kind":"summary",'*'"seed":"0x3"'*'"difference":2,'* ]]
}

@test "--max ends it" {
  run "$CR2" fuzz --on model --kernel course --seed 3 --max 3 --json
  [ "$status" -eq 1 ]
  [ "$(grep -c '"kind":"difference"' <<< "$output")" -eq 3 ]
}

# bats test_tags=once
@test "several jobs do as many steps" {
  run "$CR2" fuzz --on model --seed 1 --steps 4000 --jobs 3 --json
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} =~ '"steps":'([0-9]+) ]]
  [ "${BASH_REMATCH[1]}" -ge 4000 ]
}

@test "--seconds ends it" {
  run timeout 60 "$CR2" fuzz --on model --seed 1 --seconds 0.5
  [ "$status" -eq 0 ]
}

# bats test_tags=once
@test "Ctrl-C ends it with the summary" {
  "$CR2" fuzz --on model --seed 1 --seconds 600 --json > summary &
  sleep 1
  kill -INT $!
  status=0
  wait $! || status=$?
  [ "$status" -eq 130 ]
  grep -q '"interrupted":true' summary
}

# bats test_tags=once
@test "SIGTERM ends it with the summary, too" {
  "$CR2" fuzz --on model --seed 1 --seconds 600 --json > summary &
  sleep 1
  kill -TERM $!
  status=0
  wait $! || status=$?
  [ "$status" -eq 143 ]
  grep -q '"interrupted":true' summary
}

@test "without a seed it is random, and printed" {
  run "$CR2" fuzz --on model --steps 10
  [ "$status" -eq 0 ]
  [[ $output =~ seed\ 0x[0-9a-f]+: ]]
}

@test "wrong arguments: one line and exit 2" {
  run "$CR2" fuzz --on hots
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: unknown target 'hots'; did you mean 'host'?" ]
  run "$CR2" fuzz --steps many
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: --steps: 'many' is not a number" ]
  run "$CR2" fuzz --jobs 0
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: --jobs: expected 1 to 64, not 0" ]
  run "$CR2" fuzz --seconds -1
  [ "$status" -eq 2 ]
  run "$CR2" fuzz cow.litmus
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: fuzz: unexpected 'cow.litmus': scenarios are made, not given" ]
}

@test "findings that cannot be saved: exit 3, not silence" {
  touch file
  run --separate-stderr "$CR2" fuzz --on model --kernel course --seed 3 --out file/folder
  [ "$status" -eq 3 ]
  [[ $stderr == *"file/folder: Not a directory" ]]
  [[ $output == *"not saved"*"≠"*"1 difference" ]]
  run --separate-stderr "$CR2" fuzz --on model --kernel course --seed 3 --json --out file/folder
  [ "$status" -eq 3 ]
  [[ ${lines[-1]} == *'"difference":1,'* ]]
}

# bats test_tags=once
@test "findings replace symbolic links, and are not written through them" {
  "$CR2" fuzz --on model --kernel course --seed 3 --max 1 --out found || [ $? -eq 1 ]
  file=$(ls found/difference-????????????????.litmus)
  echo mine > precious
  ln -sf ../precious "$file"
  run "$CR2" fuzz --on model --kernel course --seed 3 --max 1 --out found
  [ "$status" -eq 1 ]
  [ "$(cat precious)" = mine ]
  [ -f "$file" ]
  [ ! -L "$file" ]
  mkdir elsewhere
  ln -s elsewhere link
  run --separate-stderr "$CR2" fuzz --on model --kernel course --seed 3 --max 1 --out link
  [ "$status" -eq 3 ]
  [ -z "$(ls elsewhere)" ]
}

@test "a target that cannot run is refused at once, with its reason: exit 3" {
  [ "$(id -u)" -eq 0 ] || skip "takes root, to become somebody else"
  # Where that user may not come the test cannot be made.
  setpriv --reuid 65534 --clear-groups "$CR2" --version || skip "another user cannot start cr2"
  run --separate-stderr timeout 60 setpriv --reuid 65534 --clear-groups "$CR2" fuzz --jobs 2
  [ "$status" -eq 3 ]
  [ -z "$output" ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == "cr2: host: "* ]]
}

@test "on this kernel: no difference" {
  run --separate-stderr "$CR2" fuzz --seed 1 --steps 300
  if [ "$status" -eq 3 ]; then
    skip "${stderr_lines[0]}"
  fi
  [ "$status" -eq 0 ]
  [[ $output == *"host "*"no difference" ]]
}
