// SPDX-License-Identifier: MIT
// browser.mjs PAGE CR2: the real page, from file://, in a real browser: what a reader does with it. TAP on stdout.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';

const [page, cr2, shots] = process.argv.slice(2);
const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const require = createRequire(path.join(root, 'web/package.json'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const chrome = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => fs.existsSync(file));

const browser = await chromium.launch({ executablePath: chrome, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ viewport: { width: 1300, height: 1000 }, reducedMotion: 'reduce' });
const tab = await context.newPage();
tab.setDefaultTimeout(30000);
const asked = [];
const isOurs = (u) => /^file:.*cr2[^/]*\.html/.test(u) || /^(data|blob|about):/.test(u);
const errors = [];
context.on('request', (request) => asked.push(request.url()));
tab.on('pageerror', (error) => errors.push(error.message));
tab.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
const url = pathToFileURL(path.resolve(page)).href;

let number = 0;
let failed = 0;
async function test(name, fn) {
  try {
    await fn();
    console.log(`ok ${++number} ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${++number} ${name}\n${String(error.stack ?? error).replace(/^/gm, '# ')}`);
  }
}
function same(seen, wanted, what) {
  if (seen !== wanted) throw new Error(`${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
}
function has(seen, part, what) {
  if (!seen.includes(part)) throw new Error(`${what}: no ${JSON.stringify(part)} in ${JSON.stringify(seen)}`);
}

const editor = tab.locator('.cm-content');
const where = tab.locator('.side .where');
/* Waits until that is the position, which a busy machine draws later. */
const stands = (text) => where.filter({ hasText: text }).first().waitFor();
const note = tab.locator('.note');
const part = (name) => tab.getByRole('button', { name, exact: true }).click();
async function write(text) {
  await editor.click();
  await tab.keyboard.press('Control+A');
  await tab.keyboard.insertText(text);
}
/* The file that a click hands out. */
async function handedOut(click) {
  const [download] = await Promise.all([tab.waitForEvent('download'), click()]);
  return { name: download.suggestedFilename(), bytes: fs.readFileSync(await download.path()) };
}
/* Goes on by Tab, or back, until what bears that name has the focus. */
async function tabTo(name, key = 'Tab') {
  for (let i = 0; i < 80; i++) {
    await tab.keyboard.press(key);
    const here = await tab.evaluate(() => {
      const { activeElement: a } = document;
      return a.getAttribute('aria-label') ?? a.labels?.[0]?.textContent.trim() ?? a.textContent.trim();
    });
    if (here === name) return;
  }
  throw new Error(`${key} does not reach ${name}`);
}
/* axe's own check of what is shown now. */
async function accessible(what) {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
  same(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`).join('; '), '', what);
}
async function shot(name) {
  if (shots) await tab.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
}

/* Texts are made for their boxes' width, the end of the walk is seen. */
async function fits(width) {
  await tab.setViewportSize({ width, height: 1000 });
  await tab.waitForTimeout(100);
  const out = await tab.evaluate(() => [
    ...[...document.querySelectorAll('.narrative, .fitted')].filter((box) => box.scrollWidth > box.clientWidth).map((box) => `${box.className}: ${box.scrollWidth} in ${box.clientWidth}`),
    ...[...document.querySelectorAll('svg.tree')].flatMap((svg) => {
      const [tree, end] = [svg.parentElement, [...svg.querySelectorAll('.walk-entry')].at(-1)].map((e) => e?.getBoundingClientRect());
      return tree && end && (end.right > tree.right || end.left < tree.left) ? [`the walk ends at ${end.left} to ${end.right} in ${tree.left} to ${tree.right}`] : [];
    }),
  ]);
  same(out.join('; '), '', `${width}`);
  await shot(`fits-${width}`);
}

const COW = 'map buf 4 rw\nwrite buf\nfork child\nchild: write buf@0\nwrite buf@0\n';

await test('the page opens from file://', async () => {
  await tab.goto(url);
  await tab.waitForSelector('svg.picture');
  has(await note.textContent(), '8 steps, 3 faults', 'note');
});

await test('a mistake is underlined where the parser sees it', async () => {
  await write('map buf 4 rw\nwirte buf\n');
  await tab.waitForSelector('.cm-lintRange-error');
  same(await tab.locator('.cm-lintRange-error').first().textContent(), 'wirte', 'underlined');
  has(await tab.locator('.mistakes').textContent(), "did you mean 'write'?", 'mistakes');
  await shot('mistake');
});

await test('words are completed, as the language has them', async () => {
  await write('map buf 4 rw ');
  await tab.keyboard.type('pop');
  await tab.waitForSelector('.cm-tooltip-autocomplete');
  await tab.waitForTimeout(100); // the editor's own, against keys that were meant for the text
  await tab.keyboard.press('ArrowDown');
  await tab.keyboard.press('Enter');
  same(await editor.textContent(), 'map buf 4 rw populate', 'text');
});

await test('a scenario is written, and stepped through to a copy-on-write fault and back', async () => {
  await write(COW);
  await tab.waitForFunction(() => document.querySelector('.note')?.textContent === '5 steps, 3 faults');
  await tab.getByLabel('until').fill('path == wp_copy');
  await tab.getByRole('button', { name: 'find ▶' }).click();
  await stands('step 4: child: write buf@0, S1 exception');
  same(await tab.locator('.bit.set').allTextContents().then((all) => all.join(' ')), 'P=1 W=1 U=1', 'error code');
  for (let i = 0; i < 6; i++) await tab.getByRole('button', { name: 'stage ▶' }).click();
  await stands('S7 install');
  has(await tab.locator('.narrative').textContent(), 'the TLB may hold the old entry: it is flushed', 'narrative');
  has(await tab.locator('svg.picture').textContent(), 'exclusive', 'picture');
  const arrows = await tab.locator('svg.picture .arrows > path').evaluateAll((all) => all.map((a) => a.getAttribute('d').replace(/[^A-Z]/g, '')).join());
  same(arrows, 'MVHC,MVHC', 'arrows leave below the cell, not behind its neighbour');
  await shot('cow');
  await tab.locator('h1').first().evaluate(() => document.activeElement.blur());
  for (let i = 0; i < 7; i++) await tab.keyboard.press('S');
  await stands('step 3: parent: fork done: ok');
  await tab.keyboard.press('n');
  await stands('step 4: child: write buf@0 done: ok');
});

await test('the narrative is that of cr2', async () => {
  fs.writeFileSync(path.join(process.env.TMPDIR ?? '/tmp', `cr2-web-${process.pid}`), COW);
  const file = path.join(process.env.TMPDIR ?? '/tmp', `cr2-web-${process.pid}`);
  const told = execFileSync(cr2, ['step', file, '--batch', 'jump 4.1.7; print stage'], { env: { ...process.env, COLUMNS: '92' } }).toString();
  fs.unlinkSync(file);
  await tab.keyboard.press('S');
  await tab.keyboard.press('S');
  has(told, (await tab.locator('.narrative').textContent()).trim().split('\n')[0].trim(), 'narrative');
});

await test('the picture is handed out as SVG and as PNG, the narrative as Markdown', async () => {
  const shown = await tab.locator('svg.picture').evaluate((svg) => [svg.width.baseVal.value, svg.height.baseVal.value]);
  const svg = await handedOut(() => tab.getByRole('button', { name: 'Picture as SVG' }).click());
  same(svg.name, 'cr2-6.18-step4.svg', 'name');
  const drawn = await tab.evaluate((text) => {
    const { documentElement: root } = new DOMParser().parseFromString(text, 'image/svg+xml');
    return [root.nodeName, root.getAttribute('width'), root.getAttribute('height'), root.textContent.includes('refs ')].join();
  }, svg.bytes.toString());
  same(drawn, ['svg', ...shown, true].join(), 'SVG');
  const png = await handedOut(() => tab.getByRole('button', { name: 'as PNG' }).click());
  same(png.bytes.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n', 'PNG');
  same([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)].join(), shown.map((n) => n * 2).join(), 'size');
  const colours = await tab.evaluate(async (base64) => {
    const image = Object.assign(new Image(), { src: `data:image/png;base64,${base64}` });
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    return new Set(new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer)).size;
  }, png.bytes.toString('base64'));
  if (!(colours > 20)) throw new Error(`${colours} colours in the PNG`);
  const markdown = await handedOut(() => tab.getByRole('button', { name: 'Narrative as Markdown' }).click());
  same(markdown.name, 'cr2.md', 'name');
  has(markdown.bytes.toString(), '## Step 4, line 4: child: write buf@0\n\n```\n', 'Markdown');
  has(markdown.bytes.toString(), 'the TLB may hold the old entry: it is flushed', 'Markdown');
});

await test('after an edit it is at the same step', async () => {
  await write(`# first\n${COW}`);
  await tab.waitForFunction(() => document.querySelector('.side .where')?.textContent === 'step 4: child: write buf@0, S7 install');
  await write(COW.replace('map buf', '\nmap other 2 r\nmap buf'));
  await tab.waitForFunction(() => document.querySelector('.side .where')?.textContent === 'step 5: child: write buf@0, S7 install');
});

await test('of much memory a window is drawn, which says so; guard pages have a name', async () => {
  const lines = Array.from({ length: 300 }, (_, i) => `write m@${(i * 77) % 300 * 2}\n`).join('');
  await write(`map m 700 rw\n${lines}advise m@650..659 guard_install\nwrite m@100\n`);
  await tab.waitForFunction(() => document.querySelector('.note')?.textContent === '303 steps, 300 faults');
  await tab.getByLabel('Position').press('End');
  await stands('step 303');
  const picture = tab.locator('svg.picture');
  const left = tab.locator('.left-out');
  has(await left.textContent(), 'rows of pages', 'not drawn');
  const few = await picture.locator('rect').count();
  if (few > 300) throw new Error(`${few} shapes are drawn`);
  await left.getByRole('button', { name: 'Draw all' }).click();
  has(await left.textContent(), 'All is drawn.', 'drawn');
  if ((await picture.locator('rect').count()) < 900) throw new Error('not all is drawn');
  has(await picture.textContent(), 'a guard page (advise guard_install)', 'picture');
  await left.getByRole('button', { name: 'Draw fewer' }).click();
  same(await picture.locator('rect').count(), few, 'shapes');
});

await test('what was said of a place is gone where one moves', async () => {
  await write('map buf 1 rw\n# ```` in a scenario\nwrite buf@0\n');
  await tab.waitForFunction(() => document.querySelector('.note')?.textContent === '2 steps, 1 fault');
  await tab.getByLabel('Position').fill('0');
  await tab.getByRole('button', { name: '◀ step' }).click();
  await note.filter({ hasText: 'there is nothing before' }).waitFor();
  await tab.getByRole('button', { name: 'step ▶' }).click();
  await stands('step 1');
  same(await note.textContent(), '2 steps, 1 fault', 'note');
  const markdown = await handedOut(() => tab.getByRole('button', { name: 'Narrative as Markdown' }).click());
  has(markdown.bytes.toString(), '\n`````\nmap buf 1 rw\n# ```` in a scenario\nwrite buf@0\n`````\n', 'Markdown');
});

await test('6.1 beside 6.18', async () => {
  await write('map buf 1 rw\nwrite buf@0\nadvise buf free\nprotect buf r\nprotect buf rw\nwrite buf@0\n');
  await tab.getByLabel('beside').selectOption('6.1');
  await tab.waitForFunction(() => document.querySelectorAll('.side').length === 2);
  const sides = await tab.locator('.side').evaluateAll((all) => all.map((side) => side.getAttribute('aria-label')).join());
  same(sides, 'model 6.18,model 6.1', 'sides');
  await tab.getByRole('button', { name: 'Next difference' }).click();
  has(await note.textContent(), 'they differ here', 'note');
  has(await where.nth(0).textContent(), 'step 6: parent: write buf@0', 'where');
  has(await tab.locator('.narrative').nth(1).textContent(), 'exception', 'narrative of 6.1');
  await shot('two');
  await accessible('playground, two sides');
  await tab.getByLabel('all stages').check();
  await fits(1300);
  await fits(1366);
  await tab.setViewportSize({ width: 1300, height: 1000 });
  await tab.getByLabel('all stages').uncheck();
  await tab.getByLabel('beside').selectOption('');
});

await test('an exercise is solved, wrong then right', async () => {
  await part('Learn');
  await tab.getByLabel('Exercise').selectOption('cow');
  await tab.getByRole('spinbutton', { name: 'Seed' }).fill('3');
  await tab.getByRole('spinbutton', { name: 'Seed' }).press('Enter');
  const first = tab.locator('form.part').first();
  await first.locator('input').fill('0x7');
  await first.getByRole('button').click();
  has(await first.textContent(), 'an entry is imagined where there is none yet', 'misconception');
  await first.locator('input').fill('0x6');
  await first.locator('input').press('Enter');
  has(await first.textContent(), '✓ right', 'answer');
  has(await tab.locator('main').textContent(), '1 of 18 right, 1 wrong answer', 'progress');
  await shot('learn');
  await accessible('learn, answered');
});

await test("the exercises' progress is handed out, forgotten and brought back", async () => {
  const file = await handedOut(() => tab.getByRole('button', { name: 'Export' }).click());
  same(file.name, 'cr2-progress.json', 'name');
  same(JSON.stringify(JSON.parse(file.bytes)['cow 3 1 6.18'].wrong), '1', 'wrong answers');
  tab.once('dialog', (dialog) => dialog.accept());
  await tab.getByRole('button', { name: 'Forget' }).click();
  has(await tab.locator('main').textContent(), '0 exercises solved, 0 begun', 'progress');
  const bring = (buffer) => tab.getByLabel('Import').setInputFiles({ name: 'p.json', mimeType: 'application/json', buffer });
  await bring(Buffer.from('{"cow 3": 1}'));
  await tab.getByText('this file holds no progress of cr2').waitFor();
  await bring(file.bytes);
  await tab.getByText('1 exercises imported').waitFor();
  has(await tab.locator('main').textContent(), '1 of 18 right, 1 wrong answer', 'progress');
});

await test('what is stored as progress and is none is put aside, and said', async () => {
  for (const [i, stored] of ['{"x":1}', '[1]', '"s"', 'null', '{'].entries()) {
    await tab.evaluate((s) => localStorage.setItem('cr2-progress', s), stored);
    await part('Terms');
    await part('Learn');
    has(await tab.locator('main').textContent(), `it is kept as cr2-progress-${i + 1}`, stored);
    has(await tab.locator('main').textContent(), '0 exercises solved, 0 begun', stored);
    same(await tab.evaluate((key) => localStorage.getItem(key), `cr2-progress-${i + 1}`), stored, 'kept');
  }
  await tab.evaluate(() => localStorage.clear());
});

await test('what cannot be stored is remembered while the page is open', async () => {
  const other = await context.newPage();
  await other.addInitScript(() => Object.defineProperty(window, 'localStorage', { get() { throw new Error('it is disabled'); } }));
  await other.goto(url);
  await other.getByLabel('until').fill('refs > 1');
  await other.getByRole('button', { name: 'Learn', exact: true }).click();
  await other.locator('form.part input').first().fill('nonsense');
  await other.getByRole('button', { name: 'Check' }).first().click();
  await other.getByText('0 exercises solved, 1 begun').waitFor();
  await other.getByText('this browser keeps nothing for this page').waitFor();
  await other.getByRole('button', { name: 'Playground', exact: true }).click();
  same(await other.getByLabel('until').inputValue(), 'refs > 1', 'until');
  await other.getByRole('button', { name: 'Learn', exact: true }).click();
  await other.getByText('0 exercises solved, 1 begun').waitFor();
  await other.close();
});

await test('where one part fails, the others go on', async () => {
  const file = path.join(process.env.TMPDIR ?? '/tmp', `cr2-web-${process.pid}.html`);
  const sheet = { student: 's', name: '', items: [{ exercise: 'of another cr2', seed: '1', level: 1, kernel: '6.18' }] };
  const [before, behind] = fs.readFileSync(page, 'utf8').split(/(?<=id="scenario">)(?=<)/);
  fs.writeFileSync(file, before + JSON.stringify(sheet) + behind);
  await tab.goto(pathToFileURL(file).href);
  fs.unlinkSync(file);
  await tab.getByRole('alert').waitFor();
  has(await tab.getByRole('alert').textContent(), 'This part of the page has failed', 'alert');
  await accessible('a part that failed');
  await part('Playground');
  await tab.waitForSelector('svg.picture');
  await tab.goto(url);
});

await test('a segfault line is decoded', async () => {
  await part('Decode');
  await tab.getByLabel('Kernel log').check();
  await tab.getByLabel('Lines of a kernel log').fill('prog[123]: segfault at 8 ip 000055d0c0de1139 sp 00007ffd3a10 error 4 in prog[55d0c0de1000+1000]');
  const told = await tab.locator('pre.result').textContent();
  has(told, 'prog', 'decoded');
  has(told, '0x8', 'decoded');
  await shot('decode');
});

await test('what is shared opens again, where it was', async () => {
  await part('Playground');
  await write(COW);
  await tab.waitForFunction(() => document.querySelector('.note')?.textContent === '5 steps, 3 faults');
  await tab.getByLabel('Position').fill('0');
  await tab.getByLabel('until').fill('path == wp_copy');
  await tab.getByRole('button', { name: 'find ▶' }).click();
  await tab.getByRole('button', { name: 'Share' }).click();
  await tab.waitForFunction(() => location.hash.startsWith('#s='));
  const shared = tab.url();
  await tab.goto('about:blank');
  await tab.goto(shared);
  await tab.waitForSelector('svg.picture');
  await stands('step 4: child: write buf@0, S1 exception');
});

await test('of a link is used what can be, and the rest is said', async () => {
  const alert = tab.getByRole('alert');
  const link = (value) => `#s=${deflateRawSync(JSON.stringify(value)).toString('base64url')}`;
  const good = { text: COW, kernel: '6.18', against: '6.1', at: [2, 0, 0] };
  const follow = async (fragment) => {
    await tab.goto('about:blank');
    await tab.goto(url + fragment);
    await tab.waitForSelector('svg.picture');
  };
  for (const [fragment, said] of [
    ['#s=AAAA', 'The link is broken, and nothing was opened from it: a part of it is missing'],
    [link(good).slice(0, -9), 'a part of it is missing'],
    [link([1]), 'there is no scenario in it'],
    [link({ ...good, text: 7 }), 'there is no scenario in it'],
  ]) {
    await follow(fragment);
    has(await alert.textContent(), said, fragment);
    has(await note.textContent(), '8 steps, 3 faults', 'the example');
  }
  for (const [other, said] of [
    [{ against: {} }, 'the kernel beside is {} (this page has 6.1'],
    [{ against: 5 }, 'the kernel beside is 5'],
    [{ against: '6.20' }, 'the kernel beside is "6.20"'],
    [{ kernel: '9.9' }, 'its kernel is "9.9"'],
    [{ kernel: null }, 'its kernel is null'],
    ...[{}, 'zzz', [-1], 7, [0, 0, 0.5]].map((at) => [{ at }, `its position is ${JSON.stringify(at)}, not a step`]),
  ]) {
    await tab.evaluate((hash) => (location.hash = hash), link({ ...good, ...other }));
    await alert.filter({ hasText: `Not all of the link could be used: ${said}` }).waitFor();
  }
  await accessible('a link that is not used whole');
  await tab.waitForFunction(() => document.querySelector('.note')?.textContent === '5 steps, 3 faults');
  await part('Catalogue');
  await tab.locator('.card').first().click();
  await tab.waitForSelector('svg.picture');
  same(await alert.count(), 0, 'alerts');
  await follow(link({ ...good, at: [99999, 99, 99], against: 'thp sometimes' }));
  await tab.locator('.scenes .wrong').waitFor();
});

await test('cr2 step --html writes the page with a scenario inside', async () => {
  const file = path.join(process.env.TMPDIR ?? '/tmp', `cr2-web-${process.pid}.html`);
  execFileSync(cr2, ['step', path.join(root, 'catalogue/cow/grandchild.litmus'), '--against', '6.1', '--html', file]);
  await tab.goto(pathToFileURL(file).href);
  await tab.waitForSelector('svg.picture');
  fs.unlinkSync(file);
  same(await tab.locator('.side').evaluateAll((all) => all.map((side) => side.getAttribute('aria-label')).join()), 'model 6.18,model 6.1', 'sides');
  has(await editor.textContent(), 'fork', 'scenario');
});

await test('cr2 learn sheet --html writes the page with a sheet inside, whose exercises are those of the paper', async () => {
  const sheet = ['learn', 'sheet', '--seed', 'secret', '--exercises', 'bits,cow', '--count', '3', '--level', '2'];
  const file = path.join(process.env.TMPDIR ?? '/tmp', `cr2-web-${process.pid}.html`);
  fs.writeFileSync(file, execFileSync(cr2, [...sheet, '--html'], { maxBuffer: 1 << 26 }));
  const code = /error +(0x[0-9a-f]+)/.exec(execFileSync(cr2, sheet, { encoding: 'utf8' }))[1];
  const key = execFileSync(cr2, [...sheet, '--answers'], { encoding: 'utf8' });
  await tab.goto(pathToFileURL(file).href);
  const items = tab.getByRole('navigation', { name: 'Sheet' });
  await items.waitFor();
  same((await items.textContent()).replace(/\s+/g, ' '), 'sheet1. bits2. cow3. bitsOthers', 'items');
  has(await tab.locator('main').textContent(), code, 'error code');
  for (const [i, form] of (await tab.locator('form.part').all()).entries()) {
    const part = (await form.locator('input').getAttribute('id')).replace('answer-', '');
    await form.locator('input').fill(new RegExp(`^ *1\\.${part} += +(.*)$`, 'm').exec(key)[1].split(' or ')[0]);
    await form.getByRole('button').click();
    has(await form.textContent(), '✓ right', `part ${i + 1}`);
  }
  await items.getByRole('button', { name: '1. bits, solved' }).waitFor();
  await accessible('a sheet');
  await items.getByRole('button', { name: '2. cow' }).click();
  has(await tab.locator('main').textContent(), 'Open it in the playground', 'scenario');
  fs.unlinkSync(file);
});

await test('by the keyboard alone', async () => {
  await tab.goto('about:blank');
  await tab.goto(url);
  await tab.waitForSelector('svg.picture');
  await tabTo('Scenario');
  await tab.keyboard.press('Control+A');
  await tab.keyboard.type(COW.trimEnd());
  await tab.keyboard.press('Escape');
  await tab.waitForFunction(() => document.querySelector('.note')?.textContent === '5 steps, 3 faults');
  await tabTo('until', 'Shift+Tab');
  await tab.keyboard.type('path == wp_copy');
  await tab.keyboard.press('Enter');
  await stands('step 4: child: write buf@0, S1 exception');
  await tabTo('stage ▶', 'Shift+Tab');
  await tab.keyboard.press('Enter');
  await tab.keyboard.press('s');
  await stands('S3');
  await tabTo('Learn', 'Shift+Tab');
  await tab.keyboard.press('Space');
  await tabTo('Check');
  await tab.keyboard.press('Shift+Tab');
  await tab.keyboard.type('nonsense');
  await tab.keyboard.press('Enter');
  has(await tab.locator('form.part').first().textContent(), '✗', 'answer');
  await tabTo('Solution');
  await tab.keyboard.press('Enter');
  await tab.getByRole('heading', { name: 'Solution' }).waitFor();
});

await test('a term says what it means, to the pointer and to the keyboard', async () => {
  await part('Playground');
  await tab.getByRole('button', { name: 'CR2', exact: true }).hover();
  has(await tab.getByRole('tooltip').textContent(), 'CR2', 'term');
  await tab.mouse.move(0, 0);
  await tab.getByRole('button', { name: 'CR3', exact: true }).focus();
  has(await tab.getByRole('tooltip').textContent(), 'CR3', 'term');
  const legend = await tab.locator('.legend').first().evaluate((p) => [...p.querySelectorAll('.term')].map((term) => term.textContent).join());
  same(legend, 'anonymous,file (page cache),zero page,swapped,guard page,not present,Reference count,Map count,exclusive', 'terms of the legend');
});

await test('what a term means is whole on the screen', async () => {
  for (const width of [1300, 360]) {
    await tab.setViewportSize({ width, height: 800 });
    for (const term of await tab.locator('.term').all()) {
      await term.focus();
      const tip = tab.getByRole('tooltip');
      const box = await tip.boundingBox();
      if (box.x < 0 || box.x + box.width > width || box.y < 0) throw new Error(`${width}: ${await tip.textContent()}: ${JSON.stringify(box)}`);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) throw new Error(`${width}: at ${await term.textContent()} the page is ${wide} wide`);
    }
    await shot(`term-${width}`);
  }
  await tab.setViewportSize({ width: 1300, height: 1000 });
});

for (const [colorScheme, width, height, device] of [['dark', 360, 780, 'phone'], ['light', 3840, 2160, '4k']])
  await test(`${colorScheme}, ${width} wide: nothing is cut off, and all parts are accessible`, async () => {
    await tab.setViewportSize({ width, height });
    await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const rows = await tab.getByRole('navigation', { name: 'Parts' }).getByRole('button').evaluateAll((all) => new Set(all.map((b) => b.offsetTop)).size);
    same(rows, 1, 'rows of the parts');
    await part('Playground');
    await tab.getByRole('button', { name: 'fault ▶' }).click();
    await fits(width);
    await tab.setViewportSize({ width, height });
    for (const name of ['Playground', 'Catalogue', 'Learn', 'Decode', 'Terms']) {
      await part(name);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) throw new Error(`${name} is ${wide} wide`);
      if (name === 'Playground') {
        const cut = await tab.evaluate(() => [...document.querySelectorAll('svg.picture text')]
          .filter((text) => text.getBoundingClientRect().right > text.closest('svg').getBoundingClientRect().right).map((text) => text.textContent).join());
        same(cut, '', 'words that are cut off');
        const [strips, frames] = await tab.evaluate(() => [/^- /, /^frames$/].map((of) => [...document.querySelectorAll('svg.picture text')].find((text) => of.test(text.textContent)).getBoundingClientRect().left));
        if (frames - strips > 600) throw new Error(`the frames are ${frames - strips} from their pages`);
      }
      await shot(`${device}-${name.toLowerCase()}`);
      await accessible(`${name}, ${colorScheme}`);
    }
  });

await test('a run on this machine is shown, and is stopped by who hangs up', async () => {
  const host = await browser.newContext();
  const served = await host.newPage();
  const html = fs.readFileSync(page, 'utf8').replace('<head>', '<head><meta name="cr2-host">');
  const hungUp = new Promise((done) => served.on('requestfailed', (request) => done(request.url())));
  let answers = false;
  await served.route('http://127.0.0.1/**', (route) => {
    if (!route.request().url().endsWith('/run')) return route.fulfill({ contentType: 'text/html', body: html });
    return answers ? route.fulfill({ body: `ran: ${route.request().postData()}` }) : undefined;
  });
  await served.goto('http://127.0.0.1/');
  const told = served.getByLabel('Run on this machine', { exact: true });
  await served.getByRole('button', { name: 'Run on this machine' }).click();
  await told.filter({ hasText: 'it runs' }).waitFor();
  await served.getByRole('button', { name: 'Stop the run' }).click();
  await told.filter({ hasText: 'stopped' }).waitFor();
  same(await hungUp, 'http://127.0.0.1/run', 'hung up');
  answers = true;
  await served.getByRole('button', { name: 'Run on this machine' }).click();
  await told.filter({ hasText: 'ran: # After fork' }).waitFor();
  await host.close();
});

await test('no request leaves the page, and nothing went wrong', async () => {
  same(asked.filter((u) => !isOurs(u)).join(), '', 'requests');
  same(errors.join('\n'), '', 'errors');
});

console.log(`1..${number}`);
await browser.close();
process.exitCode = failed ? 1 : 0;
