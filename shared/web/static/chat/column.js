/** A column: one app, the rooms that are open at it, and one's name there. */

import { complain, fromTemplate, lengthOf, make, onSubmit, part } from "../parts.js";
import { RoomTabs } from "./room-tabs.js";
import { Room } from "./room.js";

const FIRST_ROOM = "lobby";
const NAME_LENGTH = 32;
const UNPRINTABLE = /(?! )[\p{C}\p{Z}]/u;

export class Column {
  #app;
  #memberName = "";
  #rooms = new Map(); // by name, in the order in which they were joined
  #tabs;
  #selected;
  #onUnread;

  /** `onUnread` is called when `unread` may have changed. */
  constructor(app, onUnread) {
    this.#app = app;
    this.#onUnread = onUnread;
    this.root = fromTemplate("column");
    /** Leads to the column, from the head of the page. */
    this.link = make("a", "");
    this.#tabs = new RoomTabs(this.#part("tabs"), (name) => this.#select(name));
    this.#showApp();
    app.addEventListener("identified", () => this.#showApp());
    app.addEventListener("unauthorized", () => (this.#part("token").hidden = false));
    document.addEventListener("visibilitychange", () =>
      this.#rooms.get(this.#selected).look());
    onSubmit(this.#part("join"), ({ room }) => this.#join(room));
    onSubmit(this.#part("rename"), ({ name }) => this.#rename(name));
    onSubmit(this.#part("token"), ({ token }) => this.#useToken(token));
    this.#part("rename").addEventListener("change", ({ currentTarget }) =>
      currentTarget.requestSubmit());
  }

  /** Come into the first room. */
  start() {
    if (this.#app.token) {
      this.#takeNameOfToken();
    }
    this.#select(FIRST_ROOM);
  }

  /** How many messages in all its rooms have not been in view. */
  get unread() {
    return [...this.#rooms.values()].reduce((sum, { unread }) => sum + unread, 0);
  }

  #showApp() {
    const { base, host, name, framework, version } = this.#app;
    this.root.id = this.root.dataset.framework = framework || host;
    this.root.ariaLabel = name;
    this.link.href = `#${this.root.id}`;
    this.link.textContent = name;
    this.#part("framework").textContent = name;
    this.#part("version").textContent = version;
    this.#part("base").textContent = host;
    const links = { base: "/", docs: "/docs", asyncapi: "/asyncapi.json" };
    for (const [part, path] of Object.entries(links)) {
      this.#part(part).href = base + path;
    }
  }

  #join(field) {
    this.#select(field.value);
    field.value = "";
  }

  /** Show a room, which is joined if it was not. */
  #select(name) {
    if (!this.#rooms.has(name)) {
      this.#open(name);
    }
    this.#selected = name;
    for (const room of this.#rooms.values()) {
      room.show(room.name === name);
    }
    this.#showRooms();
  }

  #open(name) {
    const room = new Room(this.#app, name, this.#memberName, () => this.#showRooms());
    part(room.root, "leave").addEventListener("click", () => this.#leave(name));
    this.#rooms.set(name, room);
    this.#part("views").append(room.root);
    room.connect();
  }

  #leave(name) {
    this.#rooms.get(name).leave();
    this.#rooms.delete(name);
    this.#select([...this.#rooms.keys()].at(-1));
    this.#tabs.focus(this.#selected);
  }

  #showRooms() {
    const rooms = [...this.#rooms.values()];
    this.#tabs.show(rooms, this.#selected);
    for (const room of rooms) {
      part(room.root, "leave").hidden = rooms.length === 1;
    }
    // A guest keeps the name that the first room has given it.
    this.#memberName ||= rooms[0].memberName;
    this.#part("rename").elements.name.value ||= this.#memberName;
    this.#onUnread();
  }

  #rename(field) {
    const name = field.value.trim();
    const rooms = [...this.#rooms.values()];
    if (!name || name === this.#memberName) {
      field.value = this.#memberName;
    } else if (lengthOf(name) > NAME_LENGTH) {
      complain(field, `A name has at most ${NAME_LENGTH} characters.`);
    } else if (UNPRINTABLE.test(name)) {
      complain(field, "A name has printable characters only.");
    } else if (rooms.some(({ isBusy }) => isBusy)) {
      complain(field, "Messages are still on their way; wait for them, then rename.");
    } else {
      this.#memberName = name;
      rooms.forEach((room) => room.rename(name));
    }
  }

  #useToken(field) {
    this.#app.token = field.value.trim();
    this.#part("token").hidden = true;
    this.#takeNameOfToken();
    this.#rooms.forEach((room) => room.rename(""));
  }

  /** A token says who its holder is, so nobody is asked for a name. */
  #takeNameOfToken() {
    const { name } = this.#part("rename").elements;
    name.readOnly = true;
    this.#memberName = name.value = "";
  }

  #part(name) {
    return part(this.root, name);
  }
}
