# SPDX-License-Identifier: MIT
# What every user meets first: the program without a subcommand, or with a wrong one.

bats_require_minimum_version 1.5.0

@test "without arguments: usage on stderr, exit 2" {
  run --separate-stderr "$CR2"
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  [[ $stderr == "usage: cr2 COMMAND"* ]]
}

@test "--help: usage on stdout, exit 0, names every subcommand" {
  run --separate-stderr "$CR2" --help
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ $output == *" decode "* ]]
  [[ $output == *" run "* ]]
}

@test "--version: one line" {
  run "$CR2" --version
  [ "$status" -eq 0 ]
  [[ $output =~ ^cr2\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "an unknown subcommand: one line that suggests a near miss, exit 2" {
  run "$CR2" decoed
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: unknown command 'decoed'; did you mean 'decode'?" ]
}

@test "an unknown subcommand that resembles none: points to --help" {
  run "$CR2" xyzzy
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: unknown command 'xyzzy'; see 'cr2 --help'" ]
}

@test "output that a full disk does not take: exit 3, and one line" {
  [ -w /dev/full ] || skip "no /dev/full here"
  oops='BUG: unable to handle page fault for address: ffff888112340018'
  for command in "--version" "--help" "decode --help" "decode error 7" "decode error --json 7" \
    "decode log '$oops'"; do
    run --separate-stderr bash -c "\"\$CR2\" $command > /dev/full"
    [ "$status" -eq 3 ]
    [[ $stderr == "cr2: cannot write: "* ]]
  done
}

@test "input that cannot be read is no empty input" {
  for input in '<&-' '</tmp'; do
    for command in "decode error" "decode regs --probe handle_mm_fault" "decode log" "run -"; do
      run --separate-stderr bash -c "\"\$CR2\" $command $input"
      [ "$status" -eq 2 ]
      [ -z "$output" ]
      [[ $stderr == *"standard input: "* || $stderr == *"<stdin>: "* ]]
    done
  done
}

@test "a closed stream is not taken by a file that is opened" {
  cd "$BATS_TEST_TMPDIR"
  run --separate-stderr bash -c '"$CR2" decode error 7 >&-'
  [ "$status" -eq 3 ]
  [[ $stderr == "cr2: cannot write: "* ]]
  run bash -c '"$CR2" bench --quick --save kept.json anon_zero >&- 2>&-'
  [ ! -s kept.json ] || python3 -m json.tool kept.json >/dev/null
}

# bats test_tags=once
@test "help, -h and --help are the same, of a command and of its kinds" {
  for command in run decode force fuzz bench "decode error" "decode log" "bench model"; do
    # shellcheck disable=SC2086
    run "$CR2" $command --help
    [ "$status" -eq 0 ]
    help=$output
    # shellcheck disable=SC2086
    run "$CR2" $command -h
    [ "$output" = "$help" ]
    # shellcheck disable=SC2086
    run "$CR2" help $command
    [ "$output" = "$help" ]
  done
  run "$CR2" help
  [ "$output" = "$("$CR2" --help)" ]
  run "$CR2" -V
  [ "$output" = "$("$CR2" --version)" ]
  run --separate-stderr "$CR2" help rnu
  [ "$status" -eq 2 ]
  [ "$stderr" = "cr2: unknown command 'rnu'; did you mean 'run'?" ]
}

# bats test_tags=once
@test "help of options is capitalised one way" {
  for command in run force fuzz bench "bench model" "bench questions" "decode error" "decode pte" "decode log"; do
    # shellcheck disable=SC2086
    run "$CR2" $command --help
    run grep -P '^  (-.,|   ) --\S+ +[^A-Z ]' <<<"$output"
    [ -z "$output" ]
  done
}

# bats test_tags=once
@test "TERM=dumb and LC_ALL=C: ASCII and nothing else, in the same columns" {
  commands=("--help" "run --help" "run $CR2_SOURCE/catalogue/cow/child-writes.litmus" "decode error 7"
    "run --explain $CR2_SOURCE/catalogue/cow/child-writes.litmus" "force --scenario cow"
    "decode pte 8000000012345867" "bench --list" "bench questions --help")
  for command in "${commands[@]}"; do
    for setting in TERM=dumb LC_ALL=C LC_ALL=POSIX; do
      # shellcheck disable=SC2086
      run env $setting "$CR2" $command
      [ "$status" -eq 0 ]
      run env LC_ALL=C grep -P '[^\x00-\x7f]|^.{101}' <<<"$output"
      [ -z "$output" ]
    done
  done
  run env LC_ALL=C "$CR2" run --explain=5 "$CR2_SOURCE/catalogue/cow/child-writes.litmus"
  [[ $output == *"lock_vma_under_rcu -> buf"* ]]
}

@test "what a title says beyond ASCII is spelled, not lost" {
  cd "$BATS_TEST_TMPDIR"
  printf '# caf\xc3\xa9 \xe2\x86\x92 x\nmap m 1 rw\nwrite m\n' >title.litmus
  run env LC_ALL=C "$CR2" run title.litmus
  [[ $output == *'caf\u00e9 -> x'* ]]
  run "$CR2" run title.litmus
  [[ $output == *'café → x'* ]]
}

# Nothing that others wrote may steer the terminal: in messages, tables, JSON.
@test "control codes and reordering characters are spelled, wherever they come from" {
  cd "$BATS_TEST_TMPDIR"
  bad=$'a\e[31m\u202eb\nc\x9b'
  printf 'map m 1 rw\nwrite m\n' >"$bad.litmus"
  printf 'wirte \xe2\x80\xae\n' >reorders.litmus
  printf 'map \e[2J\n' >steers.litmus
  for command in "$bad" "run $bad" "run --$bad" "run --on $bad x" "decode $bad" "decode error $bad" \
    "decode log $bad" "force $bad" "bench $bad" "fuzz --seed $bad" "run reorders.litmus" \
    "run steers.litmus"; do
    run bash -c 'IFS=" "; set -f; read -r -d "" -a words <<<"$1"; "$CR2" "${words[@]}"' - "$command"
    run env LC_ALL=C grep -P '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae|\xc2[\x80-\x9f]' <<<"$output"
    [ -z "$output" ]
  done
  run "$CR2" run "$bad.litmus"
  [ "$status" -eq 0 ]
  [[ $output == *'a\x1b[31m\u202eb\x0ac\x9b.litmus'* ]]
  run "$CR2" run "$bad.litmus" "$bad.litmus"
  [[ ${lines[0]} == 'ok       a\x1b[31m\u202eb\x0ac\x9b.litmus' ]]
}

# bats test_tags=once
@test "a bad line of 60 MB is named, not echoed whole" {
  run bash -c 'head -c 60000000 /dev/zero | tr "\0" A | "$CR2" decode error'
  [ "$status" -eq 2 ]
  [ "${#output}" -lt 3000 ]
  [[ $output == *"<stdin>:1: 'AAA"*" bytes more)..."*"AAA': more than 64 bits"* ]]
  run bash -c 'head -c 60000000 /dev/zero | tr "\0" A | "$CR2" run -'
  [ "$status" -eq 2 ]
  [ "${#output}" -lt 3000 ]
}

# bats test_tags=once
@test "what never ends is refused" {
  run bash -c '"$CR2" decode error </dev/zero'
  [ "$status" -eq 2 ]
  [[ $output == "cr2: decode error: cannot read standard input: File too large" ]]
  run "$CR2" learn grade --key /dev/zero answers
  [ "$status" -eq 2 ]
  [[ $output == "cr2: "*"cannot read /dev/zero: File too large" ]]
}

needs_terminal() {
  command -v script >/dev/null || skip "no script(1) here"
  (: <>/dev/ptmx) 2>/dev/null || skip "no pseudo-terminals here (mount -t devpts devpts /dev/pts)"
}

# script gives the program a terminal of 100 columns.
terminal() {
  script -qec "stty cols 100 rows 10; $1" /dev/null </dev/null | tr -d '\r'
}

# bats test_tags=once
@test "what is longer than the terminal goes to the pager, and nothing else does" {
  needs_terminal
  export CR2_PAGER="sed s/^/paged:/" PAGER=false
  run terminal "$CR2 run --explain $CR2_SOURCE/catalogue/cow/child-writes.litmus"
  [[ $output == *"paged:"*"S1 exception"* ]]
  run terminal "$CR2 --no-pager decode error 7"
  [[ $output != *"paged:"* && $output == *"error code"* ]]
  run terminal "$CR2 decode error --no-pager 7"
  [[ $output != *"paged:"* ]]
  run terminal "CR2_PAGER=cat $CR2 decode error 7"
  [[ $output != *"paged:"* && $output == *"error code"* ]]
  run "$CR2" decode error 7
  [[ $output != *"paged:"* ]]
  run terminal "CR2_PAGER=no-such-pager $CR2 decode error 7"
  [[ $output == *"error code"* ]]
}

# bats test_tags=once
@test "60 columns hold every line" {
  needs_terminal
  cd "$CR2_SOURCE"
  for command in "help" "run --help" "step --help" "report --help" "learn --help" "fuzz --help" "decode log --help" \
    "bench --help" "force" "run --on model,model --state catalogue/cow/child-writes.litmus" \
    "run --explain catalogue/cow/child-writes.litmus" "decode error 7" "decode pte 8400000000017025" \
    "decode va 7ffe12345678" "decode va --levels 5 ff11000012345678" "bench --list" \
    "learn cow --seed 3 --hints --solution" "learn count --seed 3 --level 3 --solution" \
    "step catalogue/cow/child-writes.litmus --batch help"; do
    run script -qec "stty cols 60; NO_COLOR=1 '$CR2' --no-pager $command" /dev/null
    [ "$status" -eq 0 ]
    widest=$(tr -d '\r' <<<"$output" | LC_ALL=C.UTF-8 wc -L)
    [ "$widest" -le 60 ] || { echo "$command: $widest columns"; false; }
  done
}

@test "a pager that ends early ends cr2, and the exit code passes a pager" {
  needs_terminal
  run terminal "CR2_PAGER='head -n 1' $CR2 decode error 7; echo code \$?"
  [[ $output == *"code 0"* || $output == *"code 141"* ]]
  run terminal "CR2_PAGER='sed s/^/paged:/' $CR2 decode error 7 zzz; echo code \$?"
  [[ $output == *"code 2"* ]]
}
