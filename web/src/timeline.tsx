// SPDX-License-Identifier: MIT
// All positions of a scenario in their order, and the line of time: a tick a step, a mark a fault.
import type { FaultRow, Position, Timeline } from './engine';
import type { Palette } from './palette';

export class Positions {
  readonly count: number;
  private readonly firstOfStep: number[] = [0]; // where a step's stages begin; before it, the step above is done
  private readonly faults: FaultRow[][];

  constructor(timeline: Timeline) {
    this.faults = timeline.steps.map(() => []);
    timeline.faults.forEach((f) => this.faults[f.step - 1]!.push(f));
    let at = 1;
    for (const faults of this.faults) {
      this.firstOfStep.push(at);
      at += faults.reduce((n, f) => n + f.stages, 0) + 1;
    }
    this.count = at;
  }

  at(index: number): Position {
    let [low, high] = [0, this.firstOfStep.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.firstOfStep[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    if (low === 0) return { step: 0, fault: 0, stage: 0 };
    let rest = index - this.firstOfStep[low]!;
    for (const f of this.faults[low - 1]!) {
      if (rest < f.stages) return { step: low, fault: f.fault_number, stage: rest + 1 };
      rest -= f.stages;
    }
    return { step: low, fault: 0, stage: 0 };
  }

  index(p: Position): number {
    if (p.step === 0) return 0;
    let at = this.firstOfStep[p.step]!;
    for (const f of this.faults[p.step - 1] ?? []) {
      if (p.fault === f.fault_number) return at + p.stage - 1;
      at += f.stages;
    }
    return at;
  }
}

interface Props {
  timeline: Timeline;
  positions: Positions;
  index: number;
  width: number;
  palette: Palette;
  onGo: (index: number) => void;
}

/* Many ticks are one path: a line of time of 10,000 steps is drawn as quickly as one of ten. */
export function TimeLine({ timeline, positions, index, width, palette: p, onGo }: Props) {
  const x = (i: number) => 8 + ((width - 16) * i) / Math.max(positions.count - 1, 1);
  const ticks = timeline.steps.map((_, i) => `M${x(positions.index({ step: i + 1, fault: 0, stage: 0 })).toFixed(1)} 24v8`).join('');
  const mark = (f: FaultRow) => x(positions.index({ step: f.step, fault: f.fault_number, stage: 1 }));
  const settled = timeline.faults.filter((f) => f.result === 'ok').map((f) => `M${mark(f).toFixed(1)} 22l-4 -9h8z`).join('');
  const signals = timeline.faults
    .filter((f) => f.result !== 'ok')
    .map((f) => `M${(mark(f) - 4).toFixed(1)} 12l8 9m0 -9l-8 9`)
    .join('');
  const here = x(index);
  return (
    <svg class="timeline" width={width} height={36} aria-hidden="true" onClick={(e) => {
      const at = (e.clientX - e.currentTarget.getBoundingClientRect().left - 8) / Math.max(width - 16, 1);
      onGo(Math.round(Math.min(Math.max(at, 0), 1) * (positions.count - 1)));
    }}>
      <path d={`M8 28H${width - 8}`} stroke={p.line} />
      <path d={ticks} stroke={p.dim} />
      <path d={settled} fill={p.walk} />
      <path d={signals} stroke={p.changed} stroke-width="2" />
      <path d={`M${here} 2V34`} stroke={p.ink} stroke-width="2" />
      <circle cx={here} cy={28} r="5" fill={p.ink} />
    </svg>
  );
}
