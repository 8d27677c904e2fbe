import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// Where the Makefile puts what wasm-bindgen makes of the `app` crate.
const wasm = fileURLToPath(new URL('.tools/wasm', import.meta.url));

export default defineConfig({
  resolve: { alias: { wasm } },
  plugins: [trustedMarkup(), freshParts(), firstLoad(), sampleLogs()],
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Every supported browser preloads modules by itself.
    modulePreload: { polyfill: false },
    // The policy of the page has no place for `data:` scripts or fonts, and small files are cached better as files.
    assetsInlineLimit: 0,
  },
});

/**
 * Lets the page keep `require-trusted-types-for 'script'`.
 *
 * Leptos builds the constant parts of a view from markup, through `innerHTML`. That markup is a literal, so it lies
 * among the data the program was compiled with; a string made at run time lies on the heap, above it. The policy
 * admits only the former: text from a model can never become markup, whatever the code above does.
 */
function trustedMarkup() {
  const assignment = /(\w+)\.innerHTML = getStringFromWasm0\((\w+), (\w+)\);/g;
  const otherSinks = /\.(innerHTML|outerHTML|srcdoc) = |insertAdjacentHTML|document\.write|new Function|\beval\(/;
  return {
    name: 'assay:trusted-markup',
    transform(code, id) {
      if (id !== `${wasm}/app.js`) return null;
      const guarded = code.replace(assignment, '$1.innerHTML = compiledIn($2, getStringFromWasm0($2, $3));');
      const sink = code.replace(assignment, '').match(otherSinks);
      if (sink) this.error(`the app writes markup or code into the page another way: ${sink[0]}`);
      return `${guarded}
const markup = globalThis.trustedTypes?.createPolicy('compiled-in', { createHTML: (html) => html });
function compiledIn(address, html) {
  if (address >= wasm.__heap_base.value) throw new TypeError('markup made at run time');
  return markup ? markup.createHTML(html) : html;
}`;
    },
  };
}

/**
 * Lets a part of the app that could not be had be had later.
 *
 * A file that is not there, as in the middle of a deployment, is answered with the document, as every unknown path is;
 * and the browser may keep that answer under the file's name for as long as it would keep the file.
 */
function freshParts() {
  return {
    name: 'assay:fresh-parts',
    transform(code, id) {
      if (id !== `${wasm}/__wasm_split.js`) return null;
      const fresh = code.replaceAll('fetch(new URL(', 'fetchPart(new URL(');
      if (fresh === code) this.error('the parts of the app are fetched another way');
      return `${fresh}
async function fetchPart(url) {
  const reply = await fetch(url);
  return reply.headers.get('content-type') === 'application/wasm' ? reply : fetch(url, { cache: 'reload' });
}`;
    },
  };
}

/** Puts into the page what should load first: the theme, which blocks the paint, and the Wasm, which takes longest. */
function firstLoad() {
  return {
    name: 'assay:first-load',
    buildStart() {
      this.emitFile({ type: 'asset', name: 'theme.js', source: readFileSync('app/theme.js', 'utf8') });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const href = (name) => `/${Object.values(bundle).find((file) => file.names?.includes(name)).fileName}`;
        return [
          { tag: 'script', attrs: { src: href('theme.js') } },
          {
            tag: 'link',
            attrs: { rel: 'preload', as: 'fetch', type: 'application/wasm', crossorigin: '', href: href('app_bg.wasm') },
          },
        ];
      },
    },
  };
}

/** Puts the sample logs beside the app, for the first steps to load. */
function sampleLogs() {
  return {
    name: 'assay:sample-logs',
    buildStart() {
      const source = readFileSync('shared/samples/sample_logs.jsonl', 'utf8');
      this.emitFile({ type: 'asset', fileName: 'sample_logs.jsonl', source });
    },
  };
}
