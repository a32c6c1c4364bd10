// What is asked for, and which videos and events answer it. What is asked for stands in the address after `#`.

const ORDERS = {
  given: () => 0,
  name: (a, b) => collator.compare(a.video.path, b.video.path),
  events: (a, b) => b.count - a.count,
  length: (a, b) => b.video.seconds - a.video.seconds,
  score: (a, b) => b.best - a.best,
};
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

const search = {
  text: "",
  categories: new Set(),
  sort: "given",
  view: "videos",

  get terms() {
    return folded(this.text).split(/\s+/).filter(Boolean);
  },
  // A video answers when each word is in its name or in the name of one of its categories. Its events that answer are
  // those of the categories chosen, and, where words are not in the name of the video, of the categories they name.
  answerOf(video) {
    const words = this.terms.filter((term) => !video.folded.includes(term));
    const named = words.map((word) => video.counts.filter(([category]) => foldedCategory.get(category).includes(word)));
    if (named.some((categories) => !categories.length)) return null;
    const meant = words.length ? new Set(named.flat().map(([category]) => category)) : null;
    const wanted = (category) => (!meant || meant.has(category)) && (!this.categories.size || this.categories.has(category));
    const counts = video.counts.filter(([category]) => wanted(category));
    if ((meant || this.categories.size) && !counts.length) return null;
    const events = video.events.filter((event) => wanted(event.category));
    const narrowed = counts.length < video.counts.length;
    const best = narrowed ? Math.max(-1, ...events.map((event) => event.score)) : (video.best ?? -1);
    return { video, events, count: counts.reduce((total, [, count]) => total + count, 0), best };
  },
  answers() {
    const found = videos.map((video) => this.answerOf(video)).filter(Boolean);
    return found.sort((a, b) => ORDERS[this.sort](a, b) || a.video.order - b.video.order);
  },
  failures() {
    const { terms } = this;
    return failures.filter((video) => terms.every((term) => video.folded.includes(term) || folded(video.message).includes(term)));
  },
  get empty() {
    return !this.text.trim() && !this.categories.size;
  },

  // As text after `#`, so that a search can be kept, and is there again on the way back from a video.
  write(place) {
    const words = new URLSearchParams();
    if (this.text.trim()) words.set("q", this.text.trim());
    for (const category of this.categories) words.append("category", category);
    if (this.sort !== "given") words.set("sort", this.sort);
    if (this.view !== "videos") words.set("view", this.view);
    if (place > 0) words.set("at", String(place));
    try {
      history.replaceState(null, "", `#${words}`);
    } catch {
      // Some browsers allow no change of a file's address; the search works all the same.
    }
  },
  // Returns the place in the results that was opened last.
  read() {
    const words = new URLSearchParams(location.hash.slice(1));
    this.text = words.get("q") ?? "";
    this.categories = new Set(words.getAll("category").filter((category) => foldedCategory.has(category)));
    this.sort = Object.hasOwn(ORDERS, words.get("sort") ?? "") ? words.get("sort") : "given";
    this.view = words.get("view") === "events" ? "events" : "videos";
    return Math.max(0, Math.floor(Number(words.get("at"))) || 0);
  },
};
