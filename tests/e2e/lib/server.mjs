// Starts hone on a temporary folder and ends it by its process id, at the latest when the script
// ends or its life is over.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Peer, connect, withTimeout } from './peer.mjs';

const LIFE_MS = process.env.HONE_LONG === '1' ? 1800000 : 300000;
const START_MS = 60000;
const STOP_MS = 30000;
const KILL_MS = 10000;

// Should a script itself be killed, the servers in the background that it leaves end soon.
export const IDLE_MS = 10000;

export const sourceFolder = process.env.HONE_SOURCE_DIR ?? path.resolve(import.meta.dirname ?? '.', '../../..');
export const buildFolder = process.env.HONE_BUILD_DIR ?? path.join(sourceFolder, 'build');
export const binary = path.join(buildFolder, 'hone');
export const testSkills = path.join(sourceFolder, 'tests/data/skills');

const folders = [];

// Every process that a word of it sets to work in a folder of ours: servers, relays, the owners that
// relays start in the background, commands.
function processesOfOurFolders() {
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return pid !== process.pid && words.some((word) => folders.some((folder) => word.includes(folder)));
    } catch {
      return false; // it has just ended
    }
  });
}

// Until there are none, for one of them may just be starting another.
function killAll() {
  const until = Date.now() + KILL_MS;
  for (let left = processesOfOurFolders(); left.length > 0 && Date.now() < until; left = processesOfOurFolders()) {
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it has just ended
      }
    }
  }
}

process.on('exit', () => {
  killAll();
  for (const folder of folders) {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.on(signal, () => process.exit(1));
}

// A new folder; at the end it is removed, and who works in it killed. Short, because sockets are made
// in it.
export function makeFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hone-e2e-'));
  folders.push(folder);
  return folder;
}

export class Server {
  constructor(child, data, startedMs) {
    this.child = child;
    this.data = data;
    this.startedMs = startedMs;
    this.log = '';
    this.exited = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        clearTimeout(this.life);
        resolve({ code, signal });
      });
    });
    this.life = setTimeout(() => child.kill('SIGKILL'), LIFE_MS);
    this.life.unref();
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text) => {
      this.log += text;
      this.onLog?.();
    });
  }

  get pid() {
    return this.child.pid;
  }

  // A control connection: every MCP method, and hone/status, hone/versions, hone/rollback.
  connect() {
    return connect(path.join(this.data, 'hone.sock'));
  }

  async kill() {
    this.child.kill('SIGKILL');
    return this.exited;
  }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    return withTimeout(this.exited, STOP_MS, 'the end of the server');
  }

  // Stops and complains unless it ended well: exit code 0 and no sanitizer's report.
  async stopWell() {
    const { code, signal } = await this.stop();
    if (code !== 0) {
      throw new Error(`the server ended with ${code ?? signal}\n${this.log}`);
    }
  }

  // The line that says where it serves, which it prints when it is ready.
  ready() {
    const line = new Promise((resolve, reject) => {
      const look = () => {
        const found = /^hone \d[^\n]*\n/m.exec(this.log);
        if (found !== null) {
          this.onLog = undefined;
          this.readyMs = Date.now() - this.startedMs;
          this.url = /MCP at (http:\S+?)(,|\s)/.exec(found[0])?.[1];
          this.port = this.url === undefined ? undefined : Number(new URL(this.url).port);
          resolve(found[0]);
        }
      };
      this.onLog = look;
      look();
      this.exited.then(({ code, signal }) =>
        reject(new Error(`the server ended with ${code ?? signal} before it was ready\n${this.log}`)));
    });
    return withTimeout(line, START_MS, `the server's start\n${this.log}`);
  }
}

// Starts a server without waiting for it. options: data, skills (folders), args, stdio (MCP over
// its pipes, in the one process), http (false: not on TCP), program (another than hone), wrap (words
// before the program's name), env.
export function launch(options = {}) {
  const data = options.data ?? path.join(makeFolder(), 'data');
  const words = [options.program ?? binary, 'serve', '--data', data];
  for (const folder of options.skills ?? [testSkills]) {
    words.push('--skills', folder);
  }
  if (options.stdio) {
    words.push('--stdio', '--standalone');
  } else if (options.http !== false) {
    words.push('--http', '127.0.0.1:0');
  }
  words.push(...(options.args ?? []));
  const all = [...(options.wrap ?? []), ...words];
  const startedMs = Date.now();
  const child = spawn(all[0], all.slice(1), {
    stdio: [options.stdio ? 'pipe' : 'ignore', options.stdio ? 'pipe' : 'ignore', 'pipe'],
    cwd: os.tmpdir(),
    env: { ...process.env, OPENBLAS_NUM_THREADS: '1', ...options.env },
  });
  child.on('error', (error) => {
    console.error(`cannot start ${all[0]}: ${error.message}; build it, or name the build folder in HONE_BUILD_DIR`);
    process.exit(1);
  });
  const server = new Server(child, data, startedMs);
  if (options.stdio) {
    server.peer = new Peer(child.stdout, child.stdin);
  }
  return server;
}

export async function start(options) {
  const server = launch(options);
  await server.ready();
  return server;
}

// For servers that should refuse to start: exit code and what they said.
export async function startFailing(options) {
  const server = launch(options);
  const { code, signal } = await withTimeout(server.exited, START_MS, 'the refusal');
  return { code, signal, log: server.log };
}
