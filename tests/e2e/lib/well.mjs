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

const SLOW_MS = 5000; // generous: sanitizers, and a machine with other work

// Asks one thing after the other while something happens beside it.
export class Neighbour {
  constructor(peer) {
    this.peer = peer;
    this.n = 0;
    this.slowestMs = 0;
    this.running = true;
    this.work = this.#ask();
    this.work.catch(() => {}); // is looked at in the end
  }

  async #ask() {
    for (; this.running; this.n += 1) {
      const [name, args, label] = questions[this.n % questions.length];
      const began = Date.now();
      judge(await this.peer.tool(name, args), label, 'a connection beside it');
      this.slowestMs = Math.max(this.slowestMs, Date.now() - began);
    }
  }

  // Wants that nothing was noticed.
  async check() {
    this.running = false;
    await this.work;
    check(this.n > 0, 'the client beside it was not answered');
    check(this.slowestMs < SLOW_MS, `the client beside it waited ${this.slowestMs} ms`);
  }
}
