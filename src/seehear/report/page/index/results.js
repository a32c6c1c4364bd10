// The results, a batch at a time, so that thousands of them cost no more than what is looked at.

const BATCH = 40;
const TILES = 6;

function factsOf({ video, count }) {
  const parts = [clockTime(video.seconds, 0), count ? plural(count, "event") : "no events"];
  if (count < video.count) parts[1] = `${count} of ${plural(video.count, "event")}`;
  if (video.best !== null) parts.push(`best ${video.best.toFixed(2)}`);
  return parts.join(" · ");
}

function titleOf(video) {
  const title = element("h3");
  if (video.folder) title.append(element("span", "folder name quiet", video.folder));
  const link = opening(video, "name");
  link.textContent = video.name;
  link.classList.add("title");
  title.append(link);
  return title;
}

// All tiles of a video, or the first few and a button for the others.
function tilesOf(answer) {
  const { events, count } = answer;
  const list = element("ul", "tiles");
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", `Events of ${answer.video.name}`);
  const add = (some) => list.append(...some.map((event) => {
    const item = element("li");
    item.append(tileOf(event, false));
    return item;
  }));
  const few = events.length > TILES ? TILES - 1 : TILES;
  add(events.slice(0, few));
  if (events.length > few) {
    const item = element("li");
    const button = element("button", "tile rest");
    button.type = "button";
    button.append(element("span", "many", `+${events.length - few}`), element("span", "quiet", "more events"));
    button.addEventListener("click", () => {
      item.remove();
      add(events.slice(few));
      list.children[few].firstChild.focus();
      if (count > events.length) {
        list.after(element("p", "quiet remark", `Pictures of ${events.length} of ${count} events; all are in the page of the video.`));
      }
    });
    item.append(button);
    list.append(item);
  }
  return list;
}

function videoRow(answer) {
  const { video } = answer;
  const row = element("li", "video");
  const about = element("div", "about");
  about.append(titleOf(video), element("p", "facts quiet", factsOf(answer)));
  if (video.counts.length) about.append(chips([...video.counts].sort((a, b) => b[1] - a[1]), 4));
  if (video.message) about.append(element("p", "remark", `${video.status === "partial" ? "Partly read" : "Note"}: ${video.message}`));
  const shown = element("div", "shown");
  if (answer.events.length) shown.append(strip(answer.events, video.seconds), tilesOf(answer));
  else {
    const quiet = element("p", "silent quiet");
    quiet.append(cellOf(video, 0), element("span", "", "Nothing was both seen and heard"));
    shown.append(quiet);
  }
  row.append(about, shown);
  return row;
}

function eventRow(event) {
  const item = element("li");
  item.append(tileOf(event, true));
  return item;
}

function failureRow(video) {
  const row = element("li", "failure");
  const title = element("h3");
  if (video.folder) title.append(element("span", "folder name quiet", video.folder));
  title.append(element("span", "name", video.name));
  row.append(title, element("p", "reason", video.reason.replaceAll("_", " ")), element("p", "name quiet", video.message));
  return row;
}

const results = {
  list: $("results"),
  entries: [], // answers, or events
  row: videoRow,

  show(answers, least) {
    const byEvent = search.view === "events";
    this.row = byEvent ? eventRow : videoRow;
    this.entries = byEvent ? answers.flatMap((answer) => answer.events) : answers;
    this.list.className = byEvent ? "tiles sheet" : "panel";
    this.list.replaceChildren();
    this.list.hidden = !this.entries.length;
    this.extend(Math.max(BATCH, least));
  },
  extend(count = BATCH) {
    const from = this.list.children.length;
    const rows = this.entries.slice(from, from + count).map((entry, place) => {
      const row = this.row(entry);
      row.setAttribute("aria-setsize", String(this.entries.length));
      row.setAttribute("aria-posinset", String(from + place + 1));
      return row;
    });
    this.list.append(...rows);
    const left = this.entries.length - this.list.children.length;
    $("more").hidden = !left;
    $("more").textContent = `Show more (${left} left)`;
  },
  // The link of a result, which is made first where it is not there yet.
  linkAt(place) {
    if (place < 0 || place >= this.entries.length) return null;
    if (place >= this.list.children.length) this.extend(place + BATCH - this.list.children.length);
    return this.list.children[place].querySelector(".title, .tile");
  },
  placeOf(part) {
    const row = part?.closest?.("#results > li");
    return row ? Number(row.getAttribute("aria-posinset")) - 1 : -1;
  },
  // How many results lie side by side.
  get across() {
    const tops = [...this.list.children].slice(0, 60).map((row) => row.offsetTop);
    const second = tops.findIndex((top) => top > tops[0]);
    return second > 0 ? second : Math.max(1, tops.length);
  },
  focus(place) {
    const link = this.linkAt(place);
    link?.focus();
    return Boolean(link);
  },
  // Up and down among results; left and right among events, those of a video or all.
  move(key, from) {
    const place = this.placeOf(from);
    if (place < 0) return key === "ArrowDown" && this.focus(0);
    const forward = key === "ArrowDown" || key === "ArrowRight";
    if (key === "ArrowUp" || key === "ArrowDown") {
      const step = search.view === "events" ? this.across : 1;
      return this.focus(place + (forward ? step : -step));
    }
    if (search.view === "events") return this.focus(place + (forward ? 1 : -1));
    const stops = [...this.list.children[place].querySelectorAll(".title, .tile")];
    const next = stops[stops.indexOf(from) + (forward ? 1 : -1)];
    next?.focus();
    return Boolean(next);
  },
};
