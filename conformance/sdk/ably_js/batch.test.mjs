import assert from 'node:assert/strict';
import { test } from 'node:test';
import { app, client, fresh, refused } from './local.mjs';

const outcomes = ({ results }) => results.map(({ channel, messageId, error }) => [channel, !!messageId, error?.code]);

test('a batch is published to many channels', async () => {
  const rest = client({ key: app.keys[2].keyStr });
  const spec = { channels: ['one', 'none'], messages: [{ data: 'a' }, { data: 'b' }] };
  const expected = [
    ['one', true, undefined],
    ['none', false, 40160],
  ];
  const single = await rest.batchPublish(spec);
  assert.deepEqual([single.successCount, single.failureCount, outcomes(single)], [1, 1, expected]);
  assert.ok(single.results[0].messageId.endsWith(':0'));
  const several = await rest.batchPublish([spec, { ...spec, channels: ['one'] }]);
  assert.deepEqual(several.map(outcomes), [expected, [expected[0]]]);
  const { items } = await client().channels.get('one').history({ limit: 2 });
  assert.deepEqual(items.map(({ data }) => data), ['b', 'a']);
});

test('a batch of version 2 is flat', async () => {
  const channels = [fresh(), fresh()];
  const { items, statusCode } = await client().request('POST', '/messages', 2, {}, { channels, messages: { data: 'a' } });
  assert.equal(statusCode, 201);
  assert.deepEqual(items.map(({ channel }) => channel), channels);
});

test('the members of many channels are read at once', async () => {
  const { successCount, results } = await client().batchPresence(['persisted:members', 'empty']);
  assert.equal(successCount, 2);
  assert.deepEqual(results.map(({ presence }) => presence.length), [4, 0]);
});

test('revoked tokens are refused', async () => {
  const rest = client({ key: app.keys[3].keyStr });
  const { token } = await rest.auth.requestToken({ clientId: 'leaver' });
  const targets = [
    { type: 'clientId', value: 'leaver' },
    { type: 'unknown', value: 'leaver' },
  ];
  const { successCount, failureCount, results } = await rest.auth.revokeTokens(targets);
  assert.deepEqual([successCount, failureCount], [1, 1]);
  assert.equal(results[0].target, 'clientId:leaver');
  assert.equal(results[1].error.statusCode, 400);
  // The SDK's own words for: the token was refused as such, and there is no way to another.
  await refused(client({ token }).channels.get('c').history(), 403, 40171);
});

test('a revocation may be dated back and put off', async () => {
  const rest = client({ key: app.keys[3].keyStr });
  const now = await rest.time();
  const options = { issuedBefore: now - 1_200_000, allowReauthMargin: true };
  const { results } = await rest.auth.revokeTokens([{ type: 'clientId', value: 'somebody' }], options);
  assert.equal(results[0].issuedBefore, options.issuedBefore);
  assert.ok(results[0].appliesAt > now + 30_000);
});

test('a token revokes nothing', async () => {
  const rest = client({ useTokenAuth: true });
  await refused(rest.auth.revokeTokens([{ type: 'clientId', value: 'somebody' }]), 401, 40162);
});
