# SPDX-License-Identifier: MIT
# cr2 learn: what programs may rely on: keys, exit codes, the same exercise from the same seed.

bats_require_minimum_version 1.5.0

setup() {
  export XDG_STATE_HOME=$BATS_TEST_TMPDIR
}

learn() {
  run --separate-stderr "$CR2" learn "$@"
}

# The parts' keys of an exercise, on one line.
keys() {
  "$CR2" learn "$@" --json | python3 -c 'import json, sys; print(*[p["key"] for p in json.load(sys.stdin)["parts"]])'
}

@test "--list: the kinds, and what is asked" {
  learn --list
  [ "$status" -eq 0 ]
  [[ $output =~ bits\ +level\ [1-6],\ [0-9]+\ solved\ +an\ error\ code ]]
  learn --list --json
  [[ ${lines[0]} == '{"exercise":"bits","sentence":"'* ]]
}

@test "an exercise: question, values, parts; the same again, another of another seed" {
  learn bits --seed 7
  [ "$status" -eq 0 ]
  [[ $output == "bits, seed 7, level 1, kernel 6.18"* ]]
  [[ $output == *"cr2 learn check bits --seed 7 P=ANSWER..."* ]]
  first=$output
  learn bits --seed 7
  [ "$output" = "$first" ]
  learn bits --seed 8
  [ "$output" != "$first" ]
  learn bits --seed 7 --hints --solution
  [[ $output == *"in binary"* && $output == *"possible"* ]]
}

# bats test_tags=once
@test "--json: an object an exercise, with the contract's keys" {
  [ "$(keys bits --seed 1)" = "P W U RSVD I access mode present possible" ]
  [ "$(keys vma --seed 1)" = "inside offset page page_offset" ]
  [ "$(keys walk --seed 1)" = "pgd pud pmd pte offset" ]
  learn walk --level 2 --count 30 --seed 1 --json
  [[ $output == *'"levels":5}'*'"key":"p4d"'* ]]
  "$CR2" learn vma --seed 3 --json | python3 -c '
import json, sys
e = json.load(sys.stdin)
assert [e[k] for k in ("exercise", "seed", "level", "kernel")] == ["vma", 3, 1, "6.18"]
addr, start, end = (int(e["given"][k], 16) for k in ("addr", "start", "end"))
answers = {p["key"]: p["answer"] for p in e["parts"]}
assert answers["inside"] == (start <= addr < end)
assert int(answers["offset"], 16) == addr - start
assert answers["page"] == (addr - start) // 4096
assert int(answers["page_offset"], 16) == addr % 4096
assert all(p["ask"] and p["type"] for p in e["parts"]) and e["question"] and e["hints"] and e["solution"]'
}

# bats test_tags=once
@test "cow and predict: what cr2 run says of the scenario, by lines" {
  python3 - "$BATS_TEST_TMPDIR/s.litmus" <<'END'
import json, os, re, subprocess, sys

def cr2(*words):
    return subprocess.run([os.environ["CR2"], *words], capture_output=True, check=True, text=True).stdout

for kind, level in ("cow", 2), ("predict", 3):
    exercise = json.loads(cr2("learn", kind, "--seed", "4", "--level", str(level), "--json"))
    answers = {p["key"]: p["answer"] for p in exercise["parts"]}
    with open(sys.argv[1], "w") as file:
        file.write(exercise["given"]["scenario"])
    steps = [s for s in map(json.loads, cr2("run", "--json", sys.argv[1]).splitlines()) if s["kind"] == "step"]
    seen = 0
    for step in steps:
        line, faults = step["line"], step["faults"]
        for key, name in ("error", "error"), ("path", "path"):
            if f"{key}_{line}" in answers:
                assert answers[f"{key}_{line}"] == (" ".join(f[name] for f in faults) or "none"), (line, answers)
                seen += 1
        if f"maps_after_{line}" in answers:
            owner = "parent" if step["op"] in ("fork", "exit") else step["proc"]
            count = re.fullmatch(r"\w+(?::\d+)?(?:/(\d+))?", step["state"][owner]["buf"])
            assert answers[f"maps_after_{line}"] == int(count[1] or 1), (line, answers, step)
            assert answers[f"refs_after_{line}"] == int(count[1] or 1)
            seen += 1
    assert seen >= 6, answers
END
}

# bats test_tags=once
@test "--count: seeds one after another; --no-answers says nothing of what is right" {
  learn bits --seed 5 --count 3 --json --no-answers
  [ "${#lines[@]}" -eq 3 ]
  [[ ${lines[2]} == '{"exercise":"bits","seed":7,'* ]]
  [[ $output != *answer* && $output != *solution* && $output != *hints* ]]
}

@test "course: the whole sheet, on the course's kernel; its wrong answers are explained" {
  learn course --json
  [ "${#lines[@]}" -eq 7 ]
  [[ ${lines[0]} == '{"exercise":"course","seed":1,"level":1,"kernel":"course",'*'"error":"0x17"'* ]]
  [[ ${lines[6]} == *'"seed":7,'*0x555556789000* ]]
  learn check course --seed 1 possible=yes --json
  [ "$status" -eq 1 ]
  [[ $output == *'"all_possible"]'* ]]
}

@test "count --time: how long, by costs that are given; without it nothing else is asked" {
  [ "$(keys count --seed 3 --level 3)" = "faults pages table_bytes" ]
  [ "$(keys count --seed 3 --level 3 --time)" = "faults pages table_bytes ns" ]
  # 54 faults of 900 ns each, where cr2 bench kept nothing.
  learn check count --seed 3 --level 3 --time "ns=0.05 ms"
  [ "$status" -eq 0 ]
  learn check count --seed 3 --level 3 --time ns=54us --json
  [ "$status" -eq 1 ]
}

# bats test_tags=once
@test "all answers of --json are right, whatever the kind" {
  python3 - <<'END'
import json, os, subprocess

def learn(*words):
    return json.loads(subprocess.run([os.environ["CR2"], "learn", *words], capture_output=True, check=True).stdout)

kinds = subprocess.run([os.environ["CR2"], "learn", "--list", "--json"], capture_output=True, check=True).stdout
for kind in map(json.loads, kinds.splitlines()):
    if "level" not in kind:
        continue  # of programs
    one = [kind["exercise"], "--seed", "11", "--level", "5", "--kernel", "6.1", "--json"]
    answers = [f'{p["key"]}={p["answer"]}' for p in learn(*one)["parts"]]
    check = learn("check", *one, *answers)
    assert check["correct"] and not check["unanswered"], check
END
}

@test "check: right is 0, wrong is 1 with the misconception, and without what is right" {
  # Seed 3: error 0x1.
  learn check bits --seed 3 --json P=1 W=0b0 U=no access=load present=TRUE
  [ "$status" -eq 0 ]
  [[ $output == *'{"key":"P","answer":1,"correct":true,"misconceptions":[]}'* ]]
  [[ $output == *'"unanswered":["RSVD","I","mode","possible"],"correct":true}' ]]
  learn check bits --seed 3 --json I=1 present=no
  [ "$status" -eq 1 ]
  [[ $output == *'{"key":"I","answer":1,"correct":false,"misconceptions":["bits_reversed"]}'* ]]
  [[ $output == *'{"key":"present","answer":false,"correct":false,"misconceptions":["bits_reversed","p_inverted"]}'* ]]
  [[ $output == *'"correct":false}' ]]
  learn check bits --seed 3 I=1 W=0 mode=maybe
  [ "$status" -eq 1 ]
  [[ $output =~ I\ +1\ +wrong\ +bits_reversed:\ the\ bits\ are\ read\ from\ the\ left ]]
  [[ $output =~ mode\ +\?\ +wrong\ +neither\ user\ nor\ kernel ]]
  [[ $output != *kernel\ mode* ]]
}

# bats test_tags=once
@test "bad input: exit 2, and one line that says what would do" {
  while read -r arguments message; do
    # shellcheck disable=SC2086
    run "$CR2" learn ${arguments//,/ }
    [ "$status" -eq 2 ]
    [ "$output" = "cr2: $message" ] || { echo "$output"; false; }
  done <<'END'
bist unknown exercise 'bist'; did you mean 'bits'?
bits,--level,6 --level: expected 1 to 5, not 6
bits,--seed,x --seed: 'x' is not a number
bits,vma learn: one EXERCISE at a time, not 'vma' too
check,bits,--seed,3,Q=1 unknown part 'Q'; one of P, W, U, RSVD, I, access, mode, present, possible
check,bits,--seed,3,P=1,P=0 learn check: two answers to 'P'
check,bits,--seed,3,P learn check: 'P' is not KEY=VALUE
check,bits,P=1 learn check: which one? --seed says it
check,bits,--seed,3 learn check: an EXERCISE and answers are wanted: bits --seed 7 P=1 W=0
--json learn: which EXERCISE? 'cr2 learn --list' lists them
--ask learn: which EXERCISE? 'cr2 learn --list' lists them
--level,3 learn: --level goes with an EXERCISE
bits,--no-answers learn: --no-answers goes with --json
bits,--plain learn: --plain goes with a session: --ask, or no EXERCISE
bits,--again learn: --again goes with no EXERCISE
bits,--ask,--count,2 learn: --count goes with an EXERCISE, without --ask
bits,--kernel,6.2 unknown kernel '6.2'; did you mean '6.1'?
END
}

# on_this_kernel COUNT: so many exercises of predict and of cow a level, of which this kernel says what the model says.
on_this_kernel() {
  local kind level

  for kind in predict cow; do
    for level in 1 2 3 4 5; do
      "$CR2" learn "$kind" --level "$level" --seed 1 --count "$1" --json
    done
  done | python3 -c '
import json, sys
for i, line in enumerate(sys.stdin):
    with open(f"{sys.argv[1]}/{i}.litmus", "w") as file:
        file.write(json.loads(line)["given"]["scenario"])' "$BATS_TEST_TMPDIR"
  run --separate-stderr "$CR2" run --on model,host --kernel 6.18 "$BATS_TEST_TMPDIR"/*.litmus
  [ "$status" -ne 3 ] || skip "${stderr_lines[0]:-$(grep -m 1 -E '^(skipped|unable) ' <<<"$output")}"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output =~ $((10 * $1))\ files:\ ([0-9]+)\ agree ]]
  # What this machine cannot be asked is skipped: of most it is told.
  [ "${BASH_REMATCH[1]}" -ge $((7 * $1)) ]
}

# bats test_tags=once
@test "of 500 exercises of predict and cow this kernel says the same" {
  [[ $(uname -r) == 6.18.* ]] || skip "not a kernel of 6.18"
  on_this_kernel 50
}

# bats test_tags=once
@test "sheet: the same student's is the same, another's is another; the key is apart, and is right" {
  cd "$BATS_TEST_TMPDIR"
  printf 'name,id\r\n"Lovelace, Ada",ada\r\n\r\n,alan.t@x.org\r\n' >roster
  echo geheim >secret
  learn sheet --exercises bits,vma,cow --count 4 --seed-file secret --roster roster -o out
  [ "$status" -eq 0 ]
  [ "$(ls out out/key | tr '\n' ' ')" = "out: ada.md alan.t@x.org.md key  out/key: ada.md alan.t@x.org.md key.json " ]
  [ "$(stat -c %a out/key out/key/ada.md out/key/key.json)" = $'700\n600\n600' ]
  grep -qx 'Name: Lovelace, Ada' out/ada.md
  [ "$(grep '^## ' out/ada.md)" = $'## 1. bits\n## 2. vma\n## 3. cow\n## 4. bits' ]
  [ "$(wc -L <out/ada.md)" -le 80 ]
  # Neither an answer, nor what makes one.
  run grep -E '^ +[0-9]+\.[a-zA-Z_0-9]+ =.|seed|geheim' out/ada.md
  [ "$status" -eq 1 ]
  run cmp -s <(tail -n +6 out/ada.md) <(tail -n +6 out/alan.t@x.org.md)
  [ "$status" -eq 1 ]
  # Who else is on the roster changes nothing; another secret changes all.
  echo 'ada,"Lovelace, Ada"' >roster
  "$CR2" learn sheet --exercises bits,vma,cow --count 4 --seed geheim --roster roster -o again
  cmp out/ada.md again/ada.md
  cmp out/key/ada.md again/key/ada.md
  "$CR2" learn sheet --exercises bits,vma,cow --count 4 --seed other --roster roster -o other
  run cmp -s out/ada.md other/ada.md
  [ "$status" -eq 1 ]
  python3 - out/ada.md out/key/ada.md out/key/key.json <<'END'
import json, re, sys
sheet, key, data = (open(name).read() for name in sys.argv[1:])
asked, answers = re.findall(r"^ +(\d+\.\w+) =", sheet, re.M), dict(re.findall(r"^ +(\d+\.\w+) = (.+)$", key, re.M))
assert asked == list(answers) and len(asked) > 20, (asked, answers)
addr, start, end = (int(re.search(rf"^    {name} +(0x[0-9a-f]+)$", sheet, re.M)[1], 16) for name in ("addr", "start", "end"))
assert answers["2.offset"] == hex(addr - start) and answers["2.inside"] == ("yes" if start <= addr < end else "no")
ada = next(s for s in json.loads(data)["students"] if s["id"] == "ada")
assert [f"{n}.{part}" for n, item in enumerate(ada["items"], 1) for part in item["parts"]] == asked
assert ada["items"][1]["exercise"] == "vma" and ada["name"] == "Lovelace, Ada"
END
}

# bats test_tags=once
@test "sheet: the keyed hash is HMAC-SHA-256" {
  seed=$(python3 -c '
import hashlib, hmac
print((int.from_bytes(hmac.digest(b"geheim", b"sheet", "sha256")[:8], "big") & 2**63 - 1) ^ 1 << 32)')
  error=$("$CR2" learn bits --seed "$seed" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["given"]["error"])')
  "$CR2" learn sheet --count 1 --seed geheim | grep -qx "    error  $error"
}

# bats test_tags=once
@test "sheet: bad input is told with place and remedy" {
  cd "$BATS_TEST_TMPDIR"
  refused() {
    run "$CR2" learn sheet "${@:2}"
    [ "$status" -eq 2 ]
    [ "$output" = "cr2: $1" ] || { echo "$output"; false; }
  }
  printf 'ada\n../x,X\n' >roster
  refused "roster:2: an ID has letters, digits and . _ @ -, and no . in front: ID,NAME" --seed s --roster roster -o out
  printf 'ada\nbob\nada\n' >roster
  refused "roster:3: 'ada' stands in line 1, too; an ID is one student's" --seed s --roster roster -o out
  : >roster
  refused "roster: no student is in it; a line a student: ID,NAME" --seed s --roster roster -o out
  [ ! -e out ]
  refused "learn sheet: a roster has a sheet for each student: -o says where to" --seed s --roster roster
  refused "learn sheet: --seed-file is wanted: its first line is a secret of your own, such as 20 letters" --count 3
  refused "learn sheet: roster: the secret is empty" --seed-file roster
  refused "cannot read none: No such file or directory" --seed-file none
  refused "unknown exercise 'bist'; did you mean 'bits'?" --seed s --exercises vma,bist
  refused "--exercises: 'vma' stands there twice" --seed s --exercises vma,vma
  refused "--exercises: 'course' is the same for all: 'cr2 learn course' prints it" --seed s --exercises course
  refused "--exercises: 'force' is a program of the student's: --programs force grades it with the sheet" --seed s --exercises vma,force
}

# What is copied into the image, copied as it says, with this cr2 and a page of nothing.
@test "the classroom's image has what cr2 learn looks for" {
  local word from to
  cd "$BATS_TEST_TMPDIR"
  while read -r word from to; do
    [ "$word" = COPY ] || continue
    to=root$to
    case $from in
      build/cr2-static) mkdir -p "${to%/*}" && cp "$CR2" "$to" ;;
      build/web/cr2.html) printf '<script id="scenario"></script>' >"$to/cr2.html" ;;
      *) mkdir -p "${to%/*}" && cp -r "$CR2_SOURCE/$from" "$to" ;;
    esac
  done <"$CR2_SOURCE/examples/classroom/Containerfile"
  export LD_LIBRARY_PATH=${CR2%/*}/src:${LD_LIBRARY_PATH-} # where it was built with libcr2 beside it
  root/usr/local/bin/cr2 learn counter --new mine
  root/usr/local/bin/cr2 learn sheet --seed s --html --count 1 | grep -q '"items":\[{"exercise":"bits"'
  root/usr/local/bin/cr2 run cow/child-writes >/dev/null
  [ -x root/usr/local/share/cr2/kmod/kernel-headers ]
  # Which kernels it fetches headers of stands in a table, which is elsewhere in the source tree.
  [ -e root/usr/local/share/cr2/kmod/kernel_image.def ]
}

@test "learn counter: a folder to begin with; what is no folder is refused" {
  run "$CR2" learn counter --new "$BATS_TEST_TMPDIR/mine"
  [ "$status" -eq 0 ]
  grep -q 'fault_counter' "$BATS_TEST_TMPDIR/mine/Kbuild" "$BATS_TEST_TMPDIR/mine/fault_counter.c"
  run "$CR2" learn counter --new "$BATS_TEST_TMPDIR/mine"
  [ "$status" -eq 2 ]
  [[ $output == "cr2: learn counter: "*"/mine is there already, and may be somebody's work: name another FOLDER" ]]
  run "$CR2" learn counter "$BATS_TEST_TMPDIR/yours"
  [ "$status" -eq 2 ]
  [[ $output == *"--new makes it" ]]
  run "$CR2" learn counter "$BATS_TEST_TMPDIR/mine" --kernel 5.10
  [ "$status" -eq 2 ]
}
