// Prints what the first visit loads, as brotli at its highest quality, and fails above a budget.
//
//   node tools/size.mjs [budget in bytes]
import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

const html = readFileSync('dist/index.html', 'utf8');
// Everything the page names is needed before it shows anything.
const files = ['/index.html', ...new Set(html.match(/(?<=(?:src|href)=")\/[^"]+/g))];
let total = 0;
for (const file of files) {
  const bytes = readFileSync(`dist${file}`);
  const compressed = brotliCompressSync(bytes).byteLength;
  total += compressed;
  console.log(`${String(compressed).padStart(8)}  ${String(bytes.byteLength).padStart(8)}  ${file}`);
}
const budget = Number(process.argv[2] ?? Infinity);
console.log(`${String(total).padStart(8)}  bytes of brotli on the first visit; the budget is ${budget}`);
if (total > budget) process.exit(1);
