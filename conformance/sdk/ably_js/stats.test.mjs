import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { app, call, client, fresh, pages } from './local.mjs';

const year = new Date().getUTCFullYear() - 1;
const minute = (number) => `${year}-02-03:15:0${number}`;
const count = ({ entries }) => entries['messages.inbound.realtime.all.count'];

before(async () => {
  const records = [3, 4, 5].map((number) => ({
    intervalId: minute(number),
    inbound: { realtime: { messages: { count: number * 10, data: 1000 } } },
    connections: { tls: { peak: number, opened: 1 } },
  }));
  assert.equal((await call('POST', '/stats', records)).status, 201);
});

for (const [direction, expected] of [
  ['backwards', [50, 40, 30]],
  ['forwards', [30, 40, 50]],
]) {
  test(`statistics are read minute by minute, ${direction}`, async () => {
    const first = await client().stats({ end: minute(5), direction, limit: 1 });
    assert.deepEqual((await pages(first)).flat().map(count), expected);
    assert.deepEqual((await (await first.next()).first()).items.map(count), expected.slice(0, 1));
  });
}

test('a time is a name of a minute, or milliseconds', async () => {
  const named = { start: minute(4), end: minute(5), direction: 'forwards' };
  const counted = { ...named, start: Date.UTC(year, 1, 3, 15, 4), end: Date.UTC(year, 1, 3, 15, 5) };
  for (const bounds of [named, counted]) {
    assert.deepEqual((await client().stats(bounds)).items.map(count), [40, 50]);
  }
});

test('statistics are summed', async () => {
  for (const [unit, of] of [
    ['hour', { start: `${year}-02-03:15`, end: `${year}-02-03:18`, by: 'hour' }],
    ['day', { start: minute(5), end: minute(5), unit: 'day' }],
    ['month', { start: minute(5), end: minute(5), unit: 'month' }],
  ]) {
    const { items } = await client().stats(of);
    assert.deepEqual(items.map(count), [120], unit);
    assert.equal(items[0].entries['connections.all.peak'], 5);
  }
});

test('statistics count what happens', async () => {
  await client().channels.get(fresh()).publish('name', 'data');
  const [item] = (await client().stats({ unit: 'month', limit: 1 })).items;
  assert.ok(item.entries['messages.inbound.rest.messages.count'] >= 1);
  assert.equal(item.appId, app.appId);
  assert.ok(item.inProgress && item.schema && item.intervalId);
});
