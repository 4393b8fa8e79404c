# SPDX-License-Identifier: MIT
# cr2 learn grade: from a roster to grades, in every format.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  echo 'a secret of nobody' >secret
  printf 'id,name\nada,"Lovelace, Ada"\nbob,Bob\ncyd,\n' >roster.csv
  "$CR2" learn sheet --exercises bits,vma --count 2 --programs counter --seed-file secret --roster roster.csv -o lab
}

grade() {
  run --separate-stderr "$CR2" learn grade --key lab/key/key.json "$@"
}

# fill SEDSCRIPT ID: the student's sheet, filled in with the key's answers, which the script changes.
fill() {
  sed "1s/: the key//; $1" "lab/key/$2.md" >"$2.md"
}

@test "grade: what the key says is right; who did not hand in has not failed" {
  "$CR2" learn sheet --exercises bits,vma --count 2 --seed-file secret --roster roster.csv -o lab
  fill '' ada
  grade ada.md
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "ada, Lovelace, Ada: 2 of 2 points" ]
  [ "${lines[1]}" = "1 of 3 handed in. Not handed in: bob cyd" ]
  # An empty sheet is not wrong, and has no points.
  grade lab/bob.md
  [ "$status" -eq 1 ]
  [[ $output == "bob, Bob: 0 of 2 points"*"not run: 1.P 1.W"* && $output != *wrong* ]]
}

@test "grade: wrong answers are explained, and the class is summed up" {
  fill 's/1.mode = .*/1.mode = maybe/; /2.offset/d' ada
  right=$(sed -n 's/.*2.inside = //p' lab/key/bob.md)
  fill "s/2.inside = .*/2.inside = $([ "$right" = yes ] && echo no || echo yes)/" bob
  grade ada.md bob.md
  [ "$status" -eq 1 ]
  [[ $output =~ 1\.mode\ +maybe\ +not\ read\ +neither\ user\ nor\ kernel ]]
  [[ $output == *"not run: 2.offset counter"* ]]
  [[ $output == *"ada.md: lines are missing: 2.offset"* ]]
  [[ $output =~ 2\.inside\ +(yes|no)\ +wrong ]]
  grade ada.md bob.md --json
  [ "$status" -eq 1 ]
  python3 - "$output" <<'END'
import json, sys
*students, whole = map(json.loads, sys.argv[1].splitlines())
assert [s["student"] for s in students] == ["ada", "bob", "cyd"]
assert [s["handed_in"] for s in students] == [True, True, False]
ada = {f'{n}.{p["key"]}': p for n, item in enumerate(students[0]["items"], 1) for p in item["parts"]}
assert ada["1.mode"]["verdict"] == "not read" and ada["2.offset"]["verdict"] == "not run"
assert ada["1.mode"]["file"] == "ada.md" and ada["1.mode"]["line"] > 1
assert students[0]["points"] == round(8 / 9 + 3 / 4, 2) and students[0]["max_points"] == 3
assert whole["students"] == 3 and whole["handed_in"] == 2
END
  grade ada.md bob.md --format csv
  [ "${lines[0]%$'\r'}" = "student,name,handed_in,points,max_points,right,wrong,not read,not run,timed out,misconceptions,notes" ]
  [ "${lines[1]%$'\r'}" = 'ada,"Lovelace, Ada",yes,1.64,3,11,0,1,2,0,,ada.md: lines are missing: 2.offset' ]
  [[ ${lines[2]} == 'bob,Bob,yes,1.75,3,12,1,0,1,0,'* ]]
  [ "${lines[3]%$'\r'}" = 'cyd,,no,0,3,0,0,0,0,0,,' ]
}

@test "grade: Gradescope's results.json has its fields, and no answer" {
  fill 's/2.page = .*/2.page = 99999/' ada
  right=$(sed -n 's/.*2.page = //p' lab/key/ada.md)
  printf '{"exercise":"counter","parts":[{"case":"fresh","verdict":"right"},{"case":"pair","verdict":"wrong","expected":41,"hint":"look"}]}' >ada.counter.json
  grade ada.md ada.counter.json --format gradescope
  [ "$status" -eq 1 ]
  python3 - "$output" "$right" <<'END'
import json, sys
results, right = json.loads(sys.argv[1]), sys.argv[2]
tests = results["tests"]
# https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
assert set(results) <= {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format",
                        "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"}
for t in tests:
    assert set(t) <= {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags",
                      "visibility", "extra_data"}
    assert isinstance(t["score"], float) and 0 <= t["score"] <= t["max_score"]
    assert t["status"] in ("passed", "failed") and (t["status"] == "passed") == (t["score"] == t["max_score"])
    assert t["visibility"] in ("hidden", "after_due_date", "after_published", "visible")
    assert t["output_format"] in ("text", "html", "simple_format", "md", "ansi")
assert [t["name"] for t in tests] == ["1. bits", "2. vma", "counter"]
assert [t["score"] for t in tests] == [1, 0.75, 0.5] and results["score"] == 2.25
line = next(l for l in tests[1]["output"].splitlines() if l.startswith("page "))
assert line.startswith("page = 99999: wrong") and right not in line.split()
assert "41" not in tests[2]["output"] and "look" in tests[2]["output"]
END
  grade ada.md lab/bob.md --format gradescope
  [ "$status" -eq 2 ]
  [ "$stderr" = "cr2: learn grade: gradescope is of one student: give one student's answers" ]
}

# What Jenkins's schema wants (junit-10.xsd).
@test "grade: JUnit's XML has a suite a student; not run is skipped" {
  fill 's/1.mode = .*/1.mode = <may\&be>/; s/2.page = .*/2.page =/' ada
  grade ada.md lab/bob.md --format junit
  [ "$status" -ne 3 ] || skip "$stderr"
  [ "$status" -eq 1 ]
  python3 - "$output" <<'END'
import sys
import xml.etree.ElementTree as xml
root = xml.fromstring(sys.argv[1])
assert root.tag == "testsuites" and [s.get("name") for s in root] == ["ada", "bob"]
for suite in root:
    cases = list(suite)
    count = {kind: sum(c.find(kind) is not None for c in cases) for kind in ("failure", "skipped")}
    assert {c.tag for c in cases} == {"testcase"} and all(c.get("name") and c.get("classname") for c in cases)
    assert [int(suite.get(k)) for k in ("tests", "failures", "errors", "skipped")] == \
        [len(cases), count["failure"], 0, count["skipped"]]
ada = {c.get("name"): c for c in root[0]}
assert ada["1.mode"].find("failure").text == "answered: <may&be>" and len(ada["1.P"]) == 0
assert [name for name, c in ada.items() if c.find("skipped") is not None] == ["2.page", "counter.program"]
END
}

@test "grade: a program is demanded of each student, and no other result counts" {
  sheet() {
    "$CR2" learn sheet --count 1 --level 2 --seed-file secret "$@"
  }
  sheet --roster roster.csv --programs force -o lab
  sheet --roster <(echo bob) --programs force -o one
  diff <(grep '^    cr2' lab/bob.md) <(grep '^    cr2' one/bob.md)
  [ "$(grep -h PROGRAM.c lab/*.md | sort -u | wc -l)" -eq 3 ]
  # The sheet of who is on no roster, and its other forms, say the same.
  sheet --programs force:cow >one.md
  [[ $(grep PROGRAM.c one.md) =~ ^\ +cr2\ learn\ force\ cow\ --seed\ ([0-9]+)\ PROGRAM.c$ ]]
  sheet --programs force:cow --json | grep -q "\"seed\": ${BASH_REMATCH[1]}"
  run sheet --programs force:cow --format html
  [[ $status -eq 3 || $output == *"cr2 learn force cow --seed ${BASH_REMATCH[1]} PROGRAM.c"* ]]
  run sheet --programs force:cew
  [ "$output" = "cr2: unknown task of force 'cew'; did you mean 'cow'?" ]
  run sheet --programs counter:cow
  [ "$output" = "cr2: --programs: 'counter' has no tasks; 'force' has" ]
  fill '' bob
  echo '{"exercise":"force","parts":[{"key":"x","verdict":"right"}],"verdict":"right"}' >bob.force.json
  grade bob.md bob.force.json
  [ "$status" -eq 1 ]
  [[ $output == "bob, Bob: 1 of 2 points"*"not run: force"*"bob.force.json:1: this is not of the task on the sheet: "* ]]
}

@test "grade: what cannot be read is named, and the others are graded" {
  fill '' ada
  : >bob.md
  mkdir cyd
  printf 'PK\3\4\0' >x.zip
  printf 'Caf\351,1,P,1\n' >latin.csv
  grade ada.md bob.md cyd x.zip latin.csv none
  [ "$status" -eq 1 ] && [ -z "$stderr" ]
  [[ $output == "ada, Lovelace, Ada: 2 of 3 points"* ]]
  [[ $output == *"  not read: bob.md: nothing is in it"*"  not read: cyd: Is a directory"* ]]
  [[ $output == *"1 of 3 handed in. Not read: bob cyd."*"not read: x.zip: "*"latin.csv:1: this is no text in UTF-8"* ]]
  [[ $output == *"not read: none: No such file or directory"* ]]
  for format in json csv junit; do
    grade ada.md bob.md x.zip --format "$format"
    [ "$status" -ne 3 ] || continue
    [ "$status" -eq 1 ]
    [[ $output == *bob.md*"nothing is in it"* && $output == *x.zip*"ZIP archive"* ]]
  done
  # Where one student alone was read, it is said what became of the rest of it.
  printf 'nothing\n' >ada.txt
  grade ada.md ada.txt --format gradescope
  [ "$status" -eq 1 ]
  [[ $output == *'"neither a sheet (1.P = ANSWER), nor CSV'* ]]
}

@test "grade: bad input is told with place and remedy" {
  refused() {
    grade "${@:2}"
    [ "$status" -eq 2 ]
    [ "$stderr" = "cr2: $1" ] || { echo "$stderr"; false; }
  }
  printf 'student,item,part,answer\neve,1,P,0\n' >a.csv
  refused "a.csv:2: the key has no student 'eve'" a.csv
  refused "none: No such file or directory" none
  refused "unknown format 'tabel'; did you mean 'table'?" --format tabel a.csv
  refused "learn grade: which ANSWERS? Files that students handed in"
  run "$CR2" learn grade a.csv
  [ "$status" -eq 2 ]
  [[ $output == *"--key is wanted"* ]]
  run "$CR2" learn grade --key a.csv a.csv
  [ "$status" -eq 2 ]
  [[ $output == "cr2: a.csv:1: "* ]]
}
