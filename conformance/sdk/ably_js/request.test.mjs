import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh, isBinary, pages } from './local.mjs';

test('request answers in the protocol of the client', async () => {
  const { statusCode, success, items, headers } = await client().request('get', '/time', 3);
  assert.deepEqual([statusCode, success, items.length], [200, true, 1]);
  assert.equal(headers['content-type'], isBinary ? 'application/x-msgpack' : 'application/json');
});

test('request tells of a refusal', async () => {
  for (const [target, params, status, code] of [
    ['/keys/some.key/requestToken', {}, 404, 40400],
    ['/nowhere', {}, 404, 40400],
    ['/channels/c/messages', { limit: 'abc' }, 400, 40003],
  ]) {
    const { success, statusCode, errorCode, errorMessage } = await client().request('get', target, 3, params);
    assert.deepEqual([success, statusCode, errorCode], [false, status, code]);
    assert.ok(errorMessage);
  }
});

test('request publishes and reads', async () => {
  const rest = client();
  const target = `/channels/${fresh()}/messages`;
  for (const data of ['0', '1']) {
    const made = await rest.request('post', target, 3, null, { name: 'name', data });
    assert.deepEqual([made.statusCode, made.items.length, made.errorCode], [201, 1, null]);
  }
  const first = await rest.request('get', target, 3, { limit: 1, direction: 'forwards' });
  assert.deepEqual((await pages(first)).flat().map(({ data }) => data), ['0', '1']);
});

test('request puts, patches and deletes', async () => {
  const rest = client();
  const id = fresh('device');
  const target = `/push/deviceRegistrations/${id}`;
  const push = { recipient: { transportType: 'fcm', registrationToken: 'token' } };
  const put = await rest.request('put', target, 3, {}, { id, platform: 'ios', formFactor: 'phone', push });
  assert.deepEqual([put.statusCode, put.items[0].platform], [200, 'ios']);
  const patched = await rest.request('patch', target, 3, {}, { metadata: { colour: 'red' } });
  assert.deepEqual([patched.statusCode, patched.items[0].metadata], [200, { colour: 'red' }]);
  const deleted = await rest.request('delete', target, 3);
  assert.deepEqual([deleted.statusCode, deleted.items], [204, []]);
});
