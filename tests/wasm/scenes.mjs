// SPDX-License-Identifier: MIT
// scenes.mjs MODULE KERNEL FILE...: what `cr2 step --json` prints of each file, by the page's module (web/wasm).
// Each is opened without its end first, as if that were typed then: the session goes on from there.
// With --rows N: with that option of it. With --back: no scenes; whether the way back from the end has those of the way
// there, but for what changed.
import fs from 'node:fs';

const args = process.argv.slice(2);
const back = args[0] === '--back' && args.shift();
const rows = args[0] === '--rows' ? Number(args.splice(0, 2)[1]) : 0;
const [wasm, kernel, ...files] = args;

let memory;
const nothing = { clock_time_get: () => 0, fd_close: () => 0, fd_seek: () => 70, fd_write: () => 0 };
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(wasm)), {
  wasi_snapshot_preview1: nothing,
});
memory = exports.memory;
exports._initialize();

function call(fn, ...values) {
  const held = [];
  const given = values.map((value) => {
    if (typeof value !== 'string') return value;
    const bytes = Buffer.from(`${value}\0`);
    const at = exports.web_alloc(bytes.length);
    new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
    held.push(at);
    return at;
  });
  const r = exports[fn](...given);
  held.forEach((at) => exports.web_free(at));
  return r;
}

const text = () => Buffer.from(memory.buffer, exports.web_text(), exports.web_length()).toString();
const EOPNOTSUPP = -58; // WASI's number
const UNIT_STAGE = 0;

function scene() {
  if (call('web_scene', 0, rows) < 0) throw new Error('web_scene');
  return text();
}

function forget(json) {
  return json.replace(/, ?"changes".*/s, '');
}

let failed = 0;
for (const file of files) {
  const scenario = fs.readFileSync(file, 'utf8');
  call('web_open', 0, file, scenario.slice(0, scenario.trimEnd().lastIndexOf('\n') + 1), kernel);
  const r = call('web_open', 0, file, scenario, kernel);
  if (r < 0) {
    if (r !== EOPNOTSUPP) throw new Error(`${file}: ${r}: ${text()}`);
    continue;
  }
  if (!back) process.stdout.write(text().replace(/\n.*/s, '\n'));
  const there = [];
  do {
    const json = scene();
    if (back) there.push(forget(json));
    else process.stdout.write(json);
  } while (call('web_next', 0, UNIT_STAGE, 0) > 0);
  if (!back) continue;
  do {
    if (forget(scene()) !== there.pop()) failed = console.log(`${file}: other on the way back`) ?? 1;
  } while (call('web_next', 0, UNIT_STAGE, 1) > 0);
  if (there.length) failed = console.log(`${file}: shorter on the way back`) ?? 1;
}
process.exitCode = failed;
