// The same bad, odd and cut messages over every transport: each gets the right error, the memory stays
// bounded, and a client beside it notices nothing.
import { check, equal, finish, matches, test } from '../lib/checks.mjs';
import { forgetFreedMemory, memoryKib } from '../lib/memory.mjs';
import { transports } from '../lib/transports.mjs';
import { Neighbour } from '../lib/well.mjs';

const LONG_BYTES = 10 * 1024 * 1024; // message_bytes_max is 8 MiB
const GROWTH_MAX_KIB = 96 * 1024; // a message of that size may be held a few times
const N_PIPELINED = 3000;
const DEPTH = 100000;
const STEP_BYTES = process.env.HONE_LONG === '1' ? 1 : 7; // from one cut to the next

forgetFreedMemory();

const request = (method, params) => JSON.stringify({ jsonrpc: '2.0', id: 'x', method, params });
const call = (args) => `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"weather","arguments":${args}}}`;
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

// name, message, code, text of the error, id of the answer, HTTP status.
const refused = [
  ['a_nul_byte', '{"jsonrpc":\0"2.0"}', -32700, /parse error/, null, 400],
  ['a_nul_in_a_string', call('{"text":"a\\u0000b"}'), -32700, /NUL|0000/, 'x', 400],
  ['half_a_surrogate_pair', call('{"text":"\\ud83d"}'), -32700, /parse error/, null, 400],
  ['invalid_utf8', bytes('{"jsonrpc":"2.0","id":"x","method":"p', [0xc3, 0x28], '"}'), -32700, /0xc3/, null, 400],
  ['utf8_longer_than_it_need_be', bytes('{"jsonrpc":"2.0","id":"x","method":"p', [0xc0, 0xaf], '"}'), -32700, /parse error/, null, 400],
  ['arguments_nested_deep', call(`{"text":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`), -32600, /deep|nest/, null, 400],
  ['objects_nested_deep', `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`, -32600, /deep|nest/, null, 400],
  ['duplicate_keys', call('{"text":"rain","text":"sun"}'), -32700, /duplicate/i, null, 400],
  ['a_number_too_large', call('{"text":"x","n":1e999}'), -32600, /number|real/, null, 400],
  ['an_integer_of_400_digits', call(`{"text":"x","n":${'9'.repeat(400)}}`), -32600, /number|integer/, null, 400],
  ['an_array_of_messages', `[${request('ping')}]`, -32600, /batches are not supported/, null, 400],
  ['an_array_of_nothing', '[]', -32600, /batch/, null, 400],
  ['an_unknown_method_before_initialize', request('no/such'), -32601, /not found/, 'x', 200],
  ['a_control_method', request('hone/stop'), -32601, /not found/, 'x', 200],
];

const good = bytes(call('{"text":"umbr\\u0065lla \\ud83d\\ude00 \u00e9\u20ac\u{1f600}"}'));

async function checkGood(client) {
  client.write(client.frame(good));
  equal((await client.next()).json.result?.structuredContent.label, 'rain', 'the next call');
}

function checkRefusal({ json, status }, transport, [, , code, text, id, httpStatus]) {
  equal(json.error?.code, code, `the code of ${JSON.stringify(json).slice(0, 300)}`);
  matches(json.error.message, text, 'the message');
  check(json.id === id || json.id === null, `the id is ${json.id}`);
  if (transport.http) {
    equal(status, httpStatus, 'the status');
  }
}

// A message that is too long. HTTP cannot know where the next one begins and closes.
async function checkTooLong(transport, world) {
  const client = await transport.client(world);
  client.write(client.frame(call(`{"text":"${'x'.repeat(LONG_BYTES)}"}`)));
  if (transport.http) {
    const { status, json } = await client.next();
    equal([status, json.status], [413, 413], 'the status');
    await client.closed;
  } else {
    const { json } = await client.next();
    equal(json.error?.code, -32600, 'the code');
    matches(json.error.message, /longer than 8388608 bytes/, 'the message');
    await checkGood(client);
  }
  if (!transport.one) {
    client.close();
  }
}

async function checkCuts(transport, world) {
  const client = await transport.client(world);
  const beside = world.quick;
  const all = client.frame(good);
  for (let at = 1; at < all.length; at += STEP_BYTES) {
    client.write(all.subarray(0, at));
    await beside.request('ping', {}); // by now the first part has arrived
    client.write(all.subarray(at));
    equal((await client.next()).json.result?.structuredContent.label, 'rain', `cut after ${at} bytes`);
  }
  for (let at = 0; at < all.length; at += 1) {
    client.write(all.subarray(at, at + 1));
  }
  equal((await client.next()).json.result?.structuredContent.label, 'rain', 'byte by byte');
  const many = Array.from({ length: N_PIPELINED }, (_, i) => client.frame(`{"jsonrpc":"2.0","id":"p${i}","method":"ping"}`));
  client.write(bytes(...many));
  for (let i = 0; i < N_PIPELINED; i += 1) {
    equal((await client.next()).json, { jsonrpc: '2.0', id: `p${i}`, result: {} }, 'a pipelined answer');
  }
  if (!transport.one) {
    client.close();
  }
}

async function checkBatch(transport, world) {
  const client = await transport.client(world);
  const params = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'batch', version: '1' } };
  client.write(client.frame(request('initialize', params)));
  equal((await client.next()).json.result.protocolVersion, '2025-03-26', 'the version');
  client.write(client.frame(`[${request('ping')},{"jsonrpc":"2.0","method":"notifications/initialized"},${good},7]`));
  const { json } = await client.next();
  equal(json.length, 3, 'answers');
  equal(json.map(({ error }) => error?.code ?? 0).sort(), [-32600, 0, 0], 'the codes');
  client.write(client.frame('[]'));
  equal((await client.next()).json.error?.code, -32600, 'the code of an empty one');
  if (!transport.one) {
    client.close();
  }
}

for (const transport of transports) {
  const world = await transport.start();
  const peer = await world.beside();
  world.quick = peer;
  const neighbour = new Neighbour(peer);
  const client = await transport.client(world);
  await test(`${transport.name}_an_integer_of_400_digits_as_id`, async () => {
    client.write(client.frame(`{"jsonrpc":"2.0","id":${'9'.repeat(400)},"method":"ping"}`));
    const { json } = await client.next();
    check(json.error?.code === -32600 || json.result !== undefined, JSON.stringify(json));
  });
  for (const row of refused) {
    await test(`${transport.name}_${row[0]}`, async () => {
      client.write(client.frame(row[1]));
      checkRefusal(await client.next(), transport, row);
      await checkGood(client);
    });
  }
  const before = world.pids().map(memoryKib);
  await test(`${transport.name}_ten_mebibytes`, () => checkTooLong(transport, world));
  await test(`${transport.name}_cut_anywhere_and_pipelined`, () => checkCuts(transport, world));
  await test(`${transport.name}_arrays_of_2025_03_26`, () => checkBatch(transport, world));
  await test(`${transport.name}_memory_and_the_client_beside_it`, async () => {
    await neighbour.check();
    const grown = world.pids().map((pid, i) => memoryKib(pid) - before[i]);
    console.log(`        ${neighbour.n} calls beside it, the slowest ${neighbour.slowestMs} ms; ${grown} KiB more`);
    check(Math.max(...grown) < GROWTH_MAX_KIB, `grown by ${grown} KiB`);
  });
  await world.stop();
}
finish();
