/** A room of a column: what its connection tells, shown, and what its member does. */

import { fromTemplate, part, say } from "../parts.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { messageLine, PendingLines } from "./lines.js";
import { Log } from "./log.js";
import { Membership } from "./membership.js";
import { OlderMessages } from "./older-messages.js";
import { newRef } from "./ref.js";
import { RoomStatus } from "./room-status.js";
import { Unread } from "./unread.js";

export class Room {
  #app;
  #membership;
  #connection;
  #status;
  #log;
  #older;
  #unread;
  #pendingLines;
  #composer;
  #onChange;
  #lastPast = null; // the last seq of what was said before we came, until it is there

  /** `onChange` is called when its `memberName` or its `unread` may have changed. */
  constructor(app, room, memberName, onChange) {
    this.#app = app;
    this.#onChange = onChange;
    this.#membership = new Membership(room, memberName);
    this.#connection = new Connection(app, this.#membership, this);
    this.root = fromTemplate("room");
    this.#part("room-name").textContent = room;
    this.#status = new RoomStatus(this.root, () => this.connect());
    this.#log = new Log(this.root, () => this.#unread.look());
    this.#older = new OlderMessages(this.root, app, this.#membership, this.#log);
    this.#unread = new Unread(this.root, this.#log, onChange);
    this.#composer = new Composer(this.#part("composer"), (text) => this.#send(text));
    this.#pendingLines = new PendingLines(
      this.#part("pending"), (message) => this.#takeBack(message));
  }

  get name() {
    return this.#membership.room;
  }

  get memberName() {
    return this.#membership.name;
  }

  get unread() {
    return this.#unread.count;
  }

  /** Whether messages are on their way, for which the name must stay what it is. */
  get isBusy() {
    return this.#membership.isBusy;
  }

  connect() {
    this.#connection.connect();
  }

  /** Come in under another name. Not while it is busy. */
  rename(memberName) {
    this.#membership.name = memberName;
    this.connect();
  }

  leave() {
    this.#connection.end();
    this.root.remove();
  }

  show(isShown) {
    this.root.hidden = !isShown;
    this.look();
  }

  /** Somebody may look at it again. */
  look() {
    this.#unread.look();
  }

  // What the connection tells.

  connecting() {
    this.#status.connecting();
  }

  connected({ seq, members, resumed }) {
    this.#status.connected(members);
    if (!resumed) {
      this.#lastPast = seq;
      this.#settle(0);
    }
    this.#onChange();
  }

  waiting(reason, milliseconds) {
    this.#status.waiting(reason, milliseconds);
    this.pendingChanged();
  }

  cleared() {
    this.#log.clear();
    this.#lastPast = null;
    this.#unread.forget();
  }

  message(message, took) {
    const isOwn = message.name === this.memberName;
    const isPast = this.#lastPast !== null && message.seq <= this.#lastPast;
    const line = messageLine(message, isOwn, took);
    this.#log.append(line, isPast);
    if (!isOwn && !isPast) {
      this.#unread.add(line);
    }
    this.#settle(message.seq);
  }

  acknowledged(took) {
    if (took !== null) {
      this.#app.times.add("message", took);
    }
    this.pendingChanged();
    if (!this.#membership.pending.length) {
      this.notice("");
    }
  }

  presence(frame) {
    this.#status.presence(frame, this.memberName);
  }

  notice(text) {
    say(this.#part("notice"), text);
  }

  pendingChanged() {
    this.#pendingLines.show(this.#membership.pending);
    this.#log.keepEnd();
  }

  /** With the last of what was said before, the log is there to be read upwards. */
  #settle(seq) {
    if (this.#lastPast !== null && seq >= this.#lastPast) {
      this.#lastPast = null;
      this.#older.watch();
    }
  }

  // What its member does.

  #send(text) {
    this.notice("");
    this.#membership.add(text, newRef());
    this.pendingChanged();
    this.#connection.flush();
    this.#unread.readAll();
  }

  #takeBack({ ref, text }) {
    this.#composer.restore(text);
    this.#membership.remove(ref);
    this.pendingChanged();
    this.notice("");
  }

  #part(name) {
    return part(this.root, name);
  }
}
