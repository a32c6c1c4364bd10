// The list of videos: one row each, changed in place so that a focused button stays where it is.

const FORMAT_WORDS = {
  html: "Report page",
  json: "JSON",
  ndjson: "JSON lines",
  csv: "Table (CSV)",
  srt: "Subtitles (SRT)",
  vtt: "Subtitles (WebVTT)",
  audacity: "Audacity labels",
  eaf: "ELAN",
  textgrid: "Praat TextGrid",
  rttm: "RTTM",
  edl: "Edit list (EDL)",
  otio: "OpenTimelineIO",
  labelstudio: "Label Studio",
  fiftyone: "FiftyOne",
};
const MOST_CHIPS = 5;

const lengths = new Map(); // seconds of a video that is being read, where this browser can tell

function button(words, className, act) {
  const made = element("button", className, words);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

function named(button, label) {
  button.setAttribute("aria-label", label);
  button.title = label;
  return button;
}

// A list of addresses behind a button; Escape or a click elsewhere closes it.
function downloads(job) {
  const menu = element("details", "menu");
  const head = element("summary", "toggle", "Download");
  head.setAttribute("aria-label", `Download results of ${job.name}`);
  const list = element("ul");
  for (const [format, address] of Object.entries(job.exports)) {
    const link = element("a", "", FORMAT_WORDS[format] ?? format);
    link.href = address;
    link.download = "";
    list.append(element("li"));
    list.lastChild.append(link);
  }
  menu.append(head, list);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    head.focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}

document.addEventListener("pointerdown", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

function deleting(job) {
  const made = button(undefined, "icon", () => deeds.remove(job));
  made.append(icon("M4 6h12M8 6V4h4v2M6 6l.7 10h6.600L14 6M8.700 9v4.500M11.300 9v4.500"));
  return named(made, `Delete ${job.name}`);
}

function categoriesOf(job) {
  const counts = new Map();
  for (const { category } of job.events) counts.set(category, (counts.get(category) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function meter(value, most, label) {
  const made = element("progress");
  if (most) {
    made.max = most;
    made.value = Math.min(value, most);
  }
  made.setAttribute("aria-label", label);
  return made;
}

function sentenceOf(job, before) {
  const length = job.duration_seconds === null ? sizeOf(job.video_bytes) : clockTime(job.duration_seconds, 0);
  switch (job.state) {
    case "queued":
      return before ? `Waiting, ${plural(before, "video")} before it` : "Waiting";
    case "running": {
      const seconds = job.progress_seconds ?? 0;
      const whole = lengths.get(job.id);
      const read = `${clockTime(seconds, 0)}${whole ? ` of ${clockTime(whole, 0)}` : ""} read`;
      const left = whole && seconds ? ((Date.now() - Date.parse(job.started)) / 1000) * (whole / seconds - 1) : 0;
      return left > 5 ? `Listening and looking: ${read}, about ${clockTime(left, 0)} left` : `Listening and looking: ${read}`;
    }
    case "done":
      return `${length} · ${job.event_count ? plural(job.event_count, "event") : "nothing was both seen and heard"}`;
    case "failed":
      return job.message ? `Not read: ${job.message}` : "Failed";
    default:
      return `Cancelled · ${length}`;
  }
}

// The browser knows the length of most videos from their first bytes; the server reads to the end to be sure.
function learnLength(job) {
  if (lengths.has(job.id)) return;
  lengths.set(job.id, 0);
  const video = element("video");
  video.preload = "metadata";
  video.addEventListener("loadedmetadata", () => {
    if (Number.isFinite(video.duration)) lengths.set(job.id, video.duration);
    draw();
    video.removeAttribute("src");
    video.load();
  });
  video.src = job.video;
}

function pictureOf(job) {
  const frame = element("div", "picture");
  if (!job.thumbnail) {
    frame.append(icon("M3.500 5h13v10h-13zM8.500 7.800v4.400l3.700-2.200z"));
    return frame;
  }
  const image = element("img");
  image.alt = "";
  image.src = job.thumbnail;
  if (job.picture_aspect) image.style.aspectRatio = String(job.picture_aspect);
  image.addEventListener("error", () => frame.replaceWith(pictureOf({})));
  frame.classList.add("shown");
  frame.append(image);
  return frame;
}

function deedsOf(job) {
  const made = [];
  if (job.state === "done") made.push(downloads(job));
  if (job.state === "failed" || job.state === "cancelled") {
    made.push(named(button("Try again", "toggle", () => deeds.retry(job)), `Try ${job.name} again`));
  }
  if (job.state === "queued" || job.state === "running") {
    made.push(named(button("Cancel", "toggle", () => deeds.cancel(job)), `Cancel ${job.name}`));
  }
  made.push(deleting(job));
  return made;
}

function titleOf(job) {
  const title = element("h3", "name");
  if (job.state !== "done") title.textContent = job.name;
  else {
    const link = element("a", "", job.name);
    link.href = `#/${job.id}`;
    title.append(link);
  }
  return title;
}

const rows = {
  made: new Map(), // id -> { row, shape }

  // Rows in this order and no others.
  show(jobs) {
    const list = $("videos");
    const wanted = [...uploads.all.map((upload) => this.ofUpload(upload)), ...this.ofJobs(jobs)];
    const ids = new Set(wanted.map((row) => row.id));
    for (const [id, { row }] of this.made) {
      if (ids.has(id)) continue;
      this.moveFocusFrom(row);
      row.remove();
      this.made.delete(id);
    }
    wanted.forEach((row, place) => {
      if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    });
  },
  ofJobs(jobs) {
    const queue = jobs.filter((job) => job.state === "queued" || job.state === "running").reverse();
    return jobs.map((job) => this.ofJob(job, queue.indexOf(job)));
  },
  // A row is built anew only where its kind of content changes; what merely moves on is written into it.
  ofJob(job, before) {
    if (job.state === "running") learnLength(job);
    const row = this.row(job.id, job.state, () => {
      const what = element("div", "what");
      what.append(titleOf(job), element("p", "state"));
      if (job.state === "running") what.append(element("div", "meter"));
      if (job.state === "done" && job.events.length) what.append(strip(job.events, job.duration_seconds), chips(categoriesOf(job), MOST_CHIPS));
      if (job.state === "done" && job.message) what.append(element("p", "quiet remark", job.message));
      const does = element("div", "deeds");
      does.append(...deedsOf(job));
      return [pictureOf(job), what, does];
    });
    row.querySelector(".state").textContent = sentenceOf(job, before);
    row.querySelector(".meter")?.replaceChildren(meter(job.progress_seconds, lengths.get(job.id), `How much of ${job.name} was read`));
    return row;
  },
  ofUpload(upload) {
    const shape = upload.trouble ? "trouble" : "uploading";
    const row = this.row(upload.id, shape, () => {
      const what = element("div", "what");
      what.append(element("h3", "name", upload.name), element("p", "state"));
      if (shape === "uploading") what.append(element("div", "meter"));
      const does = element("div", "deeds");
      if (shape === "trouble") does.append(named(button("Try again", "toggle", () => uploads.again(upload)), `Send ${upload.name} again`));
      const words = shape === "trouble" ? "Dismiss" : "Cancel";
      does.append(named(button(words, "toggle", () => uploads.drop(upload)), `${words} ${upload.name}`));
      return [pictureOf({}), what, does];
    });
    const started = uploads.running.has(upload);
    const words = started ? `Receiving: ${sizeOf(upload.sent)} of ${sizeOf(upload.size)}` : "Waiting to be sent";
    row.querySelector(".state").textContent = upload.trouble ? `Not received: ${upload.trouble}` : words;
    row.querySelector(".meter")?.replaceChildren(meter(upload.sent, upload.size, `How much of ${upload.name} was sent`));
    return row;
  },
  row(id, shape, build) {
    const known = this.made.get(id);
    if (known?.shape === shape) return known.row;
    const row = known?.row ?? element("li");
    const focused = row.contains(document.activeElement);
    row.id = id;
    row.className = `job ${shape}`;
    row.replaceChildren(...build());
    this.made.set(id, { row, shape });
    if (focused) row.querySelector("a, button, summary")?.focus();
    return row;
  },
  // The focus of a row that goes away passes to its neighbour, else to the heading.
  moveFocusFrom(row) {
    if (!row.contains(document.activeElement)) return;
    const near = row.nextElementSibling ?? row.previousElementSibling;
    (near?.querySelector("a, button, summary") ?? $("videos-heading")).focus();
  },
};
