import assert from 'node:assert/strict';
import { test } from 'node:test';
import { app, client, fresh, isBinary, refused } from './local.mjs';

const PAYLOADS = [
  'text',
  '{"looks":"like JSON"}',
  { an: ['object'] },
  ['an', { array: 1 }],
  Buffer.from([0, 1, 254, 255]),
  '漢字',
];
const CIPHER = { key: Buffer.from('conformance-key!').toString('base64') };

const dataOf = async (channel) => (await channel.history({ direction: 'forwards' })).items.map(({ data }) => data);

test('data comes back as published, in either protocol', async () => {
  const name = fresh('persisted:data');
  const channel = client().channels.get(name);
  for (const data of PAYLOADS) await channel.publish('name', data);
  assert.deepEqual(await dataOf(channel), PAYLOADS);
  assert.deepEqual(await dataOf(client({ useBinaryProtocol: !isBinary }).channels.get(name)), PAYLOADS);
});

test('encrypted data comes back as published', async () => {
  const channel = client().channels.get(fresh('persisted:secret'), { cipher: CIPHER });
  for (const data of PAYLOADS) await channel.publish('name', data);
  assert.deepEqual(await dataOf(channel), PAYLOADS);
});

test('an encoding that nobody can undo is kept', async () => {
  const channel = client().channels.get(fresh());
  await channel.publish({ name: 'name', data: '{"foo":"bar"}', encoding: 'json/utf-8' });
  const [{ data, encoding }] = (await channel.history()).items;
  assert.deepEqual([data, encoding], ['{"foo":"bar"}', 'json/utf-8']);
});

test('several messages are one publish', async () => {
  const channel = client().channels.get(fresh());
  const { serials } = await channel.publish([{ data: 'a' }, { data: 'b' }, {}]);
  const messages = (await channel.history({ direction: 'forwards' })).items;
  assert.deepEqual(messages.map(({ data }) => data), ['a', 'b', undefined]);
  assert.equal(new Set(messages.map(({ timestamp }) => timestamp)).size, 1);
  assert.equal(new Set(serials).size, 3);
});

test('an id is published once', async () => {
  const channel = client({ idempotentRestPublishing: false }).channels.get(fresh());
  const message = { name: 'name', id: 'given:0' };
  await Promise.all([channel.publish(message), channel.publish(message), channel.publish(message)]);
  assert.deepEqual((await channel.history()).items.map(({ id }) => id), ['given:0']);
});

test('ids of another form are refused together', async () => {
  const channel = client().channels.get(fresh());
  await refused(channel.publish([{ id: 'a' }, { id: 'b' }]), 400, 40031);
  assert.deepEqual(await dataOf(channel), []);
});

test('extras come back, and unknown ones are refused', async () => {
  const channel = client().channels.get(fresh('pushenabled:extras'));
  const extras = { push: { notification: { title: 't' } }, headers: { trace: '1' } };
  await channel.publish({ name: 'name', extras });
  assert.deepEqual((await channel.history()).items[0].extras, extras);
  await refused(channel.publish({ name: 'name', extras: { unknown: 1 } }), 400, 40032);
});

test('a channel may have any name', async () => {
  for (const name of ['a/b', 'persisted:a/b:c', 'what?#%', 'plus+sign', 'a blank', '漢字']) {
    const channel = client().channels.get(fresh(name));
    await channel.publish('name', name);
    assert.deepEqual(await dataOf(channel), [name]);
  }
});

test('a publish is refused where the capability ends', async () => {
  await refused(client({ key: app.keys[1].keyStr }).channels.get('listen').publish('name', 'data'), 401, 40160);
});

test('a forced refusal stores nothing', async () => {
  const channel = client().channels.get(fresh());
  await refused(channel.publish('name', 'data', { _forceNack: 'true' }), 400, 40099);
  assert.deepEqual(await dataOf(channel), []);
});

test('an identified client publishes as itself', async () => {
  for (const useTokenAuth of [false, true]) {
    const channel = client({ clientId: 'ada', useTokenAuth }).channels.get(fresh());
    await channel.publish('implied', 'data');
    await channel.publish({ name: 'explicit', clientId: 'ada' });
    assert.deepEqual((await channel.history()).items.map(({ clientId }) => clientId), ['ada', 'ada']);
  }
});

test('a token publishes as nobody else', async () => {
  for (const clientId of ['ada', undefined]) {
    const { token } = await client().auth.requestToken({ clientId });
    const channel = client({ token }).channels.get(fresh());
    await refused(channel.publish({ name: 'name', clientId: 'grace' }), 400, 40012);
    assert.deepEqual(await dataOf(channel), []);
  }
});

test('a wildcard token publishes as anybody', async () => {
  const tokenDetails = await client().auth.requestToken({ clientId: '*' });
  const channel = client({ tokenDetails }).channels.get(fresh());
  await channel.publish([{ name: 'nobody' }, { name: 'somebody', clientId: 'grace' }]);
  assert.deepEqual((await channel.history()).items.map(({ clientId }) => clientId), ['grace', undefined]);
});

test('more than the largest publish is refused', async () => {
  const channel = client({ maxMessageSize: 1_000_000 }).channels.get(fresh());
  await refused(channel.publish('name', 'x'.repeat(70_000)), 413, 40009);
});
