// What all of these tests share: the SDK, the application that was provisioned for them, and clients of it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// NODE_PATH tells where npm put the SDK; `import` would not look there.
const require = createRequire(import.meta.url);

export const Ably = require('ably');
export const app = JSON.parse(readFileSync(process.env.ABLY_APP, 'utf8'));
export const isBinary = process.env.ABLY_PROTOCOL === 'msgpack';

const TARGET = {
  endpoint: 'localhost',
  port: Number(process.env.ABLY_PORT),
  tlsPort: Number(process.env.ABLY_TLS_PORT),
};

/** A client with the credentials given, or with the key that may do everything. */
export function client(options = {}) {
  const isAuthorized = ['key', 'token', 'tokenDetails', 'authCallback'].some((name) => name in options);
  const credentials = isAuthorized ? {} : { key: app.keys[0].keyStr };
  return new Ably.Rest({ ...TARGET, useBinaryProtocol: isBinary, logLevel: 0, ...credentials, ...options });
}

/** A request of our own, for what the SDK has no method for. */
export async function call(method, target, body) {
  const authorization = `Basic ${Buffer.from(app.keys[0].keyStr).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const url = `http://localhost:${TARGET.port}${target}`;
  return fetch(url, { method, headers, body: body && JSON.stringify(body) });
}

let names = 0;

export function fresh(prefix = 'channel') {
  names += 1;
  return `${prefix}-js-${process.env.ABLY_PROTOCOL}-${process.pid}-${names}`;
}

/** Fails unless the promise is refused with this status and code. */
export async function refused(promise, statusCode, code) {
  await assert.rejects(promise, (error) => {
    assert.deepEqual([error.statusCode, error.code], [statusCode, code], error.message);
    return true;
  });
}

export async function pages(first) {
  const all = [];
  for (let page = first; page; page = await page.next()) all.push(page.items);
  return all;
}

/** The push plugin with a device that already knows its recipient: what is pushed to it arrives on a channel. */
export async function pushPlugin(outbox, platform = 'browser') {
  const build = path.dirname(require.resolve('ably'));
  const { default: plugin } = await import(pathToFileURL(path.join(build, 'push.js')));
  const recipient = {
    transportType: 'ablyChannel',
    channel: outbox,
    ablyKey: app.keys[0].keyStr,
    ablyUrl: `https://localhost:${TARGET.tlsPort}`,
  };
  const kept = new Map([
    ['ably.push.deviceId', fresh('device')],
    ['ably.push.deviceSecret', 'secret'],
    ['ably.push.pushRecipient', JSON.stringify(recipient)],
  ]);
  const storage = {
    get: (name) => kept.get(name),
    set: (name, value) => kept.set(name, value),
    remove: (name) => kept.delete(name),
  };
  return { Push: { ...plugin, pushConfig: { platform, formFactor: 'desktop', storage } } };
}
