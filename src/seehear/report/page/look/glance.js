// A video at a glance: its events as a coloured line, and what they are called.

// Events are {category, start_seconds, end_seconds}.
function strip(events, durationSeconds) {
  const line = element("div", "strip");
  line.setAttribute("aria-hidden", "true");
  for (const event of events) {
    const stretch = painted(element("span"), event.category);
    stretch.style.left = `${(100 * event.start_seconds) / durationSeconds}%`;
    stretch.style.width = `${(100 * (event.end_seconds - event.start_seconds)) / durationSeconds}%`;
    line.append(stretch);
  }
  return line;
}

// Pairs of a category and how often it is there.
function chips(counts, most) {
  const list = element("ul", "chips");
  for (const [category, count] of counts.slice(0, most)) {
    const chip = element("li");
    chip.append(dotOf(category), element("span", "name", category));
    if (count > 1) chip.append(element("span", "quiet", `× ${count}`));
    list.append(chip);
  }
  if (counts.length > most) list.append(element("li", "quiet", `and ${counts.length - most} more`));
  return list;
}
