/** Messages as lines: those of the room, and one's own that are not acknowledged yet. */

import { make, milliseconds } from "../parts.js";

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "short",
});

/** A message of the room; `took` is how long one's own was on its way, or null. */
export function messageLine({ seq, name, text, at }, isOwn, took) {
  const line = make("li", isOwn ? "message own" : "message");
  line.dataset.seq = seq;
  const meta = make("p", "meta");
  meta.append(make("strong", "name", name), when(at));
  if (took !== null) {
    meta.append(make("span", "took", milliseconds(took)));
  }
  line.append(meta, textLine(text));
  return line;
}

/** The lines of pending messages, kept in step with what is pending. */
export class PendingLines {
  #list;
  #onEdit;
  #lines = new Map(); // by ref

  /** `onEdit` gets a refused message that its writer wants to mend. */
  constructor(list, onEdit) {
    this.#list = list;
    this.#onEdit = onEdit;
  }

  /** In place, for a line that is made anew loses the focus of its button. */
  show(pending) {
    const refs = new Set(pending.map(({ ref }) => ref));
    for (const [ref, line] of this.#lines) {
      if (!refs.has(ref)) {
        line.remove();
        this.#lines.delete(ref);
      }
    }
    for (const message of pending) {
      this.#showProgress(message, this.#lines.get(message.ref) ?? this.#add(message));
    }
  }

  #add({ ref, text }) {
    const line = make("li", "message own pending");
    line.append(make("p", "meta"), textLine(text));
    this.#lines.set(ref, line);
    this.#list.append(line);
    return line;
  }

  #showProgress(message, line) {
    const meta = line.firstElementChild;
    if (!message.refusal) {
      meta.textContent = message.sentAt === null ? "to be sent …" : "on its way …";
    } else if (!line.classList.contains("refused")) {
      line.classList.add("refused");
      const edit = make("button", "quiet small", "Edit");
      edit.type = "button";
      edit.addEventListener("click", () => this.#onEdit(message));
      meta.replaceChildren(message.refusal, edit);
    }
  }
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
