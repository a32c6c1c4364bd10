// Small words of the page: elements, clock times, and the colour that belongs to a name.

const $ = (id) => document.getElementById(id);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (/\bname\b/.test(className ?? "")) made.dir = "auto";
  return made;
}

function clockTime(seconds, decimals = 1) {
  const scale = 10 ** decimals;
  const whole = Math.round(Math.max(0, seconds) * scale) / scale;
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = (whole % 60).toFixed(decimals).padStart(decimals ? 3 + decimals : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

// Hues as far apart as eyes tell them; olive and mustard, which all look alike, are thinned out.
const HUES = [8, 28, 48, 68, 95, 125, 148, 168, 188, 208, 228, 246, 264, 282, 300, 318, 336, 352];

// A name has one colour on every page: its hash picks one of 18 hues and one of two depths.
const colours = new Map();

function colourOf(name) {
  if (!colours.has(name)) colours.set(name, mixedColour(name));
  return colours.get(name);
}

function mixedColour(name) {
  let hash = 2166136261;
  for (const unit of name) hash = Math.imul(hash ^ unit.codePointAt(0), 16777619) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0;
  const hue = HUES[hash % HUES.length];
  const depth = (hash >>> 8) % 2 ? 0.05 : -0.03;
  const style = getComputedStyle(document.documentElement);
  const tone = Number(style.getPropertyValue("--tone")) + depth;
  return `oklch(${tone.toFixed(3)} ${style.getPropertyValue("--chroma").trim()} ${hue})`;
}

function theme(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function dotOf(category) {
  const dot = element("span", "dot");
  dot.dataset.category = category;
  return dot;
}

function paintDots(root) {
  for (const marked of root.querySelectorAll("[data-category]")) {
    marked.style.setProperty("--colour", colourOf(report.categories[marked.dataset.category]));
  }
}
