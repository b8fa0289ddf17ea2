import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh, pages } from './local.mjs';

const cipher = { key: Buffer.from('conformance-key!').toString('base64') };
const presence = () => client().channels.get('persisted:members', { cipher }).presence;

test('the members of the fixture are present', async () => {
  const { items } = await presence().get();
  assert.deepEqual(Object.fromEntries(items.map(({ clientId, data }) => [clientId, data])), {
    ada: 'in the library',
    grace: { at: 'sea' },
    joan: Buffer.from([0, 1, 2, 255]),
    alan: 'bletchley',
  });
  assert.deepEqual([...new Set(items.map(({ action }) => action))], ['present']);
});

test('members are filtered and read page by page', async () => {
  const [{ connectionId }] = (await presence().get({ clientId: 'joan' })).items;
  assert.equal((await presence().get({ connectionId })).items.length, 4);
  assert.deepEqual((await presence().get({ connectionId: 'unknown' })).items, []);
  assert.deepEqual((await pages(await presence().get({ limit: 2 }))).map(({ length }) => length), [2, 2]);
});

test('the presence history has their arrival', async () => {
  const { items } = await presence().history();
  assert.deepEqual(items.map(({ clientId }) => clientId), ['alan', 'joan', 'grace', 'ada']);
  assert.equal(items[0].data, 'bletchley');
  assert.equal(items[0].action, 'enter');
  assert.equal((await presence().history({ direction: 'forwards', limit: 1 })).items[0].clientId, 'ada');
});

test('an empty channel has no members', async () => {
  assert.deepEqual((await client().channels.get(fresh()).presence.get()).items, []);
});
