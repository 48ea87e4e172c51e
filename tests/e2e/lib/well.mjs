// What must hold after anything that anybody did: a client that behaves gets right answers.
import { check, equal } from './checks.mjs';
import { tool } from './http.mjs';

const questions = [
  ['weather', { text: 'showers, take an umbrella' }, 'rain'],
  ['weather', { text: 'clear sky and warm' }, 'sun'],
];

function judge(result, label, transport) {
  check(result.isError !== true, `a good call over ${transport} failed: ${result.content[0].text}`);
  equal(result.structuredContent.label, label, `a good call over ${transport}`);
}

export async function checkServes(server) {
  const peer = await server.connect();
  for (const [name, args, label] of questions) {
    judge(await peer.tool(name, args), label, 'the socket');
    if (server.port !== undefined) {
      judge(await tool(server.port, name, args), label, 'HTTP');
    }
  }
  peer.close();
}
