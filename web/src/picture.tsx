// SPDX-License-Identifier: MIT
// A scene as a picture: on the left the address spaces, a strip of pages for each mapping; on the right the frames
// with their counts; arrows from pages to their frames. What changed since the last scene is marked by a dot.
import type { ComponentChildren } from 'preact';
import type { Change, FrameRow, PageRow, Process, Scene } from './engine';
import type { Palette } from './palette';

const CELL = 26;
const GAP = 4;
const LINE = 18;
const FRAME_W = 132;
const FRAME_H = 46;

interface Cell {
  x: number;
  y: number;
  w: number;
  use: string;
  label: string;
  title: string;
  pfn: bigint | null;
  n: number;
  changed: boolean;
}
interface Label {
  x: number;
  y: number;
  text: string;
  strong?: boolean;
}
interface Box extends Cell {
  frame: FrameRow;
}

/* Of long lists so many rows are drawn, around the one that matters, and that is said; all are in the tables. */
const MOST = 300;
export function around<T>(rows: T[], at: number, most: number): { first: number; rows: T[] } {
  const first = Math.max(0, Math.min(at - (most >> 1), rows.length - most));
  return { first, rows: rows.slice(first, first + most) };
}

const isShown = (f: FrameRow) => f.use !== 'table' && f.use !== 'kernel' && f.use !== 'free';
const hex = (n: bigint) => `0x${n.toString(16)}`;
const widthOf = (text: string) => Math.max(CELL, text.length * 7.3 + 12);

/* "a5 ×3": n things in a row. */
const folded = (token: string, n: number, counts: boolean) =>
  n > 1 ? `${token}${counts ? '…' : ''} ×${n}` : token;

class Marks {
  private readonly marked = new Set<string>();
  constructor(changes: Change[] | null) {
    for (const c of changes ?? []) {
      if (c.part === 'page') this.spread(c, `page ${c.proc}`, BigInt(c.addr!), 4096n);
      if (c.part === 'frame') this.spread(c, 'frame', BigInt(c.pfn!), 1n);
      if (c.part === 'slot') this.marked.add(`slot ${c.slot}`);
    }
  }
  private spread(c: Change, name: string, first: bigint, step: bigint) {
    for (let i = 0; i < Math.min(c.n, 4096); i++) this.marked.add(`${name} ${hex(first + step * BigInt(i))}`);
  }
  has(name: string): boolean {
    return this.marked.has(name);
  }
  page(proc: string, p: PageRow): boolean {
    const first = BigInt(p.addr);
    for (let i = 0; i < Math.min(p.n, 4096); i++) if (this.has(`page ${proc} ${hex(first + 4096n * BigInt(i))}`)) return true;
    return false;
  }
  frame(f: FrameRow): boolean {
    const first = BigInt(f.pfn);
    for (let i = 0; i < Math.min(f.n, 4096); i++) if (this.has(`frame ${hex(first + BigInt(i))}`)) return true;
    return false;
  }
}

class Layout {
  readonly labels: Label[] = [];
  readonly cells: Cell[] = [];
  readonly boxes: Box[] = [];
  height = 0;
  private x = 0;
  private y = 0;
  private readonly marks: Marks;
  private readonly uses: [bigint, bigint, string][];

  constructor(
    readonly scene: Scene,
    readonly width: number,
  ) {
    this.marks = new Marks(scene.changes);
    this.uses = scene.frames.map((f) => [BigInt(f.pfn), BigInt(f.pfn) + BigInt(f.n), f.use]);
    const narrow = width < 480;
    /* One column, so that arrows cross no frame; more only where there are too many frames for that. */
    const shown = Math.min(scene.frames.filter(isShown).length, MOST);
    const room = Math.floor((width * (narrow ? 0.42 : 0.5)) / (FRAME_W + GAP * 2));
    const columns = Math.max(1, Math.min(room, Math.ceil(shown / 12)));
    const right = width - columns * (FRAME_W + GAP * 2);
    const left = right - (narrow ? 24 : 56);
    scene.processes.forEach((p) => this.process(p, left));
    this.caches(left);
    const bottom = this.y;
    this.frames(right, columns);
    this.height = Math.max(bottom, this.y) + 8;
  }

  private label(text: string, strong = false, x = 2) {
    this.labels.push({ x, y: this.y + 13, text, strong });
    this.y += LINE;
  }

  private begin() {
    this.x = 2;
  }
  private place(cell: Omit<Cell, 'x' | 'y' | 'w'>, limit: number) {
    const w = Math.min(widthOf(cell.label), Math.max(limit, CELL));
    if (this.x > 2 && this.x + w > limit) {
      this.x = 2;
      this.y += CELL + GAP;
    }
    this.cells.push({ ...cell, x: this.x, y: this.y, w });
    this.x += w + GAP;
  }
  private end() {
    this.y += CELL + GAP * 3;
  }

  private useOf(pfn: bigint | null): string {
    if (pfn === null) return 'none';
    return this.uses.find(([first, end]) => pfn >= first && pfn < end)?.[2] ?? 'kernel';
  }

  private process(p: Process, limit: number) {
    this.label(`${p.proc}${p.proc === this.scene.registers.proc ? '  ◀ on the CPU' : ''}`, true);
    for (const m of p.mappings) {
      const [start, end] = [BigInt(m.start), BigInt(m.end)];
      const names = p.places.filter((at) => BigInt(at.start) >= start && BigInt(at.start) < end).map((at) => at.name);
      this.label(`${[...names, m.object && `(${m.object})`].filter(Boolean).join(' ')} ${m.prot} ${m.start}`);
      const cr2 = BigInt(this.scene.registers.cr2 ?? 0);
      const drawn = around(m.pages, m.pages.findIndex((row) => BigInt(row.addr) + BigInt(row.n) * 4096n > cr2), MOST);
      if (drawn.rows.length < m.pages.length)
        this.label(`rows ${drawn.first + 1}–${drawn.first + drawn.rows.length} of ${m.pages.length}, around CR2; all: in the tables`);
      this.begin();
      for (const row of drawn.rows) {
        const page = (BigInt(row.addr) - start) / 4096n;
        const pfn = row.pfn === null ? null : BigInt(row.pfn);
        this.place(
          {
            use: pfn === null && row.token !== '-' && row.token !== '!' ? 'swap' : this.useOf(pfn),
            label: folded(row.token, row.n, row.number_step > 0) + (row.flags?.includes('write') ? ' w' : ''),
            title: `${p.proc}, page ${page}${row.n > 1 ? ` and ${row.n - 1} more` : ''} at ${row.addr}: ${
              pfn === null ? 'not present' : `frame ${row.pfn}, ${row.flags?.join(' ')}`
            }`,
            pfn,
            n: row.pfn_step ? row.n : 1,
            changed: this.marks.page(p.proc, row),
          },
          limit,
        );
      }
      this.end();
    }
  }

  private caches(limit: number) {
    for (const o of this.scene.objects) {
      this.label(`page cache of ${o.object ?? 'shared anonymous memory'}, ${o.pages} pages`, true);
      this.begin();
      const drawn = o.cached.slice(0, MOST);
      if (drawn.length < o.cached.length) this.label(`the first ${MOST} of ${o.cached.length} rows`);
      for (const c of drawn)
        this.place(
          {
            use: c.pfn === null ? 'swap' : 'file',
            label: folded(String(c.index), c.n, true),
            title: `page ${c.index}: ${c.pfn === null ? `swap slot ${c.slot}` : `frame ${c.pfn}`}`,
            pfn: c.pfn === null ? null : BigInt(c.pfn),
            n: c.n,
            changed: false,
          },
          limit,
        );
      if (o.cached.length) this.end();
    }
    if (!this.scene.slots.length) return;
    this.label('swap slots', true);
    this.begin();
    const slots = this.scene.slots.slice(0, MOST);
    if (slots.length < this.scene.slots.length) this.label(`the first ${MOST} of ${this.scene.slots.length}`);
    for (const s of slots)
      this.place(
        {
          use: 'swap',
          label: `${s.slot}: ${s.token ?? '?'}`,
          title: `slot ${s.slot}, named by ${s.named_by} entries${s.pfn === null ? '' : `, in the swap cache: frame ${s.pfn}`}`,
          pfn: s.pfn === null ? null : BigInt(s.pfn),
          n: 1,
          changed: this.marks.has(`slot ${s.slot}`),
        },
        limit,
      );
    this.end();
  }

  private frames(left: number, columns: number) {
    const count = (use: string) => this.scene.frames.reduce((n, f) => n + (f.use === use ? f.n : 0), 0);
    this.y = 0;
    this.label('frames', true, left);
    let column = 0;
    let frames = this.scene.frames.filter(isShown);
    if (frames.length > MOST) {
      const all = frames.length;
      const wanted = this.cells.flatMap((c) => (c.pfn === null ? [] : [c.pfn]));
      const sorted = [...new Set(wanted)].sort((a, b) => (a < b ? -1 : 1));
      let i = 0;
      frames = frames.filter((f) => {
        while (i < sorted.length && sorted[i]! < BigInt(f.pfn)) i++;
        return i < sorted.length && sorted[i]! < BigInt(f.pfn) + BigInt(f.n);
      });
      this.label(`${frames.length} of ${all} rows`, false, left);
    }
    for (const f of frames) {
      this.boxes.push({
        x: left + column * (FRAME_W + GAP * 2),
        y: this.y,
        w: FRAME_W,
        use: f.use,
        label: folded(f.token ?? f.use, f.n, f.number_step > 0),
        title: `frame ${f.pfn}${f.n > 1 ? ` and ${f.n - 1} more` : ''}, ${f.use}; mapped by ${
          f.mapped_by.map((m) => `${m.proc} at ${m.addr}`).join(', ') || 'nobody'
        }`,
        pfn: BigInt(f.pfn),
        n: f.n,
        changed: this.marks.frame(f),
        frame: f,
      });
      column = (column + 1) % columns;
      if (column === 0) this.y += FRAME_H + GAP * 2;
    }
    if (column) this.y += FRAME_H + GAP * 2;
    this.label(`tables: ${count('table')} frames`, false, left);
  }

  arrows(): { path: string; changed: boolean; use: string }[] {
    return this.cells.flatMap((c) => {
      const pfn = c.pfn;
      const to = pfn === null ? undefined : this.boxes.find((b) => pfn >= b.pfn! && pfn < b.pfn! + BigInt(b.n));
      if (!to) return [];
      const [x1, y1, x2, y2] = [c.x + c.w, c.y + CELL / 2, to.x, to.y + FRAME_H / 2];
      const bend = Math.max(24, (x2 - x1) / 2);
      return [{ path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 5} ${y2}`, changed: c.changed || to.changed, use: c.use }];
    });
  }
}

function Dot({ x, y, p }: { x: number; y: number; p: Palette }) {
  return <circle cx={x} cy={y} r="4.5" fill={p.changed} stroke={p.paper} stroke-width="1.5" />;
}

function CellShape({ c, p }: { c: Cell; p: Palette }) {
  const use = p.use[c.use] ?? p.use.kernel!;
  return (
    <g>
      <title>{c.title}</title>
      <rect x={c.x} y={c.y} width={c.w} height={CELL} rx="3" fill={use.fill} stroke={c.changed ? p.changed : p.line} stroke-width={c.changed ? 2 : 1} stroke-dasharray={c.use === 'none' ? '3 3' : undefined} />
      <text x={c.x + c.w / 2} y={c.y + 17} text-anchor="middle" fill={use.ink}>
        {c.label}
      </text>
      {c.changed && <Dot x={c.x + c.w - 1} y={c.y + 1} p={p} />}
    </g>
  );
}

function FrameShape({ b, p }: { b: Box; p: Palette }) {
  const use = p.use[b.use] ?? p.use.kernel!;
  const f = b.frame;
  const words = [f.exclusive && 'exclusive', f.dirty && 'dirty', f.swap_cached && 'in swap'].filter(Boolean).join(' ');
  return (
    <g>
      <title>{b.title}</title>
      <rect x={b.x} y={b.y} width={b.w} height={FRAME_H} rx="4" fill={use.fill} stroke={b.changed ? p.changed : p.line} stroke-width={b.changed ? 2 : 1} />
      <text x={b.x + 6} y={b.y + 14} fill={use.ink} font-weight="600">
        {b.label}
      </text>
      <text x={b.x + b.w - 6} y={b.y + 14} fill={use.ink} text-anchor="end">
        {f.pfn}
      </text>
      <text x={b.x + 6} y={b.y + 28} fill={use.ink}>
        refs {f.refs} · maps {f.maps}
      </text>
      <text x={b.x + 6} y={b.y + 41} fill={use.ink} font-size="11">
        {words}
      </text>
      {b.changed && <Dot x={b.x + b.w - 1} y={b.y + 1} p={p} />}
    </g>
  );
}

export function Picture({ scene, width, palette: p }: { scene: Scene; width: number; palette: Palette }) {
  const w = Math.max(width, 300);
  const layout = new Layout(scene, w);
  return (
    <svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" aria-label={`Memory under ${scene.target}: address spaces, frames, and which page has which frame; the same as tables is below`} width={w} height={layout.height} viewBox={`0 0 ${w} ${layout.height}`} font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="12">
      <rect width="100%" height="100%" fill={p.paper} />
      {layout.arrows().map((a) => (
        <path d={a.path} fill="none" stroke={a.changed ? p.changed : p.line} stroke-width={a.changed ? 2 : 1.2} stroke-dasharray={a.use === 'file' ? '6 3' : a.use === 'zero' ? '2 3' : undefined} marker-end={a.changed ? 'url(#tip-changed)' : 'url(#tip)'} />
      ))}
      {layout.labels.map((l) => (
        <text x={l.x} y={l.y} fill={l.strong ? p.ink : p.dim} font-weight={l.strong ? '700' : undefined}>
          {l.text}
        </text>
      ))}
      {layout.cells.map((c) => (
        <CellShape c={c} p={p} />
      ))}
      {layout.boxes.map((b) => (
        <FrameShape b={b} p={p} />
      ))}
      <defs>
        {tip('tip', p.line)}
        {tip('tip-changed', p.changed)}
      </defs>
    </svg>
  );
}

function tip(id: string, fill: string): ComponentChildren {
  return (
    <marker id={id} viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">
      <path d="M0 0L8 4L0 8Z" fill={fill} />
    </marker>
  );
}
