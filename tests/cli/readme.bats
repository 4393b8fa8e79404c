# SPDX-License-Identifier: MIT
# What README.md shows is what the program prints.

bats_require_minimum_version 1.5.0

# Block N of README.md's console blocks: the command to $BATS_TEST_TMPDIR/command, what it prints
# to shown. A command goes on in the next line after a |.
block() {
  awk -v want="$1" -v folder="$BATS_TEST_TMPDIR" '
    /^```console$/ { inside = 1; command = 1; n++; next }
    /^```$/ { inside = 0 }
    inside && n == want {
      print > (folder (command ? "/command" : "/shown"))
      command = command && /\|$/
    }' "$CR2_SOURCE/README.md"
  sed -i 's/^\$ //; s/^sudo //; s|build/cr2|"$CR2"|' "$BATS_TEST_TMPDIR/command"
}

# Versions differ from machine to machine, and with them the width of columns; and how paths are known.
plain() {
  sed -E 's/(model|host) [0-9][0-9.]*/\1/g; s/ +/ /g; s/paths derived/paths read/'
}

check() {
  block "$1"
  [ -s "$BATS_TEST_TMPDIR/shown" ]
  cd "$CR2_SOURCE"
  run --separate-stderr bash "$BATS_TEST_TMPDIR/command"
  if [ "$status" -eq 3 ]; then skip "${stderr_lines[0]:-$(grep -m 1 'did not run' <<<"$output")}"; fi
  [ "$status" -eq 0 ]
  diff -u <(plain <"$BATS_TEST_TMPDIR/shown") <(plain <<<"$output")
}

@test "a scenario in the model and on the host" {
  check 1
}

@test "a fault explained" {
  check 2
}

@test "a line from a kernel log" {
  check 3
}

@test "there are no other blocks" {
  [ "$(grep -c '^```console$' "$CR2_SOURCE/README.md")" -eq 3 ]
}

@test "every link leads to a file" {
  while read -r link; do
    [ -e "$CR2_SOURCE/$link" ] || { echo "no $link"; false; }
  done < <(grep -oE '\]\([^):]+\)' "$CR2_SOURCE"/README.md | sed 's/^](//; s/)$//')
}
