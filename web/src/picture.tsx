// SPDX-License-Identifier: MIT
// A scene as a picture: on the left the address spaces, a strip of pages for each mapping; on the right the frames
// with their counts; arrows from pages to their frames. What changed since the last scene is marked by a dot.
import type { FrameRow, LeftOut, Process, Scene } from './engine';
import { useOf, type Palette } from './palette';
import { Kept, markup, type Markup } from './markup';

const CELL = 26;
const GAP = 4;
const LINE = 18;
const FRAME_W = 132;
const FRAME_H = 46;
const CHAR = 7.3; // a character's width
const LANE = 3;
const LANES = 6; // under a row of cells, for the arrows of those that have a neighbour; of more, some share one

/** "1 step", "2 steps". */
export function many(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

interface Cell {
  x: number;
  y: number;
  w: number;
  use: string;
  label: string;
  title: string;
  pfn: number | null;
  n: number;
  changed: boolean;
  lane?: { y: number; x: number }; // where its arrow goes along, and to where
}
interface Label {
  x: number;
  y: number;
  text: string;
  whole: string;
  strong: boolean;
}
interface Box extends Cell {
  frame: FrameRow;
}

/* Of pictures, as the style sheet has it of words. */
const large = matchMedia('(min-width: 2400px)');
export const scaleOf = (): number => (large.matches ? 1.25 : 1);

const widthOf = (text: string) => Math.max(CELL, text.length * CHAR + 12);

/* "a5 ×3": n things in a row. */
const folded = (token: string, n: number, counts: boolean) =>
  n > 1 ? `${token}${counts ? '…' : ''} ×${n}` : token;

/* What the scene does not hold of its lists, by what it is. */
export function leftOut(scene: Scene): [number, string][] {
  const sum = (lists: ({ left_out?: LeftOut } | undefined)[], key: string) => lists.reduce((n, o) => n + (o?.left_out?.[key] ?? 0), 0);
  const mappings = scene.processes.flatMap((p) => p.mappings);
  const tables = scene.processes.flatMap((p) => p.tables);
  const all: [number, string][] = [
    [sum([scene], 'processes'), 'processes'],
    [sum(scene.processes, 'mappings'), 'mappings'],
    [sum(mappings, 'pages'), 'rows of pages'],
    [sum(scene.processes, 'tables'), 'page tables'],
    [sum(tables, 'entries'), 'rows of entries'],
    [sum([scene], 'objects'), 'page caches'],
    [sum(scene.objects, 'cached'), 'rows of cached pages'],
    [sum([scene], 'slots'), 'swap slots'],
    [sum([scene], 'tlb'), 'entries of the TLB'],
  ];
  return all.filter(([n]) => n > 0);
}

interface Arrow {
  path: string;
  changed: boolean;
  use: string;
}

class Layout {
  readonly labels: Label[] = [];
  readonly cells: Cell[] = [];
  readonly boxes: Box[] = [];
  height = 0;
  private x = 0;
  private y = 0;
  private begun = 0; // the first cell of this row
  private readonly room: number; // for what is written over the cells

  constructor(
    readonly scene: Scene,
    readonly width: number,
    private readonly kinds: Record<string, string>,
  ) {
    const narrow = width < 480;
    /* One column, so that arrows cross no frame; more only where there are too many frames for that. */
    const shown = scene.frames.length;
    const room = Math.floor((width * (narrow ? 0.42 : 0.5)) / (FRAME_W + GAP * 2));
    const columns = Math.max(1, Math.min(room, Math.ceil(shown / 12)));
    const end = width - columns * (FRAME_W + GAP * 2);
    const left = end - (narrow ? 24 : 56);
    this.room = end - GAP;
    scene.processes.forEach((p) => this.process(p, left));
    if (scene.left_out?.processes) this.label(`… ${scene.left_out.processes} more processes`, true);
    this.caches(left);
    const bottom = this.y;
    /* Where there is much room the frames are near; in large steps, so that they seldom move. */
    const used = Math.max(...this.cells.map((c) => c.x + c.w), ...this.labels.map((l) => l.text.length * CHAR));
    this.frames(Math.min(end, Math.ceil((used + 100) / 200) * 200), columns);
    this.height = Math.max(bottom, this.y) + 8;
  }

  private label(whole: string, strong = false, room = this.room, x = 2) {
    const fit = Math.max(Math.floor(room / CHAR), 2);
    this.labels.push({ x, y: this.y + 13, text: whole.length > fit ? `${whole.slice(0, fit - 1)}…` : whole, whole, strong });
    this.y += LINE;
  }

  private begin() {
    this.x = 2;
    this.begun = this.cells.length;
  }
  /* Arrows leave the row below it, where they pass behind nobody; that of the last cell is free to go. */
  private lanes() {
    const from = this.cells.slice(this.begun, -1).filter((c) => c.pfn !== null);
    const n = Math.min(from.length, LANES);
    from.forEach((c, i) => {
      c.lane = { y: this.y + CELL + LANE * (n - (i % LANES)), x: this.x };
    });
    this.begun = this.cells.length;
    this.y += n * LANE;
  }
  private place(cell: Omit<Cell, 'x' | 'y' | 'w'>, limit: number) {
    const w = Math.min(widthOf(cell.label), Math.max(limit, CELL));
    if (this.x > 2 && this.x + w > limit) {
      this.lanes();
      this.x = 2;
      this.y += CELL + GAP;
    }
    this.cells.push({ ...cell, x: this.x, y: this.y, w });
    this.x += w + GAP;
  }
  private end() {
    this.lanes();
    this.y += CELL + GAP * 3;
  }

  private process(p: Process, limit: number) {
    this.label(`${p.proc}${p.proc === this.scene.registers.proc ? '  ◀ on the CPU' : ''}`, true);
    for (const m of p.mappings) {
      const [start, end] = [BigInt(m.start), BigInt(m.end)];
      const names = p.places.filter((at) => BigInt(at.start) >= start && BigInt(at.start) < end).map((at) => at.name);
      this.label(`${[...names, m.object && `(${m.object})`].filter(Boolean).join(' ')} ${m.prot} ${m.start}`);
      this.begin();
      m.pages.forEach((row, i) => {
        const at = BigInt(row.addr);
        if (i === 0 && at > start) this.more(limit);
        this.place(
          {
            use: useOf(row.kind),
            label: folded(row.token, row.n, row.number_step > 0) + (row.flags?.includes('write') ? ' w' : ''),
            title: `${p.proc}, page ${(at - start) / 4096n}${row.n > 1 ? ` and ${row.n - 1} more` : ''} at ${row.addr}: ${this.kinds[row.kind]}${
              row.pfn === null ? '' : `; frame ${row.pfn}, ${row.flags?.join(' ')}`
            }`,
            pfn: row.pfn === null ? null : Number(row.pfn),
            n: row.pfn_step ? row.n : 1,
            changed: row.changed,
          },
          limit,
        );
        if (i === m.pages.length - 1 && at + 4096n * BigInt(row.n) < end) this.more(limit);
      });
      this.end();
      if (m.left_out) this.label(`… ${many(m.left_out.pages, 'more row')} of pages`);
    }
    if (p.left_out?.mappings) this.label(`… ${p.left_out.mappings} more mappings of ${p.proc}`);
  }

  /* There is more than is drawn, on this side. */
  private more(limit: number) {
    this.place({ use: 'none', label: '…', title: 'not drawn', pfn: null, n: 1, changed: false }, limit);
  }

  private caches(limit: number) {
    for (const o of this.scene.objects) {
      this.label(`page cache of ${o.object ?? 'shared anonymous memory'}, ${o.pages} pages`, true);
      this.begin();
      for (const c of o.cached)
        this.place(
          {
            use: c.pfn === null ? 'swap' : 'file',
            label: folded(String(c.index), c.n, true),
            title: `page ${c.index}: ${c.pfn === null ? `swap slot ${c.slot}` : `frame ${c.pfn}`}`,
            pfn: c.pfn === null ? null : Number(c.pfn),
            n: c.n,
            changed: c.changed,
          },
          limit,
        );
      if (o.cached.length) this.end();
      if (o.left_out) this.label(`… ${many(o.left_out.cached, 'more row')} of cached pages`);
    }
    if (this.scene.left_out?.objects) this.label(`… ${this.scene.left_out.objects} more page caches`);
    if (!this.scene.slots.length) return;
    this.label('swap slots', true);
    this.begin();
    for (const s of this.scene.slots)
      this.place(
        {
          use: 'swap',
          label: `${s.slot}: ${s.token ?? '?'}`,
          title: `slot ${s.slot}, named by ${s.named_by} entries${s.pfn === null ? '' : `, in the swap cache: frame ${s.pfn}`}`,
          pfn: s.pfn === null ? null : Number(s.pfn),
          n: 1,
          changed: s.changed,
        },
        limit,
      );
    this.end();
    if (this.scene.left_out?.slots) this.label(`… ${this.scene.left_out.slots} more swap slots`);
  }

  private frames(left: number, columns: number) {
    this.y = 0;
    const room = columns * (FRAME_W + GAP * 2);
    this.label('frames', true, room, left);
    let column = 0;
    for (const f of this.scene.frames) {
      this.boxes.push({
        x: left + column * (FRAME_W + GAP * 2),
        y: this.y,
        w: FRAME_W,
        use: f.use,
        label: folded(f.token ?? f.use, f.n, f.number_step > 0),
        title: `frame ${f.pfn}${f.n > 1 ? ` and ${f.n - 1} more` : ''}, ${f.use}; mapped by ${
          f.mapped_by.map((m) => `${m.proc} at ${m.addr}`).join(', ') || 'nobody'
        }${f.left_out?.mapped_by ? ` and ${f.left_out.mapped_by} more` : ''}`,
        pfn: Number(f.pfn),
        n: f.n,
        changed: f.changed,
        frame: f,
      });
      column = (column + 1) % columns;
      if (column === 0) this.y += FRAME_H + GAP * 2;
    }
    if (column) this.y += FRAME_H + GAP * 2;
    const tables = this.scene.processes.reduce((n, p) => n + p.tables.length + (p.left_out?.tables ?? 0), 0);
    this.label(`tables: ${many(tables, 'frame')}`, false, room, left);
    /* Those of page tables are always missing, and stand in the line above. */
    if (this.scene.left_out?.frames && leftOut(this.scene).length) this.label(`… ${many(this.scene.left_out.frames, 'more row')}`, false, room, left);
  }

  arrows(): Arrow[] {
    const boxes = this.boxes; // by frame number
    return this.cells.flatMap((c) => {
      if (c.pfn === null) return [];
      let [low, high] = [0, boxes.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (boxes[middle]!.pfn! + boxes[middle]!.n <= c.pfn) low = middle + 1;
        else high = middle;
      }
      const to = boxes[low];
      if (!to || to.pfn! > c.pfn) return [];
      const [x1, y1, x2, y2] = [c.lane?.x ?? c.x + c.w, c.lane?.y ?? c.y + CELL / 2, to.x, to.y + FRAME_H / 2];
      const bend = Math.max(24, (x2 - x1) / 2);
      const start = c.lane ? `M${c.x + c.w / 2} ${c.y + CELL}V${y1}H${x1}` : `M${x1} ${y1}`;
      return [{ path: `${start}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 5} ${y2}`, changed: c.changed || to.changed, use: c.use }];
    });
  }
}

/* Moved as a whole, which costs a browser much less than texts that stand elsewhere. */
const at = (o: { x: number; y: number }) => `translate(${o.x} ${o.y})`;
const outline = (changed: boolean, p: Palette) => markup`stroke="${changed ? p.changed : p.line}" stroke-width="${changed ? 2 : 1}"`;
const dot = (x: number, p: Palette) => markup`<circle cx="${x}" cy="1" r="4.5" fill="${p.changed}" stroke="${p.paper}" stroke-width="1.5"/>`;

const DASHES: Record<string, Markup> = {
  none: markup`stroke-dasharray="3 3"`, guard: markup`stroke-dasharray="8 2"`,
};
const ARROW_DASHES: Record<string, Markup> = {
  file: markup`stroke-dasharray="6 3"`, zero: markup`stroke-dasharray="2 3"`,
};

const cellShape = (c: Cell, p: Palette, use = p.use[c.use] ?? p.use.kernel!) => markup`<g transform="${at(c)}"><title>${c.title}</title>
<rect width="${c.w}" height="${CELL}" rx="3" fill="${use.fill}" ${outline(c.changed, p)} ${DASHES[c.use] ?? false}/>
<text x="${c.w / 2}" y="17" text-anchor="middle" fill="${use.ink}">${c.label}</text>${c.changed && dot(c.w - 1, p)}</g>`;

function frameShape(b: Box, p: Palette): Markup {
  const use = p.use[b.use] ?? p.use.kernel!;
  const f = b.frame;
  const words = [f.exclusive && 'exclusive', f.dirty && 'dirty', f.swap_cached && 'in swap'].filter(Boolean).join(' ');
  return markup`<g transform="${at(b)}" fill="${use.ink}"><title>${b.title}</title>
<rect width="${b.w}" height="${FRAME_H}" rx="4" fill="${use.fill}" ${outline(b.changed, p)}/>
<text x="6" y="14" font-weight="600">${b.label}</text>
<text x="${b.w - 6}" y="14" text-anchor="end">${f.pfn}</text>
<text x="6" y="28">refs ${f.refs} &#183; maps ${f.maps}</text>
${words && markup`<text x="6" y="41" font-size="11">${words}</text>`}${b.changed && dot(b.w - 1, p)}</g>`;
}

const labelShape = (l: Label, p: Palette) => markup`<text transform="${at(l)}" fill="${l.strong ? p.ink : p.dim}" ${l.strong && markup`font-weight="700"`}>${
  l.text !== l.whole && markup`<title>${l.whole}</title>`}${l.text}</text>`;

const arrowShape = (a: Arrow, p: Palette) => markup`<path d="${a.path}" fill="none" stroke="${a.changed ? p.changed : p.line}" stroke-width="${
  a.changed ? 2 : 1.2}" ${ARROW_DASHES[a.use] ?? false} marker-end="${a.changed ? 'url(#tip-changed)' : 'url(#tip)'}"/>`;

const tip = (id: string, fill: string) => markup`<marker id="${id}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">
<path d="M0 0L8 4L0 8Z" fill="${fill}"/></marker>`;

interface Props {
  scene: Scene;
  width: number;
  palette: Palette;
  kinds: Record<string, string>; // of pages, in words
}

export function Picture({ scene, width, palette: p, kinds }: Props) {
  const scale = scaleOf();
  const w = Math.max(width, 300) / scale;
  const layout = new Layout(scene, w, kinds);
  return (
    <svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" aria-label={`Memory under ${scene.target}: address spaces, frames, and which page has which frame; the same as tables is below`} width={w * scale} height={layout.height * scale} viewBox={`0 0 ${w} ${layout.height}`} font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="12">
      <rect width="100%" height="100%" fill={p.paper} />
      <Kept tag="g" name="tips" of={[tip('tip', p.line), tip('tip-changed', p.changed)]} />
      <Kept tag="g" name="arrows" of={layout.arrows().map((a) => arrowShape(a, p))} />
      <Kept tag="g" name="labels" of={layout.labels.map((l) => labelShape(l, p))} />
      <Kept tag="g" name="cells" of={layout.cells.map((c) => cellShape(c, p))} />
      <Kept tag="g" name="frames" of={layout.boxes.map((b) => frameShape(b, p))} />
    </svg>
  );
}
