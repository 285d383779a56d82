/** The chat of a column: what a Conversation says, shown. */

import { Conversation } from "./conversation.js";
import { lengthOf, make, milliseconds, part, say } from "./parts.js";

const SHOWN = 500; // messages that stay on the page
const NAME_LENGTH = 32;
const TEXT_LENGTH = 2_000;
const NEAR_PX = 40;
const UNPRINTABLE = /(?! )[\p{C}\p{Z}]/u;

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "short",
});

export class Chat {
  #app;
  #parts;
  #conversation;
  #historyEnd = 0;
  #pendingLines = new Map(); // by ref

  constructor(root, app) {
    this.#app = app;
    this.#parts = (name) => part(root, name);
    this.#conversation = new Conversation(app.base, () => app.identify(), this);
    this.#onSubmit("join", (form) => this.#join(form));
    this.#onSubmit("compose", (form) => this.#send(form));
    const compose = this.#parts("compose");
    compose.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        compose.requestSubmit();
      }
    });
    this.#parts("retry").addEventListener("click", () => this.#conversation.connect());
    const { room, name } = this.#parts("join").elements;
    this.#conversation.join(room.value, name.value.trim());
  }

  // What the conversation tells.

  connecting() {
    this.#state("connecting", "Connecting …");
  }

  connected({ name, seq, members }) {
    this.#state("connected", "Connected");
    this.#parts("join").elements.name.value ||= name;
    this.#parts("presence").textContent = this.#here(members);
    // A screen reader is spared what was said before.
    this.#historyEnd = seq;
    this.#parts("log").ariaBusy = "true";
    this.#parts("empty").hidden = seq > 0;
    this.#settle(0);
  }

  waiting(reason, seconds) {
    this.#state("waiting", `${reason} Next try in ${Math.ceil(seconds)} s.`);
    this.#parts("presence").textContent = "";
    this.outboxChanged();
  }

  cleared() {
    this.#parts("messages").replaceChildren();
    this.#parts("empty").hidden = true;
    this.#parts("presence").textContent = "";
    this.notice("");
  }

  message(message, took) {
    const messages = this.#parts("messages");
    this.#keepAtEnd(() => {
      messages.append(this.#line(message, took));
      if (messages.childElementCount > SHOWN) {
        messages.firstElementChild.remove();
      }
    });
    this.#parts("empty").hidden = true;
    this.#settle(message.seq);
    if (took !== null) {
      this.#parts("chat-timing").textContent =
        `${this.#app.name} brought your message back in ${milliseconds(took)}.`;
    }
  }

  presence({ members, joined, left }) {
    const others = (name) => name !== this.#conversation.name;
    const changes = [
      ...joined.filter(others).map((name) => `${name} joined`),
      ...left.filter(others).map((name) => `${name} left`),
    ];
    const words = [this.#here(members), ...changes.slice(-2)];
    this.#parts("presence").textContent = words.join(" · ");
  }

  notice(text) {
    say(this.#parts("chat-notice"), text);
  }

  outboxChanged() {
    // In place, for a line that is made anew loses the focus of its button.
    const { outbox } = this.#conversation;
    this.#keepAtEnd(() => {
      for (const [ref, line] of this.#pendingLines) {
        if (!outbox.find(ref)) {
          line.remove();
          this.#pendingLines.delete(ref);
        }
      }
      for (const message of outbox.messages) {
        this.#showProgress(message, this.#pendingLine(message));
      }
    });
  }

  // What the user does.

  #onSubmit(name, handle) {
    const form = this.#parts(name);
    form.addEventListener("input", ({ target }) => target.setCustomValidity(""));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      handle(form);
    });
  }

  #join({ elements: { name, room } }) {
    const chosen = name.value.trim();
    if (lengthOf(chosen) > NAME_LENGTH) {
      return complain(name, `A name has at most ${NAME_LENGTH} characters.`);
    }
    if (UNPRINTABLE.test(chosen)) {
      return complain(name, "A name has printable characters only.");
    }
    if (this.#conversation.outbox.isBusy) {
      return this.notice("Messages are still on their way; wait for them, then join.");
    }
    this.#conversation.join(room.value, chosen);
  }

  #send({ elements: { text } }) {
    // A lone surrogate has no place in UTF-8.
    const trimmed = text.value.toWellFormed().trim();
    if (!trimmed) {
      return complain(text, "Write something first.");
    }
    if (lengthOf(trimmed) > TEXT_LENGTH) {
      return complain(text, `A message has at most ${TEXT_LENGTH} characters.`);
    }
    text.value = "";
    this.notice("");
    this.#conversation.send(trimmed);
    this.#scrollToEnd();
  }

  #takeBack(message) {
    const { text } = this.#parts("compose").elements;
    text.value = [message.text, text.value].filter(Boolean).join("\n");
    text.focus();
    this.#conversation.takeBack(message);
    this.notice("");
  }

  // How it looks.

  #state(state, text) {
    this.#parts("state").dataset.state = state;
    this.#parts("state").textContent = text;
    this.#parts("retry").hidden = state !== "waiting";
  }

  #here(members) {
    return members === 1 ? "Only you here" : `${members} here`;
  }

  #settle(seq) {
    if (seq >= this.#historyEnd) {
      this.#parts("log").ariaBusy = "false";
    }
  }

  #line({ name, text, at }, took) {
    const own = name === this.#conversation.name;
    const line = make("li", own ? "message own" : "message");
    const meta = make("p", "meta");
    meta.append(make("strong", "name", name), when(at));
    if (took !== null) {
      meta.append(make("span", "took", milliseconds(took)));
    }
    line.append(meta, textLine(text));
    return line;
  }

  #pendingLine({ ref, text }) {
    let line = this.#pendingLines.get(ref);
    if (!line) {
      line = make("li", "message own pending");
      line.append(make("p", "meta"), textLine(text));
      this.#pendingLines.set(ref, line);
      this.#parts("outbox").append(line);
    }
    return line;
  }

  #showProgress(message, line) {
    const meta = line.firstElementChild;
    if (!message.refusal) {
      meta.textContent = message.sentAt === null ? "to be sent …" : "on its way …";
    } else if (!line.classList.contains("refused")) {
      line.classList.add("refused");
      const edit = make("button", "quiet", "Edit");
      edit.type = "button";
      edit.addEventListener("click", () => this.#takeBack(message));
      meta.replaceChildren(message.refusal, edit);
    }
  }

  #keepAtEnd(change) {
    const { scrollTop, scrollHeight, clientHeight } = this.#parts("scroller");
    change();
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) {
      this.#scrollToEnd();
    }
  }

  #scrollToEnd() {
    const scroller = this.#parts("scroller");
    scroller.scrollTop = scroller.scrollHeight;
  }
}

function complain(field, text) {
  field.setCustomValidity(text);
  field.reportValidity();
}

function textLine(text) {
  const line = make("p", "text", text);
  line.dir = "auto";
  return line;
}

function when(at) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const time = make("time", "", (isToday ? TIME : DAY_AND_TIME).format(date));
  time.dateTime = at;
  return time;
}
