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

// What carries the name of a category as data is given its colour, and given it anew when the theme changes.
function painted(part, category) {
  part.dataset.category = category;
  part.style.setProperty("--colour", colourOf(category));
  return part;
}

function dotOf(category) {
  return painted(element("span", "dot"), category);
}

function paintAnew() {
  colours.clear();
  for (const part of document.querySelectorAll("[data-category]")) painted(part, part.dataset.category);
}

function onThemeChange(act) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", act);
}

function plural(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

// Terms and what they are, into a list of pairs.
function fillFacts(list, facts) {
  for (const [term, value] of facts) {
    const pair = element("div");
    pair.append(element("dt", "", term), element("dd", "", value));
    list.append(pair);
  }
}

function fillCard(list, lines) {
  list.append(...lines.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", value)]));
}

// Acts once before the next picture of the screen, however often it is asked.
function soon(act) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      act();
    });
  };
}
