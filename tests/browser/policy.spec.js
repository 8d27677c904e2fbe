// The page's policy in force: what it forbids does not happen, and is heard of by the test that it happens in.

import { enter, expect, testIn } from './support.js';

const test = testIn();

/** What a page might be made to do, and the directive that forbids it. */
const BREACHES = {
  'markup out of a text': ['require-trusted-types-for', () => { document.body.innerHTML = '<b>bold</b>'; }],
  'a script in the page': ['require-trusted-types-for', () => { document.createElement('script').text = 'globalThis.ran = true'; }],
  'a script from elsewhere': ['require-trusted-types-for', () => { document.createElement('script').src = 'https://elsewhere.example/x.js'; }],
  'a handler in an attribute': ['require-trusted-types-for', () => { document.body.setAttribute('onclick', 'globalThis.ran = true'); document.body.click(); }],
  'a frame of its own words': ['require-trusted-types-for', () => { document.createElement('iframe').srcdoc = '<script>parent.ran = true</script>'; }],
  'code out of a text': ['require-trusted-types-for', () => { new Function('globalThis.ran = true')(); }],
  'a policy of its own for markup': ['trusted-types', () => { trustedTypes.createPolicy('own', { createHTML: (html) => html }); }],
  'a style in an attribute': ['style-src-attr', () => { document.body.setAttribute('style', 'color: red'); }],
  'a picture from elsewhere': ['img-src', () => { new Image().src = 'https://elsewhere.example/seen.png'; }],
  'a request to elsewhere': ['connect-src', () => { fetch('https://elsewhere.example/').catch(() => {}); }],
  'a beacon to elsewhere': ['connect-src', () => { navigator.sendBeacon('https://elsewhere.example/', 'x'); }],
  'a frame from elsewhere': ['frame-src', () => { document.body.append(Object.assign(document.createElement('iframe'), { src: 'https://elsewhere.example/' })); }],
  'a worker': ['require-trusted-types-for', () => { new Worker(URL.createObjectURL(new Blob(['']))); }],
  'a form that leads elsewhere': ['form-action', () => { const form = Object.assign(document.createElement('form'), { action: 'https://elsewhere.example/' }); document.body.append(form); form.submit(); }],
  'another base for addresses': ['base-uri', () => { document.head.append(Object.assign(document.createElement('base'), { href: 'https://elsewhere.example/' })); }],
};

test('what the policy of the page forbids does not happen, and is heard of', async ({ page, world, allow, complaints }) => {
  allow(/Content Security Policy|'?Trusted(HTML|Script|ScriptURL|Types?)'?|elsewhere\.example/);
  await enter(page, world);
  for (const [what, [directive, breach]] of Object.entries(BREACHES)) {
    await page.goto('/logs');
    await expect(page.getByRole('heading', { name: 'Logs', exact: true })).toBeVisible();
    const heard = complaints.heard.length;
    await page.evaluate(`globalThis.breach = ${breach}; 'set'`);
    const broken = await page.evaluate(() => {
      const { promise, resolve } = Promise.withResolvers();
      document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      setTimeout(resolve, 2_000, 'nothing');
      // Later, as what a test evaluates itself may evaluate anything.
      setTimeout(() => {
        try {
          globalThis.breach();
        } catch {
          // What is refused may be thrown at whoever tries.
        }
      });
      return promise;
    });
    expect.soft(broken, what).toBe(directive);
    expect.soft(await page.evaluate(() => globalThis.ran), what).toBe(undefined);
    await expect.soft.poll(() => complaints.heard.length, { message: `${what} is heard of` }).toBeGreaterThan(heard);
  }
});

test('no other site shows the app in a frame', async ({ page, world, allow }) => {
  allow(/frame-ancestors|Framing|request to http:\/\/other\.localhost/);
  const body = `<iframe src="${world.url}/logs"></iframe>`;
  await page.route('http://other.localhost/**', (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto('http://other.localhost/');
  await expect.poll(() => page.frames().at(-1).url()).toMatch(/^chrome-error:/);
});
