import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { app, client, fresh, refused } from './local.mjs';

const capabilityOf = (details) => JSON.parse(details.capability);

test('a token has the times and the capability of its key', async () => {
  const rest = client();
  const before = await rest.time();
  const details = await rest.auth.requestToken();
  assert.ok(details.issued >= before);
  assert.equal(details.expires, details.issued + 3_600_000);
  assert.deepEqual(capabilityOf(details), { '*': ['*'] });
  assert.equal(details.clientId, undefined);
});

test('a token takes its capability from the key, text for text', async () => {
  for (const key of app.keys) {
    const details = await client().auth.requestToken(null, { key: key.keyStr });
    assert.equal(details.capability, key.capability);
    assert.equal(details.keyName, key.keyName);
  }
});

test('a token has what the request and the key share', async () => {
  const [, limited, starred] = app.keys;
  const table = [
    [limited, { 'allowed:here': ['publish'] }, { 'allowed:here': ['publish'] }],
    [limited, { 'allowed:here': ['publish', 'history'] }, { 'allowed:here': ['publish'] }],
    [limited, { 'allowed:*': ['*'], other: ['publish'] }, { 'allowed:*': ['publish', 'subscribe'] }],
    [limited, { '*': ['subscribe'] }, { 'allowed:*': ['subscribe'], listen: ['subscribe'] }],
    [starred, { all: ['publish', 'presence'] }, { all: ['presence', 'publish'] }],
  ];
  for (const [key, capability, expected] of table) {
    assert.deepEqual(capabilityOf(await client().auth.requestToken({ capability }, { key: key.keyStr })), expected);
  }
});

test('a token of nothing is refused', async () => {
  const capability = { listen: ['publish'] };
  await refused(client().auth.requestToken({ capability }, { key: app.keys[1].keyStr }), 401, 40160);
});

test('bad token requests are refused', async () => {
  const table = [
    [{ timestamp: 1000 }, 401, 40104],
    [{ mac: 'no mac of ours' }, 401, 40101],
    [{ ttl: -1 }, 400, 40003],
    [{ ttl: 366 * 24 * 3_600_000 }, 400, 40003],
    [{ ttl: 'long' }, 400, 40003],
    [{ clientId: '' }, 400, 40012],
    [{ capability: { c: ['fly'] } }, 400, 40000],
    [{ capability: { c: ['*', 'publish'] } }, 400, 40000],
    [{ capability: { c: [] } }, 400, 40000],
  ];
  for (const [params, status, code] of table) await refused(client().auth.requestToken(params), status, code);
});

test('a nonce is good once', async () => {
  const params = { timestamp: await client().time(), nonce: 'sixteen characters' };
  await client().auth.requestToken(params);
  await refused(client().auth.requestToken(params), 401, 40105);
});

test('ttl and clientId are those asked for', async () => {
  const details = await client().auth.requestToken({ ttl: 100_000, clientId: 'ada' });
  assert.deepEqual([details.expires - details.issued, details.clientId], [100_000, 'ada']);
});

test('a signed token request serves a client without a key', async () => {
  const signer = client();
  let asked = 0;
  const authCallback = (params, answer) => {
    asked += 1;
    signer.auth.createTokenRequest(params).then((request) => answer(null, request), answer);
  };
  const channel = client({ authCallback }).channels.get(fresh());
  await Promise.all([channel.history(), channel.history()]);
  assert.equal(asked, 1);
});

test('a token publishes over plain HTTP', async () => {
  const { token } = await client().auth.requestToken();
  const channel = client({ token, tls: false }).channels.get(fresh());
  await channel.publish('name', 'data');
  assert.equal((await channel.history()).items.length, 1);
});

test('an expired token is one to be renewed', async () => {
  const { token } = await client().auth.requestToken({ ttl: 1 });
  await new Promise((later) => setTimeout(later, 10));
  // The SDK's own words for: the token was refused as such, and there is no way to another.
  await refused(client({ token }).channels.get('c').history(), 403, 40171);
});

test('bad keys are refused', async () => {
  const channel = (key) => client({ key }).channels.get('c');
  await refused(channel(`${app.keys[0].keyName}:wrong`).history(), 401, 40101);
  await refused(channel('nosuch.key:secret').history(), 404, 40400);
});

function jwt(key, claims = {}) {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = encode({ typ: 'JWT', alg: 'HS256', kid: key.keyName });
  const signed = `${head}.${encode({ iat: now, exp: now + 60, ...claims })}`;
  return `${signed}.${createHmac('sha256', key.keySecret).update(signed).digest('base64url')}`;
}

test('a JWT is a token', async () => {
  const capability = JSON.stringify({ 'persisted:*': ['publish', 'history'] });
  const token = jwt(app.keys[0], { 'x-ably-capability': capability, 'x-ably-clientId': 'j' });
  const rest = client({ token });
  const channel = rest.channels.get(fresh('persisted:jwt'));
  await channel.publish('name', 'data');
  assert.equal((await channel.history()).items[0].clientId, 'j');
  await refused(rest.channels.get('elsewhere').history(), 401, 40160);
});

test('a JWT may carry an Ably token', async () => {
  const { token } = await client().auth.requestToken({ clientId: 'inside' });
  const channel = client({ token: jwt(app.keys[0], { 'x-ably-token': token }) }).channels.get(fresh());
  await channel.publish('name', 'data');
  assert.equal((await channel.history()).items[0].clientId, 'inside');
});

test('bad JWTs are refused', async () => {
  const stats = (token) => client({ token }).stats();
  await refused(stats(jwt({ ...app.keys[0], keySecret: 'wrong' })), 403, 40171);
  await refused(stats(jwt({ keyName: 'invalid.invalid', keySecret: 'invalid' })), 404, 40400);
});
