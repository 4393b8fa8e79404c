# SPDX-License-Identifier: MIT
# What the tests of cr2 run --on guest have in common: `load guests`.

refused() {
  [ "$status" -eq 3 ] && [[ $stderr == "cr2: guest:"* ]]
}

guest() {
  run --separate-stderr "$CR2" run --on "$@"
  ! refused || skip "${stderr_lines[0]}"
}

# own VERSION: a copy of its image as ./VERSION.image, and of its modules somewhere below ./VERSION.
own() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/cr2/guest/$1

  [ -e "$cache/vmlinuz" ] || guest "guest:$1" one.litmus
  cp "$cache/vmlinuz" "$1.image"
  mkdir -p "$1/kernel/drivers"
  cp "$cache"/*.ko* "$1/kernel/drivers"
}
