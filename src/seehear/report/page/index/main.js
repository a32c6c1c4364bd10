// Joins the parts: what is typed and pressed, and what is shown for it.

const SPEAK_AFTER_MILLISECONDS = 400;

function buildSummary() {
  const seconds = videos.reduce((total, video) => total + video.seconds, 0);
  const events = videos.reduce((total, video) => total + video.count, 0);
  fillFacts($("summary"), [
    ["Videos", String(all.length)],
    ["Length", clockTime(seconds, 0)],
    ["Events", String(events)],
    ["Categories", String(categoryButtons.counts.length)],
  ]);
  if (!failures.length) return;
  const link = element("a", "", String(failures.length));
  link.href = "#unread-heading";
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the search stands in the address
    $("unread-heading").scrollIntoView();
    $("unread-heading").focus();
  });
  fillFacts($("summary"), [["Not read", ""]]);
  $("summary").lastChild.lastChild.append(link);
}

function buildFailures() {
  const found = search.failures();
  $("unread").hidden = !found.length;
  $("unread-count").textContent = found.length < failures.length ? `${found.length} of ${failures.length}` : String(found.length);
  $("failures").replaceChildren(...found.map(failureRow));
  return found.length;
}

function countedWords(answers) {
  const events = answers.reduce((total, answer) => total + answer.count, 0);
  const part = answers.length < videos.length ? `${answers.length} of ${plural(videos.length, "video")}` : plural(videos.length, "video");
  return `${part}, ${plural(events, "event")}`;
}

const speakSoon = (() => {
  let waiting;
  return (words) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => ($("said").textContent = words), SPEAK_AFTER_MILLISECONDS);
  };
})();

function show({ least = 0, spoken = true } = {}) {
  const answers = search.answers();
  const byEvent = search.view === "events";
  const words = countedWords(answers);
  $("text").value = search.text;
  $("sort").value = search.sort;
  $("by-video").setAttribute("aria-pressed", String(!byEvent));
  $("by-event").setAttribute("aria-pressed", String(byEvent));
  $("results-heading").textContent = byEvent ? "Events" : "Videos";
  $("matches").textContent = words;
  categoryButtons.show();
  results.show(answers, least);
  const failed = buildFailures();
  $("nothing").hidden = results.entries.length > 0 || (failed > 0 && !videos.length);
  $("everything").parentElement.hidden = search.empty;
  $("nothing-what").textContent = search.empty ? "There is nothing to show" : "Nothing matches";
  if (spoken) speakSoon(failed ? `${words}, ${failed} not read` : words);
}

function changed() {
  search.write(0);
  show();
}

function setView(view) {
  search.view = view;
  changed();
}

function empty() {
  search.text = "";
  search.categories.clear();
  changed();
}

function bindSearch() {
  $("text").addEventListener("input", () => {
    search.text = $("text").value;
    changed();
  });
  $("sort").addEventListener("change", () => {
    search.sort = $("sort").value;
    changed();
  });
  $("search").addEventListener("submit", (event) => {
    event.preventDefault();
    results.focus(0);
  });
  $("by-video").addEventListener("click", () => setView("videos"));
  $("by-event").addEventListener("click", () => setView("events"));
  $("help").addEventListener("click", () => $("keys").showModal());
  $("everything").addEventListener("click", () => {
    empty();
    $("text").focus();
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    if (!results.focus(0)) $("text").focus();
  });
}

function bindResults() {
  $("more").addEventListener("click", () => {
    const place = results.list.children.length;
    results.extend();
    results.focus(place);
  });
  new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) results.extend();
  }, { rootMargin: "800px" }).observe($("more"));
  results.list.addEventListener("click", (event) => {
    if (event.target.closest("a")) search.write(results.placeOf(event.target));
  });
  addEventListener("beforeprint", () => results.extend(results.entries.length));
  addEventListener("hashchange", () => {
    search.read();
    show();
  });
}

function bindKeys() {
  document.addEventListener("keydown", (key) => {
    if (key.ctrlKey || key.metaKey || key.altKey || $("keys").open) return;
    const typing = key.target === $("text");
    const acts = {
      ArrowDown: () => (key.target === $("sort") ? false : results.move("ArrowDown", key.target)),
      ArrowUp: () => !typing && results.move("ArrowUp", key.target),
      ArrowLeft: () => !typing && results.move("ArrowLeft", key.target),
      ArrowRight: () => !typing && results.move("ArrowRight", key.target),
      Escape: () => {
        if (search.empty) return typing && !$("text").blur();
        empty();
        $("text").focus();
        return true;
      },
      "/": () => !typing && ($("text").focus(), $("text").select(), true),
      "?": () => !typing && ($("keys").showModal(), true),
      v: () => !typing && key.target !== $("sort") && (setView(search.view === "events" ? "videos" : "events"), true),
    };
    const act = acts[key.key.length === 1 ? key.key.toLowerCase() : key.key];
    if (act?.()) key.preventDefault();
  });
}

function start() {
  categoryButtons.build(changed);
  const place = search.read();
  buildSummary();
  fillCard($("model"), index.model);
  bindSearch();
  bindResults();
  bindKeys();
  show({ least: place + BATCH, spoken: false });
  onThemeChange(paintAnew);
  if (place) results.focus(place);
}

start();
