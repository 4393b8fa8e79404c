// SPDX-License-Identifier: MIT
// The page tables of a process as a tree, a column a level. The entries of the CPU's walk are numbered and joined by a
// line that grows from one to the next (at once, where less motion is asked for).
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { EntryRow, Process, Scene, TableRow } from './engine';
import type { Palette } from './palette';
import { scaleOf } from './picture';
import { Kept, markup, type Markup } from './markup';

const WIDTH = 192;
const GAPS = [16, 34] as const; // where there is little room, and where there is enough
const ROW = 20;
const HEAD = 24;

interface Row {
  y: number;
  text: string;
  title: string;
  entry: EntryRow | null;
}
interface Table {
  table: TableRow;
  x: number;
  y: number;
  rows: Row[];
}

const SHORT: Record<string, string> = {
  write: 'W', user: 'U', accessed: 'A', dirty: 'D', saved_dirty: 'd', soft_dirty: 'sd', NX: 'NX', huge: 'PS', global: 'G', present: '',
};

function rowText(e: EntryRow): string {
  const flags = e.flags.map((f) => SHORT[f] ?? f).filter(Boolean).join(' ');
  const index = e.n > 1 ? `${e.index}–${e.index + e.n - 1}` : String(e.index);
  return `[${index}] ${e.pfn ? `→${e.pfn}` : e.kind} ${flags}`;
}

/* Of the kernel's half, whose tables are not shown, one row. */
function rowsOf(t: TableRow): Row[] {
  const own = t.entries.filter((e) => e.kind !== 'table' || e.table !== null || e.left_out);
  const others = t.entries.length - own.length;
  const left = t.left_out?.entries ?? 0;
  const rows = own.map((e, i) => ({
    y: HEAD + i * ROW,
    text: rowText(e) + (e.left_out ? ' …' : ''),
    title: `${t.level}[${e.index}] = ${e.value}: ${e.kind}, ${e.flags.join(' ')}${e.left_out ? '; its table is not drawn' : ''}`,
    entry: e as EntryRow | null,
  }));
  const push = (text: string, title: string) => rows.push({ y: HEAD + rows.length * ROW, text, title, entry: null });
  if (left) push(`… ${left} more entries`, 'those around the walk, or what changed, are drawn');
  if (others) push(`… ${others} of the kernel's`, 'shared by all processes');
  return rows;
}

function layOut(process: Process, room: number): { tables: Table[]; gap: number; width: number; height: number } {
  const levels = [...new Set(process.tables.map((t) => t.level))];
  const bottom = levels.map(() => 0);
  const gap = Math.max(GAPS[0], Math.min(GAPS[1], Math.floor((room - 2 - levels.length * WIDTH) / Math.max(1, levels.length - 1))));
  const tables = process.tables.map((table) => {
    const column = levels.indexOf(table.level);
    const rows = rowsOf(table);
    const y = bottom[column]!;
    bottom[column] = y + HEAD + Math.max(rows.length, 1) * ROW + 12;
    return { table, x: column * (WIDTH + gap), y, rows };
  });
  return { tables, gap, width: levels.length * (WIDTH + gap) - gap + 2, height: Math.max(...bottom, 0) };
}

const tableShape = ({ table: t, x, y, rows }: Table, root: boolean, p: Palette) => markup`<g><title>${t.level} table in frame ${t.pfn}, from ${t.addr} on</title>
<rect x="${x + 0.5}" y="${y + 0.5}" width="${WIDTH - 1}" height="${HEAD + Math.max(rows.length, 1) * ROW}" rx="4" fill="${p.paper}" stroke="${p.line}"/>
<text x="${x + 6}" y="${y + 16}" fill="${p.ink}" font-weight="700">${t.level}${root && ' ◀ CR3'}</text>
<text x="${x + WIDTH - 6}" y="${y + 16}" fill="${p.dim}" text-anchor="end">${t.pfn}</text>${
  rows.length === 0 && markup`<text x="${x + 6}" y="${y + HEAD + 14}" fill="${p.dim}">empty</text>`}</g>`;

const linkShape = (path: string, p: Palette) => markup`<path d="${path}" fill="none" stroke="${p.line}"/>`;

/* n: which entry of the walk it is, from 1; of: another fault's is drawn anew. */
const stepShape = (path: string, n: number, of: string, p: Palette) => markup`<path class="walk" data-of="${of}" style="--order:${n}" pathLength="1" d="${path}" fill="none" stroke="${p.walk}" stroke-width="2.5"/>`;

const markShape = (m: { x: number; y: number; last: boolean }, n: number, of: string, p: Palette) => markup`<g class="walk-entry" data-of="${of}" style="--order:${n}">
<rect x="${m.x + 2}" y="${m.y}" width="${WIDTH - 4}" height="${ROW - 2}" rx="3" fill="${p.use.anon!.fill}" stroke="${p.walk}" stroke-width="${m.last ? 2.5 : 1}"/>
<circle cx="${m.x + WIDTH - 12}" cy="${m.y + 9}" r="8" fill="${p.walk}"/>
<text x="${m.x + WIDTH - 12}" y="${m.y + 13}" text-anchor="middle" font-size="11" font-weight="700" fill="${p.paper}">${n}</text></g>`;

const rowShape = (t: Table, r: Row, p: Palette) => markup`<text transform="translate(${t.x + 6} ${t.y + r.y + 12})" fill="${
  r.entry?.walked ? p.use.anon!.ink : r.entry ? p.ink : p.dim}"><title>${r.title}</title>${r.text}</text>`;

interface Props {
  scene: Scene;
  process: Process;
  palette: Palette;
  room: number;
}

export function Tree({ scene, process, palette: p, room }: Props) {
  const scale = scaleOf();
  const { tables, gap, width, height } = layOut(process, room / scale);
  const holder = useRef<SVGSVGElement>(null);
  const fault = `${scene.step}.${scene.fault_number}`;
  const [links, steps, marks]: [Markup[], Markup[], Markup[]] = [[], [], []];
  let end = 0;
  for (const t of tables)
    for (const r of t.rows) {
      const to = r.entry?.table == null ? undefined : tables[r.entry.table];
      const y = t.y + r.y + ROW / 2 - 2;
      const path = to && `M${t.x + WIDTH} ${y}C${t.x + WIDTH + gap / 2} ${y} ${to.x - gap / 2} ${to.y + 12} ${to.x} ${to.y + 12}`;
      if (r.entry?.walked) {
        const n = marks.length + 1;
        marks.push(markShape({ x: t.x, y: y - ROW / 2 + 2, last: r.entry.ends_walk }, n, fault, p));
        if (path) steps.push(stepShape(path, n, fault, p));
        end = Math.max(end, t.x + WIDTH + 2);
      } else if (path) links.push(linkShape(path, p));
    }
  /* Where there is no room for all levels, where the walk ends is seen. */
  useLayoutEffect(() => {
    if (width * scale > room) holder.current!.parentElement!.scrollLeft = end * scale - room;
  }, [end, scale, room, width, fault, scene.stage_number]);
  const root = BigInt(scene.registers.cr3) >> 12n;
  return (
    <svg ref={holder} xmlns="http://www.w3.org/2000/svg" class="tree" role="img" aria-label={`Page tables of ${process.proc}; the CPU's walk goes through ${marks.length} entries, told under S4 of the narrative`} width={width * scale} height={height * scale} viewBox={`0 0 ${width} ${height}`} font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="12">
      <rect width="100%" height="100%" fill={p.paper} />
      <Kept tag="g" name="links" of={links} />
      <Kept tag="g" name="tables" of={tables.map((t) => tableShape(t, BigInt(t.table.pfn) === root, p))} />
      <Kept tag="g" name="steps" of={steps} />
      <Kept tag="g" name="marks" of={marks} />
      <Kept tag="g" name="rows" of={tables.flatMap((t) => t.rows.map((r) => rowShape(t, r, p)))} />
    </svg>
  );
}
