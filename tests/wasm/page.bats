# SPDX-License-Identifier: MIT
# The page of web/, built here: its module's scenes are those of cr2 step, and a browser shows it.

bats_require_minimum_version 1.5.0

setup_file() {
  local code=0

  "$CR2_SOURCE/web/build" "$CR2_WEB" >"$BATS_FILE_TMPDIR/build" 2>&1 || code=$?
  export SKIP=
  if [ $code -eq 3 ]; then
    SKIP=$(tail -n 1 "$BATS_FILE_TMPDIR/build")
  elif [ $code -ne 0 ]; then
    sed 's/^/# /' "$BATS_FILE_TMPDIR/build" >&3
    return 1
  fi
}

setup() {
  [ -z "$SKIP" ] || skip "$SKIP"
  cd "$CR2_SOURCE"
}

# same KERNEL FOLDER [ROWS]
same() {
  local file

  mapfile -t files < <(find "$2" -name '*.litmus' | sort)
  node tests/wasm/scenes.mjs ${3:+--rows "$3"} "$CR2_WEB/wasm/cr2.wasm" "$1" "${files[@]}" >"$BATS_TEST_TMPDIR/wasm"
  for file in "${files[@]}"; do
    "$CR2" step --json ${3:+--rows "$3"} --kernel "$1" "$file" || [ $? -eq 3 ]
  done >"$BATS_TEST_TMPDIR/native" 2>/dev/null
  [ "$(wc -l <"$BATS_TEST_TMPDIR/native")" -gt 50 ]
  cmp "$BATS_TEST_TMPDIR/wasm" "$BATS_TEST_TMPDIR/native"
}

@test "scenes of copy-on-write, as cr2 step prints them" {
  same 6.18 catalogue/cow
}

@test "windows of scenes, as cr2 step --rows prints them" {
  same 6.18 catalogue/guard 3
  [ "$(grep -c left_out "$BATS_TEST_TMPDIR/wasm")" -gt 50 ]
}

@test "the way back has the scenes of the way there" {
  mapfile -t files < <(find catalogue/{cow,fork,swap} -name '*.litmus' | sort)
  [ "${#files[@]}" -gt 10 ]
  node tests/wasm/scenes.mjs --back "$CR2_WEB/wasm/cr2.wasm" 6.18 "${files[@]}"
}

@test "the page in a browser: scenarios, faults, two kernels, exercises, logs, sharing; accessible, and offline" {
  command -v chromium >/dev/null || skip "no browser; on Debian: apt-get install chromium"
  run node tests/wasm/browser.mjs "$CR2_WEB/cr2.html" "$CR2"
  echo "$output"
  [ "$status" -eq 0 ]
}

# bats test_tags=long
@test "every scene of the whole catalogue under every kernel, as cr2 step prints it" {
  local kernel

  for kernel in 6.1 6.12 6.18 course; do
    same "$kernel" catalogue
  done
  mapfile -t files < <(find catalogue -name '*.litmus' | sort)
  node tests/wasm/scenes.mjs --back "$CR2_WEB/wasm/cr2.wasm" 6.18 "${files[@]}"
}
