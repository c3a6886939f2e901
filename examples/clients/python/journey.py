"""Tests the life cycle of an app with users, with the `syncano` package.

    python journey.py http://127.0.0.1:8080

The script registers an account, creates an instance and an API key, registers users, signs them in, adds them to
groups, changes their names, passwords and keys, stores their data and pictures, lets them chat, and deletes
everything. Each step asserts what an app relies on, so the script also shows whether the package works with the
deployment at that URL.
"""

import base64
import io
import secrets
import sys
from contextlib import contextmanager
from queue import SimpleQueue
from urllib.parse import urljoin

import python3_fix  # noqa: F401  must be imported before syncano.models

import requests
import syncano
from syncano.connection import Connection
from syncano.exceptions import SyncanoDoesNotExist, SyncanoRequestError
from syncano.models import ApiKey, Channel, Class, Group, Instance, Message, Object, User

if len(sys.argv) != 2:
    sys.exit("usage: python journey.py URL")
url = sys.argv[1]

# The random suffix makes the e-mail and the name of the instance unique.
run = secrets.token_hex(4)
email = f"captain-{run}@example.com"
instance_name = f"nostromo-{run}"


def connect(**credentials):
    """Sets the credentials of all models and returns the connection."""
    return syncano.connect(host=url, instance_name=instance_name, **credentials).connection()


def sign_in(username, password):
    """Returns the user key for a name and a password. The credentials of the models stay unchanged."""
    credentials = {"username": username, "password": password, "api_key": api_key}
    return Connection(host=url, instance_name=instance_name, **credentials).authenticate()


@contextmanager
def rejected(status):
    """Asserts that the API rejects the request in the block with this status."""
    try:
        yield
    except SyncanoDoesNotExist as error:
        assert status == 404, error
    except SyncanoRequestError as error:
        assert status == error.status_code, error
    else:
        raise AssertionError(f"this request was not rejected with {status}")


# --- An administrator registers an account. ---

account_key = Connection(host=url).register(email, "in space", first_name="Arthur", last_name="Dallas")

# The administrator signs in with e-mail and password and gets the account key.
administrator = syncano.connect(host=url, email=email, password="in space").connection()
assert administrator.authenticate() == account_key
assert administrator.get_account_info()["email"] == email
with rejected(401):
    Connection(host=url, email=email, password="on earth").authenticate()

# --- The administrator creates an instance and an API key for the app. ---

instance = Instance.please.create(name=instance_name, description="Commercial towing vehicle")
assert Instance.please.get(instance_name).description == "Commercial towing vehicle"
assert [one.name for one in Instance.please.list()] == [instance_name]

# With this key users can register themselves.
app_key = instance.api_keys.create(description="the app", allow_user_create=True)
assert [one.description for one in ApiKey.please.list()] == ["the app"]
api_key = app_key.api_key

# --- Users register. The app has only its API key. ---

connect(api_key=api_key)
ripley = User.please.create(username="ripley", password="jones the cat")
kane = User.please.create(username="kane", password="breakfast")

# Names are unique, regardless of case.
with rejected(400):
    User.please.create(username="Ripley", password="from the other ship")

# An API key alone cannot list users.
with rejected(403):
    list(User.please.list())

# --- A user signs in and sees only their own data. ---

app = connect(username="ripley", password="jones the cat", api_key=api_key)
assert app.authenticate() == ripley.user_key
assert app.get_user_info()["id"] == ripley.id
assert [user.username for user in User.please.list()] == ["ripley"]
with rejected(404):
    User.please.get(kane.id)

# The administrator sees all users. The package requests all pages by itself.
connect(api_key=account_key)
assert [user.username for user in User.please.list().page_size(1)] == ["ripley", "kane"]

# --- The administrator manages the members of groups. ---

crew = Group.please.create(label="crew", description="Awake")
officers = Group.please.create(label="officers")
crew.add_user(ripley.id)
kane.add_to_group(crew.id)
kane.add_to_group(officers.id)
assert [user.username for user in crew.list_users()] == ["ripley", "kane"]
assert [group.label for group in kane.list_groups()] == ["crew", "officers"]
assert crew.user_details(kane.id).username == "kane"
assert kane.group_details(officers.id).label == "officers"
with rejected(400):
    crew.add_user(kane.id)

# In a group, users see only themselves. They can request only their own groups.
connect(api_key=api_key, user_key=ripley.user_key)
assert [user.username for user in crew.list_users()] == ["ripley"]
assert officers.list_users() == []
with rejected(404):
    crew.user_details(kane.id)
assert [group.label for group in ripley.list_groups()] == ["crew"]
with rejected(403):
    kane.list_groups()
with rejected(403):
    officers.add_user(ripley.id)

# --- A user changes their name and password. The user key stays the same. ---

User.please.update(id=ripley.id, username="ellen")
with rejected(401):
    sign_in("ripley", "jones the cat")
assert sign_in("ellen", "jones the cat") == ripley.user_key

ripley.reload()
assert ripley.username == "ellen"
ripley.password = "sulaco"
ripley.save()
with rejected(401):
    sign_in("ellen", "jones the cat")
assert sign_in("ellen", "sulaco") == ripley.user_key

with rejected(404):
    User.please.update(id=kane.id, password="stolen")
assert sign_in("kane", "breakfast") == kane.user_key

# --- A user requests a new user key. The old key stops working, everything else stays the same. ---

old_key = ripley.user_key
new_key = ripley.reset_key()["user_key"]
assert new_key != old_key
with rejected(403):
    connect(api_key=api_key, user_key=old_key).get_user_info()
ripley = User(**connect(api_key=api_key, user_key=new_key).get_user_info())
assert ripley.username == "ellen" and ripley.user_key == new_key
assert [group.label for group in ripley.list_groups()] == ["crew"]
assert sign_in("ellen", "sulaco") == new_key
assert sign_in("kane", "breakfast") == kane.user_key

# --- A class defines the fields of objects and who may create them. ---

connect(api_key=account_key)
log = Class.please.create(
    name="log",
    description="What happened on board",
    schema=[
        {"name": "day", "type": "integer", "filter_index": True, "order_index": True},
        {"name": "text", "type": "string", "filter_index": True},
        {"name": "tags", "type": "array"},
    ],
    other_permissions="create_objects",
)
assert [field["name"] for field in Class.please.get(name="log").schema] == ["day", "text", "tags"]

# An object belongs to the user who creates it.
connect(api_key=api_key, user_key=ripley.user_key)
landing = Object.please.create(class_name="log", day=2, text="We should not land", tags=["signal"])
assert landing.owner == ripley.id
for day in (1, 3):
    Object.please.create(class_name="log", day=day, text=f"Day {day}")
landing.text = "We have landed"
landing.save()
entries = Object.please.list(class_name="log")
assert [entry.day for entry in entries.order_by("-day").page_size(2)] == [3, 2, 1]
assert [entry.tags for entry in entries.filter(day__gte=2, text__startswith="We have")] == [["signal"]]
assert entries.count() == 3
assert Object.please.increment("day", 10, class_name="log", id=landing.id).day == 12

# Other users cannot see it ...
connect(api_key=api_key, user_key=kane.user_key)
assert list(Object.please.list(class_name="log")) == []
with rejected(404):
    Object.please.get(class_name="log", id=landing.id)

# ... until the owner shares it, here with a group and read-only.
connect(api_key=api_key, user_key=ripley.user_key)
Object.please.update(class_name="log", id=landing.id, group=crew.id, group_permissions="read")
connect(api_key=api_key, user_key=kane.user_key)
assert [entry.text for entry in Object.please.list(class_name="log")] == ["We have landed"]
with rejected(403):
    Object.please.update(class_name="log", id=landing.id, text="All is well")
with rejected(403):
    Object.please.delete(class_name="log", id=landing.id)

# --- A user has a picture in their profile and shares it with the group. ---

connect(api_key=account_key)
profiles = Class.please.get(name="user_profile")
profiles.schema = [{"name": "picture", "type": "file"}]
profiles.save()

connect(api_key=api_key, user_key=ripley.user_key)
picture = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
file = io.BytesIO(picture)
file.name = "ripley.gif"
profile = {"class_name": "user_profile", "id": ripley.profile.id}
Object.please.update(**profile, picture=file)

connect(api_key=api_key, user_key=kane.user_key)
with rejected(404):
    Object.please.get(**profile)
connect(api_key=api_key, user_key=ripley.user_key)
Object.please.update(**profile, group=crew.id, group_permissions="read")
connect(api_key=api_key, user_key=kane.user_key)

# The URL is relative on the simulator, and absolute on deployments with their own storage for files.
download = requests.get(urljoin(url, Object.please.get(**profile).picture), timeout=10)
assert download.content == picture and download.headers["content-type"] == "image/gif"

# --- Two users chat over a channel of their group. ---

connect(api_key=account_key)
bridge = Channel.please.create(name="bridge", group=crew.id, group_permissions="publish", custom_publish=True)

connect(api_key=api_key, user_key=ripley.user_key)
question = Channel.please.get(name="bridge").publish({"text": "Are you awake?"})

connect(api_key=api_key, user_key=kane.user_key)
assert [message.payload for message in Message.please.list(channel_name="bridge")] == [{"text": "Are you awake?"}]

# Each poll of the package runs in its own thread. It ends when the callback returns a false value, and keeps the
# connection that it began with.
connect(api_key=api_key, user_key=ripley.user_key)
heard = SimpleQueue()
Channel.please.get(name="bridge").poll(last_id=question.id, callback=heard.put, error=heard.put, timeout=10)

connect(api_key=api_key, user_key=kane.user_key)
Channel.please.get(name="bridge").publish({"text": "Is it breakfast?"})
answer = heard.get(timeout=20)
assert answer.payload == {"text": "Is it breakfast?"} and answer.author["user"] == kane.id, answer

# --- The owner deletes an object, the administrator deletes the rest. ---

connect(api_key=api_key, user_key=ripley.user_key)
landing.delete()
assert Object.please.list(class_name="log").count() == 2

connect(api_key=account_key)
kane.remove_from_group(crew.id)
assert [user.username for user in crew.list_users()] == ["ellen"]

# A user who has left the group can neither publish nor read.
connect(api_key=api_key, user_key=kane.user_key)
assert list(Channel.please.list()) == []
with rejected(403):
    bridge.publish({"text": "I feel better"})
with rejected(403):
    list(Message.please.list(channel_name="bridge"))

connect(api_key=account_key)
bridge.delete()
crew.delete()
officers.delete()
assert list(Group.please.list()) == []

# Deleting a user deletes the user's objects.
ripley.delete()
assert [user.username for user in User.please.list()] == ["kane"]
assert Object.please.list(class_name="log").count() == 0
with rejected(401):
    sign_in("ellen", "sulaco")
log.delete()
with rejected(404):
    Class.please.get(name="log")

app_key.delete()
with rejected(403):
    sign_in("kane", "breakfast")
instance.delete()
connect(api_key=account_key)
assert list(Instance.please.list()) == []

print(
    f"syncano {syncano.VERSION} for Python, at {url}: signed up, signed in, users and groups, a new name, a new password,"
    " a new user key, objects of their own, a picture, a chat; all passed and all deleted"
)
