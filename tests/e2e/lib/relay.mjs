// Clients that start `hone serve --stdio`, and the owner that those relays share.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Peer, withTimeout } from './peer.mjs';
import { IDLE_MS, binary, makeFolder, testSkills } from './server.mjs';

const END_MS = 60000;
const LIFE_MS = 300000;

// Processes of owners, found by their arguments.
export function owners(data) {
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.includes('--background') && words.includes(`--data=${data}`);
    } catch {
      return false; // it has just ended
    }
  }).map(Number);
}

// Resolves when a process that need not be a child of ours has ended.
export function processEnd(pid) {
  const tail = spawn('tail', ['--pid', String(pid), '-s', '0.02', '-f', '/dev/null'], { stdio: 'ignore' });
  return withTimeout(new Promise((resolve) => tail.on('exit', resolve)), END_MS, `the end of process ${pid}`)
    .finally(() => tail.kill());
}

// The pid of the process that holds the data folder.
export const holder = (data) => Number(fs.readFileSync(path.join(data, 'LOCK'), 'utf8'));

export function newData() {
  return path.join(makeFolder(), 'data');
}

// For relays whose client closes stdin while answers are on their way: a loaded machine may take its
// time for each.
export const lasting = ['--stdin-end-wait-ms', String(END_MS)];

export function words({ data, skills = [testSkills], idleMs = IDLE_MS, args = [] }) {
  return ['serve', '--stdio', '--data', data, '--idle-timeout-ms', String(idleMs),
    ...skills.flatMap((folder) => ['--skills', folder]), ...args];
}

// A relay with its pipes. options: data, skills, idleMs, args, program, silent (stdout is not read).
export class Relay {
  constructor(options) {
    this.data = options.data;
    this.log = '';
    this.child = spawn(options.program ?? binary, words(options),
      { cwd: os.tmpdir(), env: { ...process.env, OPENBLAS_NUM_THREADS: '1' } });
    this.life = setTimeout(() => this.child.kill('SIGKILL'), LIFE_MS);
    this.life.unref();
    this.child.stderr.setEncoding('utf8');
    this.child.stderr.on('data', (text) => { this.log += text; });
    this.child.stdin.on('error', () => {});
    this.exited = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        clearTimeout(this.life);
        resolve({ code, signal });
      });
    });
    if (!options.silent) {
      this.peer = new Peer(this.child.stdout, this.child.stdin);
    }
  }

  tool(name, args) {
    return this.peer.tool(name, args);
  }

  // How it ended.
  async end(how) {
    how(this.child);
    return withTimeout(this.exited, END_MS, `the end of the relay\n${this.log}`);
  }

  close() {
    return this.end((child) => child.stdin.end());
  }
}

// Runs a command; its exit code and words.
export function run(args) {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (part) => { text += part; });
  }
  const ended = new Promise((resolve) => child.on('close', (code) => resolve({ code, text })));
  return withTimeout(ended, END_MS, args[0]);
}
