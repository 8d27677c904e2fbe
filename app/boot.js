// Starts the app. A file of its own, since the page's policy lets no inline script run.
import init from 'wasm/app.js';

await init();
