// Joins the parts: pointer, keyboard, and what moves when time does.

function buildSummary() {
  let together = 0;
  let reached = 0;
  for (const event of events) {
    together += Math.max(0, event.end - Math.max(event.start, reached));
    reached = Math.max(reached, event.end);
  }
  const spoken = (seconds) => (seconds < 60 ? `${seconds.toFixed(1)} s` : clockTime(seconds, 0));
  const missing = report.missing.reduce((total, [start, end]) => total + end - start, 0);
  const facts = [
    ["Length", clockTime(report.duration, 0)],
    ["Events", String(events.length)],
    ["Categories", String(new Set(events.map((event) => event.category)).size)],
    ["Seen and heard", spoken(together)],
  ];
  if (missing) facts.push(["Not readable", spoken(missing)]);
  fillFacts($("summary"), facts);
  $("length").textContent = `/ ${clockTime(report.duration)}`;
  $("playhead").setAttribute("aria-valuemax", report.duration.toFixed(1));
}

function buildNotes() {
  $("notes").hidden = !report.notes.length;
  $("notes").append(...report.notes.map((note) => element("li", "", note)));
}

function follow() {
  const seconds = player.time;
  const share = view.share(seconds);
  const playhead = $("playhead");
  playhead.classList.toggle("outside", share < 0 || share > 1);
  playhead.style.left = `${share * 100}%`;
  playhead.setAttribute("aria-valuenow", seconds.toFixed(1));
  const current = eventsAt(seconds).map((event) => report.categories[event.category]);
  playhead.setAttribute("aria-valuetext", [clockTime(seconds), ...current].join(", "));
  $("position").textContent = clockTime(seconds);
  if (player.playing) view.reveal(seconds);
  list.mark(seconds);
  stage.draw();
}

function jump(direction) {
  const seconds = player.time;
  const starts = [...new Set(events.map((event) => event.start))].sort((a, b) => a - b);
  const wanted = direction > 0
    ? starts.find((start) => start > seconds + 0.05)
    : starts.reverse().find((start) => start < seconds - 0.3);
  if (wanted === undefined) return;
  player.seek(wanted);
  view.reveal(wanted);
  announce(events.filter((event) => event.start === wanted));
}

// For those who do not see the list: what begins here.
function announce(some) {
  const words = some.map((event) => `${report.categories[event.category]}, ${clockTime(event.start)} to ${clockTime(event.end)}`);
  $("said").textContent = words.join("; ");
}

// `#t=3.5`, `#t=1:02.5` or `#t=3,8` in the address, as W3C Media Fragments write it, is where the page opens.
function openPlace() {
  const found = /^#(?:.*&)?t=(?:npt:)?([\d.:]+)/.exec(location.hash);
  const seconds = found ? found[1].split(":").reduce((total, part) => 60 * total + Number(part), 0) : NaN;
  if (!Number.isFinite(seconds)) return;
  player.seek(seconds);
  view.reveal(seconds);
  list.mark(seconds);
  const [current] = list.current;
  if (current) list.bringIntoView(list.buttons[current.order]);
}

// The address of this instant, for people to copy and for the way back.
function keepPlace(seconds) {
  try {
    history.replaceState(null, "", `#t=${seconds}`);
  } catch {
    // Frames and some browsers allow no change of the address.
  }
}

function toggleAttention() {
  heat.shown = !heat.shown;
  $("attention").setAttribute("aria-pressed", String(heat.shown));
  lanes.draw();
  stage.draw();
}

function toggleMute() {
  player.video.muted = !player.video.muted;
  $("mute").classList.toggle("muted", player.video.muted);
  $("mute").setAttribute("aria-pressed", String(player.video.muted));
}

// Seconds under the pointer; the overview shows the whole video, every other lane the visible stretch.
function secondsUnder(pointer) {
  const box = document.querySelector(".cursor").getBoundingClientRect();
  const share = Math.max(0, Math.min(1, (pointer.clientX - box.left) / box.width));
  return pointer.target.closest(".overview") ? share * duration : view.secondsAt(share);
}

function bindPointer() {
  const tracks = $("lanes");
  let dragged = null;
  const drag = (pointer) => {
    const box = document.querySelector(".cursor").getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (pointer.clientX - box.left) / box.width));
    const seconds = dragged === "overview" ? share * duration : view.secondsAt(share);
    if (dragged === "overview") view.show(seconds - view.length / 2, view.length);
    player.seek(seconds);
  };
  tracks.addEventListener("pointerdown", (pointer) => {
    if (pointer.button || pointer.target.tagName !== "CANVAS") return;
    dragged = pointer.target.closest(".overview") ? "overview" : "lane";
    pointer.target.setPointerCapture(pointer.pointerId);
    drag(pointer);
  });
  tracks.addEventListener("pointermove", (pointer) => {
    if (dragged) drag(pointer);
    if (pointer.pointerType !== "mouse" || pointer.target.tagName !== "CANVAS") return inspector.hide();
    const seconds = secondsUnder(pointer);
    $("hover").hidden = Boolean(pointer.target.closest(".overview"));
    $("hover").style.left = `${view.share(seconds) * 100}%`;
    inspector.show(pointer, seconds);
  });
  for (const name of ["pointerup", "pointercancel"]) tracks.addEventListener(name, () => (dragged = null));
  tracks.addEventListener("pointerleave", () => inspector.hide());
  tracks.addEventListener("wheel", (wheel) => {
    const sideways = Math.abs(wheel.deltaX) > Math.abs(wheel.deltaY) || wheel.shiftKey;
    if (!wheel.ctrlKey && !wheel.metaKey && !sideways) return;
    wheel.preventDefault();
    if (sideways) view.show(view.start + ((wheel.deltaX || wheel.deltaY) / 600) * view.length, view.length);
    else view.zoom(1.0025 ** wheel.deltaY, secondsUnder(wheel));
  }, { passive: false });
}

function bindKeys() {
  const step = Math.max(hop, 0.5);
  const keys = {
    " ": () => player.toggle(),
    ArrowLeft: (key) => player.seek(player.time - (key.shiftKey ? 10 : step)),
    ArrowRight: (key) => player.seek(player.time + (key.shiftKey ? 10 : step)),
    Home: () => player.seek(0),
    End: () => player.seek(duration),
    p: () => jump(-1),
    n: () => jump(1),
    a: () => !$("attention").hidden && toggleAttention(),
    m: () => toggleMute(),
    "+": () => view.zoom(0.5, player.time),
    "=": () => view.zoom(0.5, player.time),
    "-": () => view.zoom(2, player.time),
    0: () => view.fit(),
  };
  let tabbed = false;
  document.addEventListener("pointerdown", () => (tabbed = false));
  document.addEventListener("keydown", (key) => {
    if (key.ctrlKey || key.metaKey || key.altKey) return;
    const act = keys[key.key.length === 1 ? key.key.toLowerCase() : key.key];
    tabbed ||= key.key === "Tab";
    // Space plays, also after a click on an event; where the keyboard went to a button, it presses it.
    const button = key.key === " " && key.target.closest("button");
    const activates = button && (!button.closest(".events") || tabbed);
    if (!act || activates) return;
    key.preventDefault();
    act(key);
    if (key.key.startsWith("Arrow") || key.key === "Home" || key.key === "End") view.reveal(player.time);
  });
}

function bindButtons() {
  $("play").addEventListener("click", () => player.toggle());
  $("stage").addEventListener("click", () => player.toggle());
  $("previous").addEventListener("click", () => jump(-1));
  $("next").addEventListener("click", () => jump(1));
  $("attention").addEventListener("click", toggleAttention);
  $("attention").hidden = !attention;
  $("mute").addEventListener("click", toggleMute);
  $("closer").addEventListener("click", () => view.zoom(0.5, player.time));
  $("wider").addEventListener("click", () => view.zoom(2, player.time));
  $("fit").addEventListener("click", () => view.fit());
  $("all").addEventListener("click", () => {
    lanes.everyCategory = !lanes.everyCategory;
    lanes.build();
  });
}

function start() {
  buildSummary();
  buildNotes();
  fillCard($("model"), report.model);
  list.build();
  bindButtons();
  bindPointer();
  bindKeys();
  lanes.build();
  const redraw = soon(() => {
    lanes.draw();
    follow();
  });
  view.listeners.push(redraw);
  pictures.onload = redraw;
  player.listeners.push(follow);
  player.start();
  openPlace();
  addEventListener("hashchange", openPlace);
  new ResizeObserver(redraw).observe($("tracks"));
  onThemeChange(() => {
    paintAnew();
    redraw();
  });
  follow();
}

start();
