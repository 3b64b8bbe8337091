// Compresses what was built and writes down of which sources, so that a Go test can tell when dist is stale.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ui = fileURLToPath(new URL('..', import.meta.url));
const dist = fileURLToPath(new URL('../../dist', import.meta.url));

async function files(dir) {
  const out = [];
  for (const e of await readdir(dir, { withFileTypes: true })) {
    if (e.name === 'node_modules') continue;
    const at = join(dir, e.name);
    if (e.isDirectory()) out.push(...(await files(at)));
    else out.push(at);
  }
  return out;
}

const sum = createHash('sha256');
const sources = (await files(ui)).map((f) => [relative(ui, f).split(sep).join('/'), f]);
sources.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
for (const [name, at] of sources) {
  const body = await readFile(at);
  sum.update(`${name}\0${body.length}\0`);
  sum.update(body);
}
await writeFile(join(dist, 'BUILD.json'), JSON.stringify({ sources: sum.digest('hex') }) + '\n');

for (const at of await files(dist)) {
  if (/\.(js|css|svg)$/.test(at)) await writeFile(at + '.gz', gzipSync(await readFile(at), { level: 9 }));
}
