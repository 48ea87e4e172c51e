// Event streams as a client reads them, event by event, and cuts them off when it likes.
import http from 'node:http';
import { withTimeout } from './peer.mjs';

const EVENT_MS = 30000;

function parseEvent(block) {
  const event = { comments: [] };
  for (const line of block.split('\n')) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (name === '') {
      event.comments.push(value);
    } else if (name === 'data') {
      event.data = (event.data === undefined ? '' : `${event.data}\n`) + value;
    } else {
      event[name] = value;
    }
  }
  event.message = event.data ? JSON.parse(event.data) : undefined;
  return event;
}

export class EventStream {
  constructor(request, response) {
    this.request = request;
    this.response = response;
    this.status = response.statusCode;
    this.headers = response.headers;
    this.events = [];
    this.readers = [];
    this.body = '';
    this.ended = false;
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (text) => {
      this.body += text;
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop();
      if (this.headers['content-type'] === 'text/event-stream') {
        blocks.forEach((block) => this.#take(parseEvent(block)));
      }
    });
    response.on('error', () => {});
    this.end = new Promise((resolve) => response.on('close', () => {
      this.ended = true;
      this.readers.splice(0).forEach((reader) => reader(undefined));
      resolve();
    }));
  }

  #take(event) {
    const reader = this.readers.shift();
    if (reader === undefined) {
      this.events.push(event);
    } else {
      reader(event);
    }
  }

  // The next event or comment; undefined at the end.
  next() {
    if (this.events.length > 0 || this.ended) {
      return Promise.resolve(this.events.shift());
    }
    return withTimeout(new Promise((resolve) => this.readers.push(resolve)), EVENT_MS, 'an event');
  }

  // The next one that carries a message.
  async message() {
    for (;;) {
      const event = await this.next();
      if (event === undefined || event.message !== undefined) {
        return event;
      }
    }
  }

  async rest() {
    const all = [];
    for (let event = await this.message(); event !== undefined; event = await this.message()) {
      all.push(event);
    }
    return all;
  }

  // As when the network breaks.
  cut() {
    this.request.destroy();
  }
}

// Sends a request and resolves with its answer, of which the body may still be to come.
export function openStream(port, { method = 'GET', headers = {}, body } = {}) {
  const answer = new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', path: '/mcp', method, agent: false,
      headers: { Accept: 'application/json, text/event-stream', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers } });
    request.on('response', (response) => resolve(new EventStream(request, response)));
    request.on('error', reject);
    request.end(body);
  });
  return withTimeout(answer, EVENT_MS, 'the head of an answer');
}
