// Lays a .br and a .gz beside each file of dist, so that a node sends what is ready and compresses nothing itself.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('dist', import.meta.url).pathname;
const budget = 150_000;
let sent = 0;

/** @param {string} folder */
function compress(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
            compress(path);
            continue;
        }
        const plain = readFileSync(path);
        const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
        const gzip = gzipSync(plain, { level: 9 });
        writeFileSync(`${path}.br`, brotli);
        writeFileSync(`${path}.gz`, gzip);
        sent += gzip.length;
    }
}

compress(dist);
if (sent > budget) throw new Error(`The page is ${sent} bytes compressed; its budget is ${budget}.`);
console.log(`The page: ${(sent / 1000).toFixed(1)} kB compressed.`);
