// Prints what the first visit loads, as brotli at its highest quality, and fails above a budget; then what is fetched
// only when it is asked for.
//
//   node tools/size.mjs [budget in bytes]
import { readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

const html = readFileSync('dist/index.html', 'utf8');
// Everything the page names is needed before it shows anything, and nothing else is.
const first = ['/index.html', ...new Set(html.match(/(?<=(?:src|href)=")\/[^"]+/g))];
const later = readdirSync('dist/assets').map((name) => `/assets/${name}`).filter((file) => !first.includes(file));
const budget = Number(process.argv[2] ?? Infinity);
const total = add(first);
console.log(`${column(total)}  bytes of brotli on the first visit; the budget is ${budget}`);
console.log(`${column(add(later))}  bytes of brotli when they are asked for`);
if (total > budget) process.exit(1);

/** Prints the size of each file, and gives their sum. */
function add(files) {
  let total = 0;
  for (const file of files) {
    const bytes = readFileSync(`dist${file}`);
    const compressed = brotliCompressSync(bytes).byteLength;
    total += compressed;
    console.log(`${column(compressed)}  ${column(bytes.byteLength)}  ${file}`);
  }
  return total;
}

function column(number) {
  return String(number).padStart(8);
}
