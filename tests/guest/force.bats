# SPDX-License-Identifier: MIT
# cr2 learn force --on guest: programs of learners, those of tests/cli/learn-force.c, judged where nobody needs rights.

bats_require_minimum_version 1.5.0

# judge KERNEL TASK WHAT
judge() {
  local n

  cd "$BATS_TEST_TMPDIR"
  n=$("$CR2" learn force "$2" --json | grep -o '"expected":[0-9]*' | cut -d : -f 2 | sort -n | tail -1)
  { printf '#define WHAT %s\n#define N %s\n#define LEFT "1"\n' "$3" "$n"; cat "$CR2_SOURCE/tests/cli/learn-force.c"; } >"$3.c"
  run --separate-stderr "$CR2" learn force "$2" "$3.c" --on "guest:$1"
  [ "$status" -ne 3 ] || skip "$output ${stderr_lines[0]}"
  echo "$output"
}

@test "force: a right program is right in a guest, one that needs a zero page and one that needs a disk" {
  judge 6.12 zero zero
  [ "$status" -eq 0 ]
  [ "${lines[-1]}" = right ]
  judge 6.1 major major
  [ "$status" -eq 0 ]
  [ "${lines[-1]}" = right ]
}

@test "force: a wrong one is wrong in a guest, and one that does not build is not sent there" {
  judge 6.12 cow touch
  [ "$status" -eq 1 ]
  [ "${lines[-1]}" = wrong ]
  echo 'int main(void) { return nothing; }' >none.c
  run --separate-stderr "$CR2" learn force cow none.c --on guest:6.12
  [ "$status" -eq 1 ]
  [[ $output == *'It does not build: ./none.c:1'* ]]
}

@test "force: what is no guest is refused" {
  run --separate-stderr "$CR2" learn force cow x.c --on host
  [ "$status" -eq 2 ]
  [[ $stderr == *"guest:6.12 is one"* ]]
}
