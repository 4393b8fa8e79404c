# SPDX-License-Identifier: MIT
# What set-up and tests rest on: scripts/test counts rightly, scripts/deps names what is missing.

bats_require_minimum_version 1.5.0

# A project whose tests are the shell scripts a, b, c and, of the suite long, d: set up once, since meson takes seconds.
setup_file() {
  local name

  mkdir "$BATS_FILE_TMPDIR/p" && cd "$BATS_FILE_TMPDIR/p" || return 1
  echo "project('p')" >meson.build
  for name in a b c d; do
    passing $name
    echo "test('$name', files('$name'), protocol: 'tap', suite: '$([ $name = d ] && echo long)')" >>meson.build
  done
  meson setup build >/dev/null && meson setup build2 >/dev/null
}

# tap NAME LINE...: what that script prints; it ends with the exit code in $CODE, or by $LAST.
tap() {
  local name=$1

  shift
  printf '%s\n' '#!/bin/sh' "cat <<'END'" "$@" END "${LAST:-exit ${CODE:-0}}" >"$name"
  chmod +x "$name"
}

passing() {
  tap "$1" 1..1 'ok 1 - x'
}

setup() {
  local name

  cd "$BATS_FILE_TMPDIR/p" || return 1
  for name in a b c d; do passing $name; done
}

# count [ARGUMENT...]: what scripts/test says; a script that the test does not set passes with one case.
count() {
  run --separate-stderr "$CR2_SOURCE/scripts/test" "${@:-build}"
}

last_line() {
  tail -n 1 <<<"$output"
}

@test "test: counts cases, not programs" {
  tap a 1..2 'ok 1 - x' 'ok 2 - y'
  tap b 1..1 'ok 1 - z'
  count
  [ "$status" -eq 0 ]
  [ "$(last_line)" = "4 passed, 0 failed, 0 skipped" ]
}

@test "test: a skip is a skip, with its reason" {
  tap a 1..2 'ok 1 - x' 'ok 2 - y # SKIP not root'
  tap b '1..0 # SKIP no kernel'
  count
  [ "$status" -eq 0 ]
  [[ $output == *"a: 2 - y: not root"* ]]
  [[ $output == *"b: no kernel"* ]]
  [ "$(last_line)" = "2 passed, 0 failed, 2 skipped" ]
}

@test "test: a failure shows its diagnostics and sets the exit code" {
  CODE=1 tap a 1..2 'not ok 1 - x' '# 1 != 2' 'ok 2 - y'
  count
  [ "$status" -eq 1 ]
  [[ $output == *"FAILED: p / a: 1 - x"*"1 != 2"* || $output == *"FAILED: a: 1 - x"*"1 != 2"* ]]
  [ "$(last_line)" = "3 passed, 1 failed, 0 skipped" ]
}

@test "test: a crash after passing cases counts as a failure" {
  # shellcheck disable=SC2016
  LAST='kill -SEGV $$' tap a 1..1 'ok 1 - x'
  tap b 1..3 'ok 1 - x'
  CODE=3 tap c 1..1 'ok 1 - x'
  count
  [ "$status" -eq 1 ]
  [ "$(last_line)" = "3 passed, 3 failed, 0 skipped" ]
}

@test "test: a program that reports nothing is a failure, not a skip" {
  tap a ''
  count
  [ "$status" -eq 1 ]
  [ "$(last_line)" = "2 passed, 1 failed, 0 skipped" ]
}

@test "test: the suite long is left out but for --all" {
  count
  [ "$(last_line)" = "3 passed, 0 failed, 0 skipped" ]
  count --all build
  [ "$(last_line)" = "4 passed, 0 failed, 0 skipped" ]
}

@test "test: sums over build folders" {
  count build build2
  [ "$(last_line)" = "6 passed, 0 failed, 0 skipped" ]
}

# A PATH without apt-get and without the tools that the build needs.
bare_path() {
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  for tool in bash env dirname id sort cut tr mktemp rm cat; do
    ln -sf "$(command -v $tool)" "$BATS_TEST_TMPDIR/bin/$tool"
  done
  printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/dpkg-query"
  chmod +x "$BATS_TEST_TMPDIR/bin/dpkg-query"
}

@test "deps: says nothing where nothing is missing" {
  run "$CR2_SOURCE/scripts/deps" build test
  [ "$status" -eq 0 ]
  [ -z "$output" ]
}

@test "deps: names packages and why; without apt-get it says what to do" {
  bare_path
  PATH=$BATS_TEST_TMPDIR/bin run "$CR2_SOURCE/scripts/deps" build
  [ "$status" -eq 1 ]
  [[ $output == *"  gcc                    the C compiler"* ]]
  [[ $output == *"  libjansson-dev         JSON"* ]]
  [[ $output == *"cr2: no apt-get here:"* ]]
}

@test "what a fresh chroot runs takes no /dev/fd" {
  run grep -nE '[<>] ?[<>]\(' "$CR2_SOURCE"/scripts/{deps,quiet,demo}
  [ "$status" -eq 1 ]
}

@test "deps: without an answer nothing is installed" {
  bare_path
  printf '#!/bin/sh\necho ran apt-get; exit 1\n' >"$BATS_TEST_TMPDIR/bin/apt-get"
  cp "$BATS_TEST_TMPDIR/bin/apt-get" "$BATS_TEST_TMPDIR/bin/sudo"
  chmod +x "$BATS_TEST_TMPDIR"/bin/{apt-get,sudo}
  CI='' PATH=$BATS_TEST_TMPDIR/bin run "$CR2_SOURCE/scripts/deps" build </dev/null
  [ "$status" -eq 1 ]
  [[ $output != *"ran apt-get"* ]]
  [[ $output == *"DEPS_FLAGS=-y"* ]]
}

@test "deps: every purpose that the Makefile and CI ask for is in the table" {
  for purpose in build test deb ci web browser fuzz; do
    grep -q "^  $purpose " "$CR2_SOURCE/scripts/deps"
  done
}

@test "deps: an unknown purpose is refused" {
  run "$CR2_SOURCE/scripts/deps" bulid
  [ "$status" -eq 1 ]
  [[ $output == *"unknown purpose 'bulid'"* ]]
}

@test "quiet: shows a command's output only where it fails, and keeps its exit code" {
  run "$CR2_SOURCE/scripts/quiet" label echo hidden
  [ "$status" -eq 0 ]
  [ "$output" = "  label ... done" ]
  run "$CR2_SOURCE/scripts/quiet" label bash -c 'echo seen; exit 7'
  [ "$status" -eq 7 ]
  [[ $output == *seen* ]]
}

# A cr2 whose run on the host ends with $1, and everything else with 0.
fake_cr2() {
  cat >"$BATS_TEST_TMPDIR/cr2" <<END
#!/bin/sh
echo "ran \$*"
case "\$*" in *host*) exit $1 ;; esac
END
  chmod +x "$BATS_TEST_TMPDIR/cr2"
}

@test "demo: without leave for the host run it says so and shows the model" {
  fake_cr2 3
  run "$CR2_SOURCE/scripts/demo" "$BATS_TEST_TMPDIR/cr2"
  [ "$status" -eq 0 ]
  [[ $output == *"cannot be asked here"*"ran run --state catalogue/cow/child-writes.litmus"* ]]
  [[ $output == *"Three things to try next"* ]]
}

@test "demo: runs through, and narrates the copy-on-write fault" {
  run "$CR2_SOURCE/scripts/demo" "$CR2"
  [ "$status" -eq 0 ]
  [[ $output == *"permission"*"likely"*"wp_copy"* ]]
  [[ $output == *"step 5  child: write buf@0 0x43"*"wp_copy"*"S8 return"* ]]
}

@test "demo: a difference between model and kernel is a failure" {
  fake_cr2 1
  run "$CR2_SOURCE/scripts/demo" "$BATS_TEST_TMPDIR/cr2"
  [ "$status" -eq 1 ]
}
