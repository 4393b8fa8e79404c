// SPDX-License-Identifier: MIT
// The step debugger's face: a scenario, a line of time, and the scene where one is; under another kernel beside it.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Editor } from './editor';
import { Engine, type Mistake, type Opened, type Position, type Scene, type Timeline, type Unit, type Words } from './engine';
import type { Palette } from './palette';
import { leftOut, many, Picture } from './picture';
import { handOut, pngOf, svgOf, toFragment, type Shared } from './share';
import { Tables } from './tables';
import { Term } from './terms';
import { follow, Positions, TimeLine } from './timeline';
import { Tree } from './tree';
import { Lines, useColumns, useWidth } from './width';

interface Props {
  engine: Engine;
  words: Words;
  palette: Palette;
  shared: Shared;
  onChange: (shared: Shared) => void;
}
interface Shown {
  scene: Scene;
  narrative: string;
  columns: number;
}

const TWO = { above: 900, gap: 22 }; // where two sides stand beside each other, as in style.css
const opened = (o: Opened | null) => (o && 'session' in o ? o : null);

/* Of settings that take one of a few words; fault_around takes any power of two. */
function settings(words: Words): string[] {
  const names = new Set(words.others.filter((o) => o.behind === null).map((o) => o.word));
  return [...words.others.filter((o) => o.behind && names.has(o.behind)).map((o) => `${o.behind} ${o.word}`), 'fault_around 1', 'fault_around 16'];
}

/* How the keys of the terminal's face move. */
const KEYS: Record<string, [Unit, boolean]> = {
  n: ['step', false], p: ['step', true], s: ['stage', false], S: ['stage', true], f: ['fault', false], F: ['fault', true],
  ArrowRight: ['stage', false], ArrowLeft: ['stage', true], ArrowDown: ['step', false], ArrowUp: ['step', true],
};

/* Between a line of backticks longer than those in the text. */
function fenced(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, ticks) => Math.max(most, ticks.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.trimEnd()}\n${fence}`;
}

/* What does not change is made once: nothing is compared there. */
const NAME = {
  cr2: <dt><Term of="CR2" /></dt>,
  cr3: <dt><Term of="CR3" /></dt>,
  error: <dt><Term of="Error code" /></dt>,
  entry: <dt><Term of="Entry" /></dt>,
  tlb: <dt><Term of="TLB" /></dt>,
};

function Fault({ engine, scene, columns }: { engine: Engine; scene: Scene; columns: number }) {
  const [bitwise, showBits] = useState(false);
  const { cr2, cr3, frame, levels, proc } = scene.registers;
  const bits = useMemo(
    () =>
      frame && (
        <span class="bits">
          {Object.entries(engine.errorBits(frame.error)).map(([name, bit]) => (
            <span class={bit ? 'bit set' : 'bit'}>{`${name}=${bit}`}</span>
          ))}
        </span>
      ),
    [frame?.error],
  );
  const tables = scene.processes.find((p) => p.proc === proc)?.tables ?? [];
  const table = tables.find((t) => t.entries.some((e) => e.ends_walk));
  const last = table?.entries.find((e) => e.ends_walk);
  return (
    <dl class="registers">
      {NAME.cr2}
      <dd>{cr2 ?? 'no fault yet'}</dd>
      {NAME.cr3}
      <dd>{`${cr3} (${proc})`}</dd>
      {frame && (
        <>
          {NAME.error}
          <dd>{`${frame.error} `}{bits}</dd>
          <dt>RIP</dt>
          <dd>{frame.ip}</dd>
        </>
      )}
      {table && last && (
        <>
          {NAME.entry}
          <dd>
            <details onToggle={(e) => showBits(e.currentTarget.open)}>
              <summary>{`${table.level}[${last.index}] = ${last.value}, bit by bit`}</summary>
              {bitwise && <pre class="text">{engine.decodeEntry(last.value, table.level.toLowerCase(), levels, '', Math.max(30, columns - 10)).text}</pre>}
            </details>
          </dd>
        </>
      )}
      {NAME.tlb}
      <dd>
        {scene.tlb.length === 0 && 'empty'}
        {scene.tlb.map((t) => (
          <div key={t.addr}>{`${t.addr}${t.n > 1 ? ` ×${t.n}` : ''} → ${t.pfn}: ${t.allows.map((a) => a.replace('_', ' ')).join(', ')}`}</div>
        ))}
        {scene.left_out?.tlb && <div>… {scene.left_out.tlb} more</div>}
      </dd>
    </dl>
  );
}

/* Kinds of pages that have a colour of their own, as the legend names them. */
const LEGEND: [string, string, string][] = [
  ['anon', 'Anonymous', 'anonymous'], ['file', 'Page cache', 'file (page cache)'], ['zero', 'Zero page', 'zero page'],
  ['swap', 'Swap', 'swapped'], ['guard', 'Guard page', 'guard page'], ['none', 'Not present', 'not present'],
];

function Legend({ palette }: { palette: Palette }) {
  return (
    <p class="legend">
      {LEGEND.map(([use, term, words]) => (
        <>
          <Term of={term}>{words}</Term> <Swatch p={palette} use={use} /> ·{' '}
        </>
      ))}
      w: the entry is writable · ● changed · … not drawn · refs: <Term of="Reference count" />, maps: <Term of="Map count" />,{' '}
      <Term of="AnonExclusive">exclusive</Term>
    </p>
  );
}

const ROWS = 64; // of long lists, until more are asked for
const ALL = 1 << 30;
const WARM = 24; // positions: two or three faults

/* What is not drawn, and a way to have it drawn. */
function More({ scene, rows, onRows }: { scene: Scene; rows: number; onRows: (rows: number) => void }) {
  const left = leftOut(scene);
  if (!left.length && rows === ROWS) return null;
  return (
    <p class="row left-out">
      <span>{left.length ? `Not drawn: ${left.map(([n, of]) => `${n.toLocaleString('en')} ${of}`).join(', ')}.` : 'All is drawn.'}</span>
      {left.length > 0 && <button type="button" onClick={() => onRows(rows * 4)}>Draw four times as many</button>}
      {left.length > 0 && <button type="button" onClick={() => onRows(ALL)}>Draw all</button>}
      {rows > ROWS && <button type="button" onClick={() => onRows(ROWS)}>Draw fewer</button>}
    </p>
  );
}

interface SideProps {
  engine: Engine;
  shown: Shown;
  palette: Palette;
  title: string;
  rows: number;
  onRows: (rows: number) => void;
  room: number;
}

function where(s: Scene): string {
  if (s.step === 0) return 'before step 1';
  const step = `step ${s.step}: ${s.proc}: ${s.op}${s.at ? ` ${s.at}` : ''}`;
  return s.stage ? `${step}, S${s.stage_number} ${s.stage}` : `${step} done: ${s.result}`;
}

function Side({ engine, shown, palette, title, rows, onRows, room }: SideProps) {
  const { scene, narrative } = shown;
  const kinds = useMemo(() => engine.pageKinds(), []);
  const legend = useMemo(() => <Legend palette={palette} />, [palette]);
  const [ref, width] = useWidth<HTMLDivElement>(room);
  const [tables, showTables] = useState(false);
  const [chosen, choose] = useState<string | null>(null);
  const process = scene.processes.find((p) => p.proc === (chosen ?? scene.registers.proc)) ?? scene.processes[0];
  const holder = useRef<HTMLDivElement>(null);
  const picture = () => holder.current!.querySelector<SVGSVGElement>('svg.picture')!;
  const name = `cr2-${title.replace('model ', '')}-step${scene.step}`;
  return (
    <section class="side" ref={ref} aria-label={title}>
      <h2>
        {title}
        <span class="where">
          {where(scene)}
        </span>
      </h2>
      {scene.expected !== null && (
        <p class="wrong">✗ expected {scene.expected}, seen {scene.seen}</p>
      )}
      <div class="narrative" role="log" aria-live="polite" aria-atomic="true" aria-label={`Narrative, ${title}`} tabIndex={0}>
        <pre class="text"><Lines text={narrative || 'Go forward: the first step is to come.'} columns={shown.columns} /></pre>
      </div>
      <div class="holder" ref={holder} tabIndex={0} role="region" aria-label={`Memory, ${title}`}>
        {width > 0 && <Picture scene={scene} width={width - 2} palette={palette} kinds={kinds} />}
      </div>
      <More scene={scene} rows={rows} onRows={onRows} />
      {legend}
      <Fault engine={engine} scene={scene} columns={shown.columns} />
      {process && (
        <>
          <h3>
            <Term of="PTE">Page tables</Term> of{' '}
            <select aria-label={`Process whose page tables are shown, ${title}`} value={process.proc} onChange={(e) => choose(e.currentTarget.value)}>
              {scene.processes.map((p) => (
                <option>{p.proc}</option>
              ))}
            </select>
            <small>the <Term of="Walk">walk</Term> is numbered</small>
          </h3>
          <div class="holder" tabIndex={0} role="region" aria-label={`Page tables, ${title}`}>
            <Tree scene={scene} process={process} palette={palette} room={width - 2} />
          </div>
        </>
      )}
      <details class="tables" open={tables} onToggle={(e) => showTables(e.currentTarget.open)}>
        <summary>The scene as tables</summary>
        {tables && <Tables scene={scene} title={title} />}
      </details>
      <p class="row">
        <button type="button" onClick={() => handOut(`${name}.svg`, svgOf(picture()))}>Picture as SVG</button>
        <button type="button" onClick={() => void pngOf(picture()).then((png) => handOut(`${name}.png`, png))}>as PNG</button>
      </p>
    </section>
  );
}

function Swatch({ p, use }: { p: Palette; use: string }) {
  return <span class="swatch" style={{ background: p.use[use]!.fill, borderStyle: use === 'none' ? 'dashed' : 'solid' }} aria-hidden="true" />;
}

export function Playground({ engine, words, palette, shared, onChange }: Props) {
  const [kernel, setKernel] = useState(shared.kernel ?? '6.18');
  const [against, setAgainst] = useState(shared.against ?? '');
  const [text, setText] = useState(shared.text);
  const [given, give] = useState({ text }); // to the editor; what is typed comes from there
  const open = (): { left: Opened; right: Opened | null } => {
    const first = engine.open(0, text, kernel);
    const ran = 'session' in first;
    if (!ran || !against) engine.close(1);
    const opened = { left: first, right: ran && against ? engine.openOther(text, kernel, against) : null };
    performance.mark('cr2: opened');
    return opened;
  };
  const [{ left, right }, setRuns] = useState(open);
  const session = opened(left);
  const positions = useMemo(() => (session ? new Positions(session.timeline) : null), [session]);
  const begin = () => (shared.at && positions ? positions.index({ step: shared.at[0], fault: shared.at[1], stage: shared.at[2] }) : 0);
  const [index, drawIndex] = useState(begin);
  const at = useRef(index); // ahead of what is drawn, where keys come faster
  const setIndex = (to: number) => {
    drawIndex((at.current = to));
    setNote('');
  };
  const [rows, setRows] = useState(ROWS);
  const [whole, setWhole] = useState(false);
  const [condition, setCondition] = useState(shared.until ?? '');
  const [note, setNote] = useState('');
  const [host, setHost] = useState<string | null>('not run yet'); // null: it is running
  const [ref, width] = useWidth<HTMLDivElement>();
  const wanted = useRef(session ? undefined : shared.at);
  const ran = useRef({ text, kernel, against });
  const [isDrawn, setDrawn] = useState(false); // the editor comes behind the scene
  const [scenes, room] = useWidth<HTMLDivElement>();
  const columns = useColumns(opened(right) && innerWidth > TWO.above ? (room - TWO.gap) / 2 : room, 'narrative');
  const run = useRef<AbortController | null>(null);
  const before = useRef<{ text: string; timeline: Timeline; at: Position } | null>(null);

  useEffect(() => setDrawn(true), []);
  const had = useRef(shared);
  useEffect(() => {
    if (had.current === shared) return;
    had.current = shared;
    if (shared.text !== text) give({ text: shared.text });
    if (shared.kernel) setKernel(shared.kernel);
    if (shared.against !== undefined) setAgainst(shared.against);
    wanted.current = shared.at;
  }, [shared]);

  /* Whatever is typed is run; a moment later, so that typing stays quick. */
  useEffect(() => {
    const was = ran.current;
    if (was.text === text && was.kernel === kernel && was.against === against) return;
    const wait = setTimeout(() => {
      ran.current = { text, kernel, against };
      const runs = open();
      setRuns(runs);
      setNote('');
      if ('session' in runs.left) {
        const all = new Positions(runs.left.timeline);
        const to = wanted.current;
        wanted.current = undefined;
        const old = before.current;
        if (to) setIndex(all.index({ step: to[0], fault: to[1], stage: to[2] }));
        else if (old) setIndex(all.index(follow(old.at, old, { text, timeline: runs.left.timeline })));
      }
    }, 150);
    return () => clearTimeout(wait);
  }, [text, kernel, against]);

  /* Drawn in one go with the position. */
  const shown = useMemo<Shown[]>(() => {
    if (!session || !positions || !room) return [];
    const p = positions.at(Math.min(index, positions.count - 1));
    before.current = { text: session.text, timeline: session.timeline, at: p };
    return (opened(right) ? [0, 1] : [0]).map((side) => {
      engine.go(side, p);
      return { scene: engine.scene(side, rows), narrative: engine.narrative(side, columns, whole), columns };
    });
  }, [session, right, index, whole, rows, room > 0, columns]);
  useLayoutEffect(() => {
    if (shown.length) requestAnimationFrame(() => performance.mark('cr2: shown'));
  }, [session, shown.length]);
  const sides = useMemo(
    () => shown.map((s) => <Side key={s.scene.target} engine={engine} shown={s} palette={palette} title={s.scene.target} rows={rows} onRows={setRows} room={shown.length > 1 ? 0 : room} />),
    [shown, palette],
  );

  /* A browser compiles a function of the module when it is called first: those of a step are called while nobody waits. */
  useEffect(() => {
    if (!positions) return;
    let i = 1;
    const next = () => {
      engine.warm(0, positions.at(i), rows, columns);
      if (++i < Math.min(WARM, positions.count)) waits = setTimeout(next);
    };
    let waits = setTimeout(next, 100);
    return () => clearTimeout(waits);
  }, []);

  /* What another part of the page would come back to. */
  useLayoutEffect(() => {
    const at = positions?.at(Math.min(index, positions.count - 1));
    onChange({ text, kernel, against, until: condition, ...(at && { at: [at.step, at.fault, at.stage] }) });
  }, [text, kernel, against, condition, positions, index]);

  const here = (): Position => positions!.at(Math.min(at.current, positions!.count - 1));
  const goTo = (p: Position) => setIndex(positions!.index(p));
  const move = (unit: Unit, back: boolean) => {
    if (!positions) return;
    engine.go(0, here());
    if (engine.next(0, unit, back)) goTo(engine.at(0));
    else setNote(back ? 'there is nothing before' : 'there is nothing behind');
  };
  const search = (back: boolean) => {
    if (!positions) return;
    engine.go(0, here());
    const r = engine.search(0, condition, back);
    if (r === true) goTo(engine.at(0));
    setNote(typeof r === 'string' ? r : r ? '' : `no such fault ${back ? 'before' : 'behind'} here`);
  };
  const differ = () => {
    /* Behind here, then from the beginning. */
    for (const from of [here(), { step: 0, fault: 0, stage: 0 }]) {
      engine.go(0, from);
      engine.go(1, from);
      const field = engine.difference();
      if (!field) continue;
      goTo(engine.at(0));
      setNote(`they differ here: ${field}`);
      return;
    }
    setNote('the two do not differ');
  };
  /* Who hangs up ends the run. */
  const runOnHost = () => {
    const { signal } = (run.current = new AbortController());
    setHost(null);
    Engine.runOnHost(text, signal).then(setHost, () => setHost(signal.aborted ? 'stopped' : 'cr2 web does not answer any more'));
  };
  const share = async () => {
    const p = positions ? here() : { step: 0, fault: 0, stage: 0 };
    const fragment = await toFragment({ text, kernel, against, at: [p.step, p.fault, p.stage] });
    history.replaceState(null, '', fragment);
    try {
      await navigator.clipboard.writeText(location.href);
      setNote('the address holds the scenario now, and is in the clipboard');
    } catch {
      setNote('the address holds the scenario now');
    }
  };
  const markdown = () => {
    if (!session) return;
    const parts = [`# ${engine.title(0) || 'A scenario'}`, fenced(text)];
    const { lines, faults } = session.timeline;
    lines.forEach((line, i) => {
      if (!faults[i]) return;
      const s = engine.step(0, i + 1);
      engine.go(0, { step: i + 1, fault: 0, stage: 0 });
      parts.push(`## Step ${i + 1}, line ${line}: ${s.proc}: ${s.op} ${s.at ?? ''}`, fenced(engine.narrative(0, 92, true)));
    });
    handOut('cr2.md', new Blob([`${parts.join('\n\n')}\n`], { type: 'text/markdown' }));
    engine.go(0, here());
  };

  const goes = { move, search, differ, share, markdown, setIndex, last: () => (positions?.count ?? 1) - 1 };
  const go = useRef(goes); // what is made once calls what is there now
  go.current = goes;
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (e.ctrlKey || e.altKey || e.metaKey || target.closest('input, textarea, select, .cm-editor, [role=log], .holder')) return;
      const key = KEYS[e.key];
      if (key) go.current.move(...key);
      else if (e.key === 'c') go.current.search(false);
      else if (e.key === 'C') go.current.search(true);
      else if (e.key === 'Home' || e.key === 'g') go.current.setIndex(0);
      else if (e.key === 'End' || e.key === 'G') go.current.setIndex(go.current.last());
      else return;
      e.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const two = shown.length > 1;
  const kernels = useMemo(
    () => (
      <p class="row">
        <label>Kernel <select value={kernel} onChange={(e) => setKernel(e.currentTarget.value)}>{words.kernels.map((k) => <option>{k}</option>)}</select></label>
        <label>beside <select value={against} onChange={(e) => setAgainst(e.currentTarget.value)}>
          <option value="">no other</option>
          <optgroup label="another kernel">{words.kernels.map((k) => <option>{k}</option>)}</optgroup>
          <optgroup label="another setting">{settings(words).map((k) => <option>{k}</option>)}</optgroup>
        </select></label>
        <button type="button" disabled={!two} onClick={() => go.current.differ()}>Next difference</button>
        <span class="grow" />
        <button type="button" onClick={() => void go.current.share()}>Share</button>
        <button type="button" onClick={() => go.current.markdown()}>Narrative as Markdown</button>
      </p>
    ),
    [kernel, against, two],
  );
  const keys = useMemo(
    () => (
      <p class="row keys">
        <button type="button" title="p" onClick={() => go.current.move('step', true)}>◀ step</button>
        <button type="button" title="F" onClick={() => go.current.move('fault', true)}>◀ fault</button>
        <button type="button" title="S or ←" onClick={() => go.current.move('stage', true)}>◀ stage</button>
        <button type="button" title="s or →" onClick={() => go.current.move('stage', false)}>stage ▶</button>
        <button type="button" title="f" onClick={() => go.current.move('fault', false)}>fault ▶</button>
        <button type="button" title="n" onClick={() => go.current.move('step', false)}>step ▶</button>
        <span class="grow" />
        <label>until <input type="text" size={22} placeholder="path == wp_copy" value={condition} onInput={(e) => setCondition(e.currentTarget.value)} onKeyDown={(e) => e.key === 'Enter' && go.current.search(e.shiftKey)} /></label>
        <button type="button" title="C" onClick={() => go.current.search(true)}>◀ find</button>
        <button type="button" title="c" onClick={() => go.current.search(false)}>find ▶</button>
        <label><input type="checkbox" checked={whole} onChange={(e) => setWhole(e.currentTarget.checked)} /> all stages</label>
      </p>
    ),
    [condition, whole],
  );

  const mistakes: Mistake[] = left && 'mistakes' in left ? left.mistakes : [];
  const none = useRef<Mistake[]>([]);
  const other = right && 'mistakes' in right ? right.mistakes : [];
  const p = positions?.at(index);
  const line = p && p.step > 0 ? session?.timeline.lines[p.step - 1] : null;

  const wrong = mistakes.length ? mistakes : none.current;
  const editor = useMemo(
    () =>
      isDrawn ? (
        <Editor given={given} words={words} mistakes={wrong} line={line ?? null} onChange={setText} />
      ) : (
        <pre class="editor waiting">{text.split('\n', 80).join('\n')}</pre>
      ),
    [isDrawn, given, wrong, line],
  );

  return (
    <main class="playground">
      <h1 class="hidden">Playground</h1>
      <div class="controls" ref={ref}>
        {kernels}
        {width > 0 && session && positions && (
          <TimeLine timeline={session.timeline} positions={positions} index={index} width={width} palette={palette} onGo={setIndex} />
        )}
        <input type="range" aria-label="Position" aria-valuetext={shown[0] ? `step ${shown[0].scene.step}${shown[0].scene.stage ? `, stage ${shown[0].scene.stage}` : ' done'}` : undefined} min={0} max={(positions?.count ?? 1) - 1} value={index} onInput={(e) => setIndex(Number(e.currentTarget.value))} />
        {keys}
        <p class="note" role="status">
          {note || (session && positions ? `${many(session.session.steps, 'step')}, ${many(session.session.faults, 'fault')}${session.session.reason ? `; stopped${session.session.line ? ` at line ${session.session.line}` : ''}: ${session.session.reason}` : ''}` : mistakes.length ? many(mistakes.length, 'mistake') : '')}
        </p>
      </div>
      <div class="work">
        <div class="left">
          {editor}
          <p id="editor-help" class="dim">
            Keys outside of the editor: n p step, s S or → ← stage, f F fault, c C find, g G ends. In it: Ctrl+Space completes, Escape then Tab leaves.
          </p>
          {Engine.hasHost && (
            <div>
              <button type="button" disabled={mistakes.length > 0 && host !== null} onClick={host === null ? () => run.current?.abort() : runOnHost}>
                {host === null ? 'Stop the run' : "Run on this machine's kernel beside the model"}
              </button>
              <pre class="text result" role="status" tabIndex={0} aria-label="Run on this machine">{host ?? 'it runs …'}</pre>
            </div>
          )}
          {mistakes.length > 0 && (
            <ul class="mistakes" aria-label="Mistakes">
              {mistakes.map((m) => (
                <li>
                  {m.line > 0 && `line ${m.line}: `}
                  {m.message}
                  {m.hint && <em> {m.hint}</em>}
                </li>
              ))}
            </ul>
          )}
        </div>
        <div class={shown.length > 1 ? 'scenes two' : 'scenes'} ref={scenes}>
          {other.map((m) => (
            <p class="wrong">kernel {against}: {m.message}</p>
          ))}
          {sides}
        </div>
      </div>
    </main>
  );
}
