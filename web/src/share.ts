// SPDX-License-Identifier: MIT
// A scenario in the address's fragment, which no server sees; and files that the page hands out.
export interface Shared {
  text: string;
  kernel?: string;
  against?: string;
  at?: [number, number, number];
  until?: string; // the condition that is looked for; in no link
}

/* What `cr2 learn sheet --html` has put into the page. */
export interface Sheet {
  student: string;
  name: string;
  items: { exercise: string; seed: string; level: number; kernel: string }[];
  force?: { question: string; command: string };
}

export const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);

async function through(bytes: BlobPart, stream: TransformStream): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(stream as ReadableWritablePair<Uint8Array, Uint8Array>)).arrayBuffer();
}

export async function toFragment(shared: Shared): Promise<string> {
  const packed = new Uint8Array(await through(JSON.stringify(shared), new CompressionStream('deflate-raw')));
  let binary = '';
  packed.forEach((byte) => (binary += String.fromCharCode(byte)));
  return `#s=${btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`;
}

/* What a link holds, as far as it can be used, and what is wrong with it; null: it holds nothing. */
export interface Found {
  shared: Shared | null;
  wrong: string;
}

export async function fromFragment(fragment: string, kernels: string[]): Promise<Found | null> {
  if (!fragment.startsWith('#s=')) return null;
  let read: unknown;
  try {
    const bytes = cr2Bytes(fragment.slice(3).replaceAll('-', '+').replaceAll('_', '/'));
    read = JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream('deflate-raw'))));
  } catch {
    return { shared: null, wrong: 'a part of it is missing, or was changed on its way: copy it whole' };
  }
  return used(read, kernels);
}

function used(read: unknown, kernels: string[]): Found {
  if (!isObject(read) || typeof read.text !== 'string') return { shared: null, wrong: 'there is no scenario in it' };
  const { text, kernel, against, at } = read;
  const isKernel = (x: unknown): x is string => typeof x === 'string' && kernels.includes(x);
  const isSetting = (x: unknown): x is string => typeof x === 'string' && (x === '' || x.includes(' '));
  const isCount = (x: unknown) => Number.isInteger(x) && (x as number) >= 0;
  const isPosition = (x: unknown): x is Shared['at'] => Array.isArray(x) && x.length === 3 && x.every(isCount);
  const shared: Shared = { text };
  const wrong: string[] = [];
  const unknown = (x: unknown) => `${JSON.stringify(x)} (this page has ${kernels.join(', ')})`;
  if (isKernel(kernel)) shared.kernel = kernel;
  else if (kernel !== undefined) wrong.push(`its kernel is ${unknown(kernel)}`);
  if (isKernel(against) || isSetting(against)) shared.against = against;
  else if (against !== undefined) wrong.push(`the kernel beside is ${unknown(against)}`);
  if (isPosition(at)) shared.at = at;
  else if (at !== undefined) wrong.push(`its position is ${JSON.stringify(at)}, not a step, a fault and a stage`);
  return { shared, wrong: wrong.join('; ') };
}

export function handOut(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export function svgOf(svg: SVGSVGElement): Blob {
  return new Blob([`<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(svg)}\n`], { type: 'image/svg+xml' });
}

/* Twice as large as on the screen, so that it can be printed. */
export async function pngOf(svg: SVGSVGElement): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = svg.width.baseVal.value * 2;
  canvas.height = svg.height.baseVal.value * 2;
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('no picture'))), 'image/png'));
}
