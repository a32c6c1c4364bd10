// The lanes: one canvas a row, drawn for the visible stretch only, so that length costs nothing.

function hatch(context, x, width, height) {
  context.save();
  context.beginPath();
  context.rect(x, 0, width, height);
  context.clip();
  context.strokeStyle = theme("hatch");
  context.lineWidth = 1.2;
  context.beginPath();
  for (let along = Math.floor((x - height) / 7) * 7; along < x + width; along += 7) {
    context.moveTo(along, height);
    context.lineTo(along + height, 0);
  }
  context.stroke();
  context.restore();
}

function drawMissing(context, width, height) {
  for (const [start, end] of report.missing) {
    const from = Math.max(0, view.share(start) * width);
    const to = Math.min(width, view.share(end) * width);
    if (to > from) hatch(context, from, Math.max(to - from, 2), height);
  }
}

// The step curve of per-segment values; where several segments share a pixel, the highest of them shows.
function drawSteps(context, width, height, colour, valueAt) {
  const first = segmentAt(view.start);
  const last = segmentAt(view.end);
  const columns = new Float32Array(Math.ceil(width) + 1).fill(-1); // -1: nothing is known there
  for (let segment = first; segment <= last; segment += 1) {
    if (isMissingSegment[segment]) continue;
    const value = valueAt(segment);
    const from = Math.max(0, Math.floor(view.share(segment * hop) * width));
    const to = Math.min(columns.length - 1, Math.max(from, Math.ceil(view.share((segment + 1) * hop) * width) - 1));
    for (let x = from; x <= to; x += 1) columns[x] = Math.max(columns[x], value);
  }
  const top = 4;
  const level = (value) => height - 1 - Math.max(0, value) * (height - 2 - top);
  context.beginPath();
  context.moveTo(0, height);
  for (let x = 0; x < columns.length; x += 1) {
    context.lineTo(x, level(columns[x]));
    context.lineTo(x + 1, level(columns[x]));
  }
  context.lineTo(width + 1, height);
  context.fillStyle = colour;
  context.globalAlpha = 0.2;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.lineJoin = "round";
  context.beginPath();
  let drawing = false;
  for (let x = 0; x < columns.length; x += 1) {
    const visible = columns[x] >= 0;
    if (visible && !drawing) context.moveTo(x, level(columns[x]));
    if (visible) {
      context.lineTo(x, level(columns[x]));
      context.lineTo(x + 1, level(columns[x]));
    }
    drawing = visible;
  }
  context.stroke();
}

function drawScores(category) {
  const own = events.filter((event) => event.category === category);
  return (context, width, height) => {
    const colour = colourOf(report.categories[category]);
    for (const event of own) {
      if (event.end < view.start || event.start > view.end) continue;
      const from = view.share(event.start) * width;
      const wide = Math.max(2.5, view.share(event.end) * width - from);
      context.fillStyle = colour;
      context.globalAlpha = 0.13;
      context.fillRect(from, 0, wide, height);
      context.globalAlpha = 1;
      context.beginPath();
      context.roundRect(from + Math.min(1, wide / 4), 2, Math.max(1.5, wide - 2), 6, 3);
      context.fill();
    }
    if (scores) {
      context.save();
      context.translate(0, 8);
      drawSteps(context, width, height - 8, colour, (segment) => scoreAt(category, segment));
      context.restore();
    }
    drawMissing(context, width, height);
  };
}

function drawMotion(context, width, height) {
  drawSteps(context, width, height, theme("motion"), (segment) => motion[segment] / 255);
  drawMissing(context, width, height);
}

// The extremes of each pixel's stretch, and stronger inside them the mean of its peaks: long stretches keep a shape.
function drawWaveform(context, width, height) {
  const { rate, values } = waveform;
  const count = values.length / 2;
  const middle = height / 2;
  const bar = (x, low, high) => {
    const above = middle - (high / 127) * (middle - 2);
    context.fillRect(x, above, 1, Math.max(1, middle - (low / 127) * (middle - 2) - above));
  };
  context.fillStyle = theme("wave");
  for (let x = 0; x < width; x += 1) {
    const from = Math.max(0, Math.floor(view.secondsAt(x / width) * rate));
    const to = Math.min(count, Math.max(from + 1, Math.floor(view.secondsAt((x + 1) / width) * rate)));
    if (from >= to) continue;
    let [low, high, lows, highs] = [127, -127, 0, 0];
    for (let index = from; index < to; index += 1) {
      low = Math.min(low, values[2 * index]);
      high = Math.max(high, values[2 * index + 1]);
      lows += values[2 * index];
      highs += values[2 * index + 1];
    }
    context.globalAlpha = 0.45;
    bar(x, low, high);
    context.globalAlpha = 1;
    bar(x, lows / (to - from), highs / (to - from));
  }
  drawMissing(context, width, height);
}

function drawThumbnails(context, width, height) {
  const sample = pictures.image(0);
  const [wideness, tallness] = sample ? pictures.shape(sample) : [16, 9];
  const aspect = wideness / tallness;
  const slots = Math.max(1, Math.round(width / (height * aspect)));
  const wide = width / slots;
  for (let slot = 0; slot < slots; slot += 1) {
    const index = pictures.nearest(view.secondsAt((slot + 0.5) / slots));
    const image = pictures.image(index);
    if (!image) continue;
    // The slot is filled and the overflow cropped, so that a picture is never distorted.
    const shape = pictures.shape(image);
    const scale = Math.max(wide / shape[0], height / shape[1]);
    const [across, down] = [shape[0] * scale, shape[1] * scale];
    const [x, y] = [slot * wide + (wide - across) / 2, (height - down) / 2];
    context.save();
    context.beginPath();
    context.rect(slot * wide, 0, wide - 1.5, height);
    context.clip();
    context.drawImage(image, x, y, across, down);
    heat.draw(context, thumbnails[index].segment, x, y, across, down);
    context.restore();
  }
  drawMissing(context, width, height);
}

function drawOverview(context, width, height) {
  const order = [...new Set(events.map((event) => event.category))];
  const rows = Math.min(order.length, 6);
  const tall = Math.min(6, (height - 6) / Math.max(1, rows));
  const top = (height - tall * rows) / 2;
  for (const event of events) {
    context.fillStyle = colourOf(report.categories[event.category]);
    const from = (event.start / duration) * width;
    const y = top + tall * (order.indexOf(event.category) % rows);
    context.fillRect(from, y, Math.max(1.5, ((event.end - event.start) / duration) * width), Math.max(1, tall - 1));
  }
  for (const [start, end] of report.missing) {
    hatch(context, (start / duration) * width, Math.max(2, ((end - start) / duration) * width), height);
  }
  if (view.length >= duration * 0.999) return;
  const from = (view.start / duration) * width;
  const to = Math.max(from + 6, (view.end / duration) * width);
  context.fillStyle = theme("panel");
  context.globalAlpha = 0.66;
  context.fillRect(0, 0, from, height);
  context.fillRect(to, 0, width - to, height);
  context.globalAlpha = 1;
  context.strokeStyle = theme("ink");
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(from + 0.75, 0.75, to - from - 1.5, height - 1.5, 5);
  context.stroke();
}

function drawRuler(context, width, height) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
  const step = steps.find((seconds) => (seconds / view.length) * width >= 74) ?? 7200;
  context.fillStyle = theme("quiet");
  context.strokeStyle = theme("hatch");
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "middle";
  context.beginPath();
  for (let tick = Math.ceil(view.start / step); tick * step <= view.end + 1e-6; tick += 1) {
    const x = view.share(tick * step) * width;
    context.moveTo(Math.min(x, width - 0.5), height - 5);
    context.lineTo(Math.min(x, width - 0.5), height);
    const text = clockTime(tick * step, step < 1 ? 1 : 0);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.max(0, Math.min(width - 2 * half, x - half)), height / 2 - 4);
  }
  context.stroke();
}

const lanes = {
  rows: [],
  everyCategory: false,

  add(className, height, label, draw, spoken) {
    const row = element("div", `lane ${className}`);
    row.style.setProperty("--height", `${height}px`);
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", spoken);
    const head = element("div");
    head.append(...label);
    row.append(head, canvas);
    $("lanes").append(row);
    this.rows.push({ row, canvas, draw });
  },
  build() {
    this.rows = [];
    $("lanes").replaceChildren();
    this.add("overview measure", 30, [element("span", "", "Whole video")], drawOverview, "All events of the video");
    this.add("ruler measure", 24, [], drawRuler, "Time");
    const shown = this.categories();
    for (const { category, peak, count } of shown) {
      const name = report.categories[category];
      const label = [dotOf(name), element("span", "name", name)];
      label[1].title = name;
      if (scores) label.push(element("span", "peak", peak.toFixed(2)));
      label.at(-1).title ||= "Highest score";
      const spoken = `${name}: ${count} events, highest score ${peak.toFixed(2)}`;
      this.add("category", shown.length > 12 ? 34 : 46, label, drawScores(category), spoken);
    }
    const measures = [
      [motion, 34, "Motion", drawMotion, "Strength of motion"],
      [waveform, 52, "Sound", drawWaveform, "Waveform of the sound"],
      [thumbnails.length, 64, "Pictures", drawThumbnails, "Thumbnails with attention"],
    ].filter(([present]) => present);
    measures.forEach(([, height, name, draw, spoken], index) => {
      this.add(`measure${index ? "" : " first-measure"}`, height, [element("span", "", name)], draw, spoken);
    });
    this.draw();
  },
  // Categories with events come first, in order of appearance, then those that scored highest.
  categories() {
    const all = report.categories.map((_, category) => ({
      category,
      peak: peakOf(category),
      count: events.filter((event) => event.category === category).length,
    }));
    const first = new Map(events.map((event, order) => [event.category, -order]).reverse());
    all.sort((a, b) => (first.get(b.category) ?? -1e9) - (first.get(a.category) ?? -1e9) || b.peak - a.peak);
    const worth = all.filter((row, order) => row.count || (order < 4 && row.peak >= 0.1) || row.peak >= 0.35);
    const toggle = $("all");
    toggle.hidden = worth.length === all.length || !scores;
    toggle.textContent = this.everyCategory ? "Fewer" : `All ${all.length}`;
    toggle.append(element("span", "", "categories"));
    toggle.setAttribute("aria-pressed", String(this.everyCategory));
    return this.everyCategory ? all : worth;
  },
  draw() {
    for (const { canvas, draw } of this.rows) {
      const { context, width, height } = fitted(canvas);
      context.clearRect(0, 0, width, height);
      if (width > 0) draw(context, width, height);
    }
    const whole = view.length >= duration * 0.999;
    $("range").textContent = whole ? "" : `${clockTime(view.start)} – ${clockTime(view.end)}`;
    $("fit").disabled = whole;
  },
};
