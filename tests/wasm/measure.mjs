// SPDX-License-Identifier: MIT
// measure.mjs PAGE FILE...: what the page takes for each position of each scenario, for a scenario of 10,000 steps, and
// for its first paint, in a real browser. `--long` leaves the files out. Reported, not judged: docs/web.md has figures.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';

const [page, ...files] = process.argv.slice(2);
const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const { chromium } = createRequire(path.join(root, 'web/package.json'))('playwright-core');
const chrome = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => fs.existsSync(file));
const browser = await chromium.launch({
  executablePath: chrome,
  args: ['--no-sandbox', '--disable-gpu', '--disable-frame-rate-limit'],
});
const url = pathToFileURL(path.resolve(page)).href;
const fragment = (text) => `#s=${zlib.deflateRawSync(JSON.stringify({ text, at: [0, 0, 0] })).toString('base64url')}`;

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
function told(name, values, unit = 'ms') {
  const sorted = values.map((v) => v.value).sort((a, b) => a - b);
  const worst = values.reduce((a, b) => (b.value > a.value ? b : a));
  const ms = (x) => x.toFixed(1).padStart(8);
  console.log(`${name.padEnd(36)}${ms(at(sorted, 0.5))}${ms(at(sorted, 0.95))}${ms(at(sorted, 0.99))}${ms(worst.value)} ${unit}  ${worst.of}`);
}

/* A tab with nothing in it yet, and its main thread's own time: others on the machine disturb that little. */
async function open(context) {
  const tab = await context.newPage();
  tab.setDefaultTimeout(120000);
  const cdp = await context.newCDPSession(tab);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async () => (await cdp.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value * 1000;
  return { tab, cdp, spent };
}

/* From the address to the first paint, and to the picture. */
async function begins(text) {
  const context = await browser.newContext({ viewport: { width: 1300, height: 1000 } });
  const { tab, spent } = await open(context);
  await tab.goto(url + (text ? fragment(text) : ''));
  await tab.waitForSelector('svg.picture');
  const times = await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    opened: performance.getEntriesByName('cr2: shown')[0]?.startTime,
  })))));
  const cpu = await spent();
  return { ...times, cpu, tab, spent, context };
}

/* Each position's median of some rounds: what it takes, not what else the machine was doing once. */
function medians(rounds) {
  return rounds[0].map(({ of }, i) => ({ of, value: at(rounds.map((r) => r[i].value).sort((a, b) => a - b), 0.5) }));
}

/* One position after another: until style and layout are done, and all that the main thread did for it. */
async function goes({ tab, spent }, positions, name) {
  const [step, rest] = [[], []];
  for (const i of positions) {
    const before = await spent();
    const took = await tab.evaluate(async (i) => {
      const range = document.querySelector('input[type=range]');
      const start = performance.now();
      range.value = String(i);
      range.dispatchEvent(new Event('input', { bubbles: true }));
      for (let n = 0; n < 20; n++) await null;
      document.body.getBoundingClientRect();
      const took = performance.now() - start;
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return took;
    }, i);
    const position = `${name}, position ${i}`;
    step.push({ value: took, of: position });
    rest.push({ value: (await spent()) - before, of: position });
  }
  return { step, rest };
}

const shape = {
  'in order': (i) => `write m@${i}`,
  'in random order': (i) => `write m@${(i * 7919) % 10007}`,
  'read, then written': (i) => `${i % 2 ? 'write' : 'read'} m@${(i * 7919 >> 1) % 10007}`,
};
const head = `${''.padEnd(36)}${['median', '95 %', '99 %', 'most'].map((s) => s.padStart(8)).join('')}`;
const first = [];
const shown = [];
for (let i = 0; i < 5; i++) {
  const { paint, opened, context } = await begins('');
  first.push({ value: paint, of: '' });
  shown.push({ value: opened, of: '' });
  await context.close();
}
console.log(head);
told('first paint', first);
told('picture', shown);
if (files.length) {
  const here = await begins('map m 1 rw\n'); /* no file's text: the same text is not opened again */
  const [first, step, rest, opening] = [[], [], [], []];
  for (const file of files) {
    const text = fs.readFileSync(file, 'utf8');
    await here.tab.evaluate(() => performance.clearMarks());
    const before = await here.spent();
    await here.tab.evaluate((hash) => { location.hash = hash; }, fragment(text));
    await here.tab.waitForFunction(() => performance.getEntriesByName('cr2: opened').length);
    opening.push({ value: (await here.spent()) - before, of: file });
    const count = Number(await here.tab.locator('input[type=range]').getAttribute('max')) + 1;
    const rounds = [];
    for (let i = 0; i < 4; i++) rounds.push(await goes(here, Array.from({ length: count }, (_, i) => i), file));
    first.push(...rounds.shift().step);
    step.push(...medians(rounds.map((r) => r.step)));
    rest.push(...medians(rounds.map((r) => r.rest)));
  }
  console.log(`${files.length} scenarios, ${step.length} positions`);
  told('opened, CPU', opening);
  told('a step, to its layout, first time', first);
  told('a step, to its layout, of 3', step);
  told('a step, CPU with painting, of 3', rest);
  await here.context.close();
}
for (const [name, line] of Object.entries(shape)) {
  const text = `map m 20000 rw\n${Array.from({ length: 10000 }, (_, i) => line(i)).join('\n')}\n`;
  const here = await begins(text);
  const count = Number(await here.tab.locator('input[type=range]').getAttribute('max')) + 1;
  const there = [];
  for (let i = 0; i < 3; i++) {
    const { context, tab } = await begins('');
    there.push(await tab.evaluate((hash) => new Promise((done) => {
      performance.clearMarks();
      const from = performance.now();
      new PerformanceObserver((list) => list.getEntriesByName('cr2: shown').forEach((mark) => done(mark.startTime - from))).observe({ type: 'mark' });
      location.hash = hash;
    }), fragment(text)));
    await context.close();
  }
  console.log(`10,000 steps ${name}: shown after ${here.opened.toFixed(0)} ms, CPU ${here.cpu.toFixed(0)} ms, in a page that is there after ${there.map((ms) => ms.toFixed(0)).join(', ')} ms, ${count} positions`);
  const jump = await goes(here, Array.from({ length: 40 }, (_, i) => Math.floor((i * 7919) % count)), name);
  told('a jump, to its layout', jump.step);
  told('a jump, CPU with painting', jump.rest);
  const next = await goes(here, Array.from({ length: 40 }, (_, i) => count - 50 + i), name);
  told('a step near the end, to its layout', next.step);
  told('the same, CPU with painting', next.rest);
  await here.context.close();
}
await browser.close();
