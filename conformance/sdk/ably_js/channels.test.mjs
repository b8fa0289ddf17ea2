import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh, pages } from './local.mjs';

test('a channel tells its status', async () => {
  const { channelId, status } = await client().channels.get('persisted:members').status();
  assert.deepEqual([channelId, status.isActive], ['persisted:members', true]);
  const { metrics } = status.occupancy;
  assert.deepEqual([metrics.connections, metrics.publishers, metrics.presenceMembers], [0, 0, 4]);
  assert.ok(Object.values(metrics).every(Number.isInteger));
});

test('channels are enumerated', async () => {
  const rest = client();
  const prefix = fresh('listed');
  const names = [`${prefix}:0`, `${prefix}:1`, `${prefix}:2`];
  for (const name of names) await rest.channels.get(name).publish('name', 'data');
  const first = await rest.request('get', '/channels', 3, { prefix, limit: 2 });
  assert.deepEqual((await pages(first)).flat(), names);
  const { items } = await rest.request('get', '/channels', 3, { prefix, by: 'value' });
  assert.deepEqual(items.map(({ channelId }) => channelId), names);
});
