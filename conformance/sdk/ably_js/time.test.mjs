import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client } from './local.mjs';

test('the time is that of the clock', async () => {
  assert.ok(Math.abs((await client().time()) - Date.now()) < 5000);
});

test('the time is told over plain HTTP, without credentials', async () => {
  assert.ok((await client({ token: 'none', tls: false }).time()) > 0);
});
