/** The plot of the round trips: a line of requests and a mark for each message. */

import { positionOf } from "./round-trips.js";
import { heightOf, labelled, ticksFor } from "./scale.js";

const SVG = "http://www.w3.org/2000/svg";
const LEFT = 54; // room for the labels, in pixels
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 22;
const MARK = 3.5;

/** Draw the times of all apps into an SVG element, as large as that is on the page. */
export function drawPlot(svg, apps, now = performance.now()) {
  const { clientWidth: width, clientHeight: height } = svg;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const times = apps.flatMap(({ times }) => [...times.of("request", now),
    ...times.of("message", now)]).map(({ took }) => took).filter((t) => t !== null);
  const ticks = ticksFor(times);
  const x = (at) => LEFT + positionOf(at, now) * (width - LEFT - RIGHT);
  const y = (took) => height - BOTTOM - heightOf(took, ticks) * (height - BOTTOM - TOP);
  const series = apps.map((app, index) => drawSeries(app, index, now, x, y));
  svg.replaceChildren(...axes(ticks, y, width, height), ...series);
}

function axes(ticks, y, width, height) {
  return [
    ...labelled(ticks).flatMap((tick) => [
      element("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(tick),
        y2: y(tick) }),
      label(LEFT - 6, y(tick) + 4, "end",
        tick < 1000 ? `${tick} ms` : `${tick / 1000} s`),
    ]),
    label(LEFT, height - 4, "start", "1 minute ago"),
    label(width - RIGHT, height - 4, "end", "now"),
  ];
}

function drawSeries({ times, framework }, index, now, x, y) {
  const group = element("g", { class: `series series-${index % 2}` });
  group.dataset.framework = framework;
  group.append(
    element("path", { class: "line", d: pathOf(times.of("request", now), x, y) }),
    ...times.of("message", now).map(({ at, took }) =>
      mark(x(at), y(took), index)));
  return group;
}

/** A line through the samples, with a gap where there was no answer. */
function pathOf(samples, x, y) {
  let isGap = true;
  return samples.map(({ at, took }) => {
    const command = isGap ? "M" : "L";
    isGap = took === null;
    return isGap ? "" : `${command}${x(at).toFixed(1)} ${y(took).toFixed(1)}`;
  }).join("");
}

/** Discs for one app and squares for the other: colour alone tells not everybody. */
function mark(x, y, index) {
  return index % 2
    ? element("rect", { class: "dot", x: x - MARK, y: y - MARK, width: 2 * MARK,
      height: 2 * MARK })
    : element("circle", { class: "dot", cx: x, cy: y, r: MARK });
}

function label(x, y, anchor, text) {
  const made = element("text", { class: "tick", x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  return made;
}
