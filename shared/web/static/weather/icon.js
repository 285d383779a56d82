/** The picture of a WMO code (table 4677): the sky, clouds, and what falls from them. */

const SVG = "http://www.w3.org/2000/svg";

// See shared/weather/report.py for their words. `sky` is the sun, or the moon.
const PICTURES = [
  [[0], ["sky"]],
  [[1], ["sky", "small-cloud"]],
  [[2], ["high-sky", "cloud"]],
  [[3], ["far-cloud", "cloud"]],
  [[45, 48], ["cloud", "fog"]],
  [[51, 53, 55], ["cloud", "drizzle"]],
  [[56, 57, 66, 67], ["cloud", "sleet"]],
  [[61, 63, 65], ["cloud", "rain"]],
  [[71, 73, 75], ["cloud", "snow"]],
  [[77], ["cloud", "grains"]],
  [[80, 81, 82], ["high-sky", "cloud", "rain"]],
  [[85, 86], ["high-sky", "cloud", "snow"]],
  [[95], ["cloud", "lightning"]],
  [[96, 99], ["cloud", "lightning", "hail"]],
];

const PICTURE_OF = new Map(
  PICTURES.flatMap(([codes, layers]) => codes.map((code) => [code, layers])));
const UNKNOWN = ["far-cloud"];

/** Draw the weather into an SVG element; index.html has the layers. */
export function drawIcon(svg, code, isDay) {
  const layers = PICTURE_OF.get(code) ?? UNKNOWN;
  svg.replaceChildren(...layers.map((layer) => {
    const use = document.createElementNS(SVG, "use");
    const byTime = layer.replace("sky", isDay === false ? "moon" : "sun");
    use.setAttribute("href", `#weather-${byTime}`);
    return use;
  }));
}
