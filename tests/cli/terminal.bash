# SPDX-License-Identifier: MIT
# What the tests of programs with a screen have in common: `load terminal`. The terminal is tmux's.

# terminal NAME COMMAND: a terminal of 80 columns in which that shell command runs. What the command ended with stands
# in the file code; the terminal's settings before it and after it in the files before and after.
terminal() {
  command -v tmux >/dev/null || skip "no tmux"
  (: <>/dev/ptmx) 2>/dev/null || skip "no pseudo-terminals here (mount -t devpts devpts /dev/pts)"
  TMUX_TMPDIR=$BATS_TEST_TMPDIR
  export TMUX_TMPDIR
  unset TMUX
  terminal=$1
  rm -f before after code
  tmux -L "$terminal" -f /dev/null -u new-session -d -x 80 -y 24 \
    "stty -g >before; $2; echo \$? >code; stty -g >after; exec sleep 100" 3>&-
}

no_terminal() {
  local server
  [ -n "$terminal" ] && server=$(tmux -L "$terminal" display-message -p '#{pid}' 2>/dev/null) || return 0
  tmux -L "$terminal" kill-server 2>/dev/null || true
  # One that is just ending takes no new session.
  timeout 10 tail --pid="$server" -f /dev/null || true
}

keys() {
  tmux -L "$terminal" send-keys "$@"
}

# Waits until the screen has it, or at last fails with what it has; with scrolled set, also what has
# left it at the top.
shows() {
  local i

  for i in $(seq 200); do
    screen=$(tmux -L "$terminal" capture-pane -p ${scrolled:+-S -})
    [[ ! $screen =~ $1 ]] || return 0
    sleep 0.05
  done
  echo "no '$1' in:"
  echo "$screen"
  return 1
}

# The exit code, and the terminal is what it was.
ends_with() {
  local i

  for i in $(seq 200); do
    [ ! -s after ] || break
    sleep 0.05
  done
  [ "$(cat code)" = "$1" ]
  cmp before after
}
