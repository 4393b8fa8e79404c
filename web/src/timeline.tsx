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
    this.steps = new Int32Array(timeline.steps.length + 1);
    this.faults = new Int32Array(timeline.faults.length + 1);
    this.firstFault = new Int32Array(timeline.steps.length + 2);
    let at = 1;
    let fault = 0;
    timeline.steps.forEach(([, faults], i) => {
      this.steps[i + 1] = at;
      this.firstFault[i + 1] = fault;
      for (const end = fault + faults; fault < end; fault++) {
        this.faults[fault] = at;
        at += numbers[timeline.faults[fault]![1]]!.length;
      }
      at++;
    });
    this.firstFault[timeline.steps.length + 1] = fault;
    this.count = at;
  }

  at(index: number): Position {
    const step = last(this.steps, this.steps.length, index);
    if (step === 0) return { step: 0, fault: 0, stage: 0 };
    for (let f = this.firstFault[step]!; f < this.firstFault[step + 1]!; f++) {
      const stage = numbers[this.timeline.faults[f]![1]]![index - this.faults[f]!];
      if (stage) return { step, fault: f - this.firstFault[step]! + 1, stage };
    }
    return { step, fault: 0, stage: 0 };
  }

  /* Of a position that there is not, the nearest one. */
  index(p: Position): number {
    if (p.step === 0) return 0;
    const step = Math.min(p.step, this.timeline.steps.length);
    const fault = this.firstFault[step]! + p.fault - 1;
    if (step < p.step || p.fault === 0 || fault >= this.firstFault[step + 1]!)
      return step === this.timeline.steps.length ? this.count - 1 : this.steps[step + 1]! - 1;
    return this.faults[fault]! + Math.max(numbers[this.timeline.faults[fault]![1]]!.filter((k) => k <= p.stage).length, 1) - 1;
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
  const line = before.timeline.steps[p.step - 1]![0];
  const same = line <= head || line > old.length - tail;
  const to = line <= head ? line : line > old.length - tail ? line + now.length - old.length : Math.min(line, Math.max(now.length - tail, head + 1));
  const ordinal = before.timeline.steps.slice(0, p.step - 1).filter(([of]) => of === line).length;
  const steps = after.timeline.steps;
  const found = steps.flatMap(([of], i) => (of === to ? [i + 1] : []));
  if (found.length) return same || found.length > ordinal ? { ...p, step: found[Math.min(ordinal, found.length - 1)]! } : { step: found[0]!, fault: 0, stage: 0 };
  const above = steps.filter(([of]) => of < to).length;
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

/* A mark for each pixel that has one, however many come together there. */
function marks(all: number[], draw: (x: string) => string): string {
  return [...new Set(all.map((x) => x.toFixed(0)))].map(draw).join('');
}

export function TimeLine({ timeline, positions, index, width, palette: p, onGo }: Props) {
  const x = (i: number) => 8 + ((width - 16) * i) / Math.max(positions.count - 1, 1);
  const drawn = useMemo(() => {
    const of = (went: number) => timeline.faults.flatMap((f, i) => (f[2] === went ? [x(positions.fault(i))] : []));
    return (
      <>
        <path d={`M8 28H${width - 8}`} stroke={p.line} />
        <path d={marks(timeline.steps.map((_, i) => x(positions.index({ step: i + 1, fault: 0, stage: 0 }))), (at) => `M${at} 24v8`)} stroke={p.dim} />
        <path d={marks(of(1), (at) => `M${at} 22l-4 -9h8z`)} fill={p.walk} />
        <path d={marks(of(0), (at) => `M${Number(at) - 4} 12l8 9m0 -9l-8 9`)} stroke={p.changed} stroke-width="2" />
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
