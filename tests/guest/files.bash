# SPDX-License-Identifier: MIT
# What the tests in a guest with a file system of their own have in common: `load files`.

# programs NAME...: adds to files, guest-run's options, these programs of this machine, in /bin, and their libraries.
programs() {
  local name library

  for name in "$@"; do
    files+=(-f "/bin/$name=$(realpath "$(command -v "$name")")")
  done
  for library in $(for name in "$@"; do ldd "$(command -v "$name")"; done | grep -o '/[^ :]*\.so[^ ]*' | sort -u); do
    files+=(-f "$library=$(realpath "$library")")
  done
}
