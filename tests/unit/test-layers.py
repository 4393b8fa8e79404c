#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
Checks the layers: each folder of src/ uses only headers of those before it, its files do not
use each other in circles, the model does no I/O and has no globals, the library exports what the
public headers declare, and the program uses nothing else. TAP on stdout.
"""
import argparse
import os
import re
import subprocess
import sys

# Each folder of src/, and the folders whose headers it may include besides its own. A folder
# inside another one that may use more than that has a row of its own.
LOW = ["base", "tables", "record"]
MAY_USE = {
    "base": [],
    "tables": ["base"],
    "record": ["base", "tables"],
    "decode": LOW,
    "symbol": LOW,
    "log": LOW + ["decode", "symbol"],
    "model": LOW,
    "litmus": LOW + ["model"],
    "replay": LOW + ["model", "litmus"],
    "step": LOW + ["decode", "model", "litmus"],
    "observe": LOW,
    "trace": LOW + ["decode", "symbol"],
    "host": LOW + ["litmus", "observe", "trace"],
    "guest": ["base"],
    "guest/counter": LOW + ["guest"],
    "guest/runner": LOW + ["litmus", "host", "guest"],
    "learn": LOW + ["decode", "model", "litmus"],
    "view": LOW + ["decode", "log", "model", "replay", "step", "learn"],
    "export": LOW + ["view", "learn"],
    "bench": LOW + ["model", "litmus", "host"],
    "cli": LOW + ["decode", "symbol", "log", "model", "litmus", "replay", "step", "observe", "host", "guest",
                  "guest/runner", "guest/counter", "trace", "learn", "view", "export", "bench"],
}
# What a browser gets: these include no header of an operating system.
PURE = ["base", "tables", "record", "decode", "model", "litmus", "replay", "step", "learn", "view"]
# Parts of the program: they see public headers, and these folders' own.
PROGRAM = {"cli": {"cli", "bench"}, "bench": {"bench"}}
# Public headers are named after their layer, but for these.
HEADER_LAYER = {"bench": "record", "bench_answer": "record", "calibration": "record",
                "counter": "record", "coverage": "model", "demand": "learn", "export_sheet": "export", "diff": "record", "export_grade": "export", "features": "record", "flags": "tables", "force": "record", "frame": "record", "generate": "litmus", "grade": "learn",
                "guest_counter": "guest/counter", "guest_runner": "guest/runner", "inspect": "model", "lesson": "learn", "log_before": "log", "log_group": "log",
                "recorder": "trace", "recording": "record", "report": "record", "run": "litmus", "sandbox": "host", "scene": "step", "settings": "host", "sheet": "learn", "stage": "record",
                "state": "record", "state_file": "observe", "trace": "record",
                "view_bench": "view", "view_decode": "view", "view_force": "view",
                "view_fuzz": "view", "view_learn": "view", "view_log": "view", "view_metrics": "view", "view_replay": "view", "view_step": "view", "view_top": "view", "view_trace": "view"}
MODEL_SYSTEM_HEADERS = {"assert.h", "errno.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h",
                        "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "string.h"}
PURE_SYSTEM_HEADERS = MODEL_SYSTEM_HEADERS | {"ctype.h", "jansson.h", "math.h", "search.h",
                                             "stdio.h", "strings.h"}
# What the model may ask of a C library: memory and strings.
MODEL_LIBC = {"calloc", "free", "malloc", "realloc", "reallocarray", "qsort", "bsearch",
              "memchr", "memcmp", "memcpy", "memmove", "memset", "strcmp", "strlen", "strncmp",
              "__assert_fail", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def sources(root):
    """(layer, path) of every C file and header, public headers included."""
    src = os.path.join(root, "src")
    for folder, _, names in os.walk(src):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".def")):
                yield folder_layer(os.path.relpath(folder, src)), os.path.join(folder, name)
    public = os.path.join(root, "include", "cr2")
    for name in sorted(os.listdir(public)):
        if name.endswith(".h"):
            yield header_layer(name), os.path.join(public, name)


def folder_layer(folder):
    """The layer of a folder in src/, such as litmus/lang: its nearest row in MAY_USE."""
    while folder not in MAY_USE and "/" in folder:
        folder = os.path.dirname(folder)
    return folder


def header_layer(name):
    stem = name.split("/")[0].removesuffix(".h")
    return HEADER_LAYER.get(stem, stem)


def included_layer(root, path, quote, name):
    """The layer that an include belongs to; None for the system's."""
    if name.startswith("cr2/"):
        return header_layer(name.removeprefix("cr2/"))
    if quote == "<":
        return None
    for base in (os.path.dirname(path), os.path.join(root, "src")):
        found = os.path.normpath(os.path.join(base, name))
        if os.path.exists(found):
            return folder_layer(os.path.dirname(os.path.relpath(found, root)).removeprefix("src/"))
    if name.endswith((".skel.h", ".html.h", ".css.h", ".pb-c.h")):  # made of another file of the folder, while it is built
        return folder_layer(os.path.dirname(name))
    return f"?{name}"


def includes(root):
    """(layer, path, line, quote, name) of every #include."""
    for layer, path in sources(root):
        for number, line in enumerate(lines_of(path), 1):
            match = INCLUDE.match(line)
            if match:
                yield layer, path, number, match.group(1), match.group(2)


def check_places(root, _):
    known = set(MAY_USE)
    for layer in os.listdir(os.path.join(root, "src")):
        if os.path.isdir(os.path.join(root, "src", layer)) and layer not in known:
            yield f"src/{layer} has no place among the layers (MAY_USE)"
    for name in os.listdir(os.path.join(root, "include", "cr2")):
        if name.endswith(".h") and header_layer(name) not in known:
            yield f"include/cr2/{name} belongs to no layer (HEADER_LAYER)"


def check_includes(root, _):
    for layer, path, number, quote, name in includes(root):
        used = included_layer(root, path, quote, name)
        if used and used != layer and used not in MAY_USE.get(layer, []):
            yield f"{os.path.relpath(path, root)}:{number}: {layer} includes {name} of {used}"


def check_program_includes(root, _):
    """The program sees the public headers and its own, no folder's insides."""
    for layer, path, number, quote, name in includes(root):
        own = PROGRAM.get(layer)
        if own and quote == '"' and included_layer(root, path, quote, name) not in own:
            yield f"{os.path.relpath(path, root)}:{number}: {name} is not public"


def check_system_headers(root, layers, allowed):
    for layer, path, number, quote, name in includes(root):
        system = included_layer(root, path, quote, name) is None
        if layer in layers and system and name not in allowed:
            yield f"{os.path.relpath(path, root)}:{number}: {layer} includes <{name}>"


def check_model_headers(root, _):
    return check_system_headers(root, ["model"], MODEL_SYSTEM_HEADERS)


def check_pure_headers(root, _):
    return check_system_headers(root, PURE, PURE_SYSTEM_HEADERS)


def local_names(lines):
    """Functions, types and macros of a C file that no other file sees, and what a macro is."""
    for line in lines:
        line = re.sub(r"__attribute__\(.*\)\)", "", line)
        match = re.match(r"static\b[^;=(]*\b(\w+)\(|(?:struct|union|enum) (\w+) {|# *define (\w+)", line)
        name = match and next(filter(None, match.groups()))
        if name and f"#undef {name}" not in lines:
            yield name, line if match.group(3) else ""


def check_names(root, _):
    """Where meson.build does not say unity=off, builds with -Dunity=on compile several files as one."""
    homes = {}
    for layer, path in sources(root):
        folder = os.path.relpath(path, os.path.join(root, "src")).split("/")[0]
        if not path.endswith(".c") or layer in PROGRAM or \
                "unity=off" in "".join(lines_of(os.path.join(root, "src", folder, "meson.build"))):
            continue
        for name, macro in local_names(lines_of(path)):
            homes.setdefault((folder, name), {})[os.path.relpath(path, root)] = macro
    for (_, name), files in sorted(homes.items()):
        macros = set(files.values())
        if len(files) > 1 and (len(macros) > 1 or "" in macros):
            yield f"{name} stands in {' and '.join(sorted(files))}, which may be compiled as one"


def symbols(*arguments):
    """(object or library, kind, name) of what nm lists."""
    output = subprocess.run(["nm", "--no-sort", "-A", *arguments], check=True, text=True,
                            capture_output=True).stdout
    for line in output.splitlines():
        match = re.match(r"(.*?):\s*[0-9a-f]*\s+([A-Za-z])\s+(\S+)$", line)
        if match:
            yield match.groups()


def objects_of(root, args):
    """The objects of each folder of src/, a list each. Some of the program's own stand beside it."""
    for library in args.libraries:
        yield [library]
    beside = args.program + ".p"
    # What an earlier build left there has no source any more.
    sources_of = {os.path.relpath(path, root).replace("/", "_") for _, path in sources(root)}
    yield [args.program_library] + [os.path.join(beside, name) for name in sorted(os.listdir(beside))
                                    if name.removesuffix(".o") in sources_of]


def uses(files):
    """Which objects each object takes functions from, to call or to list them in a table."""
    found = list(symbols(*files))
    home = {name: where for where, kind, name in found if kind in "TW"}
    graph = {where: set() for where, _, _ in found}
    for where, kind, name in found:
        if kind == "U" and home.get(name, where) != where:
            graph[where].add(home[name])
    return graph


def circles(graph):
    """Sets of nodes that reach each other (Tarjan's components of more than one)."""
    order, low, stack = {}, {}, []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in graph[node]:
            if other not in order:
                yield from visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            circle = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(circle) > 1:
                yield circle

    for node in graph:
        if node not in order:
            yield from visit(node)


def check_circles(root, args):
    """Files of a folder use each other one way; the model's follow the kernel's, which do not."""
    for files in objects_of(root, args):
        if files == [args.model]:
            continue
        for circle in circles(uses(files)):
            names = sorted(re.split("[:/]", where)[-1].removesuffix(".o") for where in circle)
            yield f"{os.path.basename(files[0])}: {', '.join(names)} use each other in a circle"


def defined(*files):
    return {name for _, kind, name in symbols(*files) if kind not in "Uwv"}


def check_model_globals(_, args):
    """
    No variables: B and D (b and d where static) and C are memory that changes. Tables with
    pointers lie in .data.rel.ro, which nm also calls d: the section tells them apart.
    """
    output = subprocess.run(["objdump", "-t", args.model], check=True, text=True,
                            capture_output=True).stdout
    for line in output.splitlines():
        match = re.match(r"[0-9a-f]{16} .{7} (\S+)\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)$", line)
        if not match or match.group(1) == match.group(3) or int(match.group(2), 16) == 0:
            continue
        section = match.group(1)
        if section == "*COM*" or re.match(r"\.(t?data|t?bss)(?!\.rel\.ro)", section):
            yield f"{match.group(3)} is a variable, in {section}"


def check_model_calls(_, args):
    own = defined(*args.libraries)
    for where, kind, name in symbols(args.model):
        if kind in "Uw" and name not in own and name not in MODEL_LIBC:
            yield f"{where.split(':')[-1]} uses {name}"


def declared_functions(root):
    """The cr2_ functions that the public headers declare, without types of functions, and what inline ones call."""
    text = "\n".join("\n".join(lines_of(path)) for _, path in sources(root)
                     if os.path.relpath(path, root).startswith("include"))
    text = re.sub(r"/\*.*?\*/|^\s*#.*?$|typedef[^;]*;", "", text, flags=re.S | re.M)
    text = re.sub(r"^static inline .*?^}", "", text, flags=re.S | re.M)
    return set(re.findall(r"\b(cr2_[a-z0-9_]+)\([^;{]*;", text))


def check_exports(root, args):
    """Exported is what the public headers declare, and nothing else."""
    declared = declared_functions(root)
    exported = {name.split("@")[0] for name in defined("-D", "--defined-only", args.shared)
                if name.startswith("cr2_")}
    for name in sorted(exported - declared):
        yield f"{name} is exported, but no header in include/cr2/ declares it"
    for name in sorted(declared - exported):
        yield f"{name} is declared in include/cr2/, but not exported"


def check_map(root, _):
    """The symbols file names each declared function, once and in order, and nothing else."""
    with open(os.path.join(root, "src/libcr2.map"), encoding="utf-8") as file:
        named = re.findall(r"^\t(cr2_[a-z0-9_]+);$", file.read(), flags=re.M)
    declared = declared_functions(root)
    for name in sorted(declared - set(named)):
        yield f"{name} is declared in include/cr2/: src/libcr2.map wants a line for it"
    for name in sorted(set(named) - declared):
        yield f"{name} stands in src/libcr2.map, but no header in include/cr2/ declares it"
    if named != sorted(set(named)):
        yield "src/libcr2.map is not sorted, or names a function twice"


def check_program_symbols(_, args):
    for name in sorted(defined(*args.libraries) & defined(args.program) - {"main", "_init", "_fini"}):
        if name.startswith("cr2_"):
            yield f"{name} is linked in, not taken from libcr2"


CHECKS = [
    ("every folder and public header has its layer", check_places),
    ("a layer includes only those before it", check_includes),
    ("the files of a folder use each other one way", check_circles),
    ("the program includes public headers only", check_program_includes),
    ("the model includes no header of I/O or time", check_model_headers),
    ("what a browser gets includes no header of an operating system", check_pure_headers),
    ("the model has no variables", check_model_globals),
    ("the model calls memory and string functions only", check_model_calls),
    ("what is exported stands in a public header", check_exports),
    ("the symbols file names what public headers declare", check_map),
    ("the program takes the library's functions from the library", check_program_symbols),
    ("local names are not another file's where files may be compiled as one", check_names),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("--model", required=True)
    parser.add_argument("--libraries", nargs="+", required=True)
    parser.add_argument("--shared", required=True)
    parser.add_argument("--program", required=True)
    parser.add_argument("--program-library", required=True)
    args = parser.parse_args()
    code = 0
    print(f"1..{len(CHECKS)}")
    for number, (title, check) in enumerate(CHECKS, 1):
        problems = list(check(args.root, args))
        print(f"{'not ok' if problems else 'ok'} {number} - {title}")
        for problem in problems:
            print(f"# {problem}")
            code = 1
    return code


sys.exit(main())
