/** The rooms of a column as a row of buttons, with what is unread in each. */

import { make } from "../parts.js";

export class RoomTabs {
  #list;
  #onSelect;
  #tabs = new Map(); // by the room's name

  /** `onSelect` gets the name of the room that is to be shown. */
  constructor(list, onSelect) {
    this.#list = list;
    this.#onSelect = onSelect;
  }

  /** In place, so that the button that has the focus keeps it. */
  show(rooms, selected) {
    for (const [name, tab] of this.#tabs) {
      if (!rooms.some((room) => room.name === name)) {
        tab.remove();
        this.#tabs.delete(name);
      }
    }
    for (const { name, unread } of rooms) {
      const tab = this.#tabs.get(name) ?? this.#add(name);
      const button = tab.firstElementChild;
      button.ariaCurrent = name === selected ? "true" : "false";
      button.replaceChildren(name, ...badge(unread));
    }
  }

  focus(name) {
    this.#tabs.get(name).firstElementChild.focus();
  }

  #add(name) {
    const tab = make("li", "");
    const button = make("button", "tab");
    button.type = "button";
    button.addEventListener("click", () => this.#onSelect(name));
    tab.append(button);
    this.#list.append(tab);
    this.#tabs.set(name, tab);
    return tab;
  }
}

function badge(unread) {
  if (!unread) {
    return [];
  }
  const count = make("span", "badge", unread > 99 ? "99+" : String(unread));
  count.append(make("span", "visually-hidden", " unread"));
  return [" ", count];
}
