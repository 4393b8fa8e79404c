// SPDX-License-Identifier: MIT
// All positions of a scenario in their order, and the line of time: a tick a step, a mark a fault.
import { useMemo } from 'preact/hooks';
import type { Position, Timeline } from './engine';
import type { Palette } from './palette';

/* Where things are that come one after another: behind so many positions each begins. */
export class Positions {
  readonly count: number;
  private readonly steps: Int32Array; // where a step's stages begin; before it, the step above is done
  private readonly faults: Int32Array; // where a fault's stages begin
  private readonly firstFault: Int32Array; // of a step, by number from 0

  constructor(private readonly timeline: Timeline) {
    const { faults, stages } = timeline;
    this.steps = new Int32Array(faults.length + 1);
    this.faults = new Int32Array(stages.length + 1);
    this.firstFault = new Int32Array(faults.length + 2);
    let at = 1;
    let fault = 0;
    faults.forEach((n, i) => {
      this.steps[i + 1] = at;
      this.firstFault[i + 1] = fault;
      for (const end = fault + n; fault < end; fault++) {
        this.faults[fault] = at;
        at += numbers[stages[fault]!]!.length;
      }
      at++;
    });
    this.firstFault[faults.length + 1] = fault;
    this.count = at;
  }

  at(index: number): Position {
    const step = last(this.steps, this.steps.length, index);
    if (step === 0) return { step: 0, fault: 0, stage: 0 };
    for (let f = this.firstFault[step]!; f < this.firstFault[step + 1]!; f++) {
      const stage = numbers[this.timeline.stages[f]!]![index - this.faults[f]!];
      if (stage) return { step, fault: f - this.firstFault[step]! + 1, stage };
    }
    return { step, fault: 0, stage: 0 };
  }

  /* Where a step is done; from 1. */
  done(step: number): number {
    return step === this.timeline.faults.length ? this.count - 1 : this.steps[step + 1]! - 1;
  }

  /* Of a position that there is not, the nearest one. */
  index(p: Position): number {
    if (p.step === 0) return 0;
    const step = Math.min(p.step, this.timeline.faults.length);
    const fault = this.firstFault[step]! + p.fault - 1;
    if (step < p.step || p.fault === 0 || fault >= this.firstFault[step + 1]!)
      return this.done(step);
    return this.faults[fault]! + Math.max(numbers[this.timeline.stages[fault]!]!.filter((k) => k <= p.stage).length, 1) - 1;
  }

  fault(number: number): number {
    return this.faults[number]!;
  }
}

/* By a fault's stages, 1 << k for each Sk, their numbers: there may be many faults. */
const numbers = Array.from({ length: 512 }, (_, stages) => [1, 2, 3, 4, 5, 6, 7, 8].filter((k) => (stages >> k) & 1));

/* The last of n ascending numbers that is not above a limit. */
function last(numbers: Int32Array, n: number, limit: number): number {
  let [low, high] = [0, n - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (numbers[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/*
 * Where a position is after its scenario was edited: the same step of the same line, which may have moved. Steps of
 * lines that are gone become those of the line that is there now.
 */
export function follow(p: Position, before: { text: string; timeline: Timeline }, after: { text: string; timeline: Timeline }): Position {
  if (p.step === 0 || before.text === after.text) return p;
  const [old, now] = [before.text.split('\n'), after.text.split('\n')];
  let [head, tail] = [0, 0];
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const line = before.timeline.lines[p.step - 1]!;
  const same = line <= head || line > old.length - tail;
  const to = line <= head ? line : line > old.length - tail ? line + now.length - old.length : Math.min(line, Math.max(now.length - tail, head + 1));
  const ordinal = before.timeline.lines.subarray(0, p.step - 1).filter((of) => of === line).length;
  const { lines } = after.timeline;
  const found = [...lines].flatMap((of, i) => (of === to ? [i + 1] : []));
  if (found.length) return same || found.length > ordinal ? { ...p, step: found[Math.min(ordinal, found.length - 1)]! } : { step: found[0]!, fault: 0, stage: 0 };
  const above = lines.filter((of) => of < to).length;
  return { step: above, fault: 0, stage: 0 };
}

interface Props {
  timeline: Timeline;
  positions: Positions;
  index: number;
  width: number;
  palette: Palette;
  onGo: (index: number) => void;
}

/* A mark for each pixel that has one of n ascending positions, however many come together there; -1: there is none. */
function marks(n: number, position: (i: number) => number, x: (position: number) => number, draw: (x: number) => string): string {
  let [path, before] = ['', NaN];
  for (let i = 0; i < n; i++) {
    const at = position(i);
    const pixel = Math.round(x(at));
    if (at >= 0 && pixel !== before) path += draw((before = pixel));
  }
  return path;
}

export function TimeLine({ timeline, positions, index, width, palette: p, onGo }: Props) {
  const x = (i: number) => 8 + ((width - 16) * i) / Math.max(positions.count - 1, 1);
  const drawn = useMemo(() => {
    const { faults, wentOn } = timeline;
    const done = marks(faults.length, (i) => positions.done(i + 1), x, (at) => `M${at} 24v8`);
    const that = (went: number, draw: (x: number) => string) =>
      marks(wentOn.length, (i) => (wentOn[i] === went ? positions.fault(i) : -1), x, draw);
    return (
      <>
        <path d={`M8 28H${width - 8}`} stroke={p.line} />
        <path d={done} stroke={p.dim} />
        <path d={that(1, (x) => `M${x} 22l-4 -9h8z`)} fill={p.walk} />
        <path d={that(0, (x) => `M${x - 4} 12l8 9m0 -9l-8 9`)} stroke={p.changed} stroke-width="2" />
      </>
    );
  }, [timeline, width, p]);
  const here = x(index);
  return (
    <svg class="timeline" width={width} height={36} aria-hidden="true" onClick={(e) => {
      const at = (e.clientX - e.currentTarget.getBoundingClientRect().left - 8) / Math.max(width - 16, 1);
      onGo(Math.round(Math.min(Math.max(at, 0), 1) * (positions.count - 1)));
    }}>
      {drawn}
      <path d={`M${here} 2V34`} stroke={p.ink} stroke-width="2" />
      <circle cx={here} cy={28} r="5" fill={p.ink} />
    </svg>
  );
}
