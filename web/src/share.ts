// SPDX-License-Identifier: MIT
// A scenario in the address's fragment, which no server sees; and files that the page hands out.
export interface Shared {
  text: string;
  kernel?: string;
  against?: string;
  at?: [number, number, number];
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

export async function fromFragment(fragment: string): Promise<Shared | null> {
  const found = /^#s=([\w-]+)$/.exec(fragment);
  if (!found) return null;
  try {
    const binary = atob(found[1]!.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    const shared = JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream('deflate-raw')))) as Shared;
    return typeof shared.text === 'string' ? shared : null;
  } catch {
    return null;
  }
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
