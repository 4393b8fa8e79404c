// SPDX-License-Identifier: MIT
// The model, as a module: calls into it, and what it says, as docs/step.md and src/tables/key.def have it.

export interface Mistake {
  line: number;
  column: number;
  width: number;
  message: string;
  hint: string | null;
}
export interface StepRow {
  line: number;
  proc: string;
  op: string;
  at: string | null;
  result: string;
  faults: number;
  failed: boolean;
}
/* A number of each step, and of each fault of all steps. */
export interface Timeline {
  lines: Int32Array;
  faults: Int32Array; // how many a step has
  stages: Int32Array; // of a fault, 1 << k for each Sk that it has
  wentOn: Int32Array; // 1, or 0: a signal
}
const COLUMN = { lines: 0, faults: 1, stages: 2, wentOn: 3 } as const; // as in web/wasm/session.c
export interface Session {
  target: string;
  steps: number;
  faults: number;
  line: number | null;
  reason: string | null;
}
export interface Position {
  step: number;
  fault: number;
  stage: number;
}

/* Of lists that are not whole, how many rows are missing. */
export type LeftOut = Record<string, number>;
export interface PageRow {
  addr: string;
  n: number;
  kind: string;
  changed: boolean;
  token: string;
  number_step: number;
  pfn: string | null;
  pfn_step: number;
  flags: string[] | null;
  large: boolean;
}
export interface Mapping {
  start: string;
  end: string;
  prot: string;
  object: string | null;
  pgoff: number;
  shared: boolean;
  anonymous: boolean;
  pages: PageRow[];
  left_out?: LeftOut;
}
export interface EntryRow {
  index: number;
  n: number;
  value: string;
  kind: string;
  pfn: string | null;
  flags: string[];
  table: number | null;
  walked: boolean;
  ends_walk: boolean;
  left_out?: LeftOut;
}
export interface TableRow {
  level: string;
  pfn: string;
  addr: string;
  entries: EntryRow[];
  left_out?: LeftOut;
}
export interface Process {
  proc: string;
  cr3: string;
  locked_pages: number;
  places: { name: string; start: string; pages: number }[];
  mappings: Mapping[];
  tables: TableRow[];
  left_out?: LeftOut;
}
export interface FrameRow {
  pfn: string;
  n: number;
  use: string;
  token: string | null;
  number_step: number;
  refs: number;
  maps: number;
  exclusive: boolean | null; // null: a kernel without the flag
  dirty: boolean;
  swap_cached: boolean;
  head: string;
  order: number;
  object: string | null;
  index: number | null;
  mapped_by: { proc: string; addr: string; pages: number }[];
  changed: boolean;
  left_out?: LeftOut;
}
export interface Scene {
  target: string;
  step: number;
  fault_number: number | null;
  stage_number: number | null;
  stage: string | null;
  line: number | null;
  proc: string | null;
  op: string | null;
  at: string | null;
  result: string | null;
  faults: number | null;
  expected: string | null;
  seen: string | null;
  registers: {
    cr2: string | null;
    cr3: string;
    proc: string;
    levels: number;
    frame: { error: string; ip: string; sp: string } | null;
  };
  processes: Process[];
  frames: FrameRow[];
  tlb: { addr: string; n: number; pfn: string; page_shift: number; allows: string[] }[];
  objects: {
    object: string | null;
    kind: string;
    pages: number;
    cached: { index: number; n: number; pfn: string | null; slot: number | null; changed: boolean }[];
    left_out?: LeftOut;
  }[];
  slots: { slot: number; named_by: number; pfn: string | null; token: string | null; changed: boolean }[];
  left_out?: LeftOut;
}

export interface Exercise {
  exercise: string;
  seed: string;
  level: number;
  kernel: string;
  question: string;
  given: Record<string, string | number | Record<string, string | number>>;
  parts: { key: string; ask: string; type: string; answer?: string | number }[];
  hints?: string[];
  solution?: string[];
}
export interface Checked {
  correct: boolean;
  reason: string | null; // why it could not be read
  type: string; // how it is written
  misconceptions: string[];
}

export interface Words {
  operations: string[];
  advice: string[];
  paths: string[];
  results: string[];
  kernels: string[];
  others: { word: string; behind: string | null }[];
}

export type Opened = { session: Session; timeline: Timeline; text: string } | { mistakes: Mistake[] };
export const UNIT = { stage: 0, fault: 1, step: 2 } as const;
export type Unit = keyof typeof UNIT;

const ESUCCESS = 0;
const ENOMEM = 48;
const ERANGE = 68;
type Exports = Record<string, (...args: number[]) => number> & { memory: WebAssembly.Memory };

/* What the module's C library may ask of a system: there is none. */
const system = {
  clock_time_get: () => ESUCCESS,
  fd_close: () => ESUCCESS,
  fd_seek: () => 70, // ESPIPE
  fd_write: () => ESUCCESS,
};

export class Engine {
  private readonly decoder = new TextDecoder();
  private constructor(private readonly c: Exports) {}

  static async start(): Promise<Engine> {
    const instance = await WebAssembly.instantiate(await cr2Module, { wasi_snapshot_preview1: system });
    const c = instance.exports as unknown as Exports;
    c._initialize!();
    return new Engine(c);
  }

  private call(name: string, ...args: (number | string | boolean)[]): number {
    const held: number[] = [];
    const values = args.map((arg) => {
      if (typeof arg !== 'string') return Number(arg);
      const bytes = new TextEncoder().encode(`${arg.replaceAll('\0', '\uFFFD')}\0`);
      const at = this.c.web_alloc!(bytes.length);
      new Uint8Array(this.c.memory.buffer).set(bytes, at);
      held.push(at);
      return at;
    });
    const r = this.c[name]!(...values);
    held.forEach((at) => this.c.web_free!(at));
    return r;
  }

  private text(): string {
    return this.decoder.decode(new Uint8Array(this.c.memory.buffer, this.c.web_text!(), this.c.web_length!()));
  }

  private json<T>(): T {
    return JSON.parse(this.text()) as T;
  }

  words(): Words {
    this.call('web_words');
    return this.json();
  }

  check(text: string): Mistake[] {
    return this.call('web_check', 'scenario', text) < 0 ? this.json<{ mistakes: Mistake[] }>().mistakes : [];
  }

  open(side: number, text: string, kernel: string): Opened {
    return this.opened(side, this.call('web_open', side, 'scenario', text, kernel), text);
  }

  /* Under another kernel, or another setting of this one. */
  openOther(text: string, kernel: string, other: string): Opened {
    if (!other.includes(' ')) return this.open(1, text, other);
    const opened = this.open(1, text, kernel);
    return 'session' in opened ? this.opened(1, this.call('web_set', 1, other), text) : opened;
  }

  private opened(side: number, r: number, text: string): Opened {
    const said = this.text();
    if (r < 0 && !said) {
      const message = { [ENOMEM]: 'out of memory', [ERANGE]: 'this page has no such kernel' }[-r] ?? `it cannot be opened: error ${-r}`;
      return { mistakes: [{ line: 0, column: 0, width: 0, message, hint: null }] };
    }
    if (r < 0) return { mistakes: (JSON.parse(said) as { mistakes: Mistake[] }).mistakes };
    const session = JSON.parse(said) as Session;
    const column = (name: keyof typeof COLUMN, n: number) => {
      const at = this.call('web_column', side, COLUMN[name]);
      if (!at) throw new Error('out of memory');
      const numbers = new Int32Array(this.c.memory.buffer, at, n).slice();
      this.call('web_free', at);
      return numbers;
    };
    const timeline = {
      lines: column('lines', session.steps), faults: column('faults', session.steps),
      stages: column('stages', session.faults), wentOn: column('wentOn', session.faults),
    };
    return { session, timeline, text };
  }

  title(side: number): string {
    this.call('web_title', side);
    return this.text();
  }

  close(side: number): void {
    this.call('web_close', side);
  }

  /* Where the other kernel has no such stage, its step is done. */
  go(side: number, p: Position): boolean {
    return this.call('web_go', side, p.step, p.fault, p.stage) === 0 || this.call('web_go', side, p.step, 0, 0) === 0;
  }

  /* What somebody will wait for is called once before, and leaves nothing behind. */
  warm(side: number, p: Position, rows: number, width: number): void {
    this.call('web_warm', side, p.step, p.fault, p.stage, rows, width);
  }

  at(side: number): Position {
    this.call('web_at', side);
    const at = this.json<{ step: number; fault_number: number; stage_number: number }>();
    return { step: at.step, fault: at.fault_number, stage: at.stage_number };
  }

  next(side: number, unit: Unit, back: boolean): boolean {
    return this.call('web_next', side, UNIT[unit], back) > 0;
  }

  /* True: it went there. A string: what is wrong with the condition. */
  search(side: number, condition: string, back: boolean): boolean | string {
    const r = this.call('web_search', side, condition, back);
    if (r >= 0) return r > 0;
    const mistake = this.text() && this.json<{ mistakes: Mistake[] }>().mistakes[0];
    return mistake ? [mistake.message, mistake.hint].filter(Boolean).join('; ') : 'it cannot be searched';
  }

  /* What differs there, or nothing. */
  difference(): string | null {
    return this.call('web_difference') > 0 ? this.text() : null;
  }

  /* Of long lists about so many rows, around what matters. */
  scene(side: number, rows: number): Scene {
    this.call('web_scene', side, rows);
    return this.json();
  }

  step(side: number, step: number): StepRow {
    this.call('web_step', side, step);
    return this.json();
  }

  pageKinds(): Record<string, string> {
    this.call('web_page_kinds');
    return this.json();
  }

  narrative(side: number, width: number, whole = false): string {
    this.call('web_narrative', side, width, whole);
    return this.text();
  }

  errorBits(code: string): Record<string, number> {
    this.call('web_error_bits', code);
    return this.json<{ bits: Record<string, number> }>().bits;
  }

  /* What a value means, or what is wrong with it. */
  private explained(r: number): { text: string; wrong: boolean } {
    return { text: this.text(), wrong: r < 0 };
  }
  decodeError(code: string, address: string, mapping: string, width: number) {
    return this.explained(this.call('web_decode_error', code, address, mapping, width));
  }
  decodeEntry(value: string, level: string, levels: number, kernel: string, width: number) {
    return this.explained(this.call('web_decode_entry', value, level, levels, kernel, width));
  }
  decodeAddress(address: string, levels: number, width: number) {
    return this.explained(this.call('web_decode_va', address, levels, width));
  }
  decodeFlags(kind: string, flags: string, kernel: string, width: number) {
    return this.explained(this.call('web_decode_flags', kind, flags, kernel, width));
  }
  decodeRegisters(probed: string, words: string, kernel: string, width: number) {
    return this.explained(this.call('web_decode_registers', probed, words, kernel, width));
  }
  decodeLog(text: string, width: number) {
    const reports = this.call('web_decode_log', text, width);
    return reports > 0 ? this.explained(0) : { text: 'no crash in this text', wrong: true };
  }

  /* What the local program makes of it on this machine's kernel; only where `cr2 web --host` serves the page. */
  static readonly hasHost = document.querySelector('meta[name="cr2-host"]') !== null;
  static async runOnHost(text: string, signal: AbortSignal): Promise<string> {
    return (await fetch('run', { method: 'POST', body: text, signal })).text();
  }

  exercises(): { exercise: string; sentence: string }[] {
    this.call('web_exercises');
    return this.text().trim().split('\n').map((line) => JSON.parse(line) as { exercise: string; sentence: string });
  }
  /* seed: digits, as many as 64 bits have. */
  exercise(kind: string, seed: string, level: number, kernel: string, answers = false): Exercise {
    this.call('web_exercise', kind, seed, level, kernel, answers);
    return { ...this.json<Exercise>(), seed };
  }
  answer(e: Exercise, key: string, answer: string): Checked {
    this.call('web_answer', e.exercise, e.seed, e.level, e.kernel, key, answer);
    return this.json();
  }
}
