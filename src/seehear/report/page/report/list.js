// The events as a list one can walk with the keyboard.

const list = {
  buttons: [],
  current: new Set(),

  build() {
    const heading = $("events-heading");
    if (events.length) heading.append(element("span", "", String(events.length)));
    $("nothing").hidden = events.length > 0;
    $("nothing-why").textContent = scores
      ? "No category was scored high enough for long enough. The curves below show how close each came."
      : "There are no scores to show.";
    this.buttons = events.map((event) => {
      const name = report.categories[event.category];
      const button = painted(element("button"), name);
      button.type = "button";
      const seconds = (event.end - event.start).toFixed(1);
      button.append(
        dotOf(name),
        element("span", "name", name),
        element("span", "span", `${clockTime(event.start)} – ${clockTime(event.end)} · ${seconds} s`),
        element("span", "score", event.score.toFixed(2)),
      );
      button.lastChild.prepend(element("span", "unseen", "score "));
      button.addEventListener("click", () => {
        player.seek(event.start);
        keepPlace(event.start);
      });
      return button;
    });
    $("events").append(
      ...this.buttons.map((button) => {
        const item = element("li");
        item.append(button);
        return item;
      }),
    );
  },
  mark(seconds) {
    const before = this.current;
    this.current = new Set(eventsAt(seconds));
    for (const event of before) {
      if (!this.current.has(event)) this.buttons[event.order].removeAttribute("aria-current");
    }
    for (const event of this.current) {
      if (before.has(event)) continue;
      this.buttons[event.order].setAttribute("aria-current", "true");
      if (player.playing) this.bringIntoView(this.buttons[event.order]);
    }
  },
  // Scrolls the list alone, never the page.
  bringIntoView(button) {
    const box = document.querySelector(".scroll");
    const [outer, inner] = [box.getBoundingClientRect(), button.getBoundingClientRect()];
    if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top;
    if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
  },
};
