// Bad HTTP: refused with the right status and a reason, and everybody else is still served.
import net from 'node:net';
import { check, equal, finish, matches, test } from '../lib/checks.mjs';
import { exchange, post, request, tool } from '../lib/http.mjs';
import { withTimeout } from '../lib/peer.mjs';
import { start } from '../lib/server.mjs';
import { checkServes } from '../lib/well.mjs';

const MIB = 1024 * 1024;
const server = await start({ args: ['--message-bytes-max', String(MIB), '--request-timeout-ms', '1000'] });
const { port } = server;
const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

function badHttp(name, body) {
  return test(name, async () => {
    await body();
    await checkServes(server);
  });
}

// Wants this status with a problem document whose detail says why.
function refusedWith(answer, status, detail) {
  equal(answer.status, status, 'the status');
  equal(answer.headers['content-type'], 'application/problem+json', 'the type');
  const problem = JSON.parse(answer.body);
  equal(problem.status, status, 'the status in the body');
  matches(problem.detail, detail, 'the detail');
  return problem;
}

const head = (...lines) => `${['POST /mcp HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Content-Type: application/json', ...lines].join('\r\n')}\r\n\r\n`;

// Wants an error and that the connection is closed with nothing more said.
async function refusedAndClosed(bytes, statuses) {
  const answer = await exchange(port, bytes, { untilClosed: true });
  check(statuses.includes(answer.status), `status ${answer.status}, wanted one of ${statuses}`);
  equal(answer.rest.toString(), '', 'what came behind the refusal');
}

// All that comes on one connection until the server closes it.
function everything(bytes) {
  const text = new Promise((resolve) => {
    let received = '';
    const socket = net.createConnection(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1');
    socket.on('data', (part) => { received += part; });
    socket.on('close', () => resolve(received));
    socket.on('error', () => {});
  });
  return withTimeout(text, 30000, 'the end of the connection');
}

await badHttp('wrong_path', async () => {
  const problem = refusedWith(await request(port, { path: '/mpc', body: ping }), 404, /nothing at this path/);
  matches(problem.hint, /\/mcp/, 'the hint');
});
await badHttp('oauth_metadata_is_a_clean_404', async () =>
  refusedWith(await request(port, { method: 'GET', path: '/.well-known/oauth-protected-resource/mcp' }), 404, /nothing/));
await badHttp('wrong_method', async () => {
  for (const method of ['GET', 'DELETE', 'PUT']) {
    const answer = await request(port, { method });
    refusedWith(answer, 405, /another method/);
    equal(answer.headers.allow, method === 'GET' || method === 'DELETE' ? 'POST' : 'GET, POST, DELETE', 'the Allow header');
  }
  const answer = await request(port, { path: '/healthz', body: '{}' });
  refusedWith(answer, 405, /another method/);
  equal(answer.headers.allow, 'GET', 'the Allow header');
  check(!('allow' in (await request(port, { body: ping })).headers), 'an Allow header where nothing is refused');
});
await badHttp('an_answer_to_HEAD_has_no_body', async () => {
  const heads = ['/healthz', '/mcp', '/nowhere'].map((path) => `HEAD ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const last = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const text = await everything(heads.join('') + last);
  const answers = text.split(/(?=HTTP\/1\.1 )/);
  equal(answers.length, 4, `answers in ${text}`);
  for (const answer of answers.slice(0, 3)) {
    matches(answer, /^HTTP\/1\.1 \d{3} [^]*\r\n\r\n$/, 'an answer that is only a head');
    matches(answer, /content-length: [1-9]/i, 'the length that the body would have');
  }
  matches(answers[3], /^HTTP\/1\.1 200 [^]*\r\n\r\nok\n$/, 'the answer behind them');
});
await badHttp('wrong_content_type', async () => {
  refusedWith(await request(port, { headers: { 'Content-Type': 'text/plain' }, body: ping }), 415, /application\/json/);
  refusedWith(await request(port, { headers: { 'Content-Type': 'application/jsonp' }, body: ping }), 415, /application\/json/);
  refusedWith(await request(port, { headers: { 'Content-Type': undefined }, body: ping }), 415, /application\/json/);
});
await badHttp('foreign_origin', async () => {
  for (const origin of ['https://evil.example.com', 'null', 'http://127.0.0.1.evil.example.com', 'file://']) {
    refusedWith(await request(port, { headers: { Origin: origin }, body: ping }), 403, /Origin/);
  }
  equal((await request(port, { headers: { Origin: `http://localhost:${port}` }, body: ping })).status, 200, 'a local origin');
});
await badHttp('foreign_host', async () => {
  for (const host of ['evil.example.com', `evil.example.com:${port}`, 'localhost.evil.example.com', '192.168.0.1']) {
    refusedWith(await request(port, { headers: { Host: host }, body: ping }), 403, /Host/);
  }
  for (const host of ['localhost', `LOCALHOST:${port}`, `[::1]:${port}`]) {
    equal((await request(port, { headers: { Host: host }, body: ping })).status, 200, `Host ${host}`);
  }
});
await badHttp('oversized_body_by_its_length', () =>
  refusedAndClosed(head(`Content-Length: ${MIB + 1}`), [413]));
await badHttp('oversized_body_in_chunks', () =>
  refusedAndClosed(`${head('Transfer-Encoding: chunked')}${`10000\r\n${'x'.repeat(65536)}\r\n`.repeat(17)}0\r\n\r\n`, [413]));
await badHttp('oversized_header', () => refusedAndClosed(head(`X-Long: ${'x'.repeat(40000)}`), [431]));
await badHttp('two_lengths', () =>
  refusedAndClosed(`${head('Content-Length: 40', 'Transfer-Encoding: chunked')}0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`, [400]));
await badHttp('content_length_twice', () => refusedAndClosed(`${head('Content-Length: 40', 'Content-Length: 0')}${ping}`, [400]));
await badHttp('content_length_that_is_no_number', async () => {
  for (const value of ['+40', '-1', '0x28', '40,40', '4 0', '99999999999999999999999']) {
    await refusedAndClosed(`${head(`Content-Length: ${value}`)}${ping}`, [400, 413]);
  }
});
await badHttp('unknown_transfer_coding', () => refusedAndClosed(`${head('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`, [400, 501]));
await badHttp('folded_header_and_space_before_the_colon', async () => {
  await refusedAndClosed(`${head('X-A: b\r\n c', 'Content-Length: 40')}${ping}`, [400]);
  await refusedAndClosed(`${head('Content-Length : 40')}${ping}`, [400]);
});
await badHttp('bad_chunk_size', () => refusedAndClosed(`${head('Transfer-Encoding: chunked')}zz\r\n`, [400]));
await badHttp('old_and_unknown_http_versions', async () => {
  await refusedAndClosed('GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n', [505, 400]);
  await refusedAndClosed('hello\r\n\r\n', [400]);
});
await badHttp('tls_to_a_plain_port', () => refusedAndClosed(Buffer.from('16030100c8010000c40303\r\n\r\n', 'latin1'), [400]));
await badHttp('malformed_json_body', async () => {
  const answer = await request(port, { body: '{"jsonrpc":' });
  equal([answer.status, JSON.parse(answer.body).error.code], [400, -32700], 'the status and the code');
  refusedWith(await request(port, { path: '/api/v1/feedback', body: '{"call_id":' }), 400, /line|column|end/);
  refusedWith(await request(port, { path: '/api/v1/feedback', body: '"rain"' }), 400, /object or an array/);
});
await badHttp('empty_array', async () => {
  equal((await request(port, { body: '[]' })).status, 400, 'the status of no messages');
  refusedWith(await request(port, { path: '/api/v1/feedback', body: '[]' }), 400, /has no feedback/);
});
await badHttp('empty_body', async () => equal((await request(port, {})).status, 400, 'the status'));
await badHttp('idempotency_key_conflict', async () => {
  const id = (await tool(port, 'weather', { text: 'drizzle' })).structuredContent.call_id;
  const key = { 'Idempotency-Key': 'once' };
  const first = await post(port, '/api/v1/feedback', { call_id: id, label: 'rain' }, key);
  const again = await post(port, '/api/v1/feedback', { call_id: id, label: 'rain' }, key);
  equal([first.status, first.json.status, again.status, again.json.status], [200, 'stored', 200, 'duplicate'], 'the same twice');
  equal(again.json.feedback_id, first.json.feedback_id, 'the id');
  const other = await request(port, { path: '/api/v1/feedback', headers: key, body: JSON.stringify({ call_id: id, label: 'sun' }) });
  equal(refusedWith(other, 409, /key was used/).code, 'exists', 'the code');
});
await badHttp('single_feedback_statuses', async () => {
  const unknown = { call_id: '01990000-0000-7000-8000-000000000000', label: 'rain' };
  equal(refusedWith(await request(port, { path: '/api/v1/feedback', body: JSON.stringify(unknown) }), 404, /unknown/).code, 'not_found', 'the code');
  equal(refusedWith(await request(port, { path: '/api/v1/feedback', body: '{"label":"rain"}' }), 400, /call_id/).code, 'invalid', 'the code');
});
await badHttp('array_of_1001_feedbacks', async () => {
  const body = JSON.stringify(Array.from({ length: 1001 }, () => ({ call_id: '01990000-0000-7000-8000-000000000000', label: 'rain' })));
  refusedWith(await request(port, { path: '/api/v1/feedback', body }), 413, /up to 1000/);
});
await badHttp('array_of_1000_feedbacks_is_taken', async () => {
  const id = (await tool(port, 'weather', { text: 'hail' })).structuredContent.call_id;
  const { status, json } = await post(port, '/api/v1/feedback',
    Array.from({ length: 1000 }, (_, i) => ({ call_id: id, comment: `remark ${i}` })));
  equal([status, json.results.filter((result) => result.status === 'stored').length], [200, 1000], 'the stored ones');
});
await badHttp('disconnect_in_the_head_and_in_the_body', async () => {
  for (const bytes of ['POST /mcp HT', head('Content-Length: 400') + ping]) {
    await new Promise((resolve) => {
      const socket = net.createConnection(port, '127.0.0.1', () => socket.end(bytes, resolve));
      socket.on('error', resolve);
      socket.resume();
    });
  }
});
await badHttp('reset_while_a_feedback_is_answered', async () => {
  const id = (await tool(port, 'weather', { text: 'sleet' })).structuredContent.call_id;
  const body = JSON.stringify({ call_id: id, label: 'snow', wait: 'learned', idempotency_key: 'reset', source: 'test' });
  await new Promise((resolve) => {
    const socket = net.createConnection(port, '127.0.0.1', () => {
      socket.write(`POST /api/v1/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`, () => {
        socket.resetAndDestroy();
        resolve();
      });
    });
    socket.on('error', resolve);
  });
  const again = await post(port, '/api/v1/feedback', JSON.parse(body));
  equal([again.status, again.json.learned], [200, true], 'the same feedback sent again');
});
await badHttp('request_that_never_ends_is_closed', async () => {
  const closed = new Promise((resolve) => {
    const socket = net.createConnection(port, '127.0.0.1', () => socket.write(head('Content-Length: 400')));
    socket.on('close', resolve);
    socket.on('error', () => {});
    socket.resume();
  });
  await closed; // the script's own limit is the test's
});
await badHttp('pipelined_requests_are_answered_in_order', async () => {
  const one = (id) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' });
    return `${head(`Content-Length: ${body.length}`)}${body}`;
  };
  const last = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  const { body, rest } = await exchange(port, one(1) + one(2) + last, { untilClosed: true });
  equal(JSON.parse(body).id, 1, 'the first answer');
  matches(rest.toString(), /"id":2.*HTTP\/1\.1 200.*ok\n$/s, 'the other answers');
});

await test('the_server_ends_well_after_all_this', () => server.stopWell());
finish();
