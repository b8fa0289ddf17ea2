import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { client, fresh, pages } from './local.mjs';

const channel = client().channels.get(fresh('persisted:seven'));
const text = (items) => items.map(({ data }) => data).join('');

before(async () => {
  for (const data of '0123456') await channel.publish('name', data);
});

for (const [direction, expected] of [
  ['backwards', ['654', '321', '0']],
  ['forwards', ['012', '345', '6']],
]) {
  test(`history is read page by page, ${direction}`, async () => {
    const first = await channel.history({ direction, limit: 3 });
    assert.deepEqual((await pages(first)).map(text), expected);
    const second = await first.next();
    assert.equal(text((await second.first()).items), expected[0]);
    assert.equal(text((await second.current()).items), expected[1]);
    assert.ok(second.hasNext() && !second.isLast());
  });
}

test('the last page says so also when it is full', async () => {
  const page = await channel.history({ limit: 7 });
  assert.ok(page.isLast());
  assert.equal(await page.next(), null);
});

test('the bounds are inclusive', async () => {
  const times = (await channel.history({ direction: 'forwards' })).items.map(({ timestamp }) => timestamp);
  const [start, end] = [times[2], times[4]];
  const expected = times.flatMap((time, index) => (start <= time && time <= end ? [String(index)] : []));
  assert.equal(text((await channel.history({ direction: 'forwards', start, end })).items), expected.join(''));
});

test('an empty channel has no history', async () => {
  const page = await client().channels.get(fresh()).history();
  assert.deepEqual(page.items, []);
  assert.ok(page.isLast());
});
