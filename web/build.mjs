// SPDX-License-Identifier: GPL-3.0-or-later
// Builds the pages into web/built, or into the folder that is named: node web/build.mjs [FOLDER].
// The manifest is written last, under another name first, so that a reload sees all or nothing.
// Two builds of the same sources are byte for byte the same.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, 'built'));
const types = {
    css: 'text/css; charset=utf-8',
    html: 'text/html; charset=utf-8',
    js: 'text/javascript; charset=utf-8',
    svg: 'image/svg+xml',
    txt: 'text/plain; charset=utf-8',
};

const hash = bytes => createHash('sha256').update(bytes).digest('hex');
const hashed = (name, bytes) => name.replace('.', `-${hash(bytes).slice(0, 10)}.`);

const made = await build({
    absWorkingDir: here,
    entryPoints: ['src/main.tsx', 'src/style.css'],
    outdir: 'assets',
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    write: false,
});

const files = new Map();
for (const file of made.outputFiles)
    files.set('assets/' + file.path.split('/').pop(), Buffer.from(file.contents));
const nameOf = entry => Object.entries(made.metafile.outputs)
    .find(([, output]) => output.entryPoint === entry)[0].split('/').pop();

const icon = await readFile(join(here, 'icon.svg'));
files.set('assets/' + hashed('icon.svg', icon), icon);
files.set('assets/licence.txt', await readFile(join(here, 'node_modules/preact/LICENSE')));
const page = (await readFile(join(here, 'index.html'), 'utf8'))
    .replace('%ICON%', hashed('icon.svg', icon))
    .replace('%STYLE%', nameOf('src/style.css'))
    .replace('%SCRIPT%', nameOf('src/main.tsx'));
files.set('index.html', Buffer.from(page));

const about = bytes => ({ size: bytes.length, sha256: hash(bytes) });
const packed = {
    gzip: ['.gz', bytes => {
        const out = gzipSync(bytes, { level: 9 });
        out[9] = 255; // no word of the system that packed it
        return out;
    }],
    br: ['.br', bytes => brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    })],
};

await mkdir(join(target, 'assets'), { recursive: true });
const kept = new Set(['manifest.json']);
const manifest = { version: 1, pages: Object.keys(JSON.parse(await readFile(join(here, 'paths.json')))), files: [] };
for (const path of [...files.keys()].sort()) {
    const bytes = files.get(path);
    const entry = { path, type: types[path.split('.').pop()], plain: about(bytes) };
    await writeFile(join(target, path), bytes);
    kept.add(path);
    for (const [coding, [ending, pack]] of Object.entries(packed)) {
        const small = pack(bytes);
        if (small.length >= bytes.length)
            continue;
        entry[coding] = about(small);
        await writeFile(join(target, path + ending), small);
        kept.add(path + ending);
    }
    manifest.files.push(entry);
}
const temporary = join(target, 'manifest.json.new');
await writeFile(temporary, JSON.stringify(manifest, null, 1) + '\n');
await rename(temporary, join(target, 'manifest.json'));
for (const folder of ['', 'assets/'])
    for (const entry of await readdir(join(target, folder), { withFileTypes: true }))
        if (entry.isFile() && !kept.has(folder + entry.name))
            await rm(join(target, folder + entry.name));

const first = manifest.files.filter(file => /main-|style-|index/.test(file.path));
const sum = coding => first.reduce((all, file) => all + (file[coding] ?? file.plain).size, 0);
console.log(`pages: ${manifest.files.length} files in ${target}; first load ${sum('plain')} bytes, ` +
    `gzip ${sum('gzip')}, brotli ${sum('br')}`);
