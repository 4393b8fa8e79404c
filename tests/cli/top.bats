# SPDX-License-Identifier: MIT
# cr2 top: its readings one below the other, and its screen in a real terminal (tmux).

bats_require_minimum_version 1.5.0

load terminal

setup() {
  cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
  [ -z "$target" ] || kill "$target" || true
  no_terminal
}

topped() {
  run --separate-stderr "$CR2" top "$@"
  [ "$status" -ne 3 ] || skip "${stderr_lines[0]}"
}

# A shell that starts programs again and again, in $target.
busy() {
  sh -c 'while :; do /bin/true; sleep 0.05; done' 3>&- & target=$!
}

number() {
  grep -o "\"$1\":[0-9]*" <<<"$2" | cut -d : -f 2
}

@test "top: without a terminal each reading below the other, sorted and filtered, and -n ends it" {
  busy
  topped -d 0.3 -n 2 -p $target --sort path --filter 'true !file_cow'
  [ "$status" -eq 0 ]
  [ "$(grep -c "^process $target: " <<<"$output")" -eq 2 ]
  [ "$(grep -c ' recorded, .* that the kernel counted, none lost$' <<<"$output")" -eq 2 ]
  [[ $output =~ PID\ PROCESS\ +PATH\ +FAULTS/s ]]
  # Those that have ended by then have names too.
  [[ $output =~ [0-9]+\ true\ +file_read ]]
  [[ $output != *" sleep "* ]]
  [[ $output != *" file_cow "* ]]
  paths=$(awk '/^process/ {n++} n == 2 && $1 ~ /^[0-9]+$/ && $2 == "true" {print $3}' <<<"$output")
  [ "$paths" = "$(LC_ALL=C sort <<<"$paths")" ]
}

@test "top --json: rows of all readings add up to what the books say, and it ends with the process" {
  topped -n 1 -d 0.1
  "$CR2_BUILD"/tests/trace/storm 0 >storm 3>&- & target=$!
  "$CR2" top --json -d 0.1 -p $target >out & top=$!
  # It waits for the process by a descriptor: from then on the process may go on, and end.
  until ls -l /proc/$top/fd 2>/dev/null | grep -q pidfd && [ -s storm ]; do
    kill -0 $top
    sleep 0.05
  done
  kill -USR1 $target
  target=
  wait $top
  sum=$(grep '"kind":"row"' out | grep -o '"count":[0-9]*' | awk -F : '{n += $2} END {print n}')
  last=$(grep '"kind":"summary"' out | tail -n 1)
  [ "$sum" -ge 100 ]
  [ "$(number lost "$last")" -eq 0 ]
  [ "$sum" -eq $(($(number recorded "$last") + $(number unended "$last"))) ]
}

@test "top: arguments that make no sense" {
  run "$CR2" top --sort shar
  [ "$status" -eq 2 ]
  [[ $output == *"did you mean 'share'?"* ]]
  for wrong in '-d 0' '-d nan' '-n 0' '--by x' '-p x' '-p 1 -a' 'true'; do
    # shellcheck disable=SC2086 # words
    run "$CR2" top $wrong
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
  done
}

# ---- the screen ----

# cr2 top of what busy started, on a terminal of that name; variables of its environment.
on_screen() {
  absent=$("$CR2" features --json | sed -n 's/.*"absent":"\([^"]*\)".*/\1/p')
  [ -z "$absent" ] || skip "faults are not to be traced here: $absent is missing; 'cr2 features' says more"
  busy
  terminal "$1" "$2 '$CR2' top -d 0.2 -p $target 2>said"
  shows " (true|sleep) +file_read"
}

# And nothing of its screen is left.
top_ends_with() {
  ends_with "$1"
  [[ $(tmux -L "$terminal" capture-pane -p) != *FAULTS/s* ]]
  kill "$target" || true
  target=
  tmux -L "$terminal" kill-server
}

@test "top: a screen with keys, whose size may change" {
  on_screen keys
  shows "PID PROCESS +PATH +FAULTS/s +%CPU +MAJOR +ZEROED +COPIED
"
  [[ $(tmux -L keys capture-pane -p -e) == *$'\e[36m'* ]]
  keys / true Enter
  shows "filter true"
  [[ $screen != *" sleep "* ]]
  keys Escape
  shows " sleep +"
  keys b b
  shows "
PATH +FAULTS/s"
  keys '?'
  shows "PROCESS   its name"
  keys x p
  shows "paused"
  keys p w
  shows "counted since the beginning"
  keys b b b
  tmux -L keys resize-window -x 60 -y 20
  shows "PATH +FAULTS/s +%CPU +MAJOR
"
  tmux -L keys resize-window -x 140 -y 40
  shows "MAJOR +ZEROED +COPIED +TIME +FAULTS +EACH"
  kill "$target"
  shows "ended  "
  keys q
  top_ends_with 0
  grep -q " 0 lost, 0 not determined" said
}

# bats test_tags=once
@test "top: the terminal is as before, whatever ends it; no colours with NO_COLOR" {
  on_screen term NO_COLOR=1
  [[ $(tmux -L term capture-pane -p -e) != *$'\e[3'[1-7]m* ]]
  pkill -TERM -f "^$CR2 top -d 0.2 -p $target\$"
  top_ends_with 0
  on_screen segv
  pkill -SEGV -f "^$CR2 top -d 0.2 -p $target\$"
  top_ends_with 139
}

# bats test_tags=once
@test "top: no screen where TERM is dumb" {
  scrolled=yes # a busy machine has more rows than a screen
  on_screen dumb TERM=dumb
  shows "none lost"
  [[ $screen != *"q quit"* ]]
  keys C-c
  shows "none lost"
}
