// The categories of all videos as buttons; several chosen mean any of them.

const FEW_CATEGORIES = 14;

const categoryButtons = {
  counts: [],
  everyOne: false,

  build(changed) {
    const counts = new Map();
    for (const video of videos) {
      for (const [category, count] of video.counts) counts.set(category, (counts.get(category) ?? 0) + count);
    }
    this.counts = [...counts].sort((a, b) => b[1] - a[1] || collator.compare(a[0], b[0]));
    this.changed = changed;
    $("categories").hidden = !this.counts.length;
  },
  show() {
    const shown = this.counts.filter(([name], place) => this.everyOne || place < FEW_CATEGORIES || search.categories.has(name));
    const focused = document.activeElement?.closest("#categories")
      ? [...$("categories").children].indexOf(document.activeElement)
      : -1;
    const buttons = shown.map(([name, count]) => this.buttonOf(name, count));
    if (this.counts.length > FEW_CATEGORIES) buttons.push(this.wholeList());
    $("categories").replaceChildren(...buttons);
    if (focused >= 0) buttons[Math.min(focused, buttons.length - 1)].focus();
  },
  buttonOf(name, count) {
    const button = element("button", "toggle category");
    button.type = "button";
    button.setAttribute("aria-pressed", String(search.categories.has(name)));
    button.append(dotOf(name), element("span", "name", name), element("span", "count quiet", String(count)));
    button.lastChild.append(element("span", "unseen", count === 1 ? " event" : " events"));
    button.addEventListener("click", () => {
      if (!search.categories.delete(name)) search.categories.add(name);
      this.changed();
    });
    return button;
  },
  wholeList() {
    const button = element("button", "text", this.everyOne ? "Fewer categories" : `All ${this.counts.length} categories`);
    button.type = "button";
    button.setAttribute("aria-expanded", String(this.everyOne));
    button.addEventListener("click", () => {
      this.everyOne = !this.everyOne;
      this.show();
    });
    return button;
  },
};
