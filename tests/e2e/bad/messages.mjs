// Bad messages on a byte stream: each gets a clear error, and nobody else notices.
import { check, equal, finish, matches, test } from '../lib/checks.mjs';
import { start } from '../lib/server.mjs';
import { checkServes } from '../lib/well.mjs';

const MIB = 1024 * 1024;
const server = await start({ args: ['--message-bytes-max', String(2 * MIB)] });

// A peer of its own for each test, and a look at the server after it.
function badMessage(name, body) {
  return test(name, async () => {
    const peer = await server.connect();
    await body(peer);
    peer.close();
    await checkServes(server);
  });
}

// Sends bytes as one line and wants an error with this code, cause and id; the same connection
// must go on working.
async function refused(peer, line, code, message, id = null) {
  peer.sendText(Buffer.concat([Buffer.from(line), Buffer.from('\n')]));
  const answer = await peer.next();
  equal([answer.error?.code, answer.id], [code, id], 'the error code and id');
  matches(answer.error.message, message, 'the error');
  equal((await peer.tool('weather', { text: 'umbrella' })).structuredContent.label, 'rain',
    'the next call on this connection');
}

async function toolError(peer, name, args, message) {
  const result = await peer.tool(name, args);
  equal(result.isError, true, 'isError');
  check(!('structuredContent' in result), 'an error has no structuredContent');
  matches(result.content[0].text, message, 'the text');
  return result;
}

const call = (args) => `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"weather","arguments":${args}}}`;

await badMessage('malformed_json', (peer) =>
  refused(peer, '{"jsonrpc":"2.0","id":1,"method":', -32700, /parse error: .*(line|column) \d/));
await badMessage('text_that_is_no_json', (peer) => refused(peer, 'hello', -32700, /parse error/));
await badMessage('something_behind_the_value', (peer) =>
  refused(peer, '{"jsonrpc":"2.0","id":1,"method":"ping"} {}', -32700, /parse error/));
await badMessage('batch_array', (peer) =>
  refused(peer, '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, /batches are not supported, send one message/));
await badMessage('a_number_as_message', (peer) => refused(peer, '17', -32600, /a message is a JSON object/));
await badMessage('null_id', (peer) =>
  refused(peer, '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, /id must be a string or an integer/));
await badMessage('fractional_id', (peer) =>
  refused(peer, '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, /id must be a string or an integer/));
await badMessage('wrong_jsonrpc_version', (peer) =>
  refused(peer, '{"jsonrpc":"1.0","id":"v","method":"ping"}', -32600, /jsonrpc must be "2.0"/, 'v'));
await badMessage('method_of_wrong_type', (peer) =>
  refused(peer, '{"jsonrpc":"2.0","id":"m","method":7}', -32600, /method must be a string/, 'm'));
await badMessage('params_of_wrong_type', (peer) =>
  refused(peer, '{"jsonrpc":"2.0","id":"p","method":"tools/call","params":[1]}', -32602, /params must be an object/, 'p'));
await badMessage('arguments_of_wrong_type', (peer) => refused(peer, call('["rain"]'), -32602, /arguments must be an object/, 'x'));
await badMessage('unknown_method', (peer) =>
  refused(peer, '{"jsonrpc":"2.0","id":"u","method":"tools/cal"}', -32601, /unknown method|method not found/, 'u'));
await badMessage('unknown_tool', (peer) =>
  refused(peer, '{"jsonrpc":"2.0","id":"t","method":"tools/call","params":{"name":"wether"}}', -32602, /unknown tool: wether; did you mean weather/, 't'));
await badMessage('duplicate_keys', (peer) => refused(peer, call('{"text":"rain","text":"sun"}'), -32700, /duplicate/i));
await badMessage('invalid_utf8', (peer) =>
  refused(peer, Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"weather","arguments":{"text":"'),
    Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}}}')]), -32700, /decode byte 0xc3/));
await badMessage('nul_in_a_string', (peer) => refused(peer, call('{"text":"a\\u0000b"}'), -32700, /NUL|0000/, 'x'));
await badMessage('nul_byte_between_tokens', (peer) => refused(peer, '{"jsonrpc":\0"2.0"}', -32700, /parse error/));
await badMessage('deep_nesting', (peer) =>
  refused(peer, call(`{"text":${'['.repeat(100000)}${']'.repeat(100000)}}`), -32600, /deep|nest/));
await badMessage('a_number_that_does_not_fit', (peer) => refused(peer, call('{"text":"x","n":1e999}'), -32600, /number|real/));
await badMessage('message_over_the_limit', (peer) =>
  refused(peer, call(`{"text":"${'x'.repeat(3 * MIB)}"}`), -32600, new RegExp(`longer than ${2 * MIB} bytes`)));

await badMessage('argument_of_wrong_type', (peer) => toolError(peer, 'weather', { text: 5 }, /\/text: expected a string, got 5/));
await badMessage('argument_missing', (peer) => toolError(peer, 'weather', {}, /text/));
await badMessage('argument_misspelt', (peer) => toolError(peer, 'weather', { text: 'x', txet: 'y' }, /txet.*text/s));
await badMessage('number_as_text_in_a_typed_field', (peer) =>
  toolError(peer, 'full', { message: 'late', amount: 'ten' }, /\/amount: expected a number/));

await badMessage('empty_text_is_answered', async (peer) => {
  const { structuredContent: answer } = await peer.tool('weather', { text: '' });
  check(['sun', 'rain', 'snow'].includes(answer.label), `a label of the skill, not ${answer.label}`);
});
await badMessage('one_megabyte_of_text_is_answered', async (peer) => {
  const { structuredContent: answer } = await peer.tool('weather', { text: 'umbrella showers '.repeat(61681) });
  equal(answer.label, 'rain', 'the label of a long text');
  const given = await peer.tool('feedback', { call_id: answer.call_id, label: 'rain', wait: 'learned' });
  equal(given.structuredContent?.learned, true, 'feedback on a text that was cut');
});
await badMessage('unfinished_line_at_disconnect', async (peer) => {
  peer.sendText('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"na');
});
await badMessage('peer_that_leaves_before_the_answer', async (peer) => {
  const { structuredContent: answer } = await peer.tool('weather', { text: 'frost' });
  peer.sendLine(JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'tools/call',
    params: { name: 'feedback', arguments: { call_id: answer.call_id, label: 'snow', wait: 'learned' } } }));
});

await test('the_server_ends_well_after_all_this', () => server.stopWell());
finish();
