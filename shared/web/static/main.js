/** The page: a chat for each app that it was told of, their weather, their times. */

import { App } from "./app.js";
import { Column } from "./chat/column.js";
import { TimesPanel } from "./times/times-panel.js";
import { tokenOfAddress } from "./token.js";
import { WeatherPanel } from "./weather/weather-panel.js";

const given = document.querySelector("meta[name=tandem-columns]").content;
const bases = given.split(" ").filter(Boolean);
const token = tokenOfAddress();
const apps = (bases.length ? bases : [location.origin]).map(
  (base) => new App(base, token));

const title = document.title;
const columns = apps.map((app) => new Column(app, showUnread));
document.getElementById("columns").append(...columns.map(({ root }) => root));
document.querySelector("main").classList.toggle("alone", apps.length === 1);
document.querySelector("nav").prepend(...columns.map(({ link }) => link));
columns.forEach((column) => column.start());

new WeatherPanel(document.getElementById("weather"), apps);
new TimesPanel(document.getElementById("times"), apps);

function showUnread() {
  const unread = columns.reduce((sum, column) => sum + column.unread, 0);
  document.title = unread ? `(${unread}) ${title}` : title;
}
