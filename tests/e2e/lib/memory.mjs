// What a process takes of the machine's memory.
import fs from 'node:fs';

export const memoryKib = (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

// A sanitizer keeps freed memory for a while; for processes started after this it must not look like
// ours.
export function forgetFreedMemory() {
  process.env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=1`;
  process.env.TSAN_OPTIONS = `${process.env.TSAN_OPTIONS ?? ''}:flush_memory_ms=1000`;
}
