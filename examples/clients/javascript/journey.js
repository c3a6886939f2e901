/**
 * Runs the life of an app with users, written with the `syncano` package.
 *
 *     node journey.js http://127.0.0.1:8080
 *
 * The steps: sign up; create an instance and an API key; let users register and sign in; add them
 * to groups; change their names, passwords and keys; store data and a picture for them; let them
 * chat; delete everything. Each step asserts what an app relies on, so the script also checks that
 * the API at this URL supports the package.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

import Syncano from 'syncano';

const { version } = createRequire(import.meta.url)('syncano/package.json');

if (process.argv.length !== 3) {
  console.error('usage: node journey.js URL');
  process.exit(2);
}
const url = process.argv[2];

// The random suffix makes the e-mail and the name of the instance unique.
const run = randomBytes(4).toString('hex');
const email = `captain-${run}@example.com`;
const instanceName = `nostromo-${run}`;

/** Returns a connection that sends its requests with these credentials. */
const connect = (credentials) => Syncano({ baseUrl: url, defaults: { instanceName }, ...credentials });

/**
 * Returns the result of a query. `await` on the query itself never ends if the request is rejected,
 * because the `then` of a query has no second parameter. The `then` returns a complete promise.
 */
const ask = async (query) => {
  try {
    return await query.then((answer) => answer);
  } catch (error) {
    // The error of the package contains the whole exchange with the keys, which must not be
    // printed.
    throw error.name === 'RequestError' ? Object.assign(new Error(error.message), { status: error.status }) : error;
  }
};

/** Returns one member of each item of a list query. */
const each = async (query, member) => (await ask(query)).map((one) => one[member]);

/** Asserts that the query is rejected with this status. */
const rejected = (status, query) => assert.rejects(ask(query), { status });

// --- An administrator registers an account. ---

const registered = await ask(Syncano({ baseUrl: url }).Account.register({ email, password: 'in space' }));

// The administrator signs in with e-mail and password. The connection keeps the returned account
// key.
const administrator = connect();
await ask(administrator.Account.login({ email, password: 'in space' }));
assert.equal(administrator.getAccountKey(), registered.account_key);
assert.equal((await ask(administrator.Account.getUserDetails())).email, email);
await rejected(401, Syncano({ baseUrl: url }).Account.login({ email, password: 'on earth' }));

// --- The administrator creates an instance and an API key for the app. ---

const { Instance } = administrator;
const instance = await ask(Instance.please().create({ name: instanceName, description: 'Commercial towing vehicle' }));
assert.equal((await ask(Instance.please().get())).description, 'Commercial towing vehicle');
assert.deepEqual(await each(Instance.please().list(), 'name'), [instanceName]);

// With this key users can register themselves.
const appKey = await ask(instance.apiKeys().create({ description: 'the app', allow_user_create: true }));
assert.ok(appKey.created_at.getTime() > 0, 'the package makes a date of the time');
assert.deepEqual(await each(administrator.ApiKey.please().list(), 'description'), ['the app']);
const apiKey = appKey.api_key;

/** Returns the app's connection for a user who signs in. */
const signIn = async (username, password) => {
  const app = connect({ apiKey });
  await ask(app.User.please().login({}, { username, password }));
  return app;
};

// --- Users register. The app has only its API key. ---

const app = connect({ apiKey });
const ripley = await ask(app.User.please().create({ username: 'ripley', password: 'jones the cat' }));
const kane = await ask(app.User.please().create({ username: 'kane', password: 'breakfast' }));
assert.equal(ripley.profile.owner, ripley.id);

// Names are unique, regardless of case.
await rejected(400, app.User.please().create({ username: 'Ripley', password: 'from the other ship' }));

// An API key alone cannot list users.
await rejected(403, app.User.please().list());

// --- A user signs in and sees only their own data. ---

let asRipley = await signIn('ripley', 'jones the cat');
const asKane = await signIn('kane', 'breakfast');
assert.equal(asRipley.getUserKey(), ripley.user_key);
assert.equal((await ask(asRipley.User.please().get())).id, ripley.id);
assert.deepEqual(await each(asRipley.User.please().list(), 'username'), ['ripley']);

// The administrator sees all users, page by page.
const { User, Group } = administrator;
const page = await ask(User.please().list().pageSize(1));
assert.deepEqual(page.map((user) => user.username), ['ripley']);
assert.ok(page.hasNext());
assert.deepEqual(await each(page.next(), 'username'), ['kane']);

// --- The administrator manages the members of groups. ---

const crew = await ask(Group.please().create({ label: 'crew', description: 'Awake' }));
const officers = await ask(Group.please().create({ label: 'officers' }));
await ask(crew.addUser({ user: ripley.id }));
await ask(User.please().addGroup({ user: kane.id }, { group: crew.id }));
await ask(User.please().addGroup({ user: kane.id }, { group: officers.id }));
assert.deepEqual(await each(crew.users(), 'username'), ['ripley', 'kane']);
assert.deepEqual(await each(User.please().getGroups({ user: kane.id }), 'label'), ['crew', 'officers']);
assert.equal((await ask(crew.getUserDetails({ user: kane.id }))).username, 'kane');
assert.equal((await ask(User.please().getGroup({ user: kane.id }, { id: officers.id }))).label, 'officers');
await rejected(400, crew.addUser({ user: kane.id }));

// In a group, users see only themselves. They can request only their own groups.
assert.deepEqual(await each(asRipley.Group.please().users({ id: crew.id }), 'username'), ['ripley']);
assert.deepEqual(await each(asRipley.Group.please().users({ id: officers.id }), 'username'), []);
await rejected(404, asRipley.Group.please().getUserDetails({ id: crew.id }, { user: kane.id }));
assert.deepEqual(await each(asRipley.User.please().getGroups({ user: ripley.id }), 'label'), ['crew']);
await rejected(403, asRipley.User.please().getGroups({ user: kane.id }));
await rejected(403, asRipley.Group.please().addUser({ id: officers.id }, { user: ripley.id }));

// --- A user changes their name and password. The user key stays the same. ---

await ask(asRipley.User.please().update({}, { username: 'ellen' }));
await rejected(401, signIn('ripley', 'jones the cat'));
assert.equal((await signIn('ellen', 'jones the cat')).getUserKey(), ripley.user_key);

const ellen = await ask(asRipley.User.please().get());
assert.equal(ellen.username, 'ellen');
ellen.password = 'sulaco';
await ask(ellen.save());
await rejected(401, signIn('ellen', 'jones the cat'));
assert.equal((await signIn('ellen', 'sulaco')).getUserKey(), ripley.user_key);

// --- A user requests a new user key. The old key stops working, everything else stays the same. ---

const { user_key: newKey } = await ask(asRipley.User.please().resetKey({ id: ripley.id }));
assert.notEqual(newKey, ripley.user_key);
await rejected(403, asRipley.User.please().get());
asRipley = connect({ apiKey, userKey: newKey });
assert.equal((await ask(asRipley.User.please().get())).username, 'ellen');
assert.deepEqual(await each(asRipley.User.please().getGroups({ user: ripley.id }), 'label'), ['crew']);
assert.equal((await signIn('ellen', 'sulaco')).getUserKey(), newKey);
await rejected(404, asRipley.User.please().resetKey({ id: kane.id }));
assert.equal((await signIn('kane', 'breakfast')).getUserKey(), kane.user_key);

// --- A class defines the fields of objects and who may create them. ---

const { Class, DataObject } = administrator;
const log = await ask(Class.please().create({
  name: 'log',
  description: 'What happened on board',
  schema: [
    { name: 'day', type: 'integer', filter_index: true, order_index: true },
    { name: 'text', type: 'string', filter_index: true },
    { name: 'tags', type: 'array' },
  ],
  other_permissions: 'create_objects',
}));
const { schema } = await ask(Class.please().get({ name: 'log' }));
assert.deepEqual(schema.map((field) => field.name), ['day', 'text', 'tags']);

// An object belongs to the user who creates it.
const className = 'log';
const entries = asRipley.DataObject;
const landing = await ask(entries.please().create({ className, day: 2, text: 'We should not land', tags: ['signal'] }));
assert.equal(landing.owner, ripley.id);
for (const day of [1, 3]) {
  await ask(entries.please().create({ className, day, text: `Day ${day}` }));
}
landing.text = 'We have landed';
await ask(landing.save());
const latest = await ask(entries.please().list({ className }).orderBy('-day').pageSize(2));
assert.deepEqual(latest.map((entry) => entry.day), [3, 2]);
assert.deepEqual(await each(latest.next(), 'day'), [1]);
const landed = entries.please().list({ className }).filter({ day: { _gte: 2 }, text: { _startswith: 'We have' } });
assert.deepEqual(await each(landed, 'tags'), [['signal']]);
assert.equal((await ask(entries.please().list({ className }).count())).objects_count, 3);
assert.equal((await ask(entries.please().increment({ className, id: landing.id }, { day: 10 }))).day, 12);

// Other users cannot see it ...
const shared = asKane.DataObject;
assert.equal((await ask(shared.please().list({ className }))).length, 0);
await rejected(404, shared.please().get({ className, id: landing.id }));

// ... until the owner shares it, here with a group and read-only.
await ask(entries.please().update({ className, id: landing.id }, { group: crew.id, group_permissions: 'read' }));
assert.deepEqual(await each(shared.please().list({ className }), 'text'), ['We have landed']);
await rejected(403, shared.please().update({ className, id: landing.id }, { text: 'All is well' }));
await rejected(403, shared.please().delete({ className, id: landing.id }));

// --- A user has a picture in their profile and shares it with the group. ---

await ask(Class.please().update({ name: 'user_profile' }, { schema: [{ name: 'picture', type: 'file' }] }));
const profile = { className: 'user_profile', id: ripley.profile.id };
const picture = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

// The package sends a Buffer without a file name, which the API takes for a text.
const folder = await mkdtemp(join(tmpdir(), 'journey-'));
try {
  await writeFile(join(folder, 'ripley.gif'), picture);
  await ask(entries.please().update(profile, { picture: Syncano.file(join(folder, 'ripley.gif')) }));
} finally {
  await rm(folder, { recursive: true });
}

await rejected(404, shared.please().get(profile));
await ask(entries.please().update(profile, { group: crew.id, group_permissions: 'read' }));
const { picture: stored } = await ask(shared.please().get(profile));

// The URL is relative on the simulator, and absolute on deployments with their own storage for
// files.
const download = await fetch(new URL(stored.value, url));
assert.equal(download.headers.get('content-type'), 'image/gif');
assert.ok(picture.equals(Buffer.from(await download.arrayBuffer())));

// --- Two users chat over a channel of their group. ---

const bridge = { name: 'bridge' };
await ask(administrator.Channel.please().create({
  ...bridge, group: crew.id, group_permissions: 'publish', custom_publish: true,
}));
const question = await ask(asRipley.Channel.please().publish(bridge, { text: 'Are you awake?' }));
const { objects: history } = await ask(asKane.Channel.please().history(bridge));
assert.deepEqual(history.map((message) => message.payload), [{ text: 'Are you awake?' }]);

// The package polls again after each message, until it is told to stop.
const poll = asRipley.Channel.please().poll(bridge, { lastId: question.id });
const heard = new Promise((resolve, reject) => {
  poll.on('message', (message) => {
    poll.stop();
    resolve(message);
  });
  poll.on('error', reject);
});
await ask(asKane.Channel.please().publish(bridge, { text: 'Is it breakfast?' }));
const answer = await heard;
assert.deepEqual(answer.payload, { text: 'Is it breakfast?' });
assert.equal(answer.author.user, kane.id);

// --- The owner deletes an object, the administrator deletes the rest. ---

await ask(landing.delete());
assert.equal((await ask(entries.please().list({ className }).count())).objects_count, 2);

await ask(crew.deleteUser({ user: kane.id }));
assert.deepEqual(await each(crew.users(), 'username'), ['ellen']);

// A user who has left the group can neither publish nor read.
assert.deepEqual(await each(asKane.Channel.please().list(), 'name'), []);
await rejected(403, asKane.Channel.please().publish(bridge, { text: 'I feel better' }));
await rejected(403, asKane.Channel.please().history(bridge));

await ask(administrator.Channel.please().delete(bridge));
await ask(crew.delete());
await ask(officers.delete());
assert.equal((await ask(Group.please().list())).length, 0);

// Deleting a user deletes the user's objects.
await ask(User.please().delete({ id: ripley.id }));
assert.deepEqual(await each(User.please().list(), 'username'), ['kane']);
assert.equal((await ask(DataObject.please().list({ className }).count())).objects_count, 0);
await rejected(401, signIn('ellen', 'sulaco'));
await ask(log.delete());
await rejected(404, Class.please().get({ name: 'log' }));

await ask(appKey.delete());
await rejected(403, signIn('kane', 'breakfast'));
await ask(instance.delete());
assert.equal((await ask(Instance.please().list())).length, 0);

console.log(
  `syncano ${version} for JavaScript, at ${url}: signed up, signed in, users and groups, a new name, a new password,` +
    ' a new user key, objects of their own, a picture, a chat; all passed and all deleted',
);
