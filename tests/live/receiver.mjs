// Who is told by webhooks: a server on this machine.

import { once } from 'node:events';
import { createServer } from 'node:http';

/** Starts a server that keeps what it is sent and answers with the statuses that it is told, the last one for ever. */
export async function startReceiver() {
  const letters = [];
  const script = [200];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    letters.push({ method, url, headers, text: Buffer.concat(chunks).toString() });
    const status = script.length > 1 ? script.shift() : script[0];
    response.writeHead(status, { location: '/elsewhere' }).end('not read by anybody');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    letters,
    url: `http://127.0.0.1:${server.address().port}/hook?team=1`,
    answers: (...statuses) => script.splice(0, script.length, ...statuses),
    close: () => server.close(),
  };
}
