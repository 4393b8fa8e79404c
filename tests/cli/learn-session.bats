# SPDX-License-Identifier: MIT
# cr2 learn's session, as a learner has it: through a pipe, and in a terminal.

bats_require_minimum_version 1.5.0

load terminal

setup() {
  cd "$BATS_TEST_TMPDIR"
  export XDG_STATE_HOME=$PWD/state
  kept=$XDG_STATE_HOME/cr2/learn.json
}

teardown() {
  no_terminal
}

# The answers of what is asked, from its first part on, a line each.
answers() {
  "$CR2" learn "$@" --json | python3 -c '
import json, sys
for part in json.load(sys.stdin)["parts"]:
    answer = part["answer"]
    print({True: "yes", False: "no"}.get(answer, answer) if isinstance(answer, bool) else answer)'
}

place() {
  python3 -c 'import json, sys; p = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$kept" "$1"
}

@test "a session through a pipe: right, wrong, hints, solution; what was wrong comes again" {
  # Seed 3: error 0x1; "no translation" is what somebody answers who confuses P=0 and P=1.
  answers bits --seed 3 >right
  { sed -n 1,7p right; printf 'hint\nhint\nno\nyes\nsolution\n\nquit\n'; } >lines
  run --separate-stderr "$CR2" learn bits --ask --seed 3 <lines
  [ "$status" -eq 0 ]
  [[ $output == *"bits, seed 3, level 1, kernel 6.18"* ]]
  [[ $output == *"Right. P is bit 0, worth 0x1: it is 1 here"* ]]
  [[ $output == *"Hint 1 of 4: Write the code in binary"*"Hint 2 of 4: "* ]]
  [[ $output == *"Not so."*"p_inverted: P=0 and P=1 are confused"* ]]
  [[ $output == *"Right. P=1: there was a translation"* ]]
  [[ $output == *"Through: of 9 questions 7 right at once, 1 later, 1 shown, 0 left out."* ]]
  [[ $output == *"The rule: No CPU pushes a code that contradicts itself"* ]]
  [[ $output =~ This\ one\ separates\ (bits_reversed|p_inverted)\ from\ the\ right\ idea ]]
  run "$CR2" learn --again <<<quit
  [[ $output == *"To be asked for again"*p_inverted* && $output == *"This one separates "* ]]
  run "$CR2" learn --list
  [[ $output =~ bits\ +level\ 1,\ 0\ solved ]]
}

@test "an exercise solved is kept; nothing to repeat is said" {
  answers vma --seed 5 --level 2 | "$CR2" learn vma --ask --seed 5 --level 2 >shown
  grep -q 'Through: of 4 questions 4 right at once' shown
  run "$CR2" learn --list --json
  [[ ${lines[1]} == '{"exercise":"vma",'*',"level":1,"solved":1}' ]]
  run "$CR2" learn --again </dev/null
  [ "$status" -eq 0 ]
  [[ $output == *"Nothing is to be repeated."* ]]
}

@test "--plain: a paragraph is one line, without colours" {
  printf 'solution\nquit\n' | "$CR2" learn cow --ask --seed 1 --plain >shown
  grep -q '^  A page and several processes, on kernel 6.18. What does each line come to, and who has the page after it?$' shown
  ! grep -qP '[^\x20-\x7e]' shown
}

@test "predict: a wrong answer is run as a variant beside the right one, and its question is over" {
  # Seed 0: write buf, fork child, child: write buf 2.
  printf '1\n0x6\nanon_alloc\n1\nnone\nquit\n' >lines
  run --separate-stderr "$CR2" learn predict --ask --seed 0 --level 2 <lines
  [ "$status" -eq 0 ]
  [[ $output == *"copies_at_fork: pages are copied at fork"*"as if both had a page of their own after fork"* ]]
  [[ $output == *$'\n  4*    child: write buf 2       0x7             no fault\n'* ]]
  [[ $output == *"6/15 line 4, child's write: by which fault path"* ]]
  # This kernel is asked, or why it is not is said.
  [[ $output == *"This machine's kernel (host "*") agrees with the right one up to line 4."* ||
     $output == *"This machine's kernel is not asked: "* || $(uname -r) != 6.18.* ]]
  # What the next question asks for is not told by the answer before it.
  [[ $output != *"error code 0x6, anon_alloc"*"2/15"* ]]
  run "$CR2" learn predict --ask --plain --seed 0 --level 2 <lines
  [[ $output == *$'\n  Line 4, child: write buf 2; right: 0x7; yours: no fault; they part.\n'* ]]
  [[ $output != *"Line 1"*"   "* ]]
  run "$CR2" learn check predict --seed 0 --level 2 --json error_4=none
  [ "$status" -eq 1 ]
  [[ $output == *'"variant":{"as_if":"as if both had a page of their own after fork","scenario":"map buf 1 rw\nwrite buf\n'* ]]
  [[ $output != *0x7* ]]
}

@test "a damaged file is named, and left as it is" {
  mkdir -p "${kept%/*}"
  echo '{"format": 1, "seed": ' >"$kept"
  cp "$kept" before
  for words in "" "--list" "--again"; do
    # shellcheck disable=SC2086
    run "$CR2" learn $words </dev/null
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "cr2: learn: $kept: line "*"it is left as it is: move it away to begin anew" ]]
  done
  cmp "$kept" before
  [ "$(ls "${kept%/*}")" = learn.json ]
}

@test "a second session at the same time is refused" {
  mkfifo pipe
  "$CR2" learn <pipe >/dev/null 3>&- &
  exec 4>pipe
  until [ -s "$kept" ] && grep -q '"why"' "$kept"; do sleep 0.02; done
  run "$CR2" learn </dev/null
  exec 4>&-
  wait
  [ "$status" -eq 3 ]
  [[ $output == *"another cr2 learn is open"* ]]
}

@test "in a terminal: wrong answers, hints, kill -9, and on from there" {
  terminal learn "$CR2 learn --kernel 6.12"
  shows '1/9 Bit 0, P: 0 or 1\?'
  keys 'nonsense' Enter
  shows 'That is neither 0 nor 1'
  keys 'hint' Enter
  shows 'Hint 1 of 4: Write the code in binary'
  keys 'skip' Enter
  shows '2/9 Bit 1, W: 0 or 1\?'
  keys 'solution' Enter
  shows '3/9 Bit 2, U: 0 or 1\?'
  seed=$(place 'p["place"]["seed"]')
  pid=$(tmux -L learn list-panes -F '#{pane_pid}')
  kill -9 "$(pgrep -P "$pid" cr2)"
  ends_with 137
  [ "$(place 'p["place"]["parts"][:3], p["place"]["part"], p["place"]["hints"]')" = "('.=.', 2, 1)" ]
  no_terminal
  terminal learn "$CR2 learn"
  shows "bits, seed $seed, level 1, kernel 6.12"
  shows 'You were at question 3'
  shows '3/9 Bit 2, U: 0 or 1\?'
  keys 'hint' Enter
  shows 'Hint 2 of 4'
  keys 'quit' Enter
  ends_with 0
}
