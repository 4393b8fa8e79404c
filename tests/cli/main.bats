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
