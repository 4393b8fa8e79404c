# SPDX-License-Identifier: MIT
# The pure set in WebAssembly: every scenario of the catalogue in Node, to the byte what cr2 prints.

bats_require_minimum_version 1.5.0

setup_file() {
  local code=0

  SKIP=
  command -v node >/dev/null || SKIP="node is not here; on Debian: apt-get install nodejs"
  if [ -z "$SKIP" ]; then
    "$CR2_SOURCE/tests/wasm/build" "$CR2_WASM" >"$BATS_FILE_TMPDIR/build" 2>&1 || code=$?
    [ $code -ne 3 ] || SKIP=$(cat "$BATS_FILE_TMPDIR/build")
    if [ $code -ne 0 ] && [ $code -ne 3 ]; then
      sed 's/^/# /' "$BATS_FILE_TMPDIR/build" >&3
      return 1
    fi
  fi
  export SKIP
}

setup() {
  [ -z "$SKIP" ] || skip "$SKIP"
  cd "$CR2_SOURCE"
  mapfile -t files < <(find catalogue -name '*.litmus' | sort)
}

# scenario MODE FILE...: the program sees the source folder as its root.
scenario() {
  node --no-warnings -e '
    const { WASI } = require("wasi");
    const [wasm, ...args] = process.argv.slice(1);
    const wasi = new WASI({ version: "preview1", args: ["scenario", ...args], preopens: { "/": "." } });
    const module = new WebAssembly.Module(require("fs").readFileSync(wasm));
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport });
    process.exitCode = wasi.start(instance);
  ' "$CR2_WASM/scenario.wasm" "$@"
}

same() {
  local file

  [ "${#files[@]}" -gt 50 ]
  scenario "$1" "${files[@]}" >"$BATS_TEST_TMPDIR/wasm"
  for file in "${files[@]}"; do
    "$CR2" run "--$1" --kernel 6.18 "$file" || [ $? -eq 3 ]
  done >"$BATS_TEST_TMPDIR/native" 2>/dev/null
  [ -s "$BATS_TEST_TMPDIR/native" ]
  cmp "$BATS_TEST_TMPDIR/wasm" "$BATS_TEST_TMPDIR/native"
}

@test "page states of every scenario, as cr2 prints them" {
  same state
}

@test "the narrative of every scenario, as cr2 prints it" {
  same explain
}
