import assert from 'node:assert/strict';
import { test } from 'node:test';
import { app, client, fresh, pages, pushPlugin, refused } from './local.mjs';

const PAYLOAD = { notification: { title: 't', body: 'b' }, data: { foo: 'bar' } };

const admin = () => client().push.admin;
const phone = (members = {}) => ({
  id: fresh('device'),
  deviceSecret: 'secret',
  platform: 'android',
  formFactor: 'phone',
  push: { recipient: { transportType: 'gcm', registrationToken: 'token' } },
  ...members,
});

async function pushed(outbox) {
  const { items } = await client().channels.get(outbox).history();
  return items.map(({ name, data }) => [name, JSON.parse(data)]);
}

test('a device is saved, read and removed', async () => {
  const { deviceRegistrations } = admin();
  const device = phone({ clientId: 'ada', metadata: { colour: 'red' } });
  const saved = await deviceRegistrations.save(device);
  assert.deepEqual([saved.id, saved.push.state], [device.id, 'ACTIVE']);
  const read = await deviceRegistrations.get(device.id);
  assert.deepEqual([read.clientId, read.deviceSecret, read.metadata], ['ada', 'secret', { colour: 'red' }]);
  assert.deepEqual(read.push.recipient, device.push.recipient);
  await deviceRegistrations.remove(device.id);
  await deviceRegistrations.remove(device.id);
  await refused(deviceRegistrations.get(device.id), 404, 40400);
});

test('devices are listed by client and removed by client', async () => {
  const { deviceRegistrations } = admin();
  const clientId = fresh('client');
  const devices = [phone({ clientId }), phone({ clientId }), phone({ clientId })];
  for (const device of devices) await deviceRegistrations.save(device);
  const listed = (await pages(await deviceRegistrations.list({ clientId, limit: 2 }))).flat();
  assert.deepEqual(listed.map(({ id }) => id), devices.map(({ id }) => id));
  await deviceRegistrations.removeWhere({ deviceId: devices[0].id });
  await deviceRegistrations.removeWhere({ clientId });
  assert.deepEqual((await deviceRegistrations.list({ clientId })).items, []);
});

test('bad devices are refused', async () => {
  const { deviceRegistrations } = admin();
  const recipient = { transportType: 'pigeon' };
  for (const bad of [{ platform: 'toaster' }, { formFactor: 'fridge' }, { push: {} }, { push: { recipient } }]) {
    await refused(deviceRegistrations.save(phone(bad)), 400, 40000);
  }
});

test('subscriptions are saved, listed and removed', async () => {
  const { channelSubscriptions } = admin();
  const channel = fresh('pushenabled:channel');
  const subscription = { channel, clientId: fresh('client') };
  const saved = await channelSubscriptions.save(subscription);
  assert.deepEqual([saved.channel, saved.clientId], [channel, subscription.clientId]);
  await channelSubscriptions.save(subscription);
  assert.equal((await channelSubscriptions.list({ channel })).items.length, 1);
  assert.ok((await channelSubscriptions.listChannels({ limit: 1000 })).items.includes(channel));
  await channelSubscriptions.remove(subscription);
  await channelSubscriptions.removeWhere({ clientId: subscription.clientId });
  assert.deepEqual((await channelSubscriptions.list({ channel })).items, []);
});

test('a notification reaches its recipient', async () => {
  const outbox = fresh('outbox');
  const ablyUrl = 'https://localhost';
  await admin().publish({ transportType: 'ablyChannel', channel: outbox, ablyKey: app.keys[0].keyStr, ablyUrl }, PAYLOAD);
  assert.deepEqual(await pushed(outbox), [['__ably_push__', PAYLOAD]]);
});

test('a device activates itself, and a notification reaches it by each of its names', async () => {
  const outbox = fresh('outbox');
  const clientId = fresh('client');
  const rest = client({ clientId, plugins: await pushPlugin(outbox) });
  await rest.push.activate();
  assert.ok(rest.device().deviceIdentityToken);
  await rest.push.admin.publish({ deviceId: rest.device().id }, PAYLOAD);
  await rest.push.admin.publish({ clientId }, PAYLOAD);
  assert.equal((await pushed(outbox)).length, 2);
  await rest.push.deactivate();
  await rest.push.admin.publish({ clientId }, PAYLOAD);
  assert.equal((await pushed(outbox)).length, 2);
});

for (const who of ['Device', 'Client']) {
  test(`an activated device subscribes as a ${who.toLowerCase()}, and messages with a notification reach it`, async () => {
    const outbox = fresh('outbox');
    const rest = client({ clientId: fresh('client'), plugins: await pushPlugin(outbox) });
    const channel = rest.channels.get(fresh('pushenabled:channel'));
    await rest.push.activate();
    await channel.push[`subscribe${who}`]();
    assert.equal((await channel.push.listSubscriptions()).items.length, 1);
    await channel.publish({ name: 'name', extras: { push: PAYLOAD } });
    assert.deepEqual(await pushed(outbox), [['__ably_push__', PAYLOAD]]);
    await channel.push[`unsubscribe${who}`]();
    assert.deepEqual((await channel.push.listSubscriptions()).items, []);
    await rest.push.deactivate();
  });
}

test('an activated device lists its own subscriptions', async () => {
  const rest = client({ plugins: await pushPlugin(fresh('outbox')) });
  const channel = fresh('pushenabled:channel');
  await rest.push.activate();
  await rest.channels.get(channel).push.subscribeDevice();
  const { items } = await rest.device().listSubscriptions();
  assert.deepEqual(items.map((item) => [item.channel, item.deviceId]), [[channel, rest.device().id]]);
});

test('a bad device is not activated', async () => {
  const rest = client({ plugins: await pushPlugin(fresh('outbox'), 'toaster') });
  await refused(rest.push.activate(), 400, 40000);
});
